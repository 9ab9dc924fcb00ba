//! How a stream was sent: its marks, its payload types one after another, and
//! what its headers carry.

use super::extensions::Extensions;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::wire::rtp::Rtp;

/// A change of what a stream carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PayloadChange {
    /// The first frame of the new type.
    pub frame: FrameNo,
    /// When that was captured.
    pub at: Timestamp,
    /// The payload type before.
    pub from: u8,
    /// The new one.
    pub to: u8,
}

/// How a stream was sent.
#[derive(Clone, Debug, Default)]
pub struct Sending {
    /// Packets with the marker bit.
    pub markers: u64,
    /// Code points of the IP headers (RFC 2474), a bit each.
    dscps: u64,
    /// The latest code point; above 63 before the first.
    dscp: u8,
    /// Times that a packet had another code point than the one before.
    pub dscp_changes: u64,
    /// The frame of the first such packet.
    pub dscp_changed: Option<FrameNo>,
    /// Changes between payload types of sound or pictures.
    pub payload_changes: Vec<PayloadChange>,
    /// Changes beyond those kept.
    pub more_payload_changes: u64,
    extensions: Option<Box<Extensions>>,
    media_type: Option<u8>,
}

/// Changes of the payload type that are kept.
const MOST_CHANGES: usize = 32;

impl Sending {
    /// Before the first packet.
    pub(super) fn new() -> Self {
        Self { dscp: u8::MAX, ..Self::default() }
    }

    /// Whether its headers carry anything.
    pub(super) const fn has_extensions(&self) -> bool {
        self.extensions.is_some()
    }

    /// Takes a packet's header.
    #[inline]
    pub(super) fn take(&mut self, rtp: &Rtp<'_>, dscp: u8, frame: FrameNo) {
        self.markers += u64::from(rtp.marker);
        if dscp != self.dscp {
            self.remarked(dscp, frame);
        }
        if rtp.extension.is_some() || rtp.csrc_count > 0 {
            self.extensions.get_or_insert_default().take(rtp);
        }
    }

    #[cold]
    fn remarked(&mut self, dscp: u8, frame: FrameNo) {
        if self.dscps != 0 {
            self.dscp_changes += 1;
            self.dscp_changed.get_or_insert(frame);
        }
        self.dscp = dscp;
        self.dscps |= 1_u64.checked_shl(dscp.into()).unwrap_or(0);
    }

    /// Packets of a payload type of sound or pictures begin, or go on after
    /// others.
    pub(super) fn media(&mut self, payload_type: u8, frame: FrameNo, at: Timestamp) {
        let Some(from) = self.media_type.replace(payload_type) else { return };
        if from == payload_type {
            return;
        }
        if self.payload_changes.len() < MOST_CHANGES {
            self.payload_changes.push(PayloadChange { frame, at, from, to: payload_type });
        } else {
            self.more_payload_changes += 1;
        }
    }

    /// The code points of its packets, ascending.
    pub fn dscps(&self) -> impl Iterator<Item = u8> {
        let set = self.dscps;
        (0..64).filter(move |code_point| set >> code_point & 1 == 1)
    }

    /// What its headers carry beyond the fixed part, if anything.
    pub fn extensions(&self) -> Option<&Extensions> {
        self.extensions.as_deref()
    }
}
