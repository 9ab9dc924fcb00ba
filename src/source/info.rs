//! What a source knows of itself: the facts a report begins with.

use crate::base::id::FrameNo;
use crate::base::time::Timestamp;

/// A capture file format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// The classic format, in any of its variants.
    Pcap,
    /// The next generation, in blocks.
    PcapNg,
    /// Microsoft Network Monitor, 1.x or 2.x.
    NetMon,
}

impl Format {
    /// `pcap`, `pcapng`, `netmon`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcap => "pcap",
            Self::PcapNg => "pcapng",
            Self::NetMon => "netmon",
        }
    }
}

/// The facts of one source, kept up to date with the frames delivered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceInfo {
    /// The file's name without directories, or `-` for standard input.
    pub name: String,
    /// The format of the file, decompressed.
    pub format: Format,
    /// What the file is compressed with: `gzip`, `zstd`, `lz4`, `xz` or `bzip2`.
    pub compression: Option<&'static str>,
    /// The link types that the file declares
    /// (<https://www.tcpdump.org/linktypes.html>), in order of first appearance.
    pub link_types: Vec<u16>,
    /// Packets delivered.
    pub packets: u64,
    /// Captured bytes delivered.
    pub bytes: u64,
    /// The earliest time of a packet.
    pub first_time: Option<Timestamp>,
    /// The latest time of a packet.
    pub last_time: Option<Timestamp>,
    /// Until when the capture lasted, where its interfaces say so
    /// (`isb_endtime`): nothing was captured between its last packet and then.
    pub until: Option<Timestamp>,
    /// Whether the capture ends in mid record, or its compression before its end.
    pub truncated: bool,
    /// Packets that the capture's interfaces dropped: the sum over interfaces
    /// of the latest `isb_ifdrop`, `None` when no statistics gave one.
    pub interface_drops: Option<u64>,
    /// Decimal digits of a second that the finest declared resolution needs:
    /// 6 for microseconds, 9 for nanoseconds and anything finer.
    pub fraction_digits: u8,
    /// What was not as it should be and was read all the same, by code.
    pub problems: Vec<Problem>,
}

/// Something wrong with the capture that did not end the reading:
///
/// | code | what |
/// |---|---|
/// | `file.truncated` | the capture ends inside a record, or its compression before its end |
/// | `file.trailing-bytes` | something else follows the compressed capture, and was left out |
/// | `file.replaced` | the file was replaced while it was followed, and read from its beginning |
/// | `file.no-timestamp` | packets of Simple Packet Blocks have no time |
/// | `file.time-range` | times beyond 64 bits of nanoseconds were moved to the nearest end |
/// | `file.wire-length` | packets say they were shorter on the wire than captured |
/// | `file.bad-option` | options of pcapng blocks were left out |
/// | `file.undeclared-interface` | interface statistics were left out |
/// | `file.local-time` | times of a Network Monitor capture are of an unknown time zone |
/// | `file.link-type` | frames of a Network Monitor media type without a link type |
/// | `file.event-record` | Network Monitor records that hold no frame were left out |
/// | `file.frame-table` | a Network Monitor capture's table has other frames than were found |
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Its stable name, such as `file.truncated`.
    pub code: &'static str,
    /// How often it was met.
    pub count: u64,
    /// The first frame it was met at, for problems of frames.
    pub first_frame: Option<FrameNo>,
    /// One sentence that says what it means.
    pub text: String,
}
