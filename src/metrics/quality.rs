//! R and MOS of one direction of a call: a codec's figures under the loss and
//! delay that were measured.

use crate::metrics::connection::{Connection, Loss};
use crate::metrics::impairment::{Basis, Impairment, Model};

/// What a stream suffered.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Conditions {
    /// Loss, with the discards of a playout buffer or without, 0 to 100.
    pub loss_percent: f64,
    /// Burst ratio of those losses.
    pub burst_ratio: f64,
    /// Mouth-to-ear delay in ms: with it the score is of conversation
    /// (MOS-CQ), without of listening (MOS-LQ).
    pub delay_ms: Option<f64>,
}

/// A score and what it rests on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Quality {
    /// The scale of `r` and `mos`.
    pub model: Model,
    /// Where the codec's figures come from.
    pub basis: Basis,
    /// The transmission rating; below 0 on a hopeless connection.
    pub r: f64,
    /// The mean opinion score, 1 to 4.5.
    pub mos: f64,
    /// Whether the model is valid for losses this bursty. The narrowband one
    /// covers a burst ratio up to 2 (any below 2 % loss) of codecs that conceal
    /// well, Bpl 16 or more (G.107 clause 7.5); the others take loss as random.
    pub bursts_covered: bool,
}

/// Above this burst ratio G.107 is valid only for little loss.
const MAX_BURST_RATIO: f64 = 2.0;
/// Loss below which any burst ratio is covered, percent.
const LITTLE_LOSS_PERCENT: f64 = 2.0;
/// Bpl from which a codec conceals well enough for the burst ratio to apply.
const CONCEALING_BPL: f64 = 16.0;

/// The score of a codec under `conditions` on a connection of default
/// parameters.
pub fn quality(codec: &Impairment, conditions: &Conditions) -> Option<Quality> {
    quality_on(&Connection::default(), codec, conditions)
}

/// The score of a codec under `conditions`; `None` with loss when nothing is
/// known of the codec under loss, and for conditions that are not numbers.
pub fn quality_on(
    connection: &Connection,
    codec: &Impairment,
    conditions: &Conditions,
) -> Option<Quality> {
    let ppl = connection.ppl().unwrap_or(conditions.loss_percent);
    let burst_ratio = connection.burst_r().unwrap_or(conditions.burst_ratio);
    let delay = conditions.delay_ms;
    let loss = Loss { percent: ppl, burst_ratio };
    let ie = codec.ie;
    let bpl = if ppl > 0.0 { codec.bpl? } else { codec.bpl.unwrap_or(1.0) };
    let (r, mos) = match codec.model {
        Model::Narrowband => {
            let terms = connection.narrowband(ie, bpl, loss, delay).terms();
            (terms.r, terms.mos())
        }
        Model::Wideband => {
            let terms = connection.wideband(ie, bpl, loss, delay).terms();
            (terms.r, terms.mos())
        }
        Model::Fullband => {
            let terms = connection.fullband(ie, bpl, loss, delay).terms();
            (terms.r, terms.mos())
        }
    };
    let random = ppl <= 0.0 || burst_ratio <= 1.0;
    let bursts_covered = random
        || (codec.model == Model::Narrowband
            && bpl >= CONCEALING_BPL
            && (burst_ratio <= MAX_BURST_RATIO || ppl < LITTLE_LOSS_PERCENT));
    let basis = codec.basis_at(ppl);
    r.is_finite().then_some(Quality { model: codec.model, basis, r, mos, bursts_covered })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::Codec;
    use crate::metrics::impairment::{CodecMode, impairment};

    fn score(codec: Codec, bit_rate: Option<u32>, conditions: Conditions) -> Option<Quality> {
        let mode = CodecMode { bit_rate, ..CodecMode::default() };
        quality(&impairment(codec, mode).unwrap(), &conditions)
    }

    const CLEAN: Conditions = Conditions { loss_percent: 0.0, burst_ratio: 1.0, delay_ms: None };

    #[test]
    fn every_model_scores_a_clean_stream_near_its_top() {
        for codec in [Codec::Pcmu, Codec::G722, Codec::Opus] {
            let quality = score(codec, None, CLEAN).unwrap();
            assert!(quality.mos > 4.3 && quality.bursts_covered, "{codec:?} {quality:?}");
        }
    }

    #[test]
    fn loss_is_not_scored_without_a_figure_for_it() {
        let lossy = Conditions { loss_percent: 1.0, ..CLEAN };
        assert!(score(Codec::AmrWb, Some(23_850), CLEAN).is_some());
        assert_eq!(score(Codec::AmrWb, Some(23_850), lossy), None);
    }

    #[test]
    fn the_range_of_the_burst_ratio_is_told() {
        let covered = |codec, loss_percent, burst_ratio| {
            let conditions = Conditions { loss_percent, burst_ratio, delay_ms: None };
            score(codec, None, conditions).unwrap().bursts_covered
        };
        assert!(covered(Codec::Pcmu, 5.0, 2.0));
        assert!(!covered(Codec::Pcmu, 5.0, 2.1));
        assert!(covered(Codec::Pcmu, 1.0, 4.0));
        assert!(!covered(Codec::GsmEfr, 1.0, 1.5), "it conceals too little");
        assert!(!covered(Codec::G722, 1.0, 1.5), "wideband takes loss as random");
    }

    #[test]
    fn delay_turns_listening_into_conversation() {
        let far = score(Codec::Pcmu, None, Conditions { delay_ms: Some(300.0), ..CLEAN }).unwrap();
        assert!(far.mos < score(Codec::Pcmu, None, CLEAN).unwrap().mos - 0.5);
    }
}
