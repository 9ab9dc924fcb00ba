//! What a datagram holds, replaced by what it is.

use hashbrown::HashSet;

use super::blanked::What;
use super::hep;
use super::names::Pseudonyms;
use super::silence::silence;
use crate::base::flow::Flow;
use crate::base::id::Ssrc;
use crate::wire::dtmf::TelephoneEvent;
use crate::wire::frame::Datagram;
use crate::wire::header_extension::{Form, elements};
use crate::wire::rtp::Rtp;
use crate::wire::sniff::{Content, classify};

const RTP_HEADER: usize = 12;
/// Octets of an element of a header extension that can be no text: levels,
/// times and numbers.
const SHORT: usize = 3;
/// Headers that stay: of STUN with its transaction, of a DTLS record, of ZRTP
/// with its source.
const STUN: usize = 20;
const DTLS: usize = 13;
const ZRTP: usize = 12;

/// A stream of media: from whom to whom, by their pseudonyms, and its source.
pub type Source = (Flow, Ssrc);

/// Services whose packets may begin as RTP does: no media come from or to them
/// (the IANA registry of port numbers).
const SERVICES: [u16; 8] = [1194, 1701, 1812, 1813, 1900, 4500, 5353, 5355];
/// Below this are services.
const FIRST_OF_USERS: u16 = 1024;

/// How datagrams are changed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Media {
    /// Whether media are silenced.
    pub(super) silenced: bool,
    /// The streams that there are, where that is known: what else looks like
    /// media is none.
    pub(super) streams: Option<HashSet<Source>>,
}

impl Media {
    /// The payload of a datagram, of which the capture cut bytes.
    pub(super) fn datagram(&self, names: &mut Pseudonyms, datagram: &Datagram<'_>) -> Vec<u8> {
        let (payload, missing) = (datagram.payload, datagram.missing);
        match classify(payload, missing) {
            Content::Sip(bytes) => match names.message(bytes, false) {
                Some(message) => message,
                None => zeros(payload, 0),
            },
            Content::Rtp(rtp) if self.is_media(names, datagram.flow, rtp.ssrc) => {
                self.rtp(names, &rtp, payload)
            }
            Content::Rtcp(bytes) => names.rtcp(bytes),
            Content::Hep(hep) => hep::mirrored(names, self, &hep),
            Content::KeepAlive => payload.to_vec(),
            Content::Stun => negotiation(names, payload, STUN),
            Content::Dtls => negotiation(names, payload, DTLS),
            Content::Zrtp => negotiation(names, payload, ZRTP),
            Content::NotQuiteSip(_) => {
                names.blank(What::Message);
                zeros(payload, 0)
            }
            Content::Rtp(_) | Content::Other => {
                if !payload.is_empty() {
                    names.blank(What::Datagram);
                }
                zeros(payload, 0)
            }
        }
    }

    /// The packet of media in place of one that was mirrored; `None` for what is none.
    pub(super) fn mirrored(
        &self,
        names: &mut Pseudonyms,
        flow: Flow,
        packet: &[u8],
    ) -> Option<Vec<u8>> {
        let rtp = Rtp::parse(packet, 0)?;
        self.is_media(names, flow, rtp.ssrc).then(|| self.rtp(names, &rtp, packet))
    }

    /// Whether what looks like a packet of media is one.
    fn is_media(&self, names: &mut Pseudonyms, flow: Flow, ssrc: Ssrc) -> bool {
        match &self.streams {
            Some(streams) => streams.contains(&(names.flow(flow), ssrc)),
            None => [flow.src.port, flow.dst.port]
                .iter()
                .all(|port| *port >= FIRST_OF_USERS && !SERVICES.contains(port)),
        }
    }

    fn rtp(&self, names: &mut Pseudonyms, rtp: &Rtp<'_>, datagram: &[u8]) -> Vec<u8> {
        let mut out = datagram.to_vec();
        let mut at = RTP_HEADER + 4 * usize::from(rtp.csrc_count);
        if let Some((profile, data)) = rtp.extension {
            at += 4;
            if let Some(place) = out.get_mut(at..at + data.len()) {
                extension(names, profile, data, place);
            }
            at += data.len();
        }
        let end = at + rtp.payload.len();
        // Padding: only its last octet, its length, is read.
        if let Some((_, padding)) = out.get_mut(end..).and_then(<[u8]>::split_last_mut) {
            padding.fill(0);
        }
        let codec = names.codecs.get(&rtp.payload_type).cloned();
        let Some(payload) = out.get_mut(at..end) else { return out };
        if is_event(rtp, codec.as_deref()) {
            names.event(payload);
        } else if self.silenced {
            silence(rtp.payload_type, codec.as_deref(), payload);
            names.blank(What::Media);
        }
        out
    }
}

/// Whether a packet carries a telephone event: its payload type was announced
/// for that, or none was and the payload reads as one.
fn is_event(rtp: &Rtp<'_>, codec: Option<&str>) -> bool {
    let announced = codec
        .and_then(|codec| codec.split('/').next())
        .map(|codec| codec.eq_ignore_ascii_case("telephone-event"));
    let reads = || {
        rtp.payload_type >= 96
            && rtp.payload.len() == 4
            && TelephoneEvent::parse(rtp.payload).is_some()
    };
    announced.unwrap_or(false) || reads()
}

/// Elements too long for a figure are zeroed, and so is what has no elements.
fn extension(names: &mut Pseudonyms, profile: u16, data: &[u8], out: &mut [u8]) {
    if Form::of(profile) == Form::Other {
        if out.iter().any(|byte| *byte != 0) {
            out.fill(0);
            names.blank(What::HeaderExtension);
        }
        return;
    }
    for element in elements(profile, data) {
        let at = element.data.as_ptr() as usize - data.as_ptr() as usize;
        if element.data.len() > SHORT
            && let Some(place) = out.get_mut(at..at + element.data.len())
        {
            place.fill(0);
            names.blank(What::HeaderExtension);
        }
    }
}

fn negotiation(names: &mut Pseudonyms, payload: &[u8], header: usize) -> Vec<u8> {
    if payload.len() > header {
        names.blank(What::Negotiation);
    }
    zeros(payload, header)
}

/// As many octets, of which those behind the first `kept` are zero.
fn zeros(payload: &[u8], kept: usize) -> Vec<u8> {
    let mut out = payload.to_vec();
    if let Some(rest) = out.get_mut(kept.min(payload.len())..) {
        rest.fill(0);
    }
    out
}
