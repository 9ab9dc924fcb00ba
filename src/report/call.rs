//! A call's row.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::dialogs::{
    CallDialogRow, ChangeRow, Course, DialledRow, ForkRow, Maker, NamingRow, RedirectionRow,
    SessionTimerRow, TransferRow,
};
use super::event::{self, EventsRow};
use super::facts::{CallFacts, Member, PartyFacts};
use super::hep::{self, HepRow};
use super::identity::{self, IdentityRow};
use super::legs::{self, CandidateRow, LegRow};
use super::message::{self, MessageRow};
use super::stream;
use super::transaction::{self, HopRow, TransactionRow};
use super::value::{Address, FrameRef, UndeliveredRow};
use super::vq::{self, VqReportRow};
use crate::base::time::{Span, Timestamp};
use crate::base::units::rounded;
use crate::metrics::signalling::{Attempt, CallRatios};
use crate::track::call::{Call, InfoDigit};
use crate::track::conversation::Conversation;
use crate::track::other_media::OtherMedia;
use crate::track::reading::Reading;
use crate::track::{ConversationId, Side};

/// A call.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct CallRow<'a> {
    /// Stable within the report: `call-1` is the call whose first message came first.
    pub id: String,
    /// The Call-IDs that belong to the call: one, or a further one for each leg behind a
    /// back-to-back user agent. The times and the state of the call are those of the first.
    pub legs: Vec<LegRow>,
    /// Calls that may be legs of this one; what speaks for them is not enough.
    pub leg_candidates: Vec<CandidateRow>,
    /// `trying`, `ringing`, `answered`, `completed`, `cancelled`, `rejected`,
    /// `failed`, `timed_out` or `redirected`.
    #[schemars(extend("enum" = ["trying", "ringing", "answered", "completed", "cancelled", "rejected", "failed", "timed_out", "redirected"]))]
    pub state: &'static str,
    /// Who calls.
    pub caller: PartyRow,
    /// Who is called.
    pub callee: PartyRow,
    /// When the first message came.
    pub start_time: String,
    /// When the caller's side saw 180.
    pub ringing_time: Option<String>,
    /// When the caller's side saw the 2xx.
    pub answer_time: Option<String>,
    /// When the call was over: its BYE, refusal or cancellation.
    pub end_time: Option<String>,
    /// First INVITE to the first 180 or 183, or the 2xx without one (RFC 6076 section 4.3.1).
    pub post_dial_delay_ms: Option<f64>,
    /// First INVITE to the 2xx.
    pub setup_ms: Option<f64>,
    /// 180 to the 2xx.
    pub ring_ms: Option<f64>,
    /// 2xx to the BYE (RFC 6076 section 4.5); null unless both were seen.
    pub duration_s: Option<f64>,
    /// BYE to its 2xx (RFC 6076 section 4.4).
    pub disconnect_ms: Option<f64>,
    /// The final response to the INVITE.
    pub final_status: Option<StatusRow>,
    /// `caller`, `callee` or `network`; null where the messages do not tell.
    pub released_by: Option<&'static str>,
    /// Why the call ended, as a Reason header says (RFC 3326).
    pub release_cause: Option<CauseRow>,
    /// Whether the capture began after the call's INVITE, so that its beginning is unknown.
    pub began_before_capture: bool,
    /// Attempts to set it up, as the ratios of the summary count them.
    pub attempts: AttemptsRow,
    /// Times that a 401 or 407 was answered with credentials.
    pub challenges: u32,
    /// Its SIP messages in order of capture.
    pub messages: Vec<MessageRow<'a>>,
    /// Messages beyond the cap of one call: counted, not listed.
    pub messages_dropped: u64,
    /// Its transactions, each hop's apart, in the order of their first messages.
    pub transactions: Vec<TransactionRow<'a>>,
    /// Between whom its messages went, nearest the caller first.
    pub hops: Vec<HopRow>,
    /// Its dialogs, early ones too, in the order of their beginnings.
    pub dialogs: Vec<CallDialogRow>,
    /// How its INVITE went to several callees; null when it did not.
    pub forking: Option<ForkRow>,
    /// Re-INVITEs and UPDATEs, and what they changed; as the first leg has them.
    pub changes: Vec<ChangeRow>,
    /// Its session timer, if its ends agreed one.
    pub session_timer: Option<SessionTimerRow>,
    /// Transfers by REFER.
    pub transfers: Vec<TransferRow>,
    /// The call whose REFER led to this one.
    pub transferred_from: Option<String>,
    /// Dialogs of other calls that its INVITE replaces or joins.
    pub names: Vec<NamingRow>,
    /// The call that replaces a dialog of this one or joins it.
    pub named_by: Option<String>,
    /// Redirections by 3xx.
    pub redirections: Vec<RedirectionRow>,
    /// Its numbers, where it was dialled digit by digit and refused with 484 until complete.
    pub overlap: Vec<DialledRow>,
    /// ICMP errors about its messages.
    pub undelivered: Vec<UndeliveredRow>,
    /// Its RTP streams.
    pub streams: Vec<String>,
    /// Its media that are not RTP.
    pub other_media: Vec<OtherMediaRow>,
    /// What each side hears.
    pub mos: CallMosRow,
    /// What end points measured of it by their own account (RFC 6035).
    pub voice_quality_reports: Vec<VqReportRow>,
    /// What servers that mirrored it (HEP) tell of it; null if none did.
    pub hep: Option<HepRow>,
    /// DTMF digits in order.
    pub dtmf: Vec<DtmfRow>,
    /// Identity and routing facts.
    pub identity: IdentityRow,
    /// Subscriptions and bodies inside it; null if it has none.
    pub events: Option<EventsRow>,
    /// Packets that a live capture dropped during the call, of whatever calls; null when
    /// none were.
    pub capture_drops: Option<u64>,
    /// Findings about it.
    pub findings: Vec<String>,
}

