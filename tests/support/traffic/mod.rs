//! Captures of calls of any size: valid frames from a plan and a seed, in the
//! memory of the calls under way, with an account of what they hold.
#![allow(dead_code, unused_imports, reason = "each test, bench or example uses a part of it")]
#![allow(clippy::unwrap_used, reason = "tests of a module, which an example does not know as such")]

#[cfg(test)]
mod agreement;
mod call;
mod codec;
mod dialog;
mod frame;
mod frames;
mod held;
mod media;
mod plan;
mod queue;
pub(crate) mod random;
mod rtcp;
mod script;
mod sip;
mod tcp;
mod truth;
mod write;

pub(crate) use codec::Codec;
pub(crate) use frames::Frames;
pub(crate) use held::Held;
pub(crate) use media::StreamTruth;
pub(crate) use plan::{MS, Nanos, Network, Outcome, Plan, SECOND, Ways};
pub(crate) use truth::Truth;
pub(crate) use write::{Format, write};

/// Seconds after 1970 at which every generated capture begins: 2023-11-14T22:13:20Z.
pub(crate) const EPOCH: u64 = 1_700_000_000;
