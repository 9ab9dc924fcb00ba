//! A call: what became of the INVITEs of one Call-ID.

use super::Side;
use super::attempt::{Attempt, Final, is_challenge};
use super::message::{Arrived, Start};
use super::party::Party;
use super::small::push;
use super::text::{Text, Texts};
use crate::base::flow::Endpoint;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::wire::dtmf_info;
use crate::wire::sip::{Method, Name, ReasonHeader};

/// Where a call stands at the end of what was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum CallState {
    /// INVITE sent, nothing but 100 came.
    Trying,
    /// A provisional response came.
    Ringing,
    /// Answered, not yet released.
    Answered,
    /// Answered and released with BYE.
    Completed,
    /// The caller gave up: CANCEL, or 487.
    Cancelled,
    /// Refused: 4xx or 6xx.
    Rejected,
    /// A server failed: 5xx.
    Failed,
    /// No answer in time: 408, or none at all within Timer B.
    TimedOut,
    /// Sent elsewhere with 3xx, and nobody followed.
    Redirected,
}

impl CallState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trying => "trying",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Redirected => "redirected",
        }
    }
}

/// A BYE and what came of it.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// When the first copy of the BYE came.
    pub at: Timestamp,
    /// Who sent it; `None` when the capture began too late to know the caller.
    pub by: Option<Side>,
    /// When the first 2xx to a BYE came.
    pub confirmed: Option<Timestamp>,
}

/// A DTMF digit sent by SIP INFO.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InfoDigit {
    /// The frame of the INFO.
    pub frame: FrameNo,
    /// When its INFO came.
    pub at: Timestamp,
    /// The digit.
    pub digit: char,
    /// Its length, if the INFO says.
    pub duration_ms: Option<u32>,
    /// Who sent it.
    pub from: Side,
    /// The number of its CSeq, which the copies of other hops repeat.
    cseq: Option<u32>,
}

/// To tags of one call that are kept; a forked call has one for each branch that answered.
const MAX_TAGS: usize = 64;
/// Digits among which the copy of another hop is looked for.
const RECENT_DIGITS: usize = 8;
/// Attempts of one Call-ID that are kept one by one.
const MAX_ATTEMPTS: usize = 256;

/// What is known of a call.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Who calls.
    pub caller: Party,
    /// Who is called.
    pub callee: Party,
    /// The attempts, in order; none when the capture began after the INVITE.
    pub attempts: Vec<Attempt>,
    /// The release, once a BYE came.
    pub release: Option<Release>,
    /// When the first CANCEL came.
    pub cancelled: Option<Timestamp>,
    /// When the first ACK of a 2xx came.
    pub acknowledged: Option<Timestamp>,
    /// Digits sent by INFO.
    pub digits: Vec<InfoDigit>,
    /// Digits beyond the cap.
    pub digits_dropped: u32,
    /// `Reason` of the BYE, CANCEL or final response that ended the call.
    pub reason: Option<ReasonHeader>,
    /// Whether a re-INVITE was seen and the INVITE was not.
    pub(super) began_earlier: bool,
    pub(super) from_tags: Vec<Text>,
    pub(super) to_tags: Vec<Text>,
    /// The dialogs that a 2xx on the first hop set up, by the callee's tag, and
    /// whether a BYE has ended them.
    pub(super) dialogs: Vec<(Text, bool)>,
    /// Vias of the first INVITE, and where it came from: what marks its hop.
    pub(super) first_hop: Option<(usize, Endpoint)>,
    /// How sure the callee's address is: the rank of the response it is from.
    pub(super) callee_rank: u8,
}

impl Call {
    /// Takes a message of the call: `first_copy` when it is no retransmission,
    /// `index` its place in the conversation.
    pub(super) fn take(
        &mut self,
        arrived: &Arrived<'_>,
        index: u32,
        first_copy: bool,
        texts: &mut Texts,
        max_digits: usize,
    ) {
        let sip = arrived.sip;
        let (from, to) = (sip.from(), sip.to());
        if self.caller.uri.is_empty() && self.callee.uri.is_empty() {
            self.caller =
                Party { address: self.caller.address, ..Party::named(from.as_ref(), texts) };
            self.callee =
                Party { address: self.callee.address, ..Party::named(to.as_ref(), texts) };
        }
        let (to_tag, from_tag) = (sip.to_tag(), sip.from_tag());
        match start_of(arrived) {
            Start::Request(Method::Invite) if to_tag.is_none() => {
                self.invite(arrived, from_tag, first_copy, texts);
            }
            Start::Request(Method::Invite) if self.attempts.is_empty() => self.began_earlier = true,
            Start::Request(Method::Bye) if first_copy => self.bye(arrived, from_tag, to_tag, texts),
            Start::Request(Method::Cancel) if self.cancelled.is_none() => {
                self.cancelled = Some(arrived.at);
                // The CANCEL of a fork that lost says nothing of the call.
                if !self.is_answered() {
                    self.learn_reason(arrived);
                }
            }
            Start::Request(Method::Ack) if self.is_acknowledged_by(arrived, to_tag, texts) => {
                self.acknowledged.get_or_insert(arrived.at);
            }
            Start::Request(Method::Info) if first_copy => {
                self.info(arrived, from_tag, texts, max_digits);
            }
            Start::Response(status) if first_copy => {
                self.response(status, arrived, to_tag, index, texts);
            }
            _ => {}
        }
    }

