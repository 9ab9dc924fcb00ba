//! Who is in a capture, what each address does, and who talks to whom.
//!
//! A role is what behaviour shows, with the frames that show it: a proxy is
//! what passes a request on with one Via more, a registrar what answers a
//! REGISTER. One address may have several roles. Read from conversations and
//! streams once everything was seen, and not kept by them.

mod media;
pub mod reach;
mod walk;

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use self::reach::Reach;
use super::ConversationId;
use super::conversation::Conversation;
use super::message::Method;
use super::stream::StreamList;
use crate::base::flow::{Endpoint, Transport};
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::malformed::Reason;

/// An address, or one port of it where several ports of one address talk to
/// each other: several elements on one host.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The address.
    pub ip: IpAddr,
    /// The port, where the address alone does not tell.
    pub port: Option<u16>,
}

/// What an address does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Role {
    /// Begins or answers requests itself (RFC 3261 section 6).
    UserAgent,
    /// Passes requests on (RFC 3261 section 16).
    Proxy,
    /// Answers REGISTERs (RFC 3261 section 10).
    Registrar,
    /// Answers INVITEs with where else to try (RFC 3261 section 8.3).
    RedirectServer,
    /// Ends a call and begins another because of it (RFC 7092).
    B2bua,
    /// A back-to-back user agent that also relays the media (RFC 5853).
    SessionBorderController,
    /// Passes RTP on.
    MediaRelay,
    /// Answers SUBSCRIBE or PUBLISH (RFC 6665, RFC 3903).
    Notifier,
}

impl Role {
    /// Every role, in the order of reports.
    pub const ALL: [Self; 8] = [
        Self::UserAgent,
        Self::Proxy,
        Self::Registrar,
        Self::RedirectServer,
        Self::B2bua,
        Self::SessionBorderController,
        Self::MediaRelay,
        Self::Notifier,
    ];

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserAgent => "user_agent",
            Self::Proxy => "proxy",
            Self::Registrar => "registrar",
            Self::RedirectServer => "redirect_server",
            Self::B2bua => "b2bua",
            Self::SessionBorderController => "session_border_controller",
            Self::MediaRelay => "media_relay",
            Self::Notifier => "notifier",
        }
    }
}

/// A frame, and what it shows.
pub type Shown = (FrameNo, String);

/// Frames kept for one role.
const MAX_EVIDENCE: usize = 4;
/// Names of software kept of one address.
const MAX_AGENTS: usize = 8;
/// Ports kept of one address.
const MAX_PORTS: usize = 16;

/// A role and how often and where it showed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Evidence {
    /// How often.
    pub count: u64,
    /// The first frames that show it.
    pub first: Vec<Shown>,
}

impl Evidence {
    fn note(&mut self, frame: FrameNo, text: impl FnOnce() -> String) {
        self.count += 1;
        if self.first.len() < MAX_EVIDENCE {
            self.first.push((frame, text()));
        }
    }
}

/// An address and what it did.
#[derive(Clone, Debug, Default)]
pub struct Element {
    /// Ports that it signalled from or at, as far as kept.
    pub ports: Vec<u16>,
    /// What it showed of each role; no entry where nothing did.
    pub roles: HashMap<Role, Evidence>,
    /// What shows that, as a proxy, it keeps transactions.
    pub stateful: Evidence,
    /// What shows that it keeps none.
    pub stateless: Evidence,
    /// Its own User-Agent and Server values.
    pub agents: Vec<String>,
    /// SIP messages that it sent.
    pub sent: u64,
    /// SIP messages that it received.
    pub received: u64,
    /// Calls that it placed.
    pub calls_placed: u64,
    /// Calls that it was called by.
    pub calls_received: u64,
    /// Registrations that it asked for.
    pub registrations: u64,
    /// RTP streams that it sent.
    pub streams_sent: u64,
    /// RTP streams that it received.
    pub streams_received: u64,
    /// When it was first and last seen.
    pub seen: Option<(Timestamp, Timestamp)>,
}

impl Element {
    /// The roles that it showed, in order.
    pub fn shown(&self) -> impl Iterator<Item = (Role, &Evidence)> {
        Role::ALL.iter().filter_map(|role| Some((*role, self.roles.get(role)?)))
    }

    fn note(&mut self, role: Role, frame: FrameNo, text: impl FnOnce() -> String) {
        self.roles.entry(role).or_default().note(frame, text);
    }

