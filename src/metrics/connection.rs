//! The E-model's parameters as somebody sets them by name.

use crate::metrics::emodel::{DelayClass, Parameters};
use crate::metrics::{emodel_fb, emodel_wb};

/// A connection as it is planned: what is set here holds for every stream,
/// what is not is the Recommendation's default or is measured.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Connection {
    /// All parameters but those below; the delays in it are 0.
    base: Parameters,
    ie: Option<f64>,
    bpl: Option<f64>,
    ppl: Option<f64>,
    burst_r: Option<f64>,
    /// T, Ta and Tr.
    delays: [Option<f64>; 3],
}

/// A parameter's name, its least and greatest sensible value, and its meaning.
type Known = (&'static str, f64, f64, &'static str);

/// The parameters that can be set, by the names of G.107 table 3.
pub const PARAMETERS: &[Known] = &[
    ("SLR", -10.0, 40.0, "send loudness rating, dB [8]"),
    ("RLR", -20.0, 40.0, "receive loudness rating, dB [2]"),
    ("STMR", 0.0, 60.0, "sidetone masking rating, dB [15]"),
    ("LSTR", 0.0, 60.0, "listener sidetone rating, dB [STMR + Dr]"),
    ("Ds", -10.0, 10.0, "D-value of the telephone, send side [3]"),
    ("Dr", -10.0, 10.0, "D-value of the telephone, receive side [3]"),
    ("TELR", 0.0, 120.0, "talker echo loudness rating, dB [65]"),
    ("WEPL", 0.0, 200.0, "weighted echo path loss, dB [110]"),
    ("T", 0.0, 10_000.0, "mean one-way delay of the echo path, ms [measured]"),
    ("Ta", 0.0, 10_000.0, "absolute one-way delay, ms [measured]"),
    ("Tr", 0.0, 20_000.0, "round-trip delay of the four-wire loop, ms [measured]"),
    ("qdu", 1.0, 100.0, "quantising distortion units [1]"),
    ("Ie", 0.0, 100.0, "equipment impairment factor [the codec's]"),
    ("Bpl", 1.0, 100.0, "packet-loss robustness factor [the codec's]"),
    ("Ppl", 0.0, 100.0, "packet loss, percent [measured]"),
    ("BurstR", 1.0, 1_000.0, "burst ratio [measured]"),
    ("Nc", -120.0, 0.0, "circuit noise, dBm0p [-70]"),
    ("Nfor", -120.0, 0.0, "noise floor at the receive side, dBmp [-64]"),
    ("Ps", 0.0, 130.0, "room noise at the send side, dB(A) [35]"),
    ("Pr", 0.0, 130.0, "room noise at the receive side, dB(A) [35]"),
    ("A", 0.0, 20.0, "advantage of access [0]"),
    ("sT", 0.05, 10.0, "sensitivity to delay [1]"),
    ("mT", 1.0, 1_000.0, "least delay that is perceived, ms [100]"),
];

