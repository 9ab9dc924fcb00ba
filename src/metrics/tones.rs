//! DTMF tones in a voice of 8 kHz (ITU-T Q.23, Q.24), by Goertzel's algorithm.
//!
//! A block of 12.75 ms holds a digit when one tone of the low group and one of
//! the high group stand out of their groups, make up nearly all of the power,
//! and are not further apart than Q.24 allows. Two such blocks in a row, with
//! the same digit, are a digit of at least 25.5 ms; Q.24 asks that 40 ms are
//! taken and 23 ms are not.

/// Samples of a block: 12.75 ms.
const BLOCK: u32 = 102;
const LOW_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
const DIGITS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];
/// A tone is this many times as strong as any other of its group (8 dB).
const STANDS_OUT: f64 = 6.3;
/// The high tone may be this many times as strong as the low one (4 dB), and
/// the low tone this many times as the high one (8 dB) (Q.24 table A.1).
const HIGH_OVER_LOW: f64 = 2.51;
const LOW_OVER_HIGH: f64 = 6.31;
/// Share of the block's power that the two tones have.
const SHARE: f64 = 0.8;
/// The least mean power of a tone: -39 dBov, some 33 dBm0 below the digital milliwatt.
const LEAST: f64 = 32_768.0 * 32_768.0 * 1.26e-4;

/// A digit that was heard.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tone {
    /// The digit.
    pub digit: char,
    /// Where it begins, in samples.
    pub from: u64,
    /// How long it lasts, in samples.
    pub samples: u64,
}

/// One of the eight filters.
#[derive(Clone, Copy, Debug, Default)]
struct Filter {
    coefficient: f64,
    before: f64,
    before_that: f64,
}

impl Filter {
    fn of(hertz: f64) -> Self {
        let turn = std::f64::consts::TAU * hertz / 8_000.0;
        Self { coefficient: 2.0 * turn.cos(), ..Self::default() }
    }

    fn take(&mut self, sample: f64) {
        let now = sample + self.coefficient * self.before - self.before_that;
        (self.before_that, self.before) = (self.before, now);
    }

    /// The mean power of the tone over the block, which is forgotten.
    fn power(&mut self) -> f64 {
        let (a, b) = (self.before, self.before_that);
        (self.before, self.before_that) = (0.0, 0.0);
        let block = f64::from(BLOCK);
        2.0 * (a * a + b * b - self.coefficient * a * b) / (block * block)
    }
}

/// Listens to one voice.
#[derive(Clone, Debug)]
pub struct Tones {
    low: [Filter; 4],
    high: [Filter; 4],
    squares: f64,
    /// Samples of the block under way, and the place of the next sample.
    filled: u32,
    place: u64,
    /// What the block before held.
    last: Option<char>,
    /// The digit under way.
    current: Option<Tone>,
}

impl Default for Tones {
    fn default() -> Self {
        Self {
            low: LOW_HZ.map(Filter::of),
            high: HIGH_HZ.map(Filter::of),
            squares: 0.0,
            filled: 0,
            place: 0,
            last: None,
            current: None,
        }
    }
}

impl Tones {
    /// Takes samples that begin at `place`; digits that are over go to `out`.
    pub fn take(&mut self, place: u64, samples: &[i16], out: &mut dyn FnMut(Tone)) {
        if place != self.place {
            // Something is missing: what follows is not of the same block.
            self.end_block(None, out);
            self.place = place;
        }
        for sample in samples {
            let sample = f64::from(*sample);
            self.squares += sample * sample;
            self.low.iter_mut().chain(&mut self.high).for_each(|filter| filter.take(sample));
            self.place += 1;
            self.filled += 1;
            if self.filled == BLOCK {
                let digit = self.digit();
                self.end_block(digit, out);
            }
        }
    }

    /// No more samples come.
    pub fn finish(&mut self, out: &mut dyn FnMut(Tone)) {
        if let Some(tone) = self.current.take() {
            out(tone);
        }
    }

    /// What the full block holds.
    fn digit(&mut self) -> Option<char> {
        let total = self.squares / f64::from(BLOCK);
        let (row, low) = strongest(self.low.each_mut().map(Filter::power))?;
        let (column, high) = strongest(self.high.each_mut().map(Filter::power))?;
        let level = low >= LEAST && high >= LEAST;
        let twist = high <= low * HIGH_OVER_LOW && low <= high * LOW_OVER_HIGH;
        let pure = low + high >= SHARE * total;
        let digit = DIGITS.get(row)?.get(column)?;
        (level && twist && pure).then_some(*digit)
    }

