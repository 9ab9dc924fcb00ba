//! Arithmetic on arrival times, sequence numbers and timestamps; knows no packet, call or socket.
//!
//! Accumulators take one packet's numbers at a time, in order of arrival,
//! without looking back beyond a fixed window and without allocating; they are
//! plain values, so a snapshot is a copy. [`reception::Reception`] is the whole
//! of them for one RTP stream, in the order that they need. The E-model files
//! turn what was measured into R and MOS, and say on what figures that rests.

pub mod adaptive;
pub mod connection;
pub mod delay;
pub mod delta;
pub mod emodel;
pub mod emodel_fb;
pub mod emodel_simplified;
pub mod emodel_wb;
pub mod gaps;
pub mod histogram;
pub mod impairment;
pub mod jitter;
pub mod level;
pub mod mos;
pub mod packet_time;
pub mod playout;
pub mod quality;
pub mod reception;
pub mod rfc3550;
pub mod rtt;
pub mod sample;
pub mod sequence;
pub mod signalling;
pub mod significance;
pub mod skew;
pub mod spread;
pub mod talkspurt;
pub mod timeline;
pub mod tones;
pub mod window;
