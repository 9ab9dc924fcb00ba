//! The media plane: RTP and RTCP packets to streams.

mod concerned;
mod leave;
mod streams;

use hashbrown::HashMap;

use self::streams::Streams;
use super::ConversationId;
use super::announced::Known;
use super::candidate::{Candidates, ENOUGH};
use super::other_media::{OtherFlows, OtherMedia};
use super::stream::{Course, MediaPacket, Stream, StreamList};
use super::tombstones::Tombstones;
use super::undelivered::Undelivery;
use crate::base::codec::Codec;
use crate::base::flow::{Endpoint, Flow};
use crate::base::id::{FrameNo, Seq, Ssrc};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::bytes::be16;
use crate::wire::malformed::Reason;
use crate::wire::payload::fec;
use crate::wire::rtcp::xr::{self, Block};
use crate::wire::rtcp::{self, Packet, ReportBlock};

/// All streams, in the order in which they were recognised.
#[derive(Clone, Debug)]
pub struct Media {
    streams: Streams,
    by_endpoint: HashMap<Endpoint, Vec<u32>>,
    by_ssrc: HashMap<Ssrc, Vec<u32>>,
    candidates: Candidates,
    held: usize,
    course: Course,
    other: OtherFlows,
    /// The number of the latest stream, and by how much that of the next is greater.
    begun: u64,
    step: u64,
    /// Flows and sources of streams that have left with their calls.
    gone: Tombstones,
    /// Candidates forgotten because their table was full.
    pub candidates_evicted: u64,
}

/// ICMP errors kept of one stream.
const EVIDENCE: usize = 4;
/// What the media plane has learned in the end.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The streams that are RTP, in the order of their first packets.
    pub streams: StreamList,
    /// Media that are not RTP, in the order of their first packets.
    pub other: Vec<OtherMedia>,
}

/// Items of one RTCP packet that are read.
const MAX_ITEMS: usize = 64;
/// Streams of one source that an RTCP packet is compared with.
const MAX_SAME_SSRC: usize = 64;

impl Media {
    /// No streams yet. Of several parts each numbers its streams in steps of their
    /// count, beginning with its place among them, from 1.
    pub fn new(course: Course, (place, parts): (u64, u64)) -> Self {
        Self {
            streams: Streams::default(),
            by_endpoint: HashMap::new(),
            by_ssrc: HashMap::new(),
            candidates: Candidates::default(),
            held: 0,
            course,
            other: OtherFlows::default(),
            begun: place.wrapping_sub(parts),
            step: parts,
            gone: Tombstones::default(),
            candidates_evicted: 0,
        }
    }

    /// How many flows may become streams.
    pub fn candidates(&self) -> usize {
        self.candidates.len()
    }

    /// How many packets are held back until their clock is known.
    pub const fn held(&self) -> usize {
        self.held
    }

    /// Takes a packet that passed RTP's header check.
    #[inline]
    pub fn rtp(
        &mut self,
        packet: &MediaPacket<'_>,
        announced: Known<'_>,
        limits: &Limits,
    ) -> Option<Reason> {
        match self.place_of(packet.flow, packet.rtp.ssrc) {
            Some(index) => {
                self.push(index, packet, announced, limits);
                None
            }
            None => self.unknown(packet, announced, limits),
        }
    }

    /// The stream of a flow and source, if it is known: for [`Media::push`], before
    /// anything is announced.
    #[inline]
    pub fn place_of(&self, flow: Flow, ssrc: Ssrc) -> Option<u32> {
        self.streams.place_of(flow, ssrc)
    }

    /// Takes a packet of a known stream.
    #[inline]
    pub fn push(
        &mut self,
        index: u32,
        packet: &MediaPacket<'_>,
        announced: Known<'_>,
        limits: &Limits,
    ) {
        if !self.streams.take(index, packet) {
            self.push_unexpected(index, packet, announced, limits);
        }
    }

