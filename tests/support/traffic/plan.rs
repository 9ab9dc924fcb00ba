//! What a generated capture holds.

use super::codec::Codec;

/// Nanoseconds, of a moment since the capture's beginning or of a span.
pub(crate) type Nanos = u64;

/// A millisecond.
pub(crate) const MS: Nanos = 1_000_000;
/// A second.
pub(crate) const SECOND: Nanos = 1_000 * MS;

/// What becomes of a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    /// 180, 200, talk, BYE.
    Answered,
    /// 407, then as answered.
    Challenged,
    /// 486.
    Busy,
    /// 180, CANCEL, 487.
    Cancelled,
    /// 180, and 480 after a long while.
    Unanswered,
    /// No response at all; over UDP the INVITE is sent seven times (RFC 3261
    /// section 17.1.1.2, Timer A until Timer B).
    Silent,
}

impl Outcome {
    /// Every outcome, in the order of [`Plan::mix`].
    pub(crate) const ALL: [Self; 6] = [
        Self::Answered,
        Self::Challenged,
        Self::Busy,
        Self::Cancelled,
        Self::Unanswered,
        Self::Silent,
    ];

    /// The name in arguments and in the truth.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Challenged => "challenged",
            Self::Busy => "busy",
            Self::Cancelled => "cancelled",
            Self::Unanswered => "unanswered",
            Self::Silent => "silent",
        }
    }

    /// Whether the parties talk.
    pub(crate) const fn is_answered(self) -> bool {
        matches!(self, Self::Answered | Self::Challenged)
    }
}

/// What the network does to the packets of a stream, as shares of them.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Network {
    /// Never captured.
    pub(crate) loss: f64,
    /// Captured twice.
    pub(crate) duplicate: f64,
    /// Captured after the packet that was sent after it.
    pub(crate) reorder: f64,
    /// Greatest delay, evenly distributed from nothing to this; below 15 ms, so
    /// that delay alone changes no order.
    pub(crate) jitter: Nanos,
}

/// Shares of all calls that take another way than UDP over IPv4, one hop, bare.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Ways {
    /// SIP over TCP.
    pub(crate) tcp: f64,
    /// IPv6.
    pub(crate) ipv6: f64,
    /// Through a proxy that records its route: signalling seen on both sides of it.
    pub(crate) two_hops: f64,
    /// In a VLAN.
    pub(crate) vlan: f64,
    /// In a VLAN of a VLAN.
    pub(crate) qinq: f64,
    /// In GRE.
    pub(crate) gre: f64,
    /// In VXLAN.
    pub(crate) vxlan: f64,
}

/// What a capture holds. Equal plans give equal bytes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    /// Calls.
    pub(crate) calls: u64,
    /// Calls that begin in a second.
    pub(crate) rate: f64,
    /// From the 180 to the 200.
    pub(crate) ring: Nanos,
    /// From the 200 to the BYE.
    pub(crate) talk: Nanos,
    /// What the session descriptions agree on.
    pub(crate) codec: Codec,
    /// Whether the capture holds the media, and not only the signalling.
    pub(crate) media: bool,
    /// Digits that the caller of an answered call sends (RFC 4733).
    pub(crate) digits: u32,
    /// Weights of the outcomes, in the order of [`Outcome::ALL`].
    pub(crate) mix: [u32; 6],
    pub(crate) network: Network,
    pub(crate) ways: Ways,
    /// Whether all callees receive their media at one address and port, as an echo test does.
    pub(crate) one_port: bool,
}

impl Default for Plan {
    /// A hundred answered calls of 20 s with their media.
    fn default() -> Self {
        Self {
            seed: 1,
            calls: 100,
            rate: 10.0,
            ring: 2 * SECOND,
            talk: 20 * SECOND,
            codec: Codec::Pcmu,
            media: true,
            digits: 0,
            mix: [1, 0, 0, 0, 0, 0],
            network: Network::default(),
            ways: Ways::default(),
            one_port: false,
        }
    }
}

impl Plan {
    /// 2,000 answered calls of 10 s, nearly all of them at once: 2.0 million
    /// packets of G.711 with their RTCP.
    pub(crate) fn media() -> Self {
        Self { calls: 2_000, rate: 200.0, talk: 10 * SECOND, ..Self::default() }
    }

    /// 200,000 calls of every outcome without their media, 1,000 a second: 1.4
    /// million SIP messages.
    pub(crate) fn signalling() -> Self {
        Self {
            calls: 200_000,
            rate: 1_000.0,
            talk: 60 * SECOND,
            media: false,
            mix: [72, 11, 8, 5, 4, 0],
            ..Self::default()
        }
    }

    /// The same calls, begun at the rate at which `calls` of them are under way
    /// at once, had they all been answered.
    #[must_use]
    pub(crate) fn with_concurrent(self, calls: f64) -> Self {
        let life = (self.ring + self.talk) as f64 / SECOND as f64;
        Self { rate: calls / life, ..self }
    }
}