/// Attempts of a call. An INVITE that was challenged and its successor are one;
/// one that follows a redirection is another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct AttemptsRow {
    /// All of them.
    pub count: u64,
    /// Those that a 2xx answered.
    pub answered: u64,
    /// Those in which the network did its part (ITU-T E.425).
    pub reached: u64,
}

/// An end of a call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct PartyRow {
    /// The URI of From or To as sent.
    pub uri: Option<String>,
    /// Its user part, escapes undone; a tel URI's number.
    pub user: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
    /// Where it signals from, as far as the capture sees.
    pub address: Option<Address>,
    /// User-Agent or Server.
    pub user_agent: Option<String>,
}

/// A final response.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct StatusRow {
    /// Status code.
    pub code: u16,
    /// Reason phrase as sent.
    pub reason: String,
}

impl StatusRow {
    /// The row of a code and a phrase.
    pub(super) fn of((code, reason): (u16, &str)) -> Self {
        Self { code, reason: reason.to_owned() }
    }
}

/// Why a call ended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CauseRow {
    /// Where this is from: `Reason header`.
    pub source: &'static str,
    /// `Q.850`, `SIP` or another.
    pub protocol: String,
    /// The cause of that protocol.
    pub cause: Option<u32>,
    /// The text.
    pub text: Option<String>,
}

/// What each side of a call hears: MOS-LQ of the streams that reach it.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct CallMosRow {
    /// Of what reaches the caller.
    pub caller_hears: Option<f64>,
    /// Of what reaches the callee.
    pub callee_hears: Option<f64>,
    /// The lower of the two.
    pub worst: Option<f64>,
}

/// A DTMF digit.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DtmfRow {
    /// Seconds since the first message of the call.
    pub offset_s: f64,
    /// `0`..`9`, `*`, `#`, `A`..`D`, `!` for the hook flash.
    pub digit: String,
    /// How long it lasted, if that is known.
    pub duration_ms: Option<f64>,
    /// Level in dBm0, as the sender states it (RFC 4733 section 2.3.1).
    pub level_dbm0: Option<i16>,
    /// Packets of it.
    pub packets: Option<u32>,
    /// Those with the end bit: three as a rule (RFC 4733 section 2.5.1.4).
    pub end_packets: Option<u32>,
    /// The first frame of it; null for tones in the voice, which have no packets of their own.
    pub frame: Option<FrameRef>,
    /// `rfc4733`, `sip_info`, or `inband` for tones in the voice (`--inband-dtmf`).
    pub method: &'static str,
    /// `caller` or `callee`.
    pub from: &'static str,
}

