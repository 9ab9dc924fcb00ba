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
