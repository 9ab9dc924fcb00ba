//! The Microsoft Network Monitor format, in each of its versions.

use siplens::base::frame::Link;
use siplens::base::id::FrameNo;
use siplens::source::{Format, SourceErrorKind};

use crate::capture_file::{netmon, netmon_header, netmon_record_1, netmon_record_2, netmon_table};
use crate::source_reading::{Reading, read};

/// 2023-11-14T22:13:20.250Z, when the captures of these tests begin.
const START: i64 = 1_700_000_000_250_000_000;

/// 2023-11-14T22:13:20.1234567Z in units of 100 ns since 1601.
const FILE_TIME: u64 = 133_444_736_001_234_567;

/// What versions since 2.1 have after a frame: its media type, the index of its
/// process, its time and its time zone.
fn trailer(media: u16, minor: u8) -> Vec<u8> {
    let all = [&media.to_le_bytes()[..], &[9; 4], &FILE_TIME.to_le_bytes(), &[3]].concat();
    let length = [0, 2, 6, 15].into_iter().nth(minor.into()).unwrap_or(15);
    all[..length].to_vec()
}

#[track_caller]
fn sound(bytes: &[u8]) -> Reading {
    let reading = read(bytes).unwrap().sound();
    assert_eq!(reading.info.format, Format::NetMon);
    assert_eq!(reading.info.format.name(), "netmon");
    reading
}

#[test]
fn version_1_counts_milliseconds() {
    let records = [netmon_record_1(0, b"first"), netmon_record_1(u32::MAX, b"second")];
    let reading = sound(&netmon(1, 1, &records));
    assert_eq!(reading.payloads(), [&b"first"[..], b"second"]);
    assert_eq!(reading.times(), [START, START + i64::from(u32::MAX) * 1_000_000]);
    assert_eq!((reading.info.fraction_digits, &*reading.info.link_types), (3, &[1][..]));
    assert_eq!(reading.problems(), [("file.local-time", 1)]);
}

#[test]
fn version_2_counts_microseconds_which_may_be_negative() {
    for minor in 0..3 {
        let record = |micros, bytes| netmon_record_2(micros, bytes, &trailer(1, minor));
        let reading = sound(&netmon(2, minor, &[record(1, b"after"), record(-1, b"before")]));
        assert_eq!(reading.payloads(), [&b"after"[..], b"before"]);
        assert_eq!(reading.times(), [START + 1_000, START - 1_000]);
        assert_eq!((reading.info.fraction_digits, &*reading.info.link_types), (6, &[1][..]));
        assert_eq!(reading.problems(), [("file.local-time", 1)]);
    }
}

#[test]
fn since_version_2_3_a_frame_has_its_own_time() {
    for minor in [3, 4] {
        let record = netmon_record_2(77, b"frame", &trailer(1, 3));
        let reading = sound(&netmon(2, minor, &[record]));
        assert_eq!(reading.times(), [1_700_000_000_123_456_700]);
        assert_eq!(reading.info.fraction_digits, 7);
        assert_eq!(reading.problems(), [], "the time is of no time zone");
    }
}

#[test]
fn a_frame_says_what_was_cut() {
    let mut record = netmon_record_2(0, b"cut", &trailer(1, 3));
    record[8..12].copy_from_slice(&1_500_u32.to_le_bytes());
    let reading = sound(&netmon(2, 3, &[record]));
    assert_eq!((reading.frames[0].wire_len, reading.info.bytes), (1_500, 3));
}

#[test]
fn frames_have_media_types_of_their_own() {
    let media = [1, 9, 0xe071, 6, 6, 0, 0xfffd, 0xffff, 1];
    let records = media.map(|media| netmon_record_2(0, b"x", &trailer(media, 1)));
    let reading = sound(&netmon(2, 1, &records));
    let links: Vec<_> = reading.frames.iter().map(|frame| (frame.number, frame.link)).collect();
    let unknown = Link::Other(u16::MAX);
    assert_eq!(
        links,
        [
            (1, Link::Ethernet),
            (2, Link::RawIp),
            (3, Link::LinuxSll),
            (4, unknown),
            (5, unknown),
            (6, Link::Ethernet),
            (8, Link::Ethernet),
        ],
        "a note has no number, an event has one"
    );
    assert_eq!(reading.info.link_types, [1, 101, 113]);
    assert_eq!(
        reading.problems(),
        [("file.local-time", 1), ("file.link-type", 2), ("file.event-record", 1)]
    );
    let first = reading.info.problems[1].first_frame.map(FrameNo::number);
    assert_eq!(first, Some(4));
}

