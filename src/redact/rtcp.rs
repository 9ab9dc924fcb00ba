//! RTCP: figures stay, descriptions of sources are replaced.

use super::blanked::What;
use super::names::Pseudonyms;
use crate::wire::bytes::be16;
use crate::wire::rtcp::{encryption_index, packets};

/// The first octets of what a packet of each type holds that are read: header,
/// sources and figures.
const SENDER: u8 = 200;
const RECEIVER: u8 = 201;
const DESCRIPTIONS: u8 = 202;
const BYE: u8 = 203;
const APPLICATION: u8 = 204;
const FEEDBACK: [u8; 2] = [205, 206];
const EXTENDED: u8 = 207;

impl Pseudonyms {
    /// A compound packet of the same length. What is no RTCP in it is zeroed.
    pub(super) fn rtcp(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        let mut at = 0;
        if packets(bytes).any(|packet| packet.is_err())
            && let Some(index) = encryption_index(bytes)
        {
            // Only the header, the source and the index are in clear (RFC 3711 section 3.4).
            if let Some(hidden) = out.get_mut(8..index) {
                hidden.fill(0);
            }
            self.zeroed(&mut out, index + 4);
            return out;
        }
        while let Some([first, kind]) = bytes.get(at..).and_then(|rest| rest.first_chunk()).copied()
        {
            let Some(words) = be16(bytes, at + 2) else { break };
            let end = at + 4 * (usize::from(words) + 1);
            let known = matches!(kind, SENDER..=EXTENDED) && first >> 6 == 2;
            let Some(packet) = out.get_mut(at..end.min(bytes.len())).filter(|_| known) else {
                break;
            };
            match kind {
                DESCRIPTIONS => self.descriptions(packet),
                BYE => self.bye(packet),
                APPLICATION => self.zeroed(packet, 12),
                SENDER | RECEIVER | EXTENDED => {}
                kind if FEEDBACK.contains(&kind) => {}
                _ => self.zeroed(packet, 4),
            }
            at = end;
        }
        if let Some(rest) = out.get_mut(at.min(bytes.len())..).filter(|rest| !rest.is_empty()) {
            self.zeroed(rest, 0);
        }
        out
    }

    fn zeroed(&mut self, bytes: &mut [u8], from: usize) {
        if let Some(rest) = bytes.get_mut(from..).filter(|rest| !rest.is_empty()) {
            rest.fill(0);
            self.blank(What::Rtcp);
        }
    }

    /// Chunks of source descriptions (RFC 3550 section 6.5).
    fn descriptions(&mut self, packet: &mut [u8]) {
        let mut at = 8;
        loop {
            let Some(kind) = packet.get(at).copied() else { return };
            if kind == 0 {
                at = (at / 4 + 1) * 4 + 4;
                continue;
            }
            let Some(length) = packet.get(at + 1).copied().map(usize::from) else { return };
            let Some(item) = packet.get_mut(at + 2..at + 2 + length) else {
                return self.zeroed(packet, at + 2);
            };
            // A private extension has the length of its prefix before its text.
            let moved = self.same_length(item);
            item.copy_from_slice(&moved);
            at += 2 + length;
        }
    }

    /// The reason for leaving (RFC 3550 section 6.6).
    fn bye(&mut self, packet: &mut [u8]) {
        let sources = usize::from(packet.first().copied().unwrap_or(0) & 0x1f);
        let at = 4 + 4 * sources;
        let Some(length) = packet.get(at).copied().map(usize::from) else { return };
        let Some(reason) = packet.get_mut(at + 1..at + 1 + length) else {
            return self.zeroed(packet, at);
        };
        let text = String::from_utf8_lossy(reason).into_owned();
        if self.phrase(&text) != text {
            let moved = self.same_length(reason);
            reason.copy_from_slice(&moved);
        }
    }

    /// A text of as many octets.
    fn same_length(&mut self, text: &[u8]) -> Vec<u8> {
        let mut moved = self.token(text);
        moved.resize(text.len(), b'x');
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};
    use crate::wire::rtcp::{Packet, sdes_items};

    #[test]
    fn sources_are_described_by_pseudonyms() {
        let mut bytes = vec![0x80, 201, 0, 1, 0, 0, 0, 9];
        bytes.extend([0x81, 202, 0, 5, 0, 0, 0, 9, 1, 9]);
        bytes.extend(b"bob@host1");
        bytes.extend([0, 0, 0, 0, 0]);
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let out = all.rtcp(&bytes);
        assert_eq!(out.len(), bytes.len());
        let found: Vec<_> = packets(&out).collect::<Result<Vec<_>, _>>().unwrap();
        let Packet::Sdes(body) = found[1] else { panic!("{found:?}") };
        let item = sdes_items(body).next().unwrap();
        assert_eq!((item.kind, item.text.len(), item.text == b"bob@host1"), (1, 9, false));
        assert_eq!(item.text, all.token(b"bob@host1"), "as a=ssrc has it");
    }

    #[test]
    fn what_is_no_rtcp_is_zeroed() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let bytes = [&[0x80, 201, 0, 1, 0, 0, 0, 9][..], b"secret"].concat();
        assert_eq!(all.rtcp(&bytes), [&bytes[..8], &[0; 6]].concat());
    }
}
