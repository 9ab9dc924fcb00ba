//! What the frames of a chunk hold, found without knowing anything of the
//! frames before them: the part of the work that any number of threads can do
//! at once, chunk by chunk.

use crate::base::chunk::Chunk;
use crate::base::flow::Flow;
use crate::base::frame::Frame;
use crate::base::id::{FrameNo, Ssrc};
use crate::base::time::Timestamp;
use crate::track::digest::{Digests, Told};
use crate::track::stream::MediaPacket;
use crate::wire::frame::{Datagram, Decoded, IpFacts, decode, plain};
use crate::wire::malformed::Malformed;
use crate::wire::rtp::{PlainHeader, Rtp};
use crate::wire::sip::{self, Field, HeaderIndex, Message, Outline};
use crate::wire::sniff::{Content, classify, whole_rtp};

/// What a frame holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sight<'a> {
    /// What passes RTP's header check, in a datagram.
    Rtp(Rtp<'a>, Datagram<'a>),
    /// Anything else in a datagram.
    Datagram(Content<'a>, Datagram<'a>),
    /// Something for which it matters what came before.
    Other(Decoded<'a>),
    /// What cannot be read.
    Malformed(Malformed),
}

/// Looks at a frame.
#[inline]
pub(super) fn look<'a>(frame: &Frame<'a>) -> Sight<'a> {
    match decode(frame) {
        Ok(Decoded::Udp(datagram)) => match classify(datagram.payload, datagram.missing) {
            Content::Rtp(rtp) => Sight::Rtp(rtp, datagram),
            content => Sight::Datagram(content, datagram),
        },
        Ok(decoded) => Sight::Other(decoded),
        Err(malformed) => Sight::Malformed(malformed),
    }
}

/// An RTP packet of a chunk, with all that is looked at in most of them: whoever
/// follows its stream may work on another processor than who sorted, which has
/// the bytes of the frame near.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// The frame's place in the chunk.
    pub(super) frame: u32,
    /// The datagram's place in the bytes of the chunk.
    start: u32,
    len: u32,
    missing: u32,
    pub(super) flow: Flow,
    pub(super) ssrc: Ssrc,
    ip: IpFacts,
    header: Option<PlainHeader>,
    no: FrameNo,
    at: Timestamp,
}

/// A SIP message of a chunk, in a datagram.
#[derive(Debug)]
pub(super) struct SipItem {
    start: u32,
    len: u32,
    /// Bytes that the capture cut off.
    pub(super) missing: u32,
    pub(super) flow: Flow,
    pub(super) ip: IpFacts,
    outline: Outline,
    fields: (u32, u32),
}

/// What is left to do with a frame, in the order of the frames.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    /// A SIP message, by its place among those of the chunk.
    Sip(u32),
    /// What may be other media.
    Other(Flow, u32),
    /// To be looked at again where it is known what came before.
    Again,
}

/// What the frames of a chunk hold.
#[derive(Debug)]
pub struct Sorted {
    /// The RTP packets, by the shard that follows their hosts.
    media: Vec<Vec<Item>>,
    /// The frames with which something is left to do.
    pub(super) steps: Vec<(u32, Step)>,
    /// The SIP messages in datagrams, and what each says by itself.
    messages: Vec<SipItem>,
    digests: Digests,
    fields: Vec<Field>,
    index: HeaderIndex,
    pub(super) packets: u64,
    pub(super) other_packets: u64,
    pub(super) stun_packets: u64,
    /// The earliest and the latest time of a frame.
    pub(super) span: Option<(Timestamp, Timestamp)>,
}

/// The shard of `shards` that follows the streams between two hosts: both
/// directions, RTCP and what repairs lost packets look for each other there.
#[inline]
pub(super) fn shard_of(flow: &Flow, shards: usize) -> usize {
    let spread = (u128::from(flow.hosts()) * shards as u128) >> 64;
    usize::try_from(spread).unwrap_or(0)
}

impl Sorted {
    /// For media that go to that many shards; what messages say is put into `digests`.
    pub(super) fn new(shards: usize, digests: Digests) -> Self {
        Self {
            media: vec![Vec::new(); shards],
            steps: Vec::new(),
            messages: Vec::new(),
            digests,
            fields: Vec::new(),
            index: HeaderIndex::default(),
            packets: 0,
            other_packets: 0,
            stun_packets: 0,
            span: None,
        }
    }

    /// Sorts the frames of a chunk; what was there before is forgotten.
    pub fn sort(&mut self, chunk: &Chunk) {
        self.media.iter_mut().for_each(Vec::clear);
        self.steps.clear();
        self.messages.clear();
        self.digests.clear();
        self.fields.clear();
        (self.packets, self.other_packets, self.stun_packets) = (chunk.len() as u64, 0, 0);
        self.span = None;
        for (index, frame) in (0..).zip(chunk.frames()) {
            let (first, last) = self.span.unwrap_or((frame.at, frame.at));
            self.span = Some((first.min(frame.at), last.max(frame.at)));
            self.frame(index, &frame, chunk.bytes());
        }
    }

