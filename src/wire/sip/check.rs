//! What is against the grammar in a message that can be read nonetheless (RFC
//! 3261 sections 8.1.1, 20 and 25): nothing is left out for it, all of it is said.

use super::header::Name;
use super::message::Message;
use super::name_addr::NameAddr;
use super::param::Params;
use super::start_line::StartLine;
use super::text::{list, split_outside};
use super::uri::Uri;
use super::via::{COOKIE, Via};
use crate::wire::bytes::{decimal, trim};
use crate::wire::malformed::{Reason, Reasons};

/// Fields that may stand once (RFC 3261 section 7.3.1).
const ONCE: [Name; 9] = [
    Name::From,
    Name::To,
    Name::CallId,
    Name::Cseq,
    Name::MaxForwards,
    Name::ContentLength,
    Name::ContentType,
    Name::Expires,
    Name::Date,
];

/// Notes what is wrong with the fields and the Request-URI of a message.
pub(super) fn check(message: &Message<'_>, faults: &mut Reasons) {
    mandatory(message, faults);
    if let StartLine::Request { uri, .. } = message.start
        && !is_request_uri(uri)
    {
        faults.insert(Reason::SipBadRequestUri);
    }
    let mut seen = 0_u32;
    let mut vias = 0;
    for (name, value) in message.named() {
        let mut again = false;
        if let Some(place) = ONCE.iter().position(|once| *once == name) {
            again = seen >> place & 1 == 1;
            if again {
                faults.insert(Reason::SipRepeated);
            }
            seen |= 1 << place;
        }
        match name {
            // The first of each has been taken apart.
            Name::From if !again => note(address(message.from()), faults),
            Name::To if !again => note(address(message.to()), faults),
            Name::Via => {
                for element in list(value) {
                    let first = vias == 0;
                    let parsed = if first { message.via() } else { Via::parse(element) };
                    vias += 1;
                    if let Some(reason) = via(parsed) {
                        faults.insert(reason);
                        break;
                    }
                }
            }
            Name::Contact => contacts(value, faults),
            _ => note(field(name, value), faults),
        }
    }
}

fn note(reason: Option<Reason>, faults: &mut Reasons) {
    if let Some(reason) = reason {
        faults.insert(reason);
    }
}

/// What a message must have and has not (RFC 3261 section 8.1.1).
fn mandatory(message: &Message<'_>, faults: &mut Reasons) {
    if message.call_id().is_none() {
        faults.insert(Reason::SipNoCallId);
    }
    match (message.value(Name::Cseq), message.cseq()) {
        (None, _) => faults.insert(Reason::SipNoCseq),
        (Some(_), None) => faults.insert(Reason::SipBadCseq),
        (Some(_), Some(cseq)) => {
            if let StartLine::Request { method_text, .. } = message.start
                && method_text != cseq.method_text
            {
                faults.insert(Reason::SipCseqMethod);
            }
        }
    }
    if message.from().is_none() || message.to().is_none() {
        faults.insert(Reason::SipBadFromTo);
    }
    if message.via().is_none() {
        faults.insert(Reason::SipBadVia);
    }
}

/// What is wrong with the value of one field.
fn field(name: Name, value: &[u8]) -> Option<Reason> {
    match name {
        Name::From | Name::To => address(NameAddr::parse(value)),
        Name::MaxForwards => is_above(value, 255).then_some(Reason::SipBadNumber),
        Name::Expires | Name::MinExpires | Name::RetryAfter => {
            is_above(value, u32::MAX).then_some(Reason::SipBadNumber)
        }
        Name::Warning => (leading_digits(value).len() != 3).then_some(Reason::SipBadNumber),
        Name::Date => (!is_date(value)).then_some(Reason::SipBadDate),
        _ => None,
    }
}

/// Whether a Request-URI is one: an absolute URI, of SIP without headers (RFC
/// 3261 section 19.1.1). An IPv6 address without brackets is none (RFC 5118
/// section 4.2).
fn is_request_uri(uri: &[u8]) -> bool {
    Uri::parse(uri).is_some_and(|uri| {
        uri.headers.is_none() && matches!(uri.params.0.first(), None | Some(b';')) || !uri.is_sip()
    })
}

/// What is wrong with the address of From or To.
fn address(address: Option<NameAddr<'_>>) -> Option<Reason> {
    address.is_none_or(|address| !address.is_strict()).then_some(Reason::SipBadFromTo)
}