    /// Takes a packet of a stream that expected another, or none.
    fn push_unexpected(
        &mut self,
        index: u32,
        packet: &MediaPacket<'_>,
        announced: Known<'_>,
        limits: &Limits,
    ) {
        let Some(stream) = self.streams.get_mut(index) else { return };
        let room = limits.held_packets.saturating_sub(self.held);
        let change = stream.take(packet, announced, limits.digits, room);
        self.held = self.held.saturating_add_signed(change);
        if stream.repairs_others && !stream.encrypted {
            self.repairs(index, packet);
        }
        self.streams.expect_after(index, packet);
    }

    /// A packet of stream `index` repairs another one's.
    #[cold]
    fn repairs(&mut self, index: u32, packet: &MediaPacket<'_>) {
        let stream = self.streams.get(index);
        let Some(meaning) = stream.and_then(Stream::current_meaning) else { return };
        let rtp = &packet.rtp;
        match meaning.codec {
            Some(Codec::Rtx) => {
                let (Some(original), Some(apt)) = (be16(rtp.payload, 0), meaning.apt) else {
                    return;
                };
                if let Some(stream) = self.repaired(packet, |stream| {
                    stream.payloads.iter().any(|payload| payload.payload_type == apt)
                }) {
                    stream.retransmitted(Seq(original));
                }
            }
            Some(Codec::Flexfec) => {
                for protected in fec::flexfec(rtp.csrc, rtp.payload) {
                    let of = |stream: &Stream| Some(stream.ssrc) == protected.ssrc;
                    if let Some(stream) = self.repaired(packet, of) {
                        stream.parity(protected);
                    }
                }
            }
            // Parity on ports of its own has the SSRC of what it protects (RFC 5109 section 7.1).
            Some(Codec::Ulpfec) => {
                let of = |stream: &Stream| stream.ssrc == rtp.ssrc;
                if let Some(protected) = fec::ulpfec(rtp.payload)
                    && let Some(stream) = self.repaired(packet, of)
                {
                    stream.parity(protected);
                }
            }
            _ => {}
        }
    }

    /// The stream of media that a packet of another one repairs: on the same
    /// flow, else between the same addresses.
    fn repaired(
        &mut self,
        packet: &MediaPacket<'_>,
        is_it: impl Fn(&Stream) -> bool,
    ) -> Option<&mut Stream> {
        let (flow, ssrc) = (packet.flow, packet.rtp.ssrc);
        let here = self.by_endpoint.get(&flow.dst).into_iter().flatten();
        let on_other_ports = self.by_ssrc.get(&ssrc).into_iter().flatten();
        let index = here.chain(on_other_ports).take(MAX_SAME_SSRC).copied().find(|index| {
            self.streams.get(*index).is_some_and(|stream| {
                (stream.ssrc, stream.flow) != (ssrc, flow)
                    && stream.flow.src.ip == flow.src.ip
                    && stream.flow.dst.ip == flow.dst.ip
                    && !stream.repairs_others
                    && is_it(stream)
            })
        })?;
        self.streams.get_mut(index)
    }

    /// A packet of no stream yet: it begins one when SDP announced it, or when
    /// enough of its kind have come.
    #[cold]
    fn unknown(
        &mut self,
        packet: &MediaPacket<'_>,
        known: Known<'_>,
        limits: &Limits,
    ) -> Option<Reason> {
        let (flow, ssrc) = (packet.flow, packet.rtp.ssrc);
        let announced = known.bind(flow, packet.at).is_some();
        if !announced && (!may_be_rtp(packet) || known.is_other_media(flow, packet.at)) {
            return None;
        }
        if !announced && self.gone.has(&(flow, ssrc)) {
            return Some(Reason::TrackLatePackets);
        }
        if self.streams.len() >= limits.streams {
            return Some(Reason::TrackStreamsFull);
        }
        let evicted = &mut self.candidates_evicted;
        let count = self.candidates.keep(packet, limits.candidates, evicted);
        if announced || count >= ENOUGH {
            self.promote(flow, ssrc, known, limits);
        }
        None
    }

