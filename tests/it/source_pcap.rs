//! The classic pcap format, in each of its variants.

use siplens::base::frame::Link;
use siplens::base::time::Timestamp;
use siplens::source::{Format, SourceErrorKind, limits};

use crate::capture_file::{
    ETHERNET, LINUX_SLL, MICROS, MODIFIED, NANOS, Order, modified_record, pcap_cut_record,
    pcap_header, pcap_record,
};
use crate::source_reading::{Seen, read};

const NANOS_PER_SEC: i64 = 1_000_000_000;

fn file(order: Order, magic: u32, records: &[Vec<u8>]) -> Vec<u8> {
    [pcap_header(order, magic, ETHERNET), records.concat()].concat()
}

#[test]
fn every_magic_number_in_both_orders() {
    for order in [Order::Little, Order::Big] {
        for (magic, fraction_nanos, digits) in [(MICROS, 1_000, 6), (NANOS, 1, 9)] {
            let first = pcap_record(order, 1_700_000_000, 123_456, b"first");
            let second = pcap_record(order, 1_700_000_001, 999_999, b"the second");
            let reading = read(&file(order, magic, &[first, second])).unwrap().sound();
            assert_eq!(reading.payloads(), [&b"first"[..], b"the second"]);
            let first = 1_700_000_000 * NANOS_PER_SEC + 123_456 * fraction_nanos;
            let second = 1_700_000_001 * NANOS_PER_SEC + 999_999 * fraction_nanos;
            assert_eq!(reading.times(), [first, second]);
            let info = reading.info;
            assert_eq!((info.name.as_str(), info.format), ("test.pcap", Format::Pcap));
            assert_eq!((info.packets, info.bytes, info.fraction_digits), (2, 15, digits));
            assert_eq!(info.first_time, Some(Timestamp::from_nanos(first)));
            assert_eq!(info.last_time, Some(Timestamp::from_nanos(second)));
            assert_eq!((info.truncated, info.interface_drops), (false, None));
            assert_eq!(info.problems, []);
        }
    }
}

#[test]
fn the_modified_format_has_longer_record_headers() {
    for order in [Order::Little, Order::Big] {
        let records =
            [modified_record(order, 1, 2, b"first"), modified_record(order, 3, 4, b"second")];
        let reading = read(&file(order, MODIFIED, &records)).unwrap().sound();
        assert_eq!(reading.payloads(), [&b"first"[..], b"second"]);
        assert_eq!(reading.times(), [NANOS_PER_SEC + 2_000, 3 * NANOS_PER_SEC + 4_000]);
    }
}

#[test]
fn frames_are_numbered_and_say_what_was_cut() {
    let order = Order::Little;
    let records = [
        pcap_cut_record(order, 0, 5, 1_500, b"cut"),
        pcap_cut_record(order, 0, 3, 0, b"shorter than captured"),
        pcap_record(order, u32::MAX, 1_500_000, b""),
    ];
    let bytes = [pcap_header(order, MICROS, LINUX_SLL), records.concat()].concat();
    let reading = read(&bytes).unwrap().sound();
    let seen = |number, nanos, wire_len, bytes: &[u8]| Seen {
        number,
        nanos,
        link: Link::LinuxSll,
        wire_len,
        bytes: bytes.to_vec(),
    };
    let last = i64::from(u32::MAX) * NANOS_PER_SEC + 1_500_000_000;
    assert_eq!(
        reading.frames,
        [
            seen(1, 5_000, 1_500, b"cut"),
            seen(2, 3_000, 21, b"shorter than captured"),
            seen(3, last, 0, b""),
        ]
    );
    assert_eq!(reading.problems(), [("file.wire-length", 1)]);
    assert_eq!(
        reading.info.problems[0].first_frame.map(|no| (no.source(), no.number())),
        Some((7, 2))
    );
    assert_eq!(reading.info.first_time, Some(Timestamp::from_nanos(3_000)), "times may step back");
    assert_eq!(reading.info.link_types, [LINUX_SLL]);
}

#[test]
fn a_header_alone_is_a_capture_without_packets() {
    let reading = read(&pcap_header(Order::Big, NANOS, ETHERNET)).unwrap().sound();
    assert_eq!((reading.frames.len(), reading.info.packets, reading.info.truncated), (0, 0, false));
    assert_eq!((reading.info.first_time, reading.info.last_time), (None, None));
    assert_eq!(reading.info.link_types, [ETHERNET]);
}

#[test]
fn what_the_header_says_of_check_sequences_is_no_link_type() {
    let mut header = pcap_header(Order::Big, MICROS, ETHERNET);
    header[20] = 0x44;
    let reading = read(&[header, pcap_record(Order::Big, 0, 0, b"x")].concat()).unwrap();
    assert_eq!((reading.frames[0].link, reading.info.link_types), (Link::Ethernet, vec![1]));
}

#[test]
fn frames_may_be_longer_than_the_snapshot_length_and_the_buffer() {
    let order = Order::Little;
    let long = vec![0xaa; limits::MAX_FRAME as usize];
    let mut header = pcap_header(order, MICROS, ETHERNET);
    header[16..20].copy_from_slice(&[0; 4]);
    let records = [&b"before"[..], &long, b"after"].map(|bytes| pcap_record(order, 0, 0, bytes));
    let reading = read(&[header, records.concat()].concat()).unwrap().sound();
    assert_eq!(reading.payloads(), [&b"before"[..], &long, b"after"]);
}

#[test]
fn a_frame_of_absurd_length_ends_the_reading_after_those_before() {
    let order = Order::Little;
    let mut absurd = pcap_record(order, 0, 0, b"x");
    absurd[8..12].copy_from_slice(&(limits::MAX_FRAME + 1).to_le_bytes());
    let bytes = file(order, MICROS, &[pcap_record(order, 0, 0, b"good"), absurd]);
    let reading = read(&bytes).unwrap();
    assert_eq!(reading.payloads(), [b"good"]);
    assert_eq!(reading.info.packets, 1);
    let error = reading.error.unwrap();
    let most = limits::MAX_FRAME;
    assert_eq!(error.kind, SourceErrorKind::FrameLength { captured: most + 1, most });
    assert_eq!(error.offset, Some(24 + 16 + 4));
    assert_eq!(
        error.to_string(),
        "test.pcap: offset 44: frame of 1048577 captured bytes, expected at most 1048576"
    );
}

#[test]
fn a_capture_cut_in_a_record_tells_where_and_how_much() {
    let order = Order::Big;
    let bytes = file(
        order,
        MICROS,
        &[pcap_record(order, 0, 0, b"good"), pcap_record(order, 0, 0, b"lost")],
    );
    let reading = read(&bytes[..bytes.len() - 3]).unwrap().sound();
    assert_eq!(reading.payloads(), [b"good"]);
    assert!(reading.info.truncated);
    assert_eq!(reading.problems(), [("file.truncated", 1)]);
    assert_eq!(
        reading.info.problems[0].text,
        "the capture ends inside the record at offset 44: 3 bytes missing"
    );
    let reading = read(&bytes[..bytes.len() - 4 - 9]).unwrap().sound();
    assert_eq!(
        reading.info.problems[0].text,
        "the capture ends inside the record at offset 44: at least 9 bytes missing"
    );
}

#[test]
fn versions_other_than_two_are_unknown() {
    let mut header = pcap_header(Order::Big, MICROS, ETHERNET);
    header[5] = 3;
    let error = read(&header).unwrap_err();
    let format = Format::Pcap;
    assert_eq!(error.kind, SourceErrorKind::Version { format, major: 3, minor: 4 });
}
