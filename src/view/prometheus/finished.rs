//! What is added up of calls, registrations and streams that are finished.

use super::count::{ByLabel, Histogram};
use super::text::{Kind, Text};
use crate::base::flow::Endpoint;
use crate::report::call::CallRow;
use crate::report::stream::StreamRow;
use crate::report::{Attempts, Names, Report};

/// Bounds of delays until it rings, in s: a caller begins to wonder after a few (ITU-T E.721).
const RINGS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 11.0];
/// Bounds of delays until somebody answers, in s.
const ANSWERS: &[f64] = &[0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 180.0];
/// Bounds of durations, in s.
const DURATIONS: &[f64] = &[1.0, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0];
/// Bounds of MOS: users' satisfaction by ITU-T G.109 changes at 2.58, 3.1, 3.6, 4.03 and 4.34.
const RATINGS: &[f64] = &[1.5, 2.0, 2.58, 3.1, 3.6, 4.03, 4.34, 4.5];
/// Bounds of the share lost, 0 to 1.
const LOSSES: &[f64] = &[0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/// Bounds of jitter, in s.
const JITTERS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2];
/// States and codes of calls, and codes of findings, that are told apart.
const MOST_KINDS: usize = 500;

/// What is added up of the calls that went to an address.
#[derive(Clone, Debug, Default)]
struct Called {
    calls: u64,
    answered: u64,
}

/// What is added up of the streams that came from an address.
#[derive(Clone, Debug)]
struct Sent {
    packets: u64,
    lost: u64,
    loss: Histogram,
    jitter: Histogram,
    mos: Histogram,
}

/// One of them.
type OfSent = fn(&Sent) -> &Histogram;

impl Sent {
    fn new() -> Self {
        Self {
            packets: 0,
            lost: 0,
            loss: Histogram::new(LOSSES),
            jitter: Histogram::new(JITTERS),
            mos: Histogram::new(RATINGS),
        }
    }
}

/// Sums over everything that is finished: each call, registration, stream and finding once.
#[derive(Clone, Debug)]
pub struct Finished {
    calls: ByLabel<u64>,
    called: ByLabel<Called>,
    pdd: Histogram,
    setup: Histogram,
    duration: Histogram,
    mos: Histogram,
    attempts: Attempts,
    registrations: [u64; 2],
    sent: ByLabel<Sent>,
    findings: ByLabel<u64>,
}

impl Finished {
    /// Nothing yet; so many addresses are told apart.
    pub fn new(peers: usize) -> Self {
        Self {
            calls: ByLabel::new(MOST_KINDS),
            called: ByLabel::new(peers),
            pdd: Histogram::new(RINGS),
            setup: Histogram::new(ANSWERS),
            duration: Histogram::new(DURATIONS),
            mos: Histogram::new(RATINGS),
            attempts: Attempts::default(),
            registrations: [0; 2],
            sent: ByLabel::new(peers),
            findings: ByLabel::new(MOST_KINDS),
        }
    }

    /// Adds a report of what has finished. Addresses have the names that the user gave them.
    pub fn add(&mut self, report: &Report<'_>, names: &Names) {
        for call in report.calls.iter() {
            self.call(&call, names);
        }
        for stream in report.streams.iter() {
            self.stream(&stream, names);
        }
        let registrations = &report.summary.registrations;
        self.registrations[0] += registrations.succeeded;
        self.registrations[1] += registrations.failed;
        for finding in report.findings.iter() {
            *self.findings.of(&format!("{} {}", finding.severity, finding.code), || 0) += 1;
        }
    }

    /// The attempts of everything that has finished so far, in whatever report it was.
    pub fn attempts(&mut self, attempts: Attempts) {
        self.attempts = attempts;
    }

    fn call(&mut self, call: &CallRow<'_>, names: &Names) {
        let code = call.final_status.as_ref().map_or(0, |status| status.code);
        *self.calls.of(&format!("{} {code}", call.state), || 0) += 1;
        if let Some(address) = call.callee.address {
            let called = self.called.of(&peer(address.into(), names), Called::default);
            called.calls += 1;
            called.answered += u64::from(call.answer_time.is_some());
        }
        let seconds = |ms: Option<f64>| ms.map(|ms| ms / 1_000.0);
        for (histogram, value) in [
            (&mut self.pdd, seconds(call.post_dial_delay_ms)),
            (&mut self.setup, seconds(call.setup_ms)),
            (&mut self.duration, call.duration_s),
            (&mut self.mos, call.mos.worst),
        ] {
            if let Some(value) = value {
                histogram.add(value);
            }
        }
    }

