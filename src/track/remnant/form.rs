//! The form in which remnants are kept: what the figures are made of and what
//! following messages are held against, without gaps, times as distances from the
//! first.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Agents;
use crate::base::flow::{Endpoint, Flow};
use crate::base::time::{Span, Timestamp};
use crate::track::Side;
use crate::track::attempt::{Attempt, BRANCHES, Begun, Final, Progress};
use crate::track::call::{Call, Release};
use crate::track::conversation::{Conversation, Matter};
use crate::track::party::Party;
use crate::track::registration::{Open, Registration};
use crate::track::text::{Text, Texts};
use crate::wire::sip::ReasonHeader;

/// A conversation.
#[derive(Serialize, Deserialize)]
pub(super) struct Form<'a> {
    number: u64,
    /// Nanoseconds; the times of what is in it are after or before that.
    origin: i64,
    last: After,
    #[serde(borrow)]
    matter: MatterForm<'a>,
    /// The user agents of both sides, where they are not kept elsewhere.
    agents: Option<[Option<&'a str>; 2]>,
}

/// Nanoseconds from the origin.
type After = i64;
type EndpointForm = (IpAddr, u16);

#[derive(Serialize, Deserialize)]
enum MatterForm<'a> {
    #[serde(borrow)]
    Call(CallForm<'a>),
    Registration(RegistrationForm),
}

#[derive(Serialize, Deserialize)]
struct CallForm<'a> {
    /// Whether its parties have been named.
    named: bool,
    caller: Option<EndpointForm>,
    callee: Option<EndpointForm>,
    attempts: Vec<AttemptForm>,
    release: Option<(After, Option<bool>, Option<After>)>,
    cancelled: Option<After>,
    began_earlier: bool,
    #[serde(borrow)]
    from_tags: Vec<&'a str>,
    to_tags: Vec<&'a str>,
    /// Places in the list of To tags, and whether each is over.
    dialogs: Vec<(u8, bool)>,
    /// Vias, and where from unless that is the caller.
    first_hop: Option<(usize, Option<EndpointForm>)>,
    callee_rank: u8,
    /// Protocol, cause and text.
    reason: Option<(&'a str, Option<u32>, Option<&'a str>)>,
}

#[derive(Serialize, Deserialize)]
struct AttemptForm {
    at: Option<After>,
    cseq: Option<u32>,
    near: ProgressForm,
    /// `None` where it is the same as near.
    any: Option<ProgressForm>,
    challenges: u8,
    branches: Vec<[u8; 8]>,
    /// Tag, first response, and the distance from there to that nearby.
    dialogs: Vec<([u8; 8], After, Option<After>)>,
}

#[derive(Serialize, Deserialize)]
struct ProgressForm {
    first_response: Option<After>,
    provisional: Option<After>,
    ringing: Option<After>,
    alerting: Option<After>,
    last: Option<(After, u16)>,
}

#[derive(Serialize, Deserialize)]
struct OpenForm {
    at: After,
    cseq: Option<u32>,
    last: Option<u16>,
    challenges: u8,
    far: bool,
}

#[derive(Serialize, Deserialize)]
struct RegistrationForm {
    first_vias: usize,
    address: Option<EndpointForm>,
    attempts: u32,
    succeeded: u32,
    failed: u32,
    challenges: u32,
    delays: Vec<i64>,
    open: Option<OpenForm>,
    /// The latest REGISTER, by its fingerprint.
    latest: Option<[u8; 8]>,
    flow: Option<(EndpointForm, EndpointForm)>,
}

/// Times as distances, and back.
#[derive(Clone, Copy)]
struct Origin(Timestamp);

impl Origin {
    fn after(self, at: Timestamp) -> After {
        at.since(self.0).nanos()
    }

    fn at(self, after: After) -> Timestamp {
        self.0 + Span::from_nanos(after)
    }
}

fn endpoint((ip, port): EndpointForm) -> Endpoint {
    Endpoint::new(ip, port)
}

fn form_of(endpoint: Endpoint) -> EndpointForm {
    (endpoint.ip, endpoint.port)
}

