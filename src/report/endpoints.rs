//! Who is in the capture, what each address does, and who talks to whom.

use std::net::IpAddr;
use std::sync::OnceLock;

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::capture::ProblemRow;
use super::rows::Rows;
use super::traffic::{self, Traffic};
use super::value::FrameRef;
use crate::base::flow::{Endpoint, Transport};
use crate::base::time::Span;
use crate::engine::Snapshot;
use crate::track::message::Method;
use crate::track::survey::reach::Reach;
use crate::track::survey::{Element, Evidence, Link, Place, Role, Shown, Survey};

/// Everybody, and who talks to whom: the document of `siplens topology --json`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Topology<'a> {
    /// Addresses in the order of their first messages.
    pub endpoints: Rows<'a, EndpointRow>,
    /// What went between two of them, in the order of the first frames.
    pub links: Rows<'a, LinkRow>,
    /// Addresses beyond the cap: counted, not listed.
    pub endpoints_dropped: u64,
    /// Links beyond the cap.
    pub links_dropped: u64,
}

/// An address and what it does.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct EndpointRow {
    /// Stable within the report: `endpoint-1`.
    pub id: String,
    /// The address.
    pub address: IpAddr,
    /// The port, where several ports of one address talk to each other and so are several
    /// elements; else null.
    pub port: Option<u16>,
    /// What the user calls it.
    pub name: Option<String>,
    /// Ports that it signals from or at.
    pub ports: Vec<u16>,
    /// What it does, as its behaviour shows.
    pub roles: Vec<RoleRow>,
    /// Its own User-Agent and Server values.
    pub user_agents: Vec<String>,
    /// SIP messages that it sent and received.
    pub messages: DirectionsRow,
    /// Calls that it placed and received; of a proxy none, as they are not its own.
    pub calls: CallsRow,
    /// Registrations that it asked for.
    pub registrations: u64,
    /// SIP messages that it sent again.
    pub retransmissions: u64,
    /// What carried its SIP.
    pub transports: Vec<&'static str>,
    /// RTP streams that it sent and received.
    pub streams: DirectionsRow,
    /// RTP packets that it sent and received.
    pub packets: DirectionsRow,
    /// Lowest MOS-LQ of the streams that reached it.
    pub mos_received: Option<f64>,
    /// How its OPTIONS to others fared, by peer.
    pub reachability: Vec<ReachRow>,
    /// When it was first seen.
    pub first_time: Option<String>,
    /// When it was last seen.
    pub last_time: Option<String>,
}

/// Something sent and received.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct DirectionsRow {
    /// Sent.
    pub sent: u64,
    /// Received.
    pub received: u64,
}

/// Calls of an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CallsRow {
    /// Legs that it placed.
    pub placed: u64,
    /// Legs that it was called by.
    pub received: u64,
    /// Of these, those that were answered.
    pub answered: u64,
    /// Those that were refused, failed, timed out or were redirected to nowhere.
    pub failed: u64,
}

/// A role that an address showed.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct RoleRow {
    /// `user_agent`, `proxy`, `registrar`, `redirect_server`, `b2bua`,
    /// `session_border_controller`, `media_relay` or `notifier`.
    #[schemars(extend("enum" = ["user_agent", "proxy", "registrar", "redirect_server", "b2bua",
        "session_border_controller", "media_relay", "notifier"]))]
    pub role: &'static str,
    /// Of a proxy, whether it keeps transactions (RFC 3261 section 16.2); null where nothing shows it.
    pub stateful: Option<bool>,
    /// How often it showed.
    pub count: u64,
    /// The first frames that show it.
    pub evidence: Vec<ShownRow>,
}

impl RoleRow {
    /// In words: `stateful proxy`.
    pub fn words(&self) -> String {
        let name = self.role.replace('_', " ");
        match self.stateful {
            Some(true) => format!("stateful {name}"),
            Some(false) => format!("stateless {name}"),
            None => name,
        }
    }
}

/// A frame, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ShownRow {
    /// The frame.
    pub frame: FrameRef,
    /// What it shows.
    pub text: String,
}

