//! What reading a message found, without the message: kept beside its bytes
//! until somebody else looks at them.

use super::header::Field;
use super::heads::Heads;
use super::message::{Message, start_of};
use crate::wire::malformed::Reasons;

/// A message that has been read, to be had again without reading it anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outline {
    len: u32,
    /// Bytes of the body, with which the message ends.
    body: u32,
    faults: Reasons,
}

impl<'a> Message<'a> {
    /// What was found, but for the fields, which are kept by whoever calls.
    pub fn outline(&self) -> (Outline, &'a [Field]) {
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let (len, body) = (length(self.bytes), length(self.body));
        (Outline { len, body, faults: self.faults }, self.fields)
    }

    /// The message again, of the bytes that it was read from, what was found
    /// and its fields. `None` if they do not belong together.
    #[inline]
    pub fn of_outline(bytes: &'a [u8], outline: Outline, fields: &'a [Field]) -> Option<Self> {
        let bytes = bytes.get(..outline.len as usize)?;
        let message = Self {
            bytes,
            start: start_of(bytes)?,
            body: bytes.get(bytes.len().checked_sub(outline.body as usize)?..)?,
            faults: outline.faults,
            fields,
            heads: Heads::default(),
        };
        Some(Self { heads: Heads::of(&message), ..message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sip::{HeaderIndex, parse};

    #[test]
    fn a_message_comes_back_as_it_was_read() {
        for text in [
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=x\r\nl: 4\r\n\r\nbodyMORE",
            "SIP/2.0 200 OK\r\nl: 9\r\n\r\nshort",
            "ACK sip:a SIP/2.0\r\nCSeq: 1 ACK",
        ] {
            let (mut index, bytes) = (HeaderIndex::default(), text.as_bytes());
            let message = parse(bytes, &mut index).unwrap();
            let (outline, fields) = message.outline();
            let again = Message::of_outline(bytes, outline, fields).unwrap();
            assert_eq!(
                (again.bytes, again.start, again.body),
                (message.bytes, message.start, message.body)
            );
            assert_eq!(again.faults, message.faults);
            assert!(again.fields().eq(message.fields()));
        }
    }
}