impl<'a> Form<'a> {
    /// What is kept of a conversation; nothing of what is neither a call nor a registration.
    pub(super) fn of(conversation: &'a Conversation, agents: Option<&'a Agents>) -> Option<Self> {
        let (origin, matter) = match &conversation.matter {
            Matter::Call(call) => {
                let first = call.attempts.first().and_then(|attempt| attempt.at);
                let origin = Origin(first.unwrap_or(conversation.last_at));
                (origin, MatterForm::Call(CallForm::of(call, conversation.texts(), origin)))
            }
            Matter::Registration(registration) => {
                let origin = Origin(conversation.last_at);
                let form = RegistrationForm::of(registration, conversation, origin);
                (origin, MatterForm::Registration(form))
            }
            Matter::Other(_) => return None,
        };
        Some(Self {
            number: conversation.number,
            origin: origin.0.nanos(),
            last: origin.after(conversation.last_at),
            matter,
            agents: agents.map(|agents| agents.0.each_ref().map(Option::as_deref)),
        })
    }

    /// The conversation, without messages.
    pub(super) fn conversation(self, shared: Option<&'a Agents>) -> Conversation {
        let origin = Origin(Timestamp::from_nanos(self.origin));
        let shared = shared.map(|agents| agents.0.each_ref().map(Option::as_deref));
        let agents = shared.or(self.agents).unwrap_or_default();
        let mut texts = Texts::default();
        let mut text = |agent: Option<&str>| {
            agent.map_or(Text::default(), |agent| texts.put(agent.as_bytes()))
        };
        let agents = agents.map(&mut text);
        let (matter, flow) = match self.matter {
            MatterForm::Call(form) => {
                (Matter::Call(Box::new(form.call(agents, &mut texts, origin))), None)
            }
            MatterForm::Registration(form) => {
                let flow =
                    form.flow.map(|(src, dst)| Flow { src: endpoint(src), dst: endpoint(dst) });
                let [agent, _] = agents;
                (Matter::Registration(Box::new(form.registration(agent, origin))), flow)
            }
        };
        Conversation::remaining(self.number, origin.at(self.last), matter, texts, flow)
    }
}

impl<'a> CallForm<'a> {
    fn of(call: &'a Call, texts: &'a Texts, origin: Origin) -> Self {
        let after = |at| origin.after(at);
        let tags = |tags: &[Text]| tags.iter().map(|tag| texts.get(*tag)).collect();
        let place = |tag: Text| call.to_tags.iter().position(|known| *known == tag);
        let caller = call.caller.address;
        Self {
            named: !(call.caller.uri.is_empty() && call.callee.uri.is_empty()),
            caller: caller.map(form_of),
            callee: call.callee.address.map(form_of),
            attempts: call.attempts.iter().map(|one| AttemptForm::of(one, origin)).collect(),
            release: call.release.map(|release| {
                let by = release.by.map(|side| side == Side::Caller);
                (after(release.at), by, release.confirmed.map(after))
            }),
            cancelled: call.cancelled.map(after),
            began_earlier: call.began_earlier,
            from_tags: tags(&call.from_tags),
            to_tags: tags(&call.to_tags),
            dialogs: call
                .dialogs
                .iter()
                .filter_map(|(tag, over)| Some((u8::try_from(place(*tag)?).ok()?, *over)))
                .collect(),
            first_hop: call.first_hop.map(|(vias, from)| {
                (vias, Some(from).filter(|from| Some(*from) != caller).map(form_of))
            }),
            callee_rank: call.callee_rank,
            reason: call
                .reason
                .as_ref()
                .map(|reason| (&*reason.protocol, reason.cause, reason.text.as_deref())),
        }
    }

    fn call(self, agents: [Text; 2], texts: &mut Texts, origin: Origin) -> Call {
        let at = |after| origin.at(after);
        // Who it is does not matter any more, only that it is known.
        let uri = if self.named { texts.put(b"-") } else { Text::default() };
        let [caller_agent, callee_agent] = agents;
        let party = |address: Option<EndpointForm>, user_agent: Text| Party {
            uri,
            user_agent,
            address: address.map(endpoint),
            ..Party::default()
        };
        let caller = party(self.caller, caller_agent);
        let mut tags = |list: Vec<&str>| -> Vec<Text> {
            list.into_iter().map(|tag| texts.put(tag.as_bytes())).collect()
        };
        let (from_tags, to_tags) = (tags(self.from_tags), tags(self.to_tags));
        let dialogs = self.dialogs.into_iter();
        Call {
            caller,
            callee: party(self.callee, callee_agent),
            attempts: self.attempts.into_iter().map(|form| form.attempt(origin)).collect(),
            release: self.release.map(|(released, by, confirmed)| Release {
                at: at(released),
                by: by.map(|caller| if caller { Side::Caller } else { Side::Callee }),
                confirmed: confirmed.map(at),
            }),
            cancelled: self.cancelled.map(at),
            began_earlier: self.began_earlier,
            dialogs: dialogs
                .filter_map(|(place, over)| Some((*to_tags.get(usize::from(place))?, over)))
                .collect(),
            first_hop: self
                .first_hop
                .and_then(|(vias, from)| Some((vias, from.map(endpoint).or(caller.address)?))),
            callee_rank: self.callee_rank,
            reason: self.reason.map(|(protocol, cause, text)| ReasonHeader {
                protocol: protocol.to_owned(),
                cause,
                text: text.map(str::to_owned),
            }),
            from_tags,
            to_tags,
            ..Call::default()
        }
    }
}

