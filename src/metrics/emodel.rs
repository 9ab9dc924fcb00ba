//! The narrowband E-model (ITU-T G.107, 06/2015), every term of it.

use crate::metrics::mos;

/// The transmission parameters of a connection. The default is
/// the Recommendation's: R = 93.2.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Parameters {
    /// Send loudness rating, dB.
    pub slr: f64,
    /// Receive loudness rating, dB.
    pub rlr: f64,
    /// Sidetone masking rating, dB.
    pub stmr: f64,
    /// Listener sidetone rating, dB; `None`: STMR + Dr.
    pub lstr: Option<f64>,
    /// D-value of the telephone at the send side.
    pub ds: f64,
    /// D-value of the telephone at the receive side.
    pub dr: f64,
    /// Talker echo loudness rating, dB.
    pub telr: f64,
    /// Weighted echo path loss, dB.
    pub wepl: f64,
    /// T: mean one-way delay of the echo path, ms.
    pub echo_delay_ms: f64,
    /// Ta: absolute one-way delay, ms.
    pub absolute_delay_ms: f64,
    /// Tr: round-trip delay of the four-wire loop, ms.
    pub round_trip_ms: f64,
    /// Quantising distortion units.
    pub qdu: f64,
    /// Equipment impairment factor of the codec.
    pub ie: f64,
    /// Packet-loss robustness factor of the codec.
    pub bpl: f64,
    /// Packet loss, percent.
    pub ppl: f64,
    /// Burst ratio; below 1 is taken as 1.
    pub burst_r: f64,
    /// Circuit noise referred to the 0 dBr point, dBm0p.
    pub nc: f64,
    /// Noise floor at the receive side, dBmp.
    pub nfor: f64,
    /// Room noise at the send side, dB(A).
    pub ps: f64,
    /// Room noise at the receive side, dB(A).
    pub pr: f64,
    /// Advantage of access, 0 to 20.
    pub advantage: f64,
    /// How the listener reacts to delay.
    pub delay_class: DelayClass,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            slr: 8.0,
            rlr: 2.0,
            stmr: 15.0,
            lstr: None,
            ds: 3.0,
            dr: 3.0,
            telr: 65.0,
            wepl: 110.0,
            echo_delay_ms: 0.0,
            absolute_delay_ms: 0.0,
            round_trip_ms: 0.0,
            qdu: 1.0,
            ie: 0.0,
            bpl: 4.3,
            ppl: 0.0,
            burst_r: 1.0,
            nc: -70.0,
            nfor: -64.0,
            ps: 35.0,
            pr: 35.0,
            advantage: 0.0,
            delay_class: DelayClass::DEFAULT,
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
        let olr = self.slr + self.rlr;
        let no = self.noise(olr);
        let ro = 15.0 - 1.5 * (self.slr + no);

        let iolr = over_loudness(olr + 0.2 * (64.0 + no - self.rlr));
        let ist = sidetone(self.stmr, self.telr, self.echo_delay_ms);
        let iq = quantising(self.qdu, ro);
        let is = iolr + ist + iq;

        let talker = self.talker_echo(no, ist);
        let listener = listener_echo(ro, self.wepl, self.round_trip_ms);
        let idd = delay(self.absolute_delay_ms, self.delay_class);
        let id = talker + listener + idd;

        let ie_eff = effective_equipment(95.0, self.ie, self.bpl, self.ppl, self.burst_r);
        let r = ro - is - id - ie_eff + self.advantage;
        Terms { no, ro, iolr, ist, iq, is, idte: talker, idle: listener, idd, id, ie_eff, r }
    }

    /// No, the sum of all noise at the 0 dBr point, dBm0p.
    fn noise(&self, olr: f64) -> f64 {
        let lstr = self.lstr.unwrap_or(self.stmr + self.dr);
        let send = self.ps - self.ds;
        let nos = send - self.slr - 100.0 + 0.004 * (send - olr - 14.0).powi(2);
        let pre = self.pr + 10.0 * (1.0 + power((10.0 - lstr) / 10.0)).log10();
        let nor = self.rlr - 121.0 + pre + 0.008 * (pre - 35.0).powi(2);
        let nfo = self.nfor + self.rlr;
        10.0 * [self.nc, nos, nor, nfo].map(|n| power(n / 10.0)).iter().sum::<f64>().log10()
    }

    /// Idte, from the echo of one's own voice.
    fn talker_echo(&self, no: f64, ist: f64) -> f64 {
        let t = self.echo_delay_ms;
        let low_sidetone = if self.stmr < 9.0 { ist / 2.0 } else { 0.0 };
        let terv = talker_echo_rating(self.telr, t) + low_sidetone;
        let roe = -1.5 * (no - self.rlr);
        let idte = talker_echo(roe, 80.0 + 2.5 * (terv - 14.0), t);
        if self.stmr > 20.0 { idte.hypot(ist) } else { idte }
    }
}

/// The terms of the E-model, on the scale of R unless said otherwise.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Terms {
    /// No: noise, dBm0p.
    pub no: f64,
    /// Ro: signal to noise.
    pub ro: f64,
    /// Iolr: too loud.
    pub iolr: f64,
    /// Ist: sidetone.
    pub ist: f64,
    /// Iq: quantising.
    pub iq: f64,
    /// Is: what comes at the same time as the voice; the three above.
    pub is: f64,
    /// Idte: talker echo.
    pub idte: f64,
    /// Idle: listener echo.
    pub idle: f64,
    /// Idd: absolute delay.
    pub idd: f64,
    /// Id: delay; the three above.
    pub id: f64,
    /// Ie,eff: the codec and its losses.
    pub ie_eff: f64,
    /// R: `Ro - Is - Id - Ie,eff + A` (7-1).
    pub r: f64,
}

