//! What messages of a call say beyond start line, CSeq and tags, kept only where they say it.
//!
//! A message kept is small, because there are many; what few of them have
//! stands here, beside its message's index. Transactions, dialogs, changes,
//! transfers and legs are read from both once the call is looked at.

use std::sync::Arc;

use super::message::Arrived;
use super::text::{Text, Texts};
use crate::wire::bytes::{decimal, split_once, trim};
use crate::wire::sdp::Description;
use crate::wire::sip::{Method, Name, NameAddr, Params, body, list};

/// Something that one message says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fact {
    /// The Request-URI of an INVITE outside a dialog.
    Target(Text),
    /// Where a 3xx sends the caller: a URI of its Contact.
    Contact(Text),
    /// What its session description says, one section after another: see [`describe`].
    Session(Text),
    /// Session-Expires (RFC 4028): seconds, and who refreshes.
    SessionExpires(u32, Option<Refresher>),
    /// Min-SE (RFC 4028), seconds.
    MinSe(u32),
    /// RSeq of a reliable provisional response (RFC 3262).
    Reliable(u32),
    /// RAck of a PRACK: the RSeq, and the number of the INVITE's CSeq.
    Acknowledges(u32, u32),
    /// Max-Forwards of a request that has few hops left.
    HopsLeft(u8),
    /// Refer-To (RFC 3515): the URI.
    ReferTo(Text),
    /// Referred-By (RFC 3892): the URI.
    ReferredBy(Text),
    /// Replaces (RFC 3891), as sent.
    Replaces(Text),
    /// Join (RFC 3911), as sent.
    Join(Text),
    /// The status in the `message/sipfrag` body of a NOTIFY (RFC 3515 section 2.4.5).
    Sipfrag(u16),
}

/// Who refreshes a session (RFC 4028): an end of the transaction that agreed it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refresher {
    /// The sender of the request.
    Uac,
    /// Who answers it.
    Uas,
}

/// Which header says that a call belongs with others.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum IdentityKind {
    /// A UUID of Session-ID (RFC 7989).
    SessionId,
    /// The `icid-value` of P-Charging-Vector (RFC 7315).
    ChargingId,
    /// A Call-ID of In-Reply-To (RFC 3261 section 20.21).
    InReplyTo,
    /// A configured correlation header, by its place in the list.
    Header(u8),
    /// A user part of Diversion (RFC 5806) or History-Info (RFC 7044): the
    /// number that was called before.
    Diverted,
}

/// A value by which a call may be known on its other legs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Identity {
    /// Which header.
    pub kind: IdentityKind,
    /// Its value.
    pub text: Text,
}

/// Facts of one call: each with the index of its message.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    list: Vec<(u32, Fact)>,
    identities: Vec<Identity>,
}

/// Names of headers, in lower case, whose equal values put legs together.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Correlation(Arc<[Box<str>]>);

/// Headers that name the call on its other leg, in use by vendors: HEPIC and
/// Homer's X-CID, and what its name says.
const USUAL: [&str; 3] = ["x-cid", "x-correlation-id", "x-original-call-id"];
/// Names of correlation headers that are told apart.
const MAX_HEADERS: usize = 64;
/// Identities kept of one call.
const MAX_IDENTITIES: usize = 16;
/// Shortest value of a correlation header that can tell one call from another.
const SHORTEST: usize = 6;
/// A request with no more than this left of Max-Forwards has its fact: a
/// request begins with 70 (RFC 3261 section 8.1.1.6).
const FEW_HOPS: u64 = 5;
/// Fields that say something in every message that has them.
const NOTED: &[Name] = &[
    Name::SessionExpires,
    Name::MinSe,
    Name::RSeq,
    Name::RAck,
    Name::ReferTo,
    Name::ReferredBy,
    Name::Replaces,
    Name::Join,
    Name::SessionId,
    Name::PChargingVector,
    Name::InReplyTo,
    Name::Diversion,
    Name::HistoryInfo,
    Name::Other,
];
/// The nil UUID of RFC 7989: the other end is not known yet.
const NIL: &[u8] = b"00000000000000000000000000000000";

