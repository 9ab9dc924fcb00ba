//! A media packet from its frame to the updated stream, by way of the engine.

use divan::Bencher;
use siplens::engine::Engine;
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sniff::{Content, classify};

use super::each_frame;
use crate::streams::Streams;
use crate::traffic::{Held, Plan, SECOND, Ways};

fn packets(bencher: Bencher<'_, '_>, calls: u32, ways: Ways) {
    let mut streams: Streams<Engine> = Streams::new(calls, ways);
    bencher.bench_local(|| streams.packet());
}

/// Of 2, 200, 4,000 and 40,000 streams in turn.
#[divan::bench(args = [1, 100, 2_000, 20_000], sample_size = 4_000, sample_count = 50)]
fn rtp_ipv4(bencher: Bencher<'_, '_>, calls: u32) {
    packets(bencher, calls, Ways::default());
}

#[divan::bench(args = [1, 2_000], sample_size = 4_000, sample_count = 50)]
fn rtp_ipv6(bencher: Bencher<'_, '_>, calls: u32) {
    packets(bencher, calls, Ways { ipv6: 1.0, ..Ways::default() });
}

/// Sender reports with a report block and a description.
#[divan::bench(sample_size = 1_000)]
fn rtcp(bencher: Bencher<'_, '_>) {
    let mut streams: Streams<Engine> = Streams::new(100, Ways::default());
    let plan = Plan { calls: 100, rate: 1_000.0, ring: 0, talk: 20 * SECOND, ..Plan::default() };
    let reports = Held::chosen(&plan, |frame| {
        matches!(decode(frame), Ok(Decoded::Udp(datagram))
            if matches!(classify(datagram.payload, datagram.missing), Content::Rtcp(_)))
    });
    each_frame(bencher, &reports, |frame| streams.engine.handle_frame(frame));
}
