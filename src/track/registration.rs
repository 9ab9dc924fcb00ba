//! A registration: the REGISTERs of one Call-ID (RFC 3261 section 10).

use super::attempt::{TIMER_B, is_challenge};
use super::message::Arrived;
use super::text::{Text, Texts};
use crate::base::flow::Endpoint;
use crate::base::time::{Span, Timestamp};
use crate::wire::bytes::decimal;
use crate::wire::sip::{Method, Name, NameAddr, Uri};

/// Where a registration stands at the end of what was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegistrationState {
    /// No final answer yet.
    Pending,
    /// Bound.
    Registered,
    /// The binding was removed.
    Unregistered,
    /// Challenged, and not answered.
    Challenged,
    /// Refused.
    Failed,
    /// Nobody answered within Timer F.
    TimedOut,
}

impl RegistrationState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Registered => "registered",
            Self::Unregistered => "unregistered",
            Self::Challenged => "challenged",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// The REGISTER under way: with its challenge and the answer to it, one attempt
/// (RFC 6076 section 4.1).
#[derive(Clone, Copy, Debug)]
struct Open {
    at: Timestamp,
    cseq: Option<u32>,
    last: Option<u16>,
    removes: bool,
    /// Challenges that were answered with another REGISTER.
    challenges: u8,
    /// Whether the answer was seen on a later hop and not yet on the device's own.
    far: bool,
}

/// What is known of a registration.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    aor: Text,
    contact: Text,
    /// Where the first REGISTER came from.
    pub address: Option<Endpoint>,
    /// Lifetime that the registrar granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First REGISTER to 2xx of the first attempt that succeeded (RFC 6076 RRD).
    pub delay: Option<Span>,
    /// Attempts.
    pub attempts: u32,
    /// Attempts that got a 2xx.
    pub succeeded: u32,
    /// Attempts refused with other than 401, 402 and 407.
    pub failed: u32,
    first_vias: usize,
    open: Option<Open>,
}

impl Registration {
    pub(super) fn take(&mut self, arrived: &Arrived<'_>, first_copy: bool, texts: &mut Texts) {
        if !first_copy {
            return;
        }
        match arrived.sip.status() {
            None if arrived.sip.method() == Some(Method::Register) => self.request(arrived, texts),
            Some(status)
                if arrived.sip.cseq().is_some_and(|cseq| cseq.method == Method::Register) =>
            {
                self.response(status, arrived, texts);
            }
            _ => {}
        }
    }

    fn request(&mut self, arrived: &Arrived<'_>, texts: &mut Texts) {
        let sip = arrived.sip;
        let vias = sip.via_count();
        if self.attempts == 0 {
            self.first_vias = vias;
            self.address = Some(arrived.flow.src);
            self.aor = sip.to().map_or(Text::default(), |to| texts.put(to.uri));
        } else if vias > self.first_vias {
            return; // a proxy's copy
        }
        let contact = sip.elements(Name::Contact).next();
        // A star stands for every binding and is none itself (RFC 3261 section 10.2.2).
        if let Some(contact) = contact.and_then(NameAddr::parse)
            && contact.uri != b"*"
        {
            self.contact = texts.put_unless(self.contact, contact.uri);
        }
        let cseq = sip.cseq().map(|cseq| cseq.number);
        let removes = contact.is_some() && requested_lifetime(arrived) == Some(0);
        if let Some(open) = &mut self.open
            && (open.last.is_some_and(is_challenge) || open.cseq >= cseq)
        {
            let answered = u8::from(open.last.is_some_and(is_challenge));
            let challenges = open.challenges.saturating_add(answered);
            let cseq = open.cseq.max(cseq);
            *open = Open { cseq, last: None, removes, challenges, far: false, ..*open };
            return;
        }
        self.attempts = self.attempts.saturating_add(1);
        let at = arrived.at;
        self.open = Some(Open { at, cseq, last: None, removes, challenges: 0, far: false });
    }

