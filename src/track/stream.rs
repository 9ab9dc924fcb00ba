//! One RTP stream (RFC 3550): packets of one source between two endpoints.

mod list;
mod steady;

pub use self::list::StreamList;
pub(super) use self::steady::{Kept, Steady};
use super::ConversationId;
use super::announced::{Binding, Known};
use super::digits::Digits;
use super::interval::{Interval, Intervals};
use super::mode::Mode;
use super::offer::Profile;
use super::payload::{Meaning, Payload};
use super::pictures::Pictures;
use super::repair::Repair;
use super::rtcp::RtcpView;
use super::sampler::Sampler;
use super::sending::Sending;
use super::sound::Sound;
use super::undelivered::Undeliveries;
use super::vantage::Vantages;
use crate::base::codec::{Codec, Media};
use crate::base::flow::Flow;
use crate::base::id::{FrameNo, RtpTime, Seq, Ssrc};
use crate::base::time::{Span, Timestamp};
use crate::metrics::reception::{Buffer, Reception};
use crate::metrics::sample::{PayloadKind, Sample};
use crate::metrics::sequence::Arrival;
use crate::wire::dtmf::TelephoneEvent;
use crate::wire::frame::IpFacts;
use crate::wire::payload::fec::{self, Protected};
use crate::wire::payload::red;
use crate::wire::rtcp::{ReportBlock, SenderReport};
use crate::wire::rtp::Rtp;

/// An RTP packet on its way into a stream.
#[derive(Clone, Copy, Debug)]
pub struct MediaPacket<'a> {
    /// The packet.
    pub rtp: Rtp<'a>,
    /// Octets of its payload, of which `rtp` may have fewer.
    pub octets: u32,
    /// From whom to whom.
    pub flow: Flow,
    /// Its frame.
    pub frame: FrameNo,
    /// When that was captured.
    pub at: Timestamp,
    /// Facts of its IP header.
    pub ip: IpFacts,
}

/// How the course of every stream is kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Course {
    /// Width of the intervals.
    pub interval: Span,
    /// The playout buffer whose discards they count.
    pub buffer: Buffer,
}

impl Default for Course {
    fn default() -> Self {
        Self { interval: Span::from_secs(5), buffer: Buffer::default() }
    }
}

/// A packet whose timing waits for SDP to tell its clock.
#[derive(Clone, Copy, Debug)]
struct Held {
    seq: Seq,
    sample: Sample,
    voice: bool,
    bytes: u32,
    payload: u8,
}

/// One RTP stream.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Its number among all streams, from 1, in the order in which they were
    /// recognised; it is never given again.
    pub number: u64,
    /// From whom to whom.
    pub flow: Flow,
    /// The source.
    pub ssrc: Ssrc,
    /// The frame of the first packet.
    pub first_frame: FrameNo,
    /// When the first packet came.
    pub first_at: Timestamp,
    /// When the latest packet came.
    pub last_at: Timestamp,
    /// Packets, every copy.
    pub packets: u64,
    /// Bytes of the packets with their IP headers.
    pub bytes: u64,
    /// Its payload types in order of appearance.
    pub payloads: Vec<Payload>,
    /// The call it belongs to.
    pub binding: Option<Binding>,
    /// Whether its packets are encrypted, as SDP says.
    pub encrypted: bool,
    /// Digits that it carried.
    pub digits: Digits,
    /// How its speech was coded.
    pub mode: Mode,
    /// What RTCP says of it.
    pub rtcp: RtcpView,
    /// It over time.
    pub intervals: Intervals,
    /// Reports that its packets were not delivered.
    pub undelivered: Undeliveries,
    /// From where, and in what, its packets were captured.
    pub vantages: Vantages,
    /// What was heard in it, where somebody listened.
    pub sound: Option<Box<Sound>>,
    /// Packets by which it is known again on another leg.
    pub sampler: Sampler,
    /// How it was sent.
    pub sending: Sending,
    /// What repairs it, boxed because few streams have it.
    repair: Option<Box<Repair>>,
    /// Whether its packets repair other streams.
    pub(super) repairs_others: bool,
    /// Its pictures, if it is video.
    pub pictures: Pictures,
    reception: Reception,
    /// The bit of the reported buffer among those that discard a packet.
    buffer_bit: u8,
    current: u8,
    held: Vec<Held>,
    given_up_holding: bool,
    /// For telling RTP without SDP from other packets: neighbours within 100
    /// sequence numbers, and the last number.
    near_neighbours: u64,
    last_seq: Seq,
    first_seq: Seq,
    first_time: RtpTime,
}

