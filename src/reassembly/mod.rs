//! Frames to whole messages: IP fragments to packets, TCP segments into order,
//! their bytes, SCTP's chunks and WebSocket's frames into SIP messages.
//!
//! Every buffer has a cap ([`Limits`](crate::base::limits::Limits)), and what a
//! cap or a hole costs is counted by its reason.

pub mod fragments;
pub mod inflate;
pub mod sctp;
pub mod sip_stream;
pub mod tcp;
mod websocket;

use crate::base::id::FrameNo;
use crate::base::time::Timestamp;

/// The frame that brought bytes, and when it was captured.
pub type Origin = (FrameNo, Timestamp);
