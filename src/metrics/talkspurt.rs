//! Talk spurts and silence: where a sender sends nothing although no packet is
//! missing, its numbers go on and its timestamps leap (RFC 3551 section 4.1).

use crate::metrics::packet_time::PacketTime;
use crate::metrics::sample::{PayloadKind, Sample};
use crate::metrics::sequence::Arrival;
use crate::metrics::timeline::{Begins, Step};

/// Talk spurts of one stream, and the media time between them.
#[derive(Clone, Copy, Debug)]
pub struct TalkSpurts {
    spurts: u32,
    silent_ticks: u64,
    /// Up to this step from packet to packet there is no pause.
    usual_ticks: i32,
    silent: bool,
    /// What came last was no voice: nothing, noise, or an event, whose time is
    /// its own.
    special: bool,
    after_event: bool,
}

impl Default for TalkSpurts {
    fn default() -> Self {
        Self::new()
    }
}

impl TalkSpurts {
    /// Before the first packet.
    pub const fn new() -> Self {
        Self {
            spurts: 0,
            silent_ticks: 0,
            usual_ticks: 0,
            silent: false,
            special: true,
            after_event: false,
        }
    }

    /// An event came: the time to the next packet of the media is no silence.
    pub const fn event(&mut self) {
        self.special = true;
        self.after_event = true;
    }

    /// Takes the next step, of a packet of `voice` or of noise that stands for
    /// silence.
    #[inline]
    pub fn push(
        &mut self,
        arrival: Arrival,
        sample: &Sample,
        voice: bool,
        step: &Step,
        packet_time: &PacketTime,
    ) {
        let voice = voice && sample.kind == PayloadKind::Media;
        if step.ticks > self.usual_ticks || self.special || !voice {
            self.unusual(arrival, voice, step, packet_time);
        }
    }

    #[cold]
    fn unusual(&mut self, arrival: Arrival, voice: bool, step: &Step, packet_time: &PacketTime) {
        let after_event = std::mem::take(&mut self.after_event);
        let was_silent = std::mem::replace(&mut self.silent, !voice);
        self.special = !voice;
        let begins = matches!(step.begins, Begins::Stream | Begins::Segment);
        let mut pause = 0;
        if let (Some(ticks), Arrival::InOrder { gap }) = (packet_time.ticks(), arrival) {
            let usual = i64::from(ticks);
            self.usual_ticks = i32::try_from(usual + usual / 2).unwrap_or(i32::MAX);
            if !begins && !after_event {
                pause = i64::from(step.ticks) - usual * (i64::from(gap) + 1);
            }
            if pause <= usual / 2 {
                pause = 0;
            }
            let noise = if voice { 0 } else { usual };
            self.silent_ticks += u64::try_from(pause + noise).unwrap_or(0);
        }
        if voice && (begins || was_silent || pause > 0) {
            self.spurts = self.spurts.saturating_add(1);
        }
    }

    /// Talk spurts begun.
    pub const fn spurts(&self) -> u32 {
        self.spurts
    }

    /// Media time without voice, in ticks.
    pub const fn silent_ticks(&self) -> u64 {
        self.silent_ticks
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::base::id::{RtpTime, Seq};
    use crate::base::time::Timestamp;
    use crate::metrics::reception::Reception;

    use PayloadKind::{ComfortNoise, Event, Media};

    /// Packets at 8000 Hz by number, timestamp in packets of 20 ms and kind:
    /// talk spurts, and silence in packets.
    fn spurts(packets: impl IntoIterator<Item = (u16, u32, PayloadKind)>) -> (u32, u64) {
        let mut reception = Reception::default();
        for (seq, time, kind) in packets {
            let sample = Sample {
                at: Timestamp::from_micros(i64::from(time) * 20_000),
                time: RtpTime(time * 160),
                clock_hz: NonZeroU32::new(8_000),
                marker: false,
                kind,
            };
            reception.push(Seq(seq), &sample);
        }
        (reception.talk().spurts(), reception.talk().silent_ticks() / 160)
    }

    fn talk(numbers: std::ops::Range<u16>, ahead: u32) -> Vec<(u16, u32, PayloadKind)> {
        numbers.map(|seq| (seq, u32::from(seq) + ahead, Media)).collect()
    }

    #[test]
    fn a_leap_of_the_timestamps_is_a_pause() {
        assert_eq!(spurts(talk(0..100, 0)), (1, 0));
        assert_eq!(spurts([talk(0..50, 0), talk(50..100, 30)].concat()), (2, 30));
    }

    #[test]
    fn a_loss_is_none() {
        assert_eq!(spurts([talk(0..50, 0), talk(60..100, 0)].concat()), (1, 0));
        assert_eq!(spurts([talk(0..50, 0), talk(60..100, 25)].concat()), (2, 25));
    }

    #[test]
    fn comfort_noise_stands_for_silence() {
        let noise = vec![(50, 50, ComfortNoise), (51, 60, ComfortNoise)];
        assert_eq!(spurts([talk(0..50, 0), noise, talk(52..100, 18)].concat()), (2, 20));
    }

    #[test]
    fn digits_are_no_silence() {
        let event: Vec<_> = (50..58).map(|seq| (seq, 50, Event)).collect();
        assert_eq!(spurts([talk(0..50, 0), event, talk(58..100, 4)].concat()), (1, 0));
    }
}