impl Default for Correlation {
    fn default() -> Self {
        Self::with(std::iter::empty::<&str>())
    }
}

impl Correlation {
    /// The usual headers and these.
    pub fn with<S: AsRef<str>>(more: impl IntoIterator<Item = S>) -> Self {
        let mut names: Vec<Box<str>> = USUAL.iter().map(|name| (*name).into()).collect();
        for name in more {
            let name = name.as_ref().trim().trim_end_matches(':').to_ascii_lowercase();
            if !name.is_empty() && names.len() < MAX_HEADERS && !names.iter().any(|n| **n == name) {
                names.push(name.into());
            }
        }
        Self(names.into())
    }

    fn place(&self, name: &[u8]) -> Option<u8> {
        let place = self.0.iter().position(|known| known.as_bytes().eq_ignore_ascii_case(name))?;
        u8::try_from(place).ok()
    }

    /// The name at a place, in lower case.
    pub fn name(&self, place: u8) -> &str {
        self.0.get(usize::from(place)).map_or("", |name| name)
    }
}

impl Facts {
    /// Bytes that they take.
    pub(super) const fn bytes(&self) -> usize {
        self.list.capacity() * size_of::<(u32, Fact)>()
            + self.identities.capacity() * size_of::<Identity>()
    }

    /// Everything that is kept, in order of messages.
    pub fn all(&self) -> &[(u32, Fact)] {
        &self.list
    }

    /// The facts of one message.
    pub fn of(&self, message: u32) -> impl Iterator<Item = Fact> {
        let first = self.list.partition_point(|(index, _)| *index < message);
        let rest = self.list.get(first..).unwrap_or_default().iter();
        rest.take_while(move |(index, _)| *index == message).map(|(_, fact)| *fact)
    }

    /// By what the call may be known on its other legs.
    pub fn identities(&self) -> &[Identity] {
        &self.identities
    }

    pub(super) fn shrink(&mut self) {
        self.list.shrink_to_fit();
        self.identities.shrink_to_fit();
    }

    /// Notes what a message says, which is no retransmission.
    pub(super) fn take(
        &mut self,
        index: u32,
        arrived: &Arrived<'_>,
        correlation: &Correlation,
        texts: &mut Texts,
    ) {
        let sip = arrived.sip;
        let method = sip.method();
        let outside = || sip.to_tag().is_none();
        if method == Some(Method::Invite)
            && outside()
            && let Some(target) = sip.target()
        {
            let text = self.put(target, texts, |fact| match fact {
                Fact::Target(text) => Some(text),
                _ => None,
            });
            self.list.push((index, Fact::Target(text)));
        }
        let redirects = sip.status().is_some_and(|status| matches!(status, 300..=399));
        let mut note = |fact: Option<Fact>| self.list.extend(fact.map(|fact| (index, fact)));
        let mut identities = Vec::new();
        let says_something = sip.has_any(NOTED)
            || redirects && sip.has_any(&[Name::Contact])
            || sip.value(Name::MaxForwards).is_some_and(|value| hops_left(value).is_some());
        let fields = says_something.then(|| sip.named_fields());
        for (name, raw_name, value) in fields.into_iter().flatten() {
            match name {
                Name::SessionExpires => note(session_expires(value)),
                Name::MinSe => note(seconds(value).map(Fact::MinSe)),
                Name::RSeq => note(number(value).map(Fact::Reliable)),
                Name::RAck => note(rack(value)),
                Name::MaxForwards => note(hops_left(value)),
                Name::ReferTo => note(uri(value, texts).map(Fact::ReferTo)),
                Name::ReferredBy => note(uri(value, texts).map(Fact::ReferredBy)),
                Name::Replaces => note(Some(Fact::Replaces(texts.put(value)))),
                Name::Join => note(Some(Fact::Join(texts.put(value)))),
                Name::Contact if redirects => {
                    for contact in list(value).take(8) {
                        note(uri(contact, texts).map(Fact::Contact));
                    }
                }
                Name::SessionId => {
                    identities.extend(session_ids(value).map(|id| (IdentityKind::SessionId, id)));
                }
                Name::PChargingVector => {
                    let id = Params(value).get("icid-value").map(unquoted);
                    identities.extend(id.map(|id| (IdentityKind::ChargingId, id)));
                }
                Name::InReplyTo => {
                    identities.extend(list(value).take(4).map(|id| (IdentityKind::InReplyTo, id)));
                }
                Name::Diversion | Name::HistoryInfo => {
                    let users = list(value).take(8).filter_map(NameAddr::parse);
                    let users = users.filter_map(|name| name.parsed_uri()?.user);
                    identities.extend(users.map(|user| (IdentityKind::Diverted, user)));
                }
                Name::Other => {
                    let place = correlation.place(raw_name).map(IdentityKind::Header);
                    identities.extend(place.map(|kind| (kind, trim(value))));
                }
                _ => {}
            }
        }
        if method == Some(Method::Notify) {
            note(sipfrag(sip).map(Fact::Sipfrag));
        }
        for (kind, value) in identities {
            self.identify(kind, value, texts);
        }
    }

