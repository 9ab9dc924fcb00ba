//! What a list of many calls costs: to filter, to sort and to search it, and to
//! draw a screen of it and move on: `cargo bench --bench views`, or with the
//! number of calls: `cargo bench --bench views -- 10000`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench stops where a test would fail"
)]
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "../tests/support/capture_file.rs"]
mod capture_file;
#[path = "support/meter.rs"]
mod meter;
#[path = "../tests/support/traffic/mod.rs"]
mod traffic;

use meter::Meter;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::engine::{Engine, Snapshot};
use siplens::report::{Context, Options, build};
use siplens::view::tui::action::Command;
use siplens::view::tui::app::Progress;
use siplens::view::tui::column::{Column, Sort};
use siplens::view::tui::effect::Search;
use siplens::view::tui::gathered::gather;
use siplens::view::tui::list::Step;
use siplens::view::tui::order::{Query, order, search};
use siplens::view::tui::{Action, App, Look, Settings, draw, update};
use traffic::{EPOCH, Frames, MS, Plan, SECOND};

fn main() {
    let calls = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let snapshot = capture(calls);
    let options = Options::default();
    let mut looked = Meter::default();
    let context = looked.add(|| Context::new(&snapshot, &options));
    let report = looked.add(|| build(&context));
    let look = Look { report: &report, context: &context };
    println!("{calls} calls, {} streams", snapshot.streams.len());
    show("report", &looked, 1);
    for filter in
        ["state == failed", "from ~ \"^\\+49\"", "mos < 3.5", "loss > 1%", "methods == cancel"]
    {
        let query = Query { filter: filter.to_owned(), ..Query::default() };
        let mut meter = Meter::default();
        let found = meter.add(|| order(&look, &query, &|| true).map_or(0, |order| order.len()));
        show(&format!("filter {filter} ({found} calls)"), &meter, 1);
    }
    for column in [Column::State, Column::From, Column::Mos, Column::Loss, Column::Findings] {
        let sort = Sort { column, descending: true };
        let mut meter = Meter::default();
        meter.add(|| order(&look, &Query { sort, ..Query::default() }, &|| true));
        show(&format!("sort by {}", column.name()), &meter, 1);
    }
    let all = order(&look, &Query::default(), &|| true).unwrap();
    let wish = Search { text: "nobody has this".to_owned(), from: 0, forward: true };
    let mut meter = Meter::default();
    meter.add(|| search(&look, &all, Column::DEFAULT, &wish, &|| true));
    show("search for what is nowhere", &meter, 1);
    let mut meter = Meter::default();
    meter.add(|| gather(&look));
    show("figures and addresses of the pages 6 and 7", &meter, 1);
    scroll(&look);
}

fn show(what: &str, meter: &Meter, times: u64) {
    println!("{what:<52} {:>10.3} ms", meter.nanos(times) / 1e6);
}

/// Draws screens, and moves on between them.
fn scroll(look: &Look<'_, '_>) {
    const SCREENS: u64 = 500;
    let mut app = App::new(Settings::default());
    update(&mut app, Action::Resize(200, 50), look);
    update(&mut app, Action::Report(Progress { ended: true, ..Progress::default() }), look);
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
    for (what, step) in [("a row down", Step::Down), ("a screen down", Step::PageDown)] {
        let mut meter = Meter::default();
        meter.add(|| {
            for _ in 0..SCREENS {
                update(&mut app, Action::Command(Command::Move(step)), look);
                terminal.draw(|frame| draw(frame.buffer_mut(), &app, look)).unwrap();
            }
        });
        show(&format!("{what}, and a screen of 200x50 drawn"), &meter, SCREENS);
    }
}

/// Calls of every outcome, those answered with some media.
fn capture(calls: u64) -> Snapshot {
    let plan = Plan {
        calls,
        rate: 200.0,
        talk: 500 * MS,
        media: true,
        network: traffic::Network { loss: 0.02, jitter: 5 * MS, ..traffic::Network::default() },
        ..Plan::signalling()
    };
    let (mut engine, mut frames, mut bytes) = (Engine::default(), Frames::new(plan), Vec::new());
    let mut number = 0;
    while let Some(at) = frames.next_frame(&mut bytes) {
        number += 1;
        engine.handle_frame(&Frame {
            no: FrameNo::new(0, number),
            at: Timestamp::from_nanos(i64::try_from(EPOCH * SECOND + at).unwrap()),
            link: Link::Ethernet,
            wire_len: u32::try_from(bytes.len()).unwrap(),
            bytes: &bytes,
        });
    }
    engine.finish()
}
