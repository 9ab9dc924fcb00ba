//! Parity packets: which packets of which source one of them protects
//! (ULPFEC, RFC 5109 section 7; flexible FEC, RFC 8627 section 4.2.2, and the
//! draft 03 of it that WebRTC sends).

use crate::base::id::{Seq, Ssrc};
use crate::wire::bytes::{be16, be32, from};

/// Packets of one source that a parity packet protects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Protected {
    /// The source; `None`: that of the parity packet.
    pub ssrc: Option<Ssrc>,
    /// The number that the mask begins with.
    pub base: Seq,
    /// Bit `i` is set when number `base + i` is protected.
    pub mask: u128,
}

impl Protected {
    /// The numbers protected.
    pub fn numbers(self) -> impl Iterator<Item = Seq> {
        (0..128_u16)
            .filter(move |bit| self.mask >> bit & 1 == 1)
            .map(move |bit| Seq(self.base.0.wrapping_add(bit)))
    }
}

/// `bits` bits of a field whose highest comes first, as a mask whose lowest does.
fn reversed(field: u128, bits: u32) -> u128 {
    if bits == 0 { 0 } else { field.reverse_bits() >> (128 - bits) }
}

/// What a packet of ULPFEC protects: its header and that of level 0.
pub fn ulpfec(payload: &[u8]) -> Option<Protected> {
    const HEADER: usize = 10;
    const LONG_MASK: u8 = 0x40;
    let first = *payload.first()?;
    let base = Seq(be16(payload, 2)?);
    let mask = from(payload, HEADER + 2)?;
    let short = u128::from(be16(mask, 0)?);
    let mask = if first & LONG_MASK == 0 {
        reversed(short, 16)
    } else {
        reversed(short << 32 | u128::from(be32(mask, 2)?), 48)
    };
    Some(Protected { ssrc: None, base, mask })
}

/// What a packet of flexible FEC protects, by its contributing sources (RFC
/// 8627); without any it is of the draft, which names them itself. Nothing for
/// retransmissions within it.
pub fn flexfec<'a>(csrc: &'a [u8], payload: &'a [u8]) -> impl Iterator<Item = Protected> + 'a {
    const HEADER: usize = 8;
    const RETRANSMISSION: u8 = 0x80;
    const FIXED: u8 = 0x40;
    let first = payload.first().copied().unwrap_or(RETRANSMISSION);
    let is_draft = csrc.is_empty();
    let count = if is_draft {
        usize::from(payload.get(HEADER).copied().unwrap_or(0))
    } else {
        csrc.len() / 4
    };
    let mut at = if is_draft { HEADER + 4 } else { HEADER };
    let mut index = 0;
    std::iter::from_fn(move || {
        if first & RETRANSMISSION != 0 || index >= count.min(MOST_SOURCES) {
            return None;
        }
        let ssrc = if is_draft { be32(payload, at)? } else { be32(csrc, 4 * index)? };
        at += if is_draft { 4 } else { 0 };
        index += 1;
        let base = Seq(be16(payload, at)?);
        at += 2;
        let mask = if first & FIXED == 0 || is_draft {
            let (mask, length) = flexible(from(payload, at)?, is_draft)?;
            at += length;
            mask
        } else {
            let (columns, rows) = (*payload.get(at)?, *payload.get(at + 1)?);
            at += 2;
            matrix(columns, rows)
        };
        Some(Protected { ssrc: Some(Ssrc(ssrc)), base, mask })
    })
}

/// Sources of one packet that are read.
const MOST_SOURCES: usize = 16;

