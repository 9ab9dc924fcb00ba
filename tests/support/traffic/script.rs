//! Who sends which message when: a call's signalling from its outcome.

use super::plan::{MS, Nanos, Outcome, Plan, SECOND};

/// A SIP message of a call. Requests within the dialog are the caller's but
/// for a BYE of the callee.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Message {
    Invite,
    Trying,
    Challenge,
    Ringing,
    Answer,
    Busy,
    Unavailable,
    Terminated,
    /// ACK of a 2xx, end to end.
    Ack,
    /// ACK of another final response, hop by hop.
    AckRefusal,
    Cancel,
    CancelOk,
    Bye {
        by_callee: bool,
    },
    ByeOk {
        by_callee: bool,
    },
}

/// A message on one hop: from node to node of the path, 0 being the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    pub(crate) at: Nanos,
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) message: Message,
    /// 1, or 2 for the INVITE with credentials and what follows.
    pub(crate) attempt: u32,
}

/// What a script depends on beside the outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Circumstances {
    /// When the INVITE is sent.
    pub(crate) begin: Nanos,
    /// Nodes from caller to callee: 2, or 3 with a proxy.
    pub(crate) nodes: usize,
    /// Whether requests are repeated until answered (UDP).
    pub(crate) repeats: bool,
    /// Whether the callee sends 100 and 180 at once.
    pub(crate) hasty: bool,
    pub(crate) released_by_callee: bool,
}

/// What a node takes to pass a message on.
const NODE_DELAY: Nanos = 2 * MS;
/// What a node takes to answer by itself.
const OWN_ANSWER: Nanos = MS;
/// From the INVITE's arrival to the 180.
const ALERT: Nanos = 80 * MS;
/// How long an unanswered call rings.
const PATIENCE: Nanos = 30 * SECOND;
/// T1 (RFC 3261 table 4).
const T1: Nanos = 500 * MS;

struct Script {
    steps: Vec<Step>,
    now: Nanos,
    last: usize,
    attempt: u32,
}

/// The messages of a call in the order of their times, and when it was answered.
pub(crate) fn script(
    outcome: Outcome,
    plan: &Plan,
    about: &Circumstances,
) -> (Vec<Step>, Option<Nanos>) {
    let mut script = Script {
        steps: Vec::with_capacity(16),
        now: about.begin,
        last: about.nodes - 1,
        attempt: 1,
    };
    let mut answered = None;
    match outcome {
        Outcome::Silent => script.unheard(about.repeats),
        Outcome::Answered | Outcome::Challenged => {
            if outcome == Outcome::Challenged {
                script.challenged();
            }
            script.invited();
            script.alerted(about.hasty);
            script.now += plan.ring;
            script.back(Message::Answer);
            answered = Some(script.now);
            script.forth(Message::Ack);
            script.now += plan.talk;
            script.released(about.released_by_callee);
        }
        Outcome::Busy => {
            script.invited();
            script.refused(Message::Busy);
        }
        Outcome::Cancelled => {
            script.invited();
            script.alerted(about.hasty);
            script.now += plan.ring;
            script.hop_by_hop(Message::Cancel, Message::CancelOk);
            script.refused(Message::Terminated);
        }
        Outcome::Unanswered => {
            script.invited();
            script.alerted(about.hasty);
            script.now += PATIENCE;
            script.refused(Message::Unavailable);
        }
    }
    script.steps.sort_by_key(|step| step.at);
    (script.steps, answered)
}

impl Script {
    fn send(&mut self, at: Nanos, from: usize, to: usize, message: Message) {
        self.steps.push(Step { at, from, to, message, attempt: self.attempt });
    }

    /// From the caller to the callee.
    fn forth(&mut self, message: Message) {
        for node in 0..self.last {
            self.now += NODE_DELAY;
            self.send(self.now, node, node + 1, message);
        }
    }

    /// From the callee to the caller.
    fn back(&mut self, message: Message) {
        for node in (0..self.last).rev() {
            self.now += NODE_DELAY;
            self.send(self.now, node + 1, node, message);
        }
    }

    /// A request that each node answers for itself.
    fn hop_by_hop(&mut self, request: Message, response: Message) {
        for node in 0..self.last {
            self.now += NODE_DELAY;
            self.send(self.now, node, node + 1, request);
            self.send(self.now + OWN_ANSWER, node + 1, node, response);
        }
    }

    fn invited(&mut self) {
        self.hop_by_hop(Message::Invite, Message::Trying);
        self.now += OWN_ANSWER;
    }

    fn alerted(&mut self, hasty: bool) {
        self.now = if hasty { self.now - NODE_DELAY } else { self.now + ALERT };
        self.back(Message::Ringing);
    }

    /// A final response that is no 2xx goes back, and each node acknowledges it.
    fn refused(&mut self, response: Message) {
        for node in (0..self.last).rev() {
            self.now += NODE_DELAY;
            self.send(self.now, node + 1, node, response);
            self.send(self.now + OWN_ANSWER, node, node + 1, Message::AckRefusal);
        }
    }

    /// The first node behind the caller wants to know who calls.
    fn challenged(&mut self) {
        self.now += NODE_DELAY;
        for (from, to, message) in
            [(0, 1, Message::Invite), (1, 0, Message::Challenge), (0, 1, Message::AckRefusal)]
        {
            self.send(self.now, from, to, message);
            self.now += OWN_ANSWER;
        }
        self.attempt = 2;
    }

    fn unheard(&mut self, repeats: bool) {
        let (mut at, mut wait) = (self.now, T1);
        let copies = if repeats { 7 } else { 1 };
        for _ in 0..copies {
            self.send(at, 0, 1, Message::Invite);
            at += wait;
            wait *= 2;
        }
    }

    fn released(&mut self, by_callee: bool) {
        let (bye, ok) = (Message::Bye { by_callee }, Message::ByeOk { by_callee });
        if by_callee {
            self.back(bye);
            self.forth(ok);
        } else {
            self.forth(bye);
            self.back(ok);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(nodes: usize) -> Circumstances {
        Circumstances { begin: 0, nodes, repeats: true, hasty: false, released_by_callee: false }
    }

    fn messages(outcome: Outcome, nodes: usize) -> usize {
        script(outcome, &Plan::default(), &about(nodes)).0.len()
    }

    #[test]
    fn an_answered_call_takes_seven_messages_a_hop() {
        assert_eq!(messages(Outcome::Answered, 2), 7);
        assert_eq!(messages(Outcome::Answered, 3), 14);
        assert_eq!(messages(Outcome::Challenged, 2), 10);
        assert_eq!(messages(Outcome::Silent, 2), 7);
    }

    #[test]
    fn messages_are_in_order_and_between_neighbours() {
        for outcome in Outcome::ALL {
            let (steps, answered) = script(outcome, &Plan::default(), &about(3));
            assert!(steps.is_sorted_by_key(|step| step.at), "{outcome:?}");
            assert!(steps.iter().all(|step| step.from.abs_diff(step.to) == 1), "{outcome:?}");
            assert_eq!(answered.is_some(), outcome.is_answered());
        }
    }
}
