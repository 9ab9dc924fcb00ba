//! What the messages of one conversation show of the elements between which they went.

use std::collections::VecDeque;

use super::{MAX_AGENTS, MAX_PORTS, Role, Survey};
use crate::base::flow::Endpoint;
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::track::attempt::TIMER_B;
use crate::track::conversation::{Conversation, Matter};
use crate::track::hops::{Basis, Travels};
use crate::track::message::{Message, Method, Start};

/// Messages among which what belongs to another is looked for.
const LOOK_BACK: usize = 256;
/// A proxy that keeps no transactions passes a retransmission on at once.
const AT_ONCE: Span = Span::from_millis(100);

/// A request on one hop.
struct Request {
    src: u32,
    dst: u32,
    method: Method,
    cseq: Option<u32>,
    vias: u8,
    frame: FrameNo,
    at: Timestamp,
    /// Its place in the conversation.
    index: u32,
    /// The copy of the hop before, as that one's place in the conversation.
    from: Option<u32>,
    /// Copies that its receiver sent on.
    passed_on: u32,
    /// The 100 that its receiver made itself.
    own_100: Option<FrameNo>,
    sent_again: Option<Timestamp>,
    is_answered: bool,
    is_refused: bool,
}

struct Walk<'a> {
    survey: &'a mut Survey,
    conversation: &'a Conversation,
    travels: Travels,
    /// The latest requests, in the order of their places.
    requests: VecDeque<Request>,
    now: Timestamp,
}

/// Takes a conversation.
pub(super) fn walk(survey: &mut Survey, conversation: &Conversation, now: Timestamp) {
    let travels = Travels::of(conversation);
    let mut walk = Walk { survey, conversation, travels, requests: VecDeque::new(), now };
    for (index, message) in (0_u32..).zip(&conversation.messages) {
        walk.message(index, message);
    }
    while let Some(request) = walk.requests.pop_front() {
        walk.leave(&request);
    }
    walk.parties();
}

