//! G.726: adaptive differential PCM at 40, 32, 24 and 16 kbit/s, the decoder.
//!
//! The blocks are those of ITU-T G.726 (12/1990) clause 4, in the integers of
//! its bit-exact description. Two orders of code words in an octet are in use:
//! RFC 3551 section 4.5.4 begins with the least significant bits, AAL2 (ITU-T
//! I.366.2 annex E) with the most significant ones.

/// In which order the code words of an octet follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Packing {
    /// The first is in the least significant bits (RFC 3551).
    LeastFirst,
    /// The first is in the most significant bits (AAL2).
    MostFirst,
}

/// What a rate has of its own, by the magnitude of the code word.
#[derive(Debug)]
struct Rate {
    /// Bits of a code word.
    bits: u8,
    /// Inverse quantizer: log2 of the difference, times 128 (tables 7 to 10).
    difference: &'static [i32],
    /// Scale factor multiplier W(I), times 512.
    scale: &'static [i32],
    /// Speed control F(I), times 512.
    speed: &'static [i32],
}

static KBIT_16: Rate =
    Rate { bits: 2, difference: &[116, 365], scale: &[-704, 14_048], speed: &[0, 0xe00] };
static KBIT_24: Rate = Rate {
    bits: 3,
    difference: &[-2_048, 135, 273, 373],
    scale: &[-128, 960, 4_384, 18_624],
    speed: &[0, 0x200, 0x400, 0xe00],
};
static KBIT_32: Rate = Rate {
    bits: 4,
    difference: &[-2_048, 4, 135, 213, 273, 323, 373, 425],
    scale: &[-384, 576, 1_312, 2_048, 3_584, 6_336, 11_360, 35_904],
    speed: &[0, 0, 0, 0x200, 0x200, 0x200, 0x600, 0xe00],
};
static KBIT_40: Rate = Rate {
    bits: 5,
    difference: &[-2_048, -66, 28, 104, 169, 224, 274, 318, 358, 395, 429, 459, 488, 514, 539, 566],
    scale: &[
        448, 448, 768, 1_248, 1_280, 1_312, 1_856, 3_200, 4_512, 5_728, 7_008, 8_960, 11_456,
        14_080, 16_928, 22_272,
    ],
    speed: &[
        0, 0, 0, 0, 0, 0x200, 0x200, 0x200, 0x200, 0x200, 0x400, 0x600, 0x800, 0xa00, 0xc00, 0xc00,
    ],
};

/// A number as the predictor multiplies it: a sign, four bits of exponent, six of mantissa.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Floating {
    negative: bool,
    exponent: i32,
    mantissa: i32,
}

impl Floating {
    const ZERO: Self = Self { negative: false, exponent: 0, mantissa: 32 };

    fn of(value: i32) -> Self {
        let magnitude = value.abs();
        let exponent = bit_length(magnitude);
        let mantissa = if magnitude == 0 { 32 } else { (magnitude << 6) >> exponent };
        Self { negative: value < 0, exponent, mantissa }
    }

    /// The product with a coefficient (FMULT).
    fn times(self, coefficient: i32) -> i32 {
        let magnitude = if coefficient > 0 { coefficient } else { -coefficient & 0x1fff };
        let exponent = bit_length(magnitude) - 6;
        let mantissa = match magnitude {
            0 => 32,
            _ if exponent >= 0 => magnitude >> exponent,
            _ => magnitude << -exponent,
        };
        let exponent = exponent + self.exponent - 13;
        let mantissa = (mantissa * self.mantissa + 0x30) >> 4;
        let product =
            if exponent >= 0 { (mantissa << exponent) & 0x7fff } else { mantissa >> -exponent };
        if (coefficient < 0) == self.negative { product } else { -product }
    }
}

/// Bits that a magnitude below 2^15 takes.
fn bit_length(magnitude: i32) -> i32 {
    (32 - magnitude.leading_zeros().cast_signed()).min(15)
}

