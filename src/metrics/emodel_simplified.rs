//! Simplified E-models that other programs print; here to explain a
//! difference from them, not to score a call.

/// Id of Cole and Rosenbluth (2001), from the one-way delay in ms.
pub fn cole_rosenbluth_id(delay_ms: f64) -> f64 {
    0.024 * delay_ms + 0.11 * (delay_ms - 177.3).max(0.0)
}

/// R of Cole and Rosenbluth (2001), whose 94.2 is the default of G.107's 1998
/// edition.
pub fn cole_rosenbluth_r(delay_ms: f64, ie_eff: f64) -> f64 {
    94.2 - cole_rosenbluth_id(delay_ms) - ie_eff
}

/// `93.2 - Idd - Ie,eff`: G.107 with echo left out.
pub fn without_echo_r(idd: f64, ie_eff: f64) -> f64 {
    93.2 - idd - ie_eff
}

/// What VoIPmonitor makes of losses.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Voipmonitor {
    /// Lost of received (not of expected).
    pub loss_ratio: f64,
    /// Mean run of losses over that of random loss; 0 where it finds no loss.
    pub burst_ratio: f64,
    /// Its score.
    pub mos: f64,
}

/// VoIPmonitor's score of `lost` packets in `bursts` runs beside `received`
/// ones (METRICS M2.5): below five losses none, no delay, a Bpl of its own and a
/// curve of its own.
pub fn voipmonitor_mos(lost: u64, bursts: u64, received: u64) -> Voipmonitor {
    const BEST: f64 = 4.5;
    const FEWEST: u64 = 5;
    if lost < FEWEST || bursts == 0 || received == 0 {
        return Voipmonitor { loss_ratio: 0.0, burst_ratio: 0.0, mos: BEST };
    }
    let loss_ratio = lost as f64 / received as f64;
    let burst_ratio = (lost as f64 / bursts as f64 * (1.0 - loss_ratio)).max(1.0);
    if loss_ratio > 0.5 {
        return Voipmonitor { loss_ratio, burst_ratio, mos: 1.0 };
    }
    let percent = 100.0 * loss_ratio;
    let r = 93.206_207_723_3 - 95.0 * percent / (percent / burst_ratio + 17.264_7);
    let mos = 2.064_05 + 0.031_738 * r - 0.000_356_641 * r * r + 2.931_43e-6 * r * r * r;
    Voipmonitor { loss_ratio, burst_ratio, mos: mos.clamp(1.0, BEST) }
}

/// Asterisk's media experience score as a MOS: latency with weighted jitter and
/// 10 ms, two points of R for each percent lost.
pub fn asterisk_mos(round_trip_s: f64, jitter_ms: f64, jitter_deviation: f64, lost: f64) -> f64 {
    let latency = 1e3 * round_trip_s + 2.0 * jitter_ms * jitter_deviation / 3.0 + 10.0;
    let by_latency = if latency < 160.0 { latency / 40.0 } else { (latency - 120.0) / 10.0 };
    super::mos::mos(93.2 - by_latency - 2.0 * lost)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cole_and_rosenbluth_print_3_6_at_150_ms() {
        assert!((cole_rosenbluth_id(150.0) - 3.6).abs() < 1e-12);
        assert!((cole_rosenbluth_r(300.0, 10.0) - 63.503).abs() < 1e-9);
        assert!((without_echo_r(0.0, 0.0) - 93.2).abs() < 1e-12);
    }
}