    /// Makes a stream of a candidate.
    fn promote(&mut self, flow: Flow, ssrc: Ssrc, announced: Known<'_>, limits: &Limits) {
        let kept = self.candidates.remove(flow, ssrc);
        let Some(first) = kept.first() else { return };
        let Ok(index) = u32::try_from(self.streams.len()) else { return };
        let first = first.packet(flow);
        let mut stream = Box::new(Stream::new(&first, self.course));
        stream.bind(announced, first.at);
        self.begun = self.begun.wrapping_add(self.step);
        stream.number = self.begun;
        self.streams.push(stream);
        self.streams.find(flow, ssrc, index);
        self.by_endpoint.entry(flow.src).or_default().push(index);
        self.by_endpoint.entry(flow.dst).or_default().push(index);
        let same = self.by_ssrc.entry(ssrc).or_default();
        if same.len() < MAX_SAME_SSRC {
            same.push(index);
        }
        for kept in &kept {
            self.push(index, &kept.packet(flow), announced, limits);
        }
    }

    /// Something new was announced of an endpoint, by a call and at a time.
    pub fn announced(
        &mut self,
        endpoint: Endpoint,
        call: ConversationId,
        at: Timestamp,
        announced: Known<'_>,
    ) {
        if self.streams.is_empty() {
            return;
        }
        let mut concerned = self.concerned(endpoint, call, announced);
        self.retire(&mut concerned, call, at, announced);
        for index in concerned {
            let Some(binding) = self.streams.get(index).map(|stream| stream.binding) else {
                continue;
            };
            // Those of other calls go on as they are, unless it shows that they are this one's.
            if binding.is_some_and(|binding| binding.is_whole() && binding.call != call) {
                continue;
            }
            let Some(stream) = self.streams.get_mut(index) else { continue };
            let change = stream.announced(announced, at);
            self.held = self.held.saturating_add_signed(change);
        }
    }

    /// Takes a packet that is neither RTP nor anything else that is read: it may
    /// be of other media that SDP announced. The reason why it is not followed,
    /// if it should be.
    #[inline]
    pub fn other(
        &mut self,
        flow: Flow,
        bytes: u32,
        (frame, at): (FrameNo, Timestamp),
        announced: Known<'_>,
        limits: &Limits,
    ) -> Option<Reason> {
        let is_followed = !announced.expects_other()
            || self.other.take(flow, bytes, frame, at, announced, limits);
        (!is_followed).then_some(Reason::TrackStreamsFull)
    }

    /// Takes an ICMP error about a packet of a flow; whether the flow is a stream's.
    pub fn undelivered(&mut self, flow: Flow, report: Undelivery) -> bool {
        let mut known = false;
        let at = |endpoint| self.by_endpoint.get(&endpoint).map(Vec::as_slice).unwrap_or_default();
        // Of the two ends the one at which there are fewer.
        let ends = [at(flow.dst), at(flow.src)];
        for index in ends.into_iter().min_by_key(|list| list.len()).unwrap_or_default() {
            // Errors about RTCP concern its stream too.
            if self.streams.get(*index).is_some_and(|stream| stream.flow == flow)
                && let Some(stream) = self.streams.get_mut(*index)
            {
                stream.undelivered.take(report, EVIDENCE);
                known = true;
            }
        }
        known
    }

