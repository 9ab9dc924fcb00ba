//! A record of a capture file to its frame.

use std::io::Cursor;

use divan::{Bencher, black_box};
use siplens::base::chunk::Chunk;
use siplens::source::{FileSource, Source, Step};

use crate::traffic::{Format, Plan, SECOND, write};

/// A file of calls, opened as often as it is asked for.
fn file(format: Format) -> impl Fn() -> FileSource {
    let mut file = Vec::new();
    let plan = Plan { calls: 20, talk: 10 * SECOND, ..Plan::default() };
    write(&plan, format, &mut file, &mut |_| Ok(())).unwrap();
    move || FileSource::from_reader("generated", Box::new(Cursor::new(file.clone())), 0).unwrap()
}

/// Records as commands that look at single frames read them.
fn records(bencher: Bencher<'_, '_>, format: Format) {
    let open = file(format);
    let mut source = open();
    bencher.bench_local(|| {
        if let Ok(Step::Frame(frame)) = source.next_frame() {
            black_box(frame);
        } else {
            source = open();
        }
    });
}

/// Records as an analysis reads them, a chunk at a time: one iteration is one of them.
fn records_in_chunks(bencher: Bencher<'_, '_>, format: Format) {
    let open = file(format);
    let (mut source, mut chunk, mut left) = (open(), Chunk::default(), 0);
    bencher.bench_local(|| {
        if left == 0 {
            chunk.begin(0);
            source.fill(&mut chunk).expect("files are read in chunks").unwrap();
            left = black_box(&chunk).len();
            if left == 0 {
                source = open();
            }
        }
        left = left.saturating_sub(1);
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

#[divan::bench(sample_size = 50_000)]
fn pcap_record_in_a_chunk(bencher: Bencher<'_, '_>) {
    records_in_chunks(bencher, Format::Pcap);
}

#[divan::bench(sample_size = 50_000)]
fn pcapng_record_in_a_chunk(bencher: Bencher<'_, '_>) {
    records_in_chunks(bencher, Format::Pcapng);
}