impl Walk<'_> {
    fn message(&mut self, index: u32, message: &Message) {
        if message.copy_of.is_some() {
            return;
        }
        let Some(flow) = self.conversation.flow_of(message) else { return };
        let (src, dst) = (self.known(flow.src, message), self.known(flow.dst, message));
        if let Some(element) = src.and_then(|src| self.survey.get(src)) {
            element.sent += 1;
        }
        if let Some(element) = dst.and_then(|dst| self.survey.get(dst)) {
            element.received += 1;
        }
        let (Some(src), Some(dst)) = (src, dst) else { return };
        match message.start {
            Start::Request(method) => self.request(index, message, method, (src, dst)),
            Start::Response(status) => self.response(index, message, status, (src, dst)),
        }
    }

    /// The element of an endpoint that signalled.
    fn known(&mut self, endpoint: Endpoint, message: &Message) -> Option<u32> {
        let index = self.survey.element(endpoint)?;
        let element = self.survey.get(index)?;
        element.seen_at(message.at);
        if element.ports.len() < MAX_PORTS && !element.ports.contains(&endpoint.port) {
            element.ports.push(endpoint.port);
        }
        Some(index)
    }

    /// The software of who made a message itself.
    fn agent(&mut self, element: u32, message: &Message) {
        let Some(agent) = self.conversation.agent_of(message) else { return };
        let Some(element) = self.survey.get(element) else { return };
        if element.agents.len() < MAX_AGENTS && !element.agents.iter().any(|known| known == agent) {
            element.agents.push(agent.to_owned());
        }
    }

    fn note(&mut self, element: u32, role: Role, frame: FrameNo, text: impl FnOnce() -> String) {
        if let Some(element) = self.survey.get(element) {
            element.note(role, frame, text);
        }
    }

    fn request(&mut self, index: u32, message: &Message, method: Method, between: (u32, u32)) {
        let (src, dst) = between;
        let is_first = message.is_first_copy();
        if let Some(link) = self.survey.link(between, message.frame, message.at) {
            link.requests += 1;
            if !link.transports.contains(&message.transport) {
                link.transports.push(message.transport);
            }
            match link.methods.iter_mut().find(|(known, _)| *known == method) {
                Some((_, count)) => *count += 1,
                None => link.methods.push((method, 1)),
            }
        }
        if !is_first {
            return self.again(message, src);
        }
        let cseq = message.cseq_number;
        let before = self.travels.get(index).before;
        let times = before.map_or(0, |(before, _)| {
            // Where hops between were not captured, another element passed it on.
            self.request_at(before).filter(|known| known.dst == src).map_or(1, |known| {
                known.passed_on += 1;
                known.passed_on
            })
        });
        match before {
            Some((before, Basis::Via)) => self.passed_on(message, method, src, before, times),
            // The Vias of the way before are not passed on: it begins a request of its own.
            Some((before, Basis::Address)) => {
                if let Some(frame) = self.frame_of(before) {
                    self.note(src, Role::B2bua, message.frame, || {
                        let (name, number) = (method.name(), frame.number());
                        format!("passes on the {name} of frame {number} without its Vias")
                    });
                }
            }
            // Something that is no SIP element changed the addresses.
            Some((_, Basis::Branch)) => {}
            None if message.vias > 1 => {
                self.note(src, Role::Proxy, message.frame, || {
                    format!("passes on a {} with {} Vias", method.name(), message.vias)
                });
            }
            None => self.begun(message, method, src),
        }
        if method == Method::Invite
            && let Some(link) = self.survey.link(between, message.frame, message.at)
        {
            link.invites += 1;
        }
        if method == Method::Options
            && let Some(reach) = self.survey.reach(between)
        {
            reach.requests += 1;
        }
        self.requests.push_back(Request {
            src,
            dst,
            method,
            cseq,
            vias: message.vias,
            frame: message.frame,
            at: message.at,
            index,
            from: before.map(|(before, _)| before),
            passed_on: 0,
            own_100: None,
            sent_again: None,
            is_answered: false,
            is_refused: false,
        });
        if self.requests.len() > LOOK_BACK
            && let Some(oldest) = self.requests.pop_front()
        {
            self.leave(&oldest);
        }
    }

    /// A request that its sender passed on, for the `times`th time.
    fn passed_on(&mut self, message: &Message, method: Method, src: u32, before: u32, times: u32) {
        let Some(frame) = self.frame_of(before) else { return };
        self.note(src, Role::Proxy, message.frame, || {
            format!("passes on the {} of frame {}", method.name(), frame.number())
        });
        // RFC 3261 section 16.11: the CANCEL and the ACK of a refusal, which go hop by hop, are
        // passed on only without transactions.
        let is_refused = method == Method::Ack
            && self.requests.iter().any(|known| {
                known.method == Method::Invite
                    && known.cseq == message.cseq_number
                    && known.is_refused
                    && known.src == src
            });
        let Some(element) = self.survey.get(src) else { return };
        if times > 1 {
            element.stateful.note(message.frame, || {
                format!("forks the {} of frame {}", method.name(), frame.number())
            });
        }
        if method == Method::Cancel || is_refused {
            element
                .stateless
                .note(message.frame, || format!("passes on the {} as it came", method.name()));
        }
    }

    fn frame_of(&self, index: u32) -> Option<FrameNo> {
        self.conversation.messages.get(index as usize).map(|message| message.frame)
    }

    /// The request at a place of the conversation, if it is one of the latest.
    fn request_at(&mut self, index: u32) -> Option<&mut Request> {
        let at = self.requests.binary_search_by_key(&index, |known| known.index).ok()?;
        self.requests.get_mut(at)
    }

    /// A request that its sender began.
    fn begun(&mut self, message: &Message, method: Method, src: u32) {
        self.agent(src, message);
        let passed_on = self.requests.iter().rev().find(|known| {
            known.src == src
                && known.method == Method::Invite
                && known.cseq == message.cseq_number
                && known.vias > 1
        });
        if let (Method::Ack | Method::Cancel, Some(invite)) = (method, passed_on) {
            let frame = invite.frame;
            if let Some(element) = self.survey.get(src) {
                element.stateful.note(message.frame, || {
                    let name = method.name();
                    format!("sends a {name} of its own for the INVITE of frame {}", frame.number())
                });
            }
            return;
        }
        // Servers of all kinds ask for options and notify.
        let shows = matches!(
            method,
            Method::Invite
                | Method::Register
                | Method::Message
                | Method::Subscribe
                | Method::Refer
                | Method::Publish
                | Method::Bye
        );
        if shows {
            self.note(src, Role::UserAgent, message.frame, || {
                format!("sends {} of its own", method.name())
            });
        }
    }

    /// A request that was sent again.
    fn again(&mut self, message: &Message, src: u32) {
        let Some(first) = message.retransmission_of else { return };
        let Some(known) = self.request_at(first) else { return };
        known.sent_again = Some(message.at);
        let Some(from) = known.from else { return };
        let prompted = self
            .request_at(from)
            .and_then(|before| before.sent_again)
            .is_some_and(|at| message.at.since(at) <= AT_ONCE);
        if let Some(element) = self.survey.get(src) {
            if prompted {
                element.stateless.note(message.frame, || "passes a retransmission on".to_owned());
            } else {
                element.stateful.note(message.frame, || "sends again by itself".to_owned());
            }
        }
    }

    fn response(&mut self, index: u32, message: &Message, status: u16, (src, dst): (u32, u32)) {
        if let Some(link) = self.survey.link((dst, src), message.frame, message.at) {
            link.responses += 1;
        }
        if !message.is_first_copy() {
            return;
        }
        let (method, cseq) = (message.cseq_method, message.cseq_number);
        let relayed = if status == 100 {
            self.is_100_passed_on(index, message)
        } else {
            self.travels.get(index).before.is_some()
        };
        let answered = self.requests.iter_mut().rev().find(|known| {
            known.src == dst && known.dst == src && known.cseq == cseq && known.method == method
        });
        let mut passed_on = false;
        let mut options = None;
        if let Some(request) = answered {
            passed_on = request.passed_on > 0;
            if status == 100 && !relayed {
                request.own_100.get_or_insert(message.frame);
            }
            request.is_refused |= status >= 300;
            if status >= 200 && !request.is_answered {
                request.is_answered = true;
                options = (method == Method::Options).then_some((request.at, request.frame));
            }
        }
        if let Some((sent, frame)) = options
            && let Some(reach) = self.survey.reach((dst, src))
        {
            reach.answer(status, sent, message.at, frame);
        }
        if relayed {
            if status == 100
                && let Some(element) = self.survey.get(src)
            {
                element.stateless.note(message.frame, || "passes on a 100".to_owned());
            }
        } else {
            self.agent(src, message);
            self.answered(message, status, src, passed_on);
        }
    }

    /// A 100 belongs to its hop, so [`Travels`] follow none; who keeps no transactions passes it
    /// on all the same.
    fn is_100_passed_on(&self, index: u32, message: &Message) -> bool {
        let conversation = self.conversation;
        let branch = conversation.branch_of(message);
        let before = conversation.messages.get(..index as usize).unwrap_or_default();
        branch.is_some()
            && before.iter().rev().take(LOOK_BACK).any(|known| {
                known.start == Start::Response(100)
                    && conversation.upstream_branch_of(known) == branch
            })
    }

    /// A response that its sender made itself.
    fn answered(&mut self, message: &Message, status: u16, src: u32, passed_on: bool) {
        let (method, frame) = (message.cseq_method, message.frame);
        let text = || format!("answers {} with {status}", method.name());
        let role = match (method, status) {
            _ if passed_on => return,
            (Method::Register, 200..=299 | 401 | 403 | 423) => Role::Registrar,
            (Method::Invite, 300..=399) => Role::RedirectServer,
            (Method::Subscribe | Method::Publish, 200..=299 | 489) => Role::Notifier,
            (Method::Invite, 101..=299 | 486 | 488 | 491 | 600 | 603 | 606) => Role::UserAgent,
            (Method::Bye | Method::Message | Method::Refer | Method::Info, 200..=299) => {
                Role::UserAgent
            }
            _ => return,
        };
        self.note(src, role, frame, text);
    }

    /// A request is looked at for the last time.
    fn leave(&mut self, request: &Request) {
        if request.passed_on > 0
            && let Some(frame) = request.own_100
            && let Some(element) = self.survey.get(request.dst)
        {
            element.stateful.note(frame, || {
                let (name, number) = (request.method.name(), request.frame.number());
                format!("answers the {name} of frame {number} with a 100 of its own")
            });
        }
        if request.method == Method::Options && !request.is_answered {
            // ICMP says at once what Timer F says in the end.
            let refused = self.conversation.undelivered.count > 0;
            if (refused || self.now.since(request.at) >= TIMER_B)
                && let Some(reach) = self.survey.reach((request.src, request.dst))
            {
                reach.silence(request.at, request.frame);
            }
        }
    }

    /// Calls and registrations of the conversation's ends.
    fn parties(&mut self) {
        match &self.conversation.matter {
            Matter::Call(call) => {
                let placed = call.caller.address.and_then(|address| self.survey.element(address));
                if let Some(element) = placed.and_then(|index| self.survey.get(index)) {
                    element.calls_placed += 1;
                }
                let called = call.callee.address.and_then(|address| self.survey.element(address));
                if let Some(element) = called.and_then(|index| self.survey.get(index)) {
                    element.calls_received += 1;
                }
            }
            Matter::Registration(registration) => {
                let device = registration.address.and_then(|address| self.survey.element(address));
                if let Some(element) = device.and_then(|index| self.survey.get(index)) {
                    element.registrations += 1;
                }
            }
            Matter::Other(_) => {}
        }
    }
}
