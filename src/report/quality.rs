//! E-model ratings of a stream.

use std::cell::Cell;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::codec::{Codec, Media};
use crate::base::time::Span;
use crate::base::units::{percent, rounded};
pub use crate::metrics::connection::{Connection, PARAMETERS};
use crate::metrics::delay::{OneWay, one_way};
use crate::metrics::gaps::LossFigures;
use crate::metrics::impairment::{
    Basis, CodecMode, Impairment, Model, amr_bit_rate, amr_wb_bit_rate, impairment,
};
use crate::metrics::quality::{Conditions, Quality, quality_on};
use crate::metrics::reception::{BUFFERS, Buffer};
use crate::metrics::window::WindowFigures;
use crate::track::payload::Meaning;
use crate::track::stream::Stream;

/// What ratings are made with.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Scoring {
    /// The E-model's parameters.
    pub connection: Connection,
    /// Whether receivers of G.711 conceal loss.
    pub concealment: bool,
    /// One-way delay from mouth to ear in ms, where the user knows it.
    pub delay_ms: Option<f64>,
    /// The playout buffer whose discards join loss in what a side hears.
    pub buffer: Buffer,
}

impl Default for Scoring {
    fn default() -> Self {
        Self {
            connection: Connection::default(),
            concealment: true,
            delay_ms: None,
            buffer: Buffer::default(),
        }
    }
}

/// An E-model rating.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct QualityRow {
    /// `G.107`, `G.107.1` or `G.107.2`: the scale of the figures.
    pub model: Option<&'static str>,
    /// On what the codec's figures rest: `published`, `mixed`, `estimated`, or
    /// `given` by the user.
    #[schemars(extend("enum" = ["published", "mixed", "estimated", "given", null]))]
    pub basis: Option<&'static str>,
    /// Equipment impairment factor of the codec.
    pub codec_ie: Option<f64>,
    /// Packet-loss robustness factor of the codec.
    pub codec_bpl: Option<f64>,
    /// Transmission rating without delay, under the network's loss.
    pub r_factor: Option<f64>,
    /// Listening quality, 1 to 4.5: without delay, under the network's loss.
    pub mos_lq: Option<f64>,
    /// Transmission rating with delay, where that is known.
    pub r_cq: Option<f64>,
    /// Conversational quality: with delay, where that is known.
    pub mos_cq: Option<f64>,
    /// One-way delay that `mos_cq` assumes, mouth to ear.
    pub delay_ms: Option<f64>,
    /// Whence that delay: `given` by the user, or `rtcp`: half the round trip,
    /// the packet time, the codec's look-ahead and the jitter buffer.
    #[schemars(extend("enum" = ["given", "rtcp", null]))]
    pub delay_basis: Option<&'static str>,
    /// The playout buffer of `mos_jitter_buffer`, as `--jitter-buffer` names it.
    pub jitter_buffer: &'static str,
    /// Listening quality with that buffer's discards counted as loss.
    pub mos_jitter_buffer: Option<f64>,
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

/// What a de-jitter buffer would have made of a stream.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PlayoutRow {
    /// `fixed-60`, by its nominal delay in ms, or `adaptive`.
    pub buffer: &'static str,
    /// Packets that came after their turn.
    pub discarded: u64,
    /// Those of the packets expected.
    pub discarded_percent: Option<f64>,
    /// Packets that waited for more than twice the nominal delay; null for the adaptive buffer.
    pub early: Option<u32>,
    /// How long packets wait: the nominal delay, or of the adaptive buffer the mean.
    pub delay_ms: Option<f64>,
    /// Burst ratio of losses and discards together.
    pub burst_ratio: Option<f64>,
    /// MOS-LQ with loss and discards.
    pub mos: Option<f64>,
}

/// The losses of a stream, of the network and behind each buffer.
type Losses = WindowFigures<BUFFERS>;

/// Rates a stream by its codec.
pub(super) struct Scorer<'a> {
    scoring: &'a Scoring,
    meaning: Option<&'a Meaning>,
    payload_type: u8,
    impairment: Option<Impairment>,
    /// What was asked last, and its score: a stream without loss is rated as a whole, behind
    /// each buffer and in each interval under the same conditions.
    last: Cell<Option<(Conditions, Option<Quality>)>>,
}

