//! What happens how often in a report: outcomes, responses, methods, codecs,
//! delays.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::build::Context;
use super::facts::CallFacts;
use super::settled::cause;
use super::summary::SummaryRow;
use crate::track::conversation::Conversation;

/// A figure, or how often something happens.
#[derive(Clone, PartialEq, Debug)]
pub struct Statistic {
    /// What it is one of: `responses`.
    pub section: &'static str,
    /// What it is about: `486 Busy Here`.
    pub item: String,
    /// How often.
    pub count: Option<u64>,
    /// That of all of its section.
    pub percent: Option<f64>,
    /// Of what is no count, the figure.
    pub value: Option<f64>,
    /// Its unit: `ms`, `s`, `percent`; `mos`.
    pub unit: Option<&'static str>,
}

/// Items of a section that are listed; others are counted together.
const MOST_ITEMS: usize = 50;
/// Items that are told apart while counting.
const MOST_COUNTED: usize = 100_000;
/// Upper bounds of the classes of delays, in ms: a caller begins to wonder after
/// a few seconds (ITU-T E.721 has 3 to 11 s as targets for post-selection delay).
const DELAYS_MS: &[f64] = &[50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 3e3, 5e3, 8e3, 11e3];
/// Upper bounds of the classes of durations, in s.
const DURATIONS_S: &[f64] = &[1.0, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 3600.0];

/// Counts of one section, by item.
#[derive(Debug, Default)]
struct Counts {
    counts: BTreeMap<String, u64>,
    others: u64,
}

impl Counts {
    fn add(&mut self, item: &str) {
        if let Some(count) = self.counts.get_mut(item) {
            *count += 1;
        } else if self.counts.len() < MOST_COUNTED {
            self.counts.insert(item.to_owned(), 1);
        } else {
            self.others += 1;
        }
    }

    /// The items, the most frequent first.
    fn into_rows(self, section: &'static str, out: &mut Vec<Statistic>) {
        let all = self.counts.values().sum::<u64>() + self.others;
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
        let rest = counts.split_off(counts.len().min(MOST_ITEMS));
        let others = self.others + rest.iter().map(|(_, count)| count).sum::<u64>();
        if others > 0 {
            counts.push((format!("{} others", rest.len().max(1)), others));
        }
        out.extend(counts.into_iter().map(|(item, count)| counted(section, item, count, all)));
    }
}

/// Counts of values by class.
#[derive(Debug)]
struct Classes {
    bounds: &'static [f64],
    counts: Vec<u64>,
}

impl Classes {
    fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len() + 1] }
    }

    fn add(&mut self, value: f64) {
        let class = self.bounds.partition_point(|bound| *bound <= value);
        if let Some(count) = self.counts.get_mut(class) {
            *count += 1;
        }
    }

    /// The classes in order, from the first to the last that has any.
    fn into_rows(self, section: &'static str, name: fn(f64) -> String, out: &mut Vec<Statistic>) {
        let all = self.counts.iter().sum();
        let last = self.counts.iter().rposition(|count| *count > 0);
        for (class, count) in self.counts.iter().enumerate().take(last.map_or(0, |last| last + 1)) {
            let item = match (
                class.checked_sub(1).and_then(|below| self.bounds.get(below)),
                self.bounds.get(class),
            ) {
                (None, Some(to)) => format!("below {}", name(*to)),
                (Some(from), Some(to)) => format!("{} to {}", name(*from), name(*to)),
                (from, None) => format!("{} and more", name(from.copied().unwrap_or(0.0))),
            };
            out.push(counted(section, item, *count, all));
        }
    }
}

fn counted(section: &'static str, item: String, count: u64, all: u64) -> Statistic {
    let percent = crate::base::units::percent(count, all);
    Statistic { section, item, count: Some(count), percent, value: None, unit: None }
}

/// What happens how often, in one report or in several parts of a capture.
#[derive(Debug)]
pub struct Gathered {
    /// Those of `SECTIONS`.
    counts: [Counts; 8],
    findings: Counts,
    delays: Classes,
    durations: Classes,
    /// Calls that were added and were not over, by number; whether each has several legs.
    going_on: HashMap<u64, bool>,
}