/// How OPTIONS to one peer fared.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ReachRow {
    /// The peer's address.
    pub peer: IpAddr,
    /// The peer's port, where the address alone does not tell.
    pub peer_port: Option<u16>,
    /// `reachable`, `unreachable` or `unknown`, as the latest OPTIONS that is decided shows.
    #[schemars(extend("enum" = ["reachable", "unreachable", "unknown"]))]
    pub state: &'static str,
    /// When that state began.
    pub since: Option<String>,
    /// OPTIONS, without retransmissions.
    pub requests: u64,
    /// Those answered, with any final status.
    pub answered: u64,
    /// Those without answer within 32 s (Timer F), or refused by ICMP.
    pub unanswered: u64,
    /// Unanswered ones since the last answer.
    pub unanswered_in_a_row: u64,
    /// Changes between reachable and unreachable.
    pub changes: u64,
    /// Round trips of those answered.
    pub round_trip_ms: RoundTripRow,
    /// Status of the latest answer.
    pub last_status: Option<u16>,
    /// The frame of the latest OPTIONS that is decided.
    pub last_frame: Option<FrameRef>,
}

/// Round trips in ms.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct RoundTripRow {
    /// Least.
    pub min: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
    /// Latest.
    pub last: Option<f64>,
}

/// What one address sent to another.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LinkRow {
    /// Who asks, or sends media: an endpoint's id.
    pub from: String,
    /// Who is asked, or receives them.
    pub to: String,
    /// SIP requests, with retransmissions.
    pub requests: u64,
    /// Requests by method, in order of appearance.
    pub methods: Vec<MethodRow>,
    /// Responses that came back.
    pub responses: u64,
    /// INVITEs outside a dialog and inside, without retransmissions.
    pub invites: u64,
    /// What carried SIP.
    pub transports: Vec<&'static str>,
    /// RTP streams.
    pub streams: u64,
    /// Packets of those.
    pub rtp_packets: u64,
    /// The first frame.
    pub first_frame: FrameRef,
    /// When it was first seen.
    pub first_time: Option<String>,
    /// When it was last seen.
    pub last_time: Option<String>,
}

/// Requests of one method.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct MethodRow {
    /// The method; `other` for those that siplens does not know.
    pub method: &'static str,
    /// Requests.
    pub count: u64,
}

/// Everybody, and who talks to whom.
pub fn topology<'a>(context: &'a Context<'a>) -> Topology<'a> {
    let survey = context.survey();
    Topology {
        endpoints: endpoints(context),
        links: Rows::new(survey.links.len(), move |index| {
            let ((from, to), link) = context.survey().links.get(index)?;
            Some(link_row(context, (*from, *to), link))
        }),
        endpoints_dropped: survey.elements_dropped(),
        links_dropped: survey.links_dropped(),
    }
}

/// The addresses alone. Nothing is looked over before it is asked for.
pub(super) fn endpoints<'a>(context: &'a Context<'a>) -> Rows<'a, EndpointRow> {
    let fared: OnceLock<Vec<Traffic>> = OnceLock::new();
    Rows::late(
        || context.survey().elements.len(),
        move |index| {
            let survey = context.survey();
            let (place, element) = survey.elements.get(index)?;
            let fared = fared.get_or_init(|| traffic::of(context, survey)).get(index)?;
            Some(endpoint(context, index, *place, (element, fared)))
        },
    )
}

/// Addresses and links beyond the caps; nobody is looked over where there can be none.
pub(super) fn problems(context: &Context<'_>) -> Vec<ProblemRow> {
    let Snapshot { conversations, streams, limits, .. } = context.snapshot;
    if !Survey::may_overflow(conversations, streams, limits) {
        return Vec::new();
    }
    let dropped = context.survey().dropped().into_iter().filter(|(_, count)| *count > 0);
    dropped
        .map(|(reason, count)| ProblemRow {
            code: reason.code().to_owned(),
            layer: reason.layer().to_owned(),
            count,
            first_frame: None,
            text: reason.text().to_owned(),
        })
        .collect()
}

fn name(index: usize) -> String {
    format!("endpoint-{}", index + 1)
}

