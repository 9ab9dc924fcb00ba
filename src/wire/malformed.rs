//! Why bytes could not be read: small, `Copy`, countable.

/// Declares the reasons once: name, code, layer and text side by side.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $layer:literal $code:literal $text:literal;)*) => {
        /// A reason for which a frame, or a part of one, could not be read.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Reason { $($(#[$doc])* $name,)* }

        impl Reason {
            /// Every reason, in the order of the layers.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable name that reports use: `ip.truncated`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => concat!($layer, ".", $code),)* }
            }

            /// The layer at which reading stopped.
            pub const fn layer(self) -> &'static str {
                match self { $(Self::$name => $layer,)* }
            }

            /// What happened, for a person.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

reasons! {
    /// The capture's link type is not one that siplens reads.
    LinkUnsupported = "link" "unsupported" "frames of a link type that is not read";
    /// The link header is longer than the captured bytes.
    LinkTruncated = "link" "truncated" "frames cut inside the link header";
    /// More headers inside one another than the limit.
    LinkTooDeep = "link" "too-deep" "frames with more nested headers than the limit";
    /// The payload of a wireless, MACsec or PPP frame is encrypted.
    LinkEncrypted = "link" "encrypted" "frames whose payload the link encrypts (802.11, MACsec, PPP)";
    /// The IP header is longer than the captured bytes.
    IpTruncated = "ip" "truncated" "packets cut inside the IP header";
    /// The first nibble is neither 4 nor 6, or the header contradicts itself.
    IpBadHeader = "ip" "bad-header" "IP headers that contradict themselves";
    /// ESP that is encrypted.
    IpEncrypted = "ip" "encrypted" "IPsec packets that are encrypted";
    /// Fragments of a packet that never became whole.
    IpFragmentsIncomplete = "ip" "fragments-incomplete" "packets of which not all fragments came in time";
    /// A fragment that repeats bytes with other content; the first are kept.
    IpFragmentsOverlap = "ip" "fragments-overlap" "fragments that overlap others (the first were kept)";
    /// A fragment that cannot be part of a packet.
    IpFragmentBad = "ip" "fragment-bad" "fragments that no packet can have";
    /// The table of incomplete packets was full; the oldest was dropped.
    IpFragmentsEvicted = "ip" "fragments-evicted" "incomplete packets forgotten because the table was full";
    /// The UDP header is longer than the captured bytes, or its length is below 8.
    UdpBadHeader = "udp" "bad-header" "UDP headers cut or with an impossible length";
    /// The datagram is longer than what was captured.
    UdpCut = "udp" "cut" "datagrams of which the capture kept only the beginning";
    /// The TCP header is longer than the captured bytes, or its offset is below 5.
    TcpBadHeader = "tcp" "bad-header" "TCP headers cut or with an impossible offset";
    /// Bytes of a TCP stream that the capture does not hold.
    TcpGap = "tcp" "gap" "places where bytes of a SIP connection are missing from the capture";
    /// A TCP segment that repeats bytes with other content; the first are kept.
    TcpOverlap = "tcp" "overlap" "segments that contradict bytes seen before (the first were kept)";
    /// A connection's buffer was full of bytes that wait for a hole.
    TcpBufferFull = "tcp" "buffer-full" "segments dropped because a connection's reassembly buffer was full";
    /// The table of connections or its buffers were full; the one idle longest was dropped.
    TcpEvicted = "tcp" "evicted" "connections forgotten because the table or its buffers were full";
    /// The SCTP header is longer than the captured bytes.
    SctpBadHeader = "sctp" "bad-header" "SCTP headers cut";
    /// A piece of a message whose other pieces are missing.
    SctpIncomplete = "sctp" "incomplete" "SIP messages over SCTP of which pieces are missing";
    /// The table of associations or its buffers were full; the one idle longest was dropped.
    SctpEvicted = "sctp" "evicted" "SCTP associations forgotten because the table or its buffers were full";
    /// A WebSocket frame that contradicts itself, or that cannot be inflated.
    WebsocketBad = "websocket" "bad-frame" "WebSocket frames that cannot be read";
    /// A HEP payload that cannot be inflated, or is not what its kind says.
    HepBad = "hep" "bad-payload" "HEP packets whose payload cannot be read";
    /// A HEP payload of a kind that is not followed.
    HepKind = "hep" "other-kind" "HEP packets of kinds that are not followed: logs, call detail records, SDP and others";
    /// A HEP packet on a connection of which bytes are missing.
    HepCut = "hep" "cut" "HEP packets on a connection of which bytes are missing";
    /// The table of what is told of calls by HEP was full.
    HepFull = "hep" "full" "reports and ids by HEP that were not kept because their table was full, or that name no call";
    /// An ICMP error about a packet of SIP or media.
    IcmpUndelivered = "icmp" "undelivered" "ICMP errors about packets of SIP or media that were not delivered";
    /// Bytes on a SIP connection that no SIP message begins with.
    SipResync = "sip" "resync" "places on a SIP connection where bytes had to be skipped to the next message";
    /// The line looks like a SIP request, but its method is not a token.
    SipBadMethod = "sip" "bad-method" "requests whose method is not a token (RFC 3261 section 25.1)";
    /// The status code is not a number of 100..699.
    SipBadStatus = "sip" "bad-status" "responses whose status code is not a number of 100..699";
    /// The Request-URI is missing, or holds blanks or angle brackets.
    SipBadRequestUri = "sip" "bad-request-uri" "requests whose URI is missing or against the grammar";
    /// Blanks in the start line where the grammar has none, or more than its one.
    SipStartLineBlanks = "sip" "start-line-blanks" "start lines with more blanks than between their parts (RFC 3261 section 7.1)";
    /// The message ends before its empty line.
    SipNoHeaderEnd = "sip" "no-header-end" "messages without the empty line after the headers";
    /// A line that has no colon, so that it is no header.
    SipBadHeader = "sip" "bad-header" "header lines without a name or a colon";
    /// The mandatory `Call-ID` is missing.
    SipNoCallId = "sip" "no-call-id" "messages without a Call-ID (RFC 3261 section 8.1.1)";
    /// The mandatory `CSeq` is missing.
    SipNoCseq = "sip" "no-cseq" "messages without a CSeq (RFC 3261 section 8.1.1)";
    /// `CSeq` is not a number below 2^31 and a method.
    SipBadCseq = "sip" "bad-cseq" "messages whose CSeq is not a number below 2**31 and a method";
    /// The method of a request's `CSeq` is not the request's own.
    SipCseqMethod = "sip" "cseq-method" "requests whose CSeq names another method (RFC 3261 section 8.1.1.5)";
    /// The mandatory `From` or `To` is missing or against the grammar.
    SipBadFromTo = "sip" "bad-from-to" "messages whose From or To is missing or against the grammar";
    /// The mandatory `Via` is missing or against the grammar.
    SipBadVia = "sip" "bad-via" "messages whose Via is missing or against the grammar";
    /// The branch of a `Via` is the cookie of RFC 3261 and nothing else.
    SipBadBranch = "sip" "bad-branch" "messages whose branch names no transaction (RFC 3261 section 8.1.1.7)";
    /// `Contact` is against the grammar.
    SipBadContact = "sip" "bad-contact" "messages whose Contact is against the grammar (RFC 3261 section 20.10)";
    /// A field's number is out of its range: `Max-Forwards`, `Expires`, `Retry-After`, `Warning`.
    SipBadNumber = "sip" "bad-number" "messages with a number out of its range (Max-Forwards, Expires, Retry-After, Warning)";
    /// `Date` is no date in GMT.
    SipBadDate = "sip" "bad-date" "messages whose Date is no date in GMT (RFC 3261 section 20.17)";
    /// A field that may stand once stands several times; the first counts.
    SipRepeated = "sip" "repeated" "messages that repeat a header field that may stand once; the first counts (RFC 3261 section 7.3.1)";
    /// `Content-Length` is not a number.
    SipBadLength = "sip" "bad-length" "messages whose Content-Length is not a number";
    /// `Content-Length` is greater than what came.
    SipBodyShort = "sip" "body-short" "messages shorter than their Content-Length";
    /// `Content-Length` is less than what came; the rest was ignored (RFC 3261 section 18.3).
    SipBodyLong = "sip" "body-long" "datagrams with bytes after the Content-Length";
    /// The message is longer than the limit.
    SipTooLong = "sip" "too-long" "messages longer than the limit";
    /// The version is not `SIP/2.0`.
    SipVersion = "sip" "version" "messages of another version than SIP/2.0";
    /// The session description cannot be read.
    SdpBad = "sdp" "bad" "session descriptions that cannot be read";
    /// The RTCP packet's length contradicts the datagram.
    RtcpBadLength = "rtcp" "bad-length" "RTCP packets whose length contradicts the datagram";
    /// As many voice quality reports were kept as may be.
    TrackReportsFull = "track" "reports-full" "voice quality reports (RFC 6035) not kept because there were too many";
    /// The table of calls was full.
    TrackCallsFull = "track" "calls-full" "calls not kept because the table was full";
    /// A call had as many messages as are kept.
    TrackMessagesFull = "track" "messages-full" "messages counted but not kept because their call, or all calls, had too many";
    /// The table of what SDP announced was full.
    TrackAnnouncementsFull = "track" "announcements-full" "endpoints of media not known because the table of announcements was full";
    /// The table of streams was full.
    TrackStreamsFull = "track" "streams-full" "packets of media not followed because the table of streams was full";
    /// A straggler of a conversation that was over and has been reported.
    TrackLateMessages = "track" "late-messages" "messages of calls that were over and reported already";
    /// A packet of a stream that has been reported, as its call was over or memory was short.
    TrackLatePackets = "track" "late-packets" "packets of media that were reported already, with their calls or to stay within the memory allowed";
    /// A conversation that was not over was reported to stay within the memory allowed.
    TrackConversationEvicted = "track" "conversation-evicted" "calls and other conversations reported before they were over, to stay within the memory allowed";
    /// A message came of a conversation that was reported before it was over.
    TrackEvictedMessages = "track" "evicted-messages" "messages of calls that had been reported before they were over: they are in the figures and in no row";
    /// What was left of a conversation that was reported before it was over was let go.
    TrackRemnantEvicted = "track" "remnant-evicted" "calls reported before they were over of which the figures too have no more than that, to stay within the memory allowed";
    /// A stream that was not over was reported to stay within the memory allowed.
    TrackStreamEvicted = "track" "stream-evicted" "media streams of no call reported before they were over, to stay within the memory allowed";
    /// A datagram like RTP that never became a stream was forgotten.
    TrackCandidateEvicted = "track" "candidate-evicted" "possible RTP streams of too few packets, forgotten because the table was full";
    /// The table of addresses and what they do was full.
    TrackEndpointsFull = "track" "endpoints-full" "addresses of which is not told what they do because the table was full";
    /// The table of what goes between addresses was full.
    TrackLinksFull = "track" "links-full" "pairs of addresses of which is not told what went between them because the table was full";
}

