//! What was captured, as HEP packets for a collector: each SIP message whole, put
//! together of its segments and fragments, and RTCP and RTP as far as they are asked for.

use std::sync::Arc;

use hashbrown::HashMap;

use super::messages::{Found, Messages};
use crate::base::flow::{Endpoint, Flow, Transport};
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::wire::frame::{Datagram, Decoded, decode, decode_payload};
use crate::wire::hep::kind;
use crate::wire::hep::rtcp_json;
use crate::wire::hep::write::{Agent, Mirror, append};
use crate::wire::sdp;
use crate::wire::sip::body::session_description;
use crate::wire::sip::{self, HeaderIndex};
use crate::wire::sniff::{Content, classify};

const UDP: u8 = 17;
const TCP: u8 = 6;
const SCTP: u8 = 132;
/// Endpoints of media whose call is remembered, in each of two generations.
const GENERATION: usize = 32_768;

/// How RTCP is mirrored.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum RtcpForm {
    /// As it was sent.
    #[default]
    Packet,
    /// Its reports and descriptions as JSON, which is what Homer reads.
    Json,
}

/// What is mirrored, and as whose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// The number of the agent.
    pub agent: u32,
    /// The key by which the collector knows it.
    pub key: Option<String>,
    /// Whether SIP is mirrored.
    pub sip: bool,
    /// Whether RTCP is, and how.
    pub rtcp: Option<RtcpForm>,
    /// Whether RTP is: as many bytes as were captured.
    pub rtp: bool,
    /// How much is kept of what is not whole.
    pub limits: Limits,
}

/// Frames in, HEP packets out.
#[derive(Debug)]
pub struct Mirroring {
    setting: Setting,
    agent: Agent,
    messages: Messages,
    fragments: Fragments,
    calls: MediaCalls,
    packet: Vec<u8>,
    /// Packets that were longer than HEP can say.
    pub too_long: u64,
}

impl Mirroring {
    /// Mirrors as `setting` says.
    pub fn new(setting: Setting) -> Self {
        Self {
            agent: Agent { id: setting.agent, key: setting.key.clone() },
            messages: Messages::new(setting.limits),
            setting,
            fragments: Fragments::default(),
            calls: MediaCalls::default(),
            packet: Vec::new(),
            too_long: 0,
        }
    }

    /// Takes the next frame; the HEP packets that come of it go to `out`.
    pub fn push(&mut self, frame: &Frame<'_>, out: &mut dyn FnMut(&[u8])) {
        let origin = (frame.no, frame.at);
        match decode(frame) {
            Ok(Decoded::Fragment(fragment)) => {
                let limits = self.setting.limits;
                let outcome = self.fragments.push(&fragment, frame.at, &limits, &mut |_| {});
                if let Outcome::Whole(whole) = outcome
                    && let Ok(decoded) = decode_payload(&whole.header, &whole.payload)
                {
                    self.decoded(&decoded, origin, out);
                }
            }
            Ok(decoded) => self.decoded(&decoded, origin, out),
            Err(_) => {}
        }
    }

    fn decoded(&mut self, decoded: &Decoded<'_>, origin: Origin, out: &mut dyn FnMut(&[u8])) {
        if let Decoded::Udp(datagram) = decoded
            && self.datagram(datagram, origin.1, out)
        {
            return;
        }
        let mut messages =
            std::mem::replace(&mut self.messages, Messages::new(self.setting.limits));
        messages.decoded(decoded, origin, &mut |found| self.message(found, out));
        self.messages = messages;
    }