    fn response(&mut self, status: u16, arrived: &Arrived<'_>, texts: &mut Texts) {
        if self.aor.is_empty() {
            self.aor = arrived.sip.to().map_or(Text::default(), |to| texts.put(to.uri));
        }
        let cseq = arrived.sip.cseq().map(|cseq| cseq.number);
        let Some(open) = self.open.as_mut().filter(|open| open.cseq == cseq) else { return };
        let far = arrived.sip.via_count() > self.first_vias;
        if open.far && !far && open.last == Some(status) {
            open.far = false;
            if (200..300).contains(&status) && self.succeeded == 1 {
                self.delay = Some(arrived.at.since(open.at));
            }
        }
        if status < 200 || open.last.is_some() {
            return;
        }
        (open.last, open.far) = (Some(status), far);
        match status {
            200..=299 => {
                self.succeeded = self.succeeded.saturating_add(1);
                self.delay.get_or_insert(arrived.at.since(open.at));
                let granted = if open.removes {
                    Some(0)
                } else {
                    granted_lifetime(arrived, texts.get(self.contact))
                };
                self.expires_s = granted.or(self.expires_s);
            }
            401 | 402 | 407 => {}
            300..=699 => self.failed = self.failed.saturating_add(1),
            _ => {}
        }
    }

    /// The address of record: the URI of To.
    pub fn aor<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        (!self.aor.is_empty()).then(|| texts.get(self.aor))
    }

    /// The user part of the address of record.
    pub fn user(&self, texts: &Texts) -> Option<String> {
        Uri::parse(texts.get(self.aor).as_bytes())?.user_text()
    }

    /// The contact bound last.
    pub fn contact<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        (!self.contact.is_empty()).then(|| texts.get(self.contact))
    }

    /// The state, `now` being the end of what was seen.
    pub fn state(&self, now: Timestamp) -> RegistrationState {
        let Some(open) = self.open else { return RegistrationState::Pending };
        match open.last {
            Some(200..=299) if self.expires_s == Some(0) => RegistrationState::Unregistered,
            Some(200..=299) => RegistrationState::Registered,
            Some(status) if is_challenge(status) => RegistrationState::Challenged,
            Some(_) => RegistrationState::Failed,
            None if now.since(open.at) >= TIMER_B => RegistrationState::TimedOut,
            None => RegistrationState::Pending,
        }
    }

    /// Whether a challenge that was answered was followed by another: the
    /// credentials were not accepted.
    pub fn is_challenged_again(&self) -> bool {
        self.open.is_some_and(|open| open.challenges > 0 && open.last.is_some_and(is_challenge))
    }

    /// Attempts that failed, one without an answer within Timer F included.
    pub fn failed_by(&self, now: Timestamp) -> u32 {
        self.failed + u32::from(self.state(now) == RegistrationState::TimedOut)
    }
}

/// The lifetime that a REGISTER asks for its first contact: the contact's
/// `expires`, else `Expires` (RFC 3261 section 10.2.1.1).
fn requested_lifetime(arrived: &Arrived<'_>) -> Option<u64> {
    let sip = arrived.sip;
    let contact = sip.elements(Name::Contact).next().and_then(NameAddr::parse);
    contact
        .and_then(|contact| contact.params.get("expires"))
        .or_else(|| sip.value(Name::Expires))
        .and_then(decimal)
}

/// The lifetime that a 2xx grants to `contact`, else to the first one it lists.
/// A 2xx without contacts has none left (RFC 3261 section 10.3).
fn granted_lifetime(arrived: &Arrived<'_>, contact: &str) -> Option<u64> {
    let sip = arrived.sip;
    let contacts: Vec<_> =
        sip.elements(Name::Contact).take(64).filter_map(NameAddr::parse).collect();
    let own = contacts.iter().find(|listed| listed.uri == contact.as_bytes()).or(contacts.first());
    own.and_then(|own| own.params.get("expires"))
        .or_else(|| sip.value(Name::Expires))
        .and_then(decimal)
}
