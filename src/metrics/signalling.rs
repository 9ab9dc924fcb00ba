//! How well calls and registrations succeed: the ratios of RFC 6076 and their
//! telephony ancestors.

use crate::base::time::Span;

/// How one attempt to call ended. A challenged INVITE and its authenticated
/// successor are one attempt; the INVITE that follows a redirection is another.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attempt {
    /// The final status; `None` when no final response came.
    pub status: Option<u16>,
    /// Whether the callee's phone rang (180, or 183 in its stead).
    pub rang: bool,
    /// Answer to end of an answered call that ended.
    pub talk_time: Option<Span>,
    /// Whether a BYE that was answered ended the call.
    pub completed: bool,
}

impl Attempt {
    /// Whether a 2xx answered it.
    pub fn is_answered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    fn is_redirected(&self) -> bool {
        self.status.is_some_and(|status| (300..400).contains(&status))
    }

    /// What RFC 6076 section 4.7 adds to the answered: the callee's own "no".
    fn is_effective(&self) -> bool {
        self.is_answered() || matches!(self.status, Some(480 | 486 | 600 | 603))
    }

    fn is_ineffective(&self) -> bool {
        matches!(self.status, Some(408 | 500 | 503 | 504))
    }

    /// Whether the network did its part: answered, busy, rejected at the
    /// terminal, or rang without an answer.
    fn reached_the_callee(&self) -> bool {
        match self.status {
            Some(486 | 600 | 603) => true,
            Some(480 | 487) => self.rang,
            _ => self.is_answered(),
        }
    }
}

/// Counts of attempts, from which the ratios come; they add up across time,
/// hosts or trunks. Ratios are percentages, `None` while nothing was counted
/// that they could be of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct CallRatios {
    attempts: u64,
    answered: u64,
    redirected: u64,
    effective: u64,
    ineffective: u64,
    reached: u64,
    completed: u64,
    talked: u64,
    talk_time: Span,
}

impl CallRatios {
    /// Counts one attempt that has ended, or is known to be answered.
    pub fn push(&mut self, attempt: &Attempt) {
        self.attempts += 1;
        self.answered += u64::from(attempt.is_answered());
        self.redirected += u64::from(attempt.is_redirected());
        self.effective += u64::from(attempt.is_effective());
        self.ineffective += u64::from(attempt.is_ineffective());
        self.reached += u64::from(attempt.reached_the_callee());
        self.completed += u64::from(attempt.is_answered() && attempt.completed);
        if let (true, Some(talk)) = (attempt.is_answered(), attempt.talk_time) {
            self.talked += 1;
            self.talk_time = added(self.talk_time, talk);
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.answered += other.answered;
        self.redirected += other.redirected;
        self.effective += other.effective;
        self.ineffective += other.ineffective;
        self.reached += other.reached;
        self.completed += other.completed;
        self.talked += other.talked;
        self.talk_time = added(self.talk_time, other.talk_time);
    }

    /// Attempts counted.
    pub const fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Attempts answered.
    pub const fn answered(&self) -> u64 {
        self.answered
    }

    /// Attempts in which the network did its part, as the NER counts them.
    pub const fn reached(&self) -> u64 {
        self.reached
    }

    /// ASR, answer seizure ratio (ITU-T E.411, E.425): answered of all.
    pub fn asr(&self) -> Option<f64> {
        percent(self.answered, self.attempts)
    }

    /// NER, network effectiveness ratio (ITU-T E.425): of all, those answered,
    /// busy (486, 600), rejected at the terminal (603), or not answered after
    /// ringing (480, 487). Wrong numbers (404, 484, 604) do not count as
    /// reached.
    pub fn ner(&self) -> Option<f64> {
        percent(self.reached, self.attempts)
    }

    /// SER, session establishment ratio (RFC 6076 section 4.6): answered of all
    /// that were not redirected.
    pub fn ser(&self) -> Option<f64> {
        percent(self.answered, self.attempts - self.redirected)
    }

    /// SEER, session establishment effectiveness ratio (RFC 6076 section 4.7):
    /// answered, 480, 486, 600 or 603, of all that were not redirected.
    pub fn seer(&self) -> Option<f64> {
        percent(self.effective, self.attempts - self.redirected)
    }

    /// ISA, ineffective session attempts (RFC 6076 section 4.8): 408, 500, 503
    /// or 504, of all.
    pub fn isa(&self) -> Option<f64> {
        percent(self.ineffective, self.attempts)
    }

    /// SCR, session completion ratio (RFC 6076 section 4.9): answered and ended
    /// by a BYE that was answered, of all.
    pub fn scr(&self) -> Option<f64> {
        percent(self.completed, self.attempts)
    }

    /// ACD, average call duration: the mean talk time of the answered calls
    /// that have ended.
    pub fn acd(&self) -> Option<Span> {
        let talked = i64::try_from(self.talked).unwrap_or(i64::MAX);
        (talked > 0).then(|| Span::from_nanos(self.talk_time.nanos() / talked))
    }
}

/// Counts of registration attempts (RFC 6076 section 4.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RegistrationRatios {
    attempts: u64,
    succeeded: u64,
    failed: u64,
}

