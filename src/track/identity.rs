//! Who is who and by which way, as header fields and bodies say: asserted
//! identities, diversions, signatures, emergency marks, ISUP.

use super::Side;
use super::message::Arrived;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::wire::isup::{self, Isup};
pub use crate::wire::sip::passport::Parties;
use crate::wire::sip::passport::{Claims, Identity as Signed, canonical_number};
use crate::wire::sip::uri::unescape;
use crate::wire::sip::{
    Method, Name, NameAddr, ReasonHeader, Uri, body, date, list, lossy, unfold,
};

/// Which header field names somebody.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Naming {
    /// `P-Asserted-Identity` (RFC 3325)
    Asserted,
    /// `P-Preferred-Identity` (RFC 3325)
    Preferred,
    /// `Remote-Party-ID`
    RemoteParty,
}

/// Somebody named by such a field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// By which field.
    pub by: Naming,
    /// Whom it names: the side that sent the message.
    pub of: Side,
    /// The URI as sent.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
    /// `Remote-Party-ID`: `party`, `screen` and `privacy`.
    pub party: Option<String>,
    /// `screen`
    pub screen: Option<String>,
    /// `privacy`
    pub privacy: Option<String>,
    /// The message's frame.
    pub frame: FrameNo,
}

/// A diversion (RFC 5806), the latest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diversion {
    /// Who diverted the call.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// `user-busy`, `no-answer`, `unconditional` and others.
    pub reason: Option<String>,
    /// How many diversions it stands for.
    pub counter: Option<u32>,
    /// `full`, `name`, `uri` or `off`.
    pub privacy: Option<String>,
    /// Whether the diverting user was screened: `yes` or `no`.
    pub screen: Option<String>,
    /// The message's frame.
    pub frame: FrameNo,
}

/// An entry of History-Info (RFC 7044).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct History {
    /// Where the request was sent.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// Its place: `1.1.2`.
    pub index: Option<String>,
    /// Why it went on from there, from the URI's Reason header.
    pub reason: Option<ReasonHeader>,
    /// The `cause` parameter of its URI (RFC 4458).
    pub cause: Option<u32>,
    /// How the target was found: `rc`, `mp` or `np`, and from which index.
    pub target: Option<(&'static str, String)>,
    /// Whether the entry is to be kept private.
    pub is_private: bool,
    /// The message's frame.
    pub frame: FrameNo,
}

/// A signed identity (STIR).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Passport {
    /// The header field.
    pub signed: Signed,
    /// The message's frame.
    pub frame: FrameNo,
    /// When that was captured.
    pub at: Timestamp,
    /// `Date` of the message, in seconds since 1970.
    pub date: Option<i64>,
    /// The number of From, else of P-Asserted-Identity, as PASSporTs have it.
    pub from: Vec<String>,
    /// The numbers of To and of the Request-URI.
    pub to: Vec<String>,
}

/// An ISUP message in a SIP message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IsupSeen {
    /// What it says.
    pub isup: Isup,
    /// The message's frame.
    pub frame: FrameNo,
    /// Who sent it.
    pub from: Side,
}

/// A value with the frame of the message that has it.
pub type Seen<T> = (FrameNo, T);

/// The facts of one conversation; what another hop's copy repeats is there once.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Who is named.
    pub named: Vec<Named>,
    /// Values of Privacy (RFC 3323): `id`, `header`, `user`, `none` and others.
    pub privacy: Vec<Seen<String>>,
    /// Diversions.
    pub diversions: Vec<Diversion>,
    /// History-Info.
    pub history: Vec<History>,
    /// Signed identities.
    pub passports: Vec<Passport>,
    /// `Identity` header fields that are no PASSporT.
    pub bad_passports: Vec<FrameNo>,
    /// The emergency service that is called: `urn:service:sos.fire` (RFC 5031).
    pub emergency: Option<Seen<String>>,
    /// Where the caller is: `Geolocation` (RFC 6442).
    pub geolocation: Vec<Seen<String>>,
    /// The location that a body describes (PIDF-LO).
    pub location: Vec<Seen<String>>,
    /// `Resource-Priority` (RFC 4412): `esnet.1`, `wps.0`.
    pub resource_priority: Vec<Seen<String>>,
    /// ISUP messages.
    pub isup: Vec<IsupSeen>,
    /// Facts beyond the cap.
    pub dropped: u32,
    kept: usize,
}

/// What a fact takes, about.
const FACT: usize = 512;

impl Identity {
    /// Bytes that it takes, about.
    pub(super) const fn bytes(&self) -> usize {
        size_of::<Self>() + self.kept * FACT
    }
}

/// Facts that a message may add, looked for in one pass.
const NAMES: &[Name] = &[
    Name::PAssertedIdentity,
    Name::PPreferredIdentity,
    Name::RemotePartyId,
    Name::Privacy,
    Name::Diversion,
    Name::HistoryInfo,
    Name::Identity,
    Name::Geolocation,
    Name::ResourcePriority,
];