    /// Media, and what others mirror; whether the datagram is of these.
    fn datagram(
        &mut self,
        datagram: &Datagram<'_>,
        at: Timestamp,
        out: &mut dyn FnMut(&[u8]),
    ) -> bool {
        let Datagram { flow, payload, ip, .. } = *datagram;
        let media = |kind, payload| Mirror {
            flow,
            at,
            protocol: UDP,
            kind,
            traffic_class: ip.traffic_class,
            correlation: None,
            payload,
        };
        match classify(payload, datagram.missing) {
            Content::Rtcp(bytes) => {
                if let Some(form) = self.setting.rtcp {
                    let json = (form == RtcpForm::Json).then(|| rtcp_json::from_rtcp(bytes));
                    let told =
                        json.as_ref().map_or(Some(bytes), |json| Some(json.as_ref()?.as_bytes()));
                    if let Some(told) = told {
                        let call = self.calls.of(flow);
                        let correlation = call.as_deref().map(str::as_bytes);
                        self.send(&Mirror { correlation, ..media(kind::RTCP, told) }, out);
                    }
                }
            }
            Content::Rtp(_) => {
                if self.setting.rtp {
                    self.send(&media(kind::RTP, payload), out);
                }
            }
            // What another agent mirrors goes on, but for SIP, which is a message as others are.
            Content::Hep(hep) if hep.kind != kind::SIP && !hep.compressed => {
                let wanted = match hep.kind {
                    kind::RTP => self.setting.rtp,
                    _ => self.setting.rtcp.is_some(),
                };
                if wanted {
                    let mirror = Mirror {
                        flow: hep.flow,
                        at: hep.at.unwrap_or(at),
                        protocol: hep.protocol,
                        kind: hep.kind,
                        traffic_class: hep.traffic_class.unwrap_or(0),
                        correlation: hep.correlation,
                        payload: hep.payload,
                    };
                    self.send(&mirror, out);
                }
            }
            _ => return false,
        }
        true
    }

    fn message(&mut self, found: &Found<'_>, out: &mut dyn FnMut(&[u8])) {
        if self.setting.rtcp.is_some() {
            self.calls.learn(found.bytes);
        }
        if self.setting.sip {
            let mirror = Mirror {
                flow: found.flow,
                at: found.at,
                protocol: match found.transport {
                    Transport::Udp => UDP,
                    Transport::Sctp => SCTP,
                    _ => TCP,
                },
                kind: kind::SIP,
                traffic_class: found.traffic_class,
                correlation: None,
                payload: found.bytes,
            };
            self.send(&mirror, out);
        }
    }

    fn send(&mut self, mirror: &Mirror<'_>, out: &mut dyn FnMut(&[u8])) {
        self.packet.clear();
        if append(mirror, &self.agent, &mut self.packet) {
            out(&self.packet);
        } else {
            self.too_long += 1;
        }
    }
}

/// Which call's media are at an endpoint, as SDP announced: of the latest endpoints.
#[derive(Debug, Default)]
struct MediaCalls {
    young: HashMap<Endpoint, Arc<str>>,
    old: HashMap<Endpoint, Arc<str>>,
    index: HeaderIndex,
}

impl MediaCalls {
    fn learn(&mut self, bytes: &[u8]) {
        let Ok(message) = sip::parse(bytes, &mut self.index) else { return };
        let (Some(call_id), Some(sdp)) = (message.call_id(), session_description(&message)) else {
            return;
        };
        let Some(description) = sdp::parse(sdp) else { return };
        let call_id: Arc<str> = String::from_utf8_lossy(call_id).into();
        for media in &description.media {
            let ip = description.connection_of(media).and_then(|connection| connection.ip);
            if let Some(ip) = ip.filter(|_| media.port > 0) {
                if self.young.len() >= GENERATION {
                    self.old = std::mem::take(&mut self.young);
                }
                self.young.insert(Endpoint::new(ip, media.port), Arc::clone(&call_id));
            }
        }
    }

    /// The call of a flow of RTCP: its ports are above those of the media, or the same.
    fn of(&self, flow: Flow) -> Option<Arc<str>> {
        let below = |end: Endpoint| end.with_port(end.port.saturating_sub(1));
        let ends = [flow.dst, below(flow.dst), flow.src, below(flow.src)];
        let of = |end: &Endpoint| self.young.get(end).or_else(|| self.old.get(end));
        ends.iter().find_map(of).cloned()
    }
}
