//! What had to leave before it was over goes on being counted: the figures over all
//! calls are the same as if it had stayed.

use std::sync::Arc;

use serde_json::Value;
use siplens::base::frame::Frame;
use siplens::base::limits::Limits;
use siplens::engine::{Engine, Retirement, Settings, Snapshot};
use siplens::report::{Context, Options, Totals, build};
use siplens::wire::malformed::Reason;

use crate::check::options;
use crate::corpus;
use crate::retirement::{Feed, problem, sample, samples};
use crate::scenario::Scenario;
use crate::traffic::{Held, MS, Network, Plan, SECOND, Ways};

/// Each leg for itself: which call one is of cannot be told when that has left.
fn settings() -> Settings {
    Settings { retires: true, separate_legs: true, ..Settings::default() }
}

/// What was told of a capture.
struct Told {
    summary: Value,
    /// Calls in the rows of all parts, by Call-ID, in the order in which they left.
    rows: Vec<String>,
    evicted: u64,
    /// Messages of what was evicted.
    after: u64,
    let_go: u64,
}

/// Reads frames, and lets leave what was quiet for longest whenever asked, after each of them.
fn told(feed: Feed<'_>, evicts: impl Fn(usize) -> bool, settings: Settings) -> Told {
    let (mut engine, mut options) = (Engine::new(settings), options());
    let (mut totals, mut rows, mut count) = (Totals::default(), Vec::new(), 0);
    let mut part = |snapshot: &Snapshot, totals: &mut Totals, options: &Options| {
        let context = Context::new(snapshot, options);
        let report = build(&context);
        let row =
            |call| Some(serde_json::to_value(call).unwrap()["legs"][0]["call_id"].to_string());
        rows.extend(report.calls.iter().filter_map(row));
        totals.add(&context);
        serde_json::to_value(report.summary).unwrap()
    };
    feed(&mut |frame| {
        engine.handle_frame(frame);
        count += 1;
        if !evicts(count) {
            return;
        }
        let attempts = |engine: &Engine, totals: &Totals| {
            let present = engine.snapshot();
            totals.attempts_with(&Context::new(&present, &options))
        };
        let before = attempts(&engine, &totals);
        let most = engine.bytes().saturating_sub(1);
        if let Some(left) = engine.evict(most, &Retirement::default()) {
            part(&left, &mut totals, &options);
        }
        // What has been seen does not depend on what left.
        assert_eq!(attempts(&engine, &totals), before);
    });
    let rest = engine.finish();
    options.findings_before = totals.findings();
    options.totals = Some(Arc::new(totals.clone()));
    let mut summary = part(&rest, &mut totals, &options);
    // Of media that leaves what was heard until then is rated.
    summary.as_object_mut().unwrap().remove("mos");
    Told {
        summary,
        rows,
        evicted: problem(&rest, Reason::TrackConversationEvicted),
        after: problem(&rest, Reason::TrackEvictedMessages),
        let_go: problem(&rest, Reason::TrackRemnantEvicted),
    }
}

/// Holds what is told when something leaves every so many frames against what is told of the
/// whole: how many were evicted, and how many messages came after.
#[track_caller]
fn assert_same(feed: Feed<'_>, every: &[usize], name: &str) -> (u64, u64) {
    let whole = told(feed, |_| false, settings());
    let (mut evicted, mut after) = (0, 0);
    for every in every {
        let torn = told(feed, |count| count.is_multiple_of(*every), settings());
        let (whole, got) = (&whole.summary, &torn.summary);
        assert!(whole == got, "{name}, every {every} frames\n{whole}\n{got}");
        (evicted, after) = (evicted + torn.evicted, after + torn.after);
    }
    (evicted, after)
}

#[test]
fn the_figures_of_samples_are_the_same_whatever_had_to_leave() {
    let (mut evicted, mut after) = (0, 0);
    for path in samples() {
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| sample(&path, take);
        let (of, late) = assert_same(&feed, &[1, 3, 10], &path.display().to_string());
        (evicted, after) = (evicted + of, after + late);
    }
    assert!(evicted > 200 && after > 800, "{evicted} evicted, {after} messages");
}

#[test]
fn the_figures_of_captures_by_others_are_the_same_whatever_had_to_leave() {
    /// Of longer ones the first.
    const MOST: usize = 20_000;
    let Some(folder) = corpus::folder() else { return };
    let mut evicted = 0;
    for path in corpus::captures(&folder) {
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| {
            let mut count = 0;
            sample(&path, &mut |frame| {
                count += 1;
                if count <= MOST {
                    take(frame);
                }
            });
        };
        evicted += assert_same(&feed, &[97], &path.display().to_string()).0;
    }
    assert!(evicted > 100, "{evicted} evicted");
}

/// Calls of every outcome.
fn plan(calls: u64, rate: f64) -> Plan {
    Plan {
        calls,
        rate,
        talk: 6 * SECOND,
        media: false,
        mix: [40, 25, 10, 8, 9, 8],
        network: Network { loss: 0.02, duplicate: 0.01, reorder: 0.01, jitter: 8 * MS },
        ways: Ways { tcp: 0.2, ipv6: 0.2, two_hops: 0.3, ..Ways::default() },
        ..Plan::default()
    }
}

#[test]
fn the_figures_of_generated_calls_are_the_same_whatever_had_to_leave() {
    let held = Held::new(&plan(400, 20.0));
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
    let (evicted, after) = assert_same(&feed, &[7, 40, 300], "generated");
    assert!(evicted > 700 && after > 2_000, "{evicted} evicted, {after} messages");
}