/// The sections that are counted by item, in their order.
const SECTIONS: [&str; 8] = [
    "outcomes",
    "release causes",
    "released by",
    "responses",
    "requests",
    "transports",
    "user agents",
    "codecs",
];

impl Default for Gathered {
    fn default() -> Self {
        Self {
            counts: Default::default(),
            findings: Counts::default(),
            delays: Classes::new(DELAYS_MS),
            durations: Classes::new(DURATIONS_S),
            going_on: HashMap::new(),
        }
    }
}

/// The statistics of a report with that summary, section by section.
pub fn statistics(context: &Context<'_>, summary: &SummaryRow) -> Vec<Statistic> {
    let mut gathered = Gathered::default();
    gathered.add(context);
    gathered.into_rows(summary)
}

impl Gathered {
    /// Adds what is chosen of a snapshot. It looks at every message, but makes no
    /// rows of them. What becomes of a call that is not over is counted when it is.
    pub fn add(&mut self, context: &Context<'_>) {
        self.going_on.extend(context.going_on());
        let [outcomes, causes, released, responses, methods, transports, agents, codecs] =
            &mut self.counts;
        for conversation in context.chosen_legs() {
            messages(conversation, transports, responses, methods);
        }
        for call in context.calls().iter().filter_map(|id| CallFacts::of(context, *id)) {
            let goes_on = call.number().and_then(|number| self.going_on.get(&number).copied());
            // Of several legs the last ones tell more than what is left of the first will.
            if goes_on != Some(false) {
                let agents_of = [call.caller().user_agent(), call.callee().user_agent()];
                agents_of.into_iter().flatten().for_each(|agent| agents.add(agent));
            }
            if goes_on.is_some() {
                continue;
            }
            outcomes.add(call.state());
            released.add(call.released_by().unwrap_or("not known"));
            if let Some(protocol) = call.cause_protocol() {
                causes.add(&cause(protocol, call.cause(), call.cause_text()));
            }
            call.post_dial_delay_ms().into_iter().for_each(|delay| self.delays.add(delay));
            call.duration_s().into_iter().for_each(|duration| self.durations.add(duration));
        }
        for call in context.settled() {
            let Some(has_legs) = self.going_on.remove(&call.number) else { continue };
            if !has_legs {
                call.user_agents.iter().flatten().for_each(|agent| agents.add(agent));
            }
            outcomes.add(call.state);
            // Whether an element between ended it, the other legs would tell.
            released.add(call.released_by.filter(|_| !has_legs).unwrap_or("not known"));
            call.cause.iter().for_each(|cause| causes.add(cause));
            call.post_dial_delay_ms.into_iter().for_each(|delay| self.delays.add(delay));
            call.duration_s.into_iter().for_each(|duration| self.durations.add(duration));
        }
        let streams = context.stream_indexes().iter();
        for stream in streams.filter_map(|index| context.snapshot.streams.get(*index as usize)) {
            for payload in &stream.payloads {
                match payload.meaning.name() {
                    Some(codec) => codecs.add(codec),
                    None => codecs.add(&format!("payload type {}", payload.payload_type)),
                }
            }
        }
        for code in context.finding_codes() {
            self.findings.add(code);
        }
    }

    /// The statistics, section by section; `summary` has the figures of all.
    pub fn into_rows(self, summary: &SummaryRow) -> Vec<Statistic> {
        let mut rows = figures(summary);
        for (section, counts) in SECTIONS.into_iter().zip(self.counts) {
            counts.into_rows(section, &mut rows);
        }
        self.findings.into_rows("findings", &mut rows);
        let ms = |ms: f64| if ms < 1e3 { format!("{ms} ms") } else { format!("{} s", ms / 1e3) };
        let s = |s: f64| if s < 60.0 { format!("{s} s") } else { format!("{} min", s / 60.0) };
        self.delays.into_rows("post-dial delay", ms, &mut rows);
        self.durations.into_rows("duration", s, &mut rows);
        rows
    }
}

