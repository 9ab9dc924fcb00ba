//! Calls that were told before they were over, as they are once they are.

use std::net::IpAddr;

use super::build::Context;
use super::call::{self, Times, ratios};
use super::totals::Attempts;
use crate::base::time::{Span, Timestamp};
use crate::track::conversation::Conversation;
use crate::track::remnant::Remnant;

/// A call that was told before it was over, because memory did not suffice: what became of
/// its first leg.
#[derive(Clone, PartialEq, Debug)]
pub struct Settled {
    /// Its number, as it was told with.
    pub number: u64,
    /// How far it came, in the words of [`CallRow`](super::call::CallRow).
    pub state: &'static str,
    /// `caller` or `callee`; `None` where the messages do not tell.
    pub released_by: Option<&'static str>,
    /// Protocol, cause and text of the `Reason` that tells why it ended.
    pub cause: Option<String>,
    /// Who is called, as far as the capture sees.
    pub callee: Option<IpAddr>,
    /// User-Agent or Server of the caller and of the callee.
    pub user_agents: [Option<String>; 2],
    /// Attempts to set it up.
    pub attempts: Attempts,
    /// INVITE to 180 or 183, or to the 2xx without them.
    pub post_dial_delay_ms: Option<f64>,
    /// 2xx to the BYE.
    pub duration_s: Option<f64>,
}

impl Settled {
    fn of(conversation: &Conversation, now: Timestamp) -> Option<Self> {
        let call = conversation.call()?;
        let (times, texts) = (Times::of(call), conversation.texts());
        let agent = |agent: Option<&str>| agent.map(str::to_owned);
        Some(Self {
            number: conversation.number,
            state: call.state(now).name(),
            released_by: call::released_by(call, call, now),
            cause: call
                .reason
                .as_ref()
                .map(|reason| cause(&reason.protocol, reason.cause, reason.text.as_deref())),
            callee: call.callee.address.map(|address| address.ip),
            user_agents: [&call.caller, &call.callee].map(|party| agent(party.user_agent(texts))),
            attempts: Attempts::of(&ratios(call, times)),
            post_dial_delay_ms: times.post_dial_delay().map(Span::as_ms),
            duration_s: times.duration().map(Span::as_secs),
        })
    }
}

/// A cause in words.
pub(super) fn cause(protocol: &str, cause: Option<u32>, text: Option<&str>) -> String {
    let number = cause.map(|number| format!(" {number}")).unwrap_or_default();
    let text = text.map(|text| format!(" {text}")).unwrap_or_default();
    format!("{protocol}{number}{text}")
}

impl Context<'_> {
    /// The numbers of the calls of this part that were not over: they are told as they stand,
    /// and [settled](Self::settled) in a later part. Whether each has several legs.
    pub fn going_on(&self) -> impl Iterator<Item = (u64, bool)> {
        self.chosen().filter_map(|(id, conversation)| {
            let goes_on = conversation.goes_on && conversation.call().is_some();
            goes_on.then(|| (conversation.number, self.members(id).nth(1).is_some()))
        })
    }

    /// Calls that were told before they were over: those that are by now, and where this is the
    /// last part all. Later legs of calls, and calls that were not chosen, are among them.
    pub fn settled(&self) -> impl Iterator<Item = Settled> {
        let (remnants, now) = (&self.snapshot.remnants, self.snapshot.now());
        let left = remnants.iter().filter_map(Remnant::conversation);
        left.filter_map(move |left| Settled::of(&left, now))
    }
}