/// Whether a message has facts of this kind.
pub(super) fn has_facts(arrived: &Arrived<'_>) -> bool {
    let sip = arrived.sip;
    sip.has_any(NAMES)
        || sip.method() == Some(Method::Invite) && emergency_service(arrived).is_some()
        || has_isup(arrived)
}

fn has_isup(arrived: &Arrived<'_>) -> bool {
    let kind = arrived.sip.value(Name::ContentType).unwrap_or_default();
    let begins = |start: &str| {
        kind.get(..start.len()).is_some_and(|kind| kind.eq_ignore_ascii_case(start.as_bytes()))
    };
    begins("application/isup") || begins("multipart/")
}

/// The emergency service that a request is for.
fn emergency_service(arrived: &Arrived<'_>) -> Option<String> {
    let sip = arrived.sip;
    let to = sip.to();
    let uris = [sip.request_uri(), to.as_ref().map(|to| to.uri)];
    let is_sos = |uri: &&[u8]| {
        uri.get(..15).is_some_and(|start| start.eq_ignore_ascii_case(b"urn:service:sos"))
    };
    uris.into_iter().flatten().find(is_sos).map(text)
}

fn text(bytes: &[u8]) -> String {
    const LONGEST: usize = 1_024;
    lossy(&unfold(bytes.get(..LONGEST).unwrap_or(bytes))).into_owned()
}

fn user_of(uri: &[u8]) -> Option<String> {
    Uri::parse(uri)?.user_text()
}

impl Identity {
    /// Takes the facts of a message that `from` sent; at most `most` are kept.
    pub(super) fn take(&mut self, arrived: &Arrived<'_>, from: Side, most: usize) {
        let (sip, frame) = (arrived.sip, arrived.frame);
        for (name, value) in sip.named() {
            match name {
                Name::PAssertedIdentity => self.names(Naming::Asserted, value, from, frame, most),
                Name::PPreferredIdentity => self.names(Naming::Preferred, value, from, frame, most),
                Name::RemotePartyId => self.names(Naming::RemoteParty, value, from, frame, most),
                Name::Privacy => {
                    for word in value.split(|b| *b == b';') {
                        let word = text(word.trim_ascii());
                        self.keep(most, |known| &mut known.privacy, (frame, word), same_value);
                    }
                }
                Name::Diversion => self.diverted(value, frame, most),
                Name::HistoryInfo => self.history(value, frame, most),
                Name::Identity => self.signed(value, arrived, most),
                Name::Geolocation => {
                    for one in list(value).filter_map(NameAddr::parse) {
                        let seen = (frame, text(one.uri));
                        self.keep(most, |known| &mut known.geolocation, seen, same_value);
                    }
                }
                Name::ResourcePriority => {
                    for one in list(value) {
                        let seen = (frame, text(one));
                        self.keep(most, |known| &mut known.resource_priority, seen, same_value);
                    }
                }
                _ => {}
            }
        }
        if self.emergency.is_none() && sip.method() == Some(Method::Invite) {
            self.emergency = emergency_service(arrived).map(|service| (frame, service));
        }
        if has_isup(arrived) || self.emergency.is_some() {
            self.bodies(arrived, from, most);
        }
    }