    /// Notes what the session description of a message says: the line of [`describe`].
    pub(super) fn describe(&mut self, index: u32, line: &str, texts: &mut Texts) {
        let text = self.put(line.as_bytes(), texts, |fact| match fact {
            Fact::Session(text) => Some(text),
            _ => None,
        });
        self.list.push((index, Fact::Session(text)));
    }

    /// Keeps a text, or gives back one of the same kind that says the same.
    fn put(&self, bytes: &[u8], texts: &mut Texts, kind: fn(Fact) -> Option<Text>) -> Text {
        let known = self.list.iter().rev().take(16).filter_map(|(_, fact)| kind(*fact));
        let same = known.into_iter().find(|text| texts.get(*text).as_bytes() == bytes);
        same.unwrap_or_else(|| texts.put(bytes))
    }

    fn identify(&mut self, kind: IdentityKind, value: &[u8], texts: &mut Texts) {
        let short = kind != IdentityKind::Diverted && value.len() < SHORTEST;
        let known = |identity: &Identity| {
            identity.kind == kind && texts.get(identity.text).as_bytes() == value
        };
        if value.is_empty()
            || short
            || self.identities.len() >= MAX_IDENTITIES
            || self.identities.iter().any(known)
        {
            return;
        }
        self.identities.push(Identity { kind, text: texts.put(value) });
    }
}

/// A session description in a line: `audio 192.0.2.10:4000 sendrecv PCMU PCMA`,
/// sections joined by `; `. A section that is rejected has `-` for its address.
pub fn describe(description: &Description<'_>, text: &mut String) {
    use std::fmt::Write as _;
    let start = text.len();
    for media in description.media.iter().take(8) {
        let kind = media.kind.name();
        if text.len() > start {
            text.push_str("; ");
        }
        text.push_str(kind);
        text.push(' ');
        match description.connection_of(media).and_then(|connection| connection.ip) {
            _ if media.is_rejected() => text.push('-'),
            Some(ip) => {
                let _ = write!(text, "{}", crate::base::flow::Endpoint::new(ip, media.port));
            }
            None => {
                let _ = write!(text, "?:{}", media.port);
            }
        }
        text.push(' ');
        text.push_str(description.direction_of(media).name());
        if media.is_rtp() {
            for format in media.payload_types().take(8).filter_map(|pt| media.format(pt)) {
                text.push(' ');
                text.push_str(&String::from_utf8_lossy(format.name));
            }
        } else {
            text.push(' ');
            text.push_str(&String::from_utf8_lossy(media.protocol));
        }
    }
}

