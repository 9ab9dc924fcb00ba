//! A frame in place of a frame.

use std::net::IpAddr;

use super::blanked::{Blanked, What};
use super::key::Key;
use super::links::{Header, unencrypted, wrap};
use super::media::{Media, Source};
use super::names::{Pseudonyms, Scope};
use super::network::{self, ip_header, packet, sum_up};
use super::originals::Originals;
use super::streams::Streams;
use crate::base::flow::Flow;
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::wire::bytes::{be16, from};
use crate::wire::frame::{Decoded, decode, decode_payload};
use crate::wire::icmp::IcmpError;
use crate::wire::layer::{Next, headers};
use crate::wire::sniff::{Content, classify};

/// Frames in, frames with pseudonyms out: as many, of the same numbers and times.
#[derive(Debug)]
pub struct Redactor {
    names: Pseudonyms,
    media: Media,
    fragments: Fragments,
    streams: Streams,
    limits: Limits,
    out: Vec<u8>,
}

/// A transport: its protocol, its bytes, the original length of what was before
/// the trailer of ESP, and how much of its end was not captured.
struct Transport {
    ends: (IpAddr, IpAddr),
    protocol: u8,
    bytes: Vec<u8>,
    original: usize,
    missing: u32,
}

/// Packets inside one another that are put together of fragments.
const MAX_DEPTH: usize = 4;

impl Redactor {
    /// Replaces what `scope` says under a key; `limits` bound what is kept of
    /// packets that are not whole.
    pub fn new(key: Key, scope: Scope, limits: Limits) -> Self {
        Self {
            names: Pseudonyms::new(key, scope),
            media: Media::default(),
            fragments: Fragments::default(),
            streams: Streams::default(),
            limits,
            out: Vec::new(),
        }
    }

    /// Replaces the payload of media by silence.
    #[must_use]
    pub fn silencing(mut self, silenced: bool) -> Self {
        self.media.silenced = silenced;
        self
    }

    /// Takes only these for media; their ends are pseudonyms.
    pub fn take_for_media(&mut self, streams: impl IntoIterator<Item = Source>) {
        self.media.streams = Some(streams.into_iter().collect());
    }

    /// Keeps the names of header fields, and takes what they hold for identifiers.
    #[must_use]
    pub fn keeping(mut self, headers: &[String]) -> Self {
        self.names.headers = headers.iter().map(|name| name.to_ascii_lowercase()).collect();
        self
    }

    /// The pseudonyms, for what is not in frames.
    pub fn names(&mut self) -> &mut Pseudonyms {
        &mut self.names
    }

    /// Who stands behind the pseudonyms so far.
    pub fn originals(&self) -> Originals {
        self.names.originals.clone()
    }