fn endpoint(
    context: &Context<'_>,
    index: usize,
    place: Place,
    (element, fared): (&Element, &Traffic),
) -> EndpointRow {
    let time = |at| context.time(at);
    EndpointRow {
        id: name(index),
        address: place.ip,
        port: place.port,
        name: context.host_name(Endpoint::new(place.ip, place.port.unwrap_or(0))),
        ports: element.ports.clone(),
        roles: element
            .shown()
            .map(|(role, shown)| role_row(context, element, role, shown))
            .collect(),
        user_agents: element.agents.clone(),
        messages: DirectionsRow { sent: element.sent, received: element.received },
        calls: CallsRow {
            placed: element.calls_placed,
            received: element.calls_received,
            answered: fared.answered,
            failed: fared.failed,
        },
        retransmissions: fared.retransmissions,
        transports: fared.transports.clone(),
        packets: DirectionsRow { sent: fared.packets_sent, received: fared.packets_received },
        mos_received: fared.mos_received,
        registrations: element.registrations,
        streams: DirectionsRow { sent: element.streams_sent, received: element.streams_received },
        reachability: context
            .survey()
            .reach
            .iter()
            .filter(|((from, _), _)| *from as usize == index)
            .filter_map(|((_, to), reach)| reach_row(context, *to, reach))
            .collect(),
        first_time: element.seen.map(|(first, _)| time(first)),
        last_time: element.seen.map(|(_, last)| time(last)),
    }
}

fn role_row(context: &Context<'_>, element: &Element, role: Role, shown: &Evidence) -> RoleRow {
    let row = |(frame, text): &Shown| ShownRow { frame: context.frame(*frame), text: text.clone() };
    let mut evidence: Vec<_> = shown.first.iter().map(row).collect();
    // To keep transactions shows in one message, to keep none only where nothing speaks against it.
    let stateful = match (element.stateful.count, element.stateless.count) {
        _ if role != Role::Proxy => None,
        (1.., _) => Some(true),
        (0, 1..) => Some(false),
        (0, 0) => None,
    };
    match stateful {
        Some(true) => evidence.extend(element.stateful.first.iter().map(row)),
        Some(false) => evidence.extend(element.stateless.first.iter().map(row)),
        None => {}
    }
    RoleRow { role: role.name(), stateful, count: shown.count, evidence }
}

fn reach_row(context: &Context<'_>, to: u32, reach: &Reach) -> Option<ReachRow> {
    let (peer, _) = context.survey().elements.get(to as usize)?;
    let round_trips = reach.round_trips().map(|trips| trips.map(Span::as_ms));
    Some(ReachRow {
        peer: peer.ip,
        peer_port: peer.port,
        state: reach.state().name(),
        since: reach.since.map(|since| context.time(since)),
        requests: reach.requests,
        answered: reach.answered,
        unanswered: reach.unanswered,
        unanswered_in_a_row: reach.unanswered_in_a_row,
        changes: reach.changes,
        round_trip_ms: round_trips.map_or_else(RoundTripRow::default, |[min, mean, max, last]| {
            RoundTripRow { min: Some(min), mean: Some(mean), max: Some(max), last: Some(last) }
        }),
        last_status: reach.last_status,
        last_frame: reach.last_frame.map(|frame| context.frame(frame)),
    })
}

fn link_row(context: &Context<'_>, (from, to): (u32, u32), link: &Link) -> LinkRow {
    let method = |(method, count): &(Method, u64)| MethodRow {
        method: if *method == Method::Other { "other" } else { method.name() },
        count: *count,
    };
    LinkRow {
        from: name(from as usize),
        to: name(to as usize),
        requests: link.requests,
        methods: link.methods.iter().map(method).collect(),
        responses: link.responses,
        invites: link.invites,
        transports: link.transports.iter().copied().map(Transport::name).collect(),
        streams: link.streams,
        rtp_packets: link.rtp_packets,
        first_frame: context.frame(link.first_frame),
        first_time: link.seen.map(|(first, _)| context.time(first)),
        last_time: link.seen.map(|(_, last)| context.time(last)),
    }
}
