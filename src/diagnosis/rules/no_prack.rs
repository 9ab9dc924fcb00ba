//! A reliable provisional response without PRACK.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::retransmission::Why;
use crate::track::transaction::Oddity;

/// `sip.no-prack`
pub(super) struct NoPrack;

impl Rule for NoPrack {
    fn code(&self) -> &'static str {
        "sip.no-prack"
    }

    fn summary(&self) -> &'static str {
        "A reliable provisional response was not acknowledged with PRACK."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let without =
            |of: &&crate::track::transaction::Transaction| of.oddities.contains(&Oddity::NoPrack);
        let Some(transaction) = subject.reading.transactions.iter().find(without) else { return };
        let Some(one) = transaction.reliable.iter().find(|one| one.prack.is_none()) else { return };
        let again: Vec<_> = transaction
            .repeats
            .iter()
            .filter(|repeat| repeat.why == Some(Why::Reliable))
            .map(|repeat| repeat.message)
            .collect();
        let evidence = std::iter::once((one.response, format!("response with RSeq {}", one.rseq)))
            .chain(again.iter().map(|index| (*index, "the same again".to_owned())));
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Warning,
            title: "A reliable provisional response was not acknowledged".to_owned(),
            explanation: format!(
                "{} sent a provisional response with RSeq {}, {} time(s), and no PRACK that names it came. \
                 After 32 s it has to refuse the INVITE with a 5xx.",
                transaction.server,
                one.rseq,
                1 + again.len()
            ),
            fix: "The client says that it supports 100rel and does not send PRACK, or sends it astray: look at \
                  Supported in the INVITE and at Contact and Record-Route in the response.",
            reference: "RFC 3262 section 3",
            conversation: subject.id,
            stream: None,
            evidence: evidence
                .take(20)
                .filter_map(|(index, text)| subject.evidence(index, text))
                .collect(),
            ruled_out: Vec::new(),
        });
    }
}