fn number(value: &[u8]) -> Option<u32> {
    decimal(trim(value)).and_then(|number| u32::try_from(number).ok())
}

fn hops_left(value: &[u8]) -> Option<Fact> {
    let few = decimal(trim(value)).filter(|left| *left <= FEW_HOPS);
    few.and_then(|left| u8::try_from(left).ok()).map(Fact::HopsLeft)
}

fn seconds(value: &[u8]) -> Option<u32> {
    number(split_once(value, b';').0)
}

fn session_expires(value: &[u8]) -> Option<Fact> {
    let (first, params) = split_once(value, b';');
    let refresher = match Params(params.unwrap_or_default()).get("refresher") {
        Some(who) if who.eq_ignore_ascii_case(b"uac") => Some(Refresher::Uac),
        Some(who) if who.eq_ignore_ascii_case(b"uas") => Some(Refresher::Uas),
        _ => None,
    };
    Some(Fact::SessionExpires(number(first)?, refresher))
}

fn rack(value: &[u8]) -> Option<Fact> {
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    Some(Fact::Acknowledges(number(words.next()?)?, number(words.next()?)?))
}

fn uri(value: &[u8], texts: &mut Texts) -> Option<Text> {
    NameAddr::parse(value).map(|address| texts.put(address.uri))
}

fn unquoted(value: &[u8]) -> &[u8] {
    let inner = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    inner.unwrap_or(value)
}

/// The UUIDs of a Session-ID that name an end: `local;remote=other`.
fn session_ids(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (local, params) = split_once(value, b';');
    let remote = Params(params.unwrap_or_default()).get("remote");
    [Some(trim(local)), remote].into_iter().flatten().filter(|id| id.len() == 32 && *id != NIL)
}

fn sipfrag(sip: &crate::wire::sip::Message<'_>) -> Option<u16> {
    let mut status = None;
    body::for_each_part(sip, |part| {
        if status.is_none() && part.media_type.eq_ignore_ascii_case(b"message/sipfrag") {
            let line =
                part.content.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
            let mut words = line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
            let is_status = words.next().is_some_and(|word| word.eq_ignore_ascii_case(b"SIP/2.0"));
            let code = words.next().and_then(decimal).filter(|_| is_status);
            status =
                code.and_then(|code| u16::try_from(code).ok()).filter(|c| (100..700).contains(c));
        }
    });
    status
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_a_line() {
        let sdp = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
            m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendonly\r\n\
            m=video 0 RTP/AVP 96\r\nm=image 5000 udptl t38\r\n";
        let mut text = String::new();
        describe(&crate::wire::sdp::parse(sdp).unwrap(), &mut text);
        assert!(
            text.starts_with("audio 192.0.2.1:4000 sendonly PCMU PCMA telephone-event; video -"),
            "{text}"
        );
        assert!(text.ends_with("; image 192.0.2.1:5000 sendrecv udptl"), "{text}");
    }

    #[test]
    fn headers_are_read() {
        assert_eq!(
            session_expires(b"1800 ;refresher=UAS"),
            Some(Fact::SessionExpires(1800, Some(Refresher::Uas)))
        );
        assert_eq!(session_expires(b"soon"), None);
        assert_eq!(rack(b"776656  1 INVITE"), Some(Fact::Acknowledges(776_656, 1)));
        let one = b"ab30317f1a784dc48ff824d0d3715d86";
        let value = [&one[..], b";remote=", NIL].concat();
        assert_eq!(session_ids(&value).collect::<Vec<_>>(), [&one[..]]);
    }

    #[test]
    fn correlation_headers_are_named_once_and_without_case() {
        let correlation = Correlation::with(["X-Leg:", "x-cid", " "]);
        assert_eq!(correlation.place(b"X-LEG").map(|at| correlation.name(at)), Some("x-leg"));
        assert_eq!(correlation.place(b"X-Other"), None);
        assert_eq!(correlation.0.len(), USUAL.len() + 1);
    }
}
