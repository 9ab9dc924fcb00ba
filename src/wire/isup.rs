//! ISUP messages in SIP (`application/isup`, RFC 3204; SIP-I, ITU-T Q.1912.5):
//! message type, numbers and cause (ITU-T Q.763).
//!
//! The body begins with the message type: label and circuit identification are left out.

use super::bytes::be16;
use super::sip::param::Params;

/// A number of an ISUP message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Number {
    /// Its digits; `B`..`E` are codes 11 to 14, a final `F` (ST) is left out.
    pub digits: String,
    /// Nature of address (Q.763 section 3.9): `international`, `national`, `subscriber` and others.
    pub nature: &'static str,
    /// Whether the number may be presented; `None` for the called number.
    pub presentation: Option<&'static str>,
}

/// A cause (Q.763 section 3.12, values of Q.850).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cause {
    /// Its value, 0..127.
    pub value: u8,
    /// Where it arose (Q.850 section 2.2.3): `user`, `transit network` and others.
    pub location: &'static str,
}

/// What siplens reads of a message.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Isup {
    /// The message type's code.
    pub code: u8,
    /// Called party number.
    pub called: Option<Number>,
    /// Calling party number.
    pub calling: Option<Number>,
    /// Original called and redirecting numbers, in this order, if they are there.
    pub redirected_from: Vec<Number>,
    /// Cause.
    pub cause: Option<Cause>,
}

const IAM: u8 = 1;
const ACM: u8 = 6;
const CON: u8 = 7;
const ANM: u8 = 9;
const REL: u8 = 12;
const CPG: u8 = 0x2c;
const CALLED: u8 = 4;
const CALLING: u8 = 0x0a;
const REDIRECTING: u8 = 0x0b;
const CAUSE: u8 = 0x12;
const ORIGINAL_CALLED: u8 = 0x28;
/// Optional parameters of one message that are looked at.
const MAX_PARAMETERS: usize = 64;

/// The abbreviation of a message type (Q.763 table 4).
pub fn name(code: u8) -> Option<&'static str> {
    Some(match code {
        0x01 => "IAM",
        0x02 => "SAM",
        0x03 => "INR",
        0x04 => "INF",
        0x05 => "COT",
        0x06 => "ACM",
        0x07 => "CON",
        0x08 => "FOT",
        0x09 => "ANM",
        0x0c => "REL",
        0x0d => "SUS",
        0x0e => "RES",
        0x10 => "RLC",
        0x11 => "CCR",
        0x12 => "RSC",
        0x13 => "BLO",
        0x14 => "UBL",
        0x1f => "FAR",
        0x20 => "FAA",
        0x21 => "FRJ",
        0x28 => "PAM",
        0x2c => "CPG",
        0x2d => "USR",
        0x2f => "CFN",
        0x31 => "CRG",
        0x32 => "FAC",
        0x36 => "IDR",
        0x37 => "IRS",
        0x38 => "SGM",
        0x40 => "LOP",
        0x41 => "APM",
        0x42 => "PRI",
        _ => return None,
    })
}

/// Whether a body of that media type, with these parameters, is of the American
/// variant, whose IAM has another form: `version=ansi00`, `base=ansi88`.
pub fn is_american(params: Params<'_>) -> bool {
    ["base", "version"]
        .iter()
        .filter_map(|name| params.text(name))
        .any(|value| value.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("ansi")))
}

/// Reads a message; `None` when its type is none of Q.763's or its mandatory
/// part is not there.
pub fn parse(body: &[u8], american: bool) -> Option<Isup> {
    let (&code, rest) = body.split_first()?;
    name(code)?;
    let mut isup = Isup { code, ..Isup::default() };
    // Pointers count from themselves (Q.763 section 2.3).
    let optional = match code {
        IAM if american => {
            // Nature of connection, call indicators and category are four octets;
            // user service information comes before the called number (T1.113).
            let pointers = rest.get(4..)?;
            isup.called = called(variable(pointers, 1)?);
            pointer(pointers, 2)
        }
        IAM => {
            let pointers = rest.get(5..)?;
            isup.called = called(variable(pointers, 0)?);
            pointer(pointers, 1)
        }
        REL => {
            isup.cause = cause(variable(rest, 0)?);
            pointer(rest, 1)
        }
        // Both have backward call indicators.
        ACM | CON => pointer(rest.get(2..)?, 0),
        CPG => pointer(rest.get(1..)?, 0),
        ANM => pointer(rest, 0),
        _ => None,
    };
    for (kind, value) in optional.into_iter().flat_map(parameters) {
        match kind {
            CALLED if isup.called.is_none() => isup.called = called(value),
            CALLING => isup.calling = calling(value),
            ORIGINAL_CALLED | REDIRECTING => isup.redirected_from.extend(redirecting(value)),
            CAUSE if isup.cause.is_none() => isup.cause = cause(value),
            _ => {}
        }
    }
    Some(isup)
}

