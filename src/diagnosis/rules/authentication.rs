//! Credentials that are not accepted.

use crate::diagnosis::{Finding, Rule, Severity, Subject};

/// `sip.authentication`
pub(super) struct Authentication;

impl Rule for Authentication {
    fn code(&self) -> &'static str {
        "sip.authentication"
    }

    fn summary(&self) -> &'static str {
        "A call ended with a challenge: credentials were not sent, or not accepted."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(call) = subject.call() else { return };
        let Some(attempt) = call.decisive_attempt() else { return };
        let Some(last) = attempt.last().filter(|last| matches!(last.status, 401 | 407)) else {
            return;
        };
        let answered = attempt.challenges;
        let (title, explanation) = if answered == 0 {
            (
                "The challenge was not answered",
                "The INVITE was challenged, and the caller sent no second INVITE with credentials: it has \
                 none for this realm, or does not know the algorithm."
                    .to_owned(),
            )
        } else {
            (
                "The credentials were not accepted",
                format!(
                    "The caller answered {answered} challenge(s) and was challenged again: the user name \
                     or password is wrong, or the server does not know the user."
                ),
            )
        };
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Fault,
            title: title.to_owned(),
            explanation,
            fix: "Compare user name, password and realm on both sides; look whether the server's log names a reason.",
            reference: "RFC 3261 section 22",
            conversation: subject.id,
            stream: None,
            evidence: subject.evidence(last.message, format!("{} challenges the INVITE", last.status)).into_iter().collect(),
            ruled_out: Vec::new(),
        });
    }
}
