//! Filter expressions on frames, by libpcap where there is one.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests fail and speak as tests do"
)]

#[cfg(feature = "live")]
use siplens::base::frame::Frame;
use siplens::base::frame::Link;
#[cfg(feature = "live")]
use siplens::base::id::FrameNo;
#[cfg(feature = "live")]
use siplens::base::time::Timestamp;
use siplens::source::{Filter, FilterError, Filters};

/// A frame of all its bytes.
#[cfg(feature = "live")]
fn whole(link: Link, bytes: &[u8]) -> Frame<'_> {
    let wire_len = u32::try_from(bytes.len()).unwrap();
    Frame { no: FrameNo::new(0, 1), at: Timestamp::default(), link, wire_len, bytes }
}

#[cfg(not(feature = "live"))]
#[test]
fn a_build_without_filters_says_so() {
    let error = Filter::compile("udp", Link::Ethernet).unwrap_err();
    assert_eq!(error, FilterError::NotBuilt);
    assert_eq!(
        error.to_string(),
        "filters are not in this build; build it with the feature `live`"
    );
    assert_eq!(Filters::new("udp").unwrap_err(), FilterError::NotBuilt);
}

#[cfg(feature = "live")]
mod with_libpcap {
    use std::process::Command;

    use pcap::{BpfProgram, Capture, Linktype};
    use proptest::prelude::*;
    use proptest::test_runner::FileFailurePersistence;
    use siplens::source::{FileSource, Source, Step};

    use super::*;
    use crate::capture_file::{ETHERNET, MICROS, Order, pcap_header, pcap_record};
    use crate::source_reading::Scratch;

    /// A UDP datagram over IPv4 from 10.0.0.1:5060 to 10.0.0.2 and a port.
    fn udp(port: u16, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(28 + payload.len()).unwrap().to_be_bytes();
        let ip = [&[0x45, 0][..], &length, &[0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]];
        let length = u16::try_from(8 + payload.len()).unwrap().to_be_bytes();
        [&ip.concat()[..], &[0x13, 0xc4], &port.to_be_bytes(), &length, &[0, 0], payload].concat()
    }

