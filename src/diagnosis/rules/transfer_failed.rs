//! A transfer that did not come about.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::transfer::{Result, transfers};

/// `sip.transfer-failed`
pub(super) struct TransferFailed;

impl Rule for TransferFailed {
    fn code(&self) -> &'static str {
        "sip.transfer-failed"
    }

    fn summary(&self) -> &'static str {
        "A REFER was refused, or the call that it asked for failed."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let transfers = transfers(subject.reading);
        let failed = |result| matches!(result, Result::Failed | Result::Refused);
        let Some(transfer) = transfers.iter().find(|transfer| failed(transfer.result)) else {
            return;
        };
        let target = &transfer.target;
        let mut evidence: Vec<_> =
            subject.evidence(transfer.request, format!("REFER to {target}")).into_iter().collect();
        let (title, explanation) = if transfer.result == Result::Refused {
            let status = transfer.last.map_or_else(String::new, |last| subject.name_of(last));
            evidence.extend(transfer.last.and_then(|last| subject.evidence(last, status.clone())));
            (
                format!("The transfer to {target} was refused"),
                format!("The REFER drew {status}: no new call was tried."),
            )
        } else {
            let (index, status) = transfer.reports.last().copied().unwrap_or_default();
            evidence.extend(subject.evidence(index, format!("NOTIFY: {status}")));
            (
                format!("The transfer to {target} failed with {status}"),
                format!(
                    "The REFER was accepted, and a NOTIFY reported that the new call ended with {status}. Whoever \
                     transferred has hung up by then or takes the call back."
                ),
            )
        };
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Warning,
            title,
            explanation,
            fix: "Look at the new call, if the capture has it, for why it failed: a Refer-To that the transferee \
                  cannot resolve or may not call is the usual cause.",
            reference: "RFC 3515 section 2.4.5, RFC 5589",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: Vec::new(),
        });
    }
}