/// Packets of other media than RTP between two endpoints.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct OtherMediaRow {
    /// The transport of the media section that announced them: `udptl` is T.38, `TCP/MSRP` MSRP.
    pub protocol: String,
    /// `caller_to_callee` or `callee_to_caller`.
    pub direction: &'static str,
    /// Who sends.
    pub src: Address,
    /// Who receives.
    pub dst: Address,
    /// The frame of the first packet.
    pub first_frame: FrameRef,
    /// When that was captured.
    pub first_time: String,
    /// When the last packet was captured.
    pub last_time: String,
    /// Packets.
    pub packets: u64,
    /// Bytes of the packets with their IP headers.
    pub bytes: u64,
}

fn other_media(context: &Context<'_>, media: &OtherMedia) -> OtherMediaRow {
    OtherMediaRow {
        protocol: media.protocol.to_string(),
        direction: stream::direction(media.receiver),
        src: media.flow.src.into(),
        dst: media.flow.dst.into(),
        first_frame: context.frame(media.first_frame),
        first_time: context.time(media.first_at),
        last_time: context.time(media.last_at),
        packets: media.packets,
        bytes: media.bytes,
    }
}

/// The row of a party.
pub(super) fn party(party: PartyFacts<'_>) -> PartyRow {
    PartyRow {
        uri: party.uri().map(str::to_owned),
        user: party.user(),
        display_name: party.display_name().map(str::to_owned),
        address: party.address(),
        user_agent: party.user_agent().map(str::to_owned),
    }
}

/// Packets that the capture dropped between the first message of a call and the last.
fn dropped(
    context: &Context<'_>,
    members: &[(ConversationId, &Conversation, &Call)],
) -> Option<u64> {
    let messages = members.iter().flat_map(|(_, conversation, _)| &conversation.messages);
    let (first, last) = messages
        .map(|message| (message.at, message.at))
        .reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))?;
    Some(context.snapshot.drops.during(first, last)).filter(|dropped| *dropped > 0)
}

/// The row of a call.
pub(super) fn row<'a>(context: &Context<'a>, id: ConversationId) -> Option<CallRow<'a>> {
    let name = context.call_name(id)?;
    let members: Vec<_> = context.members(id).collect();
    let facts = CallFacts::of(context, id)?;
    let signalling = Signalling::of(context, &members, facts.start());
    let course = signalling.course;
    let relations = &context.snapshot.relations;
    let related = |of: &hashbrown::HashMap<ConversationId, ConversationId>| {
        members.iter().find_map(|(leg, ..)| of.get(leg)).and_then(|id| context.call_name(*id))
    };
    Some(CallRow {
        id: name,
        legs: legs::rows(context, id),
        leg_candidates: legs::candidates(context, id),
        state: facts.state(),
        caller: party(facts.caller()),
        callee: party(facts.callee()),
        start_time: facts.start_time(),
        ringing_time: facts.ringing_time(),
        answer_time: facts.answer_time(),
        end_time: facts.end_time(),
        post_dial_delay_ms: facts.post_dial_delay_ms(),
        setup_ms: facts.setup_ms(),
        ring_ms: facts.ring_ms(),
        duration_s: facts.duration_s(),
        disconnect_ms: facts.disconnect_ms(),
        final_status: facts.final_status().map(StatusRow::of),
        released_by: facts.released_by(),
        release_cause: facts.cause_protocol().map(|protocol| CauseRow {
            source: "Reason header",
            protocol: protocol.to_owned(),
            cause: facts.cause(),
            text: facts.cause_text().map(str::to_owned),
        }),
        began_before_capture: facts.began_before_capture(),
        attempts: attempts(facts.call, Times::of(facts.call)),
        challenges: facts.challenges(),
        messages: signalling.messages,
        messages_dropped: facts.messages_dropped(),
        transactions: signalling.transactions,
        hops: signalling.hops,
        dialogs: course.dialogs,
        forking: course.forking,
        changes: course.changes,
        session_timer: course.session_timer,
        transfers: course.transfers,
        transferred_from: related(&relations.referred_by),
        names: course.names,
        named_by: related(&relations.named_by),
        redirections: course.redirections,
        overlap: course.overlap,
        undelivered: members
            .iter()
            .flat_map(|(_, leg, _)| context.undelivered(&leg.undelivered))
            .collect(),
        other_media: facts.other_media().map(|media| other_media(context, media)).collect(),
        streams: facts.streams().into_iter().map(|(index, _)| context.stream_name(index)).collect(),
        mos: facts.mos(),
        voice_quality_reports: vq::of_call(context, id),
        dtmf: facts.dtmf(),
        hep: hep::of_call(context, id),
        identity: identity::row(context, members.iter().map(|(_, leg, _)| *leg)),
        events: event::row(context, members.iter().map(|(_, leg, _)| *leg)),
        capture_drops: dropped(context, &members),
        findings: context.findings_of(id),
    })
}

