//! Payloads of media that say nothing, of the length that they had.

/// Voice of nobody: in the form of the codec where that is known, else zeros.
/// The first octets that say how a payload is to be read stay.
pub(super) fn silence(payload_type: u8, codec: Option<&str>, payload: &mut [u8]) {
    let fixed = match payload_type {
        0 => Some("PCMU"),
        3 => Some("GSM"),
        8 => Some("PCMA"),
        _ => None,
    };
    let codec = codec.or(fixed).unwrap_or_default().to_ascii_uppercase();
    let codec = codec.split('/').next().unwrap_or_default();
    match codec {
        // The code of the sample 0 (G.711).
        "PCMU" => payload.fill(0xff),
        "PCMA" => payload.fill(0xd5),
        "GSM" => {
            for (at, octet) in payload.iter_mut().enumerate() {
                *octet = GSM.get(at % GSM.len()).copied().unwrap_or(0);
            }
        }
        // A table of contents (RFC 6716 section 3.1, RFC 4867 section 4.3).
        "OPUS" => zero_from(payload, 1),
        "AMR" | "AMR-WB" | "EVS" => zero_from(payload, 2),
        _ => payload.fill(0),
    }
}

/// A frame of GSM 06.10 (RFC 3551 section 4.5.8): the signature 0xd, and blocks
/// of no amplitude.
const GSM: [u8; 33] = [
    0xd8, 0x20, 0xa2, 0xe1, 0x5a, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24,
    0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49, 0x24, 0x50, 0x00, 0x49, 0x24, 0x92, 0x49,
    0x24,
];

fn zero_from(payload: &mut [u8], at: usize) {
    if let Some(rest) = payload.get_mut(at..) {
        rest.fill(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_the_codecs() {
        let of = |payload_type, codec: Option<&str>| {
            let mut payload = [7; 4];
            silence(payload_type, codec, &mut payload);
            payload
        };
        assert_eq!(of(0, None), [0xff; 4]);
        assert_eq!(of(8, None), [0xd5; 4]);
        assert_eq!(of(96, Some("PCMA/8000")), [0xd5; 4]);
        assert_eq!(of(96, Some("opus/48000/2")), [7, 0, 0, 0]);
        assert_eq!(of(96, Some("AMR/8000")), [7, 7, 0, 0]);
        assert_eq!(of(3, None)[0] >> 4, 0xd);
        assert_eq!(of(18, None), [0; 4]);
    }
}