#[test]
fn a_media_type_of_the_whole_file_counts_before_version_2_1() {
    let mut bytes = netmon(2, 0, &[netmon_record_2(0, b"x", &[])]);
    bytes[6] = 9;
    assert_eq!(sound(&bytes).frames[0].link, Link::RawIp);
    bytes[6] = 4;
    let reading = sound(&bytes);
    assert_eq!(reading.frames[0].link, Link::Other(u16::MAX));
    assert_eq!(reading.problems(), [("file.local-time", 1), ("file.link-type", 1)]);
}

#[test]
fn what_stands_behind_the_frames_is_no_frame() {
    let records = [netmon_record_1(0, b"one"), netmon_record_1(1, b"two")];
    let mut bytes = netmon(1, 0, &records);
    bytes.extend(b"comments, and whatever else");
    let reading = sound(&bytes);
    assert_eq!(reading.payloads(), [b"one", b"two"]);
    assert_eq!((reading.problems(), reading.info.truncated), (vec![("file.local-time", 1)], false));
}

#[test]
fn a_hole_before_the_table_is_passed_over() {
    let records = [netmon_record_1(0, b"one"), netmon_record_1(1, b"two")];
    let table_at = 128 + records.concat().len() + 100;
    let header = netmon_header(1, 0, table_at, 2);
    let bytes = [header, records.concat(), vec![0xaa; 100], netmon_table(&records)].concat();
    let reading = sound(&bytes);
    assert_eq!(reading.payloads(), [b"one", b"two"]);
    assert_eq!(reading.problems(), [("file.local-time", 1)]);

    let reading = sound(&bytes[..table_at - 30]);
    assert_eq!(reading.payloads(), [b"one", b"two"]);
    assert!(reading.info.truncated);
    let text = &reading.info.problems[1].text;
    assert!(text.ends_with(&format!("offset {}: 38 bytes missing", table_at - 100)), "{text}");
}

#[test]
fn a_table_of_other_frames_is_told_of() {
    let records = [netmon_record_1(0, b"one"), netmon_record_1(1, b"two")];
    let expected = [("file.local-time", 1), ("file.frame-table", 1)];
    let mut swapped = netmon(1, 0, &records);
    let table_at = swapped.len() - 8;
    swapped[table_at..].rotate_left(4);
    let reading = sound(&swapped);
    assert_eq!(
        (reading.payloads(), reading.problems()),
        (vec![&b"one"[..], b"two"], expected.into())
    );

    let mut more = netmon(1, 0, &records);
    more[28..32].copy_from_slice(&12_u32.to_le_bytes());
    more.extend([0; 4]);
    assert_eq!(sound(&more).problems(), expected);

    let mut before = netmon(1, 0, &records);
    before[24..28].copy_from_slice(&64_u32.to_le_bytes());
    let reading = sound(&before);
    assert_eq!((reading.info.packets, reading.problems()), (2, expected.into()));
}

#[test]
fn a_capture_that_was_not_finished_is_read_to_its_end() {
    let mut bytes = netmon_header(2, 0, 0, 0);
    bytes.extend(netmon_record_2(0, b"one", &[]));
    bytes.extend(netmon_record_2(5, b"two", &[]));
    let reading = sound(&bytes);
    assert_eq!((reading.payloads(), reading.info.truncated), (vec![&b"one"[..], b"two"], false));
}

#[test]
fn a_frame_that_reaches_into_the_table_is_corrupt() {
    let records = [netmon_record_1(0, b"one"), netmon_record_1(1, b"two")];
    let mut bytes = netmon(1, 0, &records);
    bytes[128 + 11 + 6] = 4;
    let reading = read(&bytes).unwrap();
    assert_eq!(reading.payloads(), [b"one"]);
    let error = reading.error.unwrap();
    assert_eq!(error.kind, SourceErrorKind::PacketLength { captured: 4, room: 11 });
    assert_eq!(
        error.to_string(),
        "test.pcap: offset 139: packet of 4 captured bytes where there is room for 11"
    );
}

#[test]
fn a_start_that_is_no_date_is_told_of() {
    let mut bytes = netmon(1, 0, &[netmon_record_1(7, b"x")]);
    bytes[10] = 13;
    let reading = sound(&bytes);
    assert_eq!(reading.times(), [7_000_000]);
    assert!(reading.info.problems[0].text.contains("does not say when it began"));
}

#[test]
fn versions_other_than_one_and_two_are_unknown() {
    let error = read(&netmon(3, 1, &[])).unwrap_err();
    let format = Format::NetMon;
    assert_eq!(error.kind, SourceErrorKind::Version { format, major: 3, minor: 1 });
}
