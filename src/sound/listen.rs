//! Frames to the RTP packets in them, for those who listen to streams that
//! the engine found before.

use crate::base::flow::Flow;
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::wire::frame::{Datagram, Decoded, decode, decode_payload};
use crate::wire::rtp::Rtp;
use crate::wire::sniff::{Content, classify};

/// A packet that may be of a stream.
#[derive(Clone, Copy, Debug)]
pub struct Heard<'a> {
    /// From and to where.
    pub flow: Flow,
    /// The packet.
    pub rtp: Rtp<'a>,
    /// When it was captured.
    pub at: Timestamp,
}

/// Frames in, packets out.
#[derive(Debug, Default)]
pub struct Listener {
    fragments: Fragments,
    limits: Limits,
}

impl Listener {
    /// One with these caps on what waits for its fragments.
    pub fn new(limits: Limits) -> Self {
        Self { fragments: Fragments::default(), limits }
    }

    /// Gives `take` the packet of a frame, if it holds one whole.
    pub fn hear(&mut self, frame: &Frame<'_>, take: &mut dyn FnMut(&Heard<'_>)) {
        match decode(frame) {
            Ok(Decoded::Udp(datagram)) => packet(&datagram, frame.at, take),
            Ok(Decoded::Fragment(fragment)) => {
                // What cannot be put together was counted by the engine.
                let outcome = self.fragments.push(&fragment, frame.at, &self.limits, &mut |_| ());
                if let Outcome::Whole(whole) = outcome
                    && let Ok(Decoded::Udp(datagram)) =
                        decode_payload(&whole.header, &whole.payload)
                {
                    packet(&datagram, frame.at, take);
                }
            }
            _ => {}
        }
    }
}

fn packet(datagram: &Datagram<'_>, at: Timestamp, take: &mut dyn FnMut(&Heard<'_>)) {
    // Half a payload is not decoded.
    if datagram.missing == 0
        && let Content::Rtp(rtp) = classify(datagram.payload, 0)
    {
        take(&Heard { flow: datagram.flow, rtp, at });
    }
}
