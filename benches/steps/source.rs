//! A record of a capture file to its frame.

use std::io::Cursor;

use divan::{Bencher, black_box};
use siplens::source::{FileSource, Source, Step};

use crate::traffic::{Format, Plan, SECOND, write};

fn records(bencher: Bencher<'_, '_>, format: Format) {
    let mut file = Vec::new();
    let plan = Plan { calls: 20, talk: 10 * SECOND, ..Plan::default() };
    write(&plan, format, &mut file, &mut |_| Ok(())).unwrap();
    let open = || FileSource::from_reader("generated", Box::new(Cursor::new(file.clone())), 0);
    let mut source = open().unwrap();
    bencher.bench_local(|| {
        if let Ok(Step::Frame(frame)) = source.next_frame() {
            black_box(frame);
        } else {
            source = open().unwrap();
        }
    });
}

#[divan::bench(sample_size = 5_000)]
fn pcap_record(bencher: Bencher<'_, '_>) {
    records(bencher, Format::Pcap);
}

#[divan::bench(sample_size = 5_000)]
fn pcapng_record(bencher: Bencher<'_, '_>) {
    records(bencher, Format::Pcapng);
}
