//! The media lines of a scenario: RTP, telephone events, and what is neither.
//!
//! Lines say what is sent; when all are read, [`Media::resolve`] gives the
//! packets their numbers in order of sending, so that lines may overlap.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::Captured;
use super::hosts::Hosts;
use super::packet;
use super::rtcp::{Report, Reports};
use super::sdp::{Announced, Section};
use super::words::{Line, Words};

const MILLIS: i64 = 1_000_000;

/// Everything that is sent beside SIP.
#[derive(Default)]
pub(crate) struct Media {
    sends: Vec<Send>,
}

/// Something that is sent.
struct Send {
    at: i64,
    seen: bool,
    src: SocketAddr,
    dst: SocketAddr,
    dscp: u8,
    what: What,
}

enum What {
    Rtp(Rtp),
    Rtcp(Report),
    Other(Vec<u8>),
}

struct Rtp {
    ssrc: u32,
    payload_type: u8,
    clock_hz: i64,
    marker: bool,
    payload: Vec<u8>,
    /// The time that its timestamp is of.
    time: i64,
    seq: Option<u16>,
    timestamp: Option<u32>,
    /// How much later each copy arrives; a lost packet has none.
    copies: Vec<i64>,
}

/// Between whom media of a line go.
struct Path<'a> {
    src: SocketAddr,
    dst: SocketAddr,
    receiver: Option<&'a Section>,
    sender: Option<&'a Section>,
    ssrc: u32,
    dscp: u8,
}

/// Where a stream is with its numbers.
pub(crate) struct Progress {
    next: u16,
    pub(crate) packets: u32,
    /// The highest number with its cycles.
    pub(crate) highest: u32,
    anchor: (i64, u32, i64),
}

impl Media {
    /// Takes a line if it is about media.
    pub(crate) fn line(&mut self, line: &mut Line, hosts: &Hosts, announced: &Announced) -> bool {
        if let Some(hex) = line.words.value("hex") {
            let bytes = (0..hex.len()).step_by(2).map(|at| {
                let byte = hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
                line.words.place.need(byte, "has hex= of other than pairs of digits")
            });
            let bytes = bytes.collect();
            self.others(line, hosts, vec![bytes]);
            return true;
        }
        let media = ["rtp", "dtmf", "rtcp", "dns", "t38", "keepalive"];
        let Some(what) = media.iter().find(|name| line.words.flag(name)) else { return false };
        match *what {
            "keepalive" => self.others(line, hosts, vec![b"\r\n\r\n".to_vec()]),
            "dns" | "t38" => {
                let count = line.words.argument(what);
                let count: u16 = line.words.place.number(&count);
                let each = if *what == "dns" { dns_query } else { udptl };
                self.others(line, hosts, (0..count).map(each).collect());
            }
            _ => {
                let call = line.words.value("call").unwrap_or_else(|| "1".to_owned());
                let path = Path::of(line, hosts, announced, &call);
                match *what {
                    "rtp" => self.rtp(line, &path),
                    "dtmf" => self.events(line, &path),
                    _ => self.report(line, &path, hosts),
                }
            }
        }
        true
    }

    fn others(&mut self, line: &mut Line, hosts: &Hosts, payloads: Vec<Vec<u8>>) {
        let place = line.words.place.clone();
        let src = line.words.value("from").unwrap_or_else(|| line.src.clone());
        let dst = line.words.value("to").unwrap_or_else(|| line.dst.clone());
        let (src, dst) = (hosts.endpoint(&src, &place), hosts.endpoint(&dst, &place));
        for (step, bytes) in (0..).zip(payloads) {
            let at = line.at + 20 * MILLIS * step;
            let what = What::Other(bytes);
            self.sends.push(Send { at, seen: line.seen, src, dst, dscp: 0, what });
        }
    }