    /// The frame in place of the next frame.
    pub fn frame(&mut self, frame: &Frame<'_>) -> Frame<'_> {
        let (bytes, missing) = self.rebuilt(frame);
        self.out = bytes;
        let length = u32::try_from(self.out.len()).unwrap_or(u32::MAX);
        Frame { wire_len: length.saturating_add(missing), bytes: &self.out, ..*frame }
    }

    /// No more frames come: what was blanked, and how often.
    pub fn finish(&mut self) -> &Blanked {
        self.streams.finish(&mut self.names, &self.limits);
        &self.names.blanked
    }

    fn rebuilt(&mut self, frame: &Frame<'_>) -> (Vec<u8>, u32) {
        let found = headers(frame);
        let ends = found.iter().skip(1).map(|(_, at)| *at);
        let spans = ends.chain(std::iter::once(frame.bytes.len()));
        let mut list: Vec<Header<'_>> = found
            .iter()
            .zip(spans)
            .map(|((kind, at), end)| (*kind, frame.bytes.get(*at..end).unwrap_or_default()))
            .collect();
        let decoded = decode(frame);
        // The last header has everything behind it.
        let last = list.pop();
        let ip = match last {
            Some((Next::Ip, bytes)) => {
                ip_header(bytes).zip(network::ends(bytes)).map(|parts| (bytes, parts))
            }
            _ => None,
        };
        let Some((bytes, ((length, outer), ends))) = ip else {
            self.names.blank(What::Frame);
            return (wrap(&mut self.names, &list, Vec::new(), 0), 0);
        };
        let mut payload = from(bytes, length).unwrap_or_default();
        let (mut whole, mut outer, mut decoded) = (None, outer, decoded);
        // A packet put together of fragments may hold a fragment of another.
        for _ in 0..MAX_DEPTH {
            let Ok(Decoded::Fragment(fragment)) = &decoded else { break };
            let limits = self.limits;
            let outcome = self.fragments.push(fragment, frame.at, &limits, &mut |_| {});
            let Outcome::Whole(found) = outcome else {
                self.names.blank(What::Fragment);
                return self.emptied(&list, bytes, ends);
            };
            let found = &*whole.insert(found);
            (payload, outer) = (&found.payload, found.header.protocol);
            decoded = decode_payload(&found.header, &found.payload);
        }
        let head = if outer == network::ESP { 8 } else { 0 };
        let like = from(payload, head).unwrap_or_default();
        let origin = (frame.no, frame.at);
        let facts = match &decoded {
            Ok(Decoded::Udp(datagram)) => Some(datagram.ip),
            Ok(Decoded::Tcp(segment)) => Some(segment.ip),
            Ok(Decoded::Sctp(packet)) => Some(packet.ip),
            _ => None,
        };
        let transport = decoded.ok().and_then(|found| self.transport(&found, like, ends, origin));
        let Some(mut transport) = transport else {
            self.names.blank(What::Frame);
            return self.emptied(&list, bytes, ends);
        };
        if transport.missing == 0 {
            sum_up(&mut transport.bytes, transport.ends, transport.protocol);
        }
        let (protocol, inner) = if outer == network::ESP {
            let trailer = payload.len().saturating_sub(8 + transport.original);
            (outer, unencrypted(payload, trailer, &transport.bytes, transport.protocol))
        } else {
            (transport.protocol, transport.bytes)
        };
        // A packet put together of fragments is known by its own marks.
        let own =
            whole.as_ref().zip(facts).map(|(_, facts)| network::like(facts, transport.ends.0));
        let like = own.as_deref().unwrap_or(bytes);
        let inner = packet(like, transport.ends, protocol, &inner, transport.missing);
        (wrap(&mut self.names, &list, inner, transport.missing), transport.missing)
    }

    /// A packet of nothing between the same ends.
    fn emptied(
        &mut self,
        headers: &[Header<'_>],
        like: &[u8],
        (src, dst): (IpAddr, IpAddr),
    ) -> (Vec<u8>, u32) {
        let ends = (self.names.ip(src), self.names.ip(dst));
        let inner = packet(like, ends, network::NOTHING, &[], 0);
        (wrap(&mut self.names, headers, inner, 0), 0)
    }

    fn moved(&mut self, flow: Flow) -> (IpAddr, IpAddr) {
        let moved = self.names.flow(flow);
        (moved.src.ip, moved.dst.ip)
    }

    /// The transport in place of one whose bytes are `like`, between `ends`.
    fn transport(
        &mut self,
        decoded: &Decoded<'_>,
        like: &[u8],
        ends: (IpAddr, IpAddr),
        origin: Origin,
    ) -> Option<Transport> {
        let limits = self.limits;
        Some(match decoded {
            Decoded::Udp(datagram) => {
                let (flow, missing) = (datagram.flow, datagram.missing);
                let payload = self.media.datagram(&mut self.names, datagram);
                Transport {
                    ends: self.moved(flow),
                    protocol: network::UDP,
                    bytes: network::udp((flow.src.port, flow.dst.port), &payload, missing),
                    original: 8 + datagram.payload.len(),
                    missing,
                }
            }
            Decoded::Tcp(segment) => Transport {
                ends: self.moved(segment.flow),
                protocol: network::TCP,
                original: 4 * usize::from(like.get(12).map_or(5, |offset| offset >> 4))
                    + segment.payload.len(),
                bytes: self.streams.segment(
                    (&mut self.names, &self.media),
                    segment,
                    like,
                    origin,
                    &limits,
                ),
                missing: 0,
            },
            Decoded::Sctp(chunks) => Transport {
                ends: self.moved(chunks.flow),
                protocol: network::SCTP,
                original: like.len(),
                bytes: self.streams.sctp(&mut self.names, chunks, like, origin, &limits),
                missing: 0,
            },
            Decoded::Icmp(error) => {
                let bytes = self.undelivered(error, like)?;
                let ends = (self.names.ip(ends.0), self.names.ip(ends.1));
                let protocol = if ends.0.is_ipv4() { network::ICMP } else { network::ICMPV6 };
                Transport { ends, protocol, original: like.len(), bytes, missing: 0 }
            }
            Decoded::Fragment(_) | Decoded::Foreign => return None,
        })
    }

    /// The report that a packet was not delivered, with what it quotes of it.
    fn undelivered(&mut self, error: &IcmpError<'_>, like: &[u8]) -> Option<Vec<u8>> {
        let quoted = from(like, 8)?;
        let (length, protocol) = ip_header(quoted)?;
        let ends = self.moved(error.flow);
        let head = from(quoted, length)?;
        let inner = if error.is_udp {
            // What it quotes of a message is rarely all of it.
            let moved = match classify(error.quoted, u32::MAX) {
                Content::Sip(bytes) => self.names.message(bytes, false).unwrap_or_default(),
                _ => vec![0; error.quoted.len()],
            };
            let mut inner = head.get(..8)?.to_vec();
            inner.get_mut(6..8)?.fill(0);
            inner.extend(moved);
            inner
        } else {
            let mut inner = head.get(..head.len().min(8))?.to_vec();
            if let Some(rest) = inner.get_mut(4..) {
                rest.fill(0);
            }
            inner
        };
        // The length of the packet that is quoted stays, not that of the quote.
        let all = match quoted.first()? >> 4 {
            4 => usize::from(be16(quoted, 2)?).saturating_sub(length),
            _ => usize::from(be16(quoted, 4)?),
        };
        let missing = u32::try_from(all.saturating_sub(inner.len())).unwrap_or(0);
        let quote = packet(quoted, ends, protocol, &inner, missing);
        let kind = like.get(..2)?;
        Some([kind, &[0; 6], &quote].concat())
    }
}
