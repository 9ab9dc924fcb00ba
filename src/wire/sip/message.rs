//! A whole message: start line, indexed header fields, body.

use std::borrow::Cow;

use super::check::check;
use super::header::{Field, HeaderIndex, Name};
use super::heads::Heads;
use super::start_line::{self, Method, StartLine};
use super::text::{is_token, list, unfold};
use super::{Cseq, NameAddr, Via};
use crate::wire::bytes::{decimal, from, trim};
use crate::wire::malformed::{Malformed, Reason, Reasons};

/// A SIP message, borrowing its bytes and its index.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The message from its start line to the end of its body.
    pub bytes: &'a [u8],
    /// The start line.
    pub start: StartLine<'a>,
    /// The body: as long as `Content-Length` says, or as came if it says nothing or more.
    pub body: &'a [u8],
    /// What is wrong with the message.
    pub faults: Reasons,
    /// Which names its fields have: bit [`Name::bit`] of each.
    pub(super) names: u64,
    pub(super) fields: &'a [Field],
    pub(super) heads: Heads<'a>,
}

/// Where a message on a stream ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Framing {
    /// The bytes do not begin with a start line.
    NotSip,
    /// The message may go on beyond the bytes; `at_least` says how many bytes
    /// it will have when that is known.
    Incomplete {
        /// Known length of the message.
        at_least: Option<usize>,
    },
    /// The message has this many bytes.
    Complete(usize),
}

/// Longest start line that is looked for, in bytes; robustness tests send
/// tokens of 64 KiB and more.
const MAX_START_LINE: usize = 1 << 17;

/// How the first line looks as a start line of SIP.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Beginning {
    /// A start line.
    Message,
    /// A request line but for its method, which is no token.
    BadMethod,
    /// Something else.
    NotSip,
}

/// Looks at the first line only.
#[inline]
pub fn beginning(bytes: &[u8]) -> Beginning {
    let window = bytes.get(..MAX_START_LINE).unwrap_or(bytes);
    let line = first_line(window).map_or(window, |(line, _)| line);
    if !start_line::is_start_line(line) {
        Beginning::NotSip
    } else if start_line::has_method(line) {
        Beginning::Message
    } else {
        Beginning::BadMethod
    }
}

/// Reads a message that begins at the first byte. A datagram is one message;
/// bytes after its `Content-Length` are left out (RFC 3261 section 18.3).
///
/// # Errors
/// [`Reason::SipBadMethod`] when the first line is no start line.
pub fn parse<'a>(bytes: &'a [u8], index: &'a mut HeaderIndex) -> Result<Message<'a>, Malformed> {
    let mut faults = Reasons::default();
    let (line, after) = first_line(bytes).unwrap_or((bytes, bytes.len()));
    let start = start_line::parse(line, &mut faults).map_err(|reason| Malformed::at(reason, 0))?;
    let body_at = index_fields(bytes, after, &mut index.fields, &mut faults);
    let fields = index.fields.as_slice();
    let rest = from(bytes, body_at).unwrap_or_default();
    let heads = Heads::default();
    let names = fields.iter().fold(0, |names, field| names | field.name.bit());
    let mut message = Message { bytes, start, body: rest, faults, names, fields, heads };
    message.heads = Heads::of(&message);
    if let Some(value) = message.value(Name::ContentLength) {
        match decimal(value) {
            None => message.faults.insert(Reason::SipBadLength),
            Some(length) => {
                match usize::try_from(length).ok().and_then(|length| rest.get(..length)) {
                    None => message.faults.insert(Reason::SipBodyShort),
                    Some(body) => {
                        if body.len() < rest.len() {
                            message.faults.insert(Reason::SipBodyLong);
                        }
                        message.body = body;
                        message.bytes = bytes.get(..body_at + body.len()).unwrap_or(bytes);
                    }
                }
            }
        }
    }
    let mut faults = message.faults;
    check(&message, &mut faults);
    message.faults = faults;
    Ok(message)
}

