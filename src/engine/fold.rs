//! The signalling plane: everything for which it matters what came before, frame
//! by frame in order. What the media plane has to know of it becomes [`Notices`].

use super::counters::Counters;
use super::notice::{Notices, OfFlow, What};
use super::retire::Retired;
use super::shard::{Room, shares};
use super::sort::{Sight, Sorted, Step, look, shard_of};
use super::{Settings, Wanted};
use crate::base::chunk::Chunk;
use crate::base::flow::{Flow, Transport};
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::reassembly::sctp::Associations;
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::track::announced::Announced;
use crate::track::conversation::Conversation;
use crate::track::digest::{Digests, Told};
use crate::track::fact::Correlation;
use crate::track::media::{Encrypted, rtcp_problem};
use crate::track::message::{Arrived, Kept};
use crate::track::mirrored::Mirrored;
use crate::track::offer::Announcement;
use crate::track::remnant::Remnant;
use crate::track::signalling::Signalling;
use crate::track::undelivered::Undelivery;
use crate::track::vq::{Reported, Reports};
use crate::wire::frame::{
    Datagram, Decoded, Fragment, IpFacts, SctpPacket, Segment, decode_payload,
};
use crate::wire::hep;
use crate::wire::icmp::IcmpError;
use crate::wire::malformed::{Malformed, Reason};
use crate::wire::sip::{self, HeaderIndex, Message};
use crate::wire::sniff::{Content, classify};
use crate::wire::vq_report;

/// The signalling plane.
#[derive(Debug)]
pub struct Fold {
    pub(super) limits: Limits,
    shards: usize,
    pub(super) signalling: Signalling,
    pub(super) separate_legs: bool,
    /// Frames whose messages are kept as they came.
    pub(super) wanted: Option<Box<Wanted>>,
    pub(super) announced: Announced,
    pub(super) fragments: Fragments,
    pub(super) connections: Connections,
    associations: Associations,
    pub(super) counters: Counters,
    pub(super) index: HeaderIndex,
    /// What a message says that is put together here.
    digests: Digests,
    /// How many frames came before the one under way.
    turn: u64,
    /// The earliest and the latest time of a frame.
    span: Option<(Timestamp, Timestamp)>,
    pub(super) vq_reports: Reports,
    pub(super) mirrored: Mirrored,
    /// When the capture ended, if that is known.
    until: Option<Timestamp>,
    /// What has left.
    pub(super) retired: Retired,
    retires: bool,
}

/// With what each report of voice quality begins (RFC 6035 section 4.6).
const VQ_REPORT: &[u8] = b"VQ";

/// How a SIP message came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Carriage {
    pub(super) flow: Flow,
    pub(super) transport: Transport,
    pub(super) ip: IpFacts,
    pub(super) origin: Origin,
}

/// The signalling plane when no more frames come.
#[derive(Debug)]
pub(super) struct Folded {
    pub(super) limits: Limits,
    pub(super) wanted: Option<Box<Wanted>>,
    pub(super) conversations: Vec<Conversation>,
    pub(super) remnants: Vec<Remnant>,
    pub(super) correlation: Correlation,
    pub(super) separate_legs: bool,
    pub(super) announced: Announced,
    pub(super) counters: Counters,
    pub(super) span: Option<(Timestamp, Timestamp)>,
    pub(super) vq_reports: Reports,
    pub(super) mirrored: Mirrored,
    pub(super) until: Option<Timestamp>,
    /// Whether any media have left.
    pub(super) had_media: bool,
    pub(super) names_last: bool,
}

impl Fold {
    pub(super) fn new(settings: Settings) -> Self {
        let Settings { limits, correlation, separate_legs, retires, .. } = settings;
        let signalling = Signalling::new(correlation);
        Self {
            limits,
            shards: shares(&limits),
            digests: signalling.digests(),
            signalling,
            separate_legs,
            wanted: None,
            announced: Announced::default(),
            fragments: Fragments::default(),
            connections: Connections::default(),
            associations: Associations::default(),
            counters: Counters::default(),
            index: HeaderIndex::default(),
            turn: 0,
            span: None,
            vq_reports: Reports::default(),
            mirrored: Mirrored::default(),
            until: None,
            retired: Retired::default(),
            retires,
        }
    }

