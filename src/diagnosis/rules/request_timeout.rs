//! A request within a call that nobody answers in time.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::transaction::Timeout;

/// `sip.request-timeout`
pub(super) struct RequestTimeout;

impl Rule for RequestTimeout {
    fn code(&self) -> &'static str {
        "sip.request-timeout"
    }

    fn summary(&self) -> &'static str {
        "A request other than INVITE drew no final response within Timer F."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let overdue = |of: &&_| {
            matches!(of, crate::track::transaction::Transaction { timeout: Some(Timeout::F), .. })
        };
        let Some(transaction) = subject.reading.transactions.iter().find(overdue) else { return };
        let Some(request) = transaction.request else { return };
        let name = subject.method_of(request);
        let copies = transaction.repeats.iter().map(|repeat| repeat.message);
        let evidence: Vec<_> = std::iter::once(request)
            .chain(copies)
            .take(20)
            .enumerate()
            .filter_map(|(at, index)| {
                subject.evidence(
                    index,
                    if at == 0 { name.to_owned() } else { format!("{name} again") },
                )
            })
            .collect();
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Warning,
            title: format!("No final response from {} to the {name}", transaction.server),
            explanation: format!(
                "The {name} was sent {} time(s) and drew no final response within 32 s (Timer F), so its \
                 sender took it for refused with 408.",
                1 + transaction.repeats.len()
            ),
            fix: "Capture at the receiver to see whether the request arrives: a Route or Contact that leads \
                  astray, a NAT binding that has expired or an element that has restarted are the usual causes.",
            reference: "RFC 3261 section 17.1.2.2",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: Vec::new(),
        });
    }
}