    fn rtp(&mut self, line: &mut Line, path: &Path<'_>) {
        let place = line.words.place.clone();
        let first = path.receiver.or(path.sender).and_then(|section| section.payloads.first());
        let payload_type = line.words.value("pt").map(|number| place.number(&number));
        let payload_type = payload_type.or(first.map(|first| first.number)).unwrap_or(0);
        let clock_hz = path.clock_of(payload_type, &mut line.words);
        let spacing = line.words.value("ptime").map_or(20, |ptime| place.number(&ptime));
        let spacing = i64::from(spacing) * MILLIS;
        let mut seq = line.words.value("seq").map(|number| place.number(&number));
        let mut timestamp = line.words.value("ts").map(|number| place.number(&number));
        let count = line.words.argument("rtp");
        let count = match count.strip_suffix('s') {
            Some(seconds) => place.seconds(seconds) / spacing,
            None => place.number::<u32>(&count).into(),
        };
        let mut copies = vec![vec![0]; usize::try_from(count).unwrap()];
        while let Some(word) = line.words.bare() {
            let argument = line.words.argument(&word);
            let chosen: Vec<_> = match &*word {
                "jitter" => (0..copies.len()).filter(|index| index % 2 == 1).collect(),
                _ => argument.split(',').flat_map(|range| place.range(range)).collect(),
            };
            let late = match &*word {
                "late" => place.duration(&line.words.argument("late")),
                "jitter" => place.duration(&argument),
                _ => 0,
            };
            for index in chosen {
                let copies = place.need(copies.get_mut(index), "names a packet beyond the last");
                match &*word {
                    "lose" => copies.clear(),
                    "dup" => copies.push(0),
                    "late" | "jitter" => copies.iter_mut().for_each(|copy| *copy += late),
                    _ => place.fail(&format!("has a word that means nothing there: {word}")),
                }
            }
        }
        for (step, copies) in (0..).zip(copies) {
            let at = line.at + spacing * step;
            let what = What::Rtp(Rtp {
                ssrc: path.ssrc,
                payload_type,
                clock_hz,
                marker: step == 0,
                payload: vec![0xd5; usize::try_from(spacing / MILLIS * 8).unwrap()],
                time: at,
                seq: seq.take(),
                timestamp: timestamp.take(),
                copies,
            });
            self.push(line, path, at, what);
        }
    }

    /// Telephone events: a packet every 20 ms, the last three times (RFC 4733
    /// section 2.5.1.4).
    fn events(&mut self, line: &mut Line, path: &Path<'_>) {
        let place = line.words.place.clone();
        let digits = line.words.argument("dtmf");
        let length = line.words.argument("the digits");
        let length = place.duration(&length);
        let payload_type = line.words.value("pt").map_or(101, |number| place.number(&number));
        let clock_hz = path.clock_of(payload_type, &mut line.words);
        let mut start = line.at;
        for digit in digits.chars() {
            let event = place.need("0123456789*#ABCD".find(digit), "has a digit that is none");
            let packets = length / (20 * MILLIS);
            for step in 1..=packets + 2 {
                let at = start + 20 * MILLIS * step;
                let duration = (20 * MILLIS * step).min(length) * clock_hz / 1_000_000_000;
                let end = if step >= packets { 0x80 } else { 0 };
                let duration = u16::try_from(duration).unwrap().to_be_bytes();
                let what = What::Rtp(Rtp {
                    ssrc: path.ssrc,
                    payload_type,
                    clock_hz,
                    marker: step == 1,
                    payload: vec![
                        u8::try_from(event).unwrap(),
                        end | 0x0a,
                        duration[0],
                        duration[1],
                    ],
                    time: start,
                    seq: None,
                    timestamp: None,
                    copies: vec![0],
                });
                self.push(line, path, at, what);
            }
            start += length + 60 * MILLIS;
        }
    }

    fn report(&mut self, line: &mut Line, path: &Path<'_>, hosts: &Hosts) {
        let reporter = hosts.0.iter().position(|host| host.name == line.src);
        let (media, mux) = ((path.src, path.dst), line.words.flag("mux"));
        let report = Report::parse(&mut line.words, path.ssrc, media, reporter.unwrap_or(0));
        let port =
            |at: SocketAddr| SocketAddr::new(at.ip(), if mux { at.port() } else { at.port() + 1 });
        let (src, dst) = (port(path.src), port(path.dst));
        let what = What::Rtcp(report);
        self.sends.push(Send { at: line.at, seen: line.seen, src, dst, dscp: 0, what });
    }

    fn push(&mut self, line: &Line, path: &Path<'_>, at: i64, what: What) {
        let (src, dst, dscp) = (path.src, path.dst, path.dscp);
        self.sends.push(Send { at, seen: line.seen, src, dst, dscp, what });
    }