    fn ethernet(packet: &[u8]) -> Vec<u8> {
        [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0][..], packet].concat()
    }

    /// A filter, unless there is no libpcap.
    fn filter(expression: &str, link: Link) -> Option<Filter> {
        match Filter::compile(expression, link) {
            Err(FilterError::Unavailable { text }) => {
                eprintln!("skipped: {text}");
                None
            }
            filter => Some(filter.unwrap()),
        }
    }

    #[test]
    fn frames_match_as_the_expression_says() {
        let frame = ethernet(&udp(5061, b"INVITE"));
        for (expression, expected) in [
            ("", true),
            ("udp port 5061", true),
            ("udp port 5062", false),
            ("src host 10.0.0.1 and dst host 10.0.0.2", true),
            ("src host 10.0.0.2", false),
            ("tcp or ip6", false),
            ("udp[8:4] = 0x494e5649", true),
            ("udp portrange 5060-5070 and net 10.0.0.0/8", true),
            ("less 48", true),
            ("greater 49", false),
        ] {
            let Some(filter) = filter(expression, Link::Ethernet) else { return };
            assert_eq!(filter.matches(&whole(Link::Ethernet, &frame)), expected, "{expression}");
        }
    }

    #[test]
    fn the_length_is_that_on_the_wire() {
        let frame = ethernet(&udp(5060, b"INVITE"));
        let Some(filter) = filter("greater 1000", Link::Ethernet) else { return };
        assert!(!filter.matches(&whole(Link::Ethernet, &frame)));
        let cut = Frame { wire_len: 1_400, ..whole(Link::Ethernet, &frame) };
        assert!(filter.matches(&cut));
    }

    #[test]
    fn a_frame_that_is_cut_before_what_is_asked_does_not_match() {
        let frame = ethernet(&udp(5060, b"INVITE"));
        let Some(filter) = filter("udp dst port 5060", Link::Ethernet) else { return };
        let needed = 14 + 20 + 4;
        for length in 0..=frame.len() {
            let cut = Frame { wire_len: 1_400, ..whole(Link::Ethernet, &frame[..length]) };
            assert_eq!(filter.matches(&cut), length >= needed, "{length} bytes");
        }
    }

    #[test]
    fn every_link_that_is_read_can_be_filtered() {
        let packet = udp(5060, b"INVITE");
        let sll = [&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0][..], &packet].concat();
        let mut sll2 = vec![0; 20];
        sll2[0] = 8;
        sll2.extend(&packet);
        for (link, bytes) in [
            (Link::Ethernet, ethernet(&packet)),
            (Link::RawIp, packet.clone()),
            (Link::Null, [&[2, 0, 0, 0][..], &packet].concat()),
            (Link::Null, [&[0, 0, 0, 2][..], &packet].concat()),
            (Link::LinuxSll, sll),
            (Link::LinuxSll2, sll2),
        ] {
            let Some(matching) = filter("udp port 5060", link) else { return };
            assert!(matching.matches(&whole(link, &bytes)), "{link:?}");
            let Some(other) = filter("udp port 5062", link) else { return };
            assert!(!other.matches(&whole(link, &bytes)), "{link:?}");
            assert!(!matching.matches(&whole(Link::Other(147), &bytes)), "of another link");
            assert!(!matching.matches(&whole(link, &bytes[..3])), "{link:?}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused_with_the_reason() {
        if filter("", Link::Ethernet).is_none() {
            return;
        }
        let refused = |expression, link| Filter::compile(expression, link).unwrap_err().to_string();
        let line = refused("udp prot 5060", Link::Ethernet);
        assert!(line.starts_with("filter \"udp prot 5060\": "), "{line}");
        assert!(line.contains("syntax error"), "{line}");
        let line = refused("udp\nport", Link::Ethernet);
        assert!(!line.contains('\n'), "{line}");
        let line = refused("a\0b", Link::Ethernet);
        assert!(line.starts_with("filter \"a\\u{0}b\": "), "{line}");
        let line = refused("ether host 02:00:00:00:00:01", Link::RawIp);
        assert!(line.contains("ether"), "{line}");
    }

    #[test]
    fn one_expression_serves_frames_of_several_links() {
        let packet = udp(5060, b"INVITE");
        let bytes = ethernet(&packet);
        if filter("", Link::Ethernet).is_none() {
            return;
        }
        let mut filters = Filters::new("udp port 5060").unwrap();
        for _ in 0..2 {
            assert!(filters.matches(&whole(Link::Ethernet, &bytes)));
            assert!(filters.matches(&whole(Link::RawIp, &packet)));
            assert!(!filters.matches(&whole(Link::RawIp, &bytes)));
        }
        assert_eq!(filters.refused().count(), 0);

        let mut filters = Filters::new("ether src 02:00:00:00:00:01").unwrap();
        assert!(filters.matches(&whole(Link::Ethernet, &bytes)));
        assert!(!filters.matches(&whole(Link::RawIp, &packet)));
        assert!(!filters.matches(&whole(Link::RawIp, &packet)));
        let refused: Vec<_> = filters.refused().map(|(link, ..)| link).collect();
        assert_eq!(refused, [Link::RawIp], "said once");
        assert!(Filters::new("udp and and").is_err(), "at once");
    }

    /// Expressions that compile to programs of every kind of instruction.
    const EXPRESSIONS: [&str; 16] = [
        "udp port 5060",
        "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
        "ip[2:2] - ((ip[0]&0xf)<<2) > 20",
        "ip6 and udp",
        "not (arp or icmp)",
        "vlan 7 and udp",
        "mpls and ip",
        "ether multicast",
        "ip proto 17 and ip[6:2] & 0x1fff = 0",
        "ether[0] * 3 + ether[1] / 2 >= 100",
        "ether[2] % 7 = 3 or ether[3] ^ 5 = 1 or ether[4] >> 1 = 2",
        "ether[ether[0] & 7] = 0",
        "ip protochain 17",
        "ip6 protochain 17",
        "len & 1 = 1 or -ether[5] > 4294967000",
        "(ether[0:4] | ether[4:4]) > (ether[2:4] & ether[6:4])",
    ];

    /// libpcap's own way of running an expression.
    fn oracle(expression: &str) -> BpfProgram {
        let dead = Capture::dead(Linktype::ETHERNET).unwrap();
        dead.compile(expression, true).unwrap()
    }

    #[test]
    fn programs_run_as_libpcap_runs_them() {
        if filter("", Link::Ethernet).is_none() {
            return;
        }
        let programs = EXPRESSIONS.map(|expression| {
            let own = Filter::compile(expression, Link::Ethernet).unwrap();
            (expression, own, oracle(expression))
        });
        let kinds = [0x0800_u16, 0x86dd, 0x8100, 0x8847, 0x0806, 0x1234];
        let bytes = prop::collection::vec(prop_oneof![0..8_u8, Just(17), any::<u8>()], 0..120);
        let config = ProptestConfig {
            cases: 3_000,
            failure_persistence: Some(Box::new(FileFailurePersistence::Off) as Box<_>),
            ..ProptestConfig::default()
        };
        let matched = std::cell::Cell::new(0);
        let mut runner = proptest::test_runner::TestRunner::new(config);
        let check = |(mut frame, kind, version): (Vec<u8>, usize, bool)| {
            if let Some(place) = frame.get_mut(12..14) {
                place.copy_from_slice(&kinds[kind].to_be_bytes());
            }
            if let Some(place) = frame.get_mut(14).filter(|_| version) {
                *place = if kind == 1 { 0x60 } else { 0x45 };
            }
            for (expression, own, oracle) in &programs {
                let expected = oracle.filter(&frame);
                matched.set(matched.get() + u32::from(expected));
                let found = own.matches(&whole(Link::Ethernet, &frame));
                prop_assert_eq!(found, expected, "{}", expression);
            }
            Ok(())
        };
        runner.run(&(bytes, 0..kinds.len(), any::<bool>()), check).unwrap();
        assert!(matched.get() > 1_000, "{} matched", matched.get());
    }

    /// Runs a test of this file by itself, with another library or none.
    fn alone(test: &str, library: Option<&str>) {
        let name = format!("source_filter::with_libpcap::{test}");
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", &name, "--ignored", "--nocapture"]);
        command.env_remove("SIPLENS_LIBPCAP");
        command.envs(library.map(|library| ("SIPLENS_LIBPCAP", library)));
        let output = command.output().unwrap();
        let told = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && told.contains("1 passed"), "{told}");
    }

    /// Whether this process has libpcap in its memory.
    fn is_loaded() -> bool {
        std::fs::read_to_string("/proc/self/maps").unwrap().contains("libpcap.so")
    }

    fn read_a_capture() {
        let scratch = Scratch::new("filter-reading");
        let record = pcap_record(Order::Little, 1, 0, &ethernet(&udp(5060, b"INVITE")));
        let bytes = [pcap_header(Order::Little, MICROS, ETHERNET), record].concat();
        let mut source = FileSource::open(scratch.file("a.pcap", &bytes), 0).unwrap();
        assert!(matches!(source.next_frame(), Ok(Step::Frame(_))));
        assert!(matches!(source.next_frame(), Ok(Step::End)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn without_libpcap_all_but_filters_works() {
        alone("alone_without_libpcap", Some("libpcap-that-is-not-there.so"));
    }

    #[test]
    #[ignore = "run by another test, in a process of its own"]
    fn alone_without_libpcap() {
        read_a_capture();
        for _ in 0..2 {
            let error = Filter::compile("udp", Link::Ethernet).unwrap_err();
            let text = "libpcap is not installed (apt-get install libpcap0.8)";
            assert_eq!(error.to_string(), text);
            assert_eq!(error, FilterError::Unavailable { text: text.to_owned() });
        }
        // What live capture asks first.
        let error = pcap::Device::list().unwrap_err().to_string();
        assert!(error.contains("libpcap is not installed"), "{error}");
        let error = Capture::from_device("lo").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("libpcap is not installed"), "{error}");
        read_a_capture();
        assert!(!is_loaded());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn reading_captures_does_not_open_libpcap() {
        if filter("", Link::Ethernet).is_some() {
            alone("alone_with_libpcap", None);
            alone("alone_with_libpcap", Some("libpcap.so.0.8"));
        }
    }

    #[test]
    #[ignore = "run by another test, in a process of its own"]
    fn alone_with_libpcap() {
        read_a_capture();
        assert!(!is_loaded());
        assert!(Filter::compile("udp", Link::Ethernet).is_ok());
        assert!(is_loaded());
    }
}
