//! Words that every layer shares: times, addresses, numbers and codecs.
//!
//! Arithmetic only: nothing here knows a packet, a call or a clock.

pub mod chunk;
pub mod codec;
pub mod flow;
pub mod frame;
pub mod id;
pub mod limits;
pub mod time;
pub mod units;