    /// Room for what the frames of a chunk hold.
    pub fn sorted(&self) -> Sorted {
        Sorted::new(self.shards, self.signalling.digests())
    }

    /// What was announced so far.
    pub const fn announced(&self) -> &Announced {
        &self.announced
    }

    /// Takes the next chunk; what its media have to know is put into `notices`.
    pub fn take(&mut self, chunk: &Chunk, sorted: &Sorted, notices: &mut Notices) {
        notices.clear();
        self.announced.settle(chunk.turn());
        self.counters.packets += sorted.packets;
        self.counters.other_packets += sorted.other_packets;
        self.counters.stun_packets += sorted.stun_packets;
        if let Some((first, last)) = sorted.span {
            self.seen(first);
            self.seen(last);
            self.retired.frames((first, last), chunk.frames().map(|frame| frame.at));
        }
        for (index, step) in &sorted.steps {
            let Some(frame) = chunk.frame(*index) else { continue };
            self.turn = chunk.turn() + u64::from(*index);
            match step {
                Step::Sip(place) => self.sip(*place, sorted, &frame, notices),
                Step::Other(flow, bytes) => {
                    self.other(*flow, *bytes, (frame.no, frame.at), notices);
                }
                Step::Again => self.sight(look(&frame), (frame.no, frame.at), notices),
            }
        }
    }

    /// Begins with the next frame.
    #[inline]
    pub(super) fn begin(&mut self, turn: u64, frame: &Frame<'_>) {
        self.turn = turn;
        self.counters.packets += 1;
        self.seen(frame.at);
        self.retired.frame(frame.at);
    }

    #[inline]
    fn seen(&mut self, at: Timestamp) {
        let (first, last) = self.span.unwrap_or((at, at));
        self.span = Some((first.min(at), last.max(at)));
    }

    /// Keeps the messages of some frames as they came, put together of their
    /// segments and fragments.
    pub fn want(&mut self, wanted: Wanted) {
        self.wanted = Some(Box::new(wanted));
    }

    /// Nothing more came until `at`: calls whose time was over by then are over.
    pub fn handle_time(&mut self, at: Timestamp) {
        self.until = self.until.max(Some(at));
        self.retired.until(at);
    }

    /// What each shard may have, when they have `used` that.
    pub fn room(&self, used: impl IntoIterator<Item = Room>) -> Room {
        Room::left(&self.limits, used, self.shards)
    }

    /// Nobody asks any more what was announced before the frame under way.
    pub(super) fn settle(&mut self) {
        self.announced.settle(self.turn);
    }

    pub(super) fn problem(&mut self, reason: Reason, frame: FrameNo) {
        self.counters.problem(reason, frame, self.turn);
    }

    fn sip(&mut self, place: u32, sorted: &Sorted, frame: &Frame<'_>, notices: &mut Notices) {
        let origin = (frame.no, frame.at);
        let Some((item, bytes, message, told)) = sorted.sip(place, frame) else { return };
        if let Some(wanted) = &mut self.wanted {
            wanted.take(origin.0, bytes);
        }
        if item.missing > 0 {
            self.problem(Reason::UdpCut, origin.0);
        }
        let (flow, transport, ip) = (item.flow, Transport::Udp, item.ip);
        self.message(&message, told, Carriage { flow, transport, ip, origin }, notices);
    }

    /// Takes what a frame holds, but for RTP in plain datagrams.
    pub(super) fn sight(&mut self, sight: Sight<'_>, origin: Origin, notices: &mut Notices) {
        match sight {
            Sight::Rtp(_, datagram) => {
                // Whether it is RTP shows when its stream does; until then it is other.
                self.counters.other_packets += 1;
                let bytes = notices.keep(datagram.payload);
                self.tell(datagram.flow, origin, OfFlow::Rtp(bytes, datagram.ip), notices);
            }
            Sight::Datagram(content, datagram) => {
                self.datagram(content, &datagram, origin, notices);
            }
            Sight::Other(decoded) => self.decoded(decoded, origin, notices),
            Sight::Malformed(malformed) => self.malformed(malformed, origin),
        }
    }

