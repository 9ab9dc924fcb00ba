//! The only composition of wire, reassembly and track.
//!
//! Frames go in, a [`Snapshot`] comes out. The engine does no I/O, reads no
//! clock, starts no thread, never fails and never panics on input: what it
//! cannot read it counts, by reason.

pub mod counters;
pub mod membership;
pub mod messages;
mod mirror;
mod retire;
pub mod snapshot;
pub mod wanted;

use self::counters::Counters;
pub use self::retire::Retirement;
pub use self::snapshot::Snapshot;
pub use self::wanted::Wanted;
use crate::base::flow::{Flow, Transport};
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
pub use crate::metrics::reception::Buffer;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::reassembly::sctp::Associations;
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::track::conversation::Conversation;
use crate::track::fact::Correlation;
use crate::track::leg_evidence::Sources;
use crate::track::legs::Legs;
use crate::track::location::Locations;
use crate::track::media::{Finished, Media};
use crate::track::message::{Arrived, Kept};
use crate::track::relations::Relations;
use crate::track::signalling::Signalling;
pub use crate::track::stream::Course;
use crate::track::stream::{MediaPacket, Stream};
use crate::track::stream_relation::relations as stream_relations;
use crate::track::undelivered::Undelivery;
use crate::track::vq::{Reported, Reports};
use crate::wire::frame::{
    Datagram, Decoded, Fragment, IpFacts, SctpPacket, Segment, decode, decode_payload,
};
use crate::wire::icmp::IcmpError;
use crate::wire::malformed::{Malformed, Reason};
use crate::wire::sip::{self, HeaderIndex};
use crate::wire::sniff::{Content, classify};
use crate::wire::vq_report;

/// What the engine is set to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The caps of everything that is kept.
    pub limits: Limits,
    /// How the course of every stream is kept.
    pub course: Course,
    /// The headers whose equal values put the legs of a call together.
    pub correlation: Correlation,
    /// Whether the legs of a call are left apart, each as a call.
    pub separate_legs: bool,
    /// Whether what is over leaves ([`Engine::retire`]), so that names are given
    /// once and for all when something begins.
    pub retires: bool,
}

/// Frames in, knowledge out.
#[derive(Debug)]
pub struct Engine {
    settings: Settings,
    signalling: Signalling,
    media: Media,
    fragments: Fragments,
    connections: Connections,
    associations: Associations,
    vq_reports: Reports,
    counters: Counters,
    index: HeaderIndex,
    /// Frames whose messages are kept as they came.
    wanted: Option<Box<Wanted>>,
    /// The greatest time seen: capture time, which never runs backwards.
    now: Option<Timestamp>,
    first: Option<Timestamp>,
    /// When the capture ended, if that is known.
    until: Option<Timestamp>,
    /// What has left.
    retired: retire::Retired,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

/// With what each report of voice quality begins (RFC 6035 section 4.6).
const VQ_REPORT: &[u8] = b"VQ";

/// How a SIP message came.
#[derive(Clone, Copy, Debug)]
struct Carriage {
    flow: Flow,
    transport: Transport,
    ip: IpFacts,
    origin: Origin,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        Self {
            signalling: Signalling::new(settings.correlation.clone()),
            media: Media::new(settings.course),
            settings,
            fragments: Fragments::default(),
            connections: Connections::default(),
            associations: Associations::default(),
            vq_reports: Reports::default(),
            counters: Counters::default(),
            index: HeaderIndex::default(),
            wanted: None,
            now: None,
            first: None,
            until: None,
            retired: retire::Retired::default(),
        }
    }

    /// Takes the next frame. Frames of one source come in its order; times may
    /// step backwards.
    #[inline]
    pub fn handle_frame(&mut self, frame: &Frame<'_>) {
        self.counters.packets += 1;
        self.now = self.now.max(Some(frame.at));
        self.retired.frame(frame.at);
        self.first = Some(self.first.map_or(frame.at, |first| first.min(frame.at)));
        self.decoded(decode(frame), (frame.no, frame.at));
    }

    /// Nothing more came until `at`: calls whose time was over by then are over.
    pub fn handle_time(&mut self, at: Timestamp) {
        self.until = self.until.max(Some(at));
        self.retired.until(at);
    }

    #[inline]
    fn decoded(&mut self, decoded: Result<Decoded<'_>, Malformed>, origin: Origin) {
        match decoded {
            Ok(Decoded::Udp(datagram)) => self.datagram(&datagram, origin),
            Ok(Decoded::Tcp(segment)) => self.segment(&segment, origin),
            Ok(Decoded::Sctp(packet)) => self.sctp(&packet, origin),
            Ok(Decoded::Fragment(fragment)) => self.fragment(&fragment, origin),
            Ok(Decoded::Icmp(error)) => self.undelivered(&error, origin),
            Ok(Decoded::Foreign) => self.counters.other_packets += 1,
            Err(malformed) => {
                self.counters.other_packets += 1;
                self.counters.problem(malformed.reason, origin.0);
            }
        }
    }