    fn end_block(&mut self, digit: Option<char>, out: &mut dyn FnMut(Tone)) {
        let block = u64::from(BLOCK);
        match (&mut self.current, digit) {
            (Some(tone), Some(digit)) if tone.digit == digit => tone.samples += block,
            (current, _) => {
                // One block without it is a gap that a lost packet makes.
                let over = self.last != current.map(|tone| tone.digit);
                if over && let Some(tone) = current.take() {
                    out(tone);
                }
                if digit.is_some() && digit == self.last && current.is_none() {
                    let from = self.place.saturating_sub(2 * block);
                    *current = digit.map(|digit| Tone { digit, from, samples: 2 * block });
                }
            }
        }
        self.last = digit;
        self.filled = 0;
        self.squares = 0.0;
        for filter in self.low.iter_mut().chain(&mut self.high) {
            (filter.before, filter.before_that) = (0.0, 0.0);
        }
    }
}

/// The strongest tone of a group and its power, if it stands out.
fn strongest(powers: [f64; 4]) -> Option<(usize, f64)> {
    let (index, most) =
        powers.into_iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    let others = powers.iter().enumerate().filter(|(other, _)| *other != index);
    let stands_out = others.into_iter().all(|(_, power)| power * STANDS_OUT <= most);
    stands_out.then_some((index, most))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tones for so many ms, at amplitudes of full scale.
    fn tones(low: (f64, f64), high: (f64, f64), ms: u32) -> Vec<i16> {
        let sample = |n: u32| {
            let wave = |(hertz, amplitude): (f64, f64)| {
                amplitude * (std::f64::consts::TAU * hertz * f64::from(n) / 8_000.0).sin()
            };
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bits")]
            let sample = (32_767.0 * (wave(low) + wave(high))).round() as i16;
            sample
        };
        (0..ms * 8).map(sample).collect()
    }

    fn heard(pieces: &[Vec<i16>]) -> Vec<Tone> {
        let (mut tones, mut heard, mut place) = (Tones::default(), Vec::new(), 0);
        for piece in pieces {
            tones.take(place, piece, &mut |tone| heard.push(tone));
            place += piece.len() as u64;
        }
        tones.finish(&mut |tone| heard.push(tone));
        heard
    }

    fn silence(ms: usize) -> Vec<i16> {
        vec![0; ms * 8]
    }

    #[test]
    fn every_digit_is_heard_once() {
        for (row, low) in LOW_HZ.into_iter().enumerate() {
            for (column, high) in HIGH_HZ.into_iter().enumerate() {
                let heard = heard(&[
                    silence(37),
                    tones((low, 0.2), (high, 0.2), 100),
                    silence(60),
                    tones((low, 0.1), (high, 0.1), 60),
                    silence(60),
                ]);
                let digits: Vec<_> = heard.iter().map(|tone| tone.digit).collect();
                assert_eq!(digits, [DIGITS[row][column]; 2]);
                assert!(heard[0].from.abs_diff(37 * 8) <= 2 * 102, "{heard:?}");
                assert!(heard[0].samples.abs_diff(800) <= 2 * 102, "{heard:?}");
            }
        }
    }

    #[test]
    fn what_is_out_of_tolerance_is_no_digit() {
        let none =
            |low, high, ms| heard(&[silence(20), tones(low, high, ms), silence(60)]).is_empty();
        assert!(none((697.0, 0.2), (1_209.0, 0.2), 20), "too short (Q.24: under 23 ms)");
        assert!(none((697.0, 0.4), (1_209.0, 0.1), 100), "a twist of 12 dB");
        assert!(none((697.0, 0.1), (1_209.0, 0.2), 100), "a twist of 6 dB the other way");
        assert!(none((697.0, 0.005), (1_209.0, 0.005), 100), "too weak");
        assert!(none((440.0, 0.2), (480.0, 0.2), 500), "a ringing tone");
        assert!(none((697.0, 0.2), (770.0, 0.2), 500), "two of one group");
    }

    #[test]
    fn a_lost_packet_does_not_make_two_digits() {
        let (mut tones_heard, mut heard) = (Tones::default(), Vec::new());
        let piece = tones((852.0, 0.2), (1_336.0, 0.2), 60);
        tones_heard.take(0, &piece, &mut |tone| heard.push(tone));
        tones_heard.take(480 + 100, &piece, &mut |tone| heard.push(tone));
        tones_heard.finish(&mut |tone| heard.push(tone));
        assert_eq!(heard.iter().map(|tone| tone.digit).collect::<String>(), "8");
    }
}