impl<'a> Scorer<'a> {
    /// The scorer of a stream's main codec.
    pub(super) fn of(stream: &'a Stream, scoring: &'a Scoring) -> Self {
        let meaning = stream.main_meaning();
        let payload_type = stream.main_payload().map_or(0, |payload| payload.payload_type);
        let speech = meaning
            .and_then(|meaning| Some((meaning, meaning.codec?)))
            .filter(|(_, codec)| codec.media() == Media::Audio);
        let by_table = speech.and_then(|(meaning, codec)| {
            impairment(codec, mode(stream, meaning, codec, scoring.concealment))
        });
        let connection = &scoring.connection;
        let impairment = match (connection.ie(), connection.bpl()) {
            (None, None) => by_table,
            (ie, bpl) => by_table
                .or_else(|| {
                    let model = Model::Narrowband;
                    let figures = Impairment { model, ie: ie?, bpl: None, basis: Basis::Given };
                    speech.map(|_| figures)
                })
                .map(|figures| Impairment {
                    ie: ie.unwrap_or(figures.ie),
                    bpl: bpl.or(figures.bpl),
                    basis: Basis::Given,
                    ..figures
                }),
        };
        Self { scoring, meaning, payload_type, impairment, last: Cell::new(None) }
    }

    fn score(&self, loss_percent: f64, burst_ratio: f64, delay_ms: Option<f64>) -> Option<Quality> {
        let conditions = Conditions { loss_percent, burst_ratio, delay_ms };
        match self.last.get() {
            Some((last, score)) if last == conditions => score,
            _ => {
                let score = quality_on(&self.scoring.connection, &self.impairment?, &conditions);
                self.last.set(Some((conditions, score)));
                score
            }
        }
    }

    fn score_of(&self, loss: &LossFigures) -> Option<Quality> {
        self.score(100.0 * loss.loss_ratio(), loss.burst_ratio(), None)
    }

    /// MOS-LQ under the losses of a stream and the reported buffer's discards.
    pub(super) fn heard(&self, losses: &Losses) -> Option<f64> {
        let score = self.score_of(losses.buffers.get(self.scoring.buffer.index())?)?;
        rounded(score.mos)
    }

    /// MOS-LQ under the network's losses of a stream.
    pub(super) fn mos(&self, losses: &Losses) -> Option<f64> {
        rounded(self.score_of(&losses.network)?.mos)
    }

    /// MOS-LQ when `lost` of `expected` packets are lost at random.
    pub(super) fn mos_under(&self, lost: u64, expected: u64) -> Option<f64> {
        let score = self.score(percent(lost, expected)?, 1.0, None)?;
        rounded(score.mos)
    }

    /// The rating of a stream under its losses; `round_trip` between the ends of
    /// its call is known from RTCP.
    pub(super) fn quality(
        &self,
        stream: &Stream,
        losses: &Losses,
        round_trip: Option<Span>,
    ) -> QualityRow {
        let loss = &losses.network;
        let score = self.score_of(loss);
        let by_rtcp = || round_trip.and_then(|span| self.delay(stream, span)).map(|d| d.total_ms());
        let (delay_ms, delay_basis) = match self.scoring.delay_ms {
            Some(given) => (Some(given), Some("given")),
            None => by_rtcp().map_or((None, None), |delay| (Some(delay), Some("rtcp"))),
        };
        let talks = delay_ms.or_else(|| self.scoring.connection.sets_delay().then_some(0.0));
        let talking = talks.and_then(|delay_ms| {
            self.score(100.0 * loss.loss_ratio(), loss.burst_ratio(), Some(delay_ms))
        });
        let figures = self.impairment;
        QualityRow {
            model: figures.map(|figures| figures.model.name()),
            basis: figures.map(|figures| score.map_or(figures.basis, |score| score.basis).name()),
            codec_ie: figures.and_then(|figures| rounded(figures.ie)),
            codec_bpl: figures.and_then(|figures| figures.bpl).and_then(rounded),
            r_factor: score.and_then(|score| rounded(score.r)),
            mos_lq: score.and_then(|score| rounded(score.mos)),
            r_cq: talking.and_then(|score| rounded(score.r)),
            mos_cq: talking.and_then(|score| rounded(score.mos)),
            delay_ms: delay_ms.and_then(rounded).filter(|_| talking.is_some()),
            delay_basis: delay_basis.filter(|_| talking.is_some()),
            jitter_buffer: self.scoring.buffer.name(),
            mos_jitter_buffer: self.heard(losses),
            note: self.note(score.as_ref()),
        }
    }