/// Counts the messages of a conversation, those sent again and copies once.
fn messages(
    conversation: &Conversation,
    transports: &mut Counts,
    responses: &mut Counts,
    methods: &mut Counts,
) {
    for message in conversation.messages.iter().filter(|message| message.copy_of.is_none()) {
        transports.add(message.transport.name());
        if message.retransmission_of.is_some() {
            continue;
        }
        if let Some(status) = message.status() {
            let reason = conversation.reason_of(message).unwrap_or_default();
            responses.add(format!("{status} {reason}").trim_end());
        } else if let Some(method) = conversation.method_of(message) {
            methods.add(method);
        }
    }
}

/// The figures of the summary (RFC 6076).
fn figures(summary: &SummaryRow) -> Vec<Statistic> {
    let count = |item: &str, count: u64| Statistic {
        section: "calls",
        item: item.to_owned(),
        count: Some(count),
        percent: crate::base::units::percent(count, summary.calls).filter(|_| item != "all"),
        value: None,
        unit: None,
    };
    let figure = |item: &str, value: Option<f64>, unit: &'static str| Statistic {
        section: "figures",
        item: item.to_owned(),
        count: None,
        percent: None,
        value,
        unit: value.map(|_| unit),
    };
    let delay = &summary.post_dial_delay_ms;
    let mut rows = vec![
        count("all", summary.calls),
        count("answered", summary.answered),
        count("failed", summary.failed),
        count("cancelled", summary.cancelled),
        count("in progress", summary.in_progress),
        figure("ASR (answered of attempts)", summary.asr_percent, "percent"),
        figure("NER (network effectiveness)", summary.ner_percent, "percent"),
        figure("SER (session establishment)", summary.ser_percent, "percent"),
        figure("SEER (establishment effectiveness)", summary.seer_percent, "percent"),
        figure("ISA (ineffective attempts)", summary.isa_percent, "percent"),
        figure("SCR (session completion)", summary.scr_percent, "percent"),
        figure("ACD (mean duration)", summary.acd_s, "s"),
        figure("post-dial delay, median", delay.p50, "ms"),
        figure("post-dial delay, 95 % are below", delay.p95, "ms"),
        figure("post-dial delay, greatest", delay.max, "ms"),
        figure("MOS, least", summary.mos.min, "mos"),
        figure("MOS, mean", summary.mos.mean, "mos"),
        figure("MOS, 5 % are below", summary.mos.p5, "mos"),
    ];
    let registrations = &summary.registrations;
    let attempts = registrations.attempts;
    for (item, count) in [("succeeded", registrations.succeeded), ("failed", registrations.failed)]
    {
        if attempts > 0 {
            rows.push(counted("registration attempts", item.to_owned(), count, attempts));
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_hold_what_is_at_their_lower_bound() {
        let mut classes = Classes::new(&[50.0, 100.0]);
        for value in [0.0, 49.9, 50.0, 100.0] {
            classes.add(value);
        }
        let mut rows = Vec::new();
        classes.into_rows("x", |bound| format!("{bound} ms"), &mut rows);
        let rows: Vec<_> = rows.iter().map(|row| (row.item.as_str(), row.count)).collect();
        let expected =
            [("below 50 ms", Some(2)), ("50 ms to 100 ms", Some(1)), ("100 ms and more", Some(1))];
        assert_eq!(rows, expected);
    }

    #[test]
    fn the_most_frequent_comes_first() {
        let mut counts = Counts::default();
        for item in ["a", "b", "b"] {
            counts.add(item);
        }
        let mut rows = Vec::new();
        counts.into_rows("x", &mut rows);
        let rows: Vec<_> = rows.iter().map(|row| (row.item.as_str(), row.percent)).collect();
        assert_eq!(rows, [("b", Some(66.666_667)), ("a", Some(33.333_333))]);
    }
}
