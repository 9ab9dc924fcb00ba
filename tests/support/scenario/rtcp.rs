//! The `rtcp` lines of a scenario (RFC 3550 section 6).

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::media::Streams;
use super::words::Words;

/// What a line reports.
pub(crate) struct Report {
    kind: Kind,
    ssrc: u32,
    /// Between which endpoints its media go.
    media: (SocketAddr, SocketAddr),
    /// The reporter's place among the hosts, which makes its clock its own.
    reporter: usize,
    lost: u32,
    jitter: u32,
    /// The round trip that the capture point is to see.
    leg: Option<i64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sender,
    Receiver,
    Bye,
}

/// The sender reports so far: by SSRC, the middle of their NTP time and when they passed.
#[derive(Default)]
pub(crate) struct Reports {
    latest: BTreeMap<u32, (u32, i64)>,
}

impl Report {
    pub(crate) fn parse(
        words: &mut Words,
        ssrc: u32,
        media: (SocketAddr, SocketAddr),
        reporter: usize,
    ) -> Self {
        let place = words.place.clone();
        let kind = match &*words.argument("rtcp") {
            "sr" => Kind::Sender,
            "rr" => Kind::Receiver,
            "bye" => Kind::Bye,
            other => place.fail(&format!("{other} is none of sr, rr, bye")),
        };
        let mut number = |key: &str| words.value(key).map_or(0, |text| place.number(&text));
        let (lost, jitter) = (number("lost"), number("jitter"));
        let leg = words.value("leg").map(|text| place.duration(&text));
        Self { kind, ssrc, media, reporter, lost, jitter, leg }
    }
}

impl Reports {
    /// The packet of a report at a time.
    pub(crate) fn packet(&mut self, report: &Report, at: i64, streams: &Streams) -> Vec<u8> {
        let words = |numbers: &[u32]| numbers.iter().flat_map(|n| n.to_be_bytes()).collect();
        let mut body: Vec<u8> = words(&[report.ssrc]);
        if report.kind == Kind::Bye {
            return [&[0x81, 203, 0, 1][..], &body].concat();
        }
        let (src, dst) = report.media;
        if report.kind == Kind::Sender {
            let sent = streams.get(&(src, dst, report.ssrc)).map_or(0, |stream| stream.packets);
            // Each host's clock is wrong by an hour of its own.
            let clock = at + 3_600_000_000_000 * i64::try_from(report.reporter).unwrap();
            let seconds = u32::try_from(3_976_214_400 + clock / 1_000_000_000).unwrap();
            let fraction = u32::try_from(((clock % 1_000_000_000) << 32) / 1_000_000_000).unwrap();
            self.latest.insert(report.ssrc, (seconds << 16 | fraction >> 16, at));
            body.extend::<Vec<u8>>(words(&[seconds, fraction, 0, sent, 160 * sent]));
        }
        // About the latest stream of the other direction, if there is one.
        let received = streams.iter().filter(|((from, to, _), _)| (*from, *to) == (dst, src));
        let received = received.max_by_key(|(_, stream)| stream.packets);
        if let Some(((.., about), stream)) = received {
            let (mut lsr, mut dlsr) = (0, 0);
            if let (Some(leg), Some((middle, sent))) = (report.leg, self.latest.get(about)) {
                (lsr, dlsr) = (*middle, (at - sent - leg) * 65_536 / 1_000_000_000);
            }
            let dlsr = u32::try_from(dlsr).unwrap();
            let block = [*about, report.lost, stream.highest, report.jitter, lsr, dlsr];
            body.extend::<Vec<u8>>(words(&block));
        }
        let kind = if report.kind == Kind::Sender { 200 } else { 201 };
        let length = u16::try_from(body.len() / 4).unwrap().to_be_bytes();
        [&[0x80 | u8::from(received.is_some()), kind], &length[..], &body].concat()
    }
}
