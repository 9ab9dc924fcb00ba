//! Bytes to borrowed views of frames, SIP, SDP, RTP and RTCP.
//!
//! Everything here is stateless, total (any bytes give a value or a counted
//! reason, never a panic) and zero-copy (views borrow the frame).

pub mod bytes;
pub mod dtmf;
pub mod dtmf_info;
mod esp;
pub mod event;
pub mod frame;
pub mod header_extension;
pub mod hep;
pub mod icmp;
pub mod ip;
pub mod isup;
pub mod layer;
mod link;
pub mod malformed;
pub mod payload;
pub mod rtcp;
pub mod rtp;
pub mod sctp;
pub mod sdp;
pub mod sip;
pub mod sniff;
mod tunnel;
pub mod vq_report;
mod wifi;
