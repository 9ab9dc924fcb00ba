//! RTP data packets (RFC 3550 section 5.1), with the header check of its appendix A.1.

use super::bytes::{be16, be32, from};
use crate::base::id::{RtpTime, Seq, Ssrc};

const FIXED_HEADER: usize = 12;

/// An RTP packet, borrowing its datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rtp<'a> {
    /// Payload type, 0..127.
    pub payload_type: u8,
    /// The marker bit.
    pub marker: bool,
    /// Sequence number.
    pub seq: Seq,
    /// RTP timestamp.
    pub timestamp: RtpTime,
    /// Synchronisation source.
    pub ssrc: Ssrc,
    /// Number of contributing sources, 0..15.
    pub csrc_count: u8,
    /// Those sources, four octets each.
    pub csrc: &'a [u8],
    /// The header extension's profile number and its data (RFC 3550 section 5.3.1).
    pub extension: Option<(u16, &'a [u8])>,
    /// The payload without padding; its beginning, if the capture cut it.
    pub payload: &'a [u8],
}

/// The header of a packet that has nothing but it and its payload: neither
/// sources nor an extension nor padding.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PlainHeader {
    payload_type: u8,
    marker: bool,
    seq: Seq,
    timestamp: RtpTime,
    ssrc: Ssrc,
}

impl<'a> Rtp<'a> {
    /// Its header, where the packet's `bytes` are
    /// nothing but that and its payload.
    #[inline]
    pub fn plain_header(&self, bytes: usize) -> Option<PlainHeader> {
        let Self { payload_type, marker, seq, timestamp, ssrc, .. } = *self;
        let is_plain = self.csrc_count == 0
            && self.extension.is_none()
            && self.payload.len() + FIXED_HEADER == bytes;
        is_plain.then_some(PlainHeader { payload_type, marker, seq, timestamp, ssrc })
    }

    /// The packet of `bytes` whose plain header was read before.
    #[inline]
    pub fn with_plain_header(header: PlainHeader, bytes: &'a [u8]) -> Self {
        let PlainHeader { payload_type, marker, seq, timestamp, ssrc } = header;
        Self {
            payload_type,
            marker,
            seq,
            timestamp,
            ssrc,
            csrc_count: 0,
            csrc: &[],
            extension: None,
            payload: from(bytes, FIXED_HEADER).unwrap_or_default(),
        }
    }

    /// Reads a packet, of which the capture may have cut `missing` bytes at the end.
    ///
    /// `None` when the header check fails: version 2, second octet not one of
    /// RTCP's (192..=223, RFC 5761 section 4), lengths that fit.
    #[inline]
    pub fn parse(bytes: &'a [u8], missing: u32) -> Option<Self> {
        let header: &[u8; FIXED_HEADER] = bytes.first_chunk()?;
        let (first, second) = (header[0], header[1]);
        if first >> 6 != 2 || matches!(second, 192..=223) {
            return None;
        }
        let csrc_count = first & 0x0f;
        let mut at = FIXED_HEADER + 4 * usize::from(csrc_count);
        let csrc = if csrc_count == 0 { &[] } else { bytes.get(FIXED_HEADER..at)? };
        let mut extension = None;
        if first & 0x10 != 0 {
            let (profile, words) = (be16(bytes, at)?, be16(bytes, at + 2)?);
            let end = at + 4 + 4 * usize::from(words);
            extension = Some((profile, bytes.get(at + 4..end)?));
            at = end;
        }
        let rest = from(bytes, at)?;
        let padding = match (first & 0x20 != 0, rest.last()) {
            (true, _) if missing > 0 => 0,
            (true, Some(count)) => usize::from(*count),
            (true, None) => return None,
            (false, _) => 0,
        };
        let payload = rest.get(..rest.len().checked_sub(padding)?)?;
        Some(Self {
            payload_type: second & 0x7f,
            marker: second & 0x80 != 0,
            seq: Seq(be16(header, 2)?),
            timestamp: RtpTime(be32(header, 4)?),
            ssrc: Ssrc(be32(header, 8)?),
            csrc_count,
            csrc,
            extension,
            payload,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(first: u8, second: u8, rest: &[u8]) -> Vec<u8> {
        [&[first, second, 0, 7, 0, 0, 0, 160, 0x12, 0x34, 0x56, 0x78][..], rest].concat()
    }

    #[test]
    fn the_fixed_header_is_read() {
        let bytes = packet(0x80, 0x88, &[1, 2, 3]);
        let rtp = Rtp::parse(&bytes, 0).unwrap();
        assert_eq!(
            (rtp.payload_type, rtp.marker, rtp.seq, rtp.timestamp),
            (8, true, Seq(7), RtpTime(160))
        );
        assert_eq!((rtp.ssrc, rtp.payload), (Ssrc(0x1234_5678), &[1, 2, 3][..]));
    }

    #[test]
    fn sources_extension_and_padding_are_taken_off() {
        let rest = [&[9; 4][..], &[0xbe, 0xde, 0, 1, 1, 2, 3, 4], b"data", &[0, 0, 3]].concat();
        let bytes = packet(0xb1, 0, &rest);
        let rtp = Rtp::parse(&bytes, 0).unwrap();
        assert_eq!((rtp.csrc_count, rtp.csrc), (1, &[9; 4][..]));
        assert_eq!(rtp.extension, Some((0xbede, &[1, 2, 3, 4][..])));
        assert_eq!(rtp.payload, b"data");
    }

    #[test]
    fn what_fails_the_header_check_is_not_rtp() {
        assert_eq!(Rtp::parse(&packet(0x40, 0, &[]), 0), None, "version 1");
        assert_eq!(Rtp::parse(&packet(0x80, 200, &[]), 0), None, "an RTCP packet type");
        assert_eq!(Rtp::parse(&packet(0x81, 0, &[1, 2]), 0), None, "no room for its source");
        assert_eq!(
            Rtp::parse(&packet(0x90, 0, &[0, 0, 0, 9]), 0),
            None,
            "no room for its extension"
        );
        assert_eq!(Rtp::parse(&packet(0xa0, 0, &[1, 9]), 0), None, "more padding than payload");
        assert_eq!(Rtp::parse(&packet(0x80, 0, &[])[..11], 0), None, "too short");
    }

    #[test]
    fn padding_is_unknown_when_the_capture_cut_the_packet() {
        let bytes = packet(0xa0, 0, &[1, 200]);
        assert_eq!(Rtp::parse(&bytes, 100).map(|rtp| rtp.payload.len()), Some(2));
    }
}