/// A reason and the offset in the frame or message at which reading stopped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed {
    /// Why.
    pub reason: Reason,
    /// Bytes from the start of what was being read.
    pub offset: u32,
}

impl Malformed {
    /// A reason at an offset; offsets beyond 4 GiB saturate.
    pub fn at(reason: Reason, offset: usize) -> Self {
        Self { reason, offset: u32::try_from(offset).unwrap_or(u32::MAX) }
    }
}

/// A set of [`Reason`]s: what is wrong with one message that could be read nonetheless.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Reasons(u128);

impl Reasons {
    /// Adds a reason.
    pub fn insert(&mut self, reason: Reason) {
        self.0 |= 1 << reason as u8;
    }

    /// Whether the reason is in the set.
    pub const fn contains(self, reason: Reason) -> bool {
        self.0 >> reason as u8 & 1 == 1
    }

    /// Whether nothing is wrong.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The reasons, in the order of [`Reason::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let place = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            Reason::ALL.get(place).copied()
        })
    }
}

const _: () = assert!(Reason::ALL.len() <= 128, "Reasons is a set of 128 bits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_name_their_layer() {
        for (i, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(*reason as usize, i);
            assert!(reason.code().starts_with(reason.layer()), "{reason:?}");
            assert!(Reason::ALL.iter().skip(i + 1).all(|other| other.code() != reason.code()));
        }
    }

    #[test]
    fn a_set_keeps_what_was_put_in() {
        let mut set = Reasons::default();
        assert!(set.is_empty());
        set.insert(Reason::SipNoCallId);
        set.insert(Reason::LinkUnsupported);
        assert_eq!(set.iter().collect::<Vec<_>>(), [Reason::LinkUnsupported, Reason::SipNoCallId]);
    }
}
