//! Facts that columns have no room for, as the text commands say them: who the
//! network says is calling, by which way a call came, who signed for it, what
//! was bound and subscribed, which streams are the same media.

use std::fs;
use std::path::PathBuf;

use crate::capture_file::{ETHERNET, MICROS, Order, pcap_header, pcap_record};
use crate::identity::{CERTIFICATE_FILE, identity};
use crate::program::output;
use crate::scenario::Scenario;

/// A capture file of a scenario; gone with it.
struct Capture(PathBuf);

impl Capture {
    fn of(name: &str, ladder: &str) -> Self {
        let mut bytes = pcap_header(Order::Little, MICROS, ETHERNET);
        for frame in Scenario::parse(ladder).frames() {
            let micros = frame.at.nanos() / 1_000;
            let part = |micros: i64| u32::try_from(micros).unwrap();
            let (seconds, rest) = (part(micros / 1_000_000), part(micros % 1_000_000));
            bytes.extend(pcap_record(Order::Little, seconds, rest, frame.bytes));
        }
        let name = format!("siplens-facts-{name}-{}.pcap", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, bytes).unwrap();
        Self(path)
    }

    fn run(&self, arguments: &[&str]) -> String {
        let path = self.0.to_str().unwrap();
        output(&[arguments, &[path, "--color", "never"]].concat())
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[track_caller]
fn has(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.contains(line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn who_calls_and_by_which_way() {
    let capture = Capture::of(
        "identity",
        r#"0   A>B INVITE h('P-Asserted-Identity: "Alice" <sip:+4930123@example.com>') h('Privacy: id') h('Diversion: <sip:100@example.com>;reason=user-busy;counter=2') h('History-Info: <sip:100@example.com?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1, <sip:bob@192.0.2.4>;index=1.1;mp=1')
           0.1 B>A 200
           0.2 A>B ACK"#,
    );
    let shown = capture.run(&["show", "call-1"]);
    let expected = "call-1  alice → bob, answered (200 OK)
  asserted     \"Alice\" sip:+4930123@example.com is the caller (frame 1)
  privacy      id
  diverted     by sip:100@example.com, user-busy, 2 times (frame 1)
  history      1 sip:100@example.com, left because of SIP 486 \"Busy\" (frame 1)
  history      1.1 sip:bob@192.0.2.4, mapped to another user from 1 (frame 1)

#1  +0.000000";
    assert!(shown.starts_with(expected), "{shown}");
    has(
        &capture.run(&["analyze"]),
        &[
            "call-1: asserted \"Alice\" sip:+4930123@example.com is the caller (frame 1)\n",
            "call-1: diverted by sip:100@example.com, user-busy, 2 times (frame 1)\n",
        ],
    );
    // The messages alone stay alone.
    assert!(capture.run(&["show", "call-1", "--raw"]).starts_with("INVITE sip:"));
}

#[test]
fn a_signature_is_judged_with_the_certificate_given() {
    let capture = Capture::of(
        "stir",
        &format!(
            "0 A>B INVITE from='<tel:+1-215-555-0121>' to='<sip:+12155550131@example.com>' h('{}')\n0.1 B>A 200",
            identity("12155550121", 5)
        ),
    );
    has(
        &capture.run(&["show", "call-1"]),
        &[
            "STIR         attestation A, full; 12155550121 to 12155550131; signature unchecked; fresh, 5 s old; frame 1\n",
        ],
    );
    has(&capture.run(&["show", "call-1", "--cert", CERTIFICATE_FILE]), &["signature valid by "]);
}

#[test]
fn an_emergency_call_says_so_first() {
    let capture = Capture::of(
        "emergency",
        "0   A>P INVITE uri=urn:service:sos.fire to='<urn:service:sos.fire>' h('Geolocation: <https://lis.example/1>') h('Resource-Priority: esnet.1')
         0.1 P>A 200",
    );
    let shown = capture.run(&["show", "call-1"]);
    let facts: Vec<_> = shown.lines().skip(1).take(3).map(str::trim).collect();
    assert_eq!(
        facts,
        [
            "emergency    urn:service:sos.fire (frame 1)",
            "location     https://lis.example/1",
            "priority     esnet.1",
        ]
    );
}

#[test]
fn what_a_registration_bound_is_listed_and_shown() {
    let sample = "samples/registration.pcap";
    let shown = output(&["show", "registration-1", sample, "--color", "never"]);
    has(
        &shown,
        &[
            "registration-1  sip:alice@example.com, unregistered\n",
            "  binding      sip:alice-0x56433085da90@192.0.2.10:5060, removed, 06:24:23 to 06:24:49, \
             granted 10 s, refreshed 2 times (frame 4)\n",
            "  attempts     4 attempts, 4 succeeded, 4 challenged, 2 to refresh, 1 to remove\n",
        ],
    );
    let bound = ["registrations", "--columns", "state,binding,calls", "--format", "csv"];
    let listed = output(&[&bound[..], &["samples/registration.pcap"]].concat());
    assert_eq!(listed, "state,binding,calls\r\nunregistered,,0\r\nfailed,,0\r\n");
}

#[test]
fn a_subscription_is_shown_with_what_its_notifications_said() {
    let shown = output(&["show", "dialog-2", "samples/message-subscribe.pcap", "--color", "never"]);
    has(
        &shown,
        &[
            "dialog-2  SUBSCRIBE\n",
            "  subscription presence by SUBSCRIBE of the caller: terminated, reason timeout, 0 s, 3 NOTIFYs",
            "  body         sip:bob@example.com: closed at sip:bob@example.com (NOTIFY of the callee, frame 17)\n",
        ],
    );
}

#[test]
fn streams_that_are_the_same_media_say_of_which() {
    let analyzed = output(&["analyze", "samples/rtpengine-relay.pcap", "--color", "never"]);
    has(&analyzed, &["stream-2: same as stream-1, captured before a relay or NAT\n"]);
    let shown = output(&["show", "call-1", "samples/rtpengine-relay.pcap", "--color", "never"]);
    has(&shown, &["stream       stream-2: same as stream-1, captured before a relay or NAT\n"]);
}

#[test]
fn a_call_of_several_legs_is_shown_whole() {
    let shown = output(&["show", "call-1", "samples/b2bua.pcap", "--color", "never"]);
    let messages = shown.lines().filter(|line| line.starts_with('#')).count();
    assert_eq!(messages, 14, "both legs:\n{shown}");
    has(&shown, &["  course       leg a ", "  course       leg b "]);
}
