//! Captures that are compressed: the same frames as without, up to the cut or
//! the fault where there is one.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use lz4_flex::frame::{BlockMode, BlockSize};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use siplens::source::{Format, SourceErrorKind, SourceInfo, limits};

use crate::capture_file::{
    ETHERNET, MICROS, Order, enhanced_packet, interface, netmon, netmon_record_1, pcap_header,
    pcap_record, section,
};
use crate::compressed::{COMPRESSIONS, compressed, lz4, lz4_legacy, skippable};
use crate::source_reading::{Drip, Reading, read, read_from};

/// A capture of `frames` frames that compress to about a third.
fn capture(frames: u32) -> Vec<u8> {
    let order = Order::Little;
    let frame = |n: u32| {
        let noise = (0..100).map(|at: u32| (n * 7_919 + at * at * 104_729) >> 9);
        let noise: Vec<u8> = noise.map(|word| word.to_le_bytes()[0]).collect();
        pcap_record(order, 1_700_000_000 + n, 0, &[noise, vec![0x55; 100]].concat())
    };
    [pcap_header(order, MICROS, ETHERNET), (0..frames).flat_map(frame).collect()].concat()
}

/// The reading, with the compression that it must say left out.
#[track_caller]
fn unpacked(reading: Reading, with: &'static str) -> Reading {
    assert_eq!(reading.info.compression, Some(with));
    Reading { info: SourceInfo { compression: None, ..reading.info }, ..reading }
}

#[test]
fn every_format_in_every_compression_is_the_same() {
    let order = Order::Big;
    let pcapng = [
        section(order),
        interface(order, ETHERNET, 0, &[]),
        enhanced_packet(order, 0, 1_700_000_000_000_000, b"INVITE"),
    ];
    let captures = [
        (capture(20), Format::Pcap),
        (pcapng.concat(), Format::PcapNg),
        (netmon(1, 1, &[netmon_record_1(3, b"INVITE")]), Format::NetMon),
    ];
    for (bytes, format) in captures {
        let plain = read(&bytes).unwrap().sound();
        assert_eq!((plain.info.format, plain.info.compression), (format, None));
        for with in COMPRESSIONS {
            let packed = compressed(with, &bytes);
            assert_eq!(unpacked(read(&packed).unwrap(), with), plain);
            for step in [1, 7, 1_000] {
                let drip = Drip { bytes: packed.clone(), step };
                assert_eq!(unpacked(read_from(drip).unwrap(), with), plain, "{with} by {step}");
            }
        }
    }
}

#[test]
fn members_follow_one_another() {
    let bytes = capture(5_000);
    let plain = read(&bytes).unwrap().sound();
    for with in COMPRESSIONS {
        let pieces = [&bytes[..10], &bytes[10..10], &bytes[10..400_001], &bytes[400_001..]];
        let packed: Vec<u8> =
            pieces.into_iter().flat_map(|piece| compressed(with, piece)).collect();
        assert_eq!(unpacked(read(&packed).unwrap(), with), plain);
    }
}

#[test]
fn zeros_after_a_member_are_padding_and_anything_else_is_told_of() {
    let bytes = capture(10);
    let plain = read(&bytes).unwrap().sound();
    for with in COMPRESSIONS {
        let [first, second] = [&bytes[..900], &bytes[900..]].map(|half| compressed(with, half));
        let padded = [&first[..], &[0; 8], &second, &[0; 1_000]].concat();
        assert_eq!(unpacked(read(&padded).unwrap(), with), plain);

        let whole = compressed(with, &bytes);
        let reading = read(&[&whole[..], b"\0\0something else"].concat()).unwrap().sound();
        assert_eq!(reading.frames, plain.frames);
        assert_eq!(
            (reading.problems(), reading.info.truncated),
            (vec![("file.trailing-bytes", 1)], false)
        );
        let text = format!(
            "the {with} data end at offset {}, and what follows was left out",
            whole.len() + 2
        );
        assert_eq!(reading.info.problems[0].text, text);
    }
}

#[test]
fn a_cut_gives_what_is_there_and_names_the_place() {
    let bytes = capture(12);
    let plain = read(&bytes).unwrap().sound();
    for with in COMPRESSIONS {
        let packed = compressed(with, &bytes);
        let mut most = 0;
        for length in 6..packed.len() {
            match read(&packed[..length]) {
                Err(error) => {
                    assert_eq!(error.kind, SourceErrorKind::CompressionCut { with }, "{length}");
                    assert_eq!((error.offset, error.decompressed), (Some(length as u64), false));
                }
                Ok(reading) => {
                    let reading = reading.sound();
                    let count = reading.frames.len();
                    assert_eq!(reading.frames, plain.frames[..count], "{with}, {length}");
                    assert!(count >= most, "{with}: fewer frames of more bytes");
                    most = count;
                    assert!(reading.info.truncated, "{with}, {length}");
                    assert_eq!(reading.problems(), [("file.truncated", 1)]);
                    let text =
                        format!("the {with} data end at offset {length} before they are complete");
                    assert_eq!(reading.info.problems[0].text, text);
                }
            }
        }
        // Checksums and marks are all that the last bytes hold.
        assert_eq!(most, plain.frames.len(), "{with}");
    }
    let error = read(&compressed("gzip", &bytes)[..11]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.pcap: offset 11: the gzip data end before the header of the capture"
    );
}