    fn invite(
        &mut self,
        arrived: &Arrived<'_>,
        from_tag: Option<&[u8]>,
        first_copy: bool,
        texts: &mut Texts,
    ) {
        let vias = arrived.sip.via_count();
        if let Some(tag) = from_tag {
            remember(&mut self.from_tags, tag, texts);
        }
        let Some((first_vias, first_src)) = self.first_hop else {
            self.first_hop = Some((vias, arrived.flow.src));
            self.caller.address = Some(arrived.flow.src);
            self.callee.address.get_or_insert(arrived.flow.dst);
            self.caller.learn_user_agent(arrived.sip, texts);
            push(&mut self.attempts, Attempt::begin(arrived));
            return;
        };
        if vias > first_vias {
            // Another hop's copy: as long as nobody answered, the callee is where it went.
            if self.callee_rank == 0 {
                self.callee.address = Some(arrived.flow.dst);
            }
            return;
        }
        if !first_copy
            || arrived.flow.src.ip != first_src.ip
            || !self.is_callers_tag(from_tag, texts)
        {
            return;
        }
        let full = self.attempts.len() >= MAX_ATTEMPTS;
        let Some(attempt) = self.attempts.last_mut() else { return };
        let number = arrived.sip.cseq().map(|cseq| cseq.number);
        match attempt.last() {
            _ if number <= attempt.cseq => attempt.sent_again(arrived),
            Some(last) if is_challenge(last.status) => {
                attempt.challenge_answered();
                attempt.sent_again(arrived);
            }
            Some(_) if !full => {
                push(&mut self.attempts, Attempt::begin(arrived));
                // Whoever ended the attempt before need not be the one called now.
                (self.callee_rank, self.callee.user_agent) = (0, Text::default());
                self.reason = None;
                self.callee.address = Some(arrived.flow.dst);
            }
            _ => attempt.sent_again(arrived),
        }
    }

    fn response(
        &mut self,
        status: u16,
        arrived: &Arrived<'_>,
        to_tag: Option<&[u8]>,
        index: u32,
        texts: &mut Texts,
    ) {
        let Some(cseq) = arrived.sip.cseq() else { return };
        let from_tag = arrived.sip.from_tag();
        match (cseq.method, status) {
            // Each side numbers its own requests: the callee's re-INVITE may
            // have the CSeq of the caller's INVITE.
            (Method::Invite, _) if self.sender(from_tag, texts) == Some(Side::Callee) => {}
            (Method::Invite, _) => {
                if status > 100
                    && let Some(tag) = to_tag
                {
                    remember(&mut self.to_tags, tag, texts);
                }
                self.begin_at_answer(arrived, from_tag, texts);
                // The answer to a re-INVITE is not the call's: its CSeq is another.
                let attempt =
                    self.attempts.last_mut().filter(|attempt| attempt.cseq == Some(cseq.number));
                let Some(attempt) = attempt else { return };
                let near = attempt.answered_by(status, arrived, index);
                if near && (200..300).contains(&status) && self.dialog(to_tag, texts).is_none() {
                    let tags = self.to_tags.iter().copied();
                    let same = |tag: &Text| Some(texts.get(*tag).as_bytes()) == to_tag;
                    self.dialogs.extend(tags.filter(same).map(|tag| (tag, false)));
                }
                if !self.is_answered() && status >= 300 && self.reason.is_none() {
                    self.learn_reason(arrived);
                } else if self.release.is_none() && (200..300).contains(&status) {
                    self.reason = None;
                }
                self.learn_callee(status, arrived, texts);
            }
            (Method::Bye, 200..=299) => {
                if let Some(release) = &mut self.release {
                    release.confirmed.get_or_insert(arrived.at);
                }
            }
            _ => {}
        }
    }

