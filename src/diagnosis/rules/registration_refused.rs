//! Registrations that were refused.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::message::Message;
use crate::track::message::Method;
use crate::track::registration::RegistrationState;

/// `registration.refused`
pub(super) struct RegistrationRefused;

impl Rule for RegistrationRefused {
    fn code(&self) -> &'static str {
        "registration.refused"
    }

    fn summary(&self) -> &'static str {
        "A registration was refused, or nobody answered it."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(registration) = subject.registration() else { return };
        let conversation = subject.conversation;
        let state = registration.state(subject.now);
        let refusal = |message: &&Message| {
            message.cseq_method == Method::Register
                && message.status().is_some_and(|status| status >= 300)
        };
        let last = conversation.messages.iter().rev().find(refusal);
        let (title, explanation, fix) = match state {
            RegistrationState::Failed => {
                let status = last.and_then(Message::status).unwrap_or(0);
                let phrase = last.and_then(|last| conversation.reason_of(last)).unwrap_or_default();
                (
                    format!("Registration refused with {status} {phrase}").trim_end().to_owned(),
                    "The registrar refused the binding, so calls to this address do not reach the device.".to_owned(),
                    "Check that the user exists at the registrar and may register from this address.",
                )
            }
            RegistrationState::Challenged if registration.is_challenged_again() => (
                "The credentials of the REGISTER were not accepted".to_owned(),
                "The device answered a challenge and was challenged again: the user name or password is wrong, \
                 or the registrar does not know the user."
                    .to_owned(),
                "Compare user name, password and realm on both sides; look whether the registrar's log names a reason.",
            ),
            RegistrationState::TimedOut => (
                "Nobody answered the REGISTER".to_owned(),
                "The REGISTER drew no final response within 32 s (Timer F).".to_owned(),
                "Check that the registrar's address is right and reachable.",
            ),
            _ => return,
        };
        let frame = last.or(conversation.messages.first()).map(|message| message.frame);
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Fault,
            title,
            explanation,
            fix,
            reference: "RFC 3261 section 10.3",
            conversation: subject.id,
            stream: None,
            evidence: frame
                .map(|frame| Evidence { frame, text: "the last word on it".to_owned() })
                .into_iter()
                .collect(),
            ruled_out: Vec::new(),
        });
    }
}
