//! Why a message was sent again: which timer of RFC 3261 section 17 fired.

use super::conversation::Conversation;
use super::message::{Method, Start};
use super::transaction::Transaction;
use crate::base::time::{Span, Timestamp};

/// What made its sender send a message again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Timer A: an INVITE without response; T1, doubling.
    A,
    /// Timer E: another request without final response; T1, doubling up to T2.
    E,
    /// Timer G: a refusal of an INVITE without ACK; T1, doubling up to T2.
    G,
    /// A 2xx to an INVITE without ACK (RFC 3261 section 13.3.1.4).
    Answer,
    /// A reliable provisional response without PRACK (RFC 3262 section 3).
    Reliable,
    /// The request came again, and so its response.
    Prompted,
}

/// A message sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Repeat {
    /// The copy, as an index into the conversation.
    pub message: u32,
    /// Time since the copy before.
    pub interval: Span,
    /// Why, if that shows.
    pub why: Option<Why>,
    /// Whether it is a 2xx or a reliable provisional response, which its core
    /// repeats over any transport.
    pub is_answer: bool,
    /// Whether it is an INVITE that had a provisional response already.
    pub after_provisional: bool,
}

const T1: Span = Span::from_millis(500);
const T2: Span = Span::from_secs(4);
/// A response that comes this soon after its request came again was prompted by it.
const PROMPT: Span = Span::from_millis(200);
/// Copies of a transaction that are looked at; timers stop after eleven at most.
const LOOK_BACK: usize = 64;
/// A timer fires within this of its time, and an eighth of it: the capture adds
/// queues, and phones round.
const SLACK: Span = Span::from_millis(80);

/// The repetition of message `first` by message `index`.
pub(super) fn repeat(
    conversation: &Conversation,
    transaction: &Transaction,
    first: u32,
    index: u32,
) -> Repeat {
    let message = |index: u32| conversation.messages.get(index as usize);
    let at = |index: u32| message(index).map_or(Timestamp::default(), |message| message.at);
    let start = message(first).map(|message| message.start);
    let of_first = |index: u32| message(index).and_then(|copy| copy.retransmission_of);
    let recent = transaction.repeats.iter().rev().take(LOOK_BACK).rev();
    let recent = recent.map(|repeat| repeat.message).filter(|copy| of_first(*copy) == Some(first));
    let copies: Vec<u32> = std::iter::once(first).chain(recent).collect();
    let before = copies.last().copied().unwrap_or(first);
    let interval = at(index).since(at(before));
    let earlier = match copies.as_slice() {
        [.., a, b] => Some(at(*b).since(at(*a))),
        _ => None,
    };
    let is_invite = transaction.method == Method::Invite;
    let fires = |most: Option<Span>| fires(copies.len(), interval, earlier, most);
    let reliable = || {
        let mut facts = conversation.facts().of(first);
        facts.any(|fact| matches!(fact, super::fact::Fact::Reliable(_)))
    };
    let prompted = transaction.repeats.last().is_some_and(|repeat| {
        matches!(message(repeat.message).map(|m| m.start), Some(Start::Request(_)))
            && at(index).since(at(repeat.message)) <= PROMPT
    });
    let (why, is_answer) = match start {
        Some(Start::Request(Method::Invite)) => (Some(Why::A).filter(|_| fires(None)), false),
        Some(Start::Request(Method::Ack)) | None => (None, true),
        Some(Start::Request(_)) => (Some(Why::E).filter(|_| fires(Some(T2))), false),
        Some(Start::Response(_)) if prompted => (Some(Why::Prompted), true),
        Some(Start::Response(101..=199)) if reliable() => {
            (Some(Why::Reliable).filter(|_| fires(None)), true)
        }
        Some(Start::Response(200..=299)) if is_invite => {
            (Some(Why::Answer).filter(|_| fires(Some(T2))), true)
        }
        Some(Start::Response(300..)) if is_invite => {
            (Some(Why::G).filter(|_| fires(Some(T2))), false)
        }
        Some(Start::Response(_)) => (None, false),
    };
    let after_provisional = start == Some(Start::Request(Method::Invite))
        && transaction.first_response().is_some_and(|first| at(index).since(at(first)) > PROMPT);
    Repeat { message: index, interval, why, is_answer, after_provisional }
}

/// Whether copy `number` came when a timer fires that begins with T1 and
/// doubles up to `most`: at the times of RFC 3261, or with another T1 by doubling.
fn fires(number: usize, interval: Span, earlier: Option<Span>, most: Option<Span>) -> bool {
    let near = |expected: Span| {
        let slack = SLACK.nanos().saturating_add(expected.nanos() / 8);
        interval.nanos().abs_diff(expected.nanos()) <= slack.unsigned_abs()
    };
    let doublings = u32::try_from(number.saturating_sub(1)).unwrap_or(u32::MAX).min(16);
    let by_rule = Span::from_nanos(T1.nanos().saturating_mul(1 << doublings));
    let by_rule = most.map_or(by_rule, |most| by_rule.min(most));
    let doubled = earlier.map(|earlier| Span::from_nanos(earlier.nanos().saturating_mul(2)));
    near(by_rule)
        || doubled.is_some_and(|doubled| near(most.map_or(doubled, |most| doubled.min(most))))
        || most.is_some_and(near)
}

impl Why {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::A => "timer_a",
            Self::E => "timer_e",
            Self::G => "timer_g",
            Self::Answer => "answer_without_ack",
            Self::Reliable => "provisional_without_prack",
            Self::Prompted => "request_came_again",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_fire_at_their_times() {
        let ms = Span::from_millis;
        // RFC 3261 section 17.1.1.2: 500, 1000, 2000, 4000, 8000, 16000 ms.
        for (number, interval) in [(1, 500), (2, 1_000), (3, 2_000), (6, 16_000)] {
            assert!(fires(number, ms(interval), None, None), "{number}");
        }
        // Section 17.1.2.2: 500, 1000, 2000, 4000, 4000, 4000 ms.
        assert!(fires(5, ms(4_000), Some(ms(4_000)), Some(T2)));
        assert!(!fires(1, ms(1_700), None, None));
        // A T1 of 200 ms.
        assert!(fires(2, ms(400), Some(ms(200)), None));
    }
}
