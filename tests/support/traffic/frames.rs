//! The frames of a plan, one after the other in the order of their times.

use super::EPOCH;
use super::call::{self, Call, LINGER};
use super::codec::PACKET_TIME;
use super::frame::{self, Packet, Transport, Wrapping};
use super::media::{Fate, Noise, StreamTruth};
use super::plan::{MS, Nanos, Plan, SECOND};
use super::queue::Queue;
use super::script::Step;
use super::tcp::Segment;
use super::truth::Truth;
use super::{rtcp, sip};

/// The frames of a plan, one after the other.
pub(crate) struct Frames {
    plan: Plan,
    queue: Queue<Event>,
    calls: Vec<Option<Box<Call>>>,
    free: Vec<usize>,
    noise: Noise,
    truth: Truth,
    ended: Vec<StreamTruth>,
    /// The identification of the next IPv4 packet.
    id: u16,
    text: String,
    payload: Vec<u8>,
}

/// What happens to a call, which is known by its place among those under way,
/// or to one of its sides (0 the caller, 1 the callee).
enum Event {
    /// The call of that number begins.
    Begin(u64),
    /// Its next message is due.
    Step(usize),
    /// The next RTP packet of a side is due.
    Send(usize, usize),
    /// The report of that count of a side is due.
    Report(usize, usize, u64),
    /// Nothing more comes of it.
    End(usize),
    /// A frame that was made before is captured.
    Captured(Vec<u8>),
}

/// Marks of differentiated services: AF31 for signalling, EF for media.
const SIGNALLING: u8 = 26;
const MEDIA: u8 = 46;
/// From one frame of a connection to the next.
const SEGMENT_TIME: Nanos = 20_000;
/// How late a packet comes that the next one overtakes: behind that one with the
/// greatest jitter, before the one after it.
const OVERTAKEN: Nanos = 37 * MS;
/// How far a copy is behind its packet.
const COPY: Nanos = MS;

impl Frames {
    pub(crate) fn new(plan: Plan) -> Self {
        let mut queue = Queue::new();
        if plan.calls > 0 {
            queue.put(call::begin(&plan, 0), Event::Begin(0));
        }
        Self {
            plan,
            queue,
            calls: Vec::new(),
            free: Vec::new(),
            noise: Noise::new(plan.seed),
            truth: Truth::default(),
            ended: Vec::new(),
            id: 0,
            text: String::new(),
            payload: Vec::new(),
        }
    }

    /// Puts the next frame in the place of what `frame` holds. Returns when it is
    /// captured, from the beginning on; `None` when there are no more frames.
    pub(crate) fn next_frame(&mut self, frame: &mut Vec<u8>) -> Option<Nanos> {
        loop {
            let (at, event) = self.queue.next()?;
            let captured = match event {
                Event::Begin(number) => {
                    self.begin(number, at);
                    false
                }
                Event::Step(place) => self.step(place, at, frame),
                Event::Send(place, side) => self.send(place, side, at, frame),
                Event::Report(place, side, count) => self.report(place, side, count, at, frame),
                Event::End(place) => {
                    self.calls[place] = None;
                    self.free.push(place);
                    false
                }
                Event::Captured(bytes) => {
                    *frame = bytes;
                    true
                }
            };
            if captured {
                self.truth.frames += 1;
                self.truth.bytes += frame.len() as u64;
                return Some(at);
            }
        }
    }

    /// What the frames so far, and those that wait, hold.
    pub(crate) const fn truth(&self) -> &Truth {
        &self.truth
    }

    /// The streams that have ended since the last call of this.
    pub(crate) fn ended(&mut self) -> impl Iterator<Item = StreamTruth> {
        self.ended.drain(..)
    }

    /// Calls and events that are held: what the memory grows with.
    pub(crate) fn held(&self) -> usize {
        self.calls.len() + self.queue.len()
    }

    fn begin(&mut self, number: u64, now: Nanos) {
        let next = number + 1;
        if next < self.plan.calls {
            self.queue.put(call::begin(&self.plan, next).max(now), Event::Begin(next));
        }
        let mut call = Box::new(Call::new(&self.plan, number, now));
        self.truth.call(&call);
        let place = self.free.pop().unwrap_or(self.calls.len());
        for connection in &mut call.connections {
            for (segment, at) in connection.open().iter().zip((now..).step_by(20_000)) {
                let frame = segment_frame(segment, call.wrapping, &mut self.id);
                self.queue.put(at, Event::Captured(frame));
            }
        }
        let mut over = call.over;
        if let Some(first) = call.steps.peek() {
            self.queue.put(first.at, Event::Step(place));
        }
        if let Some(media) = &call.media {
            over = over.max(media.end + LINGER);
            for side in [0, 1] {
                if media.talks[side].length > 0 {
                    self.queue.put(media.first[side], Event::Send(place, side));
                }
                self.queue.put(media.report_at(side, 0), Event::Report(place, side, 0));
            }
        }
        self.queue.put(over, Event::End(place));
        if place == self.calls.len() {
            self.calls.push(None);
        }
        self.calls[place] = Some(call);
    }

