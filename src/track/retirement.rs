//! When what is over leaves the engine.
//!
//! What leaves takes with it everything from which its rows are made, so that
//! they are the same as if it had stayed. That holds as long as nothing comes
//! later that belongs to it, which is what the lingering time is for: longer than
//! any retransmission (32 s, RFC 3261 section 17), than media follow a BYE, and
//! than the pause after which a stream is said to go on as another.

use super::binding::BindingState;
use super::call::{Call, CallState};
use super::conversation::{Conversation, Matter};
use super::registration::{Registration, RegistrationState};
use super::subscription::EventState;
use crate::base::time::{Span, Timestamp};
use crate::wire::sip::Method;

/// When what is over leaves, in capture time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retirement {
    /// What is over leaves when nothing came of it, media included, for so long.
    pub linger: Span,
    /// What has no end leaves when nothing came of it for so long.
    pub idle: Span,
    /// A stream of no call leaves when nothing came of it for so long.
    pub stream_idle: Span,
    /// What is over waits so long for what may belong to it and is not over.
    pub patience: Span,
    /// What has left is remembered for so long, so that stragglers begin nothing.
    pub remember: Span,
    /// What may leave waits so long for more that may, so that not every single
    /// call costs a look at all.
    pub gather: Span,
    /// Messages after which a Call-ID that is used on and on, such as that of a
    /// keep-alive, a registration or a subscription, is reported in parts.
    pub part: usize,
}

/// What is over stays so long where there is memory enough: twice as long as anything is
/// sent again (RFC 3261 section 17).
pub(super) const LINGER: Span = Span::from_secs(64);
/// How long an exchange that is reported in parts has been quiet where it is cut:
/// its requests have been answered.
const SETTLED: Span = Span::from_secs(2);

impl Default for Retirement {
    fn default() -> Self {
        Self {
            linger: LINGER,
            idle: Span::from_secs(2 * 3_600),
            stream_idle: Span::from_secs(300),
            patience: Span::from_secs(256),
            remember: Span::from_secs(300),
            gather: Span::from_secs(10),
            part: 1_000,
        }
    }
}

impl Retirement {
    /// For how long nothing may have come of a conversation before it leaves.
    pub(super) fn rest(&self, conversation: &Conversation, now: Timestamp) -> Span {
        if self.is_too_long(conversation) && !is_under_way(conversation, now) {
            return SETTLED;
        }
        let is_over = match &conversation.matter {
            Matter::Call(call) => is_over(call, now),
            Matter::Registration(registration) => is_lapsed(registration, now),
            Matter::Other(_) => has_no_subscription(conversation, now),
        };
        if is_over { self.linger } else { self.idle }
    }

    /// Whether a conversation that has been quiet for so long, and leaves, is not yet what the
    /// figures would have of it if it stayed.
    pub(super) fn is_early(
        &self,
        conversation: &Conversation,
        quiet: Span,
        now: Timestamp,
    ) -> bool {
        match &conversation.matter {
            Matter::Call(call) => quiet < if is_over(call, now) { LINGER } else { self.idle },
            Matter::Registration(registration) => registration.is_under_way() && quiet < LINGER,
            Matter::Other(_) => false,
        }
    }

    /// Whether what nothing ends, such as keep-alives, the refreshes of one
    /// registration or a subscription, has enough messages to be reported.
    pub(super) fn is_too_long(&self, conversation: &Conversation) -> bool {
        conversation.call().is_none() && conversation.messages.len() >= self.part
    }
}

fn is_over(call: &Call, now: Timestamp) -> bool {
    call.ended().is_some() || call.state(now) == CallState::TimedOut
}

/// Whether a registration waits for its answer.
fn is_under_way(conversation: &Conversation, now: Timestamp) -> bool {
    let registration = conversation.registration();
    registration.is_some_and(|one| one.state(now) == RegistrationState::Pending)
}

/// Whether nothing is bound and nothing is under way.
fn is_lapsed(registration: &Registration, now: Timestamp) -> bool {
    let bound = registration.bindings.list.iter();
    let bound = bound.filter(|binding| binding.state(now) == BindingState::Bound).count();
    bound == 0
        && match registration.state(now) {
            // Of a query that bound nothing.
            RegistrationState::Registered => registration.bindings.list.is_empty(),
            RegistrationState::Pending => false,
            _ => true,
        }
}

/// Whether no subscription or publication is in force.
fn has_no_subscription(conversation: &Conversation, now: Timestamp) -> bool {
    let events = conversation.notes.events.iter();
    let mut subscriptions = events.flat_map(|events| &events.subscriptions);
    subscriptions.all(|one| match one.state(now) {
        EventState::Accepted | EventState::Pending | EventState::Active => one.by == Method::Notify,
        _ => true,
    })
}
