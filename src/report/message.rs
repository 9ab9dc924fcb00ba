//! A SIP message's row.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::{Address, FrameRef};
use crate::base::time::{Span, Timestamp};
use crate::engine::Wanted;
use crate::track::conversation::Conversation;
use crate::track::hops::{Basis, Travels};
use crate::track::message::Message;

/// A command sequence number.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CseqRow<'a> {
    /// The number.
    pub number: u32,
    /// The method.
    pub method: &'a str,
}

/// A SIP message.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct MessageRow<'a> {
    /// The frame that completed it.
    pub frame: FrameRef,
    /// When that frame was captured.
    pub time: String,
    /// Seconds since the first message of the call.
    pub offset_s: f64,
    /// Who sent it, on this hop.
    pub src: Option<Address>,
    /// To whom, on this hop.
    pub dst: Option<Address>,
    /// `udp`, `tcp`, `tls`, `ws`, `wss` or `sctp`.
    pub transport: &'static str,
    /// `request` or `response`.
    pub kind: &'static str,
    /// A request's method.
    pub method: Option<&'a str>,
    /// A response's status code.
    pub status: Option<u16>,
    /// A response's reason phrase as sent.
    pub reason: Option<&'a str>,
    /// CSeq; null if it is missing or cannot be read.
    pub cseq: Option<CseqRow<'a>>,
    /// Call-ID.
    pub call_id: &'a str,
    /// Branch of the topmost Via.
    pub branch: Option<&'a str>,
    /// The frame of the message that this one repeats.
    pub retransmission_of: Option<FrameRef>,
    /// The frame of the message whose packet it is once more: the capture holds
    /// it several times.
    pub copy_of: Option<FrameRef>,
    /// Which hop it went over, counted from the sender of the request: 1 is its own.
    pub hop: u16,
    /// The frame of the same message on the hop before, which this one is passed on from.
    pub hop_of: Option<FrameRef>,
    /// On what that rests: `via`, the Via chain; `branch`, the same branch between other
    /// addresses (NAT); `address`, it left where the other arrived (Vias hidden).
    #[schemars(extend("enum" = ["via", "branch", "address", null]))]
    pub hop_by: Option<&'static str>,
    /// Time since that copy: what the element between took, or in a serial fork also the wait
    /// for the branch before.
    pub hop_delay_ms: Option<f64>,
    /// The element that it reached and that had to pass it on and did not.
    pub stopped_at: Option<Address>,
    /// Bytes from the start line to the end of the body.
    pub size_bytes: u32,
    /// Whether its body describes a session.
    pub has_sdp: bool,
}

/// The rows of a conversation's messages, with offsets from `start`.
pub(super) fn rows<'a>(
    context: &Context<'_>,
    conversation: &'a Conversation,
    travels: &Travels,
    start: Timestamp,
) -> Vec<MessageRow<'a>> {
    let mut rows: Vec<_> = (0_u32..)
        .zip(&conversation.messages)
        .map(|(index, message)| row(context, conversation, travels, (index, message), start))
        .collect();
    for stop in travels.stops(conversation, context.snapshot.now()) {
        if let Some(row) = rows.get_mut(stop.message as usize) {
            row.stopped_at = Some(stop.element.into());
        }
    }
    rows
}

/// When a conversation's first message came.
pub(super) fn start_of(conversation: &Conversation) -> Timestamp {
    conversation.messages.first().map_or(Timestamp::default(), |first| first.at)
}

/// The bytes of a message as it came, if they were wanted and kept.
pub fn bytes<'a>(wanted: Option<&'a Wanted>, row: &MessageRow<'_>) -> Option<&'a [u8]> {
    let messages = wanted?.messages(row.frame.number());
    let fits = |bytes: &&Vec<u8>| {
        let (call_id, size) = (row.call_id.as_bytes(), row.size_bytes as usize);
        // What was too long to keep whole is kept from its beginning.
        bytes.len() <= size && contains(bytes, call_id)
    };
    let exact = messages.iter().find(|bytes| bytes.len() == row.size_bytes as usize && fits(bytes));
    exact.or_else(|| messages.iter().find(fits)).or(messages.first()).map(Vec::as_slice)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|window| window == part)
}

fn row<'a>(
    context: &Context<'_>,
    conversation: &'a Conversation,
    travels: &Travels,
    (index, message): (u32, &'a Message),
    start: Timestamp,
) -> MessageRow<'a> {
    let flow = conversation.flow_of(message);
    let frame_of = |index: Option<u32>| {
        let message = conversation.messages.get(index? as usize)?;
        Some(context.frame(message.frame))
    };
    let travel = travels.get(index);
    MessageRow {
        frame: context.frame(message.frame),
        time: context.time(message.at),
        offset_s: message.at.since(start).as_secs(),
        src: flow.map(|flow| flow.src.into()),
        dst: flow.map(|flow| flow.dst.into()),
        transport: message.transport.name(),
        kind: if message.status().is_some() { "response" } else { "request" },
        method: conversation.method_of(message),
        status: message.status(),
        reason: conversation.reason_of(message),
        cseq: conversation.cseq_of(message).map(|(number, method)| CseqRow { number, method }),
        call_id: conversation.call_id(),
        branch: conversation.branch_of(message),
        retransmission_of: frame_of(message.retransmission_of),
        copy_of: frame_of(message.copy_of),
        hop: travel.hop,
        hop_of: frame_of(travel.before.map(|(before, _)| before)),
        hop_by: travel.before.map(|(_, basis)| Basis::name(basis)),
        hop_delay_ms: travels.delay(conversation, index).map(Span::as_ms),
        stopped_at: None,
        size_bytes: message.size_bytes,
        has_sdp: message.has_sdp,
    }
}
