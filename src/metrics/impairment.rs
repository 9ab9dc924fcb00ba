//! What each codec costs: equipment impairment Ie and robustness to loss Bpl
//! (ITU-T G.113 Appendices I, IV and V, 2024 with Erratum 1).
//!
//! G.113 calls its figures provisional planning values. Where it has none, an
//! estimate says so, and a codec nobody has figures for has none here.

use crate::base::codec::Codec;

/// The E-model whose scale a figure is on. Scales are not comparable.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Model {
    /// G.107: 300 to 3400 Hz, R up to 93.2.
    Narrowband,
    /// G.107.1: up to 7 kHz, R up to 129.
    Wideband,
    /// G.107.2: up to 20 kHz, R up to 148.
    Fullband,
}

impl Model {
    /// The Recommendation's number.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Narrowband => "G.107",
            Self::Wideband => "G.107.1",
            Self::Fullband => "G.107.2",
        }
    }
}

/// On what a quality figure rests.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// Ie and Bpl are in G.113.
    Published,
    /// Ie is in G.113, Bpl is borrowed from a similar codec or use.
    Mixed,
    /// Neither is in G.113.
    Estimated,
    /// The user set them.
    Given,
}

impl Basis {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Mixed => "mixed",
            Self::Estimated => "estimated",
            Self::Given => "given",
        }
    }
}

/// A codec's figures on the scale of one model.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Impairment {
    /// The scale.
    pub model: Model,
    /// Equipment impairment factor without loss.
    pub ie: f64,
    /// Packet-loss robustness factor; `None` when nothing is known of the
    /// codec under loss.
    pub bpl: Option<f64>,
    /// Where the two come from.
    pub basis: Basis,
}

impl Impairment {
    /// Where the figures come from that count at `loss_percent`: without loss
    /// Bpl does not enter.
    pub fn basis_at(&self, loss_percent: f64) -> Basis {
        match self.basis {
            Basis::Mixed if loss_percent <= 0.0 => Basis::Published,
            basis => basis,
        }
    }
}

/// How a codec is used, as far as its figures depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct CodecMode {
    /// Bits a second of the coded voice, where known.
    pub bit_rate: Option<u32>,
    /// Silence is suppressed (VAD).
    pub vad: bool,
    /// The decoder of G.711 conceals losses (Appendix I of G.711). Every modern
    /// one does; without it 2 % loss costs a whole point of MOS more.
    pub concealment: bool,
    /// Heard with both ears (diotic) rather than at a handset (monotic).
    pub both_ears: bool,
    /// EVS in super-wideband, the only bandwidth of it with figures.
    pub super_wideband: bool,
}

impl Default for CodecMode {
    fn default() -> Self {
        Self {
            bit_rate: None,
            vad: false,
            concealment: true,
            both_ears: false,
            super_wideband: false,
        }
    }
}

/// The figures of `codec` used as `mode` says, or `None` where there are none.
pub fn impairment(codec: Codec, mode: CodecMode) -> Option<Impairment> {
    use Basis::{Estimated, Mixed, Published};
    let row = match codec {
        Codec::Pcmu | Codec::Pcma if mode.concealment => narrow(0.0, 25.1, Published),
        Codec::Pcmu | Codec::Pcma => narrow(0.0, 4.3, Published),
        Codec::G729 if mode.vad => narrow(11.0, 19.0, Published),
        Codec::G729 => narrow(10.0, 19.0, Mixed),
        Codec::G723 => match mode.bit_rate {
            Some(5_300) => narrow(19.0, 16.1, Mixed),
            _ if mode.vad => narrow(15.0, 16.1, Published),
            _ => narrow(15.0, 16.1, Mixed),
        },
        Codec::GsmEfr => narrow(5.0, 10.0, Published),
        Codec::Gsm => narrow(20.0, 10.0, Mixed),
        Codec::GsmHr => narrow(23.0, 10.0, Mixed),
        Codec::G726(kilobits) | Codec::Aal2G726(kilobits) => narrow(g726_ie(kilobits)?, 4.3, Mixed),
        Codec::G728 => match mode.bit_rate {
            Some(12_800) => narrow(20.0, 4.3, Mixed),
            _ => narrow(7.0, 4.3, Mixed),
        },
        Codec::Amr => narrow(amr_ie(mode.bit_rate)?, 10.0, Estimated),
        Codec::Ilbc => match mode.bit_rate {
            Some(15_200) => narrow(11.0, 32.0, Estimated),
            _ => narrow(13.0, 32.0, Estimated),
        },
        Codec::G722 => wide(g722_ie(mode.bit_rate)?, Some(4.9), Mixed),
        Codec::G7221 => match mode.bit_rate {
            Some(32_000) => wide(13.0, None, Published),
            Some(24_000) => wide(19.0, None, Published),
            _ => return None,
        },
        Codec::AmrWb if mode.both_ears => amr_wb_both_ears(mode.bit_rate?)?,
        Codec::AmrWb => amr_wb_handset(mode.bit_rate)?,
        Codec::Evs if mode.super_wideband => evs_super_wideband(mode.bit_rate?)?,
        Codec::Opus => full(10.2, 4.3, Estimated),
        _ => return None,
    };
    Some(row)
}

