//! A session that was not refreshed in time.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::session_timer::{TimerState, session_timer};

/// `sip.session-expired`
pub(super) struct SessionExpired;

impl Rule for SessionExpired {
    fn code(&self) -> &'static str {
        "sip.session-expired"
    }

    fn summary(&self) -> &'static str {
        "A session timer was agreed and the session was not refreshed in time."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(timer) = session_timer(subject.reading) else { return };
        if timer.state != TimerState::Expired {
            return;
        }
        let call = subject.call();
        let release = call.and_then(|call| call.release);
        let last = timer.refreshes.last().map_or(timer.agreed, |refresh| refresh.request);
        let mut evidence: Vec<_> = subject
            .evidence(timer.agreed, format!("a session timer of {} s is agreed", timer.interval_s))
            .into_iter()
            .collect();
        if last != timer.agreed {
            evidence.extend(subject.evidence(last, "the last refresh"));
        }
        let bye = (0_u32..)
            .zip(&subject.conversation.messages)
            .find(|(_, message)| message.method() == Some(crate::track::message::Method::Bye));
        evidence.extend(bye.and_then(|(index, _)| subject.evidence(index, "BYE")));
        let who = timer.refresher.map_or("the refresher", crate::track::Side::name);
        findings.push(Finding {
            code: self.code(),
            severity: if release.is_some() { Severity::Fault } else { Severity::Warning },
            title: format!("The session was not refreshed by the {who}").replace("the the", "the"),
            explanation: format!(
                "A session timer of {} s was agreed, so a refresh was due every {} s; the last one, or the \
                 agreement itself, was longer ago than that when the call {}.",
                timer.interval_s,
                timer.interval_s / 2,
                if release.is_some() { "was ended" } else { "was last seen" }
            ),
            fix: "Look at the side that refreshes: it does not send the re-INVITE or UPDATE, or what it sends does \
                  not arrive. A NAT or firewall that forgets the way within the interval is the usual cause.",
            reference: "RFC 4028 section 10",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: Vec::new(),
        });
    }
}
