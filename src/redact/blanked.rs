//! What was not understood, and therefore blanked or left out.

use std::collections::BTreeMap;

/// Why something is not in the frames that come out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum What {
    /// A frame that cannot be read, or of a protocol that carries no calls.
    Frame,
    /// A fragment of an IP packet: the last to come has the whole packet.
    Fragment,
    /// A datagram that is neither signalling nor media.
    Datagram,
    /// A segment whose bytes are in a later one, or repeated.
    Segment,
    /// Attributes of STUN, contents of DTLS and ZRTP.
    Negotiation,
    /// The payload of media, as asked.
    Media,
    /// A message that cannot be read.
    Message,
    /// A line of a message that is no header field.
    HeaderLine,
    /// A body, or a part of one, of a type that is not read.
    Body,
    /// A part of an RTCP packet that is not read.
    Rtcp,
    /// A header extension of RTP that may hold text.
    HeaderExtension,
    /// Packets that the capture ended inside of.
    Unfinished,
}

impl What {
    /// For a person: `frames of ...`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Frame => "frames that are not read or carry no calls: emptied",
            Self::Fragment => "fragments of IP packets: emptied, the last has the whole packet",
            Self::Datagram => "datagrams that are neither signalling nor media: zeroed",
            Self::Segment => "TCP and SCTP packets that complete no SIP message: emptied",
            Self::Negotiation => "STUN, DTLS and ZRTP packets: zeroed behind their headers",
            Self::Media => "media packets: silenced",
            Self::Message => "SIP messages that cannot be read: zeroed",
            Self::HeaderLine => "lines of SIP messages that are no header fields: left out",
            Self::Body => "bodies of types that are not read: replaced by x",
            Self::Rtcp => "RTCP packets in part: zeroed where they are not read",
            Self::HeaderExtension => "RTP header extensions that may hold text: zeroed",
            Self::Unfinished => "messages that were not whole when the capture ended: left out",
        }
    }
}

/// How often what was blanked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Blanked(BTreeMap<What, u64>);

impl Blanked {
    pub(super) fn add(&mut self, what: What) {
        *self.0.entry(what).or_default() += 1;
    }

    /// What was blanked, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (What, u64)> {
        self.0.iter().map(|(what, count)| (*what, *count))
    }
}
