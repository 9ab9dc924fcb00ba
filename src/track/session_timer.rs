//! Session timers (RFC 4028): who refreshes a session, when that was done, and
//! whether it was missed.

use super::Side;
use super::fact::{Fact, Refresher};
use super::message::Method;
use super::reading::Reading;
use crate::base::time::{Span, Timestamp};

/// The session timer of a call; messages are indexes into the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SessionTimer {
    /// The interval agreed last, in seconds.
    pub interval_s: u32,
    /// Min-SE, where a message of the call has it.
    pub min_se_s: Option<u32>,
    /// Who refreshes, as agreed last.
    pub refresher: Option<Side>,
    /// The 2xx that agreed it first.
    pub agreed: u32,
    /// Requests that refreshed the session.
    pub refreshes: Vec<Refresh>,
    /// Times that an interval was refused as too small (422).
    pub refused: u32,
    /// When the session runs out unless it is refreshed.
    pub expires: Timestamp,
    /// How it stands at the end.
    pub state: TimerState,
}

/// A refresh.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Refresh {
    /// The re-INVITE or UPDATE.
    pub request: u32,
    /// Who sent it.
    pub by: Option<Side>,
}

/// How a session timer stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TimerState {
    /// The next refresh is not due yet, or was not when the call ended.
    Running,
    /// More than half of the interval has passed without a refresh.
    Overdue,
    /// It was not refreshed in time: the session ran out, or was ended for that.
    Expired,
}

/// A refresh is due after half of the interval (RFC 4028 section 7.2); requests
/// take this long under way.
const GRACE: Span = Span::from_secs(5);

impl TimerState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Overdue => "overdue",
            Self::Expired => "expired",
        }
    }
}

/// The session timer of a call, if its ends agreed one.
pub fn session_timer(reading: &Reading<'_>) -> Option<SessionTimer> {
    let facts = reading.conversation.facts();
    let mut timer: Option<SessionTimer> = None;
    let mut last = None;
    let (mut refused, mut min_se_s) = (0, None);
    for (_, fact) in facts.all() {
        if let Fact::MinSe(seconds) = fact {
            min_se_s = min_se_s.max(Some(*seconds));
        }
    }
    for (request, transaction) in reading.requests(&[Method::Invite, Method::Update]) {
        let Some((answer, status)) = transaction.last(reading.conversation) else { continue };
        refused += u32::from(status == 422);
        let Some(at) = reading.at(answer).filter(|_| status < 300) else { continue };
        let by = reading.sender(request);
        let agreed = facts.of(answer).find_map(|fact| match fact {
            Fact::SessionExpires(seconds, refresher) => Some((seconds, refresher)),
            _ => None,
        });
        let inside = reading.is_inside(request);
        let Some((seconds, refresher)) = agreed else {
            // A 2xx without Session-Expires turns the timer off (RFC 4028 section 7.4).
            if inside && transaction.method == Method::Invite {
                timer = None;
            }
            continue;
        };
        let refresher = match refresher {
            Some(Refresher::Uac) => by,
            Some(Refresher::Uas) => by.map(Side::other),
            None => None,
        };
        let timer = timer.get_or_insert_with(|| SessionTimer {
            interval_s: seconds,
            min_se_s: None,
            refresher,
            agreed: answer,
            refreshes: Vec::new(),
            refused: 0,
            expires: at,
            state: TimerState::Running,
        });
        (timer.interval_s, timer.refresher) = (seconds, refresher.or(timer.refresher));
        if inside {
            timer.refreshes.push(Refresh { request, by });
        }
        timer.expires = at + Span::from_secs(i64::from(seconds));
        last = Some(at);
    }
    let mut timer = timer?;
    (timer.refused, timer.min_se_s) = (refused, min_se_s);
    let end = reading.call.and_then(super::call::Call::ended).unwrap_or(reading.now);
    let passed = end.since(last?);
    let interval = Span::from_secs(i64::from(timer.interval_s));
    // Who does not refresh says BYE this long before the end (RFC 4028 section 10).
    let early = Span::from_nanos(interval.nanos() / 3).min(Span::from_secs(32));
    let given_up = Span::from_nanos(interval.nanos() - early.nanos());
    let due = Span::from_nanos(interval.nanos() / 2 + GRACE.nanos());
    timer.state = if passed >= given_up {
        TimerState::Expired
    } else if passed > due {
        TimerState::Overdue
    } else {
        TimerState::Running
    };
    Some(timer)
}
