//! RTCP compound packets (RFC 3550 section 6), one packet type a file.

mod app;
mod bye;
mod feedback;
mod report;
mod sdes;
pub mod xr;

pub use app::App;
pub use bye::Bye;
pub use feedback::{Feedback, Meaning as FeedbackMeaning};
pub use report::{ReceiverReport, ReportBlock, SenderReport};
pub use sdes::{SdesItem, items as sdes_items};

use super::bytes::{be16, be32, from};
use super::malformed::{Malformed, Reason};
use crate::base::id::Ssrc;

const HEADER: usize = 4;

/// One packet of a compound packet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Packet<'a> {
    /// SR, packet type 200.
    Sender(SenderReport<'a>),
    /// RR, packet type 201.
    Receiver(ReceiverReport<'a>),
    /// SDES, packet type 202: its chunks, for [`sdes_items`].
    Sdes(&'a [u8]),
    /// BYE, packet type 203.
    Bye(Bye<'a>),
    /// APP, packet type 204.
    App(App<'a>),
    /// RTPFB and PSFB, packet types 205 and 206 (RFC 4585).
    Feedback(Feedback<'a>),
    /// XR, packet type 207 (RFC 3611): the reporter and its blocks, for [`xr::blocks`].
    Extended {
        /// Who reports.
        ssrc: Ssrc,
        /// The report blocks.
        blocks: &'a [u8],
    },
    /// Another packet type.
    Other(u8),
}

/// Whether a datagram begins as RTCP does: version 2, a packet type with which
/// a compound or reduced-size packet begins (RFC 3550 section 6.1, RFC 5506),
/// and a length that the datagram can hold. `missing` bytes of it were cut by
/// the capture.
#[inline]
pub fn is_rtcp(bytes: &[u8], missing: u32) -> bool {
    let Some([first, second]) = bytes.first_chunk() else { return false };
    let Some(words) = be16(bytes, 2) else { return false };
    first >> 6 == 2
        && matches!(second, 192 | 193 | 195 | 200..=207)
        && bytes.len() >= 8
        && words > 0
        && HEADER * (usize::from(words) + 1) <= bytes.len() + missing as usize
}

/// Whether a datagram that is not wholly RTCP ends as encrypted RTCP does
/// (RFC 3711 section 3.4): with the encryption flag and a small index before
/// an authentication tag of 80 or 32 bits, or of none (RFC 7714).
pub fn ends_encrypted(bytes: &[u8]) -> bool {
    encryption_index(bytes).is_some()
}

/// Where the encryption flag and the index of encrypted RTCP stand.
pub fn encryption_index(bytes: &[u8]) -> Option<usize> {
    const TAGS: [usize; 3] = [10, 4, 0];
    /// Reports are seconds apart: more than this is no count of them.
    const MOST: u32 = 1 << 24;
    TAGS.iter().find_map(|tag| {
        let at = bytes.len().checked_sub(tag + 4).filter(|at| *at >= 2 * HEADER)?;
        let index = be32(bytes, at)?;
        (index >> 31 == 1 && index & 0x7fff_ffff < MOST).then_some(at)
    })
}

/// The packets of a compound packet, in order. After the first that cannot be
/// read there are no more.
pub fn packets(bytes: &[u8]) -> Packets<'_> {
    Packets { rest: bytes, at: 0 }
}

/// Iterator of [`packets`].
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    rest: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let result = one(self.rest).ok_or(Malformed::at(Reason::RtcpBadLength, self.at));
        match result {
            Ok((packet, length)) => {
                self.rest = from(self.rest, length).unwrap_or_default();
                self.at += length;
                Some(Ok(packet))
            }
            Err(malformed) => {
                self.rest = &[];
                Some(Err(malformed))
            }
        }
    }
}

/// The packet at the beginning of `bytes`, and its length.
fn one(bytes: &[u8]) -> Option<(Packet<'_>, usize)> {
    let [first, packet_type] = *bytes.first_chunk()?;
    if first >> 6 != 2 {
        return None;
    }
    let length = HEADER * (usize::from(be16(bytes, 2)?) + 1);
    let whole = bytes.get(HEADER..length)?;
    let body = if first & 0x20 == 0 {
        whole
    } else {
        whole.get(..whole.len().checked_sub(usize::from(*whole.last()?))?)?
    };
    let count = first & 0x1f;
    let packet = match packet_type {
        200 => Packet::Sender(SenderReport::parse(count, body)?),
        201 => Packet::Receiver(ReceiverReport::parse(count, body)?),
        202 => Packet::Sdes(body),
        203 => Packet::Bye(Bye::parse(count, body)?),
        204 => Packet::App(App::parse(count, body)?),
        205 | 206 => Packet::Feedback(Feedback::parse(packet_type, count, body)?),
        207 => Packet::Extended { ssrc: Ssrc(be32(body, 0)?), blocks: from(body, 4)? },
        other => Packet::Other(other),
    };
    Some((packet, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compound_packet_is_walked_to_its_end() {
        let rr = [0x80, 201, 0, 1, 0, 0, 0, 1];
        let bye = [0x81, 203, 0, 1, 0, 0, 0, 1];
        let bytes = [rr, bye].concat();
        assert!(is_rtcp(&bytes, 0));
        let types: Vec<_> =
            packets(&bytes).map(|p| p.map(|p| matches!(p, Packet::Bye(_)))).collect();
        assert_eq!(types, [Ok(false), Ok(true)]);
    }

    #[test]
    fn encrypted_reports_are_known_by_their_end() {
        let clear = [0x81, 201, 0, 7, 0, 0x29, 0x48, 0x23];
        let with_tag = |tag: &[u8]| [&clear[..], &[0x5a; 24], &[0x80, 0, 0, 1], tag].concat();
        assert!(ends_encrypted(&with_tag(&[9; 10])) && ends_encrypted(&with_tag(&[9; 4])));
        assert!(ends_encrypted(&with_tag(&[])));
        assert!(!ends_encrypted(&[0x5a; 40]) && !ends_encrypted(&[1]));
    }

    #[test]
    fn lengths_that_do_not_fit_end_the_walk() {
        let bytes = [0x80, 201, 0, 1, 0, 0, 0, 1, 0x80, 200, 0, 9, 0, 0];
        let last = packets(&bytes).last().unwrap();
        assert_eq!(last, Err(Malformed::at(Reason::RtcpBadLength, 8)));
        assert!(!is_rtcp(&[0x80, 200, 0, 9, 0, 0, 0, 0], 0));
        assert!(is_rtcp(&[0x80, 200, 0, 9, 0, 0, 0, 0], 32), "cut by the capture");
        assert!(!is_rtcp(&[0x80, 100, 0, 1, 0, 0, 0, 0], 0), "RTP");
        assert!(!is_rtcp(&[0xab, 210, 0, 0, 0, 1, 0, 0], 0), "a NetBIOS name");
        assert_eq!(packets(&[0x80]).count(), 1);
        assert_eq!(packets(&[]).count(), 0);
    }
}
