//! What was read: the inputs, the counts, and everything that could not be read.

use schemars::JsonSchema;
use serde::Serialize;

use super::drops::DropsRow;
use super::value::FrameRef;

/// What was read.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct CaptureRow {
    /// The inputs in the order given.
    pub sources: Vec<SourceRow>,
    /// When the earliest frame of all inputs was captured; null without frames.
    pub first_time: Option<String>,
    /// When the latest frame of all inputs was captured; null without frames.
    pub last_time: Option<String>,
    /// Seconds from the first frame to the last, over all inputs; null without frames.
    pub duration_s: Option<f64>,
    /// Frames by what they held.
    pub counts: CountsRow,
    /// When a live capture dropped packets: what is missing then may be missing for that.
    pub drops: Vec<DropsRow>,
    /// Everything that could not be read, or was left out, by reason.
    pub problems: Vec<ProblemRow>,
}

/// One input.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SourceRow {
    /// The file's name without its folders; `-` is standard input.
    pub name: String,
    /// `pcap`, `pcapng` or `netmon`.
    pub format: String,
    /// What the file is compressed with: `gzip`, `zstd`, `lz4`, `xz` or `bzip2`; null if it is not.
    pub compression: Option<String>,
    /// Link types met, by their tcpdump names, in order of appearance.
    pub link_types: Vec<String>,
    /// Frames read.
    pub packets: u64,
    /// Bytes of the frames as captured.
    pub bytes: u64,
    /// When the first frame was captured.
    pub first_time: Option<String>,
    /// When the last frame was captured.
    pub last_time: Option<String>,
    /// Seconds from the first frame to the last; null without frames.
    pub duration_s: Option<f64>,
    /// Whether the input ends inside a record.
    pub truncated: bool,
    /// Packets that the capturing interface dropped, if the file says.
    pub interface_drops: Option<u64>,
    /// Packets dropped because a live capture was too slow; null of files.
    pub dropped_packets: Option<u64>,
}

/// Frames by what they held; a frame with two SIP messages counts two of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct CountsRow {
    /// Frames.
    pub packets: u64,
    /// SIP messages.
    pub sip_messages: u64,
    /// Packets of the RTP streams reported.
    pub rtp_packets: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// STUN and TURN packets.
    pub stun_packets: u64,
    /// Frames that held none of these.
    pub other_packets: u64,
    /// Packets that the capture holds another copy of: SIP messages, fragments
    /// and RTP packets captured at several interfaces or in and out of a tunnel.
    pub copied_packets: u64,
    /// Frames that were asked to be left out, by a filter or a time; they are
    /// in none of the other counts.
    pub left_out_packets: u64,
}

/// Something that could not be read, or was left out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ProblemRow {
    /// Stable name of the reason: `udp.cut`.
    pub code: String,
    /// The layer: `file`, `link`, `ip`, `udp`, `tcp`, `sip`, `sdp`, `rtcp`, `track`.
    pub layer: String,
    /// How often.
    pub count: u64,
    /// The first frame concerned.
    pub first_frame: Option<FrameRef>,
    /// The reason, for a person.
    pub text: String,
}
