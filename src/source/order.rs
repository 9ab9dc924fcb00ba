//! The byte order of a file or section, and numbers in it.

/// Which byte of a number comes first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    #[inline]
    pub(super) const fn u16(self, bytes: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(bytes),
            Self::Big => u16::from_be_bytes(bytes),
        }
    }

    #[inline]
    pub(super) const fn u32(self, bytes: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(bytes),
            Self::Big => u32::from_be_bytes(bytes),
        }
    }

    pub(super) const fn u64(self, bytes: [u8; 8]) -> u64 {
        match self {
            Self::Little => u64::from_le_bytes(bytes),
            Self::Big => u64::from_be_bytes(bytes),
        }
    }

    /// The two 16-bit numbers in four bytes.
    pub(super) const fn u16_pair(self, bytes: [u8; 4]) -> (u16, u16) {
        let [a, b, c, d] = bytes;
        (self.u16([a, b]), self.u16([c, d]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_is_the_least_or_the_most() {
        assert_eq!(Order::Little.u32([1, 2, 3, 4]), 0x0403_0201);
        assert_eq!(Order::Big.u32([1, 2, 3, 4]), 0x0102_0304);
        assert_eq!(Order::Little.u16_pair([1, 2, 3, 4]), (0x0201, 0x0403));
        assert_eq!(Order::Big.u16_pair([1, 2, 3, 4]), (0x0102, 0x0304));
        assert_eq!(Order::Big.u64([0, 0, 0, 0, 0, 0, 1, 0]), 256);
        assert_eq!(Order::Little.u64([0, 1, 0, 0, 0, 0, 0, 0]), 256);
    }
}