/// Payload types of one stream that are told apart.
const MAX_PAYLOADS: usize = 16;
/// Packets of one stream that are held back until their clock is known: a
/// minute and more of early media.
const MAX_HELD: usize = 4_096;
/// What a rare part of a stream takes, about.
const BOXED: usize = 1_024;
/// What a digit takes, about.
const DIGIT: usize = 64;
/// What the small lists of a stream take, about.
const ALLOCATIONS: usize = 160;
/// Sequence numbers of neighbouring packets are within this of each other in
/// half of all cases, or it is not RTP.
const NEAR: u16 = 100;

impl Stream {
    /// A stream that begins with a packet, which is still to be taken.
    pub fn new(first: &MediaPacket<'_>, course: Course) -> Self {
        Self {
            number: 0,
            flow: first.flow,
            ssrc: first.rtp.ssrc,
            first_frame: first.frame,
            first_at: first.at,
            last_at: first.at,
            packets: 0,
            bytes: 0,
            payloads: Vec::with_capacity(1),
            binding: None,
            encrypted: false,
            digits: Digits::default(),
            mode: Mode::default(),
            rtcp: RtcpView::default(),
            intervals: Intervals::new(course.interval, first.at),
            undelivered: Undeliveries::default(),
            vantages: Vantages::default(),
            sound: None,
            sampler: Sampler::default(),
            repair: None,
            repairs_others: false,
            sending: Sending::new(),
            pictures: Pictures::default(),
            reception: Reception::default(),
            buffer_bit: 1 << course.buffer.index(),
            current: 0,
            held: Vec::new(),
            given_up_holding: false,
            near_neighbours: 0,
            last_seq: first.rtp.seq,
            first_seq: first.rtp.seq,
            first_time: first.rtp.timestamp,
        }
    }

    /// Takes a packet of the stream. `digit_cap` bounds the digits kept;
    /// `room` is how many more packets may be held back over all streams.
    /// Returns by how much the number of held packets changed.
    #[inline]
    pub fn take(
        &mut self,
        packet: &MediaPacket<'_>,
        announced: Known<'_>,
        digit_cap: usize,
        room: usize,
    ) -> isize {
        let rtp = &packet.rtp;
        let distance = rtp.seq.ahead_of(self.last_seq);
        self.near_neighbours += u64::from(distance < NEAR || distance > NEAR.wrapping_neg());
        self.last_seq = rtp.seq;
        self.last_at = self.last_at.max(packet.at);
        self.packets += 1;
        self.bytes += u64::from(packet.ip.len);
        self.sending.take(rtp, packet.ip.dscp(), packet.frame);
        self.vantages.count(&packet.ip);
        self.sampler.take(packet);
        if self
            .payloads
            .get(usize::from(self.current))
            .is_none_or(|p| p.payload_type != rtp.payload_type)
        {
            self.select_payload(rtp.payload_type, packet.frame, announced);
        }
        let Some(payload) = self.payloads.get_mut(usize::from(self.current)) else { return 0 };
        payload.packets += 1;
        payload.octets += u64::from(packet.octets);
        let (kind, clock_hz) = (payload.meaning.kind(), payload.meaning.clock_hz);
        if kind == PayloadKind::Event
            && !self.encrypted
            && let Some(event) = TelephoneEvent::parse(rtp.payload)
        {
            let seen = (packet.frame, packet.at);
            self.digits.take(event, rtp.timestamp, seen, clock_hz, digit_cap);
        }
        let voice = self.encrypted || self.mode.take(&payload.meaning, rtp.payload);
        if let Some(codec) = payload.meaning.codec.filter(|codec| codec.media() == Media::Video) {
            let clear = (!self.encrypted).then_some(rtp.payload);
            self.pictures.take(codec, rtp.timestamp, clear);
        }
        let sample =
            Sample { at: packet.at, time: rtp.timestamp, clock_hz, marker: rtp.marker, kind };
        if clock_hz.is_some() && self.held.is_empty() {
            let repairs = payload.meaning.codec.filter(|codec| codec.repairs());
            match self.measure(rtp.seq, &sample, voice, packet.ip.len) {
                Arrival::Duplicate => self.vantages.duplicate(rtp.seq, packet),
                Arrival::Late { behind } => self.came_late(behind),
                _ => {}
            }
            if let Some(codec) = repairs {
                self.repaired_by(codec, rtp, announced);
            }
            self.vantages.remember(rtp.seq, packet);
            return 0;
        }
        self.vantages.duplicate(rtp.seq, packet);
        self.vantages.remember(rtp.seq, packet);
        let (bytes, payload) = (packet.ip.len, self.current);
        self.hold(Held { seq: rtp.seq, sample, voice, bytes, payload }, room)
    }

