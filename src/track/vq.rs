//! Voice quality reports of end points (RFC 6035) and the messages that brought them.

use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
pub use crate::wire::vq_report::{End, Kind, Metrics, VqReport};

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reported {
    /// The frame of the message.
    pub frame: FrameNo,
    /// When that came.
    pub at: Timestamp,
    /// The Call-ID of the PUBLISH or NOTIFY, which is not that of the call.
    pub carrier: Box<str>,
    /// What it says.
    pub report: VqReport,
}

/// All reports, in order.
#[derive(Clone, Debug, Default)]
pub struct Reports {
    list: Vec<Reported>,
}

/// What becomes of a report when conversations leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fate {
    /// Its carrier or its call leaves.
    pub leaves: bool,
    /// One of them stays.
    pub stays: bool,
}

/// What the texts of a report take, about.
const TEXTS: usize = 512;
/// Reports among which a retransmission's is looked for.
const RECENT: usize = 16;

impl Reports {
    /// Takes a report; `false` when there are `cap` already. A copy of one that
    /// came a moment before is none.
    pub fn take(&mut self, reported: Reported, cap: usize) -> bool {
        let same =
            |known: &Reported| known.carrier == reported.carrier && known.report == reported.report;
        if self.list.iter().rev().take(RECENT).any(same) {
            return true;
        }
        let room = self.list.len() < cap;
        if room {
            self.list.push(reported);
        }
        room
    }

    /// Takes those out of which `fate` says that they leave; those that both
    /// leave and stay are there twice.
    #[must_use]
    pub fn take_out(&mut self, fate: impl Fn(&Reported) -> Fate) -> Self {
        let mut left = Self::default();
        self.list.retain(|reported| {
            let Fate { leaves, stays } = fate(reported);
            if leaves {
                left.list.push(reported.clone());
            }
            stays
        });
        left
    }

    /// Bytes that they take, about.
    pub fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<Reported>() + self.list.len() * TEXTS
    }

    /// The reports, in order.
    pub fn list(&self) -> &[Reported] {
        &self.list
    }
}
