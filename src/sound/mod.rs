//! RTP payloads to samples, and samples in their place in the call.
//!
//! Packets of chosen streams come in order of capture ([`listen`]), are put in
//! order of sending (`order`), decoded ([`decoder`]), and set at the time at
//! which they were captured into the left or the right channel of their call
//! ([`call`], `mixer`). What is missing is silence.
//!
//! G.726 and GSM 06.10 are written here, as no well-kept decoder of them
//! exists in Rust; the other codecs are libraries'.

pub mod call;
pub mod decoder;
pub mod g726;
pub mod gsm;
pub mod listen;
mod mixer;
mod order;
pub mod voice;
