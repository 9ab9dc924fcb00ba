//! The pcapng format: sections, interfaces, and every block that matters.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use siplens::base::frame::Link;
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::source::{Format, SourceErrorKind, limits};

use crate::capture_file::{
    ETHERNET, IF_TSOFFSET, IF_TSRESOL, ISB_IFDROP, LINUX_SLL, Order, block, enhanced_cut_packet,
    enhanced_packet, interface, number_option, obsolete_packet, option, section, simple_packet,
    statistics,
};
use crate::source_reading::{Reading, read};

const ORDER: Order = Order::Big;

/// 2023-11-14T22:13:20Z in microseconds.
const START: u64 = 1_700_000_000_000_000;

/// A section with an Ethernet interface in microseconds, and these blocks.
fn section_of(blocks: &[Vec<u8>]) -> Vec<u8> {
    [section(ORDER), interface(ORDER, ETHERNET, 0, &[]), blocks.concat()].concat()
}

fn packet(bytes: &[u8]) -> Vec<u8> {
    enhanced_packet(ORDER, 0, START, bytes)
}

/// Reads good packets around `blocks`; the second is lost where these are a fault.
fn around(blocks: &[Vec<u8>]) -> Reading {
    read(&section_of(&[packet(b"before"), blocks.concat(), packet(b"after")])).unwrap()
}

/// The fault of `blocks` after a good packet, at its offset from their start.
#[track_caller]
fn fault(blocks: &[Vec<u8>]) -> (SourceErrorKind, u64) {
    let start = section_of(&[packet(b"before")]).len() as u64;
    let reading = around(blocks);
    assert_eq!(reading.payloads(), [b"before"]);
    assert_eq!(reading.info.packets, 1);
    let error = reading.error.unwrap();
    assert_eq!(error.file, "test.pcap");
    (error.kind, error.offset.unwrap() - start)
}

#[test]
fn packets_in_both_orders() {
    for order in [Order::Little, Order::Big] {
        let bytes = [
            section(order),
            interface(order, ETHERNET, 0, &[]),
            enhanced_packet(order, 0, START, b"first"),
            enhanced_cut_packet(order, 0, START + 1, 1_500, b"second"),
        ];
        let reading = read(&bytes.concat()).unwrap().sound();
        assert_eq!(reading.payloads(), [&b"first"[..], b"second"]);
        let start = i64::try_from(START).unwrap() * 1_000;
        assert_eq!(reading.times(), [start, start + 1_000]);
        assert_eq!(reading.frames.iter().map(|f| f.wire_len).collect::<Vec<_>>(), [5, 1_500]);
        assert_eq!(reading.frames.iter().map(|f| f.number).collect::<Vec<_>>(), [1, 2]);
        let info = reading.info;
        assert_eq!(info.format, Format::PcapNg);
        assert_eq!((info.packets, info.bytes, info.fraction_digits), (2, 11, 6));
        assert_eq!(info.first_time, Some(Timestamp::from_nanos(start)));
        assert_eq!(info.last_time, Some(Timestamp::from_nanos(start + 1_000)));
        assert_eq!(info.problems, []);
    }
}

#[test]
fn each_interface_has_its_link_and_clock() {
    let nanos = option(ORDER, IF_TSRESOL, &[9]);
    let halves = option(ORDER, IF_TSRESOL, &[0x8a]);
    let offset = number_option(ORDER, IF_TSOFFSET, (-5_i64).cast_unsigned());
    let end = option(ORDER, 0, &[]);
    let bytes = [
        section(ORDER),
        interface(ORDER, LINUX_SLL, 262_144, &[nanos, end].concat()),
        interface(ORDER, ETHERNET, 0, &[halves, offset].concat()),
        enhanced_packet(ORDER, 1, (7 << 10) + 512, b"halves"),
        enhanced_packet(ORDER, 0, 7_000_000_001, b"nanos"),
        interface(ORDER, 101, 0, &[]),
        enhanced_packet(ORDER, 2, 7_000_001, b"micros"),
    ];
    let reading = read(&bytes.concat()).unwrap().sound();
    assert_eq!(reading.times(), [2_500_000_000, 7_000_000_001, 7_000_001_000]);
    let links: Vec<_> = reading.frames.iter().map(|frame| frame.link).collect();
    assert_eq!(links, [Link::Ethernet, Link::LinuxSll, Link::RawIp]);
    assert_eq!(reading.info.link_types, [LINUX_SLL, ETHERNET, 101]);
    assert_eq!(reading.info.fraction_digits, 9);
}