    #[inline]
    fn measure(&mut self, seq: Seq, sample: &Sample, voice: bool, bytes: u32) -> Arrival {
        let updates = self.reception.jitter().updates();
        let received = self.reception.take(seq, sample, voice);
        let jitter = self.reception.jitter();
        let level = if jitter.updates() > updates { jitter.last_ms() } else { None };
        let discarded = received.discarded & self.buffer_bit != 0;
        self.intervals.take(sample.at, bytes, received.arrival, discarded, level);
        received.arrival
    }

    #[cold]
    fn select_payload(&mut self, payload_type: u8, frame: FrameNo, announced: Known<'_>) {
        let known = self.payloads.iter().position(|payload| payload.payload_type == payload_type);
        let index = known.unwrap_or_else(|| {
            if self.payloads.len() < MAX_PAYLOADS {
                let meaning = self.meaning(payload_type, announced, self.last_at);
                self.payloads.push(Payload { payload_type, meaning, packets: 0, octets: 0 });
            }
            self.payloads.len() - 1
        });
        self.current = u8::try_from(index).unwrap_or(0);
        let is_media = |payload: &Payload| payload.meaning.kind() == PayloadKind::Media;
        let codec = self.payloads.get(index).and_then(|payload| payload.meaning.codec);
        self.repairs_others |= matches!(codec, Some(Codec::Rtx | Codec::Ulpfec | Codec::Flexfec));
        if self.payloads.get(index).is_some_and(is_media) {
            self.sending.media(payload_type, frame, self.last_at);
        }
    }

    #[cold]
    fn came_late(&mut self, behind: u8) {
        if let Some(repair) = &mut self.repair {
            repair.came_late(self.reception.sequence(), behind);
        }
    }

    /// A packet of this stream carries redundant data, or parity of the stream's
    /// own packets.
    #[cold]
    fn repaired_by(&mut self, codec: Codec, rtp: &Rtp<'_>, announced: Known<'_>) {
        let (ticks, sequence) = (self.reception.packet_ticks(), self.reception.sequence());
        if self.encrypted {
            return;
        }
        match codec {
            Codec::Red => {
                let primary = red::blocks(rtp.payload).last().map(|block| block.payload_type);
                let repair = self.repair.get_or_insert_default();
                repair.redundancy(sequence, rtp.seq, rtp.payload, ticks);
                if let Some(payload_type) = primary.filter(|_| repair.primary.is_none()) {
                    let meaning = self.meaning(payload_type, announced, self.last_at);
                    if meaning.codec == Some(Codec::Ulpfec)
                        && let Some(block) = red::blocks(rtp.payload).last()
                        && let Some(protected) = fec::ulpfec(block.content)
                    {
                        let sequence = self.reception.sequence();
                        self.repair.get_or_insert_default().parity(sequence, protected);
                    } else {
                        self.repair.get_or_insert_default().primary = Some(meaning);
                    }
                }
            }
            Codec::Ulpfec if self.payloads.len() > 1 => {
                if let Some(protected) = fec::ulpfec(rtp.payload) {
                    self.repair.get_or_insert_default().parity(sequence, protected);
                }
            }
            _ => {}
        }
    }

