//! Feedback messages (RFC 4585 section 6.1), and what those in use say: NACK,
//! PLI, FIR and TMMBR (RFC 5104), REMB, transport-wide congestion control.

use crate::base::id::{Seq, Ssrc};
use crate::wire::bytes::{be16, be24, be32, from};

/// A transport-layer (205) or payload-specific (206) feedback message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Feedback<'a> {
    /// Whether it is payload-specific (PSFB) rather than transport-layer (RTPFB).
    pub payload_specific: bool,
    /// The feedback message type: 1 of RTPFB is a generic NACK, 1 of PSFB a
    /// picture loss indication.
    pub format: u8,
    /// Who sends the feedback.
    pub sender: Ssrc,
    /// The source it is about; 0 where the message names it elsewhere.
    pub media: Ssrc,
    /// Feedback control information.
    pub control: &'a [u8],
}

/// What a feedback message asks for or tells.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Meaning {
    /// Generic NACK: packets are missing (RFC 4585 section 6.2.1).
    Nack,
    /// The receiver asks for a lower bit rate (TMMBR, RFC 5104 section 4.2.1).
    BitRateRequest,
    /// The sender's answer to that (TMMBN).
    BitRateNotification,
    /// How packets of all streams arrived (transport-wide congestion control).
    TransportWide,
    /// How packets of each stream arrived (RFC 8888).
    CongestionControl,
    /// A picture was lost (PLI).
    PictureLoss,
    /// Part of a picture was lost (SLI).
    SliceLoss,
    /// A picture that others may refer to (RPSI).
    ReferencePicture,
    /// A whole picture is wanted (FIR, RFC 5104 section 4.3.1).
    FullIntra,
    /// The bit rate that the receiver thinks it can take (REMB).
    MaximumBitRate,
    /// Another application-layer message (AFB).
    Application,
    /// Another format.
    Other,
}

const REMB: &[u8] = b"REMB";

impl<'a> Feedback<'a> {
    pub(super) fn parse(packet_type: u8, format: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self {
            payload_specific: packet_type == 206,
            format,
            sender: Ssrc(be32(body, 0)?),
            media: Ssrc(be32(body, 4)?),
            control: from(body, 8)?,
        })
    }

    /// What it asks for or tells.
    pub fn meaning(&self) -> Meaning {
        match (self.payload_specific, self.format) {
            (false, 1) => Meaning::Nack,
            (false, 3) => Meaning::BitRateRequest,
            (false, 4) => Meaning::BitRateNotification,
            (false, 11) => Meaning::CongestionControl,
            (false, 15) => Meaning::TransportWide,
            (true, 1) => Meaning::PictureLoss,
            (true, 2) => Meaning::SliceLoss,
            (true, 3) => Meaning::ReferencePicture,
            (true, 4) => Meaning::FullIntra,
            (true, 15) if self.control.starts_with(REMB) => Meaning::MaximumBitRate,
            (true, 15) => Meaning::Application,
            _ => Meaning::Other,
        }
    }

    /// The sources that the message is about: those of its entries where it has
    /// some, else the one of its header.
    pub fn about(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        let (entries, step) = match self.meaning() {
            // A source and four octets each.
            Meaning::FullIntra | Meaning::BitRateRequest | Meaning::BitRateNotification => {
                (self.control, 8)
            }
            Meaning::MaximumBitRate => (from(self.control, 8).unwrap_or_default(), 4),
            _ => (&[][..], 4),
        };
        let own = (self.media.0 != 0 || entries.is_empty()).then_some(self.media);
        let own = own.filter(|_| entries.is_empty());
        own.into_iter()
            .chain(entries.chunks_exact(step).filter_map(|entry| be32(entry, 0).map(Ssrc)))
    }

    /// The numbers that a generic NACK misses.
    pub fn missing(&self) -> impl Iterator<Item = Seq> + use<'a> {
        let entries = if self.meaning() == Meaning::Nack { self.control } else { &[] };
        entries.chunks_exact(4).flat_map(|entry| {
            let (first, more) = (be16(entry, 0).unwrap_or(0), be16(entry, 2).unwrap_or(0));
            let more = (0..16_u16).filter(move |bit| more >> bit & 1 == 1);
            std::iter::once(Seq(first)).chain(more.map(move |bit| Seq(first.wrapping_add(bit + 1))))
        })
    }

    /// The bit rate of REMB, in bits a second.
    pub fn bit_rate(&self) -> Option<u64> {
        if self.meaning() != Meaning::MaximumBitRate {
            return None;
        }
        // After the name and the number of sources: 6 bits of exponent, 18 of mantissa.
        let field = be24(self.control, 5)?;
        u64::from(field & 0x3_ffff).checked_shl(field >> 18)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feedback(packet_type: u8, format: u8, media: u32, control: &[u8]) -> Vec<u8> {
        let mut body = vec![0, 0, 0, 1];
        body.extend(media.to_be_bytes());
        body.extend(control);
        let _ = (packet_type, format);
        body
    }

    #[test]
    fn a_nack_names_what_is_missing() {
        let body = feedback(205, 1, 9, &[0xff, 0xff, 0x80, 0x01]);
        let nack = Feedback::parse(205, 1, &body).unwrap();
        assert_eq!(nack.missing().collect::<Vec<_>>(), [Seq(65_535), Seq(0), Seq(15)]);
        assert_eq!(nack.about().collect::<Vec<_>>(), [Ssrc(9)]);
    }

    #[test]
    fn requests_of_a_picture_name_their_source_within() {
        let body = feedback(206, 4, 0, &[0, 0, 0, 7, 3, 0, 0, 0]);
        let fir = Feedback::parse(206, 4, &body).unwrap();
        assert_eq!(fir.meaning(), Meaning::FullIntra);
        assert_eq!(fir.about().collect::<Vec<_>>(), [Ssrc(7)]);
    }

    #[test]
    fn an_estimate_of_the_bit_rate() {
        // 1 source, exponent 2, mantissa 250,000.
        let (mantissa, exponent) = (250_000_u32, 2_u32);
        let field = (exponent << 18 | mantissa).to_be_bytes();
        let mut control = b"REMB\x01".to_vec();
        control.extend([field[1], field[2], field[3], 0, 0, 0, 5]);
        let body = feedback(206, 15, 0, &control);
        let remb = Feedback::parse(206, 15, &body).unwrap();
        assert_eq!((remb.meaning(), remb.bit_rate()), (Meaning::MaximumBitRate, Some(1_000_000)));
        assert_eq!(remb.about().collect::<Vec<_>>(), [Ssrc(5)]);
        let other = Feedback::parse(206, 15, &body[..10]).unwrap();
        assert_eq!((other.meaning(), other.bit_rate()), (Meaning::Application, None));
    }
}