const fn narrow(ie: f64, bpl: f64, basis: Basis) -> Impairment {
    Impairment { model: Model::Narrowband, ie, bpl: Some(bpl), basis }
}

const fn wide(ie: f64, bpl: Option<f64>, basis: Basis) -> Impairment {
    Impairment { model: Model::Wideband, ie, bpl, basis }
}

const fn full(ie: f64, bpl: f64, basis: Basis) -> Impairment {
    Impairment { model: Model::Fullband, ie, bpl: Some(bpl), basis }
}

const fn g726_ie(kilobits: u8) -> Option<f64> {
    Some(match kilobits {
        40 => 2.0,
        32 => 7.0,
        24 => 25.0,
        16 => 50.0,
        _ => return None,
    })
}

/// Interpolated between published codecs; an unknown mode is taken as 12.2.
const fn amr_ie(bit_rate: Option<u32>) -> Option<f64> {
    Some(match bit_rate {
        None | Some(12_200) => 5.0,
        Some(10_200) => 6.0,
        Some(7_950) => 10.0,
        Some(7_400) => 11.5,
        Some(6_700) => 13.5,
        Some(5_900) => 16.5,
        Some(5_150) => 19.5,
        Some(4_750) => 21.0,
        Some(_) => return None,
    })
}

/// RTP carries G.722 at 64 kbit/s unless something says otherwise (RFC 3551
/// section 4.5.2).
const fn g722_ie(bit_rate: Option<u32>) -> Option<f64> {
    Some(match bit_rate {
        None | Some(64_000) => 13.0,
        Some(56_000) => 20.0,
        Some(48_000) => 31.0,
        Some(_) => return None,
    })
}

/// G.113 Appendix IV, monotic. It has no Bpl there; an unknown mode and 12.65
/// take the diotic one.
const fn amr_wb_handset(bit_rate: Option<u32>) -> Option<Impairment> {
    let ie = match bit_rate {
        None | Some(12_650) => return Some(wide(13.0, Some(4.3), Basis::Mixed)),
        Some(6_600) => 41.0,
        Some(8_850) => 26.0,
        Some(14_250) => 10.0,
        Some(15_850) => 7.0,
        Some(18_250) => 5.0,
        Some(19_850) => 3.0,
        Some(23_050) => 1.0,
        Some(23_850) => 8.0,
        Some(_) => return None,
    };
    Some(wide(ie, None, Basis::Published))
}

/// G.113 Appendix IV, diotic.
const fn amr_wb_both_ears(bit_rate: u32) -> Option<Impairment> {
    let (ie, bpl) = match bit_rate {
        6_600 => (56.0, None),
        8_850 => (41.0, None),
        12_650 => (20.0, Some(4.3)),
        15_850 => (17.0, None),
        23_050 => (8.0, Some(4.6)),
        23_850 => (10.0, Some(4.9)),
        _ => return None,
    };
    Some(wide(ie, bpl, Basis::Published))
}