/// Where the message that begins at the first byte of a stream ends. Without
/// `Content-Length` it ends with its headers (RFC 3261 section 20.14).
pub fn framing(bytes: &[u8]) -> Framing {
    let Some((line, mut at)) = first_line(bytes) else {
        let possible =
            bytes.len() <= MAX_START_LINE && bytes.first().is_some_and(|b| is_token(&[*b]));
        return if possible { Framing::Incomplete { at_least: None } } else { Framing::NotSip };
    };
    if !start_line::is_start_line(line) {
        return Framing::NotSip;
    }
    let mut length = None;
    while let Some((line, after)) = first_line(from(bytes, at).unwrap_or_default()) {
        at += after;
        if line.is_empty() {
            let end = at.saturating_add(length.unwrap_or(0));
            return if end <= bytes.len() {
                Framing::Complete(end)
            } else {
                Framing::Incomplete { at_least: Some(end) }
            };
        }
        if let Some((name, value)) = split_field(line)
            && Name::of(name) == Name::ContentLength
        {
            // The first counts, as for the body.
            let value = decimal(trim(value)).and_then(|value| usize::try_from(value).ok());
            length = length.or(Some(value.unwrap_or(0)));
        }
    }
    Framing::Incomplete { at_least: None }
}

/// The first line without its end, and the offset of the next; `None` without a line end.
/// A line ends with LF, before which a CR is dropped.
#[inline]
fn first_line(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = memchr::memchr(b'\n', bytes)?;
    let line = bytes.get(..end)?;
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr::memchr(b':', line)?;
    Some((line.get(..colon)?.trim_ascii_end(), line.get(colon + 1..)?))
}

/// Indexes the fields from offset `at` to the empty line; the offset behind it.
fn index_fields(bytes: &[u8], at: usize, fields: &mut Vec<Field>, faults: &mut Reasons) -> usize {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    fields.clear();
    let mut at = at;
    loop {
        let rest = from(bytes, at).unwrap_or_default();
        if rest.is_empty() {
            faults.insert(Reason::SipNoHeaderEnd);
            return bytes.len();
        }
        let (line, after) = first_line(rest).unwrap_or((rest, rest.len()));
        if line.is_empty() {
            return at + after;
        }
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        if folded && let Some(last) = fields.last_mut() {
            if last.value_range.is_empty() {
                last.value_range.start = offset(at + line.len() - line.trim_ascii_start().len());
            }
            last.value_range.end =
                last.value_range.start.max(offset(at + line.trim_ascii_end().len()));
        } else if let Some((name, value)) = split_field(line).filter(|(name, _)| is_token(name)) {
            let value_at = at + line.len() - value.trim_ascii_start().len();
            fields.push(Field {
                name: Name::of(name),
                name_range: offset(at)..offset(at + name.len()),
                value_range: offset(value_at)..offset(value_at + trim(value).len()),
            });
        } else {
            faults.insert(Reason::SipBadHeader);
        }
        at += after;
    }
}

