//! The name of a vCon: a UUID of version 8 (RFC 9562 section 5.8), the same for
//! the same call of the same capture each time.

use sha2::{Digest, Sha256};

use crate::base::time::Timestamp;

/// As in version 7, which the draft asks for, it begins with the milliseconds at
/// which the call began, so that names sort by time. The rest, which would be
/// random there, is drawn from the Call-IDs of its legs, the nanosecond of its
/// beginning, and what was redacted: an original and what was made of it differ.
pub(super) fn of<'a>(
    start: Timestamp,
    call_ids: impl Iterator<Item = &'a str>,
    redacted: Option<&'a str>,
) -> String {
    let mut hash = Sha256::new();
    hash.update(b"siplens vcon");
    hash.update(start.nanos().to_be_bytes());
    for part in redacted.into_iter().chain(call_ids) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let drawn: [u8; 32] = hash.finalize().into();
    let mut low = [0; 16];
    low.copy_from_slice(&drawn[..16]);
    let drawn = u128::from_be_bytes(low) & ((1 << 80) - 1);
    let millis = start.nanos().div_euclid(1_000_000);
    let millis = u128::from(millis.unsigned_abs()) & ((1 << 48) - 1);
    let version = 0xF << 76;
    let variant = 0b11 << 62;
    let bits = (millis << 80) | (drawn & !version & !variant) | (8 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_variant_and_time_stand_where_rfc_9562_has_them() {
        let start = Timestamp::from_nanos(1_769_846_400_123_456_789);
        let uuid = of(start, ["a@host"].into_iter(), None);
        // RFC 9562 figures 12 and 13: 48 bits of milliseconds, version, variant.
        assert_eq!(uuid.len(), 36);
        assert_eq!(uuid[..13].replace('-', ""), format!("{:012x}", 1_769_846_400_123_u64));
        assert_eq!(&uuid[14..15], "8");
        assert!(matches!(&uuid[19..20], "8" | "9" | "a" | "b"), "{uuid}");
    }

    #[test]
    fn another_call_or_a_redacted_one_has_another_name() {
        let start = Timestamp::from_nanos(1_769_846_400_123_456_789);
        let of = |ids: &[&str], redacted| of(start, ids.iter().copied(), redacted);
        assert_eq!(of(&["a", "bc"], None), of(&["a", "bc"], None));
        assert_ne!(of(&["a", "bc"], None), of(&["ab", "c"], None));
        assert_ne!(of(&["a"], None), of(&["a"], Some("numbers")));
    }
}