    #[inline]
    fn datagram(&mut self, datagram: &Datagram<'_>, origin: Origin) {
        let &Datagram { flow, payload, missing, ip } = datagram;
        match classify(payload, missing) {
            Content::Rtp(rtp) => {
                let captured = u32::try_from(rtp.payload.len()).unwrap_or(u32::MAX);
                let octets = captured.saturating_add(missing);
                let packet = MediaPacket { rtp, octets, flow, frame: origin.0, at: origin.1, ip };
                // Whether it is RTP shows when its stream does; until then it is other.
                self.counters.other_packets += 1;
                if let Some(reason) = self.media.rtp(&packet, &self.settings.limits) {
                    self.counters.problem(reason, origin.0);
                }
            }
            Content::Sip(bytes) => {
                if missing > 0 {
                    self.counters.problem(Reason::UdpCut, origin.0);
                }
                self.message(bytes, Carriage { flow, transport: Transport::Udp, ip, origin });
            }
            Content::Rtcp(bytes) => {
                self.counters.rtcp_packets += 1;
                if let Some(reason) = self.media.rtcp(bytes, flow, origin.1)
                    && missing == 0
                {
                    self.counters.problem(reason, origin.0);
                }
            }
            Content::Stun => self.counters.stun_packets += 1,
            Content::Hep(hep) => self.mirrored(&hep, origin),
            Content::NotQuiteSip(reason) => {
                self.counters.other_packets += 1;
                self.counters.problem(reason, origin.0);
            }
            Content::Dtls | Content::Zrtp | Content::KeepAlive | Content::Other => {
                self.counters.other_packets += 1;
                if let Some(reason) = self.media.other(flow, ip.len, origin, &self.settings.limits)
                {
                    self.counters.problem(reason, origin.0);
                }
            }
        }
    }

    fn segment(&mut self, segment: &Segment<'_>, origin: Origin) {
        let mut connections = std::mem::take(&mut self.connections);
        let messages_before = self.counters.sip_messages;
        let (limits, flow, ip) = (self.settings.limits, segment.flow, segment.ip);
        connections.push(segment, origin.0, origin.1, &limits, &mut |output| {
            self.piece(
                output.piece,
                Carriage { flow, transport: Transport::Tcp, ip, origin: (output.frame, output.at) },
            );
        });
        self.connections = connections;
        if self.counters.sip_messages == messages_before {
            self.counters.other_packets += 1;
            if !segment.payload.is_empty()
                && let Some(reason) = self.media.other(flow, ip.len, origin, &limits)
            {
                self.counters.problem(reason, origin.0);
            }
        }
    }

    fn sctp(&mut self, packet: &SctpPacket<'_>, origin: Origin) {
        let mut associations = std::mem::take(&mut self.associations);
        let messages_before = self.counters.sip_messages;
        let limits = self.settings.limits;
        let carriage =
            Carriage { flow: packet.flow, transport: Transport::Sctp, ip: packet.ip, origin };
        associations.push(packet, origin, &limits, &mut |piece| self.piece(piece, carriage));
        self.associations = associations;
        if self.counters.sip_messages == messages_before {
            self.counters.other_packets += 1;
        }
    }

    fn fragment(&mut self, fragment: &Fragment<'_>, origin: Origin) {
        let (limits, counters) = (self.settings.limits, &mut self.counters);
        let outcome = self
            .fragments
            .push(fragment, origin.1, &limits, &mut |reason| counters.problem(reason, origin.0));
        match outcome {
            Outcome::Waiting => self.counters.other_packets += 1,
            Outcome::Copy => {
                self.counters.other_packets += 1;
                self.counters.copies += 1;
            }
            Outcome::Whole(whole) => {
                self.decoded(decode_payload(&whole.header, &whole.payload), origin);
            }
        }
    }

    fn piece(&mut self, piece: Piece<'_>, carriage: Carriage) {
        match piece {
            Piece::Message(bytes) => self.message(bytes, carriage),
            Piece::WebSocketMessage(bytes) => {
                self.message(bytes, Carriage { transport: Transport::Ws, ..carriage });
            }
            Piece::Problem(reason) => self.counters.problem(reason, carriage.origin.0),
        }
    }

