//! AMR and AMR-WB payloads (RFC 4867 sections 4.3 and 4.4).

/// Frame types that are a silence descriptor (3GPP TS 26.101 and 26.201).
const SID_NARROW: u8 = 8;
const SID_WIDE: u8 = 9;
/// Nothing to transmit.
pub const NO_DATA: u8 = 15;

/// The frame types of a payload, in order. `octet_aligned` is what SDP says by
/// `octet-align=1`; without it the fields are packed.
pub fn frame_types(payload: &[u8], octet_aligned: bool) -> FrameTypes<'_> {
    // The codec mode request: four bits, padded to an octet when aligned.
    FrameTypes {
        payload,
        bit: if octet_aligned { 8 } else { 4 },
        step: if octet_aligned { 8 } else { 6 },
        more: true,
    }
}

/// Iterator of [`frame_types`].
#[derive(Clone, Debug)]
pub struct FrameTypes<'a> {
    payload: &'a [u8],
    bit: usize,
    step: usize,
    more: bool,
}

impl Iterator for FrameTypes<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        if !self.more {
            return None;
        }
        // F, four bits of frame type, Q.
        let entry = (0..6).try_fold(0_u8, |value, offset| {
            let at = self.bit + offset;
            let octet = *self.payload.get(at / 8)?;
            Some(value << 1 | octet >> (7 - at % 8) & 1)
        })?;
        self.bit += self.step;
        self.more = entry & 0x20 != 0;
        Some(entry >> 1 & 0x0f)
    }
}

/// Whether a frame type describes silence.
pub const fn is_silence(frame_type: u8, wideband: bool) -> bool {
    frame_type == if wideband { SID_WIDE } else { SID_NARROW }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_of_the_table_are_read() {
        // One frame of type 7 (12.2 kbit/s), packed: CMR 15, F 0, FT 7, Q 1.
        assert_eq!(frame_types(&[0xf3, 0xc0, 0], false).collect::<Vec<_>>(), [7]);
        // Two frames of types 2 and 9, aligned: CMR, then F|FT|Q in octets.
        assert_eq!(frame_types(&[0xf0, 0x94, 0x4c, 1], true).collect::<Vec<_>>(), [2, 9]);
        assert_eq!(frame_types(&[], true).count(), 0);
        assert!(is_silence(9, true) && is_silence(8, false) && !is_silence(8, true));
    }

    proptest! {
        #[test]
        fn any_payload_ends(payload in proptest::collection::vec(any::<u8>(), 0..40), aligned: bool) {
            prop_assert!(frame_types(&payload, aligned).count() <= payload.len() * 8 / 6 + 1);
        }
    }
}
