//! Compresses bytes in every way that is read.

use std::io::Write;

use lz4_flex::frame::{BlockMode, BlockSize, FrameEncoder, FrameInfo};

/// The compressions, by their names.
pub(crate) const COMPRESSIONS: [&str; 5] = ["gzip", "zstd", "lz4", "xz", "bzip2"];

/// `bytes` as one member of a compression, with its checksums.
pub(crate) fn compressed(with: &str, bytes: &[u8]) -> Vec<u8> {
    match with {
        "gzip" => {
            let level = flate2::Compression::fast();
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "zstd" => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "lz4" => lz4(bytes, BlockMode::Linked, BlockSize::Max64KB, true),
        "xz" => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        "bzip2" => {
            let level = bzip2::Compression::fast();
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        }
        other => panic!("no compression {other}"),
    }
}

/// `bytes` as an LZ4 frame.
pub(crate) fn lz4(bytes: &[u8], mode: BlockMode, size: BlockSize, checksums: bool) -> Vec<u8> {
    let info = FrameInfo::new()
        .block_mode(mode)
        .block_size(size)
        .block_checksums(checksums)
        .content_checksum(checksums)
        .content_size(checksums.then_some(bytes.len() as u64));
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// `bytes` as a legacy LZ4 frame of blocks of this many bytes (8 MiB, of the
/// command; any fewer are read as well).
pub(crate) fn lz4_legacy(bytes: &[u8], block: usize) -> Vec<u8> {
    let mut frame = vec![0x02, 0x21, 0x4c, 0x18];
    for block in bytes.chunks(block) {
        let packed = lz4_flex::block::compress(block);
        frame.extend(u32::try_from(packed.len()).unwrap().to_le_bytes());
        frame.extend(packed);
    }
    frame
}

/// A skippable frame, of zstd or LZ4.
pub(crate) fn skippable(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap().to_le_bytes();
    [&b"\x5a\x2a\x4d\x18"[..], &length, bytes].concat()
}
