//! What is over leaves the engine; what is told of it, and of all, is the same
//! as if it had stayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use siplens::base::frame::Frame;
use siplens::base::limits::Limits;
use siplens::base::time::{Span, Timestamp};
use siplens::engine::{Engine, Retirement, Settings, Snapshot};
use siplens::report::{Context, Options, Totals, build};
use siplens::source::{FileSource, Source, Step};
use siplens::wire::malformed::Reason;

use crate::check::options;
use crate::scenario::Scenario;
use crate::traffic::{Held, MS, Network, Plan, SECOND, Ways};

/// What was told of a capture: the lists of all parts together, by the name of
/// each row, and the summary and counts in the end.
struct Told {
    lists: BTreeMap<String, BTreeMap<String, Value>>,
    summary: Value,
    capture: Value,
    /// Parts with rows before the last.
    parts: usize,
    /// The most calls that were alive at a time, looked at now and then.
    most_alive: usize,
}

/// Frames, in the order of a capture.
pub(crate) type Feed<'f> = &'f dyn Fn(&mut dyn FnMut(&Frame<'_>));

fn none() -> Totals {
    Totals::new(&Limits::default())
}

fn settings() -> Settings {
    Settings { retires: true, ..Settings::default() }
}

/// As soon as it may.
fn at_once() -> Retirement {
    Retirement { gather: Span::ZERO, ..Retirement::default() }
}

/// Findings are numbered as they are found, which differs: named by what they are.
fn findings_by_code(row: &mut Value, codes: &BTreeMap<String, String>) {
    if let Some(names) = row.get_mut("findings").and_then(Value::as_array_mut) {
        let code = |name: &Value| Value::from(codes[name.as_str().unwrap()].clone());
        let mut found: Vec<Value> = names.iter().map(code).collect();
        found.sort_by_key(Value::to_string);
        *names = found;
    }
}

impl Told {
    fn new() -> Self {
        let (summary, capture) = (Value::Null, Value::Null);
        Self { lists: BTreeMap::new(), summary, capture, parts: 0, most_alive: 0 }
    }

    /// Takes a part, which `totals` then includes.
    fn part(&mut self, snapshot: &Snapshot, options: &mut Options, is_last: bool) {
        let context = Context::new(snapshot, options);
        let report = serde_json::to_value(build(&context)).unwrap();
        let mut totals = options.totals.as_deref().cloned().unwrap_or_else(none);
        totals.add(&context);
        if is_last {
            self.summary = report["summary"].clone();
            self.capture = report["capture"].clone();
            assert_eq!(serde_json::to_value(totals.summary()).unwrap(), self.summary);
        } else {
            self.parts += 1;
        }
        let rows = |list: &str| report[list].as_array().unwrap().clone();
        let code = |row: &Value| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            (text("id"), format!("{} {}", text("code"), text("stream")))
        };
        let codes: BTreeMap<_, _> = rows("findings").iter().map(code).collect();
        for list in ["calls", "registrations", "dialogs", "streams"] {
            for mut row in rows(list) {
                findings_by_code(&mut row, &codes);
                let name = row["id"].as_str().unwrap().to_owned();
                let known = self.lists.entry(list.to_owned()).or_default().insert(name, row);
                assert!(known.is_none(), "twice: {}", known.unwrap()["id"]);
            }
        }
        for row in rows("findings") {
            let name = format!("{} {} {}", row["call"], row["code"], row["stream"]);
            let mut row = row;
            row["id"] = Value::Null;
            self.lists.entry("findings".to_owned()).or_default().insert(name, row);
        }
        drop(context);
        let findings = totals.findings();
        *options = Options {
            totals: Some(Arc::new(totals)),
            findings_before: findings,
            ..options.clone()
        };
    }
}

/// Reads frames, and lets leave what may whenever `every` more have come.
fn told(feed: Feed<'_>, every: Option<usize>, retirement: &Retirement) -> Told {
    let (mut engine, mut options) = (Engine::new(settings()), options());
    let mut told = Told::new();
    let (mut count, mut last) = (0_usize, Timestamp::default());
    let mut alive = 0;
    feed(&mut |frame| {
        engine.handle_frame(frame);
        (count, last) = (count + 1, frame.at.max(last));
        if every.is_some_and(|every| count.is_multiple_of(every))
            && let Some(left) = engine.retire(retirement)
        {
            told.part(&left, &mut options, false);
        }
        if count.is_multiple_of(1_000) {
            alive = alive.max(engine.bytes());
        }
    });
    // A long silence, after which everything is over.
    engine.handle_time(last + Span::from_secs(4 * 3_600));
    if every.is_some() {
        while let Some(left) = engine.retire(retirement) {
            told.part(&left, &mut options, false);
        }
    }
    told.most_alive = alive;
    told.part(&engine.finish(), &mut options, true);
    told
}

#[track_caller]
fn assert_same(told: &Told, whole: &Told, name: &str) {
    for (list, rows) in &whole.lists {
        let empty = BTreeMap::new();
        let got = told.lists.get(list).unwrap_or(&empty);
        for (id, row) in rows {
            let other = got.get(id).unwrap_or_else(|| panic!("{name}: {list} has no {id}"));
            assert!(other == row, "{name}: {id}\nwhole {row}\nparts {other}");
        }
        assert_eq!(got.len(), rows.len(), "{name}: {list}");
    }
    assert!(told.summary == whole.summary, "{name}\n{}\n{}", whole.summary, told.summary);
    assert!(told.capture == whole.capture, "{name}\n{}\n{}", whole.capture, told.capture);
}

pub(crate) fn sample(path: &std::path::Path, take: &mut dyn FnMut(&Frame<'_>)) {
    let mut source = FileSource::open(path, 0).unwrap();
    loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => take(&frame),
            Ok(Step::Idle) => {}
            Ok(Step::End) | Err(_) => return,
        }
    }
}

