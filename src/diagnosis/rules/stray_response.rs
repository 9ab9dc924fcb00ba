//! Responses that come too late, twice, or to nothing.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::transaction::{Oddity, Transaction};

/// `sip.stray-response`
pub(super) struct StrayResponse;

impl Rule for StrayResponse {
    fn code(&self) -> &'static str {
        "sip.stray-response"
    }

    fn summary(&self) -> &'static str {
        "A response came after its client had given up, after another final one, or to no request."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let mut evidence = Vec::new();
        let mut what: Vec<&str> = Vec::new();
        for transaction in &subject.reading.transactions {
            for oddity in &transaction.oddities {
                let Some((text, index)) = stray(*oddity, transaction) else { continue };
                if !what.contains(&text) {
                    what.push(text);
                }
                evidence.extend(subject.evidence(index, text));
            }
        }
        if what.is_empty() {
            return;
        }
        evidence.truncate(20);
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Note,
            title: format!("A response {}", what.join("; a response ")),
            explanation: "Its client ignores it: what the server takes for done, the client takes for failed \
                          or never knew."
                .to_owned(),
            fix: "Look at the server that sent it: it is slow, repeats itself, or answers with Vias that are not \
                  those of the request. For a late one, see what it waited for.",
            reference: "RFC 3261 sections 17.1.3 and 18.1.2",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: Vec::new(),
        });
    }
}

fn stray(oddity: Oddity, transaction: &Transaction) -> Option<(&'static str, u32)> {
    match oddity {
        Oddity::LateResponse => {
            let of_invite = transaction.method == crate::track::message::Method::Invite;
            let index = if of_invite {
                transaction.first_response()
            } else {
                transaction.finals.first().copied()
            };
            Some(("came after the client had given up", index?))
        }
        Oddity::StrayResponse => Some(("came to no request", transaction.first_response()?)),
        Oddity::SecondFinal => {
            Some(("came after another final one", transaction.finals.get(1).copied()?))
        }
        _ => None,
    }
}
