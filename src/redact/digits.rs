//! A keyed permutation of the strings of a form: each place keeps its alphabet.

use super::key::Key;

/// Rounds of the network; NIST SP 800-38G's FF1 has ten.
const ROUNDS: u8 = 10;

/// Moves `digits`, each below the `radix` of its place, to other digits of the
/// same places. It is a Feistel network as in NIST SP 800-38G with HMAC-SHA-256
/// for its round function, so that different strings stay different.
pub(super) fn permute(key: &Key, purpose: &str, digits: &mut [u8], radix: &[u8]) {
    let add = |to: &mut [u8], radix: &[u8], round: u8, by: &[u8]| {
        let length = [u8::try_from(to.len() & 0xff).unwrap_or(0), round];
        let mut pool = [0; 32];
        for (at, (digit, radix)) in to.iter_mut().zip(radix).enumerate() {
            let place = at % 16;
            if place == 0 {
                let block = u32::try_from(at / 16).unwrap_or(u32::MAX).to_be_bytes();
                pool = key.draw(purpose, &[&length, &block, by]);
            }
            let pair = [pool.get(2 * place), pool.get(2 * place + 1)];
            let number = pair.into_iter().flatten().fold(0_u32, |sum, b| sum * 256 + u32::from(*b));
            let radix = u32::from(*radix).max(1);
            *digit = u8::try_from((u32::from(*digit) + number) % radix).unwrap_or(0);
        }
    };
    let middle = digits.len() / 2;
    let (left, right) = digits.split_at_mut(middle);
    let (left_radix, right_radix) = radix.split_at(middle.min(radix.len()));
    for round in 0..ROUNDS {
        if round % 2 == 0 {
            add(right, right_radix, round, left);
        } else {
            add(left, left_radix, round, right);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_string_has_its_own() {
        let key = Key::new(b"k");
        let (radix, mut seen) = ([9, 10, 26], BTreeSet::new());
        for number in 0..9 * 10 * 26_u32 {
            let place = |by: u32, radix: u32| u8::try_from(number / by % radix).unwrap();
            let mut digits = [place(1, 9), place(9, 10), place(90, 26)];
            permute(&key, "t", &mut digits, &radix);
            assert!(digits.iter().zip(radix).all(|(digit, radix)| *digit < radix));
            seen.insert(digits);
        }
        assert_eq!(seen.len(), 9 * 10 * 26);
    }

    #[test]
    fn one_place_and_none_are_strings_too() {
        let key = Key::new(b"k");
        permute(&key, "t", &mut [], &[]);
        let all: BTreeSet<u8> = (0..10)
            .map(|digit| {
                let mut digits = [digit];
                permute(&key, "t", &mut digits, &[10]);
                digits[0]
            })
            .collect();
        assert_eq!(all.len(), 10);
    }
}
