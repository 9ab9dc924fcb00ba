//! GSM 06.10 full rate speech (RPE-LTP, 13 kbit/s), the decoder.
//!
//! The steps and tables are those of ETSI EN 300 961 clauses 5.3.1 to 5.3.7,
//! in its bit-exact 16-bit arithmetic; a frame is 33 octets (RFC 3551 section
//! 4.5.8) and becomes 160 samples at 8 kHz.

/// Octets of a frame in RTP.
pub const FRAME: usize = 33;

/// Half of the largest step of the quantizer by mantissa (table 5.6).
const MANTISSAS: [i16; 8] = [18_431, 20_479, 22_527, 24_575, 26_623, 28_671, 30_719, 32_767];
/// Long term gains (table 5.5b).
const GAINS: [i16; 4] = [3_277, 11_469, 21_299, 32_767];
/// Bits, least code, offset and inverse of the slope of each log area ratio (tables 5.2).
const RATIOS: [(u32, i16, i16, i16); 8] = [
    (6, -32, 0, 13_107),
    (6, -32, 0, 13_107),
    (5, -16, 2_048, 13_107),
    (5, -16, -2_560, 13_107),
    (4, -8, 94, 19_223),
    (4, -8, -1_792, 17_476),
    (3, -4, -341, 31_454),
    (3, -4, -1_144, 29_708),
];

/// The product of two fractions, rounded.
fn times(a: i16, b: i16) -> i16 {
    let product = (i32::from(a) * i32::from(b) + 16_384) >> 15;
    i16::try_from(product).unwrap_or(i16::MAX)
}

/// Reads bits, most significant first.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, count: u32) -> i16 {
        let mut value = 0;
        for _ in 0..count {
            let octet = self.bytes.get(self.at / 8).copied().unwrap_or_default();
            value = value << 1 | i16::from(octet >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        value
    }
}

/// A decoder of one stream.
#[derive(Clone, Debug)]
pub struct Gsm {
    /// The last 120 samples of the reconstructed excitation, oldest first.
    excitation: [i16; 120],
    /// The lag of the subframe before.
    lag: usize,
    /// Log area ratios of the frame before.
    ratios: [i16; 8],
    /// The lattice of the synthesis filter.
    lattice: [i16; 9],
    /// The deemphasis before.
    deemphasis: i16,
}

impl Default for Gsm {
    fn default() -> Self {
        Self { excitation: [0; 120], lag: 40, ratios: [0; 8], lattice: [0; 9], deemphasis: 0 }
    }
}

