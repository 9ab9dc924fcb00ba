//! The options that end a block (draft-ietf-opsawg-pcapng section 3.5): code,
//! length and value, padded to four bytes.

use crate::source::order::Order;

/// `opt_endofopt`: no option follows.
const END: u16 = 0;

/// Walks the options of a block. One that claims more bytes than there are is
/// an `Err`, after which there is nothing.
pub(super) struct Options<'a> {
    order: Order,
    rest: &'a [u8],
}

/// An option reaches beyond its block.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Overrun;

impl<'a> Options<'a> {
    pub(super) const fn new(order: Order, bytes: &'a [u8]) -> Self {
        Self { order, rest: bytes }
    }
}

impl<'a> Iterator for Options<'a> {
    type Item = Result<(u16, &'a [u8]), Overrun>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            return None;
        }
        let Some((head, values)) = rest.split_first_chunk() else { return Some(Err(Overrun)) };
        let (code, length) = self.order.u16_pair(*head);
        if code == END {
            return None;
        }
        let length = usize::from(length);
        let Some(value) = values.get(..length) else { return Some(Err(Overrun)) };
        self.rest = values.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some(Ok((code, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(bytes: &[u8]) -> Vec<Result<(u16, &[u8]), Overrun>> {
        Options::new(Order::Big, bytes).collect()
    }

    #[test]
    fn options_are_padded_and_end() {
        let bytes = b"\0\x02\0\x03eth\0\0\x09\0\x01\x06\0\0\0\0\0\0\0\0\x09\0\x01\x09";
        assert_eq!(walk(bytes), [Ok((2, &b"eth"[..])), Ok((9, &b"\x06"[..]))]);
        assert_eq!(walk(b""), []);
    }

    #[test]
    fn the_end_need_not_be_marked() {
        assert_eq!(walk(b"\0\x02\0\x04eth0"), [Ok((2, &b"eth0"[..]))]);
        assert_eq!(walk(b"\0\x02\0\x03eth"), [Ok((2, &b"eth"[..]))], "nor the last padded");
    }

    #[test]
    fn an_option_beyond_its_block_ends_them() {
        assert_eq!(
            walk(b"\0\x02\0\x01a\0\0\0\0\x03\0\x09abcd"),
            [Ok((2, &b"a"[..])), Err(Overrun)]
        );
        assert_eq!(walk(b"\0\x02\0"), [Err(Overrun)]);
    }
}