    /// A parity packet of another stream protects packets of this one.
    pub(super) fn parity(&mut self, protected: Protected) {
        let sequence = self.reception.sequence();
        self.repair.get_or_insert_default().parity(sequence, protected);
    }

    /// A retransmission of packet `original` of this stream came.
    pub(super) fn retransmitted(&mut self, original: Seq) {
        let sequence = self.reception.sequence();
        self.repair.get_or_insert_default().retransmission(sequence, original);
    }

    /// What repairs it, if anything does.
    pub fn repair(&self) -> Option<&Repair> {
        self.repair.as_deref()
    }

    /// What its latest packet is of.
    pub(super) fn current_meaning(&self) -> Option<&Meaning> {
        self.payloads.get(usize::from(self.current)).map(|payload| &payload.meaning)
    }

    /// What its main payload means: of redundant data what they are of.
    pub fn main_meaning(&self) -> Option<&Meaning> {
        let main = &self.main_payload()?.meaning;
        let inner = self.repair().and_then(|repair| repair.primary.as_ref());
        Some(inner.filter(|_| main.codec == Some(Codec::Red)).unwrap_or(main))
    }

    fn meaning(&self, payload_type: u8, announced: Known<'_>, at: Timestamp) -> Meaning {
        let call = self.binding_call();
        let section =
            |endpoint| announced.at_of(endpoint, call, at).map(|expected| &*expected.section);
        Meaning::between(section(self.flow.dst), section(self.flow.src), payload_type)
    }

    #[cold]
    fn hold(&mut self, held: Held, room: usize) -> isize {
        if self.given_up_holding || self.held.len() >= MAX_HELD || room == 0 {
            self.given_up_holding = true;
            let released = self.release();
            self.measure(held.seq, &held.sample, held.voice, held.bytes);
            return -released;
        }
        self.held.push(held);
        1
    }

    /// Measures what was held; how many packets that were.
    fn release(&mut self) -> isize {
        let held = std::mem::take(&mut self.held);
        for Held { seq, mut sample, voice, bytes, payload } in held.iter().copied() {
            if let Some(payload) = self.payloads.get(usize::from(payload)) {
                sample.clock_hz = payload.meaning.clock_hz;
                sample.kind = payload.meaning.kind();
            }
            self.measure(seq, &sample, voice, bytes);
        }
        isize::try_from(held.len()).unwrap_or(0)
    }

    /// An endpoint of the stream was announced anew at `at`: what its payload
    /// types mean, and whose it is, may have changed. Returns by how much the
    /// number of held packets changed.
    pub fn announced(&mut self, announced: Known<'_>, at: Timestamp) -> isize {
        // The other end of its call may be announced after the first, and then show that
        // another call has only an endpoint in common with it.
        let new = announced.bind(self.flow, at);
        let is_better = |binding: Binding| {
            let same = new.is_some_and(|new| new.call == binding.call);
            !binding.is_whole() && (same || new.is_some_and(|new| new.is_whole()))
        };
        if self.binding.is_none_or(is_better) {
            self.bind(announced, at);
        }
        let mut payloads = std::mem::take(&mut self.payloads);
        for payload in &mut payloads {
            payload.meaning = self.meaning(payload.payload_type, announced, at);
        }
        self.payloads = payloads;
        let waiting = self.held.iter().any(|held| {
            let payload = self.payloads.get(usize::from(held.payload));
            payload.is_none_or(|payload| payload.meaning.clock_hz.is_none())
        });
        if waiting { 0 } else { -self.release() }
    }