#[test]
fn a_record_cut_before_it_was_compressed_is_told_of_as_such() {
    let bytes = capture(3);
    let packed = compressed("zstd", &bytes[..bytes.len() - 5]);
    let reading = read(&packed).unwrap().sound();
    assert_eq!((reading.frames.len(), reading.info.truncated), (2, true));
    assert_eq!(
        reading.info.problems[0].text,
        format!(
            "the capture ends inside the record at offset {} of the decompressed data: \
             5 bytes missing",
            24 + 2 * 216
        )
    );
}

#[test]
fn corrupt_data_come_after_the_frames_before_them() {
    let bytes = capture(20_000);
    let plain = read(&bytes).unwrap().sound();
    for with in COMPRESSIONS {
        let packed = compressed(with, &bytes);
        let at = packed.len() / 10 * 9;
        let mut corrupt = packed.clone();
        for byte in &mut corrupt[at..at + 1_000] {
            *byte ^= 0xa5;
        }
        let reading = read(&corrupt).unwrap();
        let count = reading.frames.len();
        // All blocks before are good; the longest, of bzip2, hold 100 kB.
        assert!(count > 17_000, "{with}: {count} frames");
        assert_eq!(reading.frames[..17_000], plain.frames[..17_000], "{with}");
        assert_eq!(reading.info.packets, count as u64);
        let error = reading.error.unwrap();
        assert!(
            matches!(&error.kind, SourceErrorKind::CorruptCompression { with: it, .. } if *it == with),
            "{error}"
        );
        let offset = usize::try_from(error.offset.unwrap()).unwrap();
        assert!((at..=packed.len()).contains(&offset), "{with}: {offset}, not {at}");
        let line = error.to_string();
        let expected = format!("test.pcap: offset {offset}: the {with} data are corrupt: ");
        assert!(line.starts_with(&expected), "{line}");
    }
}

#[test]
fn checksums_are_compared() {
    let bytes = capture(10);
    for (with, from_end) in [("gzip", 8), ("zstd", 4), ("lz4", 4), ("xz", 40), ("bzip2", 5)] {
        let mut packed = compressed(with, &bytes);
        let at = packed.len() - from_end;
        packed[at] ^= 1;
        let reading = read(&packed).unwrap();
        let kind = reading.error.map(|error| error.kind);
        assert!(
            matches!(kind, Some(SourceErrorKind::CorruptCompression { .. })),
            "{with}: {kind:?}"
        );
    }
}

#[test]
fn faults_of_the_capture_are_at_offsets_of_the_decompressed_data() {
    let mut bytes = capture(3);
    bytes[24 + 216 + 8..][..4].fill(0xff);
    let reading = read(&compressed("gzip", &bytes)).unwrap();
    assert_eq!(reading.frames.len(), 1);
    let error = reading.error.unwrap();
    assert_eq!((error.offset, error.decompressed), (Some(240), true));
    assert_eq!(
        error.to_string(),
        "test.pcap: offset 240 after decompression: frame of 4294967295 captured bytes, \
         expected at most 1048576"
    );
}

#[test]
fn what_is_no_capture_is_no_capture_compressed_either() {
    let line = |bytes: &[u8]| read(&compressed("xz", bytes)).unwrap_err().to_string();
    assert_eq!(
        line(b"INVITE sip:bob"),
        "test.pcap: after decompression: not a capture file: begins with 49 4e 56 49 54 45 20 73, \
         as no pcap, pcapng or netmon does; looks like text"
    );
    assert_eq!(line(b""), "test.pcap: after decompression: is empty, not a capture file");
    assert_eq!(
        line(&capture(1)[..9]),
        "test.pcap: after decompression: ends in its header: 9 bytes of at least 24"
    );
}

#[test]
fn a_capture_compressed_twice_is_refused() {
    let error = read(&compressed("lz4", &compressed("zstd", &capture(1)))).unwrap_err();
    assert_eq!(
        error.to_string(),
        "test.pcap: after decompression: compressed with zstd; decompress it first with \
         `zstd -dc --long=31`"
    );
}

#[test]
fn skippable_frames_are_passed_over() {
    let bytes = capture(10);
    let plain = read(&bytes).unwrap().sound();
    let note = skippable(b"a note of 18 bytes");
    for with in ["zstd", "lz4"] {
        let [first, second] = [&bytes[..900], &bytes[900..]].map(|half| compressed(with, half));
        let packed = [&first[..], &note, &skippable(b""), &second, &note].concat();
        assert_eq!(unpacked(read(&packed).unwrap(), with), plain);
        let cut = read(&packed[..packed.len() - 1]).unwrap().sound();
        assert_eq!((cut.frames, cut.info.truncated), (plain.frames.clone(), true));
    }
    let packed = [note, compressed("zstd", &bytes)].concat();
    assert_eq!(unpacked(read(&packed).unwrap(), "zstd"), plain);
}

