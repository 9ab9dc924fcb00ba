//! Figures of a live session for Prometheus, in its text format.
//!
//! Counters and histograms are of what is finished, each call and stream once, so that
//! none of them ever goes back; gauges are of the present.

mod count;
mod finished;
mod text;

pub use self::finished::Finished;
use self::text::{Kind, Text};
use crate::query::calls::STATES;
use crate::report::call::CallRow;
use crate::report::{Attempts, Report};

/// The media type of the format.
pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// A source of packets.
#[derive(Clone, PartialEq, Debug)]
pub struct Source {
    /// Its name: an interface, or where HEP is received.
    pub name: String,
    /// Its kind: `live`, `hep`.
    pub format: &'static str,
    /// Packets that came of it.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Packets dropped because siplens was too slow, where that is known.
    pub dropped: Option<u64>,
    /// Packets dropped by the interface, where that is known.
    pub dropped_by_interface: Option<u64>,
    /// Whether packets can come of it.
    pub is_up: bool,
    /// How often it was opened anew.
    pub reopened: u64,
}

/// A figure that a part of the program counts for itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Extra {
    /// The family's name.
    pub name: &'static str,
    /// What it counts; that of its first sample counts.
    pub help: &'static str,
    /// Whether it never goes back.
    pub is_counter: bool,
    /// A label, if it has one.
    pub label: Option<(&'static str, String)>,
    /// The figure.
    pub value: f64,
}

/// How a session is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Session {
    /// How long it runs, s.
    pub running_s: f64,
    /// By how much what was understood last is behind the present, s.
    pub lag_s: f64,
    /// Packets.
    pub packets: u64,
    /// SIP messages.
    pub sip_messages: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// Packets that came too late to be put in order of time.
    pub late: u64,
    /// How often the system's clock was set.
    pub clock_steps: u64,
    /// Conversations that were counted and are in no list, for lack of memory.
    pub unlisted: u64,
    /// The sources.
    pub sources: Vec<Source>,
    /// What could not be read or kept, by its reason, with how often.
    pub problems: Vec<(&'static str, u64)>,
    /// What other parts count; samples of one family stand together.
    pub extra: Vec<Extra>,
}

/// What goes on.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Present {
    states: [u64; STATES.len()],
    severities: [u64; SEVERITIES.len()],
    streams: u64,
    registrations: u64,
    attempts: Attempts,
}

const SEVERITIES: [&str; 3] = ["note", "warning", "fault"];

impl Present {
    /// Counts a call.
    pub fn call(&mut self, call: &CallRow<'_>) {
        let place = STATES.iter().position(|state| *state == call.state);
        if let Some(count) = place.and_then(|place| self.states.get_mut(place)) {
            *count += 1;
        }
    }

    /// Counts what else a report has. `attempts` are those of the whole session, finished or not.
    pub fn rest(&mut self, report: &Report<'_>, attempts: Attempts) {
        self.streams = report.streams.len() as u64;
        self.registrations = report.registrations.len() as u64;
        self.attempts = attempts;
        for finding in report.findings.iter() {
            let place = SEVERITIES.iter().position(|severity| *severity == finding.severity);
            if let Some(count) = place.and_then(|place| self.severities.get_mut(place)) {
                *count += 1;
            }
        }
    }

    fn write(&self, text: &mut Text) {
        text.family("siplens_calls", Kind::Gauge, "Calls that are not finished, by state; a call that has ended is kept until nothing can follow.");
        for (state, count) in STATES.iter().zip(self.states) {
            text.sample(&[("state", state)], count as f64);
        }
        let mut gauge =
            |name, help, value: Option<f64>| text.single(name, Kind::Gauge, help, value);
        gauge("siplens_streams", "RTP streams that are not finished.", Some(self.streams as f64));
        gauge(
            "siplens_registrations",
            "Registrations that are kept.",
            Some(self.registrations as f64),
        );
        gauge(
            "siplens_answer_seizure_ratio",
            "Answered of all attempts (ITU-T E.425), 0 to 1; of the whole session.",
            self.attempts.asr,
        );
        gauge(
            "siplens_network_effectiveness_ratio",
            "Attempts in which the network did its part (ITU-T E.425), 0 to 1; of the whole session.",
            self.attempts.ner,
        );
        text.family("siplens_findings", Kind::Gauge, "Findings about what is not finished.");
        for (severity, count) in SEVERITIES.iter().zip(self.severities) {
            text.sample(&[("severity", severity)], count as f64);
        }
    }
}

