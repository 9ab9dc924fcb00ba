//! Source descriptions (RFC 3550 section 6.5).

use crate::base::id::Ssrc;
use crate::wire::bytes::{be32, from};

/// One item of a source's chunk.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SdesItem<'a> {
    /// The source described.
    pub ssrc: Ssrc,
    /// Item type: 1 is CNAME, 2 NAME, 6 TOOL.
    pub kind: u8,
    /// The text as sent, not necessarily UTF-8.
    pub text: &'a [u8],
}

/// The items of every chunk of an SDES packet's body, as far as it can be read.
pub fn items(body: &[u8]) -> impl Iterator<Item = SdesItem<'_>> {
    let mut at = 0;
    let mut source = None;
    std::iter::from_fn(move || {
        loop {
            let Some(ssrc) = source else {
                source = Some(Ssrc(be32(body, at)?));
                at += 4;
                continue;
            };
            let kind = *body.get(at)?;
            if kind == 0 {
                // A chunk ends with one to four null octets, to a word's end.
                at = (at / 4 + 1) * 4;
                source = None;
                continue;
            }
            let length = usize::from(*body.get(at + 1)?);
            let text = from(body, at + 2)?.get(..length)?;
            at += 2 + length;
            return Some(SdesItem { ssrc, kind, text });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_of_several_sources_are_read() {
        let mut body = vec![0, 0, 0, 1, 1, 3, b'a', b'@', b'b', 6, 1, b't', 0, 0, 0, 0];
        body.extend([0, 0, 0, 2, 1, 1, b'c', 0]);
        let read: Vec<_> = items(&body).map(|item| (item.ssrc.0, item.kind, item.text)).collect();
        assert_eq!(read, [(1, 1, &b"a@b"[..]), (1, 6, b"t"), (2, 1, b"c")]);
    }

    #[test]
    fn a_chunk_cut_short_gives_what_it_has() {
        assert_eq!(items(&[0, 0, 0, 1, 1, 9, b'a']).count(), 0);
        assert_eq!(items(&[0, 0]).count(), 0);
    }
}