/// Whether a registration that ended with `status` failed: any 4xx but a
/// challenge (401, 407) or a bill (402), 5xx, 6xx, or silence until Timer F.
pub const fn registration_failed(status: Option<u16>) -> bool {
    match status {
        None => true,
        Some(401 | 402 | 407) => false,
        Some(status) => status >= 400,
    }
}

impl RegistrationRatios {
    /// Counts one attempt; a challenge and its answer are one.
    pub fn push(&mut self, status: Option<u16>) {
        self.attempts += 1;
        self.succeeded += u64::from(matches!(status, Some(200..300)));
        self.failed += u64::from(registration_failed(status));
    }

    /// Adds the counts of `other`.
    pub const fn merge(&mut self, other: &Self) {
        self.attempts += other.attempts;
        self.succeeded += other.succeeded;
        self.failed += other.failed;
    }

    /// Attempts counted.
    pub const fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Attempts that a 2xx accepted.
    pub const fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// Attempts that failed.
    pub const fn failed(&self) -> u64 {
        self.failed
    }

    /// IRA, ineffective registration attempts: failed of all, percent.
    pub fn ira(&self) -> Option<f64> {
        percent(self.failed, self.attempts)
    }
}

fn added(a: Span, b: Span) -> Span {
    Span::from_nanos(a.nanos().saturating_add(b.nanos()))
}

fn percent(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratios(attempts: &[Attempt]) -> CallRatios {
        let mut ratios = CallRatios::default();
        for attempt in attempts {
            ratios.push(attempt);
        }
        ratios
    }

    fn ended(status: u16) -> Attempt {
        Attempt { status: Some(status), ..Attempt::default() }
    }

    fn talked(seconds: i64, completed: bool) -> Attempt {
        Attempt { talk_time: Some(Span::from_secs(seconds)), completed, ..ended(200) }
    }

    #[test]
    fn nothing_is_claimed_of_no_calls() {
        let none = ratios(&[]);
        assert_eq!([none.asr(), none.ner(), none.ser(), none.seer(), none.isa()], [None; 5]);
        assert_eq!((none.scr(), none.acd()), (None, None));
        let redirected = ratios(&[ended(302)]);
        assert_eq!((redirected.ser(), redirected.asr()), (None, Some(0.0)));
    }

    #[test]
    fn an_unanswered_call_was_effective_once_it_rang() {
        let rang = Attempt { rang: true, ..ended(480) };
        assert_eq!(ratios(&[rang]).ner(), Some(100.0));
        assert_eq!(ratios(&[ended(480)]).ner(), Some(0.0));
        assert_eq!(ratios(&[ended(480)]).seer(), Some(100.0), "RFC 6076 does not ask for ringing");
        assert_eq!(ratios(&[ended(404)]).ner(), Some(0.0));
    }

    #[test]
    fn duration_is_of_calls_that_ended() {
        let in_progress = ended(200);
        let ratios = ratios(&[talked(10, true), talked(30, false), in_progress, ended(503)]);
        assert_eq!(ratios.acd(), Some(Span::from_secs(20)));
        assert_eq!(ratios.scr(), Some(25.0));
        assert_eq!(ratios.isa(), Some(25.0));
    }

    #[test]
    fn counts_add_up() {
        let (first, second) = ([talked(10, true), ended(302)], [talked(7, false), ended(486)]);
        let (mut left, right) = (ratios(&first), ratios(&second));
        left.merge(&right);
        assert_eq!(left, ratios(&[first, second].concat()));
    }

    #[test]
    fn a_challenge_is_no_failed_registration() {
        let mut ratios = RegistrationRatios::default();
        for status in [Some(200), Some(401), Some(402), Some(407), Some(403), Some(503), None] {
            ratios.push(status);
        }
        assert_eq!((ratios.succeeded(), ratios.failed()), (1, 3));
        assert_eq!(ratios.ira(), Some(300.0 / 7.0));
    }
}