#[test]
fn a_section_has_its_own_order_and_interfaces() {
    let other = Order::Little;
    let bytes = [
        section_of(&[interface(ORDER, 101, 0, &[]), enhanced_packet(ORDER, 1, 1, b"raw")]),
        section(other),
        interface(other, LINUX_SLL, 0, &option(other, IF_TSRESOL, &[3])),
        enhanced_packet(other, 0, 2, b"cooked"),
    ];
    let reading = read(&bytes.concat()).unwrap().sound();
    assert_eq!(reading.payloads(), [&b"raw"[..], b"cooked"]);
    assert_eq!(reading.times(), [1_000, 2_000_000]);
    assert_eq!(reading.frames[1].link, Link::LinuxSll);
    assert_eq!(reading.frames[1].number, 2);
    let undeclared = [bytes.concat(), enhanced_packet(other, 1, 3, b"x")].concat();
    let error = read(&undeclared).unwrap().error.unwrap();
    let kind = SourceErrorKind::UndeclaredInterface { interface: 1, declared: 1 };
    assert_eq!((error.kind, error.offset), (kind, Some(bytes.concat().len() as u64)));
}

#[test]
fn obsolete_packet_blocks_are_packets() {
    let reading = read(&section_of(&[
        interface(ORDER, LINUX_SLL, 0, &[]),
        obsolete_packet(ORDER, 1, START, b"old"),
    ]));
    let reading = reading.unwrap().sound();
    assert_eq!((reading.payloads(), reading.frames[0].link), (vec![&b"old"[..]], Link::LinuxSll));
    assert_eq!(reading.times(), [i64::try_from(START).unwrap() * 1_000]);
}

#[test]
fn simple_packets_take_the_time_before_and_the_snapshot_length() {
    let bytes = [
        section(ORDER),
        interface(ORDER, ETHERNET, 6, &[]),
        simple_packet(ORDER, 4, b"four"),
        enhanced_packet(ORDER, 0, START, b"longer than the snapshot"),
        simple_packet(ORDER, 1_500, b"sixsix\0\0"),
        simple_packet(ORDER, 5, b"five."),
    ];
    let reading = read(&bytes.concat()).unwrap().sound();
    let start = i64::try_from(START).unwrap() * 1_000;
    assert_eq!(
        reading.payloads(),
        [&b"four"[..], b"longer than the snapshot", b"sixsix", b"five."]
    );
    assert_eq!(reading.times(), [0, start, start, start]);
    assert_eq!(reading.frames[2].wire_len, 1_500);
    assert_eq!(reading.problems(), [("file.no-timestamp", 3)]);
    let first = reading.info.problems[0].first_frame.unwrap();
    assert_eq!((first.source(), first.number()), (7, 1));
    assert_eq!(reading.info.first_time, Some(Timestamp::from_nanos(start)), "not 1970");
    let unlimited = read(&section_of(&[simple_packet(ORDER, 7, b"seven..")])).unwrap();
    assert_eq!(unlimited.payloads(), [b"seven.."]);
}

#[test]
fn times_out_of_range_are_moved_and_counted() {
    let offset = number_option(ORDER, IF_TSOFFSET, i64::MIN.cast_unsigned());
    let reading = read(&section_of(&[
        packet(b"now"),
        enhanced_packet(ORDER, 0, u64::MAX, b"late"),
        interface(ORDER, ETHERNET, 0, &offset),
        enhanced_packet(ORDER, 1, 0, b"early"),
    ]));
    let reading = reading.unwrap().sound();
    assert_eq!(reading.times()[1..], [i64::MAX, i64::MIN]);
    assert_eq!(reading.problems(), [("file.time-range", 2)]);
    assert_eq!(reading.info.problems[0].first_frame.map(FrameNo::number), Some(2));
}

