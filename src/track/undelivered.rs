//! ICMP errors as facts about a call or a stream.

use std::net::IpAddr;

use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
pub use crate::wire::icmp::Undelivered;

/// A report that a packet was not delivered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Undelivery {
    /// The frame of the report.
    pub frame: FrameNo,
    /// When it came.
    pub at: Timestamp,
    /// Who reports.
    pub from: IpAddr,
    /// Why the packet was not delivered.
    pub why: Undelivered,
}

/// The reports about one call or stream.
#[derive(Clone, Debug, Default)]
pub struct Undeliveries {
    /// The first of them.
    pub first: Vec<Undelivery>,
    /// All of them.
    pub count: u64,
}

impl Undeliveries {
    /// Takes a report; at most `most` are kept one by one.
    pub fn take(&mut self, report: Undelivery, most: usize) {
        self.count += 1;
        if self.first.len() < most {
            self.first.push(report);
        }
    }
}