    /// The frames of everything that was sent and seen.
    pub(crate) fn resolve(mut self) -> Vec<Captured> {
        self.sends.sort_by_key(|send| send.at);
        let mut streams: Streams = BTreeMap::new();
        let (mut reports, mut captured) = (Reports::default(), Vec::new());
        for send in &self.sends {
            let (arrivals, bytes) = match &send.what {
                What::Rtp(rtp) => {
                    let key = (send.src, send.dst, rtp.ssrc);
                    let progress =
                        streams.entry(key).or_insert_with(|| Progress::new(rtp.time, rtp.clock_hz));
                    (rtp.copies.clone(), progress.packet(rtp))
                }
                What::Rtcp(report) => (vec![0], reports.packet(report, send.at, &streams)),
                What::Other(bytes) => (vec![0], bytes.clone()),
            };
            for delay in arrivals.into_iter().filter(|_| send.seen) {
                let bytes = packet::udp(send.src, send.dst, send.dscp, &bytes);
                captured.push(Captured { at: send.at + delay, bytes });
            }
        }
        captured
    }
}

/// Streams by sender, receiver and SSRC.
pub(crate) type Streams = BTreeMap<(SocketAddr, SocketAddr, u32), Progress>;

impl<'a> Path<'a> {
    fn of(line: &mut Line, hosts: &Hosts, announced: &'a Announced, call: &str) -> Self {
        let place = line.words.place.clone();
        let (sender, receiver) = (announced.of(call, &line.src), announced.of(call, &line.dst));
        let mut end = |key: &str, section: Option<&Section>| {
            let said = line.words.value(key).map(|text| hosts.endpoint(&text, &place));
            let why = format!("needs {key}=: that host announced no media");
            place.need(said.or(section.map(|section| section.at)), &why)
        };
        let (src, dst) = (end("from", sender), end("to", receiver));
        let host = (1..).zip(&hosts.0).find(|(_, host)| host.name == line.src);
        let usual = host.map_or(0, |(number, _)| number << 28) | u32::from(src.port());
        let ssrc = line.words.value("ssrc").map_or(usual, |number| place.number(&number));
        let dscp = line.words.value("dscp").map_or(0, |number| place.number(&number));
        Self { src, dst, receiver, sender, ssrc, dscp }
    }

    /// The clock of a payload type: `clock=`, else what was announced, else 8000.
    fn clock_of(&self, payload_type: u8, words: &mut Words) -> i64 {
        let said = words.value("clock").map(|number| words.place.number::<u32>(&number));
        let announced = [self.receiver, self.sender].into_iter().flatten().find_map(|section| {
            let known = section.payloads.iter().find(|known| known.number == payload_type);
            known.map(|known| known.clock_hz)
        });
        said.or(announced).unwrap_or(8_000).into()
    }
}

impl Progress {
    fn new(at: i64, clock_hz: i64) -> Self {
        Self { next: 1_000, packets: 0, highest: 0, anchor: (at, 160_000, clock_hz) }
    }

    fn timestamp(&self, at: i64) -> u32 {
        let (anchor, timestamp, clock_hz) = self.anchor;
        let ticks = (at - anchor) * clock_hz / 1_000_000_000;
        // Timestamps wrap at 2^32.
        timestamp.wrapping_add(u32::try_from(ticks.rem_euclid(1 << 32)).unwrap())
    }

    fn packet(&mut self, rtp: &Rtp) -> Vec<u8> {
        let seq = rtp.seq.unwrap_or(self.next);
        let timestamp = rtp.timestamp.unwrap_or_else(|| self.timestamp(rtp.time));
        if rtp.timestamp.is_some() || rtp.clock_hz != self.anchor.2 {
            self.anchor = (rtp.time, timestamp, rtp.clock_hz);
        }
        let cycles = self.highest >> 16 | u32::from(seq < self.next && rtp.seq.is_none());
        self.highest = cycles << 16 | u32::from(seq);
        self.next = seq.wrapping_add(1);
        self.packets += 1;
        let second = rtp.payload_type | if rtp.marker { 0x80 } else { 0 };
        let header = [&[0x80, second][..], &seq.to_be_bytes(), &timestamp.to_be_bytes()].concat();
        [&header, &rtp.ssrc.to_be_bytes()[..], &rtp.payload].concat()
    }
}

/// A query of DNS whose number makes it look like RTP of version 2.
fn dns_query(index: u16) -> Vec<u8> {
    let id = 0x8000 | index.wrapping_mul(0xab5) & 0x3fff;
    let counts = [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    [&id.to_be_bytes()[..], &counts, b"\x07example\x03com\0\0\x01\0\x01"].concat()
}

/// A UDPTL datagram of T.38 fax whose number makes it look like RTP of version 2.
fn udptl(index: u16) -> Vec<u8> {
    let seq = 0x8000 + index;
    [&seq.to_be_bytes()[..], &[6, 0x01, 0xc0, 0x01, 0x80, 0, 0, 0xff], &[0x55; 20]].concat()
}