#[test]
fn lz4_frames_of_all_kinds() {
    let bytes = capture(20_000);
    let plain = read(&bytes).unwrap().sound();
    for mode in [BlockMode::Independent, BlockMode::Linked] {
        for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB]
        {
            for checksums in [false, true] {
                let packed = lz4(&bytes, mode, size, checksums);
                assert_eq!(unpacked(read(&packed).unwrap(), "lz4"), plain);
            }
        }
    }
}

#[test]
fn legacy_lz4_frames_end_where_the_file_or_the_next_frame_does() {
    let bytes = capture(50);
    let plain = read(&bytes).unwrap().sound();
    let (first, rest) = bytes.split_at(5_000);
    let legacy = lz4_legacy(first, 1_500);
    for packed in [
        lz4_legacy(&bytes, 8 << 20),
        lz4_legacy(&bytes, 1_000),
        [legacy.clone(), lz4_legacy(rest, 700)].concat(),
        [legacy.clone(), compressed("lz4", rest)].concat(),
        [legacy.clone(), skippable(b"note"), compressed("lz4", rest)].concat(),
    ] {
        assert_eq!(unpacked(read(&packed).unwrap(), "lz4"), plain);
    }
    let reading = read(&legacy).unwrap().sound();
    assert!(reading.info.problems[0].text.contains("of the decompressed data"));
    let reading = read(&legacy[..legacy.len() - 1]).unwrap().sound();
    assert!(reading.info.problems[0].text.contains("before they are complete"));
}

/// A zstd frame with a window of so many bits and nothing in it.
fn zstd_window(log: u8) -> Vec<u8> {
    [&b"\x28\xb5\x2f\xfd\0"[..], &[(log - 10) << 3], b"\x01\0\0"].concat()
}

/// The CRC-32 of the .xz format.
fn crc32(bytes: &[u8]) -> [u8; 4] {
    let step = |crc: u32| (0..8).fold(crc, |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)));
    let crc = bytes.iter().fold(u32::MAX, |crc, byte| step(crc ^ u32::from(*byte)));
    (!crc).to_le_bytes()
}

#[test]
fn memory_for_decompression_is_bounded() {
    let bytes = capture(1);
    let most = u8::try_from(limits::MAX_ZSTD_WINDOW_LOG).unwrap();
    let reading = read(&[zstd_window(most), compressed("zstd", &bytes)].concat()).unwrap();
    assert_eq!(reading.sound().info.packets, 1);
    let error = read(&zstd_window(most + 1)).unwrap_err();
    assert!(matches!(error.kind, SourceErrorKind::CompressionMemory { with: "zstd", .. }));
    assert_eq!(
        error.to_string(),
        "test.pcap: offset 5: the zstd data take more than 129 MiB of memory; decompress them \
         first with `zstd -dc --long=31`"
    );

    // The dictionary's size is in the fifth byte of the block header, which
    // follows the 12 bytes of the stream header: 128 MiB is 30, 192 MiB is 31.
    let packed = compressed("xz", &bytes);
    let with_dictionary = |size: u8| {
        let mut packed = packed.clone();
        packed[16] = size;
        let sum = crc32(&packed[12..20]);
        packed[20..24].copy_from_slice(&sum);
        read(&packed)
    };
    assert_eq!(with_dictionary(30).unwrap().sound().info.packets, 1);
    let error = with_dictionary(31).unwrap_err();
    assert!(matches!(error.kind, SourceErrorKind::CompressionMemory { with: "xz", .. }), "{error}");
}

fn config(cases: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Off) as Box<_>);
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn mutated_compressed_captures_end(
        which in 0..=COMPRESSIONS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let bytes = capture(30);
        let mut packed = match COMPRESSIONS.get(which) {
            Some(with) => compressed(with, &bytes),
            None => lz4_legacy(&bytes, 3_000),
        };
        for (at, byte) in changes {
            let at = at.index(packed.len());
            packed[at] = byte;
        }
        let length = packed.len();
        packed.truncate(length - cut.index(length) / 3);
        let straight = read(&packed);
        let drip = read_from(Drip { bytes: packed.clone(), step: 5 });
        let frames = |reading: &Result<Reading, _>| {
            reading.as_ref().ok().map(|reading| (reading.frames.clone(), reading.info.clone()))
        };
        prop_assert_eq!(frames(&straight), frames(&drip), "reads do not matter");
        let Ok(reading) = straight else { return Ok(()) };
        let packed_end = packed.len() as u64;
        if let Some(error) = reading.error {
            prop_assert!(error.decompressed || error.offset.is_some_and(|at| at <= packed_end));
            prop_assert!(!reading.info.truncated);
        } else if reading.info.problems.is_empty() && which < COMPRESSIONS.len() {
            // Legacy frames have no checksum.
            prop_assert_eq!(reading.frames, read(&bytes).unwrap().frames);
        }
    }
}