#[test]
fn drops_are_the_latest_of_each_interface() {
    let drops =
        |interface, count| statistics(ORDER, interface, &number_option(ORDER, ISB_IFDROP, count));
    let one = [
        section_of(&[interface(ORDER, ETHERNET, 0, &[])]),
        drops(0, 5),
        drops(1, 100),
        drops(0, 7),
        statistics(ORDER, 0, &[]),
    ]
    .concat();
    assert_eq!(read(&one).unwrap().sound().info.interface_drops, Some(107));
    let two = [one, section_of(&[drops(0, 1)])].concat();
    assert_eq!(read(&two).unwrap().sound().info.interface_drops, Some(108));
    let none = section_of(&[statistics(ORDER, 0, &[])]);
    assert_eq!(read(&none).unwrap().sound().info.interface_drops, None);
    let stray = read(&section_of(&[drops(9, 5)])).unwrap().sound();
    assert_eq!(stray.problems(), [("file.undeclared-interface", 1)]);
    assert_eq!(stray.info.interface_drops, None);
}

#[test]
fn other_blocks_are_passed_over() {
    let names = block(ORDER, 4, b"\0\x01\0\x08\x0a\0\0\x01a.b\0\0\0\0\0");
    let secrets = block(ORDER, 10, &vec![0x54; 700_000]);
    let reading = around(&[names, secrets, block(ORDER, 0x0000_1234, b"unknown")]).sound();
    assert_eq!(reading.payloads(), [&b"before"[..], b"after"]);
    assert_eq!(reading.frames[1].number, 2);
    assert_eq!(reading.problems(), []);
}

#[test]
fn blocks_that_wireshark_numbers_take_a_number() {
    for kind in [9, 0x204, 0x0bad, 0x4000_0bad] {
        let reading = around(&[block(ORDER, kind, b"\0\0\0\x01content")]).sound();
        assert_eq!(reading.payloads(), [&b"before"[..], b"after"]);
        assert_eq!(reading.frames[1].number, 3, "block type {kind:#x}");
        assert_eq!(reading.info.packets, 2);
    }
}

#[test]
fn a_bad_option_is_left_out() {
    let bad = [option(ORDER, IF_TSRESOL, &[9, 9]), OPTION_BEYOND.to_vec()].concat();
    let bytes = [section(ORDER), interface(ORDER, ETHERNET, 0, &bad), packet(b"x")].concat();
    let reading = read(&bytes).unwrap().sound();
    assert_eq!(reading.times(), [i64::try_from(START).unwrap() * 1_000]);
    assert_eq!(reading.problems(), [("file.bad-option", 2)]);
}

/// An option of 80 bytes of which 4 are there.
const OPTION_BEYOND: &[u8] = b"\0\x02\0\x50eth0";

/// A block with its two lengths replaced.
fn relabelled(mut block: Vec<u8>, leading: usize, trailing: usize) -> Vec<u8> {
    let word = |length: usize| u32::try_from(length).unwrap().to_be_bytes();
    let end = block.len() - 4;
    block[4..8].copy_from_slice(&word(leading));
    block[end..].copy_from_slice(&word(trailing));
    block
}

#[test]
fn options_of_packets_do_not_matter() {
    let mut commented = packet(b"commented");
    let comment = option(ORDER, 1, &vec![b'c'; 60_000]);
    commented.splice(commented.len() - 4.., [&comment[..], &[0; 4]].concat());
    let total = commented.len();
    let reading = around(&[relabelled(commented, total, total)]).sound();
    assert_eq!(reading.payloads(), [&b"before"[..], b"commented", b"after"]);
}

#[test]
fn lengths_may_leave_out_the_padding_that_is_there() {
    let five = packet(b"12345");
    let padded = five.len();
    for trailing in [padded - 3, padded] {
        let reading = around(&[relabelled(five.clone(), padded - 3, trailing)]).sound();
        assert_eq!(reading.payloads(), [&b"before"[..], b"12345", b"after"]);
    }
    let mut unpadded = five;
    unpadded.drain(padded - 7..padded - 4);
    let (kind, offset) = fault(&[relabelled(unpadded, padded - 3, padded - 3)]);
    assert!(matches!(kind, SourceErrorKind::BlockTrailer { block: 6, .. }), "{kind:?}");
    assert_eq!(offset, 0);
}