/// The captures in `samples/`.
pub(crate) fn samples() -> impl Iterator<Item = std::path::PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| {
        let extension = path.extension().and_then(|extension| extension.to_str());
        matches!(extension, Some("pcap" | "pcapng"))
    })
}

#[test]
fn samples_are_told_alike_whatever_leaves_when() {
    let mut parts = 0;
    for path in samples() {
        let name = path.display().to_string();
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| sample(&path, take);
        let whole = told(&feed, None, &at_once());
        let in_parts = told(&feed, Some(1), &at_once());
        assert_same(&in_parts, &whole, &name);
        parts += in_parts.parts;
    }
    assert!(parts > 20, "{parts} parts");
}

/// Calls of every outcome over five minutes.
fn plan(calls: u64, media: bool) -> Plan {
    Plan {
        calls,
        rate: calls as f64 / 300.0,
        talk: 6 * SECOND,
        media,
        mix: [60, 15, 10, 8, 4, 3],
        network: Network { loss: 0.02, duplicate: 0.01, reorder: 0.01, jitter: 8 * MS },
        ways: Ways { tcp: 0.2, ipv6: 0.2, two_hops: 0.3, ..Ways::default() },
        ..Plan::default()
    }
}

#[test]
fn generated_calls_are_told_alike_whatever_leaves_when() {
    let signalling = Held::new(&plan(1_200, false));
    let media = Held::new(&plan(60, true));
    for (held, every) in [(&signalling, 397), (&media, 2_001)] {
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
        let whole = told(&feed, None, &at_once());
        let in_parts = told(&feed, Some(every), &at_once());
        assert_same(&in_parts, &whole, "generated");
        assert!(in_parts.parts > 10, "{} parts", in_parts.parts);
        let (few, all) = (in_parts.most_alive, whole.most_alive);
        assert!(few * 2 < all, "{few} of {all} bytes");
    }
}