    /// A call takes an endpoint over from one that has ended: what comes there
    /// from now on is other streams, even where a sender keeps its SSRC. Those that
    /// are over leave the list of streams at the endpoint.
    fn retire(
        &mut self,
        here: &mut Vec<u32>,
        call: ConversationId,
        at: Timestamp,
        announced: Known<'_>,
    ) {
        let is_over = |index: &u32| {
            let stream = self.streams.get(*index);
            stream.and_then(|stream| Some((stream.flow, stream.binding?))).is_some_and(
                |(flow, binding)| {
                    binding.call != call
                        && announced.has_ended(binding.call)
                        && announced.bind(flow, at).is_some_and(|new| new.call == call)
                },
            )
        };
        let over: Vec<u32> = here.extract_if(.., |index| is_over(index)).collect();
        for index in over {
            let Some(stream) = self.streams.get_mut(index) else { continue };
            self.held = self.held.saturating_add_signed(stream.settle());
            let (flow, ssrc) = (stream.flow, stream.ssrc);
            self.streams.lose(flow, ssrc);
            // These lists are in order; a stream from an endpoint to itself is twice in one.
            let forget = |list: &mut Vec<u32>| {
                if let Ok(place) = list.binary_search(&index) {
                    list.remove(place);
                }
            };
            for endpoint in [flow.src, flow.dst] {
                self.by_endpoint.get_mut(&endpoint).map(forget);
            }
            self.by_ssrc.get_mut(&ssrc).map(forget);
        }
    }

    /// Takes an RTCP datagram whose [`rtcp_problem`] is known: what can be read of it.
    pub fn rtcp(&mut self, bytes: &[u8], flow: Flow, at: Timestamp) {
        let mut compound = false;
        for packet in rtcp::packets(bytes).flatten() {
            compound |= matches!(packet, Packet::Sender(_) | Packet::Receiver(_));
            self.rtcp_packet(&packet, flow, at, compound);
        }
    }

    fn rtcp_packet(&mut self, packet: &Packet<'_>, flow: Flow, at: Timestamp, compound: bool) {
        match packet {
            Packet::Sender(report) => {
                if let Some(stream) = self.of_source(report.ssrc, flow) {
                    stream.sender_report(report, at);
                }
                self.blocks(report.ssrc, report.blocks(), flow, at);
            }
            Packet::Receiver(report) => self.blocks(report.ssrc, report.blocks(), flow, at),
            Packet::Sdes(body) => {
                for item in rtcp::sdes_items(body).take(MAX_ITEMS) {
                    if let Some(stream) = self.of_source(item.ssrc, flow) {
                        stream.rtcp.more_mut().describe(item.kind, item.text);
                    }
                }
            }
            Packet::Bye(bye) => {
                for ssrc in bye.sources() {
                    if let Some(stream) = self.of_source(ssrc, flow) {
                        stream.rtcp.goodbye(at, bye.reason);
                    }
                }
            }
            Packet::App(app) => {
                if let Some(stream) = self.of_source(app.ssrc, flow) {
                    let more = stream.rtcp.more_mut();
                    more.applications += 1;
                    more.application = app.name;
                }
            }
            Packet::Feedback(message) => {
                for ssrc in message.about().take(MAX_ITEMS) {
                    if let Some(stream) = self.of_source(ssrc, flow.reversed()) {
                        let more = stream.rtcp.more_mut();
                        more.feedback(message);
                        more.reduced += u64::from(!compound);
                    }
                }
            }
            Packet::Extended { ssrc, blocks } => self.extended(*ssrc, blocks, flow, at),
            Packet::Other(_) => {}
        }
    }

    /// Takes an extended report of `reporter`.
    fn extended(&mut self, reporter: Ssrc, blocks: &[u8], flow: Flow, at: Timestamp) {
        for block in xr::blocks(blocks).take(MAX_ITEMS) {
            match (&block, block.about()) {
                (Block::ReferenceTime(ntp), _) => {
                    let middle = u32::try_from(ntp >> 16 & 0xffff_ffff).unwrap_or(0);
                    if let Some(stream) = self.toward(flow) {
                        stream.rtcp.more_mut().reference(reporter, middle, at);
                    }
                }
                (Block::Delays(delays), _) => {
                    for delay in delays.iter().take(MAX_ITEMS) {
                        if let Some(stream) = self.of_source(reporter, flow) {
                            stream.rtcp.answered(reporter, &delay, at);
                        }
                    }
                }
                (_, Some(about)) if about != reporter => {
                    if let Some(stream) = self.of_source(about, flow.reversed()) {
                        stream.rtcp.more_mut().extended.take(&block);
                    }
                }
                _ => {}
            }
        }
    }