/// The signals of one sample that adapt the decoder.
#[derive(Clone, Copy, Debug)]
struct Step {
    /// The scale factor in force.
    scale: i32,
    /// W(I) and F(I).
    multiplier: i32,
    speed: i32,
    /// The quantized difference; its sign counts even when it is nothing.
    size: i32,
    negative: bool,
    /// The reconstructed signal, and what of it the zeros and the difference make.
    signal: i32,
    partial: i32,
}

/// A decoder of one stream.
#[derive(Clone, Debug)]
pub struct G726 {
    rate: &'static Rate,
    packing: Packing,
    /// Slow and fast scale factors (YL, YU).
    slow_scale: i32,
    fast_scale: i32,
    /// Short and long averages of F(I) (DMS, DML), and the speed (AP).
    short_average: i32,
    long_average: i32,
    speed: i32,
    /// Coefficients of the poles and of the zeros.
    poles: [i32; 2],
    zeros: [i32; 6],
    /// The differences and the signals before this one.
    differences: [Floating; 6],
    signals: [Floating; 2],
    /// Signs of the partial signals before this one.
    partial_signs: [bool; 2],
    /// Whether a tone was detected.
    tone: bool,
}

impl G726 {
    /// A decoder of 16, 24, 32 or 40 kbit/s; `None` for another rate.
    pub fn new(kbit_per_s: u8, packing: Packing) -> Option<Self> {
        let rate = match kbit_per_s {
            16 => &KBIT_16,
            24 => &KBIT_24,
            32 => &KBIT_32,
            40 => &KBIT_40,
            _ => return None,
        };
        Some(Self {
            rate,
            packing,
            slow_scale: 34_816,
            fast_scale: 544,
            short_average: 0,
            long_average: 0,
            speed: 0,
            poles: [0; 2],
            zeros: [0; 6],
            differences: [Floating::ZERO; 6],
            signals: [Floating::ZERO; 2],
            partial_signs: [false; 2],
            tone: false,
        })
    }