/// The page of metrics: what is finished, how the session is, and what goes on.
pub fn page(finished: &Finished, session: &Session, present: &Present) -> String {
    let mut text = Text::default();
    text.family("siplens_build_info", Kind::Gauge, "The version of siplens.");
    text.sample(&[("version", env!("CARGO_PKG_VERSION"))], 1.0);
    finished.write(&mut text);
    present.write(&mut text);
    running(session, &mut text);
    text.into_string()
}

fn running(session: &Session, text: &mut Text) {
    let mut single = |name, kind, help, value: f64| text.single(name, kind, help, Some(value));
    single("siplens_running_seconds", Kind::Gauge, "How long the session runs.", session.running_s);
    single(
        "siplens_lag_seconds",
        Kind::Gauge,
        "By how much what was understood last is behind the present.",
        session.lag_s,
    );
    single(
        "siplens_packets_total",
        Kind::Counter,
        "Packets that were looked at.",
        session.packets as f64,
    );
    single(
        "siplens_sip_messages_total",
        Kind::Counter,
        "SIP messages.",
        session.sip_messages as f64,
    );
    single(
        "siplens_rtcp_packets_total",
        Kind::Counter,
        "RTCP packets.",
        session.rtcp_packets as f64,
    );
    single(
        "siplens_late_packets_total",
        Kind::Counter,
        "Packets that came too late to be put in order of time.",
        session.late as f64,
    );
    single(
        "siplens_clock_steps_total",
        Kind::Counter,
        "How often the system's clock was set.",
        session.clock_steps as f64,
    );
    single(
        "siplens_unlisted_conversations_total",
        Kind::Counter,
        "Calls, registrations and other exchanges that were let go for lack of memory: in the sums of attempts, and in no other figure of what is finished.",
        session.unlisted as f64,
    );
    sources(&session.sources, text);
    text.family(
        "siplens_problems_total",
        Kind::Counter,
        "What could not be read, or was not kept, by reason.",
    );
    for (code, count) in &session.problems {
        text.sample(&[("code", code)], *count as f64);
    }
    let mut family = "";
    for extra in &session.extra {
        if family != extra.name {
            family = extra.name;
            let kind = if extra.is_counter { Kind::Counter } else { Kind::Gauge };
            text.family(extra.name, kind, extra.help);
        }
        let label = extra.label.as_ref().map(|(key, value)| (*key, value.as_str()));
        text.sample(label.as_slice(), extra.value);
    }
}

/// A figure of a source, where it is known.
type OfSource = fn(&Source) -> Option<f64>;

fn sources(sources: &[Source], text: &mut Text) {
    let families: [(_, _, _, OfSource); 5] = [
        (
            "siplens_source_packets_total",
            Kind::Counter,
            "Packets that came of a source.",
            |source| Some(source.packets as f64),
        ),
        ("siplens_source_bytes_total", Kind::Counter, "Bytes of them.", |source| {
            Some(source.bytes as f64)
        }),
        (
            "siplens_source_reopened_total",
            Kind::Counter,
            "How often a source was opened anew.",
            |source| Some(source.reopened as f64),
        ),
        ("siplens_source_up", Kind::Gauge, "Whether packets can come of a source.", |source| {
            Some(f64::from(source.is_up))
        }),
        (
            "siplens_source_dropped_by_interface_total",
            Kind::Counter,
            "Packets that the interface dropped.",
            |source| source.dropped_by_interface.map(|count| count as f64),
        ),
    ];
    let labels = |source: &'_ Source| {
        [("source", source.name.clone()), ("format", source.format.to_owned())]
    };
    for (name, kind, help, of) in families {
        text.family(name, kind, help);
        for source in sources {
            if let Some(value) = of(source) {
                let labels = labels(source);
                let labels = labels.each_ref().map(|(key, value)| (*key, value.as_str()));
                text.sample(&labels, value);
            }
        }
    }
    text.family(
        "siplens_source_dropped_total",
        Kind::Counter,
        "Packets that were dropped because siplens was too slow.",
    );
    for source in sources {
        if let Some(dropped) = source.dropped {
            text.sample(&[("source", &source.name), ("format", source.format)], dropped as f64);
        }
    }
}