    /// Keeps a value in a list unless it is there already or there is no room.
    fn keep<T>(
        &mut self,
        most: usize,
        list: impl Fn(&mut Self) -> &mut Vec<T>,
        value: T,
        same: impl Fn(&T, &T) -> bool,
    ) {
        if list(self).iter().any(|known| same(known, &value)) {
            return;
        }
        if self.kept >= most {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        self.kept += 1;
        list(self).push(value);
    }

    fn names(&mut self, by: Naming, value: &[u8], of: Side, frame: FrameNo, most: usize) {
        for address in list(value).filter_map(NameAddr::parse) {
            let param = |name| address.params.text(name);
            let named = Named {
                by,
                of,
                uri: text(address.uri),
                user: user_of(address.uri),
                display_name: address.display_name(),
                party: param("party"),
                screen: param("screen"),
                privacy: param("privacy"),
                frame,
            };
            let same = |a: &Named, b: &Named| (a.by, a.of, &a.uri) == (b.by, b.of, &b.uri);
            self.keep(most, |known| &mut known.named, named, same);
        }
    }

    fn diverted(&mut self, value: &[u8], frame: FrameNo, most: usize) {
        for address in list(value).filter_map(NameAddr::parse) {
            let param = |name| address.params.text(name);
            let diversion = Diversion {
                uri: text(address.uri),
                user: user_of(address.uri),
                reason: param("reason"),
                counter: param("counter").and_then(|counter| counter.parse().ok()),
                privacy: param("privacy"),
                screen: param("screen"),
                frame,
            };
            let same = |a: &Diversion, b: &Diversion| (&a.uri, &a.reason) == (&b.uri, &b.reason);
            self.keep(most, |known| &mut known.diversions, diversion, same);
        }
    }

    fn history(&mut self, value: &[u8], frame: FrameNo, most: usize) {
        for address in list(value).filter_map(NameAddr::parse) {
            let uri = address.parsed_uri();
            let headers = uri.and_then(|uri| uri.headers).unwrap_or_default();
            let header = |name: &str| {
                let mut fields = headers.split(|b| *b == b'&').map(unescape);
                fields.find_map(|field| {
                    let (key, value) = field.split_at(field.iter().position(|b| *b == b'=')?);
                    key.eq_ignore_ascii_case(name.as_bytes())
                        .then(|| value.get(1..).map(<[u8]>::to_vec))?
                })
            };
            let param = |name| address.params.text(name);
            let mut targets = ["rc", "mp", "np"].into_iter();
            let bare = address.uri.split(|b| *b == b'?').next().unwrap_or_default();
            let entry = History {
                uri: text(bare),
                user: user_of(address.uri),
                index: param("index"),
                reason: header("Reason").and_then(|reason| ReasonHeader::parse(&reason)),
                cause: uri
                    .and_then(|uri| uri.params.text("cause"))
                    .and_then(|cause| cause.parse().ok()),
                target: targets.find_map(|name| Some((name, param(name)?))),
                is_private: header("Privacy").is_some(),
                frame,
            };
            // The next hop adds to an entry what became of it.
            let same = |a: &History, b: &History| (&a.uri, &a.index) == (&b.uri, &b.index);
            if let Some(known) = self.history.iter_mut().find(|known| same(known, &entry)) {
                known.reason = entry.reason.or(known.reason.take());
            } else {
                self.keep(most, |known| &mut known.history, entry, |_, _| false);
            }
        }
    }

    fn signed(&mut self, value: &[u8], arrived: &Arrived<'_>, most: usize) {
        let (sip, frame) = (arrived.sip, arrived.frame);
        let number = |uri: &[u8]| canonical_number(&user_of(uri)?);
        // Commas do not occur in a token of base64url.
        for element in list(value) {
            let Some(signed) = Signed::parse(element) else {
                if self.bad_passports.len() < most {
                    self.bad_passports.push(frame);
                }
                continue;
            };
            let asserted =
                sip.elements(Name::PAssertedIdentity).filter_map(NameAddr::parse).take(2);
            let from = sip.from().map(|from| from.uri);
            let to = [sip.to().map(|to| to.uri), sip.request_uri()];
            let from = from.into_iter().chain(asserted.map(|asserted| asserted.uri));
            let passport = Passport {
                signed,
                frame,
                at: arrived.at,
                date: sip.value(Name::Date).and_then(date::parse),
                from: from.filter_map(number).collect(),
                to: to.into_iter().flatten().filter_map(number).collect(),
            };
            let same = |a: &Passport, b: &Passport| a.signed == b.signed;
            self.keep(most, |known| &mut known.passports, passport, same);
        }
    }

    fn bodies(&mut self, arrived: &Arrived<'_>, from: Side, most: usize) {
        let frame = arrived.frame;
        body::for_each_part(arrived.sip, |part| {
            if part.media_type.eq_ignore_ascii_case(b"application/isup") {
                let american = isup::is_american(part.params);
                if let Some(isup) = isup::parse(part.content, american) {
                    let seen = IsupSeen { isup, frame, from };
                    let same = |a: &IsupSeen, b: &IsupSeen| (&a.isup, a.from) == (&b.isup, b.from);
                    self.keep(most, |known| &mut known.isup, seen, same);
                }
            } else if part.media_type.eq_ignore_ascii_case(b"application/pidf+xml") {
                let said = crate::wire::event::line(part.media_type, part.content);
                if let Some((_, location)) = said.split_once("location ") {
                    let seen = (frame, location.to_owned());
                    self.keep(most, |known| &mut known.location, seen, same_value);
                }
            }
        });
    }
}

impl Passport {
    /// What the compact form means: the numbers of From and To, the time of Date.
    pub fn implied(&self) -> Claims {
        let numbers = |numbers: &[String]| Parties {
            tn: numbers.first().into_iter().cloned().collect(),
            uri: Vec::new(),
        };
        Claims {
            orig: numbers(&self.from),
            dest: numbers(&self.to),
            iat: self.date,
            ..Claims::default()
        }
    }

    /// The text that is signed; `None` where the compact form lacks a part of it.
    pub fn signed_bytes(&self) -> Option<String> {
        if self.signed.claims.is_some() {
            return Some(self.signed.signed.clone());
        }
        let claims = self.implied();
        self.signed.compact_signed(claims.orig.tn.first()?, &claims.dest.tn, claims.iat?)
    }
}

impl IsupSeen {
    /// The abbreviation of its message type.
    pub fn name(&self) -> &'static str {
        isup::name(self.isup.code).unwrap_or("?")
    }

    /// The text of its cause (Q.850).
    pub fn cause_text(&self) -> Option<&'static str> {
        isup::cause_text(self.isup.cause?.value)
    }
}

/// The text of a Q.850 cause.
pub fn q850_text(value: u32) -> Option<&'static str> {
    u8::try_from(value).ok().and_then(isup::cause_text)
}

fn same_value<T: PartialEq>(a: &Seen<T>, b: &Seen<T>) -> bool {
    a.1 == b.1
}
