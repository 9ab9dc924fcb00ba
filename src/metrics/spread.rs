//! How often each value occurred: mean and percentiles without keeping every value.

use std::collections::BTreeMap;

/// Values that are told apart of a [`Spread`] that is one of many.
pub const OF_MANY: usize = 1 << 12;
/// Bits of a value that are kept when there are too many to tell apart: steps of
/// less than 0.4 percent.
const BITS: u32 = 9;

/// Counts by value, of whole numbers such as nanoseconds.
///
/// Up to a number of different values everything is exact. Beyond it, values
/// count as the middle of their step of less than 0.4 percent; count, mean, least
/// and greatest stay exact. What comes out depends only on the values, not on
/// their order or on how they were put together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Spread {
    counts: Counts,
    most: usize,
    coarse: bool,
    count: u64,
    sum: i128,
    range: Option<(i64, i64)>,
}

impl Default for Spread {
    fn default() -> Self {
        Self::new(OF_MANY)
    }
}

impl Spread {
    /// No values yet; up to `most` different ones are told apart.
    pub const fn new(most: usize) -> Self {
        Self { counts: Counts::Few(Vec::new()), most, coarse: false, count: 0, sum: 0, range: None }
    }

    /// Takes a value.
    pub fn push(&mut self, value: i64) {
        self.count += 1;
        self.sum += i128::from(value);
        let (least, greatest) = self.range.unwrap_or((value, value));
        self.range = Some((least.min(value), greatest.max(value)));
        self.put(value, 1);
    }

    /// Adds the values of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.count += other.count;
        self.sum += other.sum;
        if let Some((least, greatest)) = other.range {
            let (known, known_greatest) = self.range.unwrap_or((least, greatest));
            self.range = Some((known.min(least), known_greatest.max(greatest)));
        }
        if other.coarse && !self.coarse {
            self.coarsen();
        }
        for (value, count) in other.counts.iter() {
            self.put(value, count);
        }
    }

    fn put(&mut self, value: i64, count: u64) {
        let value = if self.coarse { middle(value) } else { value };
        self.counts.add(value, count);
        if !self.coarse && self.counts.len() > self.most {
            self.coarsen();
        }
    }

    fn coarsen(&mut self) {
        self.coarse = true;
        let counts = std::mem::replace(&mut self.counts, Counts::Few(Vec::new()));
        for (value, count) in counts.iter() {
            self.counts.add(middle(value), count);
        }
    }

    /// How many values there are.
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The least and the greatest.
    pub const fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// The mean.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The nearest-rank percentile.
    pub fn percentile(&self, percent: u64) -> Option<i64> {
        let rank = self.count.saturating_mul(percent).div_ceil(100).max(1);
        let (least, greatest) = self.range?;
        let mut passed = 0;
        let value = self.counts.iter().find_map(|(value, count)| {
            passed += count;
            (passed >= rank).then_some(value)
        });
        value.map(|value| value.clamp(least, greatest))
    }
}

/// Counts by value, in order: most are of few values, which a list has in less.
#[derive(Clone, Debug)]
enum Counts {
    Few(Vec<(i64, u64)>),
    Many(BTreeMap<i64, u64>),
}

/// Values of a list.
const FEW: usize = 32;

impl Counts {
    fn add(&mut self, value: i64, count: u64) {
        match self {
            Self::Few(list) => match list.binary_search_by_key(&value, |(value, _)| *value) {
                Ok(place) => {
                    if let Some((_, known)) = list.get_mut(place) {
                        *known += count;
                    }
                }
                Err(place) if list.len() < FEW => list.insert(place, (value, count)),
                Err(_) => {
                    let mut many: BTreeMap<_, _> = list.drain(..).collect();
                    many.insert(value, count);
                    *self = Self::Many(many);
                }
            },
            Self::Many(map) => *map.entry(value).or_default() += count,
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Few(list) => list.len(),
            Self::Many(map) => map.len(),
        }
    }

    fn iter(&self) -> impl Iterator<Item = (i64, u64)> {
        let (list, map) = match self {
            Self::Few(list) => (Some(list), None),
            Self::Many(map) => (None, Some(map)),
        };
        let list = list.into_iter().flatten().copied();
        list.chain(map.into_iter().flatten().map(|(value, count)| (*value, *count)))
    }
}

impl PartialEq for Counts {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for Counts {}

/// The middle of the step that a value is in. Middles are their own.
fn middle(value: i64) -> i64 {
    let size = value.unsigned_abs();
    let bits = u64::BITS - size.leading_zeros();
    let Some(shift) = bits.checked_sub(BITS).filter(|shift| *shift > 0) else { return value };
    let middle = (size >> shift << shift) + (1 << (shift - 1));
    let middle = i64::try_from(middle).unwrap_or(i64::MAX);
    if value < 0 { -middle } else { middle }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values: &[i64], most: usize) -> Spread {
        let mut spread = Spread::new(most);
        for value in values {
            spread.push(*value);
        }
        spread
    }

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<_> = (1..=20).collect();
        let spread = of(&values, 100);
        let percentiles = [50, 95, 5, 100, 0].map(|percent| spread.percentile(percent));
        assert_eq!(percentiles, [10, 19, 1, 20, 1].map(Some));
        assert_eq!((spread.mean(), spread.range()), (Some(10.5), Some((1, 20))));
        assert_eq!(of(&[], 1).percentile(50), None);
        assert_eq!(of(&[7], 1).percentile(95), Some(7));
    }

    proptest! {
        #[test]
        fn what_comes_out_depends_on_the_values_alone(
            values in prop::collection::vec(0..2_000_000_000_i64, 0..200),
            cut in 0..200_usize,
            most in 0..100_usize,
        ) {
            let whole = of(&values, most);
            let (one, other) = values.split_at(cut.min(values.len()));
            let mut parts = of(other, most);
            parts.merge(&of(one, most));
            prop_assert_eq!(&parts, &whole);
            let mut sorted = values.clone();
            sorted.sort_unstable();
            prop_assert_eq!(&of(&sorted, most), &whole);
            for percent in [1, 5, 50, 95, 99] {
                let rank = (values.len() * percent).div_ceil(100).max(1);
                let exact = sorted.get(rank - 1).copied();
                let found = whole.percentile(percent as u64);
                prop_assert_eq!(exact.is_some(), found.is_some());
                if let Some((exact, found)) = exact.zip(found) {
                    prop_assert!(exact.abs_diff(found) as f64 <= exact as f64 * 0.004);
                    prop_assert!(whole.coarse || exact == found);
                }
            }
        }
    }
}