    fn message(&mut self, bytes: &[u8], carriage: Carriage) {
        let Carriage { flow, transport, ip, origin: (frame, at) } = carriage;
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
        if let Some(wanted) = &mut self.wanted {
            wanted.take(frame, bytes);
        }
        for reason in message.faults.iter() {
            self.counters.problem(reason, frame);
        }
        if message.body.starts_with(VQ_REPORT)
            && let Some(report) = vq_report::parse(message.body)
        {
            let carrier = String::from_utf8_lossy(message.call_id().unwrap_or_default()).into();
            if !self.vq_reports.take(Reported { frame, at, carrier, report }, limits.vq_reports) {
                self.counters.problem(Reason::TrackReportsFull, frame);
            }
        }
        let arrived = Arrived { sip: &message, frame, at, flow, transport, ip };
        let learned = self.signalling.take(&arrived, limits);
        match learned.kept {
            Kept::Not(reason) => self.counters.problem(reason, frame),
            Kept::Copy => self.counters.copies += 1,
            Kept::Message | Kept::Nothing => {}
        }
        if learned.bad_description {
            self.counters.problem(Reason::SdpBad, frame);
        }
        for announcement in learned.announcements {
            for _ in 0..self.media.announce(announcement, limits) {
                self.counters.problem(Reason::TrackAnnouncementsFull, frame);
            }
        }
        if let Some((call, at)) = learned.ended {
            self.media.end(call, at);
        }
    }

    /// An ICMP error: a fact about the call or stream whose packet it quotes.
    fn undelivered(&mut self, error: &IcmpError<'_>, origin: Origin) {
        self.counters.other_packets += 1;
        let fact = Undelivery { frame: origin.0, at: origin.1, from: error.from, why: error.why };
        let quoted = match classify(error.quoted, u32::MAX) {
            Content::Sip(bytes) => {
                sip::parse(bytes, &mut self.index).ok().and_then(|message| message.call_id())
            }
            _ => None,
        };
        let known = match quoted {
            Some(call_id) => self.signalling.undelivered(call_id, fact, &self.settings.limits),
            None => error.is_udp && self.media.undelivered(error.flow, fact),
        };
        if known {
            self.counters.problem(Reason::IcmpUndelivered, origin.0);
        }
    }

    /// What was counted so far. Packets of RTP streams are among the others until
    /// a snapshot tells them apart.
    pub const fn counters(&self) -> Counters {
        self.counters
    }

    /// Keeps the messages of some frames as they came, put together of their
    /// segments and fragments.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted = Some(Box::new(wanted));
    }

    /// The messages of the frames that were wanted, as far as they have come.
    pub fn wanted(&mut self) -> Option<&mut Wanted> {
        self.wanted.as_deref_mut()
    }

    /// Everything that was learned so far, while more frames come. It costs a
    /// copy of all that.
    pub fn snapshot(&self) -> Snapshot {
        let mut counters = self.counters;
        counters.problems(Reason::TrackCandidateEvicted, self.media.candidates_evicted);
        let media = self.media.clone().finish(&self.settings.limits);
        let conversations = self.signalling.conversations().to_vec();
        self.learned(conversations, media, self.vq_reports.clone(), counters)
    }

    /// No more frames come: everything that was learned.
    pub fn finish(mut self) -> Snapshot {
        let limits = self.settings.limits;
        let mut connections = std::mem::take(&mut self.connections);
        connections.finish(&limits, &mut |output| {
            self.piece(
                output.piece,
                Carriage {
                    flow: output.flow,
                    transport: Transport::Tcp,
                    ip: IpFacts::default(),
                    origin: (output.frame, output.at),
                },
            );
        });
        let mut counters = self.counters;
        self.fragments.finish(&mut |reason| counters.problems(reason, 1));
        self.associations.finish(&mut |piece| {
            if let Piece::Problem(reason) = piece {
                counters.problems(reason, 1);
            }
        });
        counters.problems(Reason::TrackCandidateEvicted, self.media.candidates_evicted);
        let media = std::mem::replace(&mut self.media, Media::new(self.settings.course));
        let media = media.finish(&limits);
        let signalling = std::mem::take(&mut self.signalling);
        let vq_reports = std::mem::take(&mut self.vq_reports);
        let learned = self.learned(signalling.into_conversations(), media, vq_reports, counters);
        Snapshot { wanted: self.wanted, ..learned }
    }

    /// What conversations and media amount to.
    fn learned(
        &self,
        conversations: Vec<Conversation>,
        media: Finished,
        vq_reports: Reports,
        mut counters: Counters,
    ) -> Snapshot {
        counters.streams(&media.streams);
        let streams: Vec<&Stream> = media.streams.iter().collect();
        let legs = if self.settings.separate_legs {
            Legs::default()
        } else {
            Legs::join(&Sources {
                conversations: &conversations,
                streams: &streams,
                announced: &media.announced,
                correlation: &self.settings.correlation,
            })
        };
        let now = self.now.unwrap_or_default();
        let relations = Relations::of(&conversations, now);
        Snapshot {
            limits: self.settings.limits,
            locations: Locations::of(&conversations),
            conversations,
            relations,
            legs,
            streams_of: snapshot::by_call(&media.streams),
            stream_relations: stream_relations(&streams),
            has_media: self.retired.had_media || !streams.is_empty(),
            names_last: self.settings.retires,
            streams: media.streams,
            announced: media.announced,
            vq_reports,
            other_media: media.other,
            counters,
            span: self.first.zip(self.now),
            wanted: None,
            until: self.until,
        }
    }
}