impl<'a> Message<'a> {
    fn slice(&self, range: &std::ops::Range<u32>) -> &'a [u8] {
        self.bytes.get(range.start as usize..range.end as usize).unwrap_or_default()
    }

    /// Whether there is a field of one of those names.
    #[inline]
    pub fn has_any(&self, names: &[Name]) -> bool {
        names.iter().fold(0, |bits, name| bits | name.bit()) & self.names != 0
    }

    /// The raw value of the first field of that name, folds still inside.
    #[inline]
    pub fn value(&self, name: Name) -> Option<&'a [u8]> {
        if self.names & name.bit() == 0 {
            return None;
        }
        let mut fields = self.fields.iter();
        fields.find(|field| field.name == name).map(|field| self.slice(&field.value_range))
    }

    /// The raw values of all fields of that name, in order.
    pub fn values(&self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        let any = self.names & name.bit() != 0;
        let fields = if any { self.fields } else { &[] };
        fields
            .iter()
            .filter(move |field| field.name == name)
            .map(|field| self.slice(&field.value_range))
    }

    /// The elements of all fields of that name, their lists taken apart: one
    /// element for each Via, Route or Contact however they were written.
    pub fn elements(&self, name: Name) -> impl Iterator<Item = &'a [u8]> {
        self.values(name).flat_map(list)
    }

    /// Every field in order: its name, the name as sent, and its raw value.
    pub fn named_fields(&self) -> impl Iterator<Item = (Name, &'a [u8], &'a [u8])> {
        let both = |field: &Field| (self.slice(&field.name_range), self.slice(&field.value_range));
        self.fields.iter().map(move |field| (field.name, both(field).0, both(field).1))
    }

    /// Every field's name as sent and raw value, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        self.fields
            .iter()
            .map(|field| (self.slice(&field.name_range), self.slice(&field.value_range)))
    }

    /// Every field's name and raw value, in order.
    pub fn named(&self) -> impl Iterator<Item = (Name, &'a [u8])> {
        self.fields.iter().map(|field| (field.name, self.slice(&field.value_range)))
    }

    /// The value of the first field of that name on one line.
    pub fn line(&self, name: Name) -> Option<Cow<'a, [u8]>> {
        self.value(name).map(unfold)
    }

    /// Whether the message is a request.
    pub fn is_request(&self) -> bool {
        matches!(self.start, StartLine::Request { .. })
    }

    /// The status code of a response.
    pub fn status(&self) -> Option<u16> {
        match self.start {
            StartLine::Response { status, .. } => Some(status),
            StartLine::Request { .. } => None,
        }
    }

    /// The method of a request.
    pub fn method(&self) -> Option<Method> {
        match self.start {
            StartLine::Request { method, .. } => Some(method),
            StartLine::Response { .. } => None,
        }
    }

    /// The Request-URI of a request, as sent.
    pub fn request_uri(&self) -> Option<&'a [u8]> {
        match self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// `Call-ID`, if it is there and not empty.
    pub fn call_id(&self) -> Option<&'a [u8]> {
        self.value(Name::CallId).filter(|id| !id.is_empty())
    }

    /// The Request-URI of a request, as sent.
    pub fn target(&self) -> Option<&'a [u8]> {
        match self.start {
            StartLine::Request { uri, .. } => Some(uri),
            StartLine::Response { .. } => None,
        }
    }

    /// `CSeq`, if it is there and can be read.
    pub fn cseq(&self) -> Option<Cseq<'a>> {
        self.heads.cseq
    }

    /// `From`.
    pub fn from(&self) -> Option<NameAddr<'a>> {
        self.heads.from
    }

    /// The tag of `From`.
    pub fn from_tag(&self) -> Option<&'a [u8]> {
        self.heads.from_tag
    }

    /// `To`.
    pub fn to(&self) -> Option<NameAddr<'a>> {
        self.heads.to
    }

    /// The tag of `To`.
    pub fn to_tag(&self) -> Option<&'a [u8]> {
        self.heads.to_tag
    }

    /// The topmost `Via`.
    pub fn via(&self) -> Option<Via<'a>> {
        self.heads.via
    }

    /// The branch of the topmost `Via`.
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.heads.branch
    }

    /// The branches of the `Via`s below the first: those of the hops before, the nearest first.
    pub fn upstream_branches(&self) -> impl Iterator<Item = &'a [u8]> {
        let further = self.heads.vias.saturating_sub(1);
        let elements = (further > 0).then(|| self.elements(Name::Via).skip(1));
        elements.into_iter().flatten().filter_map(|via| Via::parse(via)?.branch())
    }

    /// How many hops the message has passed: the number of its Vias.
    pub fn via_count(&self) -> usize {
        self.heads.vias
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INVITE: &str = "INVITE sip:bob@biloxi.com SIP/2.0\r\n\
        v: SIP/2.0/UDP bigbox3.site3.atlanta.com;branch=z9hG4bK77ef4c2312983.1\r\n\
        Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKnashds8, SIP/2.0/TCP a;branch=b\r\n\
        TO :\r\n sip:bob@biloxi.com ;  tag    = 1918181833n\r\n\
        From: Alice <sip:alice@atlanta.com>;tag=1928301774\r\n\
        i: a84b4c76e66710\r\n\
        CSeq: 314159 INVITE\r\n\
        Subject: I know\r\n\t you're there\r\n\
        no colon here\r\n\
        X-New: \r\n\
        l: 4\r\n\r\nbodyMORE";

    fn with<T>(text: &str, look: impl FnOnce(&Message<'_>) -> T) -> T {
        let mut index = HeaderIndex::default();
        look(&parse(text.as_bytes(), &mut index).unwrap())
    }

    fn faults(text: &str) -> Vec<Reason> {
        with(text, |message| message.faults.iter().collect())
    }

    #[test]
    fn fields_are_found_in_every_form() {
        with(INVITE, |message| {
            assert_eq!(message.call_id(), Some(&b"a84b4c76e66710"[..]));
            assert_eq!(message.cseq().map(|cseq| cseq.number), Some(314_159));
            assert_eq!(message.from().unwrap().tag(), Some(&b"1928301774"[..]));
            assert_eq!(message.to().unwrap().tag(), Some(&b"1918181833n"[..]));
            assert_eq!(message.via_count(), 3);
            assert_eq!(message.via().unwrap().host, b"bigbox3.site3.atlanta.com");
            assert_eq!(message.line(Name::Subject).unwrap().as_ref(), b"I know you're there");
            let new = message.fields().find(|(name, _)| *name == b"X-New").unwrap();
            assert_eq!(new.1, b"");
        });
    }

    #[test]
    fn what_follows_the_length_is_not_body() {
        with(INVITE, |message| {
            assert_eq!(message.body, b"body");
            assert!(message.bytes.ends_with(b"body"));
            let faults: Vec<_> = message.faults.iter().collect();
            assert_eq!(faults, [Reason::SipBadHeader, Reason::SipBodyLong]);
        });
    }

    #[test]
    fn bare_line_feeds_end_lines_too() {
        let bare = INVITE.replace("\r\n", "\n");
        with(&bare, |message| {
            assert_eq!(message.call_id(), Some(&b"a84b4c76e66710"[..]));
            assert_eq!(message.body, b"body");
        });
    }

    #[test]
    fn what_is_missing_or_wrong_is_noted() {
        use Reason::{
            SipBadCseq, SipBadFromTo, SipBadLength, SipBadVia, SipBodyShort, SipCseqMethod,
        };
        let head = "ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=x\r\nFrom: sip:a;tag=1\r\nTo: sip:b\r\nCall-ID: 1\r\n";
        assert_eq!(faults(&format!("{head}CSeq: 1 ACK\r\n\r\n")), []);
        assert_eq!(faults(&format!("{head}CSeq: 1 ACK\r\n")), [Reason::SipNoHeaderEnd]);
        assert_eq!(faults(&format!("{head}CSeq: 1 INVITE\r\n\r\n")), [SipCseqMethod]);
        assert_eq!(faults(&format!("{head}CSeq: x\r\n\r\n")), [SipBadCseq]);
        assert_eq!(faults(&format!("{head}CSeq: 1 ACK\r\nl: -1\r\n\r\n")), [SipBadLength]);
        assert_eq!(faults(&format!("{head}CSeq: 1 ACK\r\nl: 9\r\n\r\nshort")), [SipBodyShort]);
        assert_eq!(
            faults("ACK sip:a SIP/2.0\r\n\r\n"),
            [Reason::SipNoCallId, Reason::SipNoCseq, SipBadFromTo, SipBadVia]
        );
    }

    #[test]
    fn a_stream_is_cut_at_content_length() {
        let message = "SIP/2.0 200 OK\r\nl: 3\r\n\r\nabc";
        let stream = format!("{message}{message}");
        assert_eq!(framing(stream.as_bytes()), Framing::Complete(message.len()));
        for cut in 1..message.len() {
            assert!(
                matches!(framing(&message.as_bytes()[..cut]), Framing::Incomplete { .. }),
                "{cut}"
            );
        }
        let known = Framing::Incomplete { at_least: Some(message.len()) };
        assert_eq!(framing(&message.as_bytes()[..message.len() - 1]), known);
        assert_eq!(framing(b"GET / HTTP/1.1\r\n"), Framing::NotSip);
        assert_eq!(framing(b"\x16\x03\x01"), Framing::NotSip);
        assert_eq!(framing(b"ACK sip:a SIP/2.0\r\n\r\nrest"), Framing::Complete(21));
        let huge = b"ACK sip:a SIP/2.0\r\nl: 18446744073709551615\r\n\r\n";
        assert_eq!(framing(huge), Framing::Incomplete { at_least: Some(usize::MAX) });
    }

    proptest! {
        /// Any bytes behind a start line are read, and what a message says lies inside it.
        #[test]
        fn any_bytes_are_survived(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let bytes = [b"INVITE sip:a SIP/2.0\r\n".as_slice(), &tail].concat();
            let mut index = HeaderIndex::default();
            let message = parse(&bytes, &mut index).unwrap();
            prop_assert!(message.bytes.len() <= bytes.len());
            prop_assert!(bytes.ends_with(message.body) || message.bytes.ends_with(message.body));
            let _ = (message.from(), message.to(), message.via(), message.cseq(), message.via_count());
            let _ = super::super::body::session_description(&message);
            let _ = framing(&bytes);
        }

        /// Flipping bytes of a real message never breaks the reader.
        #[test]
        fn mutated_messages_are_survived(flips in proptest::collection::vec((0_usize..500, any::<u8>()), 0..12)) {
            let mut bytes = INVITE.as_bytes().to_vec();
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at) { *byte = value; }
            }
            let mut index = HeaderIndex::default();
            if let Ok(message) = parse(&bytes, &mut index) {
                let _ = (message.from(), message.to(), message.via(), message.cseq(), message.via_count());
                prop_assert!(message.fields().count() <= 20);
            }
        }
    }
}