/// The ratios of a call's attempts.
pub(super) fn ratios(call: &Call, times: Times) -> CallRatios {
    let mut ratios = CallRatios::default();
    for attempt in &call.attempts {
        let answered = attempt.is_answered();
        ratios.push(&Attempt {
            status: attempt.last().map(|last| last.status),
            rang: attempt.progress().alerting.is_some(),
            talk_time: times.duration().filter(|_| answered),
            completed: answered && call.release.is_some_and(|release| release.confirmed.is_some()),
        });
    }
    ratios
}

fn attempts(call: &Call, times: Times) -> AttemptsRow {
    let ratios = ratios(call, times);
    AttemptsRow { count: ratios.attempts(), answered: ratios.answered(), reached: ratios.reached() }
}

/// The signalling of all legs of a call together.
struct Signalling<'a> {
    messages: Vec<MessageRow<'a>>,
    transactions: Vec<TransactionRow<'a>>,
    hops: Vec<HopRow>,
    course: Course,
}

impl<'a> Signalling<'a> {
    fn of(context: &Context<'_>, members: &[Member<'a>], start: Timestamp) -> Self {
        let mut all = Self {
            messages: Vec::new(),
            transactions: Vec::new(),
            hops: Vec::new(),
            course: Course::default(),
        };
        let mut order = Vec::new();
        for (id, conversation, _) in members {
            let reading = Reading::of(conversation, context.snapshot.now());
            let first = all.transactions.len();
            let list = &reading.transactions;
            let rows = list.iter().enumerate().map(|(index, transaction)| {
                transaction::row(context, conversation, transaction, list, (index, first))
            });
            all.transactions.extend(rows);
            all.hops.extend(transaction::hops(conversation, &reading.travels));
            order.extend(conversation.messages.iter().map(|message| (message.at, message.frame)));
            all.messages.extend(message::rows(context, conversation, &reading.travels, start));
            all.course.add(&Maker { context, id: *id, reading: &reading, start });
        }
        if members.len() > 1 {
            let mut rows: Vec<_> = order.into_iter().zip(all.messages).collect();
            rows.sort_by_key(|(order, _)| *order);
            all.messages = rows.into_iter().map(|(_, row)| row).collect();
        }
        all
    }
}

/// Code and phrase of the final response of a call's decisive attempt.
pub(super) fn final_response<'a>(
    conversation: &'a Conversation,
    call: &Call,
) -> Option<(u16, &'a str)> {
    let last = call.last()?;
    let message = conversation.messages.get(last.message as usize);
    let reason = message.and_then(|message| conversation.reason_of(message));
    Some((last.status, reason.unwrap_or_default()))
}

/// Who ended a call whose legs are `near` the caller and `far` from it: an
/// element between says BYE to both.
pub(super) fn released_by(near: &Call, far: &Call, now: Timestamp) -> Option<&'static str> {
    let by = |call: &Call| call.release.and_then(|release| release.by);
    if by(near) == Some(Side::Callee) && by(far) == Some(Side::Caller) {
        return Some("network");
    }
    near.released_by(now).map(Side::name)
}

/// Legs pass a digit on within this.
const DIGIT_PASSED_ON: Span = Span::from_secs(1);

