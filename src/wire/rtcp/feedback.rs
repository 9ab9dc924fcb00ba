//! Feedback messages (RFC 4585 section 6.1).

use crate::base::id::Ssrc;
use crate::wire::bytes::{be32, from};

/// A transport-layer (205) or payload-specific (206) feedback message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Feedback<'a> {
    /// Whether it is payload-specific (PSFB) rather than transport-layer (RTPFB).
    pub payload_specific: bool,
    /// The feedback message type: 1 of RTPFB is a generic NACK, 1 of PSFB a
    /// picture loss indication.
    pub format: u8,
    /// Who sends the feedback.
    pub sender: Ssrc,
    /// The source it is about; 0 where the message names it elsewhere.
    pub media: Ssrc,
    /// Feedback control information.
    pub control: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(packet_type: u8, format: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self {
            payload_specific: packet_type == 206,
            format,
            sender: Ssrc(be32(body, 0)?),
            media: Ssrc(be32(body, 4)?),
            control: from(body, 8)?,
        })
    }
}