    /// The capture began after the INVITE: it was sent by whom its answers go
    /// to, nearest the caller where they have the fewest Vias.
    fn begin_at_answer(
        &mut self,
        arrived: &Arrived<'_>,
        from_tag: Option<&[u8]>,
        texts: &mut Texts,
    ) {
        let vias = arrived.sip.via_count();
        let number = arrived.sip.cseq().map(|cseq| cseq.number);
        let nearer = self.first_hop.is_some_and(|(known, _)| vias < known);
        match self.attempts.last_mut() {
            None if !self.began_earlier => {
                push(&mut self.attempts, Attempt::begin(arrived));
                if let Some(tag) = from_tag {
                    remember(&mut self.from_tags, tag, texts);
                }
            }
            Some(first) if nearer && first.at.is_none() && first.cseq == number => {
                first.sent_again(arrived);
            }
            _ => return,
        }
        self.first_hop = Some((vias, arrived.flow.dst));
        self.caller.address = Some(arrived.flow.dst);
    }

    /// Of several callees that answered the caller keeps one and says BYE to the
    /// others (RFC 3261 section 13.2.2.4): the call is over with its last dialog.
    fn bye(
        &mut self,
        arrived: &Arrived<'_>,
        from_tag: Option<&[u8]>,
        to_tag: Option<&[u8]>,
        texts: &Texts,
    ) {
        let by = self.sender(from_tag, texts);
        let callees_tag = if by == Some(Side::Callee) { from_tag } else { to_tag };
        if let Some(dialog) = self.dialog(callees_tag, texts) {
            if let Some((_, over)) = self.dialogs.get_mut(dialog) {
                *over = true;
            }
            if self.dialogs.iter().any(|(_, over)| !over) {
                return;
            }
        }
        if self.release.is_none() {
            self.release = Some(Release { at: arrived.at, by, confirmed: None });
            self.learn_reason(arrived);
        }
    }

    /// Whether an ACK is for the answer of the call, not for a fork's refusal or
    /// a re-INVITE's answer.
    fn is_acknowledged_by(&self, ack: &Arrived<'_>, to_tag: Option<&[u8]>, texts: &Texts) -> bool {
        let number = ack.sip.cseq().map(|cseq| cseq.number);
        let of_invite = self.decisive_attempt().is_some_and(|attempt| attempt.cseq == number);
        let of_answer = self.dialogs.is_empty() || self.dialog(to_tag, texts).is_some();
        self.is_answered() && of_invite && of_answer
    }

    /// Whether the first INVITE had passed a proxy before it was captured.
    pub fn is_seen_mid_path(&self) -> bool {
        self.first_hop.is_some_and(|(vias, _)| vias > 1)
    }

    /// The dialog of the callee with that tag.
    fn dialog(&self, callees_tag: Option<&[u8]>, texts: &Texts) -> Option<usize> {
        self.dialogs.iter().position(|(tag, _)| Some(texts.get(*tag).as_bytes()) == callees_tag)
    }

    /// The callee signals from where the first copy of its best answer came:
    /// a 2xx says more than an 18x, and that more than a refusal.
    fn learn_callee(&mut self, status: u16, arrived: &Arrived<'_>, texts: &mut Texts) {
        let rank = match status {
            200..=299 => 3,
            101..=199 => 2,
            300..=699 if !is_challenge(status) => 1,
            _ => 0,
        };
        if rank > self.callee_rank {
            self.callee_rank = rank;
            self.callee.address = Some(arrived.flow.src);
            self.callee.user_agent = Text::default();
        }
        if rank > 0 && rank == self.callee_rank && self.callee.address == Some(arrived.flow.src) {
            self.callee.learn_user_agent(arrived.sip, texts);
        }
    }

    fn info(
        &mut self,
        arrived: &Arrived<'_>,
        from_tag: Option<&[u8]>,
        texts: &Texts,
        max_digits: usize,
    ) {
        let content_type = arrived.sip.value(Name::ContentType).unwrap_or_default();
        let Some(signal) = dtmf_info::parse(content_type, arrived.sip.body) else { return };
        let from = self.sender(from_tag, texts).unwrap_or(Side::Caller);
        let cseq = arrived.sip.cseq().map(|cseq| cseq.number);
        let same = |known: &InfoDigit| known.from == from && known.cseq == cseq;
        if cseq.is_some() && self.digits.iter().rev().take(RECENT_DIGITS).any(same) {
            return;
        }
        if self.digits.len() >= max_digits {
            self.digits_dropped = self.digits_dropped.saturating_add(1);
            return;
        }
        self.digits.push(InfoDigit {
            frame: arrived.frame,
            at: arrived.at,
            digit: signal.digit,
            duration_ms: signal.duration_ms,
            from,
            cseq,
        });
    }

    fn learn_reason(&mut self, arrived: &Arrived<'_>) {
        // An ISUP cause says more than the SIP status that repeats the message's own.
        let reasons: Vec<_> =
            arrived.sip.elements(Name::Reason).take(8).filter_map(ReasonHeader::parse).collect();
        let isup = reasons.iter().find(|reason| reason.protocol.eq_ignore_ascii_case("Q.850"));
        if let Some(reason) = isup.or(reasons.first()) {
            self.reason = Some(reason.clone());
        }
    }

