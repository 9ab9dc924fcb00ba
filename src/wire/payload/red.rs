//! Redundant data (RFC 2198 section 3).

use crate::wire::bytes::be24;

/// A block of a RED payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block<'a> {
    /// The payload type of the content.
    pub payload_type: u8,
    /// How much older than the packet's own timestamp it is, in ticks; 0 is the
    /// primary block.
    pub older_by: u16,
    /// The content; the beginning of it, if the capture cut the packet.
    pub content: &'a [u8],
    /// Octets of the content; of the primary block, those that are there.
    pub length: u16,
}

/// Blocks of one payload that are read.
const MOST: usize = 32;

/// The blocks of a payload, the primary last. Nothing for what is no RED.
pub fn blocks(payload: &[u8]) -> Blocks<'_> {
    let mut headers = 0;
    let mut at = 0;
    let contents = loop {
        match payload.get(at) {
            Some(first) if first & 0x80 == 0 => break Some(at + 1),
            Some(_) if headers < MOST => {}
            _ => break None,
        }
        headers += 1;
        at += 4;
    };
    Blocks { payload, header: contents.map(|_| 0), content: contents.unwrap_or_default() }
}

/// Iterator of [`blocks`].
#[derive(Clone, Debug)]
pub struct Blocks<'a> {
    payload: &'a [u8],
    /// Where the next header is; none behind the primary's.
    header: Option<usize>,
    content: usize,
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Block<'a>> {
        let at = self.header?;
        let first = *self.payload.get(at)?;
        let rest = self.payload.get(self.content..).unwrap_or_default();
        let payload_type = first & 0x7f;
        if first & 0x80 == 0 {
            self.header = None;
            let length = u16::try_from(rest.len()).unwrap_or(u16::MAX);
            return Some(Block { payload_type, older_by: 0, content: rest, length });
        }
        let fields = be24(self.payload, at + 1)?;
        let length = u16::try_from(fields & 0x3ff).ok()?;
        self.header = Some(at + 4);
        self.content += usize::from(length);
        Some(Block {
            payload_type,
            older_by: u16::try_from(fields >> 10).ok()?,
            content: rest.get(..usize::from(length)).unwrap_or(rest),
            length,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn older_blocks_come_before_the_primary() {
        // One block of PT 5, 3200 ticks older, 4 octets; then the primary of PT 0.
        let payload = [0x85, 0x32, 0x00, 0x04, 0x00, 1, 2, 3, 4, 9, 9];
        let read: Vec<_> = blocks(&payload).collect();
        let older = Block { payload_type: 5, older_by: 3200, content: &[1, 2, 3, 4], length: 4 };
        assert_eq!(read[0], older);
        assert_eq!(read[1], Block { payload_type: 0, older_by: 0, content: &[9, 9], length: 2 });
        assert_eq!(blocks(&[0x85, 0, 0]).count(), 0);
        assert_eq!(blocks(&[]).count(), 0);
        assert_eq!(blocks(&[0x85; 400]).count(), 0, "headers without end");
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(payload in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(blocks(&payload).count() <= MOST + 1);
        }
    }
}