impl AttemptForm {
    fn of(attempt: &Attempt, origin: Origin) -> Self {
        let differs = attempt.any != attempt.near;
        let begun = |dialog: &Begun| {
            let near = dialog.near.map(|near| near.since(dialog.first).nanos());
            (dialog.tag.to_le_bytes(), origin.after(dialog.first), near)
        };
        Self {
            at: attempt.at.map(|at| origin.after(at)),
            cseq: attempt.cseq,
            near: ProgressForm::of(&attempt.near, origin),
            any: differs.then(|| ProgressForm::of(&attempt.any, origin)),
            challenges: attempt.challenges,
            branches: attempt
                .branches
                .iter()
                .filter(|branch| **branch != 0)
                .map(|branch| branch.to_le_bytes())
                .collect(),
            dialogs: attempt.dialogs.iter().map(begun).collect(),
        }
    }

    fn attempt(self, origin: Origin) -> Attempt {
        let near = self.near.progress(origin);
        let mut branches = [0; BRANCHES];
        for (place, branch) in branches.iter_mut().zip(&self.branches) {
            *place = u64::from_le_bytes(*branch);
        }
        Attempt {
            at: self.at.map(|at| origin.at(at)),
            cseq: self.cseq,
            any: self.any.map_or(near, |any| any.progress(origin)),
            near,
            challenges: self.challenges,
            branches,
            dialogs: self
                .dialogs
                .into_iter()
                .map(|(tag, first, near)| {
                    let first = origin.at(first);
                    let near = near.map(|near| first + Span::from_nanos(near));
                    Begun { tag: u64::from_le_bytes(tag), first, near }
                })
                .collect(),
        }
    }
}

impl ProgressForm {
    fn of(progress: &Progress, origin: Origin) -> Self {
        let after = |at: Option<Timestamp>| at.map(|at| origin.after(at));
        Self {
            first_response: after(progress.first_response),
            provisional: after(progress.provisional),
            ringing: after(progress.ringing),
            alerting: after(progress.alerting),
            last: progress.last.map(|last| (origin.after(last.at), last.status)),
        }
    }

    fn progress(self, origin: Origin) -> Progress {
        let at = |after: Option<After>| after.map(|after| origin.at(after));
        Progress {
            first_response: at(self.first_response),
            provisional: at(self.provisional),
            ringing: at(self.ringing),
            alerting: at(self.alerting),
            last: self.last.map(|(after, status)| Final {
                at: origin.at(after),
                status,
                message: 0,
            }),
        }
    }
}

impl RegistrationForm {
    fn of(registration: &Registration, conversation: &Conversation, origin: Origin) -> Self {
        let flow = conversation.flows().first();
        Self {
            first_vias: registration.first_vias,
            address: registration.address.map(form_of),
            attempts: registration.attempts,
            succeeded: registration.succeeded,
            failed: registration.failed,
            challenges: registration.challenges,
            delays: registration.delays.iter().map(|delay| delay.nanos()).collect(),
            open: registration.open.map(|open| {
                let Open { at, cseq, last, challenges, far, .. } = open;
                OpenForm { at: origin.after(at), cseq, last, challenges, far }
            }),
            latest: conversation.latest_register().map(u64::to_le_bytes),
            flow: flow.map(|flow| (form_of(flow.src), form_of(flow.dst))),
        }
    }

    fn registration(self, agent: Text, origin: Origin) -> Registration {
        Registration {
            first_vias: self.first_vias,
            address: self.address.map(endpoint),
            attempts: self.attempts,
            succeeded: self.succeeded,
            failed: self.failed,
            challenges: self.challenges,
            delays: self.delays.into_iter().map(Span::from_nanos).collect(),
            open: self.open.map(|form| {
                let OpenForm { at, cseq, last, challenges, far } = form;
                Open { at: origin.at(at), cseq, last, challenges, far, ..Open::default() }
            }),
            agent,
            latest: self.latest.map(u64::from_le_bytes),
            ..Registration::default()
        }
    }
}