    fn seen_at(&mut self, at: Timestamp) {
        self.seen = Some(self.seen.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }
}

/// What went from one address to another.
#[derive(Clone, Debug, Default)]
pub struct Link {
    /// SIP requests.
    pub requests: u64,
    /// Requests by method, in order of appearance.
    pub methods: Vec<(Method, u64)>,
    /// Responses that came back.
    pub responses: u64,
    /// INVITEs outside a dialog, challenged ones and their successors each.
    pub invites: u64,
    /// What carried SIP.
    pub transports: Vec<Transport>,
    /// RTP streams.
    pub streams: u64,
    /// Packets of those.
    pub rtp_packets: u64,
    /// The first frame.
    pub first_frame: FrameNo,
    /// When it was first and last seen.
    pub seen: Option<(Timestamp, Timestamp)>,
}

/// Everybody, and who talks to whom.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// By address, in order of appearance.
    pub elements: Vec<(Place, Element)>,
    /// By sender and receiver, as indexes into `elements`, in order of appearance.
    pub links: Vec<((u32, u32), Link)>,
    /// How OPTIONS fared, by who asked and who was asked, in order of appearance.
    pub reach: Vec<((u32, u32), Reach)>,
    /// Addresses beyond the cap.
    elements_dropped: HashSet<Place>,
    /// Links beyond the cap.
    links_dropped: HashSet<(u32, u32)>,
    element_at: HashMap<Place, u32>,
    link_at: HashMap<(u32, u32), u32>,
    reach_at: HashMap<(u32, u32), u32>,
    /// Addresses with several elements.
    shared: HashSet<IpAddr>,
    max_elements: usize,
    max_links: usize,
}

impl Survey {
    /// Nobody yet; as many as the limits say are told apart.
    pub fn new(limits: &Limits) -> Self {
        Self { max_elements: limits.endpoints, max_links: limits.links, ..Self::default() }
    }

    /// Looks over what was learned, all or the next part of it. `legs` are pairs
    /// of calls of which the later was begun because of the earlier; `now` is the
    /// end of what was seen. That an address has several elements is known from
    /// the part on in which two of them talk to each other.
    pub fn add(
        &mut self,
        conversations: &[Conversation],
        streams: &StreamList,
        legs: &[(ConversationId, ConversationId)],
        now: Timestamp,
    ) {
        for flow in conversations.iter().flat_map(Conversation::flows) {
            if flow.src.ip == flow.dst.ip {
                self.shared.insert(flow.src.ip);
            }
        }
        for conversation in conversations {
            walk::walk(self, conversation, now);
        }
        media::take(self, conversations, streams, legs);
    }

    /// Whether a survey may meet more addresses or links than are kept; where it is not so, none
    /// is dropped.
    pub fn may_overflow(
        conversations: &[Conversation],
        streams: &StreamList,
        limits: &Limits,
    ) -> bool {
        let flows = conversations.iter().map(|conversation| conversation.flows().len());
        let most = flows.sum::<usize>() + streams.len();
        most.saturating_mul(2) > limits.endpoints || most > limits.links
    }

    /// How many addresses are beyond the cap.
    pub fn elements_dropped(&self) -> u64 {
        self.elements_dropped.len() as u64
    }

    /// How many links between addresses kept are beyond the cap.
    pub fn links_dropped(&self) -> u64 {
        self.links_dropped.len() as u64
    }

    /// What the caps turned away, by reason.
    pub fn dropped(&self) -> [(Reason, u64); 2] {
        [
            (Reason::TrackEndpointsFull, self.elements_dropped()),
            (Reason::TrackLinksFull, self.links_dropped()),
        ]
    }

    /// Where an endpoint belongs.
    fn place(&self, endpoint: Endpoint) -> Place {
        let port = self.shared.contains(&endpoint.ip).then_some(endpoint.port);
        Place { ip: endpoint.ip, port }
    }

    /// The element of an endpoint; `None` where the table is full.
    fn element(&mut self, endpoint: Endpoint) -> Option<u32> {
        let place = self.place(endpoint);
        if let Some(known) = self.element_at.get(&place) {
            return Some(*known);
        }
        let index = u32::try_from(self.elements.len()).ok()?;
        if self.elements.len() >= self.max_elements {
            self.elements_dropped.insert(place);
            return None;
        }
        self.element_at.insert(place, index);
        self.elements.push((place, Element::default()));
        Some(index)
    }

    fn get(&mut self, index: u32) -> Option<&mut Element> {
        self.elements.get_mut(index as usize).map(|(_, element)| element)
    }

    /// The link between two elements; `None` where the table is full.
    fn link(&mut self, between: (u32, u32), frame: FrameNo, at: Timestamp) -> Option<&mut Link> {
        let index = match self.link_at.get(&between) {
            Some(known) => *known,
            None if self.links.len() >= self.max_links => {
                self.links_dropped.insert(between);
                return None;
            }
            None => {
                let index = u32::try_from(self.links.len()).ok()?;
                self.link_at.insert(between, index);
                self.links.push((between, Link { first_frame: frame, ..Link::default() }));
                index
            }
        };
        let link = &mut self.links.get_mut(index as usize)?.1;
        link.seen = Some(link.seen.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
        Some(link)
    }

    fn reach(&mut self, between: (u32, u32)) -> Option<&mut Reach> {
        let index = match self.reach_at.get(&between) {
            Some(known) => *known,
            None if self.reach.len() >= self.max_links => {
                self.links_dropped.insert(between);
                return None;
            }
            None => {
                let index = u32::try_from(self.reach.len()).ok()?;
                self.reach_at.insert(between, index);
                self.reach.push((between, Reach::default()));
                index
            }
        };
        self.reach.get_mut(index as usize).map(|(_, reach)| reach)
    }
}
