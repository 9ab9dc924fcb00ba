//! Sender and receiver reports (RFC 3550 sections 6.4.1 and 6.4.2).

use crate::base::id::{RtpTime, Ssrc};
use crate::wire::bytes::{be24, be32, from};

const BLOCK: usize = 24;

/// SR: what a sender has sent, and what it received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderReport<'a> {
    /// The sender.
    pub ssrc: Ssrc,
    /// Wall clock when the report was sent: seconds since 1900 and their
    /// fraction, 32 bits each.
    pub ntp: u64,
    /// The same moment on the clock of the RTP timestamps.
    pub rtp_time: RtpTime,
    /// RTP packets sent since the start.
    pub packets: u32,
    /// Payload octets sent since the start.
    pub octets: u32,
    blocks: &'a [u8],
}

/// RR: what a receiver received.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReceiverReport<'a> {
    /// The receiver.
    pub ssrc: Ssrc,
    blocks: &'a [u8],
}

/// What a receiver says of one source.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReportBlock {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Share lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Packets lost since the start; negative when duplicates outnumber losses.
    pub cumulative_lost: i32,
    /// Highest sequence number received, with its cycles above bit 16.
    pub highest_seq: u32,
    /// Interarrival jitter in ticks of the RTP clock.
    pub jitter: u32,
    /// Middle 32 bits of the NTP time of the last SR received; 0: none.
    pub last_sr: u32,
    /// Time from that SR to this report, in 1/65536 s.
    pub delay_since_last_sr: u32,
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self {
            ssrc: Ssrc(be32(body, 0)?),
            ntp: u64::from(be32(body, 4)?) << 32 | u64::from(be32(body, 8)?),
            rtp_time: RtpTime(be32(body, 12)?),
            packets: be32(body, 16)?,
            octets: be32(body, 20)?,
            blocks: blocks(count, from(body, 24)?)?,
        })
    }

    /// The middle 32 bits of [`Self::ntp`], which reports send back as `last_sr`.
    pub const fn ntp_middle(&self) -> u32 {
        (self.ntp >> 16 & 0xffff_ffff) as u32
    }

    /// The report blocks.
    pub fn blocks(&self) -> impl Iterator<Item = ReportBlock> + use<'a> {
        report_blocks(self.blocks)
    }
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self { ssrc: Ssrc(be32(body, 0)?), blocks: blocks(count, from(body, 4)?)? })
    }

    /// The report blocks.
    pub fn blocks(&self) -> impl Iterator<Item = ReportBlock> + use<'a> {
        report_blocks(self.blocks)
    }
}

/// The bytes of `count` blocks; what follows are profile-specific extensions.
fn blocks(count: u8, bytes: &[u8]) -> Option<&[u8]> {
    bytes.get(..BLOCK * usize::from(count))
}

fn report_blocks(bytes: &[u8]) -> impl Iterator<Item = ReportBlock> {
    bytes.chunks_exact(BLOCK).filter_map(|block| {
        let lost = be24(block, 5)?;
        Some(ReportBlock {
            ssrc: Ssrc(be32(block, 0)?),
            fraction_lost: *block.get(4)?,
            // 24 bits, two's complement.
            cumulative_lost: (lost << 8).cast_signed() >> 8,
            highest_seq: be32(block, 8)?,
            jitter: be32(block, 12)?,
            last_sr: be32(block, 16)?,
            delay_since_last_sr: be32(block, 20)?,
        })
    })
}