    /// One way of a call whose ends are `round_trip` apart.
    fn delay(&self, stream: &Stream, round_trip: Span) -> Option<OneWay> {
        let codec = self.meaning?.codec?;
        // Without a measured packet time: 20 ms, what nearly all devices send.
        let packet_time = stream.reception().packet_time().unwrap_or(Span::from_millis(20));
        let buffer = self.scoring.buffer;
        let buffer_ms = buffer
            .nominal_ms()
            .map(f64::from)
            .or_else(|| stream.reception().adaptive().mean_wait_ms())?;
        Some(one_way(round_trip, packet_time, codec, buffer_ms))
    }

    /// What to know of a rating, or why there is none.
    fn note(&self, score: Option<&Quality>) -> Option<String> {
        let Some(meaning) = self.meaning else {
            return Some("no media packets, only events".to_owned());
        };
        let name = meaning.name().unwrap_or_default();
        let Some(codec) = meaning.codec else {
            return Some(if name.is_empty() {
                format!("payload type {} is not described by SDP or RFC 3551", self.payload_type)
            } else {
                format!("no impairment figures are known for {name}")
            });
        };
        if codec.media() != Media::Audio {
            return Some(format!("{name} is not speech"));
        }
        let Some(figures) = self.impairment else {
            return Some(format!(
                "no impairment figures are known for {name} (or for its bit rate)"
            ));
        };
        let Some(score) = score else {
            return Some("nothing is known of this codec under loss".to_owned());
        };
        let note = match (figures.basis, codec) {
            (Basis::Given, _) => Some(format!("figures of {name} as set by --emodel")),
            (_, Codec::Pcmu | Codec::Pcma) if self.scoring.concealment => Some(
                "assumes that the receiver conceals loss (G.711 Appendix I, Bpl 25.1)".to_owned(),
            ),
            (_, Codec::Pcmu | Codec::Pcma) => {
                Some("assumes that the receiver does not conceal loss (Bpl 4.3)".to_owned())
            }
            (Basis::Published, _) => None,
            (Basis::Mixed, _) => {
                Some(format!("Ie of {name} is published, its Bpl is borrowed from a similar codec"))
            }
            (Basis::Estimated, _) => {
                Some(format!("figures of {name} are an estimate: G.113 has none"))
            }
        };
        if score.bursts_covered {
            return note;
        }
        let bursty = "losses are burstier than the model is validated for";
        Some(note.map_or_else(|| bursty.to_owned(), |note| format!("{note}; {bursty}")))
    }

    /// What each simulated buffer would have made of the stream.
    pub(super) fn playout(&self, stream: &Stream, losses: &Losses) -> Vec<PlayoutRow> {
        let reception = stream.reception();
        // Without a clock nothing was played.
        if reception.clock_hz().is_none() {
            return Vec::new();
        }
        let row = |(buffer, figures): (Buffer, &LossFigures)| {
            let discarded = losses.discarded(buffer.index());
            PlayoutRow {
                buffer: buffer.name(),
                discarded,
                discarded_percent: percent(discarded, losses.network.total),
                early: reception.buffers().early().get(buffer.index()).copied(),
                delay_ms: buffer
                    .nominal_ms()
                    .map(f64::from)
                    .or_else(|| reception.adaptive().mean_wait_ms())
                    .and_then(rounded),
                burst_ratio: rounded(figures.burst_ratio()),
                mos: self.score_of(figures).and_then(|score| rounded(score.mos)),
            }
        };
        Buffer::all().zip(&losses.buffers).map(row).collect()
    }
}

/// How a stream uses its codec.
fn mode(stream: &Stream, meaning: &Meaning, codec: Codec, concealment: bool) -> CodecMode {
    let by_sdp = meaning.only_mode.and_then(|mode| match codec {
        Codec::Amr => amr_bit_rate(mode),
        Codec::AmrWb => amr_wb_bit_rate(mode),
        _ => None,
    });
    CodecMode {
        bit_rate: by_sdp.or_else(|| stream.mode.bit_rate(codec)),
        vad: stream.mode.silence() > 0,
        concealment,
        super_wideband: meaning.super_wideband,
        ..CodecMode::default()
    }
}
