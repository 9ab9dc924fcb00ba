//! The SIP messages of a capture, byte by byte: for whoever wants to see them
//! again after the snapshot is known.

use crate::base::flow::{Flow, Transport};
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::reassembly::inflate::inflate_zlib;
use crate::reassembly::sctp::Associations;
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::wire::frame::{Decoded, decode, decode_payload};
use crate::wire::hep::{self, Hep, kind};
use crate::wire::sip::{self, HeaderIndex, NameAddr, Uri};
use crate::wire::sniff::{Content, classify};

/// Frames in, messages out.
#[derive(Debug)]
pub struct Messages {
    limits: Limits,
    fragments: Fragments,
    connections: Connections,
    associations: Associations,
}

/// A message.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// The frame that completed it.
    pub frame: FrameNo,
    /// When that was captured.
    pub at: Timestamp,
    /// From whom to whom.
    pub flow: Flow,
    /// Over what.
    pub transport: Transport,
    /// The octet of differentiated services of the packet that completed it.
    pub traffic_class: u8,
    /// From its start line to the end of its body.
    pub bytes: &'a [u8],
}

/// What a line about a message says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Outline {
    /// The status of a response; `None`: a request.
    pub status: Option<u16>,
    /// The start line without the protocol's name.
    pub start: String,
    /// The user of From, or its URI if that names none.
    pub from: String,
    /// The user of To, or its URI if that names none.
    pub to: String,
    /// The Call-ID.
    pub call_id: String,
}

/// How a packet came.
#[derive(Clone, Copy)]
struct Way {
    flow: Flow,
    transport: Transport,
    traffic_class: u8,
    origin: Origin,
}

impl Found<'_> {
    /// What a line about it says; `None` for what is no message.
    pub fn outline(&self) -> Option<Outline> {
        let mut index = HeaderIndex::default();
        let message = sip::parse(self.bytes, &mut index).ok()?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let start = self.bytes.split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
        let start = start.strip_suffix(b" SIP/2.0").unwrap_or(start);
        let start = start.strip_prefix(b"SIP/2.0 ").unwrap_or(start);
        let user = |address: Option<NameAddr<'_>>| {
            let uri = address.map(|address| address.uri).unwrap_or_default();
            let user = Uri::parse(uri).and_then(|uri| uri.user_text());
            user.unwrap_or_else(|| text(uri))
        };
        let (from, to) = (user(message.from()), user(message.to()));
        let call_id = message.call_id().map(text).unwrap_or_default();
        Some(Outline { status: message.status(), start: text(start), from, to, call_id })
    }

    /// Its Call-ID.
    pub fn call_id(&self) -> Option<String> {
        let mut index = HeaderIndex::default();
        let message = sip::parse(self.bytes, &mut index).ok()?;
        Some(String::from_utf8_lossy(message.call_id()?).into_owned())
    }
}

/// What a frame holds, in a few words.
pub fn content(frame: &Frame<'_>) -> (Option<Flow>, &'static str) {
    match decode(frame) {
        Ok(Decoded::Udp(datagram)) => {
            let what = match classify(datagram.payload, datagram.missing) {
                Content::Sip(_) => "SIP over UDP",
                Content::Rtp(_) => "RTP",
                Content::Rtcp(_) => "RTCP",
                Content::Stun => "STUN",
                Content::Hep(_) => "HEP",
                Content::Dtls => "DTLS",
                Content::Zrtp => "ZRTP",
                Content::KeepAlive => "a keep-alive",
                Content::NotQuiteSip(_) => "UDP, not quite SIP",
                Content::Other => "UDP",
            };
            (Some(datagram.flow), what)
        }
        Ok(Decoded::Tcp(segment)) => (Some(segment.flow), "a TCP segment"),
        Ok(Decoded::Sctp(packet)) => (Some(packet.flow), "an SCTP packet"),
        Ok(Decoded::Fragment(_)) => (None, "a fragment of an IP packet"),
        Ok(Decoded::Icmp(error)) => (Some(error.flow), "an ICMP error about a packet"),
        Ok(Decoded::Foreign) => (None, "a protocol that carries no calls"),
        Err(malformed) => (None, malformed.reason.text()),
    }
}

impl Messages {
    /// Keeps no more of what is not whole than the limits allow.
    pub fn new(limits: Limits) -> Self {
        let (fragments, connections) = (Fragments::default(), Connections::default());
        Self { limits, fragments, connections, associations: Associations::default() }
    }

