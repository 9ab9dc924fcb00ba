//! What streams and the legs of calls show: media relays, back-to-back user
//! agents, session border controllers.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::{Role, Survey};
use crate::base::flow::Endpoint;
use crate::base::id::Ssrc;
use crate::base::time::Span;
use crate::track::conversation::Conversation;
use crate::track::stream::{Stream, StreamList};
use crate::track::{ConversationId, Side};

/// Streams of one SSRC that are compared with each other.
const MAX_SAME: usize = 64;
/// A relay passes a packet on within this.
const RELAYED_WITHIN: Span = Span::from_secs(1);
/// Sequence numbers of both sides' first packets are this near, for the time between them.
const NEAR: i64 = 50;

/// Takes the streams, then the legs.
pub(super) fn take(
    survey: &mut Survey,
    conversations: &[Conversation],
    streams: &StreamList,
    legs: &[(ConversationId, ConversationId)],
) {
    for stream in streams {
        let src = signalling_of(conversations, stream, false).unwrap_or(stream.flow.src);
        let dst = signalling_of(conversations, stream, true).unwrap_or(stream.flow.dst);
        let (src, dst) = (survey.element(src), survey.element(dst));
        if let Some(element) = src.and_then(|src| survey.get(src)) {
            element.streams_sent += 1;
            element.seen_at(stream.first_at);
            element.seen_at(stream.last_at);
        }
        if let Some(element) = dst.and_then(|dst| survey.get(dst)) {
            element.streams_received += 1;
            element.seen_at(stream.first_at);
            element.seen_at(stream.last_at);
        }
        if let Some(between) = src.zip(dst)
            && let Some(link) = survey.link(between, stream.first_frame, stream.first_at)
        {
            link.streams += 1;
            link.rtp_packets += stream.packets;
        }
    }
    relays(survey, streams, legs);
    b2buas(survey, conversations, legs);
    border_controllers(survey);
}

/// Where the end of a stream signals, if that is on the same address: on a
/// host of several elements the port of its media says nothing.
fn signalling_of(
    conversations: &[Conversation],
    stream: &Stream,
    receives: bool,
) -> Option<Endpoint> {
    let binding = stream.binding?;
    let side = if receives { binding.receiver } else { binding.receiver.other() };
    let call = conversations.get(binding.call.0 as usize)?.call()?;
    let party = match side {
        Side::Caller => &call.caller,
        Side::Callee => &call.callee,
    };
    let media = if receives { stream.flow.dst } else { stream.flow.src };
    party.address.filter(|address| address.ip == media.ip)
}

/// The same stream into an address and out of it.
fn relays(survey: &mut Survey, streams: &StreamList, legs: &[(ConversationId, ConversationId)]) {
    let mut into: HashMap<(Ssrc, IpAddr), Vec<&Stream>> = HashMap::new();
    for stream in streams {
        let same = into.entry((stream.ssrc, stream.flow.dst.ip)).or_default();
        if same.len() < MAX_SAME {
            same.push(stream);
        }
    }
    for out in streams {
        let Some(arrived) = into.get(&(out.ssrc, out.flow.src.ip)) else { continue };
        let Some(arrived) = arrived.iter().find(|arrived| is_passed_on(arrived, out, legs)) else {
            continue;
        };
        if let Some(relay) = survey.element(out.flow.src)
            && let Some(element) = survey.get(relay)
        {
            element.note(Role::MediaRelay, arrived.first_frame, || {
                format!("receives the stream of SSRC {}", arrived.ssrc)
            });
            element.note(Role::MediaRelay, out.first_frame, || {
                format!("passes it on to {}", out.flow.dst)
            });
        }
    }
}

fn is_passed_on(arrived: &Stream, out: &Stream, legs: &[(ConversationId, ConversationId)]) -> bool {
    // What goes back to its sender is an echo.
    if arrived.flow.src == out.flow.dst || arrived.flow.src.ip == out.flow.src.ip {
        return false;
    }
    let related = match (arrived.binding, out.binding) {
        (Some(a), Some(b)) => {
            let pair = (a.call, b.call);
            a.call == b.call || legs.contains(&pair) || legs.contains(&(pair.1, pair.0))
        }
        _ => true,
    };
    let overlap = arrived.first_at <= out.last_at && out.first_at <= arrived.last_at;
    let begins = out.first_at.since(arrived.first_at);
    // Packet time is not known for sure; at 20 ms a second has 50 numbers.
    let expected = begins.nanos() / 20_000_000;
    let gap = i64::from(out.first_seq().ahead_of(arrived.first_seq()));
    let same_numbers = (gap - expected).abs() <= NEAR;
    related && overlap && begins.nanos() >= -RELAYED_WITHIN.nanos() && same_numbers
}

/// Where one call ends and the other begins.
fn b2buas(
    survey: &mut Survey,
    conversations: &[Conversation],
    legs: &[(ConversationId, ConversationId)],
) {
    for (earlier, later) in legs {
        let at = |id: &ConversationId| conversations.get(id.0 as usize);
        let (Some(earlier), Some(later)) = (at(earlier), at(later)) else { continue };
        let (Some(first), Some(second)) = (earlier.messages.first(), later.messages.first()) else {
            continue;
        };
        let Some(begins) = later.flow_of(second).map(|flow| flow.src) else { continue };
        let arrives = earlier.flows().iter().any(|flow| flow.dst.ip == begins.ip);
        if !arrives {
            continue;
        }
        if let Some(index) = survey.element(begins)
            && let Some(element) = survey.get(index)
        {
            element.note(Role::B2bua, first.frame, || {
                format!("receives the call of Call-ID {}", earlier.call_id())
            });
            element.note(Role::B2bua, second.frame, || {
                format!("goes on as Call-ID {}", later.call_id())
            });
        }
    }
}

fn border_controllers(survey: &mut Survey) {
    for (_, element) in &mut survey.elements {
        let (Some(b2bua), Some(relay)) =
            (element.roles.get(&Role::B2bua), element.roles.get(&Role::MediaRelay))
        else {
            continue;
        };
        let mut both = b2bua.clone();
        both.first.truncate(2);
        both.first.extend(relay.first.iter().take(2).cloned());
        element.roles.insert(Role::SessionBorderController, both);
    }
}
