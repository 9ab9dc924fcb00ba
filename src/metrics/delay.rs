//! Mouth-to-ear delay, put together from what is known of it (METRICS M1.8).

use crate::base::codec::Codec;
use crate::base::time::Span;

/// The parts of a one-way delay, in ms.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OneWay {
    /// Half of the round trip between the ends: nobody between them can see how
    /// it is shared, so it is taken as shared evenly.
    pub network_ms: f64,
    /// The media time of a packet, which its sender must hear first.
    pub packet_ms: f64,
    /// What the coder hears beyond a frame before it codes it.
    pub look_ahead_ms: f64,
    /// The receiver's de-jitter buffer.
    pub buffer_ms: f64,
}

impl OneWay {
    /// All of it.
    pub fn total_ms(&self) -> f64 {
        self.network_ms + self.packet_ms + self.look_ahead_ms + self.buffer_ms
    }
}

/// One way of a connection whose ends are `round_trip` apart.
pub fn one_way(round_trip: Span, packet_time: Span, codec: Codec, buffer_ms: f64) -> OneWay {
    OneWay {
        network_ms: round_trip.as_ms().max(0.0) / 2.0,
        packet_ms: packet_time.as_ms(),
        look_ahead_ms: look_ahead_ms(codec),
        buffer_ms,
    }
}

/// The look-ahead of a codec in ms, by its own specification: G.729 5 (G.729
/// clause 2), G.723.1 7.5 (clause 1), AMR 5 (3GPP TS 26.071), AMR-WB 5
/// (TS 26.171), EVS 12 (TS 26.441: 32 with its frame), Opus 6.5 (RFC 6716
/// section 2), Speex 10 or 14 (its narrowband form is taken); 0 for the rest.
pub const fn look_ahead_ms(codec: Codec) -> f64 {
    match codec {
        Codec::G729 | Codec::G729De | Codec::Amr | Codec::AmrWb => 5.0,
        Codec::G723 => 7.5,
        Codec::Evs => 12.0,
        Codec::Opus => 6.5,
        Codec::Speex => 10.0,
        _ => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_add_up() {
        let delay = one_way(Span::from_millis(80), Span::from_millis(20), Codec::G729, 60.0);
        assert!((delay.total_ms() - 125.0).abs() < 1e-12);
        let near = one_way(Span::from_millis(-1), Span::from_millis(20), Codec::Pcmu, 40.0);
        assert!((near.total_ms() - 60.0).abs() < 1e-12);
    }
}