    fn malformed(&mut self, malformed: Malformed, origin: Origin) {
        self.counters.other_packets += 1;
        self.problem(malformed.reason, origin.0);
    }

    fn decoded(&mut self, decoded: Decoded<'_>, origin: Origin, notices: &mut Notices) {
        match decoded {
            Decoded::Udp(datagram) => {
                let sight = match classify(datagram.payload, datagram.missing) {
                    Content::Rtp(rtp) => Sight::Rtp(rtp, datagram),
                    content => Sight::Datagram(content, datagram),
                };
                self.sight(sight, origin, notices);
            }
            Decoded::Tcp(segment) => self.segment(&segment, origin, notices),
            Decoded::Sctp(packet) => self.sctp(&packet, origin, notices),
            Decoded::Fragment(fragment) => self.fragment(&fragment, origin, notices),
            Decoded::Icmp(error) => self.undelivered(&error, origin, notices),
            Decoded::Foreign => self.counters.other_packets += 1,
        }
    }

    /// Tells the media plane something about a flow.
    pub(super) fn tell(
        &self,
        flow: Flow,
        (frame, at): Origin,
        what: OfFlow,
        notices: &mut Notices,
    ) {
        let shard = shard_of(&flow, self.shards);
        notices.list.push((self.turn, What::Flow(shard, flow, frame, at, what)));
    }

    fn datagram(
        &mut self,
        content: Content<'_>,
        datagram: &Datagram<'_>,
        origin: Origin,
        notices: &mut Notices,
    ) {
        let &Datagram { flow, missing, ip, .. } = datagram;
        match content {
            Content::Sip(bytes) => {
                if missing > 0 {
                    self.problem(Reason::UdpCut, origin.0);
                }
                let transport = Transport::Udp;
                self.bytes(bytes, Carriage { flow, transport, ip, origin }, notices);
            }
            Content::Rtcp(bytes) => self.rtcp(bytes, missing > 0, flow, origin, notices),
            Content::Stun => self.counters.stun_packets += 1,
            Content::Hep(hep) => self.mirrored(&hep, origin, notices),
            Content::NotQuiteSip(reason) => {
                self.counters.other_packets += 1;
                self.problem(reason, origin.0);
            }
            Content::Rtp(_)
            | Content::Dtls
            | Content::Zrtp
            | Content::KeepAlive
            | Content::Other => {
                self.counters.other_packets += 1;
                self.other(flow, ip.len, origin, notices);
            }
        }
    }

    /// A packet that may be of other media.
    fn other(&self, flow: Flow, bytes: u32, origin: Origin, notices: &mut Notices) {
        if self.announced.expects_other() {
            self.tell(flow, origin, OfFlow::Other(bytes), notices);
        }
    }

    pub(super) fn rtcp(
        &mut self,
        bytes: &[u8],
        is_cut: bool,
        flow: Flow,
        origin: Origin,
        notices: &mut Notices,
    ) {
        self.counters.rtcp_packets += 1;
        match rtcp_problem(bytes) {
            Err(Encrypted) => return,
            Ok(Some(reason)) if !is_cut => self.problem(reason, origin.0),
            Ok(_) => {}
        }
        let bytes = notices.keep(bytes);
        self.tell(flow, origin, OfFlow::Rtcp(bytes), notices);
    }

    fn segment(&mut self, segment: &Segment<'_>, origin: Origin, notices: &mut Notices) {
        let mut connections = std::mem::take(&mut self.connections);
        let messages_before = self.counters.sip_messages;
        let (limits, flow, ip) = (self.limits, segment.flow, segment.ip);
        let mut mirrored = false;
        connections.push(segment, origin.0, origin.1, &limits, &mut |output| {
            mirrored |= matches!(output.piece, Piece::Mirrored(_));
            let origin = (output.frame, output.at);
            let carriage = Carriage { flow, transport: Transport::Tcp, ip, origin };
            self.piece(output.piece, carriage, notices);
        });
        self.connections = connections;
        if self.counters.sip_messages == messages_before && !mirrored {
            self.counters.other_packets += 1;
            if !segment.payload.is_empty() {
                self.other(flow, ip.len, origin, notices);
            }
        }
    }