    #[inline]
    fn frame(&mut self, index: u32, frame: &Frame<'_>, chunk: &[u8]) {
        // What most frames are is looked for first, and by itself: what is found goes from
        // registers to its place in the list.
        if let Some(datagram) = plain(frame)
            && let Some(rtp) = whole_rtp(datagram.payload)
        {
            self.rtp(index, frame, (&rtp, &datagram), chunk);
            return;
        }
        match look(frame) {
            Sight::Rtp(rtp, datagram) => self.rtp(index, frame, (&rtp, &datagram), chunk),
            Sight::Datagram(Content::Sip(bytes), datagram) => {
                let step = self.message(frame, bytes, &datagram).map_or(Step::Again, Step::Sip);
                self.steps.push((index, step));
            }
            Sight::Datagram(Content::Stun, _) => self.stun_packets += 1,
            Sight::Datagram(
                Content::Dtls | Content::Zrtp | Content::KeepAlive | Content::Other,
                datagram,
            ) => {
                self.other_packets += 1;
                self.steps.push((index, Step::Other(datagram.flow, datagram.ip.len)));
            }
            Sight::Other(Decoded::Foreign) => self.other_packets += 1,
            Sight::Datagram(..) | Sight::Other(_) | Sight::Malformed(_) => {
                self.steps.push((index, Step::Again));
            }
        }
    }

    #[inline]
    fn rtp(
        &mut self,
        index: u32,
        frame: &Frame<'_>,
        found: (&Rtp<'_>, &Datagram<'_>),
        chunk: &[u8],
    ) {
        self.other_packets += 1;
        let shard = shard_of(&found.1.flow, self.media.len());
        if let Some(items) = self.media.get_mut(shard) {
            items.push(Item::new(index, frame, found, chunk));
        }
    }

    /// Reads a message; its place, or `None` when it cannot be read.
    fn message(&mut self, frame: &Frame<'_>, bytes: &[u8], datagram: &Datagram<'_>) -> Option<u32> {
        let message = sip::parse(bytes, &mut self.index).ok()?;
        let (outline, fields) = message.outline();
        let first = self.fields.len();
        self.fields.extend_from_slice(fields);
        self.digests.push(&message, datagram.flow);
        let end = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, len) = place(frame.bytes, bytes);
        let number = end(self.messages.len());
        self.messages.push(SipItem {
            start,
            len,
            missing: datagram.missing,
            flow: datagram.flow,
            ip: datagram.ip,
            outline,
            fields: (end(first), end(self.fields.len())),
        });
        Some(number)
    }

    /// A message that was read: where it is, its bytes, and what it says by itself.
    #[inline]
    pub(super) fn sip<'a>(
        &'a self,
        place: u32,
        frame: &Frame<'a>,
    ) -> Option<(&'a SipItem, &'a [u8], Message<'a>, Told<'a>)> {
        let item = self.messages.get(place as usize)?;
        let bytes = part(frame.bytes, item.start, item.len)?;
        let fields = self.fields.get(item.fields.0 as usize..item.fields.1 as usize)?;
        let message = Message::of_outline(bytes, &item.outline, fields)?;
        Some((item, bytes, message, self.digests.get(place as usize)?))
    }

    /// Whether there is any RTP for a shard.
    pub fn has_media(&self, shard: usize) -> bool {
        !self.media(shard).is_empty()
    }

    /// The RTP packets that a shard follows, in order.
    pub(super) fn media(&self, shard: usize) -> &[Item] {
        self.media.get(shard).map(Vec::as_slice).unwrap_or_default()
    }
}

impl Item {
    /// A packet in a datagram in a frame in the bytes of a chunk.
    #[inline]
    fn new(
        index: u32,
        frame: &Frame<'_>,
        (rtp, datagram): (&Rtp<'_>, &Datagram<'_>),
        chunk: &[u8],
    ) -> Self {
        let &Datagram { flow, payload, missing, ip } = datagram;
        let (start, len) = place(chunk, payload);
        let (header, ssrc) = (rtp.plain_header(payload.len()), rtp.ssrc);
        let (no, at) = (frame.no, frame.at);
        Self { frame: index, start, len, missing, flow, ssrc, ip, header, no, at }
    }

    /// The packet, in the bytes of its chunk.
    #[inline]
    pub(super) fn packet<'a>(&self, chunk: &'a [u8]) -> Option<MediaPacket<'a>> {
        let bytes = part(chunk, self.start, self.len)?;
        let rtp = match self.header {
            Some(header) => Rtp::with_plain_header(header, bytes),
            None => Rtp::parse(bytes, self.missing)?,
        };
        let (octets, flow, ip) = (octets(&rtp, self.missing), self.flow, self.ip);
        Some(MediaPacket { rtp, octets, flow, frame: self.no, at: self.at, ip })
    }
}

/// Octets of a packet's payload, with those that the capture cut off.
#[inline]
pub(super) fn octets(rtp: &Rtp<'_>, missing: u32) -> u32 {
    u32::try_from(rtp.payload.len()).unwrap_or(u32::MAX).saturating_add(missing)
}

/// Where in some bytes a part of them is.
#[inline]
fn place(bytes: &[u8], part: &[u8]) -> (u32, u32) {
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    (place(part.as_ptr().addr().saturating_sub(bytes.as_ptr().addr())), place(part.len()))
}

#[inline]
fn part(bytes: &[u8], start: u32, len: u32) -> Option<&[u8]> {
    bytes.get(start as usize..)?.get(..len as usize)
}