    fn stream(&mut self, stream: &StreamRow, names: &Names) {
        let sent = self.sent.of(&peer(stream.src.into(), names), Sent::new);
        sent.packets += stream.packets;
        sent.lost += stream.lost;
        for (histogram, value) in [
            (&mut sent.loss, stream.lost_percent.map(|percent| percent / 100.0)),
            (&mut sent.jitter, stream.jitter_ms.mean.map(|ms| ms / 1_000.0)),
            (&mut sent.mos, stream.quality.mos_lq),
        ] {
            if let Some(value) = value {
                histogram.add(value);
            }
        }
    }

    pub(super) fn write(&self, text: &mut Text) {
        text.family("siplens_calls_total", Kind::Counter, "Calls that are finished, by how they ended and by the final response to their INVITE (0: none).");
        for (label, count) in self.calls.iter() {
            let (state, code) = label.split_once(' ').unwrap_or((label, ""));
            text.sample(&[("state", state), ("code", code)], *count as f64);
        }
        let single = |text: &mut Text, name, help, value: u64| {
            text.single(name, Kind::Counter, help, Some(value as f64));
        };
        single(
            text,
            "siplens_call_attempts_total",
            "Attempts to call of finished calls: each leg for itself, a challenged INVITE and its successor as one.",
            self.attempts.all,
        );
        single(
            text,
            "siplens_call_attempts_answered_total",
            "Those of them that a 2xx answered.",
            self.attempts.answered,
        );
        single(
            text,
            "siplens_call_attempts_effective_total",
            "Those of them in which the network did its part: answered, busy, refused by the callee, or not answered after ringing (NER of ITU-T E.425).",
            self.attempts.effective,
        );
        self.pdd.family("siplens_post_dial_delay_seconds", "First INVITE of a call to its 180 or 183, or to the 2xx without one (RFC 6076 section 4.3.1).", text);
        self.setup.family("siplens_call_setup_seconds", "First INVITE of a call to its 2xx.", text);
        self.duration.family(
            "siplens_call_duration_seconds",
            "The 2xx of a call to its BYE.",
            text,
        );
        self.mos.family(
            "siplens_call_mos",
            "Listening quality (MOS-LQ, E-model) of the worse direction of a call.",
            text,
        );
        text.family(
            "siplens_peer_calls_total",
            Kind::Counter,
            "Finished calls by the address that was called.",
        );
        for (peer, called) in self.called.iter() {
            text.sample(&[("peer", peer)], called.calls as f64);
        }
        text.family(
            "siplens_peer_calls_answered_total",
            Kind::Counter,
            "Those of them that were answered.",
        );
        for (peer, called) in self.called.iter() {
            text.sample(&[("peer", peer)], called.answered as f64);
        }
        text.family(
            "siplens_registrations_total",
            Kind::Counter,
            "Attempts to register of finished registrations.",
        );
        let [succeeded, failed] = self.registrations;
        text.sample(&[("result", "succeeded")], succeeded as f64);
        text.sample(&[("result", "failed")], failed as f64);
        self.write_sent(text);
        text.family("siplens_findings_total", Kind::Counter, "Findings about what is finished.");
        for (label, count) in self.findings.iter() {
            let (severity, code) = label.split_once(' ').unwrap_or((label, ""));
            text.sample(&[("severity", severity), ("code", code)], *count as f64);
        }
    }

    fn write_sent(&self, text: &mut Text) {
        text.family(
            "siplens_stream_packets_total",
            Kind::Counter,
            "Packets of finished RTP streams by the address that sent them.",
        );
        for (peer, sent) in self.sent.iter() {
            text.sample(&[("peer", peer)], sent.packets as f64);
        }
        text.family(
            "siplens_stream_packets_lost_total",
            Kind::Counter,
            "Packets of finished RTP streams that never came.",
        );
        for (peer, sent) in self.sent.iter() {
            text.sample(&[("peer", peer)], sent.lost as f64);
        }
        let histograms: [(_, _, OfSent); 3] = [
            (
                "siplens_stream_loss_ratio",
                "Share of packets lost of a finished RTP stream, 0 to 1.",
                |sent| &sent.loss,
            ),
            (
                "siplens_stream_jitter_seconds",
                "Mean interarrival jitter of a finished RTP stream (RFC 3550 section 6.4.1).",
                |sent| &sent.jitter,
            ),
            (
                "siplens_stream_mos",
                "Listening quality (MOS-LQ, E-model) of a finished RTP stream.",
                |sent| &sent.mos,
            ),
        ];
        for (name, help, of) in histograms {
            text.family(name, Kind::Histogram, help);
            for (peer, sent) in self.sent.iter() {
                of(sent).write(&[("peer", peer)], text);
            }
        }
    }
}

/// An address's name, or itself.
fn peer(end: Endpoint, names: &Names) -> String {
    names.of(end).map_or_else(|| end.ip.to_string(), str::to_owned)
}
