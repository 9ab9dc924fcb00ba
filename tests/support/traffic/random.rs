//! Numbers that look random and are the same for the same seed.

/// A counter whose mixed value is the output (the SplitMix64 construction).
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Mixes a number one to one: distinct numbers stay distinct.
pub(crate) const fn mixed(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

impl Random {
    /// The sequence of a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(mixed(seed))
    }

    /// The sequence of part number `part` of a seed.
    pub(crate) const fn part(seed: u64, part: u64) -> Self {
        Self::new(seed ^ mixed(part.wrapping_add(STEP)))
    }

    /// Any number.
    pub(crate) const fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// Any number of 32 bits.
    pub(crate) const fn word(&mut self) -> u32 {
        let [.., a, b, c, d] = self.number().to_be_bytes();
        u32::from_be_bytes([a, b, c, d])
    }

    /// Any number of 16 bits.
    pub(crate) const fn half(&mut self) -> u16 {
        let [.., a, b] = self.number().to_be_bytes();
        u16::from_be_bytes([a, b])
    }

    /// A number of 0..`bound`, and 0 for a bound of 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let scaled = (u128::from(self.number()) * u128::from(bound)) >> 64;
        u64::try_from(scaled).unwrap_or(0)
    }

    /// A fraction of 0..1.
    pub(crate) fn fraction(&mut self) -> f64 {
        f64::from(self.word()) / (f64::from(u32::MAX) + 1.0)
    }

    /// Whether something that happens to this share of all cases happens.
    pub(crate) fn chance(&mut self, share: f64) -> bool {
        share > 0.0 && self.fraction() < share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let numbers = |seed| {
            let mut random = Random::new(seed);
            [random.number(), random.number(), random.number()]
        };
        assert_eq!(numbers(7), numbers(7));
        assert_ne!(numbers(7), numbers(8));
    }

    #[test]
    fn shares_and_bounds_are_kept() {
        let mut random = Random::new(1);
        let hits = (0..100_000).filter(|_| random.chance(0.1)).count();
        assert!((9_500..10_500).contains(&hits), "{hits}");
        assert!((0..1_000).all(|_| random.below(3) < 3));
        assert!(!random.chance(0.0) && random.chance(1.0));
        assert_eq!(random.below(0), 0);
    }
}