/// The digits by INFO of all legs, each once: a later leg repeats those of the one before.
fn digits_of_legs(members: &[Member<'_>]) -> Vec<InfoDigit> {
    let mut all: Vec<(InfoDigit, usize, usize)> = Vec::new();
    for (leg, (_, _, call)) in members.iter().enumerate() {
        for digit in &call.digits {
            let passed_on = all.iter_mut().find(|(known, of, taken)| {
                let apart = digit.at.since(known.at).nanos().unsigned_abs();
                *of != leg
                    && *taken != leg
                    && (known.digit, known.from) == (digit.digit, digit.from)
                    && apart <= DIGIT_PASSED_ON.nanos().unsigned_abs()
            });
            match passed_on {
                Some((_, _, taken)) => *taken = leg,
                None => all.push((*digit, leg, usize::MAX)),
            }
        }
    }
    all.into_iter().map(|(digit, ..)| digit).collect()
}

/// The moments of a call at the measuring point (METRICS M4).
#[derive(Clone, Copy)]
pub(super) struct Times {
    invite: Option<Timestamp>,
    alerting: Option<Timestamp>,
    pub(super) ringing: Option<Timestamp>,
    pub(super) answer: Option<Timestamp>,
    release: Option<Timestamp>,
    released: Option<Timestamp>,
}

impl Times {
    /// The moments of a call.
    pub(super) fn of(call: &Call) -> Self {
        let progress = call.decisive_attempt().map(|attempt| *attempt.progress());
        let answer = progress.and_then(|progress| progress.last).filter(|last| last.status < 300);
        // Redirection and challenges are inside the interval: it begins with
        // the call's first INVITE.
        Self {
            invite: call.attempts.first().and_then(|attempt| attempt.at),
            alerting: progress.and_then(|progress| progress.alerting),
            ringing: progress.and_then(|progress| progress.ringing),
            answer: answer.map(|answer| answer.at),
            release: call.release.map(|release| release.at),
            released: call.release.and_then(|release| release.confirmed),
        }
    }

    /// INVITE to 180 or 183, or to the 2xx without them.
    pub(super) fn post_dial_delay(&self) -> Option<Span> {
        Some(self.alerting.or(self.answer)?.since(self.invite?))
    }

    /// INVITE to the 2xx.
    pub(super) fn setup(&self) -> Option<Span> {
        Some(self.answer?.since(self.invite?))
    }

    /// 180 to the 2xx.
    pub(super) fn ring(&self) -> Option<Span> {
        Some(self.answer?.since(self.ringing?))
    }

    /// 2xx to BYE.
    pub(super) fn duration(&self) -> Option<Span> {
        Some(self.release?.since(self.answer?))
    }

    /// BYE to its 2xx.
    pub(super) fn disconnect(&self) -> Option<Span> {
        Some(self.released?.since(self.release?))
    }
}

/// The digits of a call, by telephone-event and by INFO, in order.
pub(super) fn digits(
    context: &Context<'_>,
    id: ConversationId,
    members: &[Member<'_>],
    start: Timestamp,
) -> Vec<DtmfRow> {
    let mut digits: Vec<(Timestamp, DtmfRow)> = Vec::new();
    for digit in digits_of_legs(members) {
        let row = DtmfRow {
            offset_s: digit.at.since(start).as_secs(),
            digit: digit.digit.to_string(),
            duration_ms: digit.duration_ms.map(f64::from),
            level_dbm0: None,
            packets: None,
            end_packets: None,
            frame: Some(context.frame(digit.frame)),
            method: "sip_info",
            from: digit.from.name(),
        };
        digits.push((digit.at, row));
    }
    for stream in context.last_hops(id) {
        let Some(binding) = stream.binding else { continue };
        for digit in stream.digits.list() {
            let row = DtmfRow {
                offset_s: digit.at.since(start).as_secs(),
                digit: digit.digit.to_string(),
                duration_ms: digit.duration_ms().and_then(rounded),
                level_dbm0: Some(-i16::from(digit.volume)),
                packets: Some(digit.packets),
                end_packets: Some(digit.ends),
                frame: Some(context.frame(digit.frame)),
                method: "rfc4733",
                from: binding.receiver.other().name(),
            };
            digits.push((digit.at, row));
        }
        for digit in stream.sound.iter().flat_map(|sound| &sound.tones) {
            let row = DtmfRow {
                offset_s: digit.at.since(start).as_secs(),
                digit: digit.digit.to_string(),
                duration_ms: rounded(digit.duration.as_ms()),
                level_dbm0: None,
                packets: None,
                end_packets: None,
                frame: None,
                method: "inband",
                from: binding.receiver.other().name(),
            };
            digits.push((digit.at, row));
        }
    }
    digits.sort_by_key(|(at, _)| *at);
    digits.into_iter().map(|(_, row)| row).collect()
}