/// G.113 Appendix V, diotic.
const fn evs_super_wideband(bit_rate: u32) -> Option<Impairment> {
    let (ie, bpl) = match bit_rate {
        9_600 => (22.7, 13.0),
        13_200 => (17.1, 11.7),
        16_400 => (10.8, 10.3),
        24_400 => (7.2, 11.4),
        32_000 => (8.7, 9.3),
        48_000 => (10.2, 9.6),
        _ => return None,
    };
    Some(full(ie, bpl, Basis::Published))
}

/// Bits a second of an AMR speech frame type (RFC 4867, 3GPP TS 26.101); `None`
/// for comfort noise and no data.
pub fn amr_bit_rate(frame_type: u8) -> Option<u32> {
    let rates = [4_750, 5_150, 5_900, 6_700, 7_400, 7_950, 10_200, 12_200];
    rates.get(usize::from(frame_type)).copied()
}

/// Bits a second of an AMR-WB speech frame type (RFC 4867, 3GPP TS 26.201);
/// `None` for comfort noise and no data.
pub fn amr_wb_bit_rate(frame_type: u8) -> Option<u32> {
    let rates = [6_600, 8_850, 12_650, 14_250, 15_850, 18_250, 19_850, 23_050, 23_850];
    rates.get(usize::from(frame_type)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(codec: Codec) -> Option<Impairment> {
        impairment(codec, CodecMode::default())
    }

    #[test]
    fn concealment_is_what_sets_g_711_apart() {
        let bare = CodecMode { concealment: false, ..CodecMode::default() };
        assert_eq!(of(Codec::Pcmu).unwrap().bpl, Some(25.1));
        assert_eq!(impairment(Codec::Pcma, bare).unwrap().bpl, Some(4.3));
    }

    #[test]
    fn codecs_without_figures_have_none() {
        for codec in [Codec::Speex, Codec::Silk, Codec::G729De, Codec::Evs, Codec::L16, Codec::H264]
        {
            assert_eq!(of(codec), None, "{codec:?}");
        }
        let odd_rate = CodecMode { bit_rate: Some(1), ..CodecMode::default() };
        assert_eq!(impairment(Codec::Amr, odd_rate), None);
        assert_eq!(impairment(Codec::AmrWb, odd_rate), None);
    }

    #[test]
    fn the_tables_of_g_113_appendix_iv() {
        let ie = |bit_rate, both_ears| {
            let mode = CodecMode { bit_rate: Some(bit_rate), both_ears, ..CodecMode::default() };
            impairment(Codec::AmrWb, mode).map(|row| row.ie)
        };
        let rates: Vec<u32> = (0..9).filter_map(amr_wb_bit_rate).collect();
        let handset = [41.0, 26.0, 13.0, 10.0, 7.0, 5.0, 3.0, 1.0, 8.0];
        assert!(rates.iter().map(|rate| ie(*rate, false)).eq(handset.map(Some)));
        let both_ears = [
            Some(56.0),
            Some(41.0),
            Some(20.0),
            None,
            Some(17.0),
            None,
            None,
            Some(8.0),
            Some(10.0),
        ];
        assert!(rates.iter().map(|rate| ie(*rate, true)).eq(both_ears));
    }

    #[test]
    fn every_speech_frame_type_of_amr_has_a_figure() {
        for (codec, rates) in [
            (Codec::Amr, (0..=15).filter_map(amr_bit_rate).collect::<Vec<_>>()),
            (Codec::AmrWb, (0..=15).filter_map(amr_wb_bit_rate).collect()),
        ] {
            for rate in rates {
                let mode = CodecMode { bit_rate: Some(rate), ..CodecMode::default() };
                assert!(impairment(codec, mode).is_some(), "{codec:?} {rate}");
            }
        }
        assert_eq!((amr_bit_rate(8), amr_wb_bit_rate(9)), (None, None));
    }

    #[test]
    fn a_borrowed_bpl_does_not_taint_a_clean_stream() {
        let g729 = of(Codec::G729).unwrap();
        assert_eq!(g729.basis_at(0.0), Basis::Published);
        assert_eq!(g729.basis_at(0.1), Basis::Mixed);
        assert_eq!(of(Codec::Opus).unwrap().basis_at(0.0), Basis::Estimated);
    }
}
