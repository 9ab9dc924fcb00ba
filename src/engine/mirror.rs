//! Packets that a server mirrors by HEP: what is inside counts, with its own
//! addresses and time.

use super::fold::{Carriage, Fold};
use super::messages::transport;
use super::notice::{Notices, OfFlow};
use crate::base::flow::Transport;
use crate::reassembly::Origin;
use crate::reassembly::inflate::inflate_zlib;
use crate::track::mirrored::Packed;
use crate::wire::frame::{IpFacts, Tunnel};
use crate::wire::hep::{Hep, kind, media_report, rtcp_json};
use crate::wire::malformed::Reason;
use crate::wire::sip;
use crate::wire::sniff::{Content, classify};

impl Fold {
    /// Takes a packet that a server mirrored, by whatever way it came here.
    pub(super) fn mirrored(&mut self, hep: &Hep<'_>, (frame, at): Origin, notices: &mut Notices) {
        let inflated;
        let payload = if hep.compressed {
            let Some(bytes) = inflate_zlib(hep.payload, self.limits.sip_message) else {
                return self.not_mirrored(Reason::HepBad, (frame, at));
            };
            inflated = bytes;
            inflated.as_slice()
        } else {
            hep.payload
        };
        let origin = (frame, hep.at.unwrap_or(at));
        let packed =
            Packed { flow: hep.flow, agent: hep.agent, correlation: hep.correlation, origin };
        match (hep.kind, classify(payload, 0)) {
            (kind::SIP, Content::Sip(bytes)) => self.mirrored_message(bytes, hep, &packed, notices),
            (kind::RTP, Content::Rtp(_)) => {
                // Whether it is RTP shows when its stream does; until then it is other.
                self.counters.other_packets += 1;
                let ip = ip_facts(hep, payload);
                let bytes = notices.keep(payload);
                self.tell(hep.flow, origin, OfFlow::Rtp(bytes, ip), notices);
            }
            // Agents that mirror all media do not tell RTCP apart.
            (kind::RTP | kind::RTCP, Content::Rtcp(bytes)) => {
                self.mirrored_rtcp(bytes, &packed, notices);
            }
            (kind::RTCP, _) => match rtcp_json::to_rtcp(payload) {
                Some(bytes) => self.mirrored_rtcp(&bytes, &packed, notices),
                None => self.not_mirrored(Reason::HepBad, origin),
            },
            (kind::RTP_REPORT | kind::SHORT_RTP_REPORT, _) => match media_report::parse(payload) {
                Some(report) => {
                    self.counters.other_packets += 1;
                    if !self.mirrored.report(report, &packed, self.limits.mirrored) {
                        self.problem(Reason::HepFull, frame);
                    }
                }
                None => self.not_mirrored(Reason::HepBad, origin),
            },
            // Kamailio mirrors its sockets' keep-alives too.
            (kind::SIP, Content::KeepAlive) => self.counters.other_packets += 1,
            (kind::SIP, Content::NotQuiteSip(reason)) => self.not_mirrored(reason, origin),
            (kind::SIP | kind::RTP, _) => self.not_mirrored(Reason::HepBad, origin),
            _ => self.not_mirrored(Reason::HepKind, origin),
        }
    }

    fn not_mirrored(&mut self, reason: Reason, (frame, _): Origin) {
        self.counters.other_packets += 1;
        self.problem(reason, frame);
    }

    fn mirrored_message(
        &mut self,
        bytes: &[u8],
        hep: &Hep<'_>,
        packed: &Packed<'_>,
        notices: &mut Notices,
    ) {
        let Packed { flow, origin, .. } = *packed;
        let ip = ip_facts(hep, bytes);
        self.bytes(bytes, Carriage { flow, transport: transport(hep), ip, origin }, notices);
        let most = self.limits.mirrored;
        let call_id = sip::parse(bytes, &mut self.index).ok().and_then(|message| message.call_id());
        if let Some(call_id) = call_id
            && (packed.agent.is_some() || packed.correlation.is_some())
            && !self.mirrored.message(call_id, packed, most)
        {
            self.problem(Reason::HepFull, origin.0);
        }
    }

    fn mirrored_rtcp(&mut self, bytes: &[u8], packed: &Packed<'_>, notices: &mut Notices) {
        self.rtcp(bytes, false, packed.flow, packed.origin, notices);
        // What no id relates to a call is of the streams alone.
        if packed.correlation.is_some() && !self.mirrored.rtcp(bytes, packed, self.limits.mirrored)
        {
            self.problem(Reason::HepFull, packed.origin.0);
        }
    }
}

/// What the packet's own headers said, as far as HEP tells; its length is that
/// with headers without options.
fn ip_facts(hep: &Hep<'_>, payload: &[u8]) -> IpFacts {
    let ip = if hep.flow.src.ip.is_ipv4() { 20 } else { 40 };
    let transport = if transport(hep) == Transport::Udp { 8 } else { 20 };
    IpFacts {
        traffic_class: hep.traffic_class.unwrap_or(0),
        len: u32::try_from(payload.len()).unwrap_or(u32::MAX).saturating_add(ip + transport),
        tunnel: Tunnel::Hep,
        ..IpFacts::default()
    }
}