impl Gsm {
    /// Decodes the whole frames of a payload; one that does not begin as a
    /// frame of this codec is left out.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) {
        for frame in payload.chunks_exact(FRAME) {
            if frame.first().is_some_and(|first| first >> 4 == 0xd) {
                self.frame(&mut Bits { bytes: frame, at: 4 }, out);
            }
        }
    }

    fn frame(&mut self, bits: &mut Bits<'_>, out: &mut Vec<i16>) {
        let ratios = RATIOS.map(|(count, least, offset, inverse)| {
            let scaled = (bits.take(count) + least) << 10;
            let ratio = times(inverse, scaled.saturating_sub(offset << 1));
            ratio.saturating_add(ratio)
        });
        let mut excitation = [0; 160];
        for subframe in excitation.chunks_exact_mut(40) {
            self.subframe(bits, subframe);
        }
        let mixed = |share: fn(i16, i16) -> i16| {
            let mut mixed = ratios;
            for (new, old) in mixed.iter_mut().zip(self.ratios) {
                *new = reflection(share(old, *new));
            }
            mixed
        };
        // The ratios move from the frame before to this one in steps (5.2.9.1).
        let steps: [(usize, [i16; 8]); 4] = [
            (13, mixed(|old, new| (old >> 2).saturating_add(new >> 2).saturating_add(old >> 1))),
            (27, mixed(|old, new| (old >> 1).saturating_add(new >> 1))),
            (40, mixed(|old, new| (old >> 2).saturating_add(new >> 2).saturating_add(new >> 1))),
            (160, mixed(|_, new| new)),
        ];
        let mut step = steps.iter();
        let (mut until, mut reflections) = (0, [0; 8]);
        for (index, sample) in excitation.iter().enumerate() {
            while index >= until {
                let Some((next, of_step)) = step.next() else { break };
                (until, reflections) = (*next, *of_step);
            }
            let voiced = self.synthesis(*sample, &reflections);
            self.deemphasis = voiced.saturating_add(times(self.deemphasis, 28_180));
            out.push(self.deemphasis.saturating_add(self.deemphasis) & !7);
        }
        self.ratios = ratios;
    }

    /// Forty samples of excitation: the pulses of the grid over what the lag repeats.
    fn subframe(&mut self, bits: &mut Bits<'_>, out: &mut [i16]) {
        let (lag, gain, grid, top) = (bits.take(7), bits.take(2), bits.take(2), bits.take(6));
        if let Some(lag) = usize::try_from(lag).ok().filter(|lag| (40..=120).contains(lag)) {
            self.lag = lag;
        }
        let gain =
            GAINS.get(usize::try_from(gain).unwrap_or_default()).copied().unwrap_or_default();
        let grid = usize::try_from(grid).unwrap_or_default();
        let (exponent, mantissa) = exponent_and_mantissa(top);
        for pulse in 0..13 {
            let value = pulse_size(bits.take(3), exponent, mantissa);
            if let Some(place) = out.get_mut(grid + 3 * pulse) {
                *place = value;
            }
        }
        let from = self.excitation.len() - self.lag;
        for (sample, repeated) in out.iter_mut().zip(self.excitation.iter().skip(from)) {
            *sample = sample.saturating_add(times(gain, *repeated));
        }
        self.excitation.copy_within(40.., 0);
        for (place, sample) in self.excitation.iter_mut().skip(80).zip(out) {
            *place = *sample;
        }
    }

    fn synthesis(&mut self, excitation: i16, reflections: &[i16; 8]) -> i16 {
        let mut sample = excitation;
        for (index, reflection) in reflections.iter().enumerate().rev() {
            let before = self.lattice[index];
            sample = sample.saturating_sub(times(*reflection, before));
            self.lattice[index + 1] = before.saturating_add(times(*reflection, sample));
        }
        self.lattice[0] = sample;
        sample
    }
}

/// From a log area ratio to a reflection coefficient (5.2.9.2).
fn reflection(ratio: i16) -> i16 {
    let size = ratio.saturating_abs();
    let size = match size {
        ..11_059 => size << 1,
        11_059..20_070 => size.saturating_add(11_059),
        _ => (size >> 2).saturating_add(26_112),
    };
    if ratio < 0 { -size } else { size }
}

/// Of the largest pulse of a subframe (5.2.15).
fn exponent_and_mantissa(top: i16) -> (i16, usize) {
    let mut exponent = if top > 15 { (top >> 3) - 1 } else { 0 };
    let mut mantissa = top - (exponent << 3);
    if mantissa == 0 {
        (exponent, mantissa) = (-4, 7);
    } else {
        while mantissa <= 7 {
            mantissa = mantissa << 1 | 1;
            exponent -= 1;
        }
        mantissa -= 8;
    }
    (exponent, usize::try_from(mantissa).unwrap_or_default())
}

/// A pulse from its code (5.2.16).
fn pulse_size(code: i16, exponent: i16, mantissa: usize) -> i16 {
    let step = MANTISSAS.get(mantissa).copied().unwrap_or_default();
    let shift = 6 - exponent;
    let half = if shift > 0 { 1 << (shift - 1) } else { 0 };
    let value = times(step, ((code << 1) - 7) << 12).saturating_add(half);
    if shift >= 0 { value >> shift.min(15) } else { value << -shift }
}
