//! Whether two samples differ by more than chance: tests without an assumption
//! about how values are spread, and what remains of many tests at once.

use std::cmp::Ordering;
use std::f64::consts::{PI, SQRT_2};

/// What a test says.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Verdict {
    /// Which test it was.
    pub test: Test,
    /// How probable a difference at least as great is by chance alone, two-sided.
    pub p: f64,
    /// Whether the second sample is the greater (positive) or the first (negative):
    /// the difference of shares, or of the chances that a value of one is greater
    /// than a value of the other.
    pub difference: f64,
}

/// A test.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Test {
    /// Mann-Whitney U, in its normal approximation with continuity and tie
    /// correction: whether the values of one sample tend to be greater.
    MannWhitney,
    /// Fisher's exact test of a two by two table.
    Fisher,
    /// The z test of two proportions with their pooled share.
    TwoProportions,
}

impl Test {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MannWhitney => "Mann-Whitney U",
            Self::Fisher => "Fisher exact",
            Self::TwoProportions => "two-proportion z",
        }
    }
}

/// The fewest values of each sample for which the normal approximation of U is
/// used; of fewer nothing is said.
pub const FEWEST: usize = 8;
/// Below this many expected in any cell, two shares are compared exactly.
const FEW_EXPECTED: f64 = 5.0;

/// Compares the values of two samples; `None` when one has fewer than
/// [`FEWEST`], or all values are the same. What is not finite is left out.
pub fn values(a: &[f64], b: &[f64]) -> Option<Verdict> {
    let of = |sample: &[f64], first: bool| -> Vec<(f64, bool)> {
        sample.iter().filter(|value| value.is_finite()).map(|value| (*value, first)).collect()
    };
    let mut all = of(a, true);
    let first = all.len();
    all.extend(of(b, false));
    let second = all.len() - first;
    if first < FEWEST || second < FEWEST {
        return None;
    }
    all.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    // Equal values share the mean of their ranks.
    let (mut rank_sum, mut ties, mut before) = (0.0, 0.0, 0.0);
    for equal in all.chunk_by(|(a, _), (b, _)| a.partial_cmp(b) == Some(Ordering::Equal)) {
        let count = equal.len() as f64;
        let in_first = equal.iter().filter(|(_, first)| *first).count() as f64;
        rank_sum += in_first * (before + f64::midpoint(count, 1.0));
        ties += count * (count * count - 1.0);
        before += count;
    }
    let (of_first, of_second) = (first as f64, second as f64);
    let (together, pairs) = (of_first + of_second, of_first * of_second);
    let u = rank_sum - of_first * (of_first + 1.0) / 2.0;
    let variance = pairs / 12.0 * (together + 1.0 - ties / (together * (together - 1.0)));
    if variance <= 0.0 {
        return None;
    }
    let z = ((u - pairs / 2.0).abs() - 0.5).max(0.0) / variance.sqrt();
    let difference = 1.0 - 2.0 * u / pairs;
    Some(Verdict { test: Test::MannWhitney, p: two_sided(z), difference })
}

/// Compares two shares: `of` those counted, `with` those that have something.
/// `None` when a sample is empty, or all or none of both have it.
pub fn shares(a: Share, b: Share) -> Option<Verdict> {
    let (with, of) = (a.with + b.with, a.of + b.of);
    if a.of == 0 || b.of == 0 || with == 0 || with == of {
        return None;
    }
    let share = |one: Share| one.with as f64 / one.of as f64;
    let difference = share(b) - share(a);
    let pooled = with as f64 / of as f64;
    let smaller = a.of.min(b.of) as f64;
    if smaller * pooled.min(1.0 - pooled) < FEW_EXPECTED {
        return Some(Verdict { test: Test::Fisher, p: fisher(a, b), difference });
    }
    let error = (pooled * (1.0 - pooled) * (1.0 / a.of as f64 + 1.0 / b.of as f64)).sqrt();
    let p = two_sided(difference.abs() / error);
    Some(Verdict { test: Test::TwoProportions, p, difference })
}

/// Those of a sample that have something.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Share {
    /// That have it.
    pub with: u64,
    /// All of them.
    pub of: u64,
}

/// What remains of the probabilities of several tests at once (Holm 1979), in
/// their order: each is how probable it is by chance that any of those at least
/// as clear is found.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    let at = |index: usize| p.get(index).copied().unwrap_or(1.0);
    order.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
    let mut adjusted = vec![1.0; p.len()];
    let mut greatest = 0.0_f64;
    for (place, index) in order.into_iter().enumerate() {
        greatest = greatest.max((at(index) * (p.len() - place) as f64).min(1.0));
        if let Some(adjusted) = adjusted.get_mut(index) {
            *adjusted = greatest;
        }
    }
    adjusted
}

/// Fisher's exact test, two-sided: all tables of the same sums that are no more
/// probable than the one that was found.
fn fisher(a: Share, b: Share) -> f64 {
    let (with, of) = (a.with + b.with, a.of + b.of);
    let log_probability = |first: u64| {
        log_choose(a.of, first) + log_choose(b.of, with - first) - log_choose(of, with)
    };
    let (least, most) = (with.saturating_sub(b.of), with.min(a.of));
    let found = log_probability(a.with);
    // Equal ones differ by rounding alone.
    let no_more = |log: &f64| *log <= found + 1e-7;
    let sum: f64 = (least..=most).map(log_probability).filter(no_more).map(f64::exp).sum();
    sum.min(1.0)
}

