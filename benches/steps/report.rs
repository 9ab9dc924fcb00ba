//! What was learned to rows of the report, and the rows to JSON.

use divan::{Bencher, black_box};
use serde::Serialize;
use siplens::engine::{Engine, Snapshot};
use siplens::report::{Context, Options, Report, build};

use crate::traffic::{Held, Plan, SECOND};

const CALLS: u64 = 200;

fn snapshot(calls: u64) -> Snapshot {
    let mut engine = Engine::default();
    let plan = Plan { calls, rate: 100.0, talk: 10 * SECOND, ..Plan::default() };
    Held::new(&plan).iter().for_each(|frame| engine.handle_frame(&frame));
    engine.finish()
}

fn options() -> Options {
    Options::default()
}

/// Times `step` on the report of calls with media; it is told which call or
/// stream is next.
fn each(bencher: Bencher<'_, '_>, rows: u64, mut step: impl FnMut(&Report<'_>, usize)) {
    let (snapshot, options) = (snapshot(CALLS), options());
    let context = Context::new(&snapshot, &options);
    let report = build(&context);
    let rows = usize::try_from(rows).unwrap();
    let mut next = 0;
    bencher.bench_local(|| {
        next = (next + 1) % rows;
        step(&report, next);
    });
}

fn json(value: &impl Serialize, buffer: &mut Vec<u8>) {
    buffer.clear();
    serde_json::to_writer(buffer, value).unwrap();
}

/// The findings of one call with two streams.
#[divan::bench(sample_size = 200)]
fn diagnose_a_call(bencher: Bencher<'_, '_>) {
    let (snapshot, options) = (snapshot(1), options());
    bencher.bench_local(|| black_box(Context::new(&snapshot, &options)).calls().len());
}

#[divan::bench(sample_size = 200)]
fn make_a_call_row(bencher: Bencher<'_, '_>) {
    each(bencher, CALLS, |report, index| drop(black_box(report.calls.get(index))));
}

#[divan::bench(sample_size = 200)]
fn make_a_call_row_and_write_it(bencher: Bencher<'_, '_>) {
    let mut buffer = Vec::new();
    each(bencher, CALLS, |report, index| json(&report.calls.get(index), &mut buffer));
}

#[divan::bench(sample_size = 200)]
fn make_a_stream_row(bencher: Bencher<'_, '_>) {
    each(bencher, 2 * CALLS, |report, index| drop(black_box(report.streams.get(index))));
}

#[divan::bench(sample_size = 200)]
fn make_a_stream_row_and_write_it(bencher: Bencher<'_, '_>) {
    let mut buffer = Vec::new();
    each(bencher, 2 * CALLS, |report, index| json(&report.streams.get(index), &mut buffer));
}
