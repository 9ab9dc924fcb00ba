//! Packets that a server mirrors by HEP: what is inside counts, with its own
//! addresses and time.

use super::fold::{Carriage, Fold};
use super::notice::Notices;
use crate::base::flow::Transport;
use crate::reassembly::Origin;
use crate::reassembly::inflate::inflate_zlib;
use crate::wire::frame::{IpFacts, Tunnel};
use crate::wire::hep::{Hep, kind};
use crate::wire::malformed::Reason;
use crate::wire::sniff::{Content, classify};

impl Fold {
    pub(super) fn mirrored(&mut self, hep: &Hep<'_>, (frame, at): Origin, notices: &mut Notices) {
        let inflated;
        let payload = if hep.compressed {
            let Some(bytes) = inflate_zlib(hep.payload, self.limits.sip_message) else {
                self.counters.other_packets += 1;
                self.problem(Reason::HepBad, frame);
                return;
            };
            inflated = bytes;
            inflated.as_slice()
        } else {
            hep.payload
        };
        let transport = match hep.protocol {
            6 => Transport::Tcp,
            132 => Transport::Sctp,
            _ => Transport::Udp,
        };
        let at = hep.at.unwrap_or(at);
        let ip = IpFacts { tunnel: Tunnel::Hep, ..IpFacts::default() };
        let carriage = Carriage { flow: hep.flow, transport, ip, origin: (frame, at) };
        match (hep.kind, classify(payload, 0)) {
            (kind::SIP, Content::Sip(bytes)) => self.bytes(bytes, carriage, notices),
            (kind::RTCP, Content::Rtcp(bytes)) => {
                self.rtcp(bytes, false, hep.flow, (frame, at), notices);
            }
            _ => self.counters.other_packets += 1,
        }
    }
}