    /// The next message of a call; whether it is in `frame`.
    fn step(&mut self, place: usize, now: Nanos, frame: &mut Vec<u8>) -> bool {
        let Some(call) = self.calls[place].as_mut() else { return false };
        let Some(step) = call.steps.next() else { return false };
        self.text.clear();
        sip::write(&call.dialog, &step, &mut self.text);
        self.truth.sip_messages += 1;
        let udp = call.connections.is_empty();
        if udp {
            let [src, dst] = [step.from, step.to].map(|node| call.dialog.nodes[node]);
            let payload = self.text.as_bytes();
            let id = next_id(&mut self.id);
            let packet =
                Packet { src, dst, dscp: SIGNALLING, id, transport: Transport::Udp, payload };
            frame::build(call.wrapping, &packet, frame);
        } else {
            // Messages of one moment are written to the connection at once.
            let same = |next: &_| {
                let Step { at, from, to, .. } = *next;
                (at, from, to) == (step.at, step.from, step.to)
            };
            while let Some(next) = call.steps.next_if(same) {
                sip::write(&call.dialog, &next, &mut self.text);
                self.truth.sip_messages += 1;
            }
            let connection = &mut call.connections[step.from.min(step.to)];
            let mut at = now;
            for segment in connection.send(usize::from(step.from > step.to), self.text.as_bytes()) {
                let bytes = segment_frame(&segment, call.wrapping, &mut self.id);
                self.queue.put(at, Event::Captured(bytes));
                at += SEGMENT_TIME;
            }
        }
        if let Some(next) = call.steps.peek() {
            self.queue.put(next.at, Event::Step(place));
        } else {
            for connection in &mut call.connections {
                for (segment, at) in connection.close().iter().zip((now + LINGER..).step_by(20_000))
                {
                    let frame = segment_frame(segment, call.wrapping, &mut self.id);
                    self.queue.put(at, Event::Captured(frame));
                }
            }
        }
        udp
    }

    /// The next RTP packet of a side; whether it is in `frame`.
    fn send(&mut self, place: usize, side: usize, now: Nanos, frame: &mut Vec<u8>) -> bool {
        let Some(call) = self.calls[place].as_mut() else { return false };
        let Some(media) = call.media.as_mut() else { return false };
        let (random, network) = (&mut call.random, &self.plan.network);
        let talk = &mut media.talks[side];
        let fate = talk.fate(network, random);
        talk.next(&self.noise, random, &mut self.payload);
        if talk.sent < talk.length {
            self.queue.put(now + PACKET_TIME, Event::Send(place, side));
        }
        if fate != Fate::Lost {
            let (src, dst) = (talk.truth.src, talk.truth.dst);
            let id = next_id(&mut self.id);
            let transport = Transport::Udp;
            let packet = Packet { src, dst, dscp: MEDIA, id, transport, payload: &self.payload };
            frame::build(call.wrapping, &packet, frame);
        }
        let mut at = now + random.below(network.jitter);
        match fate {
            Fate::Duplicated => self.queue.put(at + COPY, Event::Captured(frame.clone())),
            Fate::Overtaken => at = now + OVERTAKEN,
            Fate::Lost | Fate::Plain => {}
        }
        self.truth.media(talk, fate);
        if talk.sent == talk.length {
            self.truth.stream(talk);
            self.ended.push(talk.truth);
        }
        if fate == Fate::Lost {
            return false;
        }
        if at > now {
            self.queue.put(at, Event::Captured(std::mem::take(frame)));
        }
        at == now
    }

    /// A report of a side; it is in `frame`.
    fn report(
        &mut self,
        place: usize,
        side: usize,
        count: u64,
        now: Nanos,
        frame: &mut Vec<u8>,
    ) -> bool {
        let Some(call) = self.calls[place].as_mut() else { return false };
        let Some(media) = call.media.as_mut() else { return false };
        let end = now >= media.end;
        if !end {
            let at = media.report_at(side, count + 1);
            self.queue.put(at, Event::Report(place, side, count + 1));
        }
        let [caller, callee] = &mut media.talks;
        let (own, other) = if side == 0 { (caller, &*callee) } else { (callee, &*caller) };
        let ticks = u64::from(self.plan.codec.clock_hz()) * self.plan.network.jitter / SECOND / 4;
        let jitter = u32::try_from(ticks).unwrap_or(0);
        rtcp::compound(own, other, now, EPOCH, end, jitter, &mut self.payload);
        self.truth.rtcp_packets += 1;
        let [mut src, mut dst] = [own.truth.src, own.truth.dst];
        src.set_port(src.port() + 1);
        dst.set_port(dst.port() + 1);
        let id = next_id(&mut self.id);
        let transport = Transport::Udp;
        let packet = Packet { src, dst, dscp: MEDIA, id, transport, payload: &self.payload };
        frame::build(call.wrapping, &packet, frame);
        true
    }
}

fn next_id(id: &mut u16) -> u16 {
    *id = id.wrapping_add(1);
    *id
}

fn segment_frame(segment: &Segment<'_>, wrapping: Wrapping, id: &mut u16) -> Vec<u8> {
    let Segment { src, dst, transport, payload } = *segment;
    let mut frame = Vec::new();
    let packet = Packet { src, dst, dscp: SIGNALLING, id: next_id(id), transport, payload };
    frame::build(wrapping, &packet, &mut frame);
    frame
}
