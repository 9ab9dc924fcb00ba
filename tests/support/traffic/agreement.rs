//! What siplens reads in a generated capture is what the capture holds.

use std::collections::HashMap;

use siplens::base::limits::Limits;
use siplens::engine::{Engine, Settings, Snapshot};
use siplens::source::{FileSource, Source, Step};
use siplens::track::call::CallState;

use super::frames::Frames;
use super::plan::{MS, Network, Outcome, Plan, SECOND, Ways};
use super::{Codec, Format, StreamTruth, Truth, write};

/// Calls of every outcome on every way that siplens reads, over a bad network.
fn mixed() -> Plan {
    Plan {
        calls: 120,
        rate: 60.0,
        talk: 4 * SECOND,
        digits: 4,
        mix: [10, 3, 2, 2, 2, 2],
        network: Network { loss: 0.02, duplicate: 0.01, reorder: 0.02, jitter: 10 * MS },
        ways: Ways { tcp: 0.3, ipv6: 0.3, two_hops: 0.4, vlan: 0.2, qinq: 0.2, ..Ways::default() },
        ..Plan::default()
    }
}

fn read(plan: &Plan, format: Format) -> (Truth, Vec<StreamTruth>, Snapshot) {
    let (mut file, mut streams) = (Vec::new(), Vec::new());
    let truth = write(plan, format, &mut file, &mut |stream| {
        streams.push(*stream);
        Ok(())
    })
    .unwrap();
    let mut engine = Engine::new(Settings { limits: Limits::default(), ..Settings::default() });
    let mut source =
        FileSource::from_reader("generated", Box::new(std::io::Cursor::new(file)), 0).unwrap();
    while let Step::Frame(frame) = source.next_frame().unwrap() {
        engine.handle_frame(&frame);
    }
    (truth, streams, engine.finish())
}

#[test]
fn what_is_counted_is_what_was_written() {
    for format in [Format::Pcap, Format::Pcapng] {
        let (truth, _, snapshot) = read(&mixed(), format);
        let counters = &snapshot.counters;
        assert_eq!(counters.packets, truth.frames);
        assert_eq!(counters.sip_messages, truth.sip_messages);
        assert_eq!(counters.rtp_packets, truth.rtp_packets);
        assert_eq!(counters.rtcp_packets, truth.rtcp_packets);
        assert_eq!(counters.occurred().next(), None);
        assert!(truth.tcp_calls > 20 && truth.reordered > 100 && truth.rtcp_packets > 100);
    }
}

#[test]
fn calls_end_as_they_were_meant_to() {
    let (truth, _, snapshot) = read(&mixed(), Format::Pcap);
    let now = snapshot.now();
    let mut calls = HashMap::<_, u64>::new();
    for call in snapshot.conversations.iter().filter_map(|conversation| conversation.call()) {
        let challenges = call.decisive_attempt().map_or(0, |attempt| attempt.challenges);
        let status = call.last().map(|last| last.status);
        let outcome = match (call.state(now), status, challenges) {
            (CallState::Completed, _, 0) => Outcome::Answered,
            (CallState::Completed, _, 1) => Outcome::Challenged,
            (CallState::Rejected, Some(486), 0) => Outcome::Busy,
            (CallState::Cancelled, _, 0) => Outcome::Cancelled,
            (CallState::Rejected, Some(480), 0) => Outcome::Unanswered,
            // Too near the end for Timer B.
            (CallState::TimedOut | CallState::Trying, None, 0) => Outcome::Silent,
            other => panic!("{other:?}"),
        };
        *calls.entry(outcome.name()).or_default() += 1;
    }
    for outcome in Outcome::ALL {
        assert!(truth.calls(outcome) > 0);
        assert_eq!(calls.get(outcome.name()), Some(&truth.calls(outcome)), "{outcome:?}");
    }
}

#[test]
fn every_stream_is_bound_and_lost_what_was_taken_from_it() {
    for codec in Codec::ALL {
        let (truth, streams, snapshot) = read(&Plan { codec, ..mixed() }, Format::Pcap);
        assert_eq!(
            (streams.len() as u64, truth.streams),
            (truth.streams, snapshot.streams.len() as u64)
        );
        let expected: HashMap<_, _> =
            streams.iter().map(|stream| ((stream.ssrc, stream.src, stream.dst), stream)).collect();
        for stream in &snapshot.streams {
            let [src, dst] =
                [stream.flow.src, stream.flow.dst].map(|end| (end.ip, end.port).into());
            let truth = expected[&(stream.ssrc.0, src, dst)];
            let counts = stream.reception().counts();
            assert_eq!(stream.packets, truth.packets, "{codec:?} {truth:?}");
            assert_eq!(counts.lost, truth.lost, "{codec:?} {truth:?}");
            assert_eq!(counts.duplicates, truth.duplicates, "{codec:?} {truth:?}");
            assert_eq!(counts.out_of_order, truth.reordered, "{codec:?} {truth:?}");
            assert_eq!(stream.digits.list().len() as u64, truth.digits, "{codec:?} {truth:?}");
            assert!(stream.binding.is_some_and(|bound| bound.to_announced && bound.from_announced));
            assert!(stream.rtcp.leg.is_some_and(|leg| (19.0..21.0).contains(&leg.as_ms())));
        }
    }
}

#[test]
fn memory_grows_with_the_calls_under_way_and_not_with_all_calls() {
    let most_held = |calls| {
        let plan = Plan { calls, talk: SECOND, ..Plan::default() };
        let (mut frames, mut frame, mut most) = (Frames::new(plan), Vec::new(), 0);
        while frames.next_frame(&mut frame).is_some() {
            most = most.max(frames.held());
        }
        most
    };
    assert!(most_held(400) < most_held(100) * 3 / 2);
}

#[test]
fn equal_plans_give_equal_bytes() {
    let bytes = |seed| {
        let mut file = Vec::new();
        let plan = Plan { seed, calls: 20, ..mixed() };
        write(&plan, Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
        file
    };
    assert!(bytes(1) == bytes(1));
    assert!(bytes(1) != bytes(2));
}
