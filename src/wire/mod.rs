//! Bytes to borrowed views of frames, SIP, SDP, RTP and RTCP: stateless, total, zero-copy.