    fn is_callers_tag(&self, from_tag: Option<&[u8]>, texts: &Texts) -> bool {
        match from_tag {
            Some(tag) => {
                self.from_tags.first().is_none_or(|first| texts.get(*first).as_bytes() == tag)
            }
            None => self.from_tags.is_empty(),
        }
    }

    /// Whose request it is that has this From tag; `None` when no INVITE of the call was seen.
    pub(super) fn sender(&self, from_tag: Option<&[u8]>, texts: &Texts) -> Option<Side> {
        self.first_hop?;
        let known =
            |tags: &[Text]| tags.iter().any(|tag| Some(texts.get(*tag).as_bytes()) == from_tag);
        Some(if known(&self.from_tags) || from_tag.is_none() && self.from_tags.is_empty() {
            Side::Caller
        } else {
            Side::Callee
        })
    }

    /// Whether some attempt was answered with a 2xx.
    pub fn is_answered(&self) -> bool {
        self.attempts.iter().any(Attempt::is_answered)
    }

    /// Whether no response at all came to the last attempt, and none was answered.
    pub(super) fn is_unanswered(&self) -> bool {
        let none = |attempt: &Attempt| attempt.progress().first_response.is_none();
        !self.is_answered() && self.attempts.last().is_some_and(none)
    }

    /// The attempt that was answered, else the last one.
    pub fn decisive_attempt(&self) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.is_answered()).or(self.attempts.last())
    }

    /// The final response of the decisive attempt.
    pub fn last(&self) -> Option<Final> {
        self.decisive_attempt().and_then(Attempt::last)
    }

    /// The tag of the caller, as first sent.
    pub fn from_tag<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        self.from_tags.first().map(|tag| texts.get(*tag))
    }

    /// The tags with which callees answered, in order.
    pub fn to_tags<'t>(&self, texts: &'t Texts) -> impl Iterator<Item = &'t str> {
        self.to_tags.iter().map(|tag| texts.get(*tag))
    }

    /// The state, `now` being the end of what was seen.
    pub fn state(&self, now: Timestamp) -> CallState {
        if self.attempts.is_empty() {
            // The capture began in the middle of the call.
            return if self.release.is_some() { CallState::Completed } else { CallState::Answered };
        }
        if self.is_answered() {
            return if self.release.is_some() { CallState::Completed } else { CallState::Answered };
        }
        let Some(attempt) = self.attempts.last() else { return CallState::Trying };
        match attempt.last().map(|last| last.status) {
            Some(487) => CallState::Cancelled,
            Some(_) if self.cancelled.is_some_and(|at| Some(at) >= attempt.at) => {
                CallState::Cancelled
            }
            Some(300..=399) => CallState::Redirected,
            Some(408) => CallState::TimedOut,
            Some(500..=599) => CallState::Failed,
            Some(_) => CallState::Rejected,
            None if self.cancelled.is_some() => CallState::Cancelled,
            None if self.release.is_some() => CallState::Cancelled,
            None if attempt.is_timed_out(now) => CallState::TimedOut,
            None if attempt.progress().provisional.is_some() => CallState::Ringing,
            None => CallState::Trying,
        }
    }

    /// When the call was over: its BYE, else its refusal or cancellation.
    pub fn ended(&self) -> Option<Timestamp> {
        if let Some(release) = self.release {
            return Some(release.at);
        }
        match self.last() {
            Some(last) if last.status >= 300 => Some(last.at),
            Some(_) => None,
            None => self.cancelled,
        }
    }

    /// Who ended the call: the sender of the BYE, the caller who cancelled, the
    /// callee who refused. `None` where the messages do not tell a callee from
    /// a server on the way.
    pub fn released_by(&self, now: Timestamp) -> Option<Side> {
        if let Some(release) = self.release {
            return release.by;
        }
        match self.state(now) {
            CallState::Cancelled => Some(Side::Caller),
            CallState::Rejected => {
                let status = self.last()?.status;
                // Busy, declined, not acceptable: a user's or a user agent's own
                // answers (RFC 3261 sections 21.4.18, 21.4.24, 21.4.26, 21.6).
                matches!(status, 480 | 486 | 488 | 600 | 603 | 606 | 607).then_some(Side::Callee)
            }
            _ => None,
        }
    }
}

fn start_of(arrived: &Arrived<'_>) -> Start {
    match (arrived.sip.method(), arrived.sip.status()) {
        (Some(method), _) => Start::Request(method),
        (None, status) => Start::Response(status.unwrap_or(0)),
    }
}

fn remember(tags: &mut Vec<Text>, tag: &[u8], texts: &mut Texts) {
    if tags.len() < MAX_TAGS && !tags.iter().any(|known| texts.get(*known).as_bytes() == tag) {
        tags.push(texts.put(tag));
    }
}
