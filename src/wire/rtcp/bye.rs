//! Goodbye (RFC 3550 section 6.6).

use crate::base::id::Ssrc;
use crate::wire::bytes::{be32, from};

/// BYE: sources that leave, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bye<'a> {
    sources: &'a [u8],
    /// The reason as sent, not necessarily UTF-8.
    pub reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let sources = body.get(..4 * usize::from(count))?;
        let reason = from(body, sources.len())
            .and_then(<[u8]>::split_first)
            .and_then(|(length, text)| text.get(..usize::from(*length)));
        Some(Self { sources, reason })
    }

    /// The sources that leave.
    pub fn sources(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        self.sources.chunks_exact(4).filter_map(|source| be32(source, 0).map(Ssrc))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_reason_are_read() {
        let bye = Bye::parse(2, &[0, 0, 0, 1, 0, 0, 0, 2, 3, b'e', b'n', b'd']).unwrap();
        assert_eq!(bye.sources().collect::<Vec<_>>(), [Ssrc(1), Ssrc(2)]);
        assert_eq!(bye.reason, Some(&b"end"[..]));
        assert_eq!(Bye::parse(2, &[0, 0, 0, 1]), None);
    }
}
