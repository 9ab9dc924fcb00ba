//! Telephone numbers: pseudonyms that keep how a number is written, and which
//! numbers are one.
//!
//! Elements put prefixes before numbers and take them off, so that two numbers
//! are one when the shorter is the end of the longer. Therefore the last seven
//! digits are moved together, and each digit before them by all that follow it:
//! numbers that end alike get pseudonyms that end alike, whether they are
//! written `+49 30 5550100`, `004930-5550100` or `030 5550100`. A zero before
//! the subscriber's seven digits stays a zero, since leading zeros are prefixes;
//! the country code does not stay, for a number without `+` does not show
//! whether it has one.

use super::digits::permute;
use super::key::Key;

/// Digits that are moved together: a subscriber number.
const TOGETHER: usize = 7;
/// Longest number; E.164 has 15 digits, prefixes and selections come on top.
const LONGEST: usize = 64;

/// Whether a text is a number as people and elements write it.
pub(super) fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let fits =
        |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | '(' | ')' | ' ' | '*' | '#');
    (1..=LONGEST).contains(&digits) && text.len() <= 2 * LONGEST && text.chars().all(fits)
}

/// The pseudonym of a number: the same length and signs, other digits.
pub(super) fn pseudonym(key: &Key, text: &str) -> String {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect();
    let mut moved = self::moved(key, &digits).into_iter();
    let place = |c: char| match c {
        '0'..='9' => moved.next().map_or('0', |digit| char::from(b'0' + digit)),
        sign => sign,
    };
    text.chars().map(place).collect()
}

fn moved(key: &Key, digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    let (prefix, number) = digits.split_at(zeros);
    let (head, tail) = number.split_at(number.len().saturating_sub(TOGETHER));
    let mut tail = tail.to_vec();
    together(key, &mut tail);
    let before = head.iter().enumerate().map(|(at, digit)| {
        if *digit == 0 {
            return 0;
        }
        let after = number.get(at + 1..).unwrap_or_default();
        one_of_nine(key, *digit, after)
    });
    prefix.iter().copied().chain(before).chain(tail).collect()
}

/// Moves the last digits. A first digit that is zero stays zero, one that is
/// not becomes none: a zero in front is a prefix.
fn together(key: &Key, digits: &mut [u8]) {
    let Some((first, rest)) = digits.split_first_mut() else { return };
    if *first == 0 {
        permute(key, "number after zero", rest, &[10; TOGETHER][..rest.len()]);
        return;
    }
    let mut radix = [10; TOGETHER];
    radix[0] = 9;
    *first -= 1;
    let length = digits.len();
    permute(key, "number", digits, &radix[..length]);
    if let Some(first) = digits.first_mut() {
        *first += 1;
    }
}

/// Another digit from 1 to 9, by a permutation that what follows chooses.
fn one_of_nine(key: &Key, digit: u8, after: &[u8]) -> u8 {
    let draw = key.draw("number before", &[after]);
    let mut nine = [1, 2, 3, 4, 5, 6, 7, 8, 9];
    for (last, bytes) in (1..nine.len()).rev().zip(draw.chunks_exact(2)) {
        let drawn = bytes.iter().fold(0, |sum, byte| sum * 256 + usize::from(*byte));
        nine.swap(last, drawn % (last + 1));
    }
    nine.get(usize::from(digit) - 1).copied().unwrap_or(digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> String {
        pseudonym(&Key::new(b"k"), text)
    }

    #[test]
    fn spellings_of_one_number_stay_one() {
        let plain = of("493055501001");
        assert_eq!(of("+493055501001"), format!("+{plain}"));
        assert_eq!(of("00493055501001"), format!("00{plain}"));
        assert_eq!(of("+49 (30) 555-01001").replace(['+', ' ', '(', ')', '-'], ""), plain);
        let national = of("03055501001");
        assert!(plain.ends_with(&national[1..]) && national.starts_with('0'));
        assert_ne!(plain, "493055501001");
    }

    #[test]
    fn what_is_a_number() {
        for number in ["200", "+43 1 5550-100", "*97", "(030) 5550100", "#31#5550100"] {
            assert!(is_number(number), "{number}");
        }
        for name in ["", "alice", "+", "2001:db8::1", "user200", "1e5"] {
            assert!(!is_number(name), "{name}");
        }
        assert!(!is_number(&"1".repeat(65)));
    }

    proptest! {
        /// Two numbers end alike exactly if their pseudonyms do, and leading
        /// zeros are as many as they were.
        #[test]
        fn ends_are_kept(long in "[0-9]{7,14}", cut in 0_usize..7, other in "[0-9]{7,14}") {
            let short = &long[cut.min(long.len() - 7)..];
            let significant = |text: &str| text.trim_start_matches('0').to_owned();
            if short.starts_with('0') {
                prop_assert_eq!(of(short).len(), short.len());
            } else {
                prop_assert!(of(&long).ends_with(&of(short)), "{} {} {} {}", long, short, of(&long), of(short));
            }
            let (a, b) = (significant(&long), significant(&other));
            if a.len() >= 7 && b.len() >= 7 {
                let ends = |a: &str, b: &str| a.ends_with(b) || b.ends_with(a);
                prop_assert_eq!(ends(&a, &b), ends(&significant(&of(&long)), &significant(&of(&other))));
            }
            prop_assert_eq!(of(&long).len() - significant(&of(&long)).len(), long.len() - a.len());
        }
    }
}