    /// Looks for the call of the stream, as announced at `at`.
    pub fn bind(&mut self, announced: Known<'_>, at: Timestamp) {
        self.binding = announced.bind(self.flow, at).or(self.binding);
        let call = self.binding_call();
        let secure = |endpoint| {
            let known = announced.at_of(endpoint, call, at)?;
            Some(known.section.profile == Profile::Srtp)
        };
        let sides = [secure(self.flow.dst), secure(self.flow.src)];
        self.encrypted = sides.contains(&Some(true)) && !sides.contains(&Some(false));
    }

    /// No more is expected to tell the clock: what is held is measured as it is.
    /// Returns by how much the number of held packets changed.
    pub fn settle(&mut self) -> isize {
        self.given_up_holding = true;
        -self.release()
    }

    /// A report of its sender.
    pub(super) fn sender_report(&mut self, report: &SenderReport<'_>, at: Timestamp) {
        self.rtcp.sender(report, at, self.reception.sequence());
    }

    /// What `reporter` received of it.
    pub(super) fn receiver_report(&mut self, reporter: Ssrc, block: ReportBlock, at: Timestamp) {
        self.rtcp.receiver(reporter, block, at, self.reception.sequence());
    }

    /// What was measured.
    pub const fn reception(&self) -> &Reception {
        &self.reception
    }

    /// The sequence number of its first packet.
    pub const fn first_seq(&self) -> Seq {
        self.first_seq
    }

    /// The call it belongs to, if any.
    pub fn binding_call(&self) -> Option<ConversationId> {
        self.binding.map(|binding| binding.call)
    }

    /// Whether its packets are those of `other`, seen elsewhere: the distance
    /// of their first numbers is that of their first timestamps.
    pub fn is_same_source(&self, other: &Self) -> bool {
        const NEAR_NUMBERS: i64 = 3_000;
        let numbers = i64::from(other.first_seq.ahead_of(self.first_seq).cast_signed());
        let ticks = i64::from(other.first_time.since(self.first_time));
        let packet = i64::from(self.reception.packet_ticks().unwrap_or(1));
        // A pause of the sender makes timestamps run ahead of numbers.
        numbers.abs() < NEAR_NUMBERS
            && if numbers == 0 { ticks == 0 } else { ticks.signum() == numbers.signum() }
            && ticks.abs() / packet.max(1) < NEAR_NUMBERS * 4
    }

    /// The payload of most packets that is sound or pictures, if any.
    pub fn main_payload(&self) -> Option<&Payload> {
        let media =
            self.payloads.iter().filter(|payload| payload.meaning.kind() == PayloadKind::Media);
        // The first of equals, so that the choice does not depend on the order of looking.
        media.reduce(|best, payload| if payload.packets > best.packets { payload } else { best })
    }

    /// Bytes that it takes beside its own size, about.
    pub(super) fn heap_bytes(&self) -> usize {
        let boxed = [
            self.rtcp.has_more(),
            self.repair.is_some(),
            self.sound.is_some(),
            self.sending.has_extensions(),
        ];
        self.intervals.list().len().next_power_of_two() * size_of::<Interval>()
            + self.held.capacity() * size_of::<Held>()
            + self.payloads.capacity() * size_of::<Payload>()
            + boxed.into_iter().filter(|is| *is).count() * BOXED
            + self.digits.list().len() * DIGIT
            + ALLOCATIONS
    }

    /// Whether the packets look like RTP even where no SDP says so: enough of
    /// them, numbers near each other and mostly distinct, few payload types
    /// (METRICS M1.1; what single packets tell was looked at before).
    pub fn is_plausible(&self) -> bool {
        let counts = self.reception.counts();
        self.packets >= 5
            && 2 * self.near_neighbours >= self.packets
            && 2 * (counts.unique + counts.stray) >= self.packets
            && self.payloads.len() <= 4
    }
}
