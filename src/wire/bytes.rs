//! Reading fixed-width numbers out of bytes that may be too short.

/// The big-endian number of two bytes at `at`, if it is there.
#[inline]
pub fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

/// The big-endian number of three bytes at `at`, if it is there.
#[inline]
pub fn be24(bytes: &[u8], at: usize) -> Option<u32> {
    let b: &[u8; 3] = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes([0, b[0], b[1], b[2]]))
}

/// The big-endian number of four bytes at `at`, if it is there.
#[inline]
pub fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

/// The bytes from `at` on, if `at` is not past the end.
#[inline]
pub fn from(bytes: &[u8], at: usize) -> Option<&[u8]> {
    bytes.get(at..)
}

/// `bytes` without blanks (space, tab, CR, LF) at either end.
#[inline]
pub fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// A decimal number of digits only; `None` when empty, too large or anything else.
pub fn decimal(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 20 {
        return None;
    }
    bytes.iter().try_fold(0_u64, |value, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        value.checked_mul(10)?.checked_add(digit)
    })
}

/// `bytes` cut at the first `separator`: what is before, and what is after it
/// (`None` when there is no separator).
pub fn split_once(bytes: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memchr(separator, bytes) {
        Some(at) => {
            let (before, rest) = bytes.split_at(at);
            (before, rest.get(1..))
        }
        None => (bytes, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_input_is_none() {
        assert_eq!(be16(&[1, 2], 0), Some(0x0102));
        assert_eq!(be16(&[1, 2], 1), None);
        assert_eq!(be24(&[1, 2, 3], 0), Some(0x01_0203));
        assert_eq!(be32(&[1, 2, 3, 4, 5], 1), Some(0x0203_0405));
        assert_eq!(be32(&[], 7), None);
    }

    #[test]
    fn decimals_are_digits_only() {
        assert_eq!(decimal(b"0"), Some(0));
        assert_eq!(decimal(b"18446744073709551615"), Some(u64::MAX));
        for bad in [
            &b""[..],
            b"18446744073709551616",
            b"-1",
            b"+1",
            b" 1",
            b"0x1",
            b"999999999999999999999",
        ] {
            assert_eq!(decimal(bad), None, "{bad:?}");
        }
        assert_eq!(split_once(b"a=b=c", b'='), (&b"a"[..], Some(&b"b=c"[..])));
        assert_eq!(split_once(b"abc", b'='), (&b"abc"[..], None));
    }
}
