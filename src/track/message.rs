//! A SIP message as a conversation keeps it.

use super::digest::Told;
use super::text::{Text, Texts};
use crate::base::flow::{Flow, Transport};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::wire::frame::IpFacts;
use crate::wire::malformed::Reason;
pub use crate::wire::sip::Method;
use crate::wire::sip::{self, Name, StartLine};

/// A message on its way into a conversation, still borrowing its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// The message.
    pub sip: &'a sip::Message<'a>,
    /// What it says by itself.
    pub told: Told<'a>,
    /// The frame that completed it.
    pub frame: FrameNo,
    /// When that frame was captured.
    pub at: Timestamp,
    /// From whom to whom.
    pub flow: Flow,
    /// What carried it.
    pub transport: Transport,
    /// Facts of the IP header of the packet that completed it.
    pub ip: IpFacts,
}

/// What became of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kept {
    /// It belongs to no conversation.
    #[default]
    Nothing,
    /// It was kept.
    Message,
    /// It was kept as another copy of one that the capture holds already.
    Copy,
    /// It was not kept, for a cap.
    Not(Reason),
}

/// A request's method or a response's status code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Start {
    /// A request.
    Request(Method),
    /// A response.
    Response(u16),
}

/// A message kept: what a ladder shows of it, and where to read the rest.
#[derive(Clone, Debug)]
pub struct Message {
    /// The frame that completed it.
    pub frame: FrameNo,
    /// When that frame was captured.
    pub at: Timestamp,
    /// What it is.
    pub start: Start,
    /// The number of its CSeq, if that could be read.
    pub cseq_number: Option<u32>,
    /// The method of its CSeq.
    pub cseq_method: Method,
    /// The message that it repeats, as an index into the conversation.
    pub retransmission_of: Option<u32>,
    /// The message whose packet it is once more, as an index into the
    /// conversation: the capture saw it at several interfaces, or in a tunnel
    /// and out of it.
    pub copy_of: Option<u32>,
    /// Bytes from the start line to the end of the body.
    pub size_bytes: u32,
    /// What carried it.
    pub transport: Transport,
    /// Whether its body describes a session.
    pub has_sdp: bool,
    /// Its Vias: one on the hop of who sent the request, one more on each further hop.
    pub vias: u8,
    /// Time to live of its packet: lower at each point behind a router.
    pub ttl: u8,
    /// User-Agent or Server, empty if it has none.
    pub(super) agent: Text,
    /// From whom to whom, as an index into the conversation's flows.
    pub(super) flow: u16,
    pub(super) tags: Tags,
    pub(super) upstream: Text,
    pub(super) branch: Text,
    /// The method of a request that siplens does not know; the reason phrase of a response.
    pub(super) phrase: Text,
    /// The method of the CSeq, where siplens does not know it.
    pub(super) cseq_text: Text,
    pub(super) fingerprint: u64,
    ip_id: u32,
}

/// The tags of From and To, as places in the conversation's list of tags; 0 is
/// none, 255 one beyond the cap of that list.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Tags {
    pub(super) from: u8,
    pub(super) to: u8,
}

impl Tags {
    /// The place of From's tag.
    pub const fn from(self) -> u8 {
        self.from
    }

    /// The place of To's tag.
    pub const fn to(self) -> u8 {
        self.to
    }
}

/// A copy comes within this of its original; a retransmission does not, as T1
/// is 500 ms (RFC 3261 section 17.1.1.1).
const COPY_WINDOW: Span = Span::from_millis(100);
/// The same, where the IP id does not tell.
const BLIND_COPY_WINDOW: Span = Span::from_millis(5);
/// Retransmissions come within 64 times T1 (RFC 3261 section 17); this is twice that.
const RETRANSMISSION_WINDOW: Span = Span::from_secs(64);
/// Messages looked at to find the original of a retransmission.
const LOOK_BACK: usize = 512;

/// Vias looked at to find the hop before.
const MAX_HOPS: usize = 16;