    /// The latest stream that goes from the receiver of RTCP to the media port of
    /// its sender.
    fn toward(&mut self, rtcp: Flow) -> Option<&mut Stream> {
        let below = rtcp.src.with_port(rtcp.src.port.wrapping_sub(1));
        let index = [below, rtcp.src].into_iter().find_map(|endpoint| {
            let known = self.by_endpoint.get(&endpoint)?.iter().rev().take(MAX_SAME_SSRC).copied();
            known.into_iter().find(|index| {
                self.streams.get(*index).is_some_and(|stream| {
                    stream.flow.dst == endpoint && stream.flow.src.ip == rtcp.dst.ip
                })
            })
        })?;
        self.streams.get_mut(index)
    }

    fn blocks(
        &mut self,
        reporter: Ssrc,
        blocks: impl Iterator<Item = ReportBlock>,
        flow: Flow,
        at: Timestamp,
    ) {
        // A report about the reporter's own source means nothing (METRICS M1.8).
        for block in blocks.filter(|block| block.ssrc != reporter) {
            if let Some(stream) = self.of_source(block.ssrc, flow.reversed()) {
                stream.receiver_report(reporter, block, at);
            }
        }
    }

    /// The stream of a source whose RTCP goes the way of `flow`: between the
    /// same addresses, and with several of them the one with the nearest ports.
    fn of_source(&mut self, ssrc: Ssrc, flow: Flow) -> Option<&mut Stream> {
        let near = |a: u16, b: u16| a.abs_diff(b);
        let candidates = self.by_ssrc.get(&ssrc)?.iter().filter_map(|index| {
            let known = self.streams.get(*index)?.flow;
            (known.src.ip == flow.src.ip && known.dst.ip == flow.dst.ip).then(|| {
                let distance = near(known.src.port, flow.src.port)
                    .saturating_add(near(known.dst.port, flow.dst.port));
                (distance, *index)
            })
        });
        let (_, index) = candidates.min()?;
        self.streams.get_mut(index)
    }

    /// No more packets come. The streams that are RTP, in the order of their
    /// first packets, and what was announced; packets of no stream are forgotten.
    pub fn finish(mut self, announced: Known<'_>, limits: &Limits) -> Finished {
        for (flow, ssrc) in self.candidates.left() {
            let Some(first) = self.candidates.first_at(flow, ssrc) else { continue };
            if announced.bind(flow, first).is_some() {
                self.promote(flow, ssrc, announced, limits);
            }
        }
        let mut streams = self.streams.take_all();
        for stream in streams.iter_mut() {
            stream.settle();
        }
        streams.retain(|stream| stream.binding.is_some() || stream.is_plausible());
        streams.sort();
        Finished { streams, other: self.other.into_list() }
    }
}

/// What is wrong with an RTCP datagram: `Err` when it is encrypted and none can
/// be read, `Some` when a part of it cannot be.
///
/// # Errors
/// It is encrypted (RFC 3711 section 3.4).
pub fn rtcp_problem(bytes: &[u8]) -> Result<Option<Reason>, Encrypted> {
    let unreadable = rtcp::packets(bytes).find_map(Result::err);
    if unreadable.is_some() && rtcp::ends_encrypted(bytes) {
        return Err(Encrypted);
    }
    Ok(unreadable.map(|malformed| malformed.reason))
}

/// RTCP that is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Encrypted;

/// Whether a packet that no SDP announced may be RTP: a payload type that is
/// assigned or dynamic, and no system port (METRICS M1.1).
fn may_be_rtp(packet: &MediaPacket<'_>) -> bool {
    matches!(packet.rtp.payload_type, 0..=19 | 25..=34 | 96..=127)
        && packet.flow.src.port >= 1024
        && packet.flow.dst.port >= 1024
}
