//! Speex payloads (RFC 5574): the first bits of a frame tell its narrowband mode.

/// The mode of the first frame, 0..8; `None` for wideband layers alone, in-band
/// signals and the terminator.
pub fn mode(payload: &[u8]) -> Option<u8> {
    let first = *payload.first()?;
    // A bit of wideband, then four of the mode.
    let mode = first >> 3 & 0x0f;
    (first & 0x80 == 0 && mode <= 8).then_some(mode)
}

/// Bits a second of a narrowband mode (the Speex manual, table 9.2).
pub fn bit_rate(mode: u8) -> Option<u32> {
    let rates = [250, 2_150, 5_950, 8_000, 11_000, 15_000, 18_200, 24_600, 3_950];
    rates.get(usize::from(mode)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mode_is_in_the_first_bits() {
        assert_eq!(mode(&[0x1d]), Some(3));
        assert_eq!(mode(&[0x1d]).and_then(bit_rate), Some(8_000));
        assert_eq!((mode(&[0x80]), mode(&[0x7f]), mode(&[])), (None, None, None));
    }
}