    fn sctp(&mut self, packet: &SctpPacket<'_>, origin: Origin, notices: &mut Notices) {
        let mut associations = std::mem::take(&mut self.associations);
        let messages_before = self.counters.sip_messages;
        let limits = self.limits;
        let carriage =
            Carriage { flow: packet.flow, transport: Transport::Sctp, ip: packet.ip, origin };
        associations.push(packet, origin, &limits, &mut |piece| {
            self.piece(piece, carriage, notices);
        });
        self.associations = associations;
        if self.counters.sip_messages == messages_before {
            self.counters.other_packets += 1;
        }
    }

    fn fragment(&mut self, fragment: &Fragment<'_>, origin: Origin, notices: &mut Notices) {
        let (limits, counters, turn) = (self.limits, &mut self.counters, self.turn);
        let outcome = self.fragments.push(fragment, origin.1, &limits, &mut |reason| {
            counters.problem(reason, origin.0, turn);
        });
        match outcome {
            Outcome::Waiting => self.counters.other_packets += 1,
            Outcome::Copy => {
                self.counters.other_packets += 1;
                self.counters.copies += 1;
            }
            Outcome::Whole(whole) => match decode_payload(&whole.header, &whole.payload) {
                Ok(decoded) => self.decoded(decoded, origin, notices),
                Err(malformed) => self.malformed(malformed, origin),
            },
        }
    }

    fn piece(&mut self, piece: Piece<'_>, carriage: Carriage, notices: &mut Notices) {
        match piece {
            Piece::Message(bytes) => self.bytes(bytes, carriage, notices),
            Piece::WebSocketMessage(bytes) => {
                self.bytes(bytes, Carriage { transport: Transport::Ws, ..carriage }, notices);
            }
            Piece::Mirrored(packet) => match hep::parse(packet) {
                Some(hep) => self.mirrored(&hep, carriage.origin, notices),
                None => self.problem(Reason::HepBad, carriage.origin.0),
            },
            Piece::Problem(reason) => self.problem(reason, carriage.origin.0),
        }
    }

    /// Reads a message and takes it.
    pub(super) fn bytes(&mut self, bytes: &[u8], carriage: Carriage, notices: &mut Notices) {
        let mut index = std::mem::take(&mut self.index);
        match sip::parse(bytes, &mut index) {
            Ok(message) => {
                if let Some(wanted) = &mut self.wanted {
                    wanted.take(carriage.origin.0, bytes);
                }
                let mut digests = std::mem::take(&mut self.digests);
                digests.clear();
                digests.push(&message, carriage.flow);
                if let Some(told) = digests.get(0) {
                    self.message(&message, told, carriage, notices);
                }
                self.digests = digests;
            }
            Err(malformed) => self.malformed(malformed, carriage.origin),
        }
        self.index = index;
    }

    fn message(
        &mut self,
        message: &Message<'_>,
        told: Told<'_>,
        carriage: Carriage,
        notices: &mut Notices,
    ) {
        let Carriage { flow, transport, ip, origin: (frame, at) } = carriage;
        self.counters.sip_messages += 1;
        for reason in message.faults.iter() {
            self.problem(reason, frame);
        }
        self.vq_report(message, (frame, at));
        let arrived = Arrived { sip: message, told, frame, at, flow, transport, ip };
        let learned = self.signalling.take(&arrived, &self.limits);
        match learned.kept {
            Kept::Not(reason) => self.problem(reason, frame),
            Kept::Copy => self.counters.copies += 1,
            Kept::Message | Kept::Nothing => {}
        }
        if learned.bad_description {
            self.problem(Reason::SdpBad, frame);
        }
        if let Some((call, side)) = learned.announces {
            let (most, turn) = (self.limits.announcements, self.turn);
            for (section, endpoints) in told.sections() {
                let announcement = Announcement { call, side, at, frame, endpoints, section };
                let turned_away = self.announced.take(&announcement, most, turn, |endpoint| {
                    notices.list.push((turn, What::Announced(endpoint, call, at)));
                });
                if turned_away > 0 {
                    let reason = Reason::TrackAnnouncementsFull;
                    self.counters.problem_times(reason, turned_away, frame, turn);
                }
            }
        }
        if let Some((call, at)) = learned.ended {
            self.announced.end(call, at, self.turn);
        }
    }