    /// Decodes a payload to samples at 8 kHz. Bits that make no whole code word are left.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        let (bits, mask) = (u32::from(self.rate.bits), (1_u32 << self.rate.bits) - 1);
        let (mut window, mut held) = (0_u32, 0_u32);
        for octet in payload {
            window = match self.packing {
                Packing::LeastFirst => window | u32::from(*octet) << held,
                Packing::MostFirst => window << 8 | u32::from(*octet),
            };
            held += 8;
            while held >= bits {
                held -= bits;
                let code = match self.packing {
                    Packing::LeastFirst => {
                        let code = window & mask;
                        window >>= bits;
                        code
                    }
                    Packing::MostFirst => (window >> held) & mask,
                };
                out.push(self.sample(code));
            }
            if self.packing == Packing::MostFirst {
                window &= (1 << held) - 1;
            }
        }
    }

    fn sample(&mut self, code: u32) -> i16 {
        let top = 1_u32 << (self.rate.bits - 1);
        let negative = code & top != 0;
        let magnitude = if negative { 2 * top - 1 - code } else { code } as usize;
        let of = |table: &[i32]| table.get(magnitude).copied().unwrap_or_default();

        let zeros = self.zeros.iter().zip(&self.differences);
        let by_zeros: i32 = zeros.map(|(zero, difference)| difference.times(zero >> 2)).sum();
        let poles = self.poles.iter().zip(&self.signals);
        let by_poles: i32 = poles.map(|(pole, signal)| signal.times(pole >> 2)).sum();
        let estimate = (by_zeros + by_poles) >> 1;

        let scale = self.scale();
        let size = inverse_log(of(self.rate.difference) + (scale >> 2));
        let signed = if negative { -size } else { size };
        let signal = estimate + signed;
        let step = Step {
            scale,
            multiplier: of(self.rate.scale),
            speed: of(self.rate.speed),
            size,
            negative,
            signal,
            partial: signed + (by_zeros >> 1),
        };
        self.adapt(&step);
        i16::try_from((signal << 2).clamp(i16::MIN.into(), i16::MAX.into())).unwrap_or_default()
    }

    /// The scale factor that mixes the slow and the fast one by the speed (MIX).
    fn scale(&self) -> i32 {
        if self.speed >= 256 {
            return self.fast_scale;
        }
        let slow = self.slow_scale >> 6;
        let (apart, share) = (self.fast_scale - slow, self.speed >> 2);
        match apart {
            1.. => slow + ((apart * share) >> 6),
            0 => slow,
            _ => slow + ((apart * share + 0x3f) >> 6),
        }
    }

    fn adapt(&mut self, step: &Step) {
        let &Step { scale, multiplier, speed, size, negative, signal, partial } = step;
        let transition = self.tone && size > self.transition_threshold();
        self.fast_scale = (scale + ((multiplier - scale) >> 5)).clamp(544, 5_120);
        self.slow_scale += self.fast_scale + (-self.slow_scale >> 6);
        if transition {
            self.poles = [0; 2];
            self.zeros = [0; 6];
        } else {
            self.adapt_poles(partial);
            self.adapt_zeros(size, negative);
        }
        self.differences.rotate_right(1);
        self.differences[0] = Floating { negative, ..Floating::of(size) };
        self.signals = [Floating::of(signal.clamp(-0x7fff, 0x7fff)), self.signals[0]];
        self.partial_signs = [partial < 0, self.partial_signs[0]];
        self.tone = !transition && self.poles[1] < -11_776;

        self.short_average += (speed - self.short_average) >> 5;
        self.long_average += ((speed << 2) - self.long_average) >> 7;
        let unsteady =
            ((self.short_average << 2) - self.long_average).abs() >= self.long_average >> 3;
        self.speed = if transition {
            256
        } else if scale < 1_536 || self.tone || unsteady {
            self.speed + ((0x200 - self.speed) >> 4)
        } else {
            self.speed + (-self.speed >> 4)
        };
    }

    /// Above this a difference within a tone is a transition (TRANS).
    fn transition_threshold(&self) -> i32 {
        let (whole, fraction) = (self.slow_scale >> 15, (self.slow_scale >> 10) & 0x1f);
        let threshold = if whole > 9 { 31 << 10 } else { (32 + fraction) << whole };
        (threshold + (threshold >> 1)) >> 1
    }

    fn adapt_poles(&mut self, partial: i32) {
        let sign = partial < 0;
        let [first, second] = self.poles;
        let same = sign == self.partial_signs[0];
        let mut second = second - (second >> 7);
        if partial != 0 {
            let push = if same { first } else { -first };
            second += match -push {
                ..-8_191 => -0x100,
                8_192.. => 0xff,
                push => push >> 5,
            };
            let step = if sign == self.partial_signs[1] { 0x80 } else { -0x80 };
            second = (second + step).clamp(-12_288, 12_288);
        }
        let mut first = first - (first >> 8);
        if partial != 0 {
            first += if same { 192 } else { -192 };
        }
        let most = 15_360 - second;
        self.poles = [first.clamp(-most, most), second];
    }

    fn adapt_zeros(&mut self, size: i32, negative: bool) {
        let leak = if self.rate.bits == 5 { 9 } else { 8 };
        for (zero, before) in self.zeros.iter_mut().zip(&self.differences) {
            *zero -= *zero >> leak;
            if size != 0 {
                *zero += if negative == before.negative { 128 } else { -128 };
            }
        }
    }
}

/// From log2 times 128 to the size of a difference (ANTILOG).
fn inverse_log(log: i32) -> i32 {
    if log < 0 {
        return 0;
    }
    let (exponent, mantissa) = ((log >> 7) & 15, 128 + (log & 127));
    (mantissa << 7) >> (14 - exponent).max(0)
}
