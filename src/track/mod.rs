//! State that lives longer than a packet: conversations, calls, streams.
//!
//! Two planes that know little of each other. [`signalling`] groups SIP
//! messages by Call-ID into [`conversation`]s and follows each as a [`call`], a
//! [`registration`] or another exchange. [`media`] follows RTP [`stream`]s by
//! their addresses, ports and SSRC. What SDP announced goes from the first to
//! the second as an [`offer::Announcement`]; nothing goes back, and no media
//! packet looks up a call.

pub mod announced;
pub mod attempt;
pub mod binding;
pub mod call;
pub mod candidate;
pub mod change;
pub mod closure;
pub mod conversation;
pub mod dialog;
pub mod digest;
pub mod digits;
pub mod drops;
pub mod extensions;
pub mod fact;
pub mod heard;
pub mod hops;
pub mod identity;
pub mod interval;
pub mod leaving;
pub mod leg_evidence;
pub mod legs;
pub mod location;
pub mod media;
pub mod message;
pub mod mirrored;
pub mod mode;
pub mod notes;
mod numbers;
pub mod offer;
pub mod other_media;
pub mod party;
pub mod payload;
pub mod pictures;
pub mod reading;
pub mod registration;
pub mod relations;
pub mod remnant;
pub mod repair;
pub mod retirement;
pub mod retransmission;
pub mod rtcp;
pub mod sampler;
pub mod sending;
pub mod session_timer;
pub mod signalling;
mod small;
pub mod sound;
pub mod stream;
pub mod stream_relation;
pub mod subscription;
pub mod survey;
mod table;
pub mod text;
mod tombstones;
pub mod transaction;
pub mod transfer;
pub mod undelivered;
pub mod vantage;
pub mod vq;
pub mod xr;

/// A conversation's place in the order of first messages, 0-based.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ConversationId(pub u32);

/// An end of a call.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Side {
    /// Who sent the first INVITE.
    Caller,
    /// Whom it was for.
    Callee,
}

impl Side {
    /// The other end.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Caller => "caller",
            Self::Callee => "callee",
        }
    }
}
