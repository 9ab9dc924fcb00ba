//! A registration: the REGISTERs of one Call-ID (RFC 3261 section 10).

use super::attempt::{TIMER_B, is_challenge};
use super::binding::{Bindings, Listed};
use super::message::Arrived;
use super::text::{Text, Texts};
use crate::base::flow::Endpoint;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::wire::bytes::decimal;
use crate::wire::sip::param::Params;
use crate::wire::sip::{Message, Method, Name, NameAddr, Uri, unfold};

/// Where a registration stands at the end of what was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum RegistrationState {
    /// No final answer yet.
    Pending,
    /// Bound.
    Registered,
    /// The binding's lifetime ran out, and nobody refreshed it.
    Expired,
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
            Self::Expired => "expired",
            Self::Unregistered => "unregistered",
            Self::Challenged => "challenged",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// The REGISTER under way: with its challenge and the answer to it, one attempt
/// (RFC 6076 section 4.1).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Open {
    pub(super) at: Timestamp,
    pub(super) cseq: Option<u32>,
    pub(super) last: Option<u16>,
    pub(super) removes: bool,
    /// Whether it removes every contact: `Contact: *`.
    pub(super) star: bool,
    /// The contacts that it asks for, as one text.
    pub(super) contacts: Text,
    /// Its Expires.
    pub(super) expires_s: Option<u64>,
    /// Challenges that were answered with another REGISTER.
    pub(super) challenges: u8,
    /// Whether the answer was seen on a later hop and not yet on the device's own.
    pub(super) far: bool,
}

/// What is known of a registration.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    pub(super) aor: Text,
    pub(super) contact: Text,
    /// Where the first REGISTER came from.
    pub address: Option<Endpoint>,
    /// Lifetime that the registrar granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First REGISTER to 2xx of the first attempt that succeeded (RFC 6076 RRD).
    pub delay: Option<Span>,
    /// The same of every attempt that succeeded; at most `MAX_DELAYS`.
    pub delays: Vec<Span>,
    /// Attempts.
    pub attempts: u32,
    /// Attempts that got a 2xx.
    pub succeeded: u32,
    /// Attempts refused with other than 401, 402 and 407.
    pub failed: u32,
    /// When the last success was, for how long it holds follows from `expires_s`.
    pub last_success: Option<Timestamp>,
    /// Successes after the first that asked for the contact again in time.
    pub refreshes: u32,
    /// Attempts that asked to remove bindings and got a 2xx.
    pub removals: u32,
    /// Challenges.
    pub challenges: u32,
    /// When the address became bound (true) or was found unbound (false), and the frame
    /// that shows it; at most `MAX_CHANGES`.
    pub changes: Vec<Change>,
    /// The contacts that the registrar holds.
    pub bindings: Bindings,
    /// Whether device and registrar keep flows open (RFC 5626): the 2xx requires `outbound`.
    pub outbound: bool,
    /// Seconds within which the registrar wants to hear from a flow (RFC 5626 section 4.4).
    pub flow_timer_s: Option<u64>,
    /// Scheme, realm and algorithm of the latest challenge.
    pub(super) challenge: [Text; 3],
    pub(super) path: Vec<Text>,
    pub(super) service_route: Vec<Text>,
    pub(super) associated_uris: Vec<Text>,
    pub(super) first_vias: usize,
    pub(super) open: Option<Open>,
    /// User-Agent of the first message, where that is not kept.
    pub(super) agent: Text,
    /// The fingerprint of the latest REGISTER, where that is not kept.
    pub(super) latest: Option<u64>,
}

/// A change of what is bound.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Change {
    /// When.
    pub at: Timestamp,
    /// The frame that shows it.
    pub frame: FrameNo,
    /// Whether it was bound or lost.
    pub bound: bool,
}

/// Delays of one registration that are kept.
const MAX_DELAYS: usize = 1_024;
/// Changes of one registration that are kept.
const MAX_CHANGES: usize = 256;
/// Values of Path, Service-Route or P-Associated-URI that are kept.
const MAX_ROUTES: usize = 16;

