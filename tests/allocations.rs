//! The hot path allocates nothing, counted by the allocator.

// clippy.toml allows these in tests, but sees only `#[test]` functions as such:
// the helpers of an integration test are not.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "allocations/account.rs"]
mod account;
#[path = "support/capture_file.rs"]
mod capture_file;
#[path = "allocations/flood.rs"]
mod flood;
#[path = "support/traffic/mod.rs"]
mod traffic;

use allocation_counter::measure;
use siplens::base::frame::Frame;
use siplens::engine::Engine;
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sip::{self, HeaderIndex};
use siplens::wire::sniff::{Content, classify};
use traffic::{Held, MS, Nanos, Network, Plan, SECOND, Ways};

fn is_rtp(frame: &Frame<'_>) -> bool {
    matches!(decode(frame), Ok(Decoded::Udp(datagram))
        if matches!(classify(datagram.payload, 0), Content::Rtp(_)))
}

/// Calls that begin within a tenth of a second and are answered a second later.
fn at_once(talk: Nanos) -> Plan {
    Plan { calls: 20, rate: 200.0, ring: SECOND, talk, ..Plan::default() }
}

#[test]
fn a_packet_of_a_known_stream_allocates_nothing() {
    let plan = Plan {
        network: Network { loss: 0.03, duplicate: 0.02, reorder: 0.02, jitter: 10 * MS },
        ways: Ways { ipv6: 0.3, vlan: 0.3, ..Ways::default() },
        ..at_once(10 * SECOND)
    };
    let (streams_begun, interval_over) = (1_500 * MS, 6_000 * MS);
    let frames = Held::new(&plan);
    let (begun, over) = (frames.before(streams_begun), frames.before(interval_over));
    let mut engine = Engine::default();
    frames.iter().take(begun).for_each(|frame| engine.handle_frame(&frame));
    let media: Vec<_> = frames.iter().take(over).skip(begun).filter(is_rtp).collect();
    assert!(media.len() > 40 * 200, "{} packets", media.len());
    let counted = measure(|| media.iter().for_each(|frame| engine.handle_frame(frame)));
    assert_eq!((counted.count_total, counted.bytes_total), (0, 0));
    assert_eq!(engine.finish().streams.len(), 40);
}

#[test]
fn a_long_stream_allocates_only_when_the_list_of_its_intervals_doubles() {
    let frames = Held::new(&Plan { calls: 2, ..at_once(300 * SECOND) });
    let begun = frames.before(1_500 * MS);
    let mut engine = Engine::default();
    frames.iter().take(begun).for_each(|frame| engine.handle_frame(&frame));
    let media: Vec<_> = frames.iter().skip(begun).filter(is_rtp).collect();
    let counted = measure(|| media.iter().for_each(|frame| engine.handle_frame(frame)));
    // 60 intervals of five seconds: lists of 4, 8, 16, 32 and 64.
    assert!(counted.count_total <= 4 * 5, "{counted:?} in {} packets", media.len());
}

#[test]
fn indexing_a_message_allocates_nothing() {
    let frames = Held::new(&at_once(SECOND));
    let mut index = HeaderIndex::default();
    let mut read = |frame: &Frame<'_>| {
        let Ok(Decoded::Udp(datagram)) = decode(frame) else { return false };
        let Content::Sip(bytes) = classify(datagram.payload, 0) else { return false };
        let message = sip::parse(bytes, &mut index).unwrap();
        message.via().is_some() && message.cseq().is_some() && message.from().is_some()
    };
    let first = frames.iter().find(|frame| read(frame));
    assert!(first.is_some(), "the index has grown");
    let mut messages = 0;
    let counted = measure(|| messages = frames.iter().filter(|frame| read(frame)).count());
    assert_eq!((messages, counted.count_total), (20 * 7, 0));
}
