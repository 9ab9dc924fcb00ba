//! The one rounding rule of everything that is exported.

/// Decimals of every exported fraction.
const DECIMALS: f64 = 1e6;

/// `value` rounded half away from zero to six decimals, the precision of all
/// exported fractions: below a nanosecond in milliseconds, and below what any
/// comparison with a published quality figure needs. Not finite: `None`.
pub fn rounded(value: f64) -> Option<f64> {
    value.is_finite().then(|| (value * DECIMALS).round() / DECIMALS)
}

/// `100 * part / whole`, rounded; `None` when `whole` is 0.
pub fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64).and_then(rounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_is_one_rule() {
        assert_eq!(rounded(1.234_567_89), Some(1.234_568));
        assert_eq!(rounded(-0.000_000_5), Some(-0.000_001));
        assert_eq!(rounded(f64::NAN), None);
        assert_eq!(percent(2, 3), Some(66.666_667));
        assert_eq!(percent(0, 0), None);
    }
}