/// What is told of a scenario of which everything leaves after those frames.
fn of_scenario(ladder: &str, after: &[usize], settings: Settings) -> [Told; 2] {
    let scenario = Scenario::parse(ladder);
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| scenario.frames().for_each(|frame| take(&frame));
    let whole = told(&feed, |_| false, settings.clone());
    [whole, told(&feed, |count| after.contains(&count), settings)]
}

#[track_caller]
fn assert_same_of(ladder: &str, after: &[usize]) -> Told {
    let [whole, torn] = of_scenario(ladder, after, settings());
    assert_eq!(torn.summary, whole.summary);
    torn
}

#[test]
fn a_challenge_that_is_answered_later_is_one_call() {
    let told = assert_same_of(
        "0    A>P INVITE call-id=one
         0.1  P>A 407
         0.2  A>P ACK
         30   A>P INVITE auth
         30.1 P>A 100
         32   P>A 180
         35   P>A 200
         35.1 A>P ACK
         95   P>A BYE
         95.1 A>P 200",
        &[3, 6],
    );
    assert_eq!((told.rows.len(), told.evicted, told.after), (1, 1, 7));
    let figures = ["calls", "answered", "acd_s"].map(|key| told.summary[key].as_f64().unwrap());
    assert_eq!(figures.map(|figure| format!("{figure}")), ["1", "1", "60"]);
}

#[test]
fn every_dialog_of_a_fork_that_left_is_known() {
    // The call is over when its last dialog is.
    assert_same_of(
        "0    A>P INVITE
         0.1  P>A 180 to-tag=x
         0.2  P>A 180 to-tag=y
         3    P>A 200 to-tag=x
         3.1  A>P ACK to-tag=x
         3.2  P>A 200 INVITE to-tag=y
         3.3  A>P ACK to-tag=y
         3.4  A>P BYE to-tag=y
         3.5  P>A 200 BYE to-tag=y
         9    A>P BYE to-tag=x
         9.2  P>A 200 to-tag=x",
        &[1, 2, 4, 8],
    );
}

#[test]
fn a_registration_that_waits_is_counted_once() {
    let told = assert_same_of(
        "0    A>P REGISTER
         0.03 P>A 401
         9    A>P REGISTER auth
         9.1  P>A 200 expires=60
         30   A>P REGISTER expires=60
         40   A>P REGISTER again
         40.2 P>A 200 expires=60",
        &[1, 2, 5, 6],
    );
    // The second has a row of its own: the first was answered.
    let attempts = &told.summary["registrations"]["attempts"];
    assert_eq!((attempts, told.evicted), (&2.into(), 2));
}

#[test]
fn legs_that_left_together_are_one_call() {
    let b2bua = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/b2bua.pcap");
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| sample(&b2bua, take);
    let joined = Settings { separate_legs: false, ..settings() };
    let whole = told(&feed, |_| false, joined.clone());
    let mut frames = 0;
    feed(&mut |_| frames += 1);
    let torn = told(&feed, |count| count == frames / 2, joined);
    assert_eq!((torn.evicted, torn.rows.len(), &torn.summary), (2, 1, &whole.summary));
}

#[test]
fn what_is_let_go_is_counted_as_it_stood() {
    let held = Held::new(&plan(400, 100.0));
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
    let limits = Limits { remnant_bytes: 4_000, ..Limits::default() };
    let torn = told(&feed, |count| count.is_multiple_of(40), Settings { limits, ..settings() });
    assert!(torn.let_go > 10, "{}", torn.let_go);
    // Once, whatever comes after.
    assert_eq!(torn.summary["calls"], 400);
}

#[test]
fn a_registration_of_which_nothing_is_left_begins_anew() {
    let ladder = "0    A>P REGISTER
         0.03 P>A 401
         9    A>P REGISTER auth
         9.1  P>A 200 expires=60
         9.2  B>P INVITE call=2
         9.3  P>B 486 call=2
         40   A>P REGISTER expires=60
         40.2 P>A 200 expires=60";
    let limits = Limits { remnant_bytes: 1, ..Limits::default() };
    let [whole, torn] = of_scenario(ladder, &[2, 6], Settings { limits, ..settings() });
    let of = |told: &Told| told.summary["registrations"]["succeeded"].clone();
    assert_eq!((of(&torn), of(&whole), torn.let_go > 0), (2.into(), 2.into(), true));
}

#[test]
fn media_that_left_do_not_begin_again_and_again() {
    let held = Held::new(&Plan { calls: 40, rate: 20.0, talk: 4 * SECOND, ..Plan::default() });
    let (mut engine, mut streams, mut evicted, mut count) = (Engine::new(settings()), 0, 0, 0);
    for frame in held.iter() {
        engine.handle_frame(&frame);
        count += 1;
        if count % 200 == 0 {
            let most = engine.bytes() / 2;
            let left = engine.evict(most, &Retirement::default());
            streams += left.map_or(0, |left| left.streams.len());
        }
    }
    let rest = engine.finish();
    for reason in [Reason::TrackConversationEvicted, Reason::TrackStreamEvicted] {
        evicted += problem(&rest, reason);
    }
    let streams = streams + rest.streams.len();
    assert!(evicted > 50 && (60..=80).contains(&streams), "{streams} streams, {evicted} evicted");
    assert!(problem(&rest, Reason::TrackLatePackets) > 8_000);
}