impl Registration {
    pub(super) fn take(
        &mut self,
        arrived: &Arrived<'_>,
        first_copy: bool,
        texts: &mut Texts,
        limits: &Limits,
    ) {
        if !first_copy {
            return;
        }
        match arrived.sip.status() {
            None if arrived.sip.method() == Some(Method::Register) => self.request(arrived, texts),
            Some(status)
                if arrived.sip.cseq().is_some_and(|cseq| cseq.method == Method::Register) =>
            {
                self.response(status, arrived, texts, limits);
            }
            _ => {}
        }
    }

    /// Takes a message of which nothing is kept but what it changes in the figures.
    pub(super) fn take_counting(
        &mut self,
        arrived: &Arrived<'_>,
        first_copy: bool,
        texts: &mut Texts,
    ) {
        let is_request = arrived.sip.method() == Some(Method::Register);
        if is_request && arrived.sip.via_count() <= self.first_vias {
            self.latest = Some(arrived.told.fingerprint());
        }
        self.take(arrived, first_copy, texts, &Limits { bindings: 0, ..Limits::default() });
    }

    /// Whether a REGISTER waits for its answer, or for that to come to the device.
    pub(super) fn is_under_way(&self) -> bool {
        self.open.is_some_and(|open| open.far || open.last.is_none_or(is_challenge))
    }

    fn request(&mut self, arrived: &Arrived<'_>, texts: &mut Texts) {
        let sip = arrived.sip;
        let vias = sip.via_count();
        // Proxies add themselves (RFC 3327); the last hop's copy has them all.
        routes(&mut self.path, sip, Name::Path, texts);
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
        let asked = Open {
            at: arrived.at,
            cseq,
            last: None,
            removes: contact.is_some() && requested_lifetime(arrived) == Some(0),
            star: contact.is_some_and(|contact| contact.trim_ascii() == b"*"),
            contacts: asked_contacts(sip, self.open.map(|open| open.contacts), texts),
            expires_s: sip.value(Name::Expires).and_then(decimal),
            challenges: 0,
            far: false,
        };
        if let Some(open) = &mut self.open
            && (open.last.is_some_and(is_challenge) || open.cseq >= cseq)
        {
            let answered = u8::from(open.last.is_some_and(is_challenge));
            let challenges = open.challenges.saturating_add(answered);
            *open = Open { at: open.at, cseq: open.cseq.max(cseq), challenges, ..asked };
            return;
        }
        self.attempts = self.attempts.saturating_add(1);
        self.open = Some(asked);
    }

    fn response(&mut self, status: u16, arrived: &Arrived<'_>, texts: &mut Texts, limits: &Limits) {
        if self.aor.is_empty() {
            self.aor = arrived.sip.to().map_or(Text::default(), |to| texts.put(to.uri));
        }
        let cseq = arrived.sip.cseq().map(|cseq| cseq.number);
        let Some(open) = self.open.as_mut().filter(|open| open.cseq == cseq) else { return };
        let far = arrived.sip.via_count() > self.first_vias;
        if open.far && !far && open.last == Some(status) {
            open.far = false;
            if let (200..=299, Some(latest)) = (status, self.delays.last_mut()) {
                *latest = arrived.at.since(open.at);
            }
            if (200..300).contains(&status) && self.succeeded == 1 {
                self.delay = Some(arrived.at.since(open.at));
            }
        }
        if status < 200 || open.last.is_some() {
            return;
        }
        (open.last, open.far) = (Some(status), far);
        let open = *open;
        match status {
            200..=299 => {
                let was_bound = self.is_bound(arrived.at);
                self.succeeded = self.succeeded.saturating_add(1);
                self.delay.get_or_insert(arrived.at.since(open.at));
                if self.delays.len() < MAX_DELAYS {
                    self.delays.push(arrived.at.since(open.at));
                }
                let granted = if open.removes {
                    Some(0)
                } else {
                    granted_lifetime(arrived, texts.get(self.contact))
                };
                let lapsed = self.last_success.is_some() && self.expires_s != Some(0) && !was_bound;
                if lapsed || open.removes && was_bound {
                    self.changed(arrived, false);
                }
                if !was_bound && !open.removes {
                    self.changed(arrived, true);
                }
                self.refreshes += u32::from(was_bound && !open.removes);
                self.removals += u32::from(open.removes);
                self.expires_s = granted.or(self.expires_s);
                self.last_success = Some(arrived.at);
                self.bound(&open, arrived, texts, limits.bindings);
            }
            401 | 407 => {
                self.challenges = self.challenges.saturating_add(1);
                self.challenged(arrived.sip, texts);
            }
            402 => {}
            300..=699 => self.failed = self.failed.saturating_add(1),
            _ => {}
        }
    }

