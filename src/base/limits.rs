//! Every cap of what is kept, in one place.

/// How much is kept. Whatever a cap turns away is counted as a problem of the
/// capture, and the totals go on counting it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Conversations: distinct Call-IDs.
    pub conversations: usize,
    /// Messages kept of one conversation.
    pub messages_per_conversation: usize,
    /// RTP streams.
    pub streams: usize,
    /// Flows that may be RTP but have too few packets to say.
    pub candidates: usize,
    /// RTP packets held back, over all streams, until SDP tells their clock.
    pub held_packets: usize,
    /// IP packets of which fragments are missing.
    pub fragmented_packets: usize,
    /// Bytes held of fragments.
    pub fragment_bytes: usize,
    /// Connections whose bytes are put in order.
    pub tcp_connections: usize,
    /// Bytes that wait, in one direction of a connection, for those before them.
    pub tcp_waiting: usize,
    /// Bytes held of all connections together.
    pub tcp_total: usize,
    /// Bytes of one SIP message.
    pub sip_message: usize,
    /// DTMF digits kept of one stream or call.
    pub digits: usize,
    /// Frames named by one problem, finding or stream event.
    pub evidence: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            conversations: 10_000_000,
            messages_per_conversation: 100_000,
            streams: 4_000_000,
            candidates: 65_536,
            held_packets: 4_000_000,
            fragmented_packets: 10_000,
            fragment_bytes: 64 << 20,
            tcp_connections: 100_000,
            tcp_waiting: 1 << 20,
            tcp_total: 256 << 20,
            sip_message: 1 << 20,
            digits: 1_000,
            evidence: 20,
        }
    }
}
