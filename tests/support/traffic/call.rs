//! A generated call: its names, its script and its media, drawn from the plan.

use std::iter::Peekable;
use std::time::Duration;
use std::vec;

use super::codec::PACKET_TIME;
use super::dialog::Dialog;
use super::frame::Wrapping;
use super::media::Talk;
use super::plan::{MS, Nanos, Outcome, Plan, SECOND};
use super::random::Random;
use super::script::{Circumstances, Step, script};
use super::tcp::Connection;

/// A call under way.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) dialog: Dialog,
    pub(crate) outcome: Outcome,
    pub(crate) wrapping: Wrapping,
    pub(crate) steps: Peekable<vec::IntoIter<Step>>,
    /// A connection for each hop, if SIP goes over TCP.
    pub(crate) connections: Vec<Connection>,
    pub(crate) media: Option<Conversation>,
    /// When nothing more of it comes.
    pub(crate) over: Nanos,
    pub(crate) random: Random,
}

/// The media of an answered call.
#[derive(Debug)]
pub(crate) struct Conversation {
    /// What the caller sends, and the callee.
    pub(crate) talks: [Talk; 2],
    /// When each sends its first packet.
    pub(crate) first: [Nanos; 2],
    /// When both say goodbye.
    pub(crate) end: Nanos,
}

/// From the connection's first segment to the INVITE.
const HANDSHAKE: Nanos = MS;
/// From the last message to the end of the connection, and to that of the call.
pub(crate) const LINGER: Nanos = 50 * MS;
/// Share of the calls over TCP whose 100 and 180 are sent at once, in one segment.
const HASTY: f64 = 0.25;
/// Share of the answered calls that the callee ends.
const ENDED_BY_CALLEE: f64 = 0.3;

/// When call `number` begins: calls are spread evenly, each anywhere in its slot.
pub(crate) fn begin(plan: &Plan, number: u64) -> Nanos {
    let within = Random::part(plan.seed ^ 1, number).fraction();
    let seconds = (number as f64 + within) / plan.rate;
    let begin = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::ZERO);
    u64::try_from(begin.as_nanos()).unwrap_or(u64::MAX)
}

impl Call {
    /// Call `number` of a plan, which begins at `now`.
    pub(crate) fn new(plan: &Plan, number: u64, now: Nanos) -> Self {
        let mut random = Random::part(plan.seed, number);
        let ways = &plan.ways;
        let outcome = outcome(&plan.mix, &mut random);
        let [tcp, v6, two_hops] =
            [ways.tcp, ways.ipv6, ways.two_hops].map(|share| random.chance(share));
        let wrapping = wrapping(plan, &mut random);
        let dialog = Dialog::new(plan, number, v6, tcp, two_hops);
        let about = Circumstances {
            begin: now + HANDSHAKE,
            nodes: dialog.nodes.len(),
            repeats: !tcp,
            hasty: tcp && random.chance(HASTY),
            released_by_callee: random.chance(ENDED_BY_CALLEE),
        };
        let (steps, answered) = script(outcome, plan, &about);
        let over = steps.last().map_or(now, |step| step.at) + LINGER;
        let connections = if tcp { connections(&dialog, &mut random) } else { Vec::new() };
        let media = answered
            .filter(|_| plan.media)
            .map(|answered| Conversation::new(plan, &dialog, answered, &mut random));
        let steps = steps.into_iter().peekable();
        Self { dialog, outcome, wrapping, steps, connections, media, over, random }
    }
}

fn outcome(mix: &[u32; 6], random: &mut Random) -> Outcome {
    let total: u32 = mix.iter().sum();
    let mut drawn = random.below(u64::from(total));
    for (outcome, weight) in Outcome::ALL.into_iter().zip(mix) {
        let weight = u64::from(*weight);
        if drawn < weight {
            return outcome;
        }
        drawn -= weight;
    }
    Outcome::Answered
}

fn wrapping(plan: &Plan, random: &mut Random) -> Wrapping {
    let ways = &plan.ways;
    let mut drawn = random.fraction();
    for (share, wrapping) in [
        (ways.vlan, Wrapping::Vlan),
        (ways.qinq, Wrapping::QinQ),
        (ways.gre, Wrapping::Gre),
        (ways.vxlan, Wrapping::Vxlan),
    ] {
        if drawn < share {
            return wrapping;
        }
        drawn -= share;
    }
    Wrapping::Plain
}

fn connections(dialog: &Dialog, random: &mut Random) -> Vec<Connection> {
    let hops = dialog.nodes.windows(2).enumerate().map(|(hop, ends)| {
        let mut ends = [ends[0], ends[1]];
        ends[0].set_port(dialog.connection_port(hop));
        Connection::new(ends, [random.word(), random.word()])
    });
    hops.collect()
}

impl Conversation {
    fn new(plan: &Plan, dialog: &Dialog, answered: Nanos, random: &mut Random) -> Self {
        let length = u32::try_from(plan.talk / PACKET_TIME).unwrap_or(u32::MAX);
        let [caller, callee] = dialog.media;
        let mut talk =
            |ends, digits| Talk::new(dialog.number, ends, plan.codec, length, digits, random);
        let talks = [talk([caller, callee], plan.digits), talk([callee, caller], 0)];
        let first = [0; 2].map(|_: u64| answered + random.below(PACKET_TIME));
        Self { talks, first, end: answered + plan.talk + 2 * PACKET_TIME }
    }

    /// When a side reports for the `count`th time: every five seconds (RFC 3550
    /// section 6.2), the sides half a second apart.
    pub(crate) fn report_at(&self, side: usize, count: u64) -> Nanos {
        let at = self.first[0] + 2 * SECOND + count * 5 * SECOND;
        (at + if side == 0 { 0 } else { SECOND / 2 }).min(self.end)
    }
}
