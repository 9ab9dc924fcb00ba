//! ESP without encryption (RFC 4303 with the null cipher of RFC 2410), as IMS
//! networks use it: the packet does not say so, but its trailer shows it.

use super::bytes::be16;
use super::ip::protocol;

/// Bytes of the security parameters index and the sequence number.
pub(super) const HEADER: usize = 8;

/// Lengths of integrity check values in use: HMAC-96, HMAC-SHA-256-128, none,
/// HMAC-SHA-384-192, HMAC-SHA-512-256.
const CHECK_VALUES: [usize; 5] = [12, 16, 0, 24, 32];

/// The protocol and the bytes of a payload that is not encrypted, found as
/// RFC 5879 describes: by a trailer whose padding counts up from 1 and a
/// transport header whose lengths fit.
pub(super) fn unencrypted(payload: &[u8]) -> Option<(u8, &[u8])> {
    CHECK_VALUES.iter().find_map(|check_value| {
        let end = payload.len().checked_sub(check_value + 2)?;
        let [padding, next] = *payload.get(end..)?.first_chunk()?;
        let body_end = end.checked_sub(usize::from(padding))?;
        let body = payload.get(HEADER..body_end)?;
        let counts_up =
            payload.get(body_end..end)?.iter().zip(1..).all(|(byte, count)| *byte == count);
        (counts_up && fits(next, body)).then_some((next, body))
    })
}

/// Whether a transport's header agrees with the bytes it would have.
fn fits(protocol: u8, body: &[u8]) -> bool {
    match protocol {
        protocol::UDP => {
            be16(body, 4).is_some_and(|length| length >= 8 && usize::from(length) == body.len())
        }
        protocol::TCP => {
            let offset = body.get(12).map_or(0, |byte| 4 * usize::from(byte >> 4));
            // The reserved bits are zero.
            (20..=body.len()).contains(&offset) && body.get(12).is_some_and(|byte| byte & 0x0e == 0)
        }
        protocol::IPV4 => {
            body.first() == Some(&0x45) && be16(body, 2).map(usize::from) == Some(body.len())
        }
        protocol::IPV6 => {
            body.first().map(|byte| byte >> 4) == Some(6)
                && be16(body, 4).map(|l| usize::from(l) + 40) == Some(body.len())
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn esp(body: &[u8], padding: u8, next: u8, check_value: usize) -> Vec<u8> {
        let padding_bytes: Vec<u8> = (1..=padding).collect();
        [
            &[0, 0, 0, 7, 0, 0, 0, 1][..],
            body,
            &padding_bytes,
            &[padding, next],
            &vec![0xaa; check_value],
        ]
        .concat()
    }

    #[test]
    fn the_null_cipher_shows_by_its_trailer() {
        let udp = [0, 1, 0, 2, 0, 12, 0, 0, b'd', b'a', b't', b'a'];
        for (padding, check_value) in [(2, 12), (0, 16), (2, 0)] {
            let payload = esp(&udp, padding, 17, check_value);
            assert_eq!(unencrypted(&payload), Some((17, &udp[..])));
        }
        assert_eq!(unencrypted(&esp(&udp, 2, 99, 12)), None);
        assert_eq!(unencrypted(&esp(&udp[..9], 2, 17, 12)), None, "the length does not fit");
        assert_eq!(unencrypted(&[]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(payload in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = unencrypted(&payload);
        }
    }
}