    /// Takes what an end point reports of the voice quality of a call.
    fn vq_report(&mut self, message: &Message<'_>, (frame, at): Origin) {
        if !message.body.starts_with(VQ_REPORT) {
            return;
        }
        let Some(report) = vq_report::parse(message.body) else { return };
        let carrier = String::from_utf8_lossy(message.call_id().unwrap_or_default()).into();
        let reported = Reported { frame, at, carrier, report };
        if !self.vq_reports.take(reported, self.limits.vq_reports) {
            self.problem(Reason::TrackReportsFull, frame);
        }
    }

    /// An ICMP error: a fact about the call or stream whose packet it quotes.
    fn undelivered(&mut self, error: &IcmpError<'_>, origin: Origin, notices: &mut Notices) {
        self.counters.other_packets += 1;
        let fact = Undelivery { frame: origin.0, at: origin.1, from: error.from, why: error.why };
        let quoted = match classify(error.quoted, u32::MAX) {
            Content::Sip(bytes) => {
                sip::parse(bytes, &mut self.index).ok().and_then(|message| message.call_id())
            }
            _ => None,
        };
        if let Some(call_id) = quoted {
            if self.signalling.undelivered(call_id, fact, &self.limits) {
                self.problem(Reason::IcmpUndelivered, origin.0);
            }
        } else if error.is_udp {
            self.tell(error.flow, origin, OfFlow::Undelivered(fact), notices);
        }
    }

    /// No more frames come.
    pub(super) fn finish(mut self, notices: &mut Notices) -> Folded {
        notices.clear();
        self.turn = self.turn.saturating_add(1);
        let limits = self.limits;
        let mut connections = std::mem::take(&mut self.connections);
        connections.finish(&limits, &mut |output| {
            let (flow, transport) = (output.flow, Transport::Tcp);
            let (ip, origin) = (IpFacts::default(), (output.frame, output.at));
            self.piece(output.piece, Carriage { flow, transport, ip, origin }, notices);
        });
        let counters = &mut self.counters;
        self.fragments.finish(&mut |reason| counters.problems(reason, 1));
        self.associations.finish(&mut |piece| {
            if let Piece::Problem(reason) = piece {
                counters.problems(reason, 1);
            }
        });
        self.announced.settle(u64::MAX);
        let correlation = self.signalling.correlation().clone();
        Folded {
            limits,
            wanted: self.wanted,
            remnants: self.signalling.remnants(),
            conversations: self.signalling.into_conversations(),
            correlation,
            separate_legs: self.separate_legs,
            announced: self.announced,
            counters: self.counters,
            span: self.span,
            vq_reports: self.vq_reports,
            mirrored: self.mirrored,
            until: self.until,
            had_media: self.retired.had_media,
            names_last: self.retires || self.retired.any,
        }
    }

    /// The signalling plane so far, while more frames come.
    pub(super) fn so_far(&self) -> Folded {
        Folded {
            conversations: self.signalling.conversations().to_vec(),
            remnants: self.signalling.remnants(),
            announced: self.announced.clone(),
            counters: self.counters,
            vq_reports: self.vq_reports.clone(),
            mirrored: self.mirrored.clone(),
            ..self.nothing()
        }
    }

    /// What the signalling plane has learned of nothing in particular.
    pub(super) fn nothing(&self) -> Folded {
        Folded {
            limits: self.limits,
            wanted: None,
            conversations: Vec::new(),
            remnants: Vec::new(),
            correlation: self.signalling.correlation().clone(),
            separate_legs: self.separate_legs,
            announced: Announced::default(),
            counters: Counters::default(),
            span: self.span,
            vq_reports: Reports::default(),
            mirrored: Mirrored::default(),
            until: self.until,
            had_media: self.retired.had_media,
            names_last: self.retires || self.retired.any,
        }
    }
}
