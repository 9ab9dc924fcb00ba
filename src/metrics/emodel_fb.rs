//! The fullband E-model (ITU-T G.107.2): R up to 148.

use crate::metrics::emodel::{DelayClass, delay, effective_equipment};
use crate::metrics::mos;

/// R of a fullband connection without impairments.
pub const BEST_R: f64 = 148.0;

/// The transmission parameters of a fullband connection. Loss is taken as
/// spread evenly, and echo is not modelled.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Parameters {
    /// Ta: absolute one-way delay, ms.
    pub absolute_delay_ms: f64,
    /// Ie,FB of the codec.
    pub ie: f64,
    /// Bpl of the codec.
    pub bpl: f64,
    /// Packet loss, percent.
    pub ppl: f64,
    /// Advantage of access.
    pub advantage: f64,
}

impl Parameters {
    /// Every term of the model.
    pub fn terms(&self) -> Terms {
        let idd = 1.48 * delay(self.absolute_delay_ms, DelayClass::DEFAULT);
        let ie_eff = effective_equipment(132.0, self.ie, self.bpl, self.ppl, 1.0);
        Terms { idd, ie_eff, r: BEST_R - idd - ie_eff + self.advantage }
    }
}

/// The terms of the fullband E-model, on its own scale of R.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// Absolute delay.
    pub idd: f64,
    /// The codec and its losses.
    pub ie_eff: f64,
    /// R, up to 148.
    pub r: f64,
}

impl Terms {
    /// The mean opinion score among fullband connections.
    pub fn mos(&self) -> f64 {
        mos_of_r(self.r)
    }
}

/// The mean opinion score of a fullband R: the narrowband curve of R / 1.48.
pub fn mos_of_r(r: f64) -> f64 {
    mos::mos(r / 1.48)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_connection_is_148() {
        let terms = Parameters::default().terms();
        assert!((terms.r - 148.0).abs() < 1e-12 && (terms.mos() - 4.5).abs() < 1e-12);
    }

    #[test]
    fn delay_and_loss_are_subtracted() {
        let ideal = Parameters { ie: 10.2, bpl: 4.3, ..Parameters::default() };
        let lossy = Parameters { ppl: 3.0, absolute_delay_ms: 250.0, ..ideal }.terms();
        assert!((lossy.r - 74.548_474_93).abs() < 1e-6, "{}", lossy.r);
        assert!(lossy.mos() < ideal.terms().mos());
    }
}
