//! Inflating compressed payloads, never beyond a limit.

use std::io::Read;

/// Inflates zlib data; `None` when it cannot be, or becomes longer than `longest`.
pub fn inflate_zlib(bytes: &[u8], longest: usize) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    let most = u64::try_from(longest).ok()?.saturating_add(1);
    flate2::read::ZlibDecoder::new(bytes).take(most).read_to_end(&mut inflated).ok()?;
    (inflated.len() <= longest).then_some(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_fits_is_inflated() {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&vec![b'x'; 10_000]).unwrap();
        let bytes = encoder.finish().unwrap();
        assert_eq!(inflate_zlib(&bytes, 10_000).map(|b| b.len()), Some(10_000));
        assert_eq!(inflate_zlib(&bytes, 9_999), None);
        assert_eq!(inflate_zlib(b"no zlib", 100), None);
    }
}
