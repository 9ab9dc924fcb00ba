//! How the calls and streams of each address fared: beside what the survey
//! tells of its role, the figures that tell a sick one.

use hashbrown::HashMap;

use super::build::Context;
use super::quality::Scorer;
use crate::base::flow::Endpoint;
use crate::track::call::CallState;
use crate::track::conversation::Conversation;
use crate::track::survey::{Place, Survey};

/// How an address fared.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Traffic {
    /// What carried its SIP, in the order of links.
    pub(super) transports: Vec<&'static str>,
    /// Legs that it placed or was called by that were answered.
    pub(super) answered: u64,
    /// Those that were neither answered nor cancelled nor are in progress.
    pub(super) failed: u64,
    /// Messages that it sent again.
    pub(super) retransmissions: u64,
    /// RTP packets that it sent.
    pub(super) packets_sent: u64,
    /// RTP packets that reached it.
    pub(super) packets_received: u64,
    /// Lowest MOS-LQ of the streams that reached it.
    pub(super) mos_received: Option<f64>,
}

/// That of all elements of a survey, in its order.
pub(super) fn of(context: &Context<'_>, survey: &Survey) -> Vec<Traffic> {
    let mut all = All::of(survey);
    for ((from, to), link) in &survey.links {
        for index in [*from, *to] {
            let Some(traffic) = all.traffic.get_mut(index as usize) else { continue };
            for transport in link.transports.iter().map(|transport| transport.name()) {
                if !traffic.transports.contains(&transport) {
                    traffic.transports.push(transport);
                }
            }
        }
        if let Some(traffic) = all.traffic.get_mut(*from as usize) {
            traffic.packets_sent += link.rtp_packets;
        }
        if let Some(traffic) = all.traffic.get_mut(*to as usize) {
            traffic.packets_received += link.rtp_packets;
        }
    }
    for conversation in &context.snapshot.conversations {
        all.conversation(context, conversation);
    }
    for stream in &context.snapshot.streams {
        let Some(traffic) = all.at(stream.flow.dst) else { continue };
        let mos = Scorer::of(stream, context.scoring()).mos(&stream.reception().loss());
        traffic.mos_received = traffic.mos_received.into_iter().chain(mos).min_by(f64::total_cmp);
    }
    all.traffic
}

struct All {
    traffic: Vec<Traffic>,
    places: HashMap<Place, usize>,
}

impl All {
    fn of(survey: &Survey) -> Self {
        let places = survey.elements.iter().enumerate().map(|(index, (place, _))| (*place, index));
        Self { traffic: vec![Traffic::default(); survey.elements.len()], places: places.collect() }
    }

    /// The traffic of the element that an endpoint belongs to.
    fn at(&mut self, endpoint: Endpoint) -> Option<&mut Traffic> {
        let Endpoint { ip, port } = endpoint;
        let alone = Place { ip, port: None };
        let place = self.places.get(&alone);
        let index = place.or_else(|| self.places.get(&Place { ip, port: Some(port) }))?;
        self.traffic.get_mut(*index)
    }

    fn conversation(&mut self, context: &Context<'_>, conversation: &Conversation) {
        for message in &conversation.messages {
            if message.retransmission_of.is_some()
                && let Some(traffic) =
                    conversation.flow_of(message).and_then(|flow| self.at(flow.src))
            {
                traffic.retransmissions += 1;
            }
        }
        let Some(call) = conversation.call() else { return };
        let (answered, failed) = match call.state(context.snapshot.now()) {
            CallState::Answered | CallState::Completed => (1, 0),
            CallState::Rejected
            | CallState::Failed
            | CallState::TimedOut
            | CallState::Redirected => (0, 1),
            CallState::Cancelled | CallState::Trying | CallState::Ringing => (0, 0),
        };
        for address in [call.caller.address, call.callee.address].into_iter().flatten() {
            if let Some(traffic) = self.at(address) {
                traffic.answered += answered;
                traffic.failed += failed;
            }
        }
    }
}
