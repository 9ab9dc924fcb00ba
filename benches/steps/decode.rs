//! A frame to its datagram, and the datagram to what it holds.

use divan::{Bencher, black_box};
use siplens::base::frame::{Frame, Link};
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sniff::classify;

use super::each_frame;
use crate::traffic::{Held, Plan, SECOND, Ways};

/// RTP of one call, few enough frames for the processor's caches.
fn media(ways: Ways) -> Held {
    let plan = Plan { calls: 1, talk: 2 * SECOND, ways, ..Plan::default() };
    Held::chosen(&plan, |frame| frame.bytes.len() < 260)
}

fn decoded(bencher: Bencher<'_, '_>, ways: Ways) {
    each_frame(bencher, &media(ways), |frame| decode(frame).is_ok());
}

/// Ethernet, IPv4, UDP: the fast path.
#[divan::bench(sample_size = 2_000)]
fn ethernet_ipv4_udp(bencher: Bencher<'_, '_>) {
    decoded(bencher, Ways::default());
}

/// The same packets without Ethernet: the general path.
#[divan::bench(sample_size = 2_000)]
fn raw_ipv4_udp(bencher: Bencher<'_, '_>) {
    const ETHERNET: usize = 14;
    each_frame(bencher, &media(Ways::default()), |frame| {
        let bytes = frame.bytes.get(ETHERNET..).unwrap_or_default();
        decode(&Frame { link: Link::RawIp, bytes, ..*frame }).is_ok()
    });
}

#[divan::bench(sample_size = 2_000)]
fn vlan_ipv4_udp(bencher: Bencher<'_, '_>) {
    decoded(bencher, Ways { vlan: 1.0, ..Ways::default() });
}

#[divan::bench(sample_size = 2_000)]
fn qinq_ipv4_udp(bencher: Bencher<'_, '_>) {
    decoded(bencher, Ways { qinq: 1.0, ..Ways::default() });
}

#[divan::bench(sample_size = 2_000)]
fn ethernet_ipv6_udp(bencher: Bencher<'_, '_>) {
    decoded(bencher, Ways { ipv6: 1.0, ..Ways::default() });
}

#[divan::bench(sample_size = 2_000)]
fn ethernet_ipv4_tcp(bencher: Bencher<'_, '_>) {
    let ways = Ways { tcp: 1.0, ..Ways::default() };
    let plan = Plan { calls: 10, media: false, ways, ..Plan::default() };
    each_frame(bencher, &Held::new(&plan), |frame| decode(frame).is_ok());
}

/// The fast path, and RTP told from everything else.
#[divan::bench(sample_size = 2_000)]
fn ethernet_ipv4_udp_classified(bencher: Bencher<'_, '_>) {
    each_frame(bencher, &media(Ways::default()), |frame| {
        if let Ok(Decoded::Udp(datagram)) = decode(frame) {
            black_box(classify(datagram.payload, datagram.missing));
        }
    });
}
