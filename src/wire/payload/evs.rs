//! EVS payloads (3GPP TS 26.445 Annex A): the compact form, whose size tells
//! the mode, and the one with a table of contents.

/// What a frame of EVS is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Frame {
    /// Speech of EVS Primary, by its rate in bits a second.
    Primary(u32),
    /// Speech of AMR-WB interoperable mode, by its frame type (0..8).
    WidebandIo(u8),
    /// A silence descriptor.
    Silence,
    /// Nothing to transmit, or lost before it was sent.
    Nothing,
}

/// Rates of EVS Primary by their index.
pub const PRIMARY: [u32; 12] =
    [2_800, 7_200, 8_000, 9_600, 13_200, 16_400, 24_400, 32_000, 48_000, 64_000, 96_000, 128_000];

/// Octets of a compact payload and the rate index of EVS Primary (table A.1);
/// those of AMR-WB IO come after.
const COMPACT: [(usize, u8); 11] = [
    (18, 1),
    (20, 2),
    (24, 3),
    (33, 4),
    (41, 5),
    (61, 6),
    (80, 7),
    (120, 8),
    (160, 9),
    (240, 10),
    (320, 11),
];
const COMPACT_IO: [(usize, u8); 9] =
    [(17, 0), (23, 1), (32, 2), (36, 3), (40, 4), (46, 5), (50, 6), (58, 7), (60, 8)];

/// The frames of a payload. `header_full` is what SDP says by `hf-only=1`.
pub fn frames(payload: &[u8], header_full: bool) -> Frames<'_> {
    let compact = if header_full { None } else { compact(payload) };
    // A change mode request comes before the table; its first bit is set.
    let table = match payload.split_first() {
        Some((first, rest)) if first & 0x80 != 0 => rest,
        _ => payload,
    };
    Frames { compact, table, more: compact.is_none() }
}

fn compact(payload: &[u8]) -> Option<Frame> {
    let length = payload.len();
    let of = |table: &[(usize, u8)]| table.iter().find(|(size, _)| *size == length).map(|e| e.1);
    match length {
        // The first bit tells Primary 2.8 from the SID of AMR-WB IO (A.2.1.3).
        7 if payload.first()? & 0x80 == 0 => Some(Frame::Primary(2_800)),
        6 | 7 => Some(Frame::Silence),
        _ => of(&COMPACT).and_then(primary).or_else(|| of(&COMPACT_IO).map(Frame::WidebandIo)),
    }
}

fn primary(index: u8) -> Option<Frame> {
    PRIMARY.get(usize::from(index)).copied().map(Frame::Primary)
}

/// Iterator of [`frames`].
#[derive(Clone, Debug)]
pub struct Frames<'a> {
    compact: Option<Frame>,
    table: &'a [u8],
    more: bool,
}

impl Iterator for Frames<'_> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        if let Some(frame) = self.compact.take() {
            return Some(frame);
        }
        if !self.more {
            return None;
        }
        let (entry, rest) = self.table.split_first()?;
        self.table = rest;
        // H is 0, F tells whether another entry follows.
        self.more = entry & 0x40 != 0 && entry & 0x80 == 0;
        let index = entry & 0x0f;
        Some(match (entry & 0x20 != 0, index) {
            (false, 0..=11) => primary(index)?,
            (true, 0..=8) => Frame::WidebandIo(index),
            (false, 12) | (true, 9) => Frame::Silence,
            _ => Frame::Nothing,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_compact_form_is_told_by_its_size() {
        let one = |payload: &[u8]| frames(payload, false).collect::<Vec<_>>();
        assert_eq!(one(&[0; 33]), [Frame::Primary(13_200)]);
        assert_eq!(one(&[0; 61]), [Frame::Primary(24_400)]);
        assert_eq!(one(&[0; 32]), [Frame::WidebandIo(2)]);
        assert_eq!(one(&[0; 6]), [Frame::Silence]);
        assert_eq!(one(&[0; 7]), [Frame::Primary(2_800)]);
        assert_eq!(one(&[0x80, 0, 0, 0, 0, 0, 0]), [Frame::Silence]);
    }

    #[test]
    fn the_table_of_contents_is_read() {
        let full = |payload: &[u8]| frames(payload, true).collect::<Vec<_>>();
        assert_eq!(full(&[0x04, 1, 2]), [Frame::Primary(13_200)]);
        // A mode request, then two entries: 9.6 and a silence descriptor.
        assert_eq!(full(&[0x83, 0x43, 0x0c, 9]), [Frame::Primary(9_600), Frame::Silence]);
        assert_eq!(full(&[0x22]), [Frame::WidebandIo(2)]);
        assert_eq!(full(&[0x0f]), [Frame::Nothing]);
        assert_eq!(full(&[]), []);
    }

    proptest! {
        #[test]
        fn any_payload_ends(payload in proptest::collection::vec(any::<u8>(), 0..80), full: bool) {
            prop_assert!(frames(&payload, full).count() <= payload.len() + 1);
        }
    }
}
