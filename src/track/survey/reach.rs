//! Whether a peer answers: OPTIONS as a keep-alive (RFC 3261 section 11).

use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};

/// Whether a peer is reachable, as the latest OPTIONS that is decided shows.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Reachability {
    /// It answered; any final response shows that it is there.
    Reachable,
    /// It did not answer within Timer F, or ICMP said that nobody is there.
    Unreachable,
    /// No OPTIONS is decided yet.
    Unknown,
}

impl Reachability {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reachable => "reachable",
            Self::Unreachable => "unreachable",
            Self::Unknown => "unknown",
        }
    }
}

/// How the OPTIONS of one element to another fared.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reach {
    /// OPTIONS, without retransmissions.
    pub requests: u64,
    /// Those answered.
    pub answered: u64,
    /// Those not answered within Timer F.
    pub unanswered: u64,
    /// Unanswered ones since the last answer.
    pub unanswered_in_a_row: u64,
    /// Changes between reachable and unreachable.
    pub changes: u64,
    /// The status of the latest answer.
    pub last_status: Option<u16>,
    /// The frame of the latest OPTIONS that is decided.
    pub last_frame: Option<FrameNo>,
    /// When the present state began.
    pub since: Option<Timestamp>,
    is_up: Option<bool>,
    least: Option<Span>,
    most: Option<Span>,
    total: Span,
    last: Option<Span>,
}

impl Reach {
    /// An OPTIONS was answered.
    pub(super) fn answer(&mut self, status: u16, sent: Timestamp, at: Timestamp, frame: FrameNo) {
        let round_trip = at.since(sent);
        self.answered += 1;
        self.unanswered_in_a_row = 0;
        self.last_status = Some(status);
        self.last = Some(round_trip);
        self.least = Some(self.least.map_or(round_trip, |least| least.min(round_trip)));
        self.most = Some(self.most.map_or(round_trip, |most| most.max(round_trip)));
        self.total = Span::from_nanos(self.total.nanos().saturating_add(round_trip.nanos()));
        self.turn(true, at, frame);
    }

    /// An OPTIONS drew no answer.
    pub(super) fn silence(&mut self, sent: Timestamp, frame: FrameNo) {
        self.unanswered += 1;
        self.unanswered_in_a_row += 1;
        self.turn(false, sent, frame);
    }

    fn turn(&mut self, is_up: bool, at: Timestamp, frame: FrameNo) {
        if self.is_up != Some(is_up) {
            self.changes += u64::from(self.is_up.is_some());
            (self.is_up, self.since) = (Some(is_up), Some(at));
        }
        self.last_frame = Some(frame);
    }

    /// The state at the end of what was seen.
    pub fn state(&self) -> Reachability {
        match self.is_up {
            Some(true) => Reachability::Reachable,
            Some(false) => Reachability::Unreachable,
            None => Reachability::Unknown,
        }
    }

    /// Least, mean, greatest and latest round trip.
    pub fn round_trips(&self) -> Option<[Span; 4]> {
        let count = i64::try_from(self.answered).unwrap_or(i64::MAX).max(1);
        let mean = Span::from_nanos(self.total.nanos() / count);
        Some([self.least?, mean, self.most?, self.last?])
    }
}
