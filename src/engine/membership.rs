//! Which frames belong to chosen conversations: signalling, media, RTCP, and
//! whatever else went between the same endpoints at the same time.
//!
//! No frame is remembered per media packet. A capture is read twice more after
//! its snapshot is known: the first time ([`Membership::look`]) finds the
//! frames that carried a part of something, TCP segments and IP fragments; the
//! second ([`Membership::owners`]) decides of each frame by what is in it: the
//! Call-ID of a message, the flow and SSRC of a stream, the endpoints and the
//! time of other packets.

mod carriers;
mod media;

use hashbrown::HashMap;

use self::carriers::Carriers;
use self::media::MediaUses;
use super::Snapshot;
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::reassembly::inflate::inflate_zlib;
use crate::track::ConversationId;
use crate::wire::frame::{Datagram, Decoded, decode};
use crate::wire::hep::{Hep, kind};
use crate::wire::icmp::IcmpError;
use crate::wire::sip::{self, HeaderIndex};
use crate::wire::sniff::{Content, classify};

/// The place of a choice, of which frames are asked.
pub type Owner = u32;

/// Which frames belong to chosen conversations.
#[derive(Debug)]
pub struct Membership {
    known: Known,
    carriers: Carriers,
    owners: Vec<Owner>,
}

/// What tells whose a packet is.
#[derive(Debug)]
struct Known {
    call_ids: HashMap<Box<str>, Owner>,
    media: MediaUses,
    limits: Limits,
    index: HeaderIndex,
}

impl Membership {
    /// Knows the frames of `chosen`: of each choice, the conversations that it is of.
    pub fn new(snapshot: &Snapshot, chosen: &[Vec<ConversationId>], limits: Limits) -> Self {
        let mut call_ids = HashMap::new();
        let mut media = MediaUses::default();
        for (owner, conversations) in (0..).zip(chosen) {
            for id in conversations {
                let Some(conversation) = snapshot.conversations.get(id.0 as usize) else {
                    continue;
                };
                call_ids.insert(conversation.call_id().into(), owner);
                media.add(snapshot, *id, owner);
            }
        }
        media.exclude_others(snapshot);
        let known = Known { call_ids, media, limits, index: HeaderIndex::default() };
        Self { known, carriers: Carriers::default(), owners: Vec::new() }
    }

    /// Looks for frames that carry a part of something. All frames of the
    /// capture come here in order, then [`Membership::looked`] is called.
    pub fn look(&mut self, frame: &Frame<'_>) {
        let Ok(decoded) = decode(frame) else { return };
        self.carriers.look(&decoded, (frame.no, frame.at), &[], &mut self.known);
    }

    /// All frames have been looked at.
    pub fn looked(&mut self) {
        self.carriers.looked(&mut self.known);
    }

    /// Whose a frame is: the places of the choices, ascending.
    pub fn owners(&mut self, frame: &Frame<'_>) -> &[Owner] {
        self.owners.clear();
        self.owners.extend(self.carriers.owners(frame.no));
        if let Ok(decoded) = decode(frame) {
            let owners = &mut self.owners;
            self.known.of(&decoded, frame.at, &mut |owner| owners.push(owner));
        }
        self.owners.sort_unstable();
        self.owners.dedup();
        &self.owners
    }
}

impl Known {
    /// Whose a packet is, as far as it tells by itself.
    fn of(&mut self, decoded: &Decoded<'_>, at: Timestamp, out: &mut impl FnMut(Owner)) {
        match decoded {
            Decoded::Udp(datagram) => self.of_datagram(datagram, at, out),
            Decoded::Tcp(segment) => self.media.of_other(segment.flow, at, out),
            Decoded::Icmp(error) => self.of_error(error, at, out),
            Decoded::Sctp(_) | Decoded::Fragment(_) | Decoded::Foreign => {}
        }
    }

    fn of_datagram(&mut self, datagram: &Datagram<'_>, at: Timestamp, out: &mut impl FnMut(Owner)) {
        match classify(datagram.payload, datagram.missing) {
            Content::Sip(bytes) => {
                if let Some(owner) = self.of_message(bytes) {
                    out(owner);
                }
            }
            Content::Rtp(rtp) => self.media.of_rtp(datagram.flow, rtp.ssrc, at, out),
            Content::Hep(hep) => self.of_mirrored(&hep, at, out),
            _ => self.media.of_flow(datagram.flow, at, out),
        }
    }

    fn of_mirrored(&mut self, hep: &Hep<'_>, at: Timestamp, out: &mut impl FnMut(Owner)) {
        let inflated;
        let payload = if hep.compressed {
            inflated = inflate_zlib(hep.payload, self.limits.sip_message).unwrap_or_default();
            inflated.as_slice()
        } else {
            hep.payload
        };
        match hep.kind {
            kind::SIP => {
                if let Some(owner) = self.of_message(payload) {
                    out(owner);
                }
            }
            _ => match (self.of_correlation(hep), classify(payload, 0)) {
                (Some(owner), _) => out(owner),
                (None, Content::Rtp(rtp)) => {
                    self.media.of_rtp(hep.flow, rtp.ssrc, hep.at.unwrap_or(at), out);
                }
                _ => self.media.of_flow(hep.flow, hep.at.unwrap_or(at), out),
            },
        }
    }

    /// Whose a packet is by the id that the agent relates it by.
    fn of_correlation(&self, hep: &Hep<'_>) -> Option<Owner> {
        self.call_ids.get(&*String::from_utf8_lossy(hep.correlation?)).copied()
    }

    /// An ICMP error is of the call whose packet it quotes.
    fn of_error(&mut self, error: &IcmpError<'_>, at: Timestamp, out: &mut impl FnMut(Owner)) {
        match classify(error.quoted, u32::MAX) {
            Content::Sip(bytes) => {
                if let Some(owner) = self.of_message(bytes) {
                    out(owner);
                }
            }
            _ if error.is_udp => self.media.of_flow(error.flow, at, out),
            _ => {}
        }
    }

    /// Whose a SIP message is.
    fn of_message(&mut self, bytes: &[u8]) -> Option<Owner> {
        let message = sip::parse(bytes, &mut self.index).ok()?;
        let call_id = String::from_utf8_lossy(message.call_id()?);
        self.call_ids.get(&*call_id).copied()
    }
}
