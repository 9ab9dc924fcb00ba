//! The wideband E-model (ITU-T G.107.1, 06/2019 with Corrigendum 1): R up to 129.

use crate::metrics::emodel::{
    DelayClass, delay, effective_equipment, listener_echo, talker_echo, talker_echo_rating,
};
use crate::metrics::mos;

/// R of a wideband connection without impairments.
pub const BEST_R: f64 = 129.0;

/// What a narrowband codec's Ie gains on the wideband scale: 129 less 93.2.
pub const NARROWBAND_OFFSET: f64 = 35.8;

/// The transmission parameters of a wideband connection. Loss is taken as
/// spread evenly: the burst ratio has no meaning on this scale.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameters {
    /// Talker echo loudness rating, dB.
    pub telr: f64,
    /// Weighted echo path loss, dB.
    pub wepl: f64,
    /// T: mean one-way delay of the echo path, ms.
    pub echo_delay_ms: f64,
    /// Ta: absolute one-way delay, ms.
    pub absolute_delay_ms: f64,
    /// Tr: round-trip delay, ms.
    pub round_trip_ms: f64,
    /// Ie,WB of the codec.
    pub ie: f64,
    /// Bpl of the codec.
    pub bpl: f64,
    /// Packet loss, percent.
    pub ppl: f64,
    /// Advantage of access.
    pub advantage: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            telr: 65.0,
            wepl: 110.0,
            echo_delay_ms: 0.0,
            absolute_delay_ms: 0.0,
            round_trip_ms: 0.0,
            ie: 0.0,
            bpl: 4.3,
            ppl: 0.0,
            advantage: 0.0,
        }
    }
}

impl Parameters {
    /// These parameters with all three delays from one: T = Ta = `one_way_ms`,
    /// Tr = 2T.
    #[must_use]
    pub fn with_delay(self, one_way_ms: f64) -> Self {
        Self {
            echo_delay_ms: one_way_ms,
            absolute_delay_ms: one_way_ms,
            round_trip_ms: 2.0 * one_way_ms,
            ..self
        }
    }

    /// Every term of the model.
    pub fn terms(&self) -> Terms {
        let t = self.echo_delay_ms;
        // K, which makes up for wideband echo being heard sooner.
        let k = if t < 100.0 { 0.08 * t + 10.0 } else { 18.0 };
        let terv = talker_echo_rating(self.telr, t) + k;
        let talker = talker_echo(BEST_R, 80.0 + 3.0 * (terv - 14.0), t);
        let listener = listener_echo(BEST_R, self.wepl, self.round_trip_ms);
        let idd = 1.29 * delay(self.absolute_delay_ms, DelayClass::DEFAULT);
        let ie_eff = effective_equipment(95.0, self.ie, self.bpl, self.ppl, 1.0);
        let r = BEST_R - talker - listener - idd - ie_eff + self.advantage;
        Terms { idte: talker, idle: listener, idd, ie_eff, r }
    }
}

/// The terms of the wideband E-model, on its own scale of R.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// Talker echo.
    pub idte: f64,
    /// Listener echo.
    pub idle: f64,
    /// Absolute delay.
    pub idd: f64,
    /// The codec and its losses.
    pub ie_eff: f64,
    /// R, up to 129.
    pub r: f64,
}

impl Terms {
    /// The mean opinion score among wideband connections.
    pub fn mos(&self) -> f64 {
        mos_of_r(self.r)
    }
}

/// The mean opinion score of a wideband R: the narrowband curve of R / 1.29.
pub fn mos_of_r(r: f64) -> f64 {
    mos::mos(r / 1.29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_but_the_codec_leaves_a_trace_of_listener_echo() {
        let terms = Parameters { ie: 13.0, ..Parameters::default() }.terms();
        assert!((terms.r - 115.846_315_251).abs() < 1e-6, "{}", terms.r);
    }

    #[test]
    fn echo_grows_without_a_step() {
        let idte = |ms| Parameters::default().with_delay(ms).terms().idte;
        assert!((idte(100.0) - idte(99.999)).abs() < 1e-4, "K is 18 on both sides of 100 ms");
        assert!(idte(50.0) < idte(99.0) && idte(100.0) < idte(150.0));
    }

    #[test]
    fn a_narrowband_codec_scores_as_on_its_own_scale_or_below() {
        let narrow = Parameters { ie: NARROWBAND_OFFSET, ..Parameters::default() }.terms();
        assert!(narrow.mos() < Parameters::default().terms().mos());
        assert!((narrow.r - 93.05).abs() < 0.01, "{}", narrow.r);
    }
}
