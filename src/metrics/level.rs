//! How loud a decoded voice is: level, clipping, silence.
//!
//! Powers are of samples of 16 bits, in dB below a square wave of full scale
//! (dBov, RFC 6464 section 3); a sine of full scale has -3 dBov.

/// Length of the frames that are speech or silence, in ms.
const FRAME_MS: u32 = 20;
/// A frame with less power is silence: 13 dB above what idle G.711 makes, and
/// 20 dB below quiet speech.
const SILENT_DBOV: f64 = -50.0;
/// A sample at or above is clipped: 98 % of full scale, the greatest values of G.711.
const CLIPPED: u16 = 32_112;

/// Accumulates the samples of one voice.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Level {
    rate_hz: u32,
    /// Samples a frame.
    frame: u32,
    samples: u64,
    squares: f64,
    peak: u16,
    clipped: u64,
    frames: u64,
    speech_frames: u64,
    speech_squares: f64,
    /// The longest run of silent frames, and the present one.
    longest_silence: u64,
    silence: u64,
    /// The frame under way.
    partial: u32,
    partial_squares: f64,
}

impl Level {
    /// For samples at this rate.
    pub fn new(rate_hz: u32) -> Self {
        Self {
            rate_hz,
            frame: (rate_hz * FRAME_MS / 1_000).max(1),
            samples: 0,
            squares: 0.0,
            peak: 0,
            clipped: 0,
            frames: 0,
            speech_frames: 0,
            speech_squares: 0.0,
            longest_silence: 0,
            silence: 0,
            partial: 0,
            partial_squares: 0.0,
        }
    }

    /// Takes the next samples.
    pub fn take(&mut self, samples: &[i16]) {
        for sample in samples {
            let size = sample.unsigned_abs();
            let square = f64::from(size) * f64::from(size);
            self.samples += 1;
            self.squares += square;
            self.peak = self.peak.max(size);
            self.clipped += u64::from(size >= CLIPPED);
            self.partial += 1;
            self.partial_squares += square;
            if self.partial == self.frame {
                self.end_frame();
            }
        }
    }

    fn end_frame(&mut self) {
        self.frames += 1;
        let is_silent =
            power(self.partial_squares, self.frame.into()).is_none_or(|level| level < SILENT_DBOV);
        if is_silent {
            self.silence += 1;
            self.longest_silence = self.longest_silence.max(self.silence);
        } else {
            self.silence = 0;
            self.speech_frames += 1;
            self.speech_squares += self.partial_squares;
        }
        (self.partial, self.partial_squares) = (0, 0.0);
    }

    /// Samples taken.
    pub fn samples(&self) -> u64 {
        self.samples
    }

    /// Seconds taken.
    pub fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(self.rate_hz.max(1))
    }

    /// Whether there is at least one frame, and all are silent.
    pub fn is_mute(&self) -> bool {
        self.frames > 0 && self.speech_frames == 0
    }

    /// Mean power of all samples; `None` when all of them are nothing.
    pub fn rms_dbov(&self) -> Option<f64> {
        power(self.squares, self.samples)
    }

    /// Mean power of the frames that are not silent; `None` when all are.
    pub fn speech_dbov(&self) -> Option<f64> {
        power(self.speech_squares, self.speech_frames * u64::from(self.frame))
    }

    /// The greatest sample; `None` when all of them are nothing.
    pub fn peak_dbov(&self) -> Option<f64> {
        power(f64::from(self.peak) * f64::from(self.peak), 1)
    }

    /// Share of the samples that are clipped, 0 to 100.
    pub fn clipped_percent(&self) -> Option<f64> {
        share(self.clipped, self.samples)
    }

    /// Share of the frames that are not silent, 0 to 100; `None` before the first whole one.
    pub fn speech_percent(&self) -> Option<f64> {
        share(self.speech_frames, self.frames)
    }

    /// The longest silence, in seconds.
    pub fn longest_silence_s(&self) -> f64 {
        self.longest_silence as f64 * f64::from(FRAME_MS) / 1e3
    }

    /// Seconds in which there was something to hear.
    pub fn speech_s(&self) -> f64 {
        self.speech_frames as f64 * f64::from(FRAME_MS) / 1e3
    }
}

/// The mean power of squares, in dBov.
fn power(squares: f64, samples: u64) -> Option<f64> {
    (squares > 0.0 && samples > 0)
        .then(|| 10.0 * (squares / samples as f64 / (32_768.0 * 32_768.0)).log10())
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sine of this amplitude for so many seconds at 8 kHz; 400 Hz, whole periods in a frame.
    fn sine(amplitude: f64, seconds: usize) -> Vec<i16> {
        let sample = |n: usize| {
            let turn = std::f64::consts::TAU * 400.0 * n as f64 / 8_000.0;
            #[expect(clippy::cast_possible_truncation, reason = "within 16 bits")]
            let sample = (amplitude * turn.sin()).round() as i16;
            sample
        };
        (0..seconds * 8_000).map(sample).collect()
    }

    #[test]
    fn a_sine_of_full_scale_is_three_db_below_overload() {
        let mut level = Level::new(8_000);
        level.take(&sine(32_767.0, 1));
        assert!((level.rms_dbov().unwrap() + 3.01).abs() < 0.01);
        assert!(level.peak_dbov().unwrap().abs() < 0.01);
        assert!(level.clipped_percent().unwrap() >= 10.0);
        assert_eq!(level.speech_percent(), Some(100.0));
    }

    #[test]
    fn silence_does_not_make_speech_quieter() {
        let mut level = Level::new(8_000);
        level.take(&sine(3_276.8, 1));
        level.take(&vec![0; 3 * 8_000]);
        assert!((level.speech_dbov().unwrap() + 23.01).abs() < 0.01, "-20 dB below full scale");
        assert!((level.rms_dbov().unwrap() + 29.03).abs() < 0.01, "a quarter of the power");
        assert_eq!((level.speech_percent(), level.longest_silence_s()), (Some(25.0), 3.0));
        assert_eq!(level.clipped_percent(), Some(0.0));
    }

    #[test]
    fn nothing_has_no_level() {
        let mut level = Level::new(8_000);
        assert_eq!((level.rms_dbov(), level.speech_percent()), (None, None));
        level.take(&[0; 800]);
        assert_eq!((level.rms_dbov(), level.peak_dbov()), (None, None));
        assert_eq!((level.speech_percent(), level.speech_dbov()), (Some(0.0), None));
    }
}
