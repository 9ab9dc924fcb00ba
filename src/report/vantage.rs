//! Where a stream was captured: points that differ by router or tunnel, and
//! streams that are the same media before and behind a NAT or relay.

use super::build::Context;
use crate::base::time::Span;
use crate::track::stream::Stream;

/// How much later the same media may begin behind a NAT or relay.
const LATER: Span = Span::from_millis(500);
/// How far apart the first numbers seen at two points may be.
const NUMBERS_APART: u16 = 25;
/// Streams of a call that are compared; real calls have a handful.
const COMPARED: usize = 64;

/// The stream of the same call that has the same media, captured before: the
/// same source, payload and numbers at about the same time, to or from other
/// addresses. It is a second vantage point, not a copy: a NAT or relay is between.
pub(super) fn seen_before(context: &Context<'_>, index: u32) -> Option<u32> {
    let streams = &context.snapshot.streams;
    let stream = streams.get(index as usize)?;
    let call = stream.binding?.call;
    let others = context.snapshot.streams_of(call).iter().take(COMPARED);
    let mut before = others.copied().take_while(|other| *other != index);
    before.find(|other| {
        streams.get(*other as usize).is_some_and(|other| is_same_media(other, stream))
    })
}

fn is_same_media(before: &Stream, stream: &Stream) -> bool {
    let distance = stream.first_seq().ahead_of(before.first_seq());
    before.ssrc == stream.ssrc
        && before.flow != stream.flow
        && before.flow.src != stream.flow.dst
        && before.binding.map(|binding| binding.receiver)
            == stream.binding.map(|binding| binding.receiver)
        && stream.first_at.since(before.first_at) <= LATER
        && (distance <= NUMBERS_APART || distance >= NUMBERS_APART.wrapping_neg())
        && before.main_payload().map(|payload| payload.payload_type)
            == stream.main_payload().map(|payload| payload.payload_type)
}
