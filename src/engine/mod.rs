//! The only composition of wire, reassembly and track.
//!
//! Frames go in, a [`Snapshot`] comes out. The engine does no I/O, reads no
//! clock, starts no thread, never fails and never panics on input: what it
//! cannot read it counts, by reason.

pub mod counters;
pub mod snapshot;

use self::counters::Counters;
pub use self::snapshot::Snapshot;
use crate::base::flow::{Flow, Transport};
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::track::media::Media;
use crate::track::message::Arrived;
use crate::track::signalling::Signalling;
use crate::track::stream::MediaPacket;
use crate::wire::frame::{Datagram, Decoded, Segment, decode};
use crate::wire::malformed::Reason;
use crate::wire::sip::{self, HeaderIndex};
use crate::wire::sniff::{Content, classify};

/// What the engine is set to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The caps of everything that is kept.
    pub limits: Limits,
    /// Width of the intervals in which a stream's course is kept.
    pub interval: Span,
}

impl Default for Settings {
    fn default() -> Self {
        Self { limits: Limits::default(), interval: Span::from_secs(5) }
    }
}

/// Frames in, knowledge out.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    signalling: Signalling,
    media: Media,
    connections: Connections,
    counters: Counters,
    index: HeaderIndex,
    /// The greatest time seen: capture time, which never runs backwards.
    now: Option<Timestamp>,
    first: Option<Timestamp>,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            signalling: Signalling::default(),
            media: Media::new(settings.interval),
            connections: Connections::default(),
            counters: Counters::default(),
            index: HeaderIndex::default(),
            now: None,
            first: None,
        }
    }

    /// Takes the next frame. Frames of one source come in its order; times may
    /// step backwards.
    #[inline]
    pub fn handle_frame(&mut self, frame: &Frame<'_>) {
        self.counters.packets += 1;
        self.now = self.now.max(Some(frame.at));
        self.first = Some(self.first.map_or(frame.at, |first| first.min(frame.at)));
        match decode(frame) {
            Ok(Decoded::Udp(datagram)) => self.datagram(&datagram, frame),
            Ok(Decoded::Tcp(segment)) => self.segment(&segment, frame),
            Ok(Decoded::Foreign) => self.counters.other_packets += 1,
            Err(malformed) => {
                self.counters.other_packets += 1;
                self.counters.problem(malformed.reason, frame.no);
            }
        }
    }

    #[inline]
    fn datagram(&mut self, datagram: &Datagram<'_>, frame: &Frame<'_>) {
        match classify(datagram.payload, datagram.missing) {
            Content::Rtp(rtp) => {
                let packet = MediaPacket {
                    rtp,
                    flow: datagram.flow,
                    frame: frame.no,
                    at: frame.at,
                    ip: datagram.ip,
                };
                // Whether it is RTP shows when its stream does; until then it is other.
                self.counters.other_packets += 1;
                if let Some(reason) = self.media.rtp(&packet, &self.settings.limits) {
                    self.counters.problem(reason, frame.no);
                }
            }
            Content::Sip(bytes) => {
                if datagram.missing > 0 {
                    self.counters.problem(Reason::UdpCut, frame.no);
                }
                self.message(bytes, datagram.flow, Transport::Udp, frame.no, frame.at);
            }
            Content::Rtcp(bytes) => {
                self.counters.rtcp_packets += 1;
                if let Some(reason) = self.media.rtcp(bytes, datagram.flow, frame.at)
                    && datagram.missing == 0
                {
                    self.counters.problem(reason, frame.no);
                }
            }
            Content::Stun => self.counters.stun_packets += 1,
            Content::NotQuiteSip(reason) => {
                self.counters.other_packets += 1;
                self.counters.problem(reason, frame.no);
            }
            Content::Dtls | Content::Zrtp | Content::KeepAlive | Content::Other => {
                self.counters.other_packets += 1;
            }
        }
    }

    fn segment(&mut self, segment: &Segment<'_>, frame: &Frame<'_>) {
        let mut connections = std::mem::take(&mut self.connections);
        let messages_before = self.counters.sip_messages;
        let (limits, flow) = (self.settings.limits, segment.flow);
        connections.push(segment, frame.no, frame.at, &limits, &mut |output| match output.piece {
            Piece::Message(bytes) => {
                self.message(bytes, flow, Transport::Tcp, output.frame, output.at);
            }
            Piece::Problem(reason) => self.counters.problem(reason, output.frame),
        });
        self.connections = connections;
        if self.counters.sip_messages == messages_before {
            self.counters.other_packets += 1;
        }
    }

    fn message(
        &mut self,
        bytes: &[u8],
        flow: Flow,
        transport: Transport,
        frame: FrameNo,
        at: Timestamp,
    ) {
        let limits = &self.settings.limits;
        let message = match sip::parse(bytes, &mut self.index) {
            Ok(message) => message,
            Err(malformed) => {
                self.counters.other_packets += 1;
                self.counters.problem(malformed.reason, frame);
                return;
            }
        };
        self.counters.sip_messages += 1;
        for reason in message.faults.iter() {
            self.counters.problem(reason, frame);
        }
        let arrived = Arrived { sip: &message, frame, at, flow, transport };
        let learned = self.signalling.take(&arrived, limits);
        for reason in learned.problems.into_iter().flatten() {
            self.counters.problem(reason, frame);
        }
        for announcement in learned.announcements {
            self.media.announce(announcement);
        }
        if let Some((call, at)) = learned.ended {
            self.media.end(call, at);
        }
    }

    /// No more frames come: everything that was learned.
    pub fn finish(mut self) -> Snapshot {
        let limits = self.settings.limits;
        let mut connections = std::mem::take(&mut self.connections);
        connections.finish(&limits, &mut |output| match output.piece {
            Piece::Message(bytes) => {
                self.message(bytes, output.flow, Transport::Tcp, output.frame, output.at);
            }
            Piece::Problem(reason) => self.counters.problem(reason, output.frame),
        });
        let evicted = self.media.candidates_evicted;
        let (streams, announced) = self.media.finish(&limits);
        let mut counters = self.counters;
        counters.problems(Reason::TrackCandidateEvicted, evicted);
        counters.streams(&streams);
        Snapshot {
            conversations: self.signalling.into_conversations(),
            streams_of: snapshot::by_call(&streams),
            streams,
            announced,
            counters,
            span: self.first.zip(self.now),
        }
    }
}