/// A packet of one byte with the word at `at` replaced.
fn spoilt(at: usize, word: u32) -> Vec<u8> {
    let mut bytes = packet(b"x");
    bytes[at..at + 4].copy_from_slice(&word.to_be_bytes());
    bytes
}

#[test]
fn absurd_block_lengths_are_faults() {
    let most = limits::MAX_BUFFERED_BLOCK;
    for length in [0, 11, most + 1, u32::MAX] {
        let kind = SourceErrorKind::BlockLength { block: 6, length, least: 12, most };
        assert_eq!(fault(&[spoilt(4, length)]), (kind, 0));
    }
    let mut unknown = block(ORDER, 0x1234, b"");
    unknown[4] = 0xff;
    let (kind, _) = fault(&[unknown]);
    let most = limits::MAX_SKIPPED_BLOCK;
    let length = 0xff00_000c;
    assert_eq!(kind, SourceErrorKind::BlockLength { block: 0x1234, length, least: 12, most });
    for (kind, least) in [(1, 20), (2, 32), (3, 16), (5, 24), (6, 32)] {
        let most = limits::MAX_BUFFERED_BLOCK;
        let expected = SourceErrorKind::BlockLength { block: kind, length: 12, least, most };
        assert_eq!(fault(&[block(ORDER, kind, b"")]), (expected, 0));
    }
}

#[test]
fn lengths_that_differ_are_faults() {
    let leading = 36;
    assert_eq!(packet(b"x").len(), leading as usize);
    let kind = |block, leading| SourceErrorKind::BlockTrailer { block, leading, trailing: 0 };
    assert_eq!(fault(&[spoilt(32, 0)]), (kind(6, leading), 0));
    let mut unknown = block(ORDER, 0x1234, b"");
    unknown[8..].fill(0);
    assert_eq!(fault(&[block(ORDER, 10, b"fine"), unknown]), (kind(0x1234, 12), 16));
}

#[test]
fn packets_that_cannot_be_are_faults() {
    let kind = SourceErrorKind::PacketLength { captured: 5, room: 4 };
    assert_eq!(fault(&[spoilt(20, 5)]), (kind, 0));
    let (captured, most) = (u32::MAX, limits::MAX_FRAME);
    assert_eq!(fault(&[spoilt(20, captured)]).0, SourceErrorKind::FrameLength { captured, most });
    let kind = SourceErrorKind::UndeclaredInterface { interface: 1, declared: 1 };
    assert_eq!(fault(&[spoilt(8, 1)]), (kind, 0));
    let error = read(&[section(ORDER), simple_packet(ORDER, 1, b"x")].concat()).unwrap().error;
    let kind = SourceErrorKind::UndeclaredInterface { interface: 0, declared: 0 };
    assert_eq!(error.map(|error| error.kind), Some(kind));
}

#[test]
fn a_second_section_that_cannot_be_read_is_a_fault() {
    let mut orderless = section(ORDER);
    orderless[8..12].copy_from_slice(b"mess");
    assert_eq!(fault(&[orderless]), (SourceErrorKind::SectionByteOrder { found: *b"mess" }, 0));
    let mut newer = section(Order::Little);
    newer[12] = 2;
    let format = Format::PcapNg;
    assert_eq!(fault(&[newer]), (SourceErrorKind::Version { format, major: 2, minor: 0 }, 0));
}

#[test]
fn a_section_has_a_bounded_number_of_interfaces() {
    let most = limits::MAX_INTERFACES;
    let many = interface(ORDER, ETHERNET, 0, &[]).repeat(most - 1);
    let reading = around(std::slice::from_ref(&many)).sound();
    assert_eq!(reading.info.packets, 2);
    let more = [many, interface(ORDER, ETHERNET, 0, &[])];
    assert_eq!(fault(&more), (SourceErrorKind::TooManyInterfaces { most }, more[0].len() as u64));
}

#[test]
fn a_section_header_alone_is_a_capture_without_packets() {
    let reading = read(&section(Order::Little)).unwrap().sound();
    assert_eq!((reading.info.packets, reading.info.link_types.len()), (0, 0));
    assert!(!reading.info.truncated);
}
