//! What is left of a call that was reported before it was over: what its figures
//! are made of, in some hundred bytes, which go on taking its messages.
//!
//! Its row and its messages have been told, and its media are gone. Where it
//! stands, and when what happened, is kept exactly: the figures over all calls are
//! the same as if the call had stayed. The same goes for a registration that waits
//! for its answer.

mod form;

use std::sync::Arc;

use hashbrown::HashSet;

use self::form::Form;
use super::attempt::is_challenge;
use super::conversation::{Conversation, Matter};
use super::message::Arrived;

/// What is left of a call or a registration.
#[derive(Clone, Debug)]
pub struct Remnant {
    /// The user agents, where others have the same.
    agents: Option<Arc<Agents>>,
    /// The rest, in a form without gaps.
    bytes: Box<[u8]>,
}

/// How far what is left has come: the first are those without which the figures would miss
/// the least.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Stage {
    /// No more is expected than what repeats or answers its last messages.
    NearlyOver,
    /// What is missing is how long it lasts, and that it ended.
    Answered,
    /// It was challenged or not answered at all: more comes soon or never.
    Waiting,
    /// What becomes of it is not known.
    SettingUp,
}

impl Stage {
    /// Whether more comes soon if it comes.
    pub(super) const fn is_short(self) -> bool {
        matches!(self, Self::NearlyOver | Self::Waiting)
    }
}

/// The user agents of caller and callee.
#[derive(Clone, PartialEq, Eq, Hash, Default, Debug)]
pub(super) struct Agents(pub(super) [Option<Box<str>>; 2]);

/// What remnants are made with.
#[derive(Clone, Debug, Default)]
pub(super) struct Maker {
    /// Their user agents, each pair once.
    pairs: HashSet<Arc<Agents>>,
    /// The form of the one under way: kept ones take no more room than they need.
    form: Vec<u8>,
}

/// What is kept takes a multiple of so many bytes.
const ROOM: usize = 16;
/// Pairs of user agents that are shared; others are kept by each remnant.
const MOST_PAIRS: usize = 1_024;
/// Bytes of the longest names that are.
const LONGEST: usize = 256;

impl Agents {
    fn of(conversation: &Conversation) -> Self {
        let texts = conversation.texts();
        let owned = |agent: Option<&str>| agent.map(Box::from);
        match &conversation.matter {
            Matter::Call(call) => {
                Self([&call.caller, &call.callee].map(|party| owned(party.user_agent(texts))))
            }
            Matter::Registration(_) => Self([owned(conversation.first_agent()), None]),
            Matter::Other(_) => Self::default(),
        }
    }

    fn is_long(&self) -> bool {
        self.0.iter().flatten().any(|agent| agent.len() > LONGEST)
    }
}

impl Maker {
    /// What is left of a conversation; of what is neither a call nor a registration, nothing.
    pub(super) fn remnant(&mut self, conversation: &Conversation) -> Option<Remnant> {
        let agents = Agents::of(conversation);
        let shared = self.share(&agents);
        self.write(conversation, shared.is_none().then_some(&agents))?;
        Some(Remnant { agents: shared, bytes: self.room().into() })
    }

    /// Puts what is left of a conversation in the place of what was left of it before.
    pub(super) fn renew(&mut self, remnant: &mut Remnant, conversation: &Conversation) {
        let agents = Agents::of(conversation);
        let shared = self.share(&agents);
        if self.write(conversation, shared.is_none().then_some(&agents)).is_none() {
            return;
        }
        remnant.agents = shared;
        if let Some(room) = remnant.bytes.get_mut(..self.form.len()) {
            room.copy_from_slice(&self.form);
        } else {
            remnant.bytes = self.room().into();
        }
    }

    /// The form that was written, with room for a little more: what changes it mostly fits in.
    fn room(&mut self) -> &[u8] {
        self.form.resize(self.form.len().next_multiple_of(ROOM), 0);
        &self.form
    }

    /// Writes the form of what is left, with user agents that are not shared.
    fn write(&mut self, conversation: &Conversation, agents: Option<&Agents>) -> Option<()> {
        let form = Form::of(conversation, agents)?;
        let mut room = std::mem::take(&mut self.form);
        room.clear();
        self.form = postcard::to_extend(&form, room).ok()?;
        Some(())
    }

    /// The pair as others have it, if it can be shared.
    fn share(&mut self, agents: &Agents) -> Option<Arc<Agents>> {
        if let Some(known) = self.pairs.get(agents) {
            return Some(Arc::clone(known));
        }
        if self.pairs.len() >= MOST_PAIRS || agents.is_long() {
            return None;
        }
        let agents = Arc::new(agents.clone());
        self.pairs.insert(Arc::clone(&agents));
        Some(agents)
    }

    /// Forgets the user agents that nobody has any more.
    pub(super) fn tidy(&mut self) {
        self.pairs.retain(|agents| Arc::strong_count(agents) > 1);
    }
}

impl Remnant {
    /// The conversation, as far as it is left: without messages, but with what they amount to.
    pub fn conversation(&self) -> Option<Conversation> {
        let form: Form<'_> = postcard::from_bytes(&self.bytes).ok()?;
        Some(form.conversation(self.agents.as_deref()))
    }

    /// Bytes that it takes beside its own size, about.
    pub(super) const fn heap_bytes(&self) -> usize {
        /// What an allocation takes beside what is asked for.
        const ALLOCATION: usize = 16;
        self.bytes.len() + ALLOCATION
    }
}

impl Conversation {
    /// Takes a message, of which nothing is kept but what it changes.
    pub(super) fn take_remnants_message(&mut self, arrived: &Arrived<'_>) {
        self.last_at = self.last_at.max(arrived.at);
        match &mut self.matter {
            // To take a message of a call once more changes nothing.
            Matter::Call(call) => call.take(arrived, 0, true, &mut self.texts, 0),
            Matter::Registration(registration) => {
                let is_first = registration.latest != Some(arrived.told.fingerprint());
                registration.take_counting(arrived, is_first, &mut self.texts);
            }
            Matter::Other(_) => {}
        }
    }

    /// How far it has come.
    pub(super) fn stage(&self) -> Stage {
        match &self.matter {
            Matter::Call(call) if call.is_answered() => match call.release {
                Some(_) => Stage::NearlyOver,
                None => Stage::Answered,
            },
            Matter::Call(call) => match call.last() {
                Some(last) if is_challenge(last.status) => Stage::Waiting,
                Some(_) => Stage::NearlyOver,
                None if call.cancelled.is_some() || call.release.is_some() => Stage::NearlyOver,
                None if call.is_unanswered() => Stage::Waiting,
                None => Stage::SettingUp,
            },
            Matter::Registration(registration) if registration.is_under_way() => Stage::Waiting,
            Matter::Registration(_) | Matter::Other(_) => Stage::NearlyOver,
        }
    }
}
