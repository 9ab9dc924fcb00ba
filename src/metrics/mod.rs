//! Arithmetic on arrival times, sequence numbers and timestamps; knows no packet, call or socket.
//!
//! Accumulators take one packet's numbers at a time, in order of arrival,
//! without looking back beyond a fixed window and without allocating; they are
//! plain values, so a snapshot is a copy.

pub mod delta;
pub mod jitter;
pub mod rfc3550;
pub mod sample;
pub mod sequence;
pub mod skew;
pub mod timeline;