fn log_choose(n: u64, k: u64) -> f64 {
    log_factorial(n) - log_factorial(k) - log_factorial(n - k)
}

/// The logarithm of n!: by Stirling's series, exactly where that is not good enough.
fn log_factorial(n: u64) -> f64 {
    if n < 32 {
        return (2..=n).map(|k| (k as f64).ln()).sum();
    }
    let x = n as f64;
    let series = 1.0 / (12.0 * x) - 1.0 / (360.0 * x.powi(3)) + 1.0 / (1_260.0 * x.powi(5));
    x * x.ln() - x + 0.5 * (2.0 * PI * x).ln() + series
}

/// How probable a deviation of `z` standard deviations to either side is.
fn two_sided(z: f64) -> f64 {
    complementary_error(z / SQRT_2).clamp(0.0, 1.0)
}

/// erfc for x >= 0: its series near 0, its continued fraction farther out
/// (Abramowitz and Stegun 7.1.6 and 7.1.14).
fn complementary_error(x: f64) -> f64 {
    let scale = (-x * x).exp() / PI.sqrt();
    if x < 2.0 {
        let (mut term, mut sum) = (x, x);
        for n in 1..100 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        return 1.0 - 2.0 * scale * sum;
    }
    let fraction = (1..=60).rev().fold(x, |below, n| x + f64::from(n) / 2.0 / below);
    scale / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn close(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-9 * expected.max(1e-9), "{found} {expected}");
    }

    /// scipy 1.17.1: `scipy.stats.mannwhitneyu(a, b, alternative="two-sided",
    /// method="asymptotic", use_continuity=True).pvalue`.
    #[test]
    fn ranks_are_compared_as_scipy_does() {
        let a = [4.41, 4.41, 4.39, 4.2, 3.97, 4.41, 4.1, 4.3, 4.41, 4.0];
        let b = [4.2, 3.9, 3.1, 3.6, 4.41, 3.2, 2.9, 3.97, 4.0];
        let verdict = values(&a, &b).unwrap();
        close(verdict.p, 0.010_555_924_855_989_494);
        // U of a is 76.5 of 90.
        close(-verdict.difference, 2.0 * 76.5 / 90.0 - 1.0);
        let a: Vec<_> = (1..=20).map(f64::from).collect();
        let b: Vec<_> = (10..40).map(|x| f64::from(x) + 0.5).collect();
        close(values(&a, &b).unwrap().p, 1.286_543_202_679_764e-06);
        let a: Vec<_> = (1..=8).map(f64::from).collect();
        let b: Vec<_> = (1..=8).map(|x| f64::from(x) + 0.5).collect();
        close(values(&a, &b).unwrap().p, 0.713_191_261_016_072);
        assert_eq!(values(&a, &b).unwrap().p.to_bits(), values(&b, &a).unwrap().p.to_bits());
    }

    /// scipy 1.17.1: `scipy.stats.fisher_exact(table).pvalue`.
    #[test]
    fn small_tables_are_compared_exactly() {
        for ([a, not_a, b, not_b], p) in [
            ([8, 2, 1, 5], 0.034_965_034_965_034_975),
            ([3, 1, 1, 3], 0.485_714_285_714_285_65),
            ([0, 10, 5, 5], 0.032_507_739_938_080_496),
            ([1, 99, 7, 43], 0.002_002_072_549_542_218),
            ([10, 190, 3, 2], 0.001_873_919_553_813_258),
        ] {
            let share = |with: u64, without: u64| Share { with, of: with + without };
            let verdict = shares(share(a, not_a), share(b, not_b)).unwrap();
            assert_eq!(verdict.test, Test::Fisher, "{a} {not_a} {b} {not_b}");
            close(verdict.p, p);
        }
    }

    /// scipy 1.17.1: `scipy.stats.chi2_contingency(table, correction=False).pvalue`,
    /// which is that of the z test.
    #[test]
    fn large_tables_are_compared_by_their_shares() {
        for (a, b, p) in [
            ((450, 500), (400, 500), 9.507_809_537_672_458e-06),
            ((45, 100), (55, 100), 0.157_299_207_050_281_05),
            ((990, 1000), (900, 1000), 1.071_866_131_126_281e-18),
        ] {
            let share = |(with, of)| Share { with, of };
            let verdict = shares(share(a), share(b)).unwrap();
            assert_eq!(verdict.test, Test::TwoProportions);
            close(verdict.p, p);
        }
    }

    #[test]
    fn nothing_is_said_of_too_little() {
        let few = [1.0, 2.0, 3.0];
        let many = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        assert_eq!(values(&few, &many), None);
        assert_eq!(values(&[4.41; 20], &[4.41; 20]), None, "no difference to speak of");
        assert_eq!(values(&[f64::NAN; 20], &many), None);
        let share = |with, of| Share { with, of };
        assert_eq!(shares(share(0, 0), share(1, 2)), None);
        assert_eq!(shares(share(5, 5), share(9, 9)), None);
    }

    /// Holm's procedure: the least times all, the next times one less, never falling.
    #[test]
    fn of_many_tests_less_remains() {
        let adjusted = holm(&[0.04, 0.01, 0.03, 0.5]);
        for (found, expected) in adjusted.iter().zip([0.09, 0.04, 0.09, 0.5]) {
            close(*found, expected);
        }
        assert_eq!(holm(&[]), [] as [f64; 0]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