/// A mask of 15, 46 or 109 or 110 bits, by its k bits: one that is set ends it.
/// Its length in octets.
fn flexible(bytes: &[u8], is_draft: bool) -> Option<(u128, usize)> {
    let first = be16(bytes, 0)?;
    let mut mask = reversed(u128::from(first & 0x7fff), 15);
    if first & 0x8000 != 0 {
        return Some((mask, 2));
    }
    let second = be32(bytes, 2)?;
    mask |= reversed(u128::from(second & 0x7fff_ffff), 31) << 15;
    if second & 0x8000_0000 != 0 {
        return Some((mask, 6));
    }
    let third = u128::from(be32(bytes, 6)?) << 32 | u128::from(be32(bytes, 10)?);
    // The draft has a k bit there too.
    let bits = if is_draft { 63 } else { 64 };
    mask |= reversed(third & (u128::MAX >> (128 - bits)), bits) << 46;
    Some((mask, 14))
}

/// The fixed form: `columns` numbers in a row, or with rows every
/// `columns`-th (RFC 8627 section 4.2.2.2).
fn matrix(columns: u8, rows: u8) -> u128 {
    let (count, step) =
        if rows > 1 { (u32::from(rows), u32::from(columns)) } else { (u32::from(columns), 1) };
    (0..count)
        .filter_map(|i| 1_u128.checked_shl(i.checked_mul(step)?))
        .fold(0, |mask, bit| mask | bit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn numbers(protected: Protected) -> Vec<u16> {
        protected.numbers().map(|seq| seq.0).collect()
    }

    #[test]
    fn both_masks_of_ulpfec_are_read() {
        // SN base 1000; level 0 with bits 0, 2 and 15.
        let mut payload = vec![0, 0, 0x03, 0xe8, 0, 0, 0, 0, 0, 0, 0, 160, 0xa0, 0x01];
        assert_eq!(numbers(ulpfec(&payload).unwrap()), [1000, 1002, 1015]);
        payload[0] = 0x40;
        payload.extend([0x80, 0, 0, 1]);
        assert_eq!(numbers(ulpfec(&payload).unwrap()), [1000, 1002, 1015, 1016, 1047]);
        assert_eq!(ulpfec(&payload[..12]), None);
    }

    #[test]
    fn flexible_masks_end_with_their_k_bit() {
        let csrc = 7_u32.to_be_bytes();
        let header = [0; 8];
        let read = |mask: &[u8]| {
            let payload = [&header[..], &[0xff, 0xff], mask].concat();
            let all: Vec<_> = flexfec(&csrc, &payload).collect();
            assert_eq!(all[0].ssrc, Some(Ssrc(7)));
            numbers(all[0])
        };
        // The numbers wrap.
        assert_eq!(read(&[0xc0, 0x01]), [65_535, 13]);
        assert_eq!(read(&[0x40, 0x00, 0xc0, 0, 0, 1]), [65_535, 14, 44]);
        assert_eq!(read(&[0x40, 0, 0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 1]), [65_535, 45, 108]);
    }

    #[test]
    fn fixed_masks_are_rows_or_columns() {
        let csrc = 7_u32.to_be_bytes();
        let read = |columns, rows| {
            let payload = [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 100, columns, rows];
            flexfec(&csrc, &payload).map(numbers).collect::<Vec<_>>().concat()
        };
        assert_eq!(read(4, 0), [100, 101, 102, 103]);
        assert_eq!(read(4, 3), [100, 104, 108]);
    }

    #[test]
    fn the_draft_names_its_sources_itself() {
        let mut payload = vec![0; 8];
        payload.extend([1, 0, 0, 0, 0, 0, 0, 9, 0, 50, 0x80 | 0x60, 0]);
        let all: Vec<_> = flexfec(&[], &payload).collect();
        assert_eq!((all.len(), all[0].ssrc), (1, Some(Ssrc(9))));
        assert_eq!(numbers(all[0]), [50, 51]);
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(
            payload in proptest::collection::vec(any::<u8>(), 0..60),
            csrc in proptest::collection::vec(any::<u8>(), 0..20),
        ) {
            let _ = ulpfec(&payload).map(|protected| protected.numbers().count());
            prop_assert!(flexfec(&csrc, &payload).count() <= MOST_SOURCES);
        }
    }
}
