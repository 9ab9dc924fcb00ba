//! What one RTP packet tells the measurements of its stream.

use std::num::NonZeroU32;

use crate::base::id::RtpTime;
use crate::base::time::Timestamp;

/// What a payload is to the timing measurements.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum PayloadKind {
    /// Sound or pictures.
    #[default]
    Media,
    /// Comfort noise (RFC 3389), on the clock of the media but not at its pace.
    ComfortNoise,
    /// A telephone-event (RFC 4733): its timestamp is the event's beginning,
    /// repeated by every packet of it, and tells nothing of when it was sent.
    Event,
}

/// One RTP packet of a stream, as numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// When it was captured.
    pub at: Timestamp,
    /// Its RTP timestamp.
    pub time: RtpTime,
    /// Ticks a second of that timestamp, `None` when its payload type is unknown.
    pub clock_hz: Option<NonZeroU32>,
    /// The marker bit.
    pub marker: bool,
    /// What it carries.
    pub kind: PayloadKind,
}

impl Sample {
    /// The clock by which the timestamp can be compared with the arrival:
    /// `None` for events and for payloads whose clock is unknown.
    pub fn media_clock(&self) -> Option<NonZeroU32> {
        if self.kind == PayloadKind::Event { None } else { self.clock_hz }
    }
}
