//! The whole engine on mixes of packets, each pass with a new engine. An
//! engine's end is part of its pass.

use divan::Bencher;
use siplens::engine::Engine;

use crate::traffic::{Held, MS, Network, Plan, SECOND, Ways};

fn passes(bencher: Bencher<'_, '_>, plan: &Plan) {
    let (frames, mut engine, mut next) = (Held::new(plan), Engine::default(), 0);
    bencher.bench_local(|| {
        if next == frames.len() {
            engine = Engine::default();
            next = 0;
        }
        if let Some(frame) = frames.get(next) {
            engine.handle_frame(&frame);
        }
        next += 1;
    });
}

/// 100 calls of 20 s with G.711.
#[divan::bench(sample_size = 4_000, sample_count = 100)]
fn media_mix(bencher: Bencher<'_, '_>) {
    passes(bencher, &Plan { rate: 20.0, ..Plan::default() });
}

/// The same over a bad network, with digits, in VLANs and over IPv6.
#[divan::bench(sample_size = 4_000, sample_count = 100)]
fn bad_media_mix(bencher: Bencher<'_, '_>) {
    let network = Network { loss: 0.02, duplicate: 0.01, reorder: 0.01, jitter: 10 * MS };
    let ways = Ways { ipv6: 0.3, vlan: 0.3, ..Ways::default() };
    passes(bencher, &Plan { rate: 20.0, digits: 8, network, ways, ..Plan::default() });
}

/// 5,000 calls of every outcome without media.
fn signalling(ways: Ways) -> Plan {
    Plan { calls: 5_000, rate: 500.0, talk: 5 * SECOND, ways, ..Plan::signalling() }
}

#[divan::bench(sample_size = 700, sample_count = 100)]
fn signalling_mix(bencher: Bencher<'_, '_>) {
    passes(bencher, &signalling(Ways::default()));
}

/// One iteration is a segment, of which about a third completes a message.
#[divan::bench(sample_size = 700, sample_count = 100)]
fn tcp_signalling_mix(bencher: Bencher<'_, '_>) {
    passes(bencher, &signalling(Ways { tcp: 1.0, ..Ways::default() }));
}

/// Two hops: each message twice.
#[divan::bench(sample_size = 700, sample_count = 100)]
fn proxied_signalling_mix(bencher: Bencher<'_, '_>) {
    passes(bencher, &signalling(Ways { two_hops: 1.0, ..Ways::default() }));
}