/// What pointer `index` points to, to the end of the message; `None` for 0, "not there".
fn pointer(pointers: &[u8], index: usize) -> Option<&[u8]> {
    let distance = usize::from(*pointers.get(index)?);
    (distance > 0).then(|| pointers.get(index + distance..)).flatten()
}

/// The content of the variable parameter that pointer `index` points to.
fn variable(pointers: &[u8], index: usize) -> Option<&[u8]> {
    let (length, rest) = pointer(pointers, index)?.split_first()?;
    rest.get(..usize::from(*length))
}

/// Names and contents of the optional part.
fn parameters(mut part: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let kind = *part.first().filter(|kind| **kind != 0)?;
        let length = usize::from(*part.get(1)?);
        let value = part.get(2..2 + length)?;
        part = part.get(2 + length..)?;
        Some((kind, value))
    })
    .take(MAX_PARAMETERS)
}

fn called(value: &[u8]) -> Option<Number> {
    let number = be16(value, 0)?;
    Some(Number {
        digits: digits(value.get(2..)?, number >> 15 == 1),
        nature: nature(number),
        presentation: None,
    })
}

/// A calling party number (Q.763 section 3.10), and a redirecting or original
/// called number (sections 3.44 and 3.39): presentation is bits 3 and 4.
fn calling(value: &[u8]) -> Option<Number> {
    let presentation = match be16(value, 0)? >> 2 & 3 {
        0 => "allowed",
        1 => "restricted",
        2 => "not available",
        _ => "spare",
    };
    Some(Number { presentation: Some(presentation), ..called(value)? })
}

fn redirecting(value: &[u8]) -> Option<Number> {
    calling(value)
}

fn nature(number: u16) -> &'static str {
    match number >> 8 & 0x7f {
        1 => "subscriber",
        2 => "unknown",
        3 => "national",
        4 => "international",
        5 => "network specific",
        _ => "other",
    }
}

/// Two digits an octet, low half first; with `odd` the last half is a filler.
fn digits(octets: &[u8], odd: bool) -> String {
    let mut halves: Vec<u8> = octets.iter().flat_map(|octet| [octet & 0xf, octet >> 4]).collect();
    if odd {
        halves.pop();
    }
    if halves.last() == Some(&0xf) {
        halves.pop();
    }
    let digit =
        |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('?').to_ascii_uppercase();
    halves.into_iter().map(digit).collect()
}

fn cause(value: &[u8]) -> Option<Cause> {
    let first = *value.first()?;
    // Without the extension bit a recommendation octet stands between.
    let at = if first & 0x80 == 0 { 2 } else { 1 };
    let location = match first & 0xf {
        0 => "user",
        1 => "private network serving the local user",
        2 => "public network serving the local user",
        3 => "transit network",
        4 => "public network serving the remote user",
        5 => "private network serving the remote user",
        7 => "international network",
        10 => "network beyond the interworking point",
        _ => "other",
    };
    Some(Cause { value: value.get(at)? & 0x7f, location })
}

