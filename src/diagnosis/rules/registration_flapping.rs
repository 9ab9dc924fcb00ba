//! Addresses of record that come and go.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::location::FLAPPING_WITHIN;

/// `registration.flapping`
pub(super) struct RegistrationFlapping;

impl Rule for RegistrationFlapping {
    fn code(&self) -> &'static str {
        "registration.flapping"
    }

    fn summary(&self) -> &'static str {
        "An address of record was lost and registered again and again."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        // Told once, at the first registration of the address.
        let Some(location) = subject.location.filter(|location| location.is_first) else { return };
        if location.flapping.is_empty() {
            return;
        }
        let evidence = location.flapping.iter().map(|change| Evidence {
            frame: change.frame,
            text: "registered again after a loss".to_owned(),
        });
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Warning,
            title: format!("The registration came and went {} times", location.returns),
            explanation: format!(
                "The address was unregistered, or its lifetime ran out, and it was registered again, several times \
                 within {:.0} minutes. In between, calls to it fail.",
                FLAPPING_WITHIN.as_secs() / 60.0
            ),
            fix: "Look whether the device restarts or loses its network, and whether its refresh interval is shorter \
                  than the lifetime that the registrar grants.",
            reference: "RFC 3261 section 10.2.4",
            conversation: subject.id,
            stream: None,
            evidence: evidence.collect(),
            ruled_out: Vec::new(),
        });
    }
}