impl Connection {
    /// Sets the parameter of that name, compared without case. `Err` says what
    /// is wrong: no such name, or a value that no connection has.
    ///
    /// # Errors
    /// In words, for the user.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), String> {
        let known = PARAMETERS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let Some((name, least, most, _)) = known else {
            let names: Vec<_> = PARAMETERS.iter().map(|(name, ..)| *name).collect();
            return Err(format!("the E-model has no {name}; there are {}", names.join(", ")));
        };
        // Not a number is in no range.
        if !(*least..=*most).contains(&value) {
            return Err(format!("{name} is from {least} to {most}"));
        }
        let base = &mut self.base;
        match *name {
            "SLR" => base.slr = value,
            "RLR" => base.rlr = value,
            "STMR" => base.stmr = value,
            "LSTR" => base.lstr = Some(value),
            "Ds" => base.ds = value,
            "Dr" => base.dr = value,
            "TELR" => base.telr = value,
            "WEPL" => base.wepl = value,
            "T" => self.delays[0] = Some(value),
            "Ta" => self.delays[1] = Some(value),
            "Tr" => self.delays[2] = Some(value),
            "qdu" => base.qdu = value,
            "Ie" => self.ie = Some(value),
            "Bpl" => self.bpl = Some(value),
            "Ppl" => self.ppl = Some(value),
            "BurstR" => self.burst_r = Some(value),
            "Nc" => base.nc = value,
            "Nfor" => base.nfor = value,
            "Ps" => base.ps = value,
            "Pr" => base.pr = value,
            "A" => base.advantage = value,
            "sT" => base.delay_class = DelayClass { sensitivity: value, ..base.delay_class },
            _ => base.delay_class = DelayClass { perceivable_ms: value, ..base.delay_class },
        }
        Ok(())
    }

    /// Ie that is set for every codec.
    pub const fn ie(&self) -> Option<f64> {
        self.ie
    }

    /// Bpl that is set for every codec.
    pub const fn bpl(&self) -> Option<f64> {
        self.bpl
    }

    /// Loss that is set in place of what was measured, percent.
    pub const fn ppl(&self) -> Option<f64> {
        self.ppl
    }

    /// A burst ratio that is set in place of what was measured.
    pub const fn burst_r(&self) -> Option<f64> {
        self.burst_r
    }

    /// Whether any of T, Ta and Tr is set.
    pub fn sets_delay(&self) -> bool {
        self.delays.iter().any(Option::is_some)
    }

    /// T, Ta and Tr under a measured one-way delay; without one (listening
    /// quality) all are 0, whatever is set.
    fn delays(&self, one_way_ms: Option<f64>) -> [f64; 3] {
        let Some(one_way_ms) = one_way_ms else { return [0.0; 3] };
        let measured = [one_way_ms, one_way_ms, 2.0 * one_way_ms];
        let [t, ta, tr] = self.delays;
        [t.unwrap_or(measured[0]), ta.unwrap_or(measured[1]), tr.unwrap_or(measured[2])]
    }

    /// The narrowband parameters.
    pub fn narrowband(&self, ie: f64, bpl: f64, loss: Loss, one_way_ms: Option<f64>) -> Parameters {
        let [t, ta, tr] = self.delays(one_way_ms);
        Parameters {
            ie,
            bpl,
            ppl: loss.percent,
            burst_r: loss.burst_ratio,
            echo_delay_ms: t,
            absolute_delay_ms: ta,
            round_trip_ms: tr,
            ..self.base
        }
    }

    /// The wideband parameters: those that G.107.1 has.
    pub fn wideband(
        &self,
        ie: f64,
        bpl: f64,
        loss: Loss,
        one_way_ms: Option<f64>,
    ) -> emodel_wb::Parameters {
        let [echo_delay_ms, absolute_delay_ms, round_trip_ms] = self.delays(one_way_ms);
        emodel_wb::Parameters {
            telr: self.base.telr,
            wepl: self.base.wepl,
            echo_delay_ms,
            absolute_delay_ms,
            round_trip_ms,
            ie,
            bpl,
            ppl: loss.percent,
            advantage: self.base.advantage,
        }
    }

    /// The fullband parameters: those that G.107.2 has.
    pub fn fullband(
        &self,
        ie: f64,
        bpl: f64,
        loss: Loss,
        one_way_ms: Option<f64>,
    ) -> emodel_fb::Parameters {
        let [_, absolute_delay_ms, _] = self.delays(one_way_ms);
        let advantage = self.base.advantage;
        emodel_fb::Parameters { absolute_delay_ms, ie, bpl, ppl: loss.percent, advantage }
    }
}

/// Loss as the E-model takes it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Loss {
    /// Ppl.
    pub percent: f64,
    /// BurstR.
    pub burst_ratio: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Loss = Loss { percent: 0.0, burst_ratio: 1.0 };

    #[test]
    fn every_parameter_of_the_list_is_settable_and_changes_something() {
        for (name, least, most, _) in PARAMETERS {
            let before = Connection::default();
            let mut after = before;
            assert_eq!(after.set(name, f64::midpoint(*least, *most)), Ok(()), "{name}");
            assert_ne!(before, after, "{name}");
            assert!(after.set(name, most + 1.0).is_err() && after.set(name, f64::NAN).is_err());
        }
        assert!(Connection::default().set("XYZ", 1.0).unwrap_err().contains("TELR"));
    }

    #[test]
    fn nothing_set_is_the_default_connection() {
        let parameters = Connection::default().narrowband(0.0, 4.3, NONE, None);
        assert_eq!(parameters, Parameters::default());
        let far = Connection::default().narrowband(0.0, 4.3, NONE, Some(100.0));
        assert_eq!(far, Parameters::default().with_delay(100.0));
    }

    #[test]
    fn a_delay_that_is_set_holds_for_conversation_only() {
        let mut connection = Connection::default();
        connection.set("ta", 300.0).unwrap();
        assert!(connection.sets_delay());
        let listening = connection.narrowband(0.0, 4.3, NONE, None);
        assert_eq!(listening, Parameters::default());
        let talking = connection.narrowband(0.0, 4.3, NONE, Some(50.0));
        assert_eq!(
            (talking.echo_delay_ms, talking.absolute_delay_ms, talking.round_trip_ms),
            (50.0, 300.0, 100.0)
        );
        let full = connection.fullband(0.0, 4.3, NONE, Some(50.0));
        assert_eq!(Some(full.absolute_delay_ms), connection.delays[1]);
    }

    #[test]
    fn wideband_takes_what_it_has() {
        let mut connection = Connection::default();
        for (name, value) in [("TELR", 50.0), ("WEPL", 60.0), ("A", 5.0), ("Nc", -60.0)] {
            connection.set(name, value).unwrap();
        }
        let wide = connection.wideband(13.0, 4.9, NONE, None);
        assert_eq!((wide.telr, wide.wepl, wide.advantage), (50.0, 60.0, 5.0));
    }
}