/// The text of a cause (Q.850 table 1).
pub fn cause_text(value: u8) -> Option<&'static str> {
    Some(match value {
        1 => "Unallocated (unassigned) number",
        2 => "No route to specified transit network",
        3 => "No route to destination",
        4 => "Send special information tone",
        5 => "Misdialled trunk prefix",
        6 => "Channel unacceptable",
        7 => "Call awarded and being delivered in an established channel",
        8 => "Preemption",
        14 => "Query on release: ported number",
        16 => "Normal call clearing",
        17 => "User busy",
        18 => "No user responding",
        19 => "No answer from user (user alerted)",
        20 => "Subscriber absent",
        21 => "Call rejected",
        22 => "Number changed",
        23 => "Redirection to new destination",
        25 => "Exchange routing error",
        26 => "Non-selected user clearing",
        27 => "Destination out of order",
        28 => "Invalid number format (address incomplete)",
        29 => "Facility rejected",
        30 => "Response to STATUS ENQUIRY",
        31 => "Normal, unspecified",
        34 => "No circuit/channel available",
        38 => "Network out of order",
        41 => "Temporary failure",
        42 => "Switching equipment congestion",
        43 => "Access information discarded",
        44 => "Requested circuit/channel not available",
        46 => "Precedence call blocked",
        47 => "Resource unavailable, unspecified",
        49 => "Quality of service not available",
        50 => "Requested facility not subscribed",
        55 => "Incoming calls barred within CUG",
        57 => "Bearer capability not authorized",
        58 => "Bearer capability not presently available",
        63 => "Service or option not available, unspecified",
        65 => "Bearer capability not implemented",
        69 => "Requested facility not implemented",
        79 => "Service or option not implemented, unspecified",
        81 => "Invalid call reference value",
        87 => "User not member of CUG",
        88 => "Incompatible destination",
        95 => "Invalid message, unspecified",
        96 => "Mandatory information element is missing",
        97 => "Message type non-existent or not implemented",
        99 => "Information element non-existent or not implemented",
        102 => "Recovery on timer expiry",
        103 => "Parameter non-existent or not implemented, passed on",
        110 => "Message with unrecognized parameter, discarded",
        111 => "Protocol error, unspecified",
        127 => "Interworking, unspecified",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Called +49 30 1234, calling 4989555 restricted, original called 4930999.
    const IAM_BODY: &[u8] = &[
        0x01, 0x00, 0x60, 0x01, 0x0a, 0x03, 0x02, 0x09, // fixed part, pointers
        0x07, 0x84, 0x10, 0x94, 0x03, 0x21, 0x43, 0x0f, // called: odd, international, with ST
        0x0a, 0x06, 0x84, 0x17, 0x94, 0x98, 0x55, 0x05, // calling: odd, restricted
        0x28, 0x06, 0x84, 0x10, 0x94, 0x03, 0x99, 0x09, 0x00,
    ];

    #[test]
    fn an_initial_address() {
        let isup = parse(IAM_BODY, false).unwrap();
        assert_eq!(name(isup.code), Some("IAM"));
        let called = isup.called.unwrap();
        assert_eq!((called.digits.as_str(), called.nature), ("49301234", "international"));
        let calling = isup.calling.unwrap();
        assert_eq!(
            (calling.digits.as_str(), calling.presentation),
            ("4989555", Some("restricted"))
        );
        assert_eq!(isup.redirected_from[0].digits, "4930999");
    }

    #[test]
    fn a_release_and_its_cause() {
        let isup = parse(&[0x0c, 0x02, 0x00, 0x02, 0x84, 0x91], false).unwrap();
        let cause = isup.cause.unwrap();
        assert_eq!((cause.value, cause.location), (17, "public network serving the remote user"));
        assert_eq!(cause_text(cause.value), Some("User busy"));
        assert_eq!(name(parse(&[0x10, 0], false).unwrap().code), Some("RLC"));
    }

    #[test]
    fn the_american_form_has_user_service_information_first() {
        let body = [
            0x01, 0x00, 0x60, 0x01, 0x0a, 0x03, 0x06, 0x00, 0x03, 0x80, 0x90,
            0xa2, // pointers, USI
            0x07, 0x03, 0x10, 0x02, 0x51, 0x55, 0x21, 0x43, // 2015551234, national
        ];
        let called = parse(&body, true).unwrap().called.unwrap();
        assert_eq!((called.digits.as_str(), called.nature), ("2015551234", "national"));
        assert!(is_american(Params(b";version=ANSI00")) && !is_american(Params(b"base=itu-t92+")));
    }

    #[test]
    fn what_breaks_off_is_none_or_less() {
        assert_eq!(parse(&[], false), None);
        assert_eq!(parse(&[0xff, 1, 2], false), None);
        assert_eq!(parse(&IAM_BODY[..6], false), None);
        assert_eq!(parse(&IAM_BODY[..17], false).unwrap().calling, None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(code in 0_u8..0x50, body in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = parse(&[&[code][..], &body].concat(), code % 2 == 0);
        }
    }
}
