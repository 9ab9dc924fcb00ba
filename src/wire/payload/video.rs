//! Video payloads, as far as they tell whether a packet begins a picture that
//! needs no other: H.264 (RFC 6184), H.265 (RFC 7798), VP8 (RFC 7741), VP9
//! (RFC 9628).

use crate::base::codec::Codec;
use crate::wire::bytes::be16;

/// Whether a packet begins a picture that is coded by itself (an IDR or IRAP
/// picture, a key frame).
pub fn begins_key_picture(codec: Codec, payload: &[u8]) -> bool {
    match codec {
        Codec::H264 => h264(payload),
        Codec::H265 => h265(payload),
        Codec::Vp8 => vp8(payload),
        Codec::Vp9 => vp9(payload),
        _ => None,
    }
    .unwrap_or(false)
}

const IDR: u8 = 5;

/// Single units, STAP-A (24) and the first fragments of FU-A (28).
fn h264(payload: &[u8]) -> Option<bool> {
    let kind = payload.first()? & 0x1f;
    match kind {
        24 => {
            let mut at = 1;
            while let Some(size) = be16(payload, at) {
                if payload.get(at + 2)? & 0x1f == IDR {
                    return Some(true);
                }
                at += 2 + usize::from(size);
            }
            Some(false)
        }
        28 => payload.get(1).map(|header| header & 0x80 != 0 && header & 0x1f == IDR),
        _ => Some(kind == IDR),
    }
}

/// Intra random access points are types 16 to 23; 48 aggregates, 49 fragments.
fn h265(payload: &[u8]) -> Option<bool> {
    let is_key = |kind: u8| (16..=23).contains(&kind);
    let kind = payload.first()? >> 1 & 0x3f;
    match kind {
        48 => {
            let mut at = 2;
            while let Some(size) = be16(payload, at) {
                if is_key(payload.get(at + 2)? >> 1 & 0x3f) {
                    return Some(true);
                }
                at += 2 + usize::from(size);
            }
            Some(false)
        }
        49 => payload.get(2).map(|header| header & 0x80 != 0 && is_key(header & 0x3f)),
        _ => Some(is_key(kind)),
    }
}

/// The first packet of partition 0, whose P bit (inverse key frame) is 0.
fn vp8(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    let mut at = 1;
    if first & 0x80 != 0 {
        let extension = *payload.get(at)?;
        at += 1;
        if extension & 0x80 != 0 {
            at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
        }
        at += usize::from(extension & 0x40 != 0);
        at += usize::from(extension & 0x30 != 0);
    }
    let (start, partition) = (first & 0x10 != 0, first & 0x0f);
    Some(start && partition == 0 && payload.get(at)? & 1 == 0)
}

/// Not predicted from another picture (P), and the beginning of a layer frame
/// (B) of the lowest spatial layer.
fn vp9(payload: &[u8]) -> Option<bool> {
    let first = *payload.first()?;
    let begins = first & 0x40 == 0 && first & 0x08 != 0;
    if !begins || first & 0x20 == 0 {
        return Some(begins);
    }
    let mut at = 1;
    if first & 0x80 != 0 {
        at += if payload.get(at)? & 0x80 != 0 { 2 } else { 1 };
    }
    let spatial_layer = payload.get(at)? >> 1 & 0x07;
    Some(spatial_layer == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CODECS: [Codec; 5] = [Codec::H264, Codec::H265, Codec::Vp8, Codec::Vp9, Codec::H263];

    #[test]
    fn key_pictures_are_known_in_every_form() {
        for (codec, payload, is_key) in [
            (Codec::H264, &[0x65, 1][..], true),
            (Codec::H264, &[0x41, 1], false),
            // Parameter sets and an IDR picture together; fragments of one.
            (Codec::H264, &[0x78, 0, 1, 0x67, 0, 1, 0x68, 0, 1, 0x65], true),
            (Codec::H264, &[0x7c, 0x85], true),
            (Codec::H264, &[0x7c, 0x05], false),
            (Codec::H265, &[19 << 1, 1], true),
            (Codec::H265, &[1 << 1, 1], false),
            (Codec::H265, &[49 << 1, 1, 0x94], true),
            (Codec::H265, &[48 << 1, 1, 0, 2, 32 << 1, 1, 0, 2, 19 << 1, 1], true),
            (Codec::Vp8, &[0x10, 0x50], true),
            (Codec::Vp8, &[0x90, 0x80, 0x81, 0x02, 0x50], true),
            (Codec::Vp8, &[0x10, 0x51], false),
            (Codec::Vp8, &[0x00, 0x50], false),
            (Codec::Vp9, &[0x8a, 0x80, 1], true),
            (Codec::Vp9, &[0xca, 0x80, 1], false),
            (Codec::Vp9, &[0xaa, 0x80, 1, 0x02], false),
        ] {
            assert_eq!(begins_key_picture(codec, payload), is_key, "{codec:?} {payload:x?}");
        }
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(payload in proptest::collection::vec(any::<u8>(), 0..40)) {
            for codec in CODECS {
                let _ = begins_key_picture(codec, &payload);
            }
        }
    }
}
