//! From R to opinion: MOS and its inverse, good-or-better, poor-or-worse
//! (ITU-T G.107 Annex B and Appendix I).

use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// The mean opinion score of `r` by the formula of Annex B, which dips to
/// 0.989 below R = 6.515.
pub fn mos_unclamped(r: f64) -> f64 {
    if r <= 0.0 {
        1.0
    } else if r >= 100.0 {
        4.5
    } else {
        1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6
    }
}

/// The mean opinion score of `r`, 1 to 4.5.
pub fn mos(r: f64) -> f64 {
    mos_unclamped(r).max(1.0)
}

/// The R whose opinion is `mos` (Appendix I), 6.515 to 100; `None` outside 1 to 4.5.
pub fn r_of_mos(mos: f64) -> Option<f64> {
    if !(1.0..=4.5).contains(&mos) {
        return None;
    }
    let root = (-903_522.0 + 1_113_960.0 * mos - 202_500.0 * mos * mos).max(0.0).sqrt();
    let h = (15.0 * root).atan2(18_566.0 - 6_750.0 * mos) / 3.0;
    Some(20.0 / 3.0 * (8.0 - 226.0_f64.sqrt() * (h + PI / 3.0).cos()))
}

/// Percentage of talkers who would call the connection good or better.
pub fn good_or_better_percent(r: f64) -> f64 {
    100.0 * normal_distribution((r - 60.0) / 16.0)
}

/// Percentage of talkers who would call the connection poor or worse.
pub fn poor_or_worse_percent(r: f64) -> f64 {
    100.0 * normal_distribution((45.0 - r) / 16.0)
}

/// The standard normal distribution function.
fn normal_distribution(x: f64) -> f64 {
    let tail = 0.5 * erfc(x.abs() * FRAC_1_SQRT_2);
    if x < 0.0 { tail } else { 1.0 - tail }
}

/// The complementary error function of `z >= 0`: its series of positive terms
/// near 0, its continued fraction further out, each to 1e-14.
fn erfc(z: f64) -> f64 {
    if z > 27.0 {
        return 0.0;
    }
    let gauss = (-z * z).exp() / PI.sqrt();
    if z < 2.5 {
        let (mut term, mut sum) = (z, z);
        for n in 1..60 {
            term *= 2.0 * z * z / f64::from(2 * n + 1);
            sum += term;
        }
        1.0 - 2.0 * gauss * sum
    } else {
        let mut fraction = z;
        for n in (1..60).rev() {
            fraction = z + f64::from(n) / 2.0 / fraction;
        }
        gauss / fraction
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn close(a: f64, b: f64, tolerance: f64) -> bool {
        (a - b).abs() <= tolerance
    }

    #[test]
    fn table_b_1_of_g_107() {
        for (r, mos_printed, gob, pow) in
            [(90.0, 4.34, 97.0, 0.0), (70.0, 3.60, 73.0, 6.0), (50.0, 2.58, 27.0, 38.0)]
        {
            assert!(close(mos(r), mos_printed, 0.006), "R {r}");
            assert!(close(good_or_better_percent(r), gob, 0.6), "R {r}");
            assert!(close(poor_or_worse_percent(r), pow, 0.6), "R {r}");
        }
    }

    #[test]
    fn opinion_stays_in_its_range() {
        assert!(close(mos(3.2), 1.0, 0.0) && mos_unclamped(3.2) < 0.99);
        assert!(close(mos(-1e300), 1.0, 0.0) && close(mos(1e300), 4.5, 0.0));
        assert_eq!((r_of_mos(0.99), r_of_mos(4.51), r_of_mos(f64::NAN)), (None, None, None));
    }

    #[test]
    fn the_two_branches_of_erfc_meet() {
        let (below, above) = (erfc(2.5 - 1e-12), erfc(2.5 + 1e-12));
        assert!(close(below, above, 1e-13), "{below} {above}");
        assert!(close(erfc(1.0), 0.157_299_207_050_285_13, 1e-15));
        assert!(close(erfc(4.0) / 1.541_725_790_028_002e-8, 1.0, 1e-12));
    }

    proptest! {
        #[test]
        fn the_inverse_undoes_the_curve(r in 6.516_f64..100.0) {
            let back = r_of_mos(mos(r)).unwrap();
            prop_assert!(close(back, r, 1e-6), "{} {}", r, back);
        }
    }
}
