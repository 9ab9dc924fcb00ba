//! What a file is, by its first bytes.

use super::error::SourceErrorKind;
use super::order::Order;
use super::unpack::Packing;

/// The first bytes that tell a format.
pub(super) const MAGIC_BYTES: usize = 24;

/// First bytes shown of a file that is no capture.
const SHOWN_BYTES: usize = 8;

/// A capture format that is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Magic {
    Pcap(Variant),
    PcapNg,
    NetMon,
    Packed(Packing),
}

/// What the magic number of a pcap file tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Variant {
    pub(super) order: Order,
    /// Whether the fraction of a time is in nanoseconds, not microseconds.
    pub(super) nanos: bool,
    /// Whether record headers have the 8 more bytes of the "modified" format
    /// (interface index, protocol, packet type).
    pub(super) long_headers: bool,
}

/// The compressions that are not undone: first bytes, name, what undoes it.
const COMPRESSED: &[(&[u8], &str, &str)] =
    &[(b"\x1f\x9d", "compress", "gzip -dc"), (b"LZIP", "lzip", "lzip -dc")];

/// Other files that are taken for captures: first bytes, what they are.
const LOOKALIKES: &[(&[u8], &str)] = &[
    (b"snoop\0\0\0", "a snoop capture, which editcap converts"),
    (b"btsnoop\0", "a Bluetooth capture"),
    (b"TRSNIFF data", "a Sniffer capture, which editcap converts"),
    (b"XCP\0", "a NetXRay capture, which editcap converts"),
    (b"iptrace ", "an AIX iptrace capture, which editcap converts"),
    (b"ObserverPktBuffe", "an Observer capture, which editcap converts"),
    (b"\x7fver", "an OmniPeek capture, which editcap converts"),
    (b"\x1c\x00\x01\xac", "an Ixia capture, which editcap converts"),
    (b"\xac\x01\x00\x1c", "an Ixia capture, which editcap converts"),
    (b"PK\x03\x04", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"\x7fELF", "a program"),
    (b"RIFF", "a sound or video file"),
];

/// The format of a file that begins with `first`.
pub(super) fn recognise(first: &[u8]) -> Result<Magic, SourceErrorKind> {
    if let Some(magic) = first.first_chunk().and_then(|first| capture(*first)) {
        return Ok(magic);
    }
    if let Some(packing) = Packing::of(first) {
        return Ok(Magic::Packed(packing));
    }
    if first.is_empty() {
        return Err(SourceErrorKind::Empty);
    }
    let compressed = COMPRESSED.iter().find(|(magic, ..)| first.starts_with(magic));
    if let Some(&(_, with, undo)) = compressed {
        return Err(SourceErrorKind::Compressed { with, undo });
    }
    let known = LOOKALIKES.iter().find(|(magic, _)| first.starts_with(magic));
    let looks_like = known.map(|(_, what)| *what).or_else(|| looks_odd(first));
    let begins = first.iter().take(SHOWN_BYTES).copied().collect();
    Err(SourceErrorKind::NotACapture { begins, looks_like })
}

/// The capture format of a magic number (draft-ietf-opsawg-pcap section 4,
/// draft-ietf-opsawg-pcapng section 4.1; 0xa1b2cd34 is libpcap's "modified" format;
/// `RTSS` and `GMBU` are Network Monitor's).
fn capture(first: [u8; 4]) -> Option<Magic> {
    let variant =
        |order, nanos, long_headers| Some(Magic::Pcap(Variant { order, nanos, long_headers }));
    match u32::from_be_bytes(first) {
        0x0a0d_0d0a => Some(Magic::PcapNg),
        0xa1b2_c3d4 => variant(Order::Big, false, false),
        0xd4c3_b2a1 => variant(Order::Little, false, false),
        0xa1b2_3c4d => variant(Order::Big, true, false),
        0x4d3c_b2a1 => variant(Order::Little, true, false),
        0xa1b2_cd34 => variant(Order::Big, false, true),
        0x34cd_b2a1 => variant(Order::Little, false, true),
        0x5254_5353 | 0x474d_4255 => Some(Magic::NetMon),
        _ => None,
    }
}

/// What a file without a known magic number looks like.
fn looks_odd(first: &[u8]) -> Option<&'static str> {
    let is_text = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    if first.iter().all(is_text) {
        Some("text")
    } else if first.iter().all(|byte| *byte == 0) {
        Some("a file that was never written")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looks_like(first: &[u8]) -> Option<&'static str> {
        match recognise(first) {
            Err(SourceErrorKind::NotACapture { looks_like, .. }) => looks_like,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn compressions_are_named() {
        let with = |first: &[u8]| match recognise(first) {
            Ok(Magic::Packed(packing)) => packing.name(),
            Err(SourceErrorKind::Compressed { with, .. }) => with,
            other => panic!("{other:?}"),
        };
        assert_eq!(with(b"\x1f\x8b\x08\x00"), "gzip");
        assert_eq!(with(b"\x28\xb5\x2f\xfd\x04"), "zstd");
        assert_eq!(with(b"\x5e\x2a\x4d\x18\x04"), "zstd");
        assert_eq!(with(b"\xfd7zXZ\0\0"), "xz");
        assert_eq!(with(b"\x04\x22\x4d\x18\x64"), "lz4");
        assert_eq!(with(b"\x02\x21\x4c\x18\x64"), "lz4");
        assert_eq!(with(b"BZh91AY&SY"), "bzip2");
        assert_eq!(with(b"\x1f\x9d\x90"), "compress");
    }

    #[test]
    fn other_files_are_described() {
        assert_eq!(looks_like(b"INVITE sip:bob@biloxi"), Some("text"));
        assert_eq!(looks_like(b"{\n\t\"a\": 1}\r\n"), Some("text"));
        assert_eq!(looks_like(&[0; 24]), Some("a file that was never written"));
        assert!(looks_like(b"snoop\0\0\0\0\0\0\x02").is_some_and(|what| what.contains("snoop")));
        assert_eq!(looks_like(b"\x01\x02\x03"), None);
        assert_eq!(recognise(b""), Err(SourceErrorKind::Empty));
    }

    #[test]
    fn a_part_of_a_magic_number_is_no_capture() {
        let begins = b"\xd4\xc3\xb2".to_vec();
        let kind = SourceErrorKind::NotACapture { begins, looks_like: None };
        assert_eq!(recognise(b"\xd4\xc3\xb2"), Err(kind));
    }
}
