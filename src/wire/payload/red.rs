//! Redundant audio data (RFC 2198 section 3).

use crate::wire::bytes::be24;

/// A block of a RED payload.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Block<'a> {
    /// The payload type of the content.
    pub payload_type: u8,
    /// How much older than the packet's own timestamp it is, in ticks; 0 is the
    /// primary block.
    pub older_by: u16,
    /// The content.
    pub content: &'a [u8],
}

/// The blocks of a payload, the primary last; `None` when it is cut or no RED.
pub fn blocks(payload: &[u8]) -> Option<Vec<Block<'_>>> {
    const MOST: usize = 32;
    let mut headers = Vec::new();
    let mut at = 0;
    loop {
        let first = *payload.get(at)?;
        if first & 0x80 == 0 {
            headers.push((first & 0x7f, 0, None));
            at += 1;
            break;
        }
        let rest = be24(payload, at + 1)?;
        let older_by = u16::try_from(rest >> 10).ok()?;
        headers.push((first & 0x7f, older_by, Some(usize::try_from(rest & 0x3ff).ok()?)));
        at += 4;
        if headers.len() > MOST {
            return None;
        }
    }
    let mut blocks = Vec::with_capacity(headers.len());
    for (payload_type, older_by, length) in headers {
        let content = payload.get(at..length.map_or(payload.len(), |length| at + length))?;
        at += content.len();
        blocks.push(Block { payload_type, older_by, content });
    }
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn older_blocks_come_before_the_primary() {
        // One block of PT 5, 3200 ticks older, 4 octets; then the primary of PT 0.
        let payload = [0x85, 0x32, 0x00, 0x04, 0x00, 1, 2, 3, 4, 9, 9];
        let read = blocks(&payload).unwrap();
        assert_eq!(read[0], Block { payload_type: 5, older_by: 3200, content: &[1, 2, 3, 4] });
        assert_eq!(read[1], Block { payload_type: 0, older_by: 0, content: &[9, 9] });
        assert_eq!(blocks(&[0x85, 0, 0]), None);
        assert_eq!(blocks(&[]), None);
    }

    proptest! {
        #[test]
        fn any_payload_is_survived(payload in proptest::collection::vec(any::<u8>(), 0..60)) {
            let _ = blocks(&payload);
        }
    }
}