    fn changed(&mut self, arrived: &Arrived<'_>, bound: bool) {
        if self.changes.len() < MAX_CHANGES {
            self.changes.push(Change { at: arrived.at, frame: arrived.frame, bound });
        }
    }

    /// What a 2xx says of the bindings.
    fn bound(&mut self, open: &Open, arrived: &Arrived<'_>, texts: &mut Texts, most: usize) {
        let (sip, at, frame) = (arrived.sip, arrived.at, arrived.frame);
        let usual = sip.value(Name::Expires).and_then(decimal);
        let listed: Vec<_> = sip
            .elements(Name::Contact)
            .take(most.saturating_add(1))
            .filter_map(|element| Listed::read(element, usual))
            .collect();
        let asked_text = texts.get(open.contacts).to_owned();
        let asked: Vec<_> = asked_text
            .split('\n')
            .filter_map(|element| Listed::read(element.as_bytes(), open.expires_s))
            .collect();
        let same = |a: &Listed<'_>, b: &Listed<'_>| {
            let device = |one: &Listed<'_>| {
                (one.address.params.text("+sip.instance"), one.address.params.text("reg-id"))
            };
            a.address.uri == b.address.uri || device(a).0.is_some() && device(a) == device(b)
        };
        for one in &listed {
            let is_own = asked.iter().any(|own| same(own, one));
            // One that is to go and is listed all the same stays.
            self.bindings.granted(one, is_own, (at, frame), texts, most);
        }
        let is_listed = |own: &Listed<'_>| listed.iter().any(|one| same(own, one));
        for own in asked.iter().filter(|own| !is_listed(own)) {
            if own.expires_s == Some(0) {
                self.bindings.removed(own, at, texts);
            } else if listed.is_empty() && !open.removes {
                // A registrar that lists nothing took what was asked for.
                let expires_s = usual.or(own.expires_s);
                let own = Listed { expires_s, ..*own };
                self.bindings.granted(&own, true, (at, frame), texts, most);
            }
        }
        if open.star || !listed.is_empty() || asked.iter().all(|own| own.expires_s == Some(0)) {
            self.bindings.keep_only(&listed, at, texts);
        }
        self.outbound |= sip
            .elements(Name::Require)
            .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"outbound"));
        self.flow_timer_s = sip.value(Name::FlowTimer).and_then(decimal).or(self.flow_timer_s);
        routes(&mut self.path, sip, Name::Path, texts);
        routes(&mut self.service_route, sip, Name::ServiceRoute, texts);
        routes(&mut self.associated_uris, sip, Name::PAssociatedUri, texts);
    }

    fn challenged(&mut self, sip: &Message<'_>, texts: &mut Texts) {
        let value = sip.value(Name::WwwAuthenticate).or_else(|| sip.value(Name::ProxyAuthenticate));
        let Some(value) = value else { return };
        let end = value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len());
        let (scheme, rest) = value.split_at(end);
        // Commas separate here what semicolons separate elsewhere.
        let param =
            |name: &str| crate::wire::sip::list(rest).find_map(|part| Params(part).text(name));
        let parts = [
            Some(String::from_utf8_lossy(scheme).into_owned()),
            param("realm"),
            param("algorithm"),
        ];
        for (kept, value) in self.challenge.iter_mut().zip(parts) {
            *kept = texts.put_unless(*kept, value.unwrap_or_default().as_bytes());
        }
    }

    /// Whether the lifetime granted last has not run out.
    fn is_bound(&self, now: Timestamp) -> bool {
        let Some(at) = self.last_success else { return false };
        match self.expires_s.map(i64::try_from) {
            Some(Ok(0)) => false,
            Some(Ok(seconds)) => now.since(at) <= Span::from_secs(seconds),
            _ => true,
        }
    }

    /// Scheme, realm and algorithm of the latest challenge; empty where it says nothing.
    pub fn challenge<'t>(&self, texts: &'t Texts) -> Option<[&'t str; 3]> {
        (self.challenges > 0).then(|| self.challenge.map(|part| texts.get(part)))
    }

    /// Path (RFC 3327), nearest the registrar first.
    pub fn path<'t>(&self, texts: &'t Texts) -> impl Iterator<Item = &'t str> {
        self.path.iter().map(|text| texts.get(*text))
    }

    /// Service-Route (RFC 3608) of the 2xx.
    pub fn service_route<'t>(&self, texts: &'t Texts) -> impl Iterator<Item = &'t str> {
        self.service_route.iter().map(|text| texts.get(*text))
    }

    /// P-Associated-URI (RFC 7315): the further identities that are registered.
    pub fn associated_uris<'t>(&self, texts: &'t Texts) -> impl Iterator<Item = &'t str> {
        self.associated_uris.iter().map(|text| texts.get(*text))
    }

    /// The address of record: the URI of To.
    pub fn aor<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        (!self.aor.is_empty()).then(|| texts.get(self.aor))
    }

    /// The user part of the address of record.
    pub fn user(&self, texts: &Texts) -> Option<String> {
        Uri::parse(texts.get(self.aor).as_bytes())?.user_text()
    }

    /// The User-Agent of the first message, where that is not kept.
    pub(super) fn agent<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        (!self.agent.is_empty()).then(|| texts.get(self.agent))
    }

    /// The contact bound last.
    pub fn contact<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        (!self.contact.is_empty()).then(|| texts.get(self.contact))
    }

    /// Bytes that it takes beside its own size, about.
    pub(super) fn heap_bytes(&self) -> usize {
        let texts = [&self.path, &self.service_route, &self.associated_uris];
        self.delays.capacity() * size_of::<Span>()
            + self.changes.capacity() * size_of::<Change>()
            + self.bindings.list.capacity() * size_of::<super::binding::Binding>()
            + texts.iter().map(|list| list.capacity() * size_of::<Text>()).sum::<usize>()
    }

    /// The state, `now` being the end of what was seen.
    pub fn state(&self, now: Timestamp) -> RegistrationState {
        let Some(open) = self.open else { return RegistrationState::Pending };
        match open.last {
            Some(200..=299) if self.expires_s == Some(0) => RegistrationState::Unregistered,
            // What the 2xx of a fetch lists may be another device's.
            Some(200..=299) if self.contact.is_empty() || self.is_bound(now) => {
                RegistrationState::Registered
            }
            Some(200..=299) => RegistrationState::Expired,
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

/// The contacts of a REGISTER as one text, a line each; `known` if that is the same.
fn asked_contacts(sip: &Message<'_>, known: Option<Text>, texts: &mut Texts) -> Text {
    let contacts: Vec<_> = sip.elements(Name::Contact).take(MAX_ROUTES).map(unfold).collect();
    texts.put_unless(known.unwrap_or_default(), &contacts.join(&b'\n'))
}

/// Keeps the values of a route header, if the message has it.
fn routes(kept: &mut Vec<Text>, sip: &Message<'_>, name: Name, texts: &mut Texts) {
    let values: Vec<_> = sip.elements(name).take(MAX_ROUTES).collect();
    let same = kept.len() == values.len()
        && kept.iter().zip(&values).all(|(known, value)| texts.get(*known).as_bytes() == *value);
    // A request gains values from hop to hop.
    if !same && values.len() >= kept.len() {
        *kept = values.into_iter().map(|value| texts.put(value)).collect();
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