fn via(via: Option<Via<'_>>) -> Option<Reason> {
    let Some(via) = via else { return Some(Reason::SipBadVia) };
    if has_empty(via.params) {
        return Some(Reason::SipBadVia);
    }
    // The cookie alone names no transaction (RFC 3261 section 8.1.1.7).
    (via.branch() == Some(COOKIE)).then_some(Reason::SipBadBranch)
}

/// Notes what is wrong with the elements of a Contact: a bare URI may hold no `?`
/// (RFC 3261 section 20.10), and a time of expiry has 32 bits.
fn contacts(value: &[u8], faults: &mut Reasons) {
    for element in list(value) {
        let Some(address) = NameAddr::parse(element) else {
            faults.insert(Reason::SipBadContact);
            continue;
        };
        let is_contact = element == b"*"
            || !has_empty(address.params)
                && (address.is_bracketed() || !address.uri.contains(&b'?'));
        if !is_contact {
            faults.insert(Reason::SipBadContact);
        }
        if address.params.get("expires").is_some_and(|expires| is_above(expires, u32::MAX)) {
            faults.insert(Reason::SipBadNumber);
        }
    }
}

/// Whether a parameter is empty: `;;`, or a `;` at the end.
fn has_empty(params: Params<'_>) -> bool {
    let mut parts = split_outside(params.0, b';');
    // What stands before the first `;`.
    let before = parts.next().is_some_and(|part| !part.is_empty());
    before || parts.any(<[u8]>::is_empty)
}

fn leading_digits(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|b| !b.is_ascii_digit()).unwrap_or(value.len());
    value.get(..end).unwrap_or_default()
}

/// Whether a value does not begin with a number of at most `most`.
fn is_above(value: &[u8], most: u32) -> bool {
    decimal(leading_digits(value)).is_none_or(|number| number > u64::from(most))
}

/// `Sat, 13 Nov 2010 23:29:00 GMT`, always GMT (RFC 3261 section 20.17).
fn is_date(value: &[u8]) -> bool {
    let mut words = value.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.by_ref().count() == 6 && trim(value).ends_with(b" GMT")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sip::{HeaderIndex, parse};

    fn faults(line: &str) -> Vec<&'static str> {
        let mut index = HeaderIndex::default();
        let text = format!(
            "OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\n\
             To: <sip:b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n{line}\r\n\r\n"
        );
        let message = parse(text.as_bytes(), &mut index).unwrap();
        message.faults.iter().map(Reason::code).collect()
    }

    #[test]
    fn fields_against_the_grammar_are_noted() {
        assert_eq!(faults("Contact: *"), [] as [&str; 0]);
        assert_eq!(faults("Contact: sip:a@b;expires=5, \"x\" <sip:c?d=e>;q=1"), [] as [&str; 0]);
        assert_eq!(faults("Contact: sip:a@b?Route=x"), ["sip.bad-contact"]);
        assert_eq!(faults("m: <sip:a@b>;;q=1"), ["sip.bad-contact"]);
        assert_eq!(faults("Contact: <sip:a@b>;expires=4294967296"), ["sip.bad-number"]);
        assert_eq!(faults("Max-Forwards: 255"), [] as [&str; 0]);
        assert_eq!(faults("Max-Forwards: 256"), ["sip.bad-number"]);
        assert_eq!(faults("Retry-After: 18000;duration=3600"), [] as [&str; 0]);
        assert_eq!(faults("Warning: 301 a \"b\""), [] as [&str; 0]);
        assert_eq!(faults("Warning: 1812 a \"b\""), ["sip.bad-number"]);
        assert_eq!(faults("Date: Sat, 13 Nov 2010 23:29:00 GMT"), [] as [&str; 0]);
        assert_eq!(faults("Date: Sat, 13 Nov 2010 23:29:00 CET"), ["sip.bad-date"]);
        assert_eq!(faults("v: SIP/2.0/UDP b;branch=z9hG4bK"), ["sip.bad-branch"]);
        assert_eq!(faults("v: SIP/2.0/UDP b;;rport"), ["sip.bad-via"]);
        assert_eq!(faults("i: 2"), ["sip.repeated"]);
        assert_eq!(faults("f: Bell, A <sip:a>"), ["sip.bad-from-to", "sip.repeated"]);
    }
}
