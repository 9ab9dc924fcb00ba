//! What was heard in a stream.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::units::rounded;
use crate::metrics::level::Level;

/// Level, clipping and silence of a decoded voice. Powers are in dB below a
/// square wave of full scale (RFC 6464 section 3); null where all samples are nothing.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct AudioRow {
    /// Seconds of sound that were decoded.
    pub decoded_s: f64,
    /// Mean power of the 20 ms frames that are not silent (-50 dBov or more).
    pub speech_level_dbov: Option<f64>,
    /// Mean power of everything.
    pub rms_dbov: Option<f64>,
    /// The greatest sample.
    pub peak_dbov: Option<f64>,
    /// Samples at 98 % of full scale or above.
    pub clipped_percent: Option<f64>,
    /// Frames that are not silent.
    pub speech_percent: Option<f64>,
    /// The longest silence.
    pub longest_silence_s: f64,
    /// Whether all of it is silence.
    pub mute: bool,
}

/// The row of a level, whose samples came at `rate_hz`.
pub(super) fn row(level: &Level) -> AudioRow {
    AudioRow {
        decoded_s: level.seconds(),
        speech_level_dbov: level.speech_dbov().and_then(rounded),
        rms_dbov: level.rms_dbov().and_then(rounded),
        peak_dbov: level.peak_dbov().and_then(rounded),
        clipped_percent: level.clipped_percent().and_then(rounded),
        speech_percent: level.speech_percent().and_then(rounded),
        longest_silence_s: level.longest_silence_s(),
        mute: level.is_mute(),
    }
}
