//! Frames to whole messages: TCP segments into order, their bytes into SIP messages.
//!
//! Every buffer has a cap ([`Limits`](crate::base::limits::Limits)), and what a
//! cap or a hole costs is counted by its reason.

pub mod sip_stream;
pub mod tcp;