impl Message {
    /// Keeps an arrived message; `earlier` are the messages before it.
    pub(super) fn keep(
        arrived: &Arrived<'_>,
        flow: u16,
        tags: Tags,
        earlier: &[Self],
        texts: &mut Texts,
    ) -> Self {
        let sip = arrived.sip;
        let fingerprint = arrived.told.fingerprint();
        let cseq = sip.cseq();
        let branch = sip.branch().unwrap_or_default();
        let same_branch = earlier.iter().rev().take(8).map(|message| message.branch);
        let same_branch =
            same_branch.into_iter().find(|text| texts.get(*text).as_bytes() == branch);
        let upstream = upstream(arrived, earlier, texts);
        let recent = earlier.iter().rev().take(8);
        let same_upstream = recent
            .flat_map(|message| [message.branch, message.upstream])
            .find(|text| texts.get(*text).as_bytes() == upstream);
        let (start, phrase) = match sip.start {
            StartLine::Request { method: Method::Other, method_text, .. } => {
                (Start::Request(Method::Other), texts.put(method_text))
            }
            StartLine::Request { method, .. } => (Start::Request(method), Text::default()),
            StartLine::Response { status, reason } => (Start::Response(status), texts.put(reason)),
        };
        let agent =
            sip.line(Name::UserAgent).or_else(|| sip.line(Name::Server)).unwrap_or_default();
        let mut recent = earlier.iter().rev().take(8).map(|message| message.agent);
        let same_agent = recent.find(|text| texts.get(*text).as_bytes() == agent.as_ref());
        let (copy_of, retransmission_of) = match original(fingerprint, arrived.at, earlier) {
            Some((first, latest)) if is_copy(latest, arrived) => (Some(first), None),
            Some((first, _)) => (None, Some(first)),
            None => (None, None),
        };
        Self {
            frame: arrived.frame,
            at: arrived.at,
            start,
            cseq_number: cseq.map(|cseq| cseq.number),
            cseq_method: cseq.map_or(Method::Other, |cseq| cseq.method),
            retransmission_of,
            copy_of,
            size_bytes: u32::try_from(sip.bytes.len()).unwrap_or(u32::MAX),
            transport: arrived.transport,
            has_sdp: arrived.told.has_sdp(),
            vias: u8::try_from(sip.via_count()).unwrap_or(u8::MAX),
            ttl: arrived.ip.ttl,
            agent: same_agent.unwrap_or_else(|| texts.put(&agent)),
            flow,
            tags,
            upstream: same_upstream.unwrap_or_else(|| texts.put(upstream)),
            branch: same_branch.unwrap_or_else(|| texts.put(branch)),
            phrase,
            cseq_text: match cseq {
                Some(cseq) if cseq.method == Method::Other => texts.put(cseq.method_text),
                _ => Text::default(),
            },
            fingerprint,
            ip_id: arrived.ip.id,
        }
    }

    /// The status code of a response.
    pub const fn status(&self) -> Option<u16> {
        match self.start {
            Start::Response(status) => Some(status),
            Start::Request(_) => None,
        }
    }

    /// The method of a request.
    pub const fn method(&self) -> Option<Method> {
        match self.start {
            Start::Request(method) => Some(method),
            Start::Response(_) => None,
        }
    }

    /// Whether this is the first copy.
    pub const fn is_first_copy(&self) -> bool {
        self.retransmission_of.is_none() && self.copy_of.is_none()
    }
}

/// The branch of the hop before: of the second Via, or where that hop was not
/// captured, of the nearest one that was.
fn upstream<'a>(arrived: &Arrived<'a>, earlier: &[Message], texts: &Texts) -> &'a [u8] {
    let mut branches = arrived.sip.upstream_branches().take(MAX_HOPS);
    let Some(second) = branches.next() else { return &[] };
    let is_known = |branch: &&[u8]| {
        let recent = earlier.iter().rev().take(LOOK_BACK);
        recent.into_iter().any(|message| texts.get(message.branch).as_bytes() == *branch)
    };
    let mut further = branches.peekable();
    if further.peek().is_none() || is_known(&second) {
        return second;
    }
    further.find(is_known).unwrap_or(second)
}

/// Of the messages with that fingerprint that are near enough in time: the
/// index of the first, and the latest.
fn original(fingerprint: u64, at: Timestamp, earlier: &[Message]) -> Option<(u32, &Message)> {
    let first_considered = earlier.len().saturating_sub(LOOK_BACK);
    let recent = earlier.iter().enumerate().skip(first_considered).rev();
    let mut recent =
        recent.take_while(|(_, message)| at.since(message.at) <= RETRANSMISSION_WINDOW);
    let (index, same) = recent.find(|(_, message)| message.fingerprint == fingerprint)?;
    // A copy of a copy points at the first.
    let first = same.retransmission_of.or(same.copy_of);
    Some((first.or_else(|| u32::try_from(index).ok())?, same))
}

/// Whether a message is the same packet once more rather than sent again: it
/// comes at once and has the same IP id. Where there is none to compare (IPv6,
/// senders that always write 0, TCP's segments, which may be cut otherwise), it
/// must have passed a router in between, which lowers its time to live, or come
/// sooner than anything that a peer could have prompted.
fn is_copy(before: &Message, arrived: &Arrived<'_>) -> bool {
    let later = arrived.at.since(before.at);
    let comparable =
        arrived.transport == Transport::Udp && arrived.flow.src.ip.is_ipv4() && arrived.ip.id != 0;
    if comparable {
        before.ip_id == arrived.ip.id && later < COPY_WINDOW
    } else if before.ttl != arrived.ip.ttl {
        later < COPY_WINDOW
    } else {
        later < BLIND_COPY_WINDOW
    }
}
