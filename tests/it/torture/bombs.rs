//! SIP that is not text, has no end, or is made to take long. What reading
//! costs is measured in processor time of the same work on twice the input,
//! with a margin that only growth by the square exceeds.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use siplens::reassembly::sip_stream::SipStream;
use siplens::wire::sip::body::for_each_part;
use siplens::wire::sip::{self, HeaderIndex};
use siplens::wire::{dtmf_info, sdp, vq_report};

use super::{capture, problems, report};

const START: &str = "OPTIONS sip:a@example.com SIP/2.0\r\n";
const MANDATORY: &str = "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>\r\n\
    Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n";

fn with(fields: &[u8]) -> Vec<u8> {
    [START.as_bytes(), MANDATORY.as_bytes(), fields, b"\r\n"].concat()
}

#[test]
fn bytes_that_are_no_text_are_kept_and_shown() {
    let latin = with(b"Subject: \xfcbel\xff\xfe\r\n");
    let zeros = with(b"Subject: a\0b\0\r\nX-\0: 1\r\n");
    let report = report(&capture(&[&latin, &zeros]));
    assert_eq!(report["capture"]["counts"]["sip_messages"], 2);
    assert_eq!(problems(&report), [("sip.bad-header".to_owned(), 1)].into());
    assert_eq!(report["dialogs"][0]["messages"].as_array().unwrap().len(), 2);
}

#[test]
fn other_line_ends_and_no_end_are_read() {
    let lf = String::from_utf8(with(b""))
        .unwrap()
        .replace("\r\n", "\n")
        .replace("Call-ID: 1", "Call-ID: 2");
    let endless = format!("{START}{MANDATORY}").replace("Call-ID: 1", "Call-ID: 3");
    let one_line = "OPTIONS sip:a SIP/2.0";
    let report = report(&capture(&[lf.as_bytes(), endless.as_bytes(), one_line.as_bytes()]));
    assert_eq!(report["capture"]["counts"]["sip_messages"], 3);
    let counted = problems(&report);
    assert_eq!(counted["sip.no-header-end"], 2, "{counted:?}");
    assert_eq!(counted["sip.no-call-id"], 1, "{counted:?}");
    assert_eq!(report["dialogs"].as_array().unwrap().len(), 2);
}

#[test]
fn ten_thousand_headers_are_one_message() {
    let many = with("a:b\r\n".repeat(10_000).as_bytes());
    let report = report(&capture(&[&many]));
    assert_eq!(report["capture"]["counts"]["sip_messages"], 1);
    assert_eq!(problems(&report), [].into());
}

/// Everything that is done with a message.
fn read(bytes: &[u8]) {
    let mut index = HeaderIndex::default();
    let Ok(message) = sip::parse(bytes, &mut index) else { return };
    let _ = (message.via(), message.via_count(), message.from(), message.to(), message.cseq());
    for_each_part(&message, |part| {
        let _ = dtmf_info::parse(part.media_type, part.content);
        let _ = (sdp::parse(part.content), vq_report::parse(part.content));
    });
}

/// The bytes as they come on a connection, in segments.
fn stream(bytes: &[u8]) {
    let mut stream = SipStream::default();
    for segment in bytes.chunks(700) {
        stream.push(segment, 1 << 20, &mut |_| {});
    }
    stream.gap(&mut |_| {});
}

/// The least processor time of this thread that `work` took in a few runs.
fn time(mut work: impl FnMut()) -> Duration {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        Duration::new(time.tv_sec.try_into().unwrap(), time.tv_nsec.try_into().unwrap())
    };
    let once = |work: &mut dyn FnMut()| {
        let start = now();
        work();
        now().saturating_sub(start)
    };
    (0..5).map(|_| once(&mut work)).min().unwrap()
}

/// Eight times the input may take up to twenty times as long: work that is
/// linear takes eight times, work by the square sixty-four times.
#[track_caller]
fn is_linear(name: &str, input: impl Fn(usize) -> Vec<u8>, work: fn(&[u8])) {
    let (small, great) = (input(1), input(8));
    // Three tries, should the processor be taken away at a bad moment.
    let ratios: Vec<_> = (0..3)
        .map(|_| {
            let least = Duration::from_micros(20);
            let (short, long) = (time(|| work(&small)), time(|| work(&great)));
            long.as_secs_f64() / short.max(least).as_secs_f64()
        })
        .collect();
    assert!(ratios.iter().any(|ratio| *ratio < 20.0), "{name}: {ratios:?}");
}

/// `count` thousand times `text`.
fn times(text: &str, count: usize) -> Vec<u8> {
    text.repeat(count * 1_000).into_bytes()
}

#[test]
fn reading_a_message_takes_its_length() {
    let field = |name: &'static str, part: &'static str| {
        move |count: usize| with(&[name.as_bytes(), b": ", &times(part, count), b"\r\n"].concat())
    };
    let body = |kind: &'static str, part: &'static str| {
        move |count: usize| {
            let body = times(part, count);
            with(&[b"Content-Type: ", kind.as_bytes(), b"\r\n\r\n", &body[..]].concat())
        }
    };
    is_linear("headers", |count| with(&times("a:b\r\n", count)), read);
    is_linear("vias", |count| with(&times("v: SIP/2.0/UDP a;branch=z9hG4bK1\r\n", count)), read);
    is_linear("folds", field("Subject", "\r\n x"), read);
    is_linear("one via", field("Via", "SIP/2.0/UDP a;b=c,"), read);
    is_linear("commas", field("Via", ","), read);
    is_linear("parameters", field("Contact", ";a=b"), read);
    is_linear("semicolons", field("f", ";"), read);
    is_linear("quotes", field("To", "\"\\\""), read);
    is_linear("brackets", field("Contact", "<<>"), read);
    is_linear("escapes", field("To", "sip:%41%"), read);
    is_linear("long name", |count| with(&[&times("a", count)[..], b": b\r\n"].concat()), read);
    is_linear("sdp lines", body("application/sdp", "a=b\r\n"), read);
    is_linear("sdp media", body("application/sdp", "m=audio 1 RTP/AVP 0 8\r\n"), read);
    is_linear("sdp formats", body("application/sdp\r\nX: \r\n\r\nm=audio 1 RTP/AVP", " 0"), read);
    is_linear("parts", body("multipart/mixed;boundary=x", "--x\r\n\r\n"), read);
    is_linear("report", body("application/vq-rtcpxr", "A:B=C\r\n"), read);
}

#[test]
fn reading_a_connection_takes_its_length() {
    let begun =
        |part: &'static str| move |count: usize| [START.as_bytes(), &times(part, count)].concat();
    is_linear("endless headers", begun("a:b\r\n"), stream);
    is_linear("start lines", |count| times("A b SIP/2.0\r\n", count), stream);
    is_linear("versions without lines", |count| times("xSIP/2.0", count), stream);
    is_linear("versions behind a message", begun("\r\nxSIP/2.0"), stream);
    is_linear("huge lengths", |count| times("A b SIP/2.0\r\nl: 9999999\r\n\r\n", count), stream);
    is_linear("line breaks", begun("\r\n"), stream);
    is_linear(
        "too long",
        |count| [START.as_bytes(), &times("a:b\r\n", 150 * count)].concat(),
        stream,
    );
}