    /// Takes the next frame; the messages that it completes go to `out`.
    pub fn push(&mut self, frame: &Frame<'_>, out: &mut dyn FnMut(&Found<'_>)) {
        if let Ok(decoded) = decode(frame) {
            self.decoded(&decoded, (frame.no, frame.at), out);
        }
    }

    /// No more frames come.
    pub fn finish(&mut self, out: &mut dyn FnMut(&Found<'_>)) {
        let limits = self.limits;
        self.connections.finish(&limits, &mut |output| {
            let origin = (output.frame, output.at);
            let way =
                Way { flow: output.flow, transport: Transport::Tcp, traffic_class: 0, origin };
            piece(output.piece, way, out);
        });
    }

    pub(super) fn decoded(
        &mut self,
        decoded: &Decoded<'_>,
        origin: Origin,
        out: &mut dyn FnMut(&Found<'_>),
    ) {
        let limits = self.limits;
        match decoded {
            Decoded::Udp(datagram) => match classify(datagram.payload, datagram.missing) {
                Content::Sip(bytes) => {
                    let traffic_class = datagram.ip.traffic_class;
                    let flow = datagram.flow;
                    let way = Way { flow, transport: Transport::Udp, traffic_class, origin };
                    piece(Piece::Message(bytes), way, out);
                }
                Content::Hep(hep) => mirrored(&hep, origin, &limits, out),
                _ => {}
            },
            Decoded::Tcp(segment) => {
                self.connections.push(segment, origin.0, origin.1, &limits, &mut |output| {
                    let origin = (output.frame, output.at);
                    if let Piece::Mirrored(packet) = output.piece {
                        if let Some(hep) = hep::parse(packet) {
                            mirrored(&hep, origin, &limits, out);
                        }
                    } else {
                        let traffic_class = segment.ip.traffic_class;
                        let flow = output.flow;
                        let way = Way { flow, transport: Transport::Tcp, traffic_class, origin };
                        piece(output.piece, way, out);
                    }
                });
            }
            Decoded::Sctp(packet) => {
                let traffic_class = packet.ip.traffic_class;
                let way =
                    Way { flow: packet.flow, transport: Transport::Sctp, traffic_class, origin };
                self.associations.push(packet, origin, &limits, &mut |found| {
                    piece(found, way, out);
                });
            }
            Decoded::Fragment(fragment) => {
                let outcome = self.fragments.push(fragment, origin.1, &limits, &mut |_| {});
                if let Outcome::Whole(whole) = outcome
                    && let Ok(decoded) = decode_payload(&whole.header, &whole.payload)
                {
                    self.decoded(&decoded, origin, out);
                }
            }
            Decoded::Icmp(_) | Decoded::Foreign => {}
        }
    }
}

/// The message that a server mirrored, with its own time.
fn mirrored(hep: &Hep<'_>, (frame, at): Origin, limits: &Limits, out: &mut dyn FnMut(&Found<'_>)) {
    if hep.kind != kind::SIP {
        return;
    }
    let inflated = hep.compressed.then(|| inflate_zlib(hep.payload, limits.sip_message));
    let bytes = match &inflated {
        Some(inflated) => inflated.as_deref().unwrap_or_default(),
        None => hep.payload,
    };
    if let Content::Sip(bytes) = classify(bytes, 0) {
        let origin = (frame, hep.at.unwrap_or(at));
        let traffic_class = hep.traffic_class.unwrap_or(0);
        let way = Way { flow: hep.flow, transport: transport(hep), traffic_class, origin };
        piece(Piece::Message(bytes), way, out);
    }
}

/// Over what a mirrored packet went.
pub(super) fn transport(hep: &Hep<'_>) -> Transport {
    match hep.protocol {
        6 => Transport::Tcp,
        hep::TLS => Transport::Tls,
        132 => Transport::Sctp,
        _ => Transport::Udp,
    }
}

fn piece(piece: Piece<'_>, way: Way, out: &mut dyn FnMut(&Found<'_>)) {
    let Way { flow, transport, traffic_class, origin: (frame, at) } = way;
    let (bytes, transport) = match piece {
        Piece::Message(bytes) => (bytes, transport),
        Piece::WebSocketMessage(bytes) => (bytes, Transport::Ws),
        Piece::Mirrored(_) | Piece::Problem(_) => return,
    };
    out(&Found { frame, at, flow, transport, traffic_class, bytes });
}
