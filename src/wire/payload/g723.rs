//! G.723.1 payloads (RFC 3551 section 4.5.3): the two low bits of a frame's
//! first octet tell its rate.

/// A frame of G.723.1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Frame {
    /// 6.3 kbit/s, 24 octets.
    High,
    /// 5.3 kbit/s, 20 octets.
    Low,
    /// A silence descriptor, 4 octets.
    Silence,
}

/// The frames of a payload, in order; what follows one that is cut is not read.
pub fn frames(payload: &[u8]) -> impl Iterator<Item = Frame> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let (frame, length) = match rest.first()? & 3 {
            0 => (Frame::High, 24),
            1 => (Frame::Low, 20),
            2 => (Frame::Silence, 4),
            _ => return None,
        };
        rest = rest.get(length..)?;
        Some(frame)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_told_by_the_first_octet() {
        let mut payload = vec![0; 24];
        payload.extend([1; 20]);
        payload.extend([2, 0, 0, 0]);
        assert_eq!(frames(&payload).collect::<Vec<_>>(), [Frame::High, Frame::Low, Frame::Silence]);
        assert_eq!(frames(&[1; 7]).count(), 0);
    }
}