#[test]
fn totals_add_up_in_any_parts() {
    let held = Held::new(&plan(300, false));
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
    let mut engine = Engine::new(settings());
    let (options, mut one, mut other) = (options(), none(), none());
    let mut count = 0_usize;
    feed(&mut |frame| {
        engine.handle_frame(frame);
        count += 1;
        if count.is_multiple_of(500)
            && let Some(left) = engine.retire(&at_once())
        {
            let into = if count.is_multiple_of(1_000) { &mut one } else { &mut other };
            into.add(&Context::new(&left, &options));
        }
    });
    other.add(&Context::new(&engine.finish(), &options));
    let mut merged = one.clone();
    merged.merge(&other);
    other.merge(&one);
    assert_eq!(merged.summary(), other.summary());
    let mut whole = Engine::new(settings());
    feed(&mut |frame| whole.handle_frame(frame));
    let whole = whole.finish();
    let context = Context::new(&whole, &options);
    assert_eq!(merged.summary(), build(&context).summary);
}

/// What has left of a scenario, and what stays, when everything leaves that may
/// at each frame.
fn parts_of(ladder: &str, retirement: &Retirement) -> (Vec<Snapshot>, Snapshot) {
    let scenario = Scenario::parse(ladder);
    let (mut engine, mut parts) = (Engine::new(settings()), Vec::new());
    for frame in scenario.frames() {
        engine.handle_time(frame.at);
        parts.extend(engine.retire(retirement));
        engine.handle_frame(&frame);
    }
    (parts, engine.finish())
}

pub(crate) fn problem(snapshot: &Snapshot, wanted: Reason) -> u64 {
    let mut problems = snapshot.counters.occurred();
    problems.find(|(reason, _)| *reason == wanted).map_or(0, |(_, problem)| problem.count)
}

/// Frames every second, so that time goes by.
fn silence(from: u32, to: u32) -> String {
    let lines: Vec<_> = (from..to).map(|second| format!("{second} P>C OPTIONS call=9")).collect();
    lines.join("\n")
}

#[test]
fn a_straggler_begins_no_call() {
    let ladder = format!(
        "0    A>B INVITE call-id=one sdp(A:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  A>B ACK
         1.2  A>B rtp 50 from=A:4000 to=B:5000 ssrc=1
         3    A>B BYE
         3.1  B>A 200
         {}
         90   A>B BYE again
         90.1 A>B rtp 3 from=A:4000 to=B:5000 ssrc=1 seq=200
         {}
         95   A>B INVITE call=2 call-id=one
         96   B>A 486 call=2",
        silence(5, 90),
        silence(91, 95)
    );
    let (parts, rest) = parts_of(&ladder, &at_once());
    let calls = |snapshot: &Snapshot| {
        snapshot.conversations.iter().filter(|one| one.call().is_some()).count()
    };
    assert_eq!((parts.iter().map(calls).sum::<usize>(), calls(&rest)), (1, 1));
    assert_eq!(parts.iter().map(|part| part.streams.len()).sum::<usize>(), 1);
    assert_eq!(problem(&rest, Reason::TrackLateMessages), 1);
    assert_eq!(problem(&rest, Reason::TrackLatePackets), 3);
    assert_eq!(rest.streams.len(), 0);
    // The new call of that Call-ID has a number of its own.
    let numbers = |snapshot: &Snapshot| -> Vec<u64> {
        let calls = snapshot.conversations.iter().filter(|one| one.call().is_some());
        calls.map(|one| one.number).collect()
    };
    let all: Vec<_> = parts.iter().chain([&rest]).flat_map(numbers).collect();
    assert_eq!(all, [1, 2]);
}

#[test]
fn what_is_used_on_and_on_is_told_in_parts() {
    // A registration that is refreshed for ever, and keep-alives of one Call-ID.
    let mut ladder = Vec::new();
    for minute in 0..40 {
        let at = minute * 60;
        let (answered, alive) = (f64::from(at) + 0.1, at + 5);
        ladder.push(format!(
            "{at} A>P REGISTER expires=120\n{answered} P>A 200 expires=120\n\
             {alive} P>C OPTIONS call=2\n{alive}.1 C>P 200 call=2\n{alive}.9 P>C OPTIONS call=3"
        ));
    }
    let parts = Retirement { part: 20, ..at_once() };
    let (parts, rest) = parts_of(&ladder.join("\n"), &parts);
    let (mut attempts, mut messages, mut most) = (0, 0, 0);
    for one in parts.iter().chain([&rest]).flat_map(|part| &part.conversations) {
        attempts += one.registration().map_or(0, |registration| registration.attempts);
        messages += one.messages.len();
        most = most.max(one.messages.len());
    }
    assert_eq!((attempts, messages), (40, 40 * 5));
    assert!(parts.len() > 4 && most <= 24, "{} parts, {most} messages", parts.len());
}

