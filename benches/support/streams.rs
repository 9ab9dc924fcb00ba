//! Media that never ends: packets of many streams in turn, in front of an
//! engine that knows their calls.

use std::collections::HashSet;

use siplens::base::flow::Flow;
use siplens::base::frame::{Frame, Link};
use siplens::base::id::{FrameNo, Ssrc};
use siplens::base::time::{Span, Timestamp};
use siplens::engine::Engine;
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sniff::{Content, classify};

use crate::traffic::{EPOCH, Frames, Plan, SECOND, Ways};

/// What follows streams.
pub(crate) trait Follows {
    fn frame(&mut self, frame: &Frame<'_>);
}

/// Frame by frame, as live capture does it.
impl Follows for Engine {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.handle_frame(frame);
    }
}

/// What follows the streams of answered calls, two for each, and these.
pub(crate) struct Streams<T> {
    pub(crate) engine: T,
    /// The headers of each stream's first packet, one after the other.
    headers: Vec<u8>,
    header_length: usize,
    /// Where the next packet's headers begin.
    next: usize,
    /// Packets of each stream so far.
    round: u32,
    frame: Vec<u8>,
    /// When the packets of a round are due, and when those of this one come.
    due: Timestamp,
    at: Timestamp,
}

const PAYLOAD: usize = 160;
/// Packets come up to so many nanoseconds after they are due.
const LATE: u32 = 2_000_000;
const RTP_HEADER: usize = 12;

/// The stream that a frame's packet belongs to, if it is RTP.
fn stream(frame: &Frame<'_>) -> Option<(Flow, Ssrc)> {
    let Ok(Decoded::Udp(datagram)) = decode(frame) else { return None };
    let Content::Rtp(rtp) = classify(datagram.payload, datagram.missing) else { return None };
    Some((datagram.flow, rtp.ssrc))
}

impl<T: Follows + Default> Streams<T> {
    /// The streams of `calls` calls, which begin and are answered all at once.
    pub(crate) fn new(calls: u32, ways: Ways) -> Self {
        let rate = f64::from(calls) * 10.0;
        let plan =
            Plan { calls: calls.into(), rate, ring: 0, talk: 20 * SECOND, ways, ..Plan::default() };
        let (mut frames, mut bytes) = (Frames::new(plan), Vec::new());
        let (mut engine, mut known, mut headers) = (T::default(), HashSet::new(), Vec::new());
        let mut at = Timestamp::default();
        let streams = 2 * calls as usize;
        while known.len() < streams {
            let Some(after) = frames.next_frame(&mut bytes) else { break };
            at = Timestamp::from_nanos(i64::try_from(EPOCH * SECOND + after).unwrap());
            let frame = frame(&bytes, at);
            match stream(&frame) {
                Some(stream) if known.insert(stream) => {
                    headers.extend_from_slice(&bytes[..bytes.len() - PAYLOAD]);
                    engine.frame(&frame);
                }
                Some(_) => {}
                None => engine.frame(&frame),
            }
        }
        let header_length = headers.len() / streams;
        let frame = vec![0x55; header_length + PAYLOAD];
        Self { engine, headers, header_length, next: 0, round: 1, frame, due: at, at }
    }

    /// The next packet: of the next stream, 160 ticks after its last one. When it comes
    /// is not quite when it is due, as on any network: the arithmetic of a stream
    /// without any jitter is not that of others.
    pub(crate) fn packet(&mut self) {
        if self.next == self.headers.len() {
            self.next = 0;
            self.round = self.round.wrapping_add(1);
            self.due = self.due + Span::from_millis(20);
            // Numbers without an order (Fibonacci hashing).
            let late = (self.round.wrapping_mul(0x9e37_79b9) >> 8) % LATE;
            self.at = self.due + Span::from_nanos(late.into());
        }
        let header = &self.headers[self.next..self.next + self.header_length];
        self.next += self.header_length;
        self.frame[..self.header_length].copy_from_slice(header);
        let rtp = &mut self.frame[self.header_length - RTP_HEADER..];
        let seq = u16::from_be_bytes([rtp[2], rtp[3]]).wrapping_add((self.round & 0xffff) as u16);
        let time = u32::from_be_bytes([rtp[4], rtp[5], rtp[6], rtp[7]]);
        let time = time.wrapping_add(self.round.wrapping_mul(160));
        // The marker is of the first packet of a talk spurt (RFC 3551 section 4.1).
        rtp[1] &= 0x7f;
        rtp[2..4].copy_from_slice(&seq.to_be_bytes());
        rtp[4..8].copy_from_slice(&time.to_be_bytes());
        self.engine.frame(&frame(&self.frame, self.at));
    }
}

fn frame(bytes: &[u8], at: Timestamp) -> Frame<'_> {
    let wire_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Frame { no: FrameNo::new(0, 1), at, link: Link::Ethernet, wire_len, bytes }
}
