//! Quantiles: of many values from a histogram that adds up, of few exactly.

/// Buckets of one octave; half of a bucket's width is the error.
const PER_OCTAVE: usize = 64;
/// The octaves from `2^-10` (about 0.001) to `2^22` (about 4 million).
const OCTAVES: usize = 32;
const BUCKETS: usize = PER_OCTAVE * OCTAVES;
/// Values below this share the first bucket.
const LOWEST: f64 = 1.0 / 1_024.0;

/// A histogram of values such as milliseconds or MOS, in buckets of fixed
/// relative width. Its quantiles are within 0.8 % of the exact ones between
/// 0.001 and 4 million; its least and greatest value are exact. Two add up to
/// what one would be of all their values.
#[derive(Clone, PartialEq, Debug)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    sum: f64,
    min: f64,
    max: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// The greatest relative error of a quantile.
    pub const RELATIVE_ERROR: f64 = 0.5 / PER_OCTAVE as f64;

    /// An empty histogram; 16 KiB from its first value on.
    pub const fn new() -> Self {
        Self { buckets: Vec::new(), count: 0, sum: 0.0, min: f64::INFINITY, max: f64::NEG_INFINITY }
    }

    /// Counts `value`; what is not finite is not counted.
    pub fn push(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        if self.buckets.is_empty() {
            self.buckets = vec![0; BUCKETS];
        }
        if let Some(bucket) = self.buckets.get_mut(bucket_of(value)) {
            *bucket += 1;
        }
        self.count += 1;
        self.sum += value;
        self.min = self.min.min(value);
        self.max = self.max.max(value);
    }

    /// Adds the values of `other`.
    pub fn merge(&mut self, other: &Self) {
        if self.buckets.is_empty() {
            self.buckets.clone_from(&other.buckets);
        } else {
            for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
                *mine += theirs;
            }
        }
        self.count += other.count;
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    /// Values counted.
    pub const fn count(&self) -> u64 {
        self.count
    }

    fn known(&self, value: f64) -> Option<f64> {
        (self.count > 0).then_some(value)
    }

    /// The mean, exact.
    pub fn mean(&self) -> Option<f64> {
        self.known(self.sum / self.count as f64)
    }

    /// The least value, exact.
    pub fn min(&self) -> Option<f64> {
        self.known(self.min)
    }

    /// The greatest value, exact.
    pub fn max(&self) -> Option<f64> {
        self.known(self.max)
    }

    /// The value that `q` (0 to 1) of all values do not exceed, by nearest rank.
    pub fn quantile(&self, q: f64) -> Option<f64> {
        let rank = rank_of(q, self.count)?;
        let mut below = 0;
        for (index, count) in self.buckets.iter().enumerate() {
            below += count;
            if below >= rank {
                return Some(middle_of(index).clamp(self.min, self.max));
            }
        }
        Some(self.max)
    }
}

/// The 1-based nearest rank of quantile `q` among `count` values.
fn rank_of(q: f64, count: u64) -> Option<u64> {
    if count == 0 {
        return None;
    }
    // A float becomes the nearest value of the integer's range.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = (q * count as f64).ceil() as u64;
    Some(rank.clamp(1, count))
}

/// An octave is cut into equal parts, so that the bucket can be read off the
/// float's own bits, the same on every machine.
fn bucket_of(value: f64) -> usize {
    if value <= LOWEST {
        return 0;
    }
    let mantissa_bits = f64::MANTISSA_DIGITS - 1;
    let shift = mantissa_bits - PER_OCTAVE.ilog2();
    let place = (value.to_bits() >> shift).saturating_sub(LOWEST.to_bits() >> shift);
    usize::try_from(place).map_or(BUCKETS - 1, |place| place.min(BUCKETS - 1))
}

fn middle_of(bucket: usize) -> f64 {
    let (octave, part) = (bucket / PER_OCTAVE, bucket % PER_OCTAVE);
    let octave = i32::try_from(octave).unwrap_or(0);
    LOWEST * 2.0_f64.powi(octave) * (1.0 + (part as f64 + 0.5) / PER_OCTAVE as f64)
}

/// The quantile `q` (0 to 1) of `values` by nearest rank, exactly; sorts them.
/// `None` of no values. What is not a number sorts to the end.
pub fn exact_quantile(values: &mut [f64], q: f64) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let rank = rank_of(q, values.len() as u64)?;
    values.get(usize::try_from(rank).ok()? - 1).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn histogram(values: &[f64]) -> Histogram {
        let mut histogram = Histogram::new();
        for value in values {
            histogram.push(*value);
        }
        histogram
    }

    #[test]
    fn nothing_has_no_quantiles() {
        let empty = histogram(&[f64::NAN, f64::INFINITY]);
        assert_eq!((empty.quantile(0.5), empty.mean(), empty.max()), (None, None, None));
        assert_eq!(exact_quantile(&mut [], 0.5), None);
    }

    #[test]
    fn nearest_rank_is_a_value_that_occurred() {
        let mut values = [15.0, 20.0, 35.0, 40.0, 50.0];
        assert_eq!(exact_quantile(&mut values, 0.05), Some(15.0));
        assert_eq!(exact_quantile(&mut values, 0.4), Some(20.0));
        assert_eq!(exact_quantile(&mut values, 0.5), Some(35.0));
        assert_eq!(exact_quantile(&mut values, 1.0), Some(50.0));
        assert_eq!(exact_quantile(&mut values, -7.0), Some(15.0));
    }

    #[test]
    fn values_off_the_scale_are_clamped_to_what_was_seen() {
        let wide = histogram(&[-3.0, 0.0, 1e300]);
        assert_eq!(wide.quantile(0.0), Some(LOWEST * (1.0 + 0.5 / 64.0)));
        assert_eq!((wide.min(), wide.max()), (Some(-3.0), Some(1e300)));
        assert_eq!(histogram(&[10.0]).quantile(0.5), Some(10.0));
        assert_eq!(histogram(&[0.0, 0.0]).quantile(0.5), Some(0.0));
    }

    proptest! {
        #[test]
        fn quantiles_are_within_the_stated_error(
            mut values in prop::collection::vec(0.002_f64..4e6, 1..200),
            q in 0.0_f64..=1.0,
        ) {
            let approximate = histogram(&values).quantile(q).unwrap();
            let exact = exact_quantile(&mut values, q).unwrap();
            let error = (approximate - exact).abs() / exact;
            prop_assert!(error <= Histogram::RELATIVE_ERROR, "{} for {}", approximate, exact);
        }

        #[test]
        fn parts_add_up_to_the_whole(
            values in prop::collection::vec(0.0_f64..1e7, 0..100),
            cut in any::<prop::sample::Index>(),
        ) {
            let (left, right) = values.split_at(cut.index(values.len() + 1));
            let mut sum = histogram(left);
            sum.merge(&histogram(right));
            let whole = histogram(&values);
            prop_assert_eq!(&sum.buckets, &whole.buckets);
            prop_assert_eq!((sum.min(), sum.max()), (whole.min(), whole.max()));
        }
    }
}
