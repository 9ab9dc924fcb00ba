//! SCTP chunks (RFC 9260 section 3.2).

use super::bytes::{be16, be32, from};

/// A piece of a user message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Data<'a> {
    /// Transmission sequence number: consecutive over the pieces of a message.
    pub tsn: u32,
    /// The stream.
    pub stream: u16,
    /// Whether the message has no order within its stream.
    pub unordered: bool,
    /// Whether it is the first piece.
    pub begins: bool,
    /// Whether it is the last piece.
    pub ends: bool,
    /// The bytes.
    pub payload: &'a [u8],
}

const CHUNK_HEADER: usize = 4;
const DATA: u8 = 0;
const I_DATA: u8 = 64;

/// The data chunks of a packet, in order; what follows a chunk that does not
/// fit is not read.
pub fn data(chunks: &[u8]) -> impl Iterator<Item = Data<'_>> {
    let mut rest = chunks;
    std::iter::from_fn(move || {
        loop {
            let [kind, flags] = *rest.first_chunk()?;
            let length = usize::from(be16(rest, 2)?).max(CHUNK_HEADER);
            let chunk = rest.get(..length).unwrap_or(rest);
            // Chunks are padded to words.
            rest = from(rest, length.next_multiple_of(4)).unwrap_or_default();
            // I-DATA (RFC 8260) has a message id and a fragment number more.
            let header = match kind {
                DATA => 16,
                I_DATA => 20,
                _ => continue,
            };
            return Some(Data {
                tsn: be32(chunk, 4)?,
                stream: be16(chunk, 8)?,
                unordered: flags & 4 != 0,
                begins: flags & 2 != 0,
                ends: flags & 1 != 0,
                payload: from(chunk, header)?,
            });
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn data_chunks_are_found_among_others() {
        let mut bytes = vec![3, 0, 0, 16];
        bytes.extend([0; 12]);
        bytes.extend([0, 3, 0, 19, 0, 0, 0, 9, 0, 1, 0, 2, 0, 0, 0, 0, b'S', b'I', b'P', 0]);
        bytes.extend([0, 6, 0, 17, 0, 0, 0, 10, 0, 1, 0, 3, 0, 0, 0, 0, b'x']);
        let read: Vec<_> =
            data(&bytes).map(|d| (d.tsn, d.begins, d.ends, d.unordered, d.payload)).collect();
        assert_eq!(read, [(9, true, true, false, &b"SIP"[..]), (10, true, false, true, b"x")]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert!(data(&bytes).count() <= bytes.len() / 4 + 1);
        }
    }
}
