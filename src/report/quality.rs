//! E-model ratings of a stream.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::codec::{Codec, Media};
use crate::base::units::{percent, rounded};
use crate::metrics::gaps::LossFigures;
use crate::metrics::impairment::{
    Basis, CodecMode, Impairment, amr_bit_rate, amr_wb_bit_rate, impairment,
};
use crate::metrics::quality::{Conditions, Quality, quality};
use crate::metrics::reception::NOMINAL_MS;
use crate::track::stream::Stream;

/// An E-model rating.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct QualityRow {
    /// `G.107`, `G.107.1` or `G.107.2`: the scale of the figures.
    pub model: Option<&'static str>,
    /// On what the codec's figures rest: `published`, `mixed` or `estimated`.
    #[schemars(extend("enum" = ["published", "mixed", "estimated", null]))]
    pub basis: Option<&'static str>,
    /// Equipment impairment factor of the codec.
    pub codec_ie: Option<f64>,
    /// Packet-loss robustness factor of the codec.
    pub codec_bpl: Option<f64>,
    /// Transmission rating without delay.
    pub r_factor: Option<f64>,
    /// Listening quality, 1 to 4.5: without delay.
    pub mos_lq: Option<f64>,
    /// Conversational quality: with delay, where that is known.
    pub mos_cq: Option<f64>,
    /// One-way delay that `mos_cq` assumes.
    pub delay_ms: Option<f64>,
    /// What to know about the figures, or why there are none.
    pub note: Option<String>,
}

/// What a MOS-LQ means for those who listen: the categories of G.109 with the
/// MOS of their R (G.107 Table B.1), the lower two taken together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grade {
    /// Below 3.60 (R 70): many users dissatisfied, or nearly all.
    Poor,
    /// From 3.60 (R 70): some users dissatisfied.
    Fair,
    /// From 4.03 (R 80): users satisfied, or very satisfied.
    Good,
}

impl Grade {
    /// The grade of a MOS-LQ.
    pub fn of(mos: f64) -> Self {
        match mos {
            mos if mos >= 4.03 => Self::Good,
            mos if mos >= 3.60 => Self::Fair,
            _ => Self::Poor,
        }
    }

    /// The name in reports and on pages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poor => "poor",
            Self::Fair => "fair",
            Self::Good => "good",
        }
    }
}

/// What a fixed de-jitter buffer would have made of a stream.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PlayoutRow {
    /// `fixed-60`: its nominal delay in ms.
    pub buffer: String,
    /// Packets that came after their turn.
    pub discarded: u64,
    /// Those of the packets expected.
    pub discarded_percent: Option<f64>,
    /// MOS-LQ with loss and discards.
    pub mos: Option<f64>,
}

/// Rates a stream by its codec.
pub(super) struct Scorer {
    impairment: Option<Impairment>,
    note: Option<String>,
}

impl Scorer {
    /// The scorer of a stream's main codec.
    pub(super) fn of(stream: &Stream) -> Self {
        let Some(payload) = stream.main_payload() else {
            return Self {
                impairment: None,
                note: Some("no media packets, only events".to_owned()),
            };
        };
        let name = payload.meaning.name().unwrap_or_default();
        let Some(codec) = payload.meaning.codec else {
            let note = if name.is_empty() {
                format!("payload type {} is not described by SDP or RFC 3551", payload.payload_type)
            } else {
                format!("no impairment figures are known for {name}")
            };
            return Self { impairment: None, note: Some(note) };
        };
        if codec.media() != Media::Audio {
            return Self { impairment: None, note: Some(format!("{name} is not speech")) };
        }
        let by_sdp = payload.meaning.only_mode.and_then(|mode| match codec {
            Codec::Amr => amr_bit_rate(mode),
            Codec::AmrWb => amr_wb_bit_rate(mode),
            _ => None,
        });
        let mode = CodecMode {
            bit_rate: by_sdp.or_else(|| stream.mode.bit_rate(codec)),
            vad: stream.mode.silence() > 0,
            ..CodecMode::default()
        };
        let impairment = impairment(codec, mode);
        let note = match (impairment, codec) {
            (None, _) => {
                Some(format!("no impairment figures are known for {name} (or for its bit rate)"))
            }
            (Some(_), Codec::Pcmu | Codec::Pcma) => Some(
                "assumes that the receiver conceals loss (G.711 Appendix I, Bpl 25.1)".to_owned(),
            ),
            (Some(figures), _) => match figures.basis {
                Basis::Published => None,
                Basis::Mixed => Some(format!(
                    "Ie of {name} is published, its Bpl is borrowed from a similar codec"
                )),
                Basis::Estimated => {
                    Some(format!("figures of {name} are an estimate: G.113 has none"))
                }
            },
        };
        Self { impairment, note }
    }

    fn score(&self, loss_percent: f64, burst_ratio: f64) -> Option<Quality> {
        quality(&self.impairment?, &Conditions { loss_percent, burst_ratio, delay_ms: 0.0 })
    }

    /// The rating under the given losses.
    pub(super) fn quality(&self, loss: &LossFigures) -> QualityRow {
        let score = self.score(100.0 * loss.loss_ratio(), loss.burst_ratio());
        let mut note = self.note.clone();
        if let Some(score) = score
            && !score.bursts_covered
        {
            let bursty = "losses are burstier than the model is validated for";
            note = Some(note.map_or_else(|| bursty.to_owned(), |note| format!("{note}; {bursty}")));
        }
        if score.is_none() && self.impairment.is_some() {
            note = Some("nothing is known of this codec under loss".to_owned());
        }
        QualityRow {
            model: self.impairment.map(|figures| figures.model.name()),
            basis: self.impairment.map(|figures| {
                match score.map_or(figures.basis, |score| score.basis) {
                    Basis::Published => "published",
                    Basis::Mixed => "mixed",
                    Basis::Estimated => "estimated",
                }
            }),
            codec_ie: self.impairment.and_then(|figures| rounded(figures.ie)),
            codec_bpl: self.impairment.and_then(|figures| figures.bpl).and_then(rounded),
            r_factor: score.and_then(|score| rounded(score.r)),
            mos_lq: score.and_then(|score| rounded(score.mos)),
            mos_cq: None,
            delay_ms: None,
            note,
        }
    }

    /// MOS-LQ when `lost` of `expected` packets are lost at random.
    pub(super) fn mos_under(&self, lost: u64, expected: u64) -> Option<f64> {
        let score = self.score(percent(lost, expected)?, 1.0)?;
        rounded(score.mos)
    }

    /// What each simulated buffer would have made of the stream.
    pub(super) fn playout(&self, stream: &Stream) -> Vec<PlayoutRow> {
        let loss = stream.reception().loss();
        // Without a clock nothing was played.
        if stream.reception().clock_hz().is_none() {
            return Vec::new();
        }
        let buffers = NOMINAL_MS.iter().zip(&loss.buffers).enumerate();
        let row = |(index, (nominal, figures)): (usize, (&u16, &LossFigures))| {
            let discarded = loss.discarded(index);
            let score = self.score(100.0 * figures.loss_ratio(), figures.burst_ratio());
            PlayoutRow {
                buffer: format!("fixed-{nominal}"),
                discarded,
                discarded_percent: percent(discarded, loss.network.total),
                mos: score.and_then(|score| rounded(score.mos)),
            }
        };
        buffers.map(row).collect()
    }
}