impl Terms {
    /// The mean opinion score of R.
    pub fn mos(&self) -> f64 {
        mos::mos(self.r)
    }
}

/// How sensitive the use is to delay: sT and mT of G.107.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct DelayClass {
    /// sT.
    pub sensitivity: f64,
    /// mT: the least delay that is perceived, ms.
    pub perceivable_ms: f64,
}

impl DelayClass {
    /// The default class.
    pub const DEFAULT: Self = Self { sensitivity: 1.0, perceivable_ms: 100.0 };
    /// Low sensitivity.
    pub const LOW: Self = Self { sensitivity: 0.55, perceivable_ms: 120.0 };
    /// Very low sensitivity.
    pub const VERY_LOW: Self = Self { sensitivity: 0.4, perceivable_ms: 150.0 };
}

/// `10^x`.
fn power(x: f64) -> f64 {
    10.0_f64.powf(x)
}

/// `(1 + x^n)^(1/n)`.
fn root_of_one_plus(x: f64, n: f64) -> f64 {
    (1.0 + x.powf(n)).powf(1.0 / n)
}

/// Iolr, of Xolr.
fn over_loudness(xolr: f64) -> f64 {
    let x = xolr / 8.0;
    20.0 * ((1.0 + x.powi(8)).powf(1.0 / 8.0) - x)
}

/// Ist, with the echo that masks as sidetone does (STMRo).
fn sidetone(stmr: f64, telr: f64, echo_delay_ms: f64) -> f64 {
    let echo = (-echo_delay_ms / 4.0).exp() * power(-telr / 10.0);
    let stmro = -10.0 * (power(-stmr / 10.0) + echo).log10();
    12.0 * (1.0 + ((stmro - 13.0) / 6.0).powi(8)).powf(1.0 / 8.0)
        - 28.0 * (1.0 + ((stmro + 1.0) / 19.4).powi(35)).powf(1.0 / 35.0)
        - 13.0 * (1.0 + ((stmro - 3.0) / 33.0).powi(13)).powf(1.0 / 13.0)
        + 29.0
}

/// Iq.
fn quantising(qdu: f64, ro: f64) -> f64 {
    let q = 37.0 - 15.0 * qdu.log10();
    let g = 1.07 + 0.258 * q + 0.0602 * q * q;
    let y = (ro - 100.0) / 15.0 + 46.0 / 8.4 - g / 9.0;
    let z = 46.0 / 30.0 - g / 40.0;
    15.0 * (1.0 + power(y) + power(z)).log10()
}

/// TERV without the term of low sidetone.
pub(super) fn talker_echo_rating(telr: f64, t: f64) -> f64 {
    telr - 40.0 * ((1.0 + t / 10.0) / (1.0 + t / 150.0)).log10() + 6.0 * (-0.3 * t * t).exp()
}

/// Idte of the basic quality `roe` and the echo's `re`; none under 1 ms.
pub(super) fn talker_echo(roe: f64, re: f64, t: f64) -> f64 {
    if t < 1.0 {
        return 0.0;
    }
    let half = (roe - re) / 2.0;
    (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-t).exp())
}

/// Idle of the basic quality `ro`.
pub(super) fn listener_echo(ro: f64, wepl: f64, round_trip_ms: f64) -> f64 {
    let rle = 10.5 * (wepl + 7.0) * (round_trip_ms + 1.0).powf(-0.25);
    let half = (ro - rle) / 2.0;
    half + (half * half + 169.0).sqrt()
}

/// Idd (7-27, 7-28): none up to mT.
pub(super) fn delay(absolute_ms: f64, class: DelayClass) -> f64 {
    if absolute_ms <= class.perceivable_ms {
        return 0.0;
    }
    let x = (absolute_ms / class.perceivable_ms).log2();
    let n = 6.0 * class.sensitivity;
    25.0 * (root_of_one_plus(x, n) - 3.0 * root_of_one_plus(x / 3.0, n) + 2.0)
}

/// Ie,eff of a scale whose worst is `worst`: 95 narrowband and wideband, 132
/// fullband (7-29). Only the loss in the denominator is divided by the burst
/// ratio, and a ratio below 1 is taken as 1.
pub fn effective_equipment(worst: f64, ie: f64, bpl: f64, ppl: f64, burst_r: f64) -> f64 {
    if ppl <= 0.0 {
        return ie;
    }
    ie + (worst - ie) * ppl / (ppl / burst_r.max(1.0) + bpl)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_connection_is_93_2() {
        let terms = Parameters::default().terms();
        assert!((terms.r - 93.206_207_723).abs() < 1e-9, "{}", terms.r);
        assert!((terms.mos() - 4.41).abs() < 0.005);
    }

    #[test]
    fn loss_hurts_less_with_concealment_and_more_in_bursts() {
        let r =
            |bpl, ppl, burst_r| Parameters { bpl, ppl, burst_r, ..Parameters::default() }.terms().r;
        assert!(r(25.1, 2.0, 1.0) > r(4.3, 2.0, 1.0));
        assert!(r(25.1, 2.0, 2.0) < r(25.1, 2.0, 1.0));
        let (bare, spread) = (r(4.3, 2.0, 1.0), r(4.3, 2.0, 0.5));
        assert!((bare - spread).abs() < 1e-12, "losses that avoid each other count as random");
        assert!(r(0.0, 0.0, 1.0).is_finite());
    }

    #[test]
    fn delay_costs_more_than_it_did() {
        let mut before = f64::INFINITY;
        for ms in [2.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 1_000.0] {
            let r = Parameters::default().with_delay(ms).terms().r;
            assert!(r < before, "{ms} ms: {r}");
            before = r;
        }
    }
}