#[test]
fn a_clock_that_is_wrong_ends_nothing() {
    let held = Held::new(&plan(40, false));
    let retired = |shift: &dyn Fn(usize) -> i64| {
        let (mut engine, mut calls) = (Engine::new(settings()), Vec::new());
        for (index, frame) in held.iter().enumerate() {
            let at = frame.at + Span::from_secs(shift(index));
            engine.handle_frame(&Frame { at, ..frame });
            let left = engine.retire(&at_once());
            calls.extend(left.iter().flat_map(|left| &left.conversations).filter_map(|one| {
                let call = one.call()?;
                call.ended().is_none().then_some(one.number)
            }));
        }
        calls
    };
    assert_eq!(retired(&|_| 0), retired(&|index| if index == 90 { 1_000_000_000 } else { 0 }));
    // Set back by an hour in the middle of everything: no call that lasts is told as over.
    let back = retired(&|index| if index < 100 { 0 } else { -3_600 });
    assert!(back.len() <= retired(&|_| 0).len(), "{back:?}");
}

#[test]
fn what_is_heard_and_when_tells_what_is_quiet_where_clocks_cannot() {
    let held = Held::new(&plan(40, true));
    let numbers = |shift: &dyn Fn(usize, &Frame<'_>) -> i64| {
        let (mut engine, mut left) = (Engine::new(settings()), Vec::new());
        for (index, frame) in held.iter().enumerate() {
            let at = frame.at + Span::from_secs(shift(index, &frame));
            engine.handle_frame(&Frame { at, ..frame });
            // The frame's own time is when it came.
            engine.look(frame.at);
            engine.handle_time(at);
            let gone = engine.retire(&at_once());
            let calls = gone.iter().flat_map(|gone| &gone.conversations);
            left.extend(calls.map(|one| (index, one.number, one.messages.len())));
        }
        left
    };
    let right = numbers(&|_, _| 0);
    assert!(!right.is_empty() && right.iter().all(|(_, _, messages)| *messages >= 4), "{right:?}");
    let middle = held.len() / 2;
    for (name, shift) in
        [("an hour back", -3_600_i64), ("three hours back", -10_800), ("a day on", 86_400)]
    {
        let set = numbers(&|index, _| if index < middle { 0 } else { shift });
        assert_eq!(set, right, "{name}, in the middle of everything");
    }
    // Of two agents the clock of one is hours behind.
    let behind = numbers(&|index, _| if index % 2 == 0 { -10_800 } else { 0 });
    assert_eq!(behind, right);
    assert_eq!(numbers(&|_, _| -7_500), right, "all agents");
}

#[test]
fn ratios_of_a_session_do_not_change_when_calls_leave() {
    let (held, options) = (Held::new(&plan(60, false)), options());
    let (mut whole, mut engine) = (Engine::new(settings()), Engine::new(settings()));
    let (mut totals, mut left) = (none(), 0);
    for (index, frame) in held.iter().enumerate() {
        whole.handle_frame(&frame);
        engine.handle_frame(&frame);
        if let Some(gone) = engine.retire(&at_once()) {
            left += gone.conversations.len();
            totals.add(&Context::new(&gone, &options));
        }
        if index % 50 == 0 {
            let (all, present) = (whole.snapshot(), engine.snapshot());
            let of_all = none().attempts_with(&Context::new(&all, &options));
            assert_eq!(totals.attempts_with(&Context::new(&present, &options)), of_all);
        }
    }
    assert!(left > 20, "{left}");
    let done = totals.attempts();
    assert!(done.all >= done.effective && done.effective >= done.answered && done.answered > 0);
    assert_eq!(done.asr, Some(done.answered as f64 / done.all as f64));
}
