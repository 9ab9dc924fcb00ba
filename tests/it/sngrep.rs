//! Dialogs and states of calls held against sngrep 1.6.0, which lists a line for each Call-ID that
//! begins with a request. Where siplens differs, a verdict says who is right and which clause or
//! rule says so; a verdict that no longer differs fails too.

use std::path::Path;

use serde_json::Value;

use crate::corpus::folder;
use crate::program::output;

/// What `sngrep -I FILE` lists: the capture, its dialogs, and the states of those that begin with
/// INVITE, in the order of its list.
#[rustfmt::skip]
const SAMPLES: &[(&str, usize, &str)] = &[
    ("answered-call.pcap", 1, "COMPLETED"),
    ("attended-transfer.pcap", 3, "COMPLETED, COMPLETED, COMPLETED"),
    ("b2bua.pcap", 2, "COMPLETED, COMPLETED"),
    ("blind-transfer.pcap", 2, "COMPLETED, COMPLETED"),
    ("busy.pcap", 1, "BUSY"),
    ("challenge.pcap", 1, "COMPLETED"),
    ("dtmf.pcap", 1, "COMPLETED"),
    ("early-media.pcap", 1, "COMPLETED"),
    ("emergency.pcap", 1, "COMPLETED"),
    ("fork.pcap", 1, "CANCELLED"),
    ("fragmented-invite.pcap", 1, "COMPLETED"),
    ("glare.pcap", 1, "COMPLETED"),
    ("hold-resume.pcap", 1, "COMPLETED"),
    ("identity.pcap", 1, "COMPLETED"),
    ("inband-tones.pcap", 1, "COMPLETED"),
    ("ipv6-call.pcapng", 1, "COMPLETED"),
    ("keep-alive.pcap", 9, ""),
    ("lossy-audio.pcap", 1, "COMPLETED"),
    ("lost-ack.pcap", 1, "CALL SETUP"),
    ("message-subscribe.pcap", 5, ""),
    ("no-answer-cancel.pcap", 1, "CANCELLED"),
    ("no-response.pcap", 2, "CALL SETUP"),
    ("one-way-audio.pcap", 1, "COMPLETED"),
    ("prack-update.pcap", 1, "COMPLETED"),
    ("private-address.pcap", 1, "COMPLETED"),
    ("proxy-record-route.pcap", 1, "COMPLETED"),
    ("proxy-redirect.pcap", 1, "COMPLETED"),
    ("redirect.pcap", 1, "COMPLETED"),
    ("registration.pcap", 2, ""),
    ("rtpengine-relay.pcap", 1, "COMPLETED"),
    ("serial-fork.pcap", 1, "COMPLETED"),
    ("session-id.pcap", 2, "COMPLETED, COMPLETED"),
    ("session-timer.pcap", 1, "COMPLETED"),
    ("several-contacts.pcap", 3, "CANCELLED"),
    ("srtp-call.pcap", 1, "COMPLETED"),
    ("subscriptions.pcap", 6, ""),
    ("tcp-call.pcap", 1, "COMPLETED"),
    ("two-calls-of-many.pcap", 5, "COMPLETED, COMPLETED, BUSY, CANCELLED, COMPLETED"),
];

/// The same of captures by others. Those of which sngrep lists nothing and siplens neither are left
/// out; sip-malformed-protos.pcap is too, which sngrep does not open.
#[rustfmt::skip]
const CORPUS: &[(&str, usize, &str)] = &[
    ("dtmf-rfc2833.pcap", 5, "REJECTED, IN CALL"),
    ("dtmf-sip-info-pppoe.pcap", 0, ""),
    ("g711a-g711u-2calls.pcap", 2, "COMPLETED, IN CALL"),
    ("g722-call.pcap", 1, "COMPLETED"),
    ("gre-ppp-vlan-sip.pcapng", 0, ""),
    ("gtpu-volte-ipv6-tcp.pcap", 0, ""),
    ("h263-loopback.pcap", 1, "IN CALL"),
    ("hep3-sip.pcap", 0, ""),
    ("mixed-ports-icmp-quoted.pcap", 15, "CALL SETUP, CALL SETUP, CALL SETUP, REJECTED, CALL SETUP, CALL SETUP, CALL SETUP, CALL SETUP, CALL SETUP"),
    ("mixed-sip-h323-mgcp.pcap", 4, "IN CALL, CALL SETUP"),
    ("opus-call.pcap", 1, "COMPLETED"),
    ("register-invite-multi.pcap", 6, "CANCELLED, REJECTED, REJECTED, BUSY"),
    ("sip-bruteforce-2600.pcap", 478, ""),
    ("sip-compact-headers.pcap", 1, "CALL SETUP"),
    ("sip-ipv6.pcap", 1, "COMPLETED"),
    ("sip-junk-before-request.pcap", 1, ""),
    ("sip-large-body-tcp.pcap", 0, ""),
    ("sip-nonstd-port.pcap", 1, "CALL SETUP"),
    ("sip-rawip.pcap", 2, "CALL SETUP"),
    ("sip-scan-401.pcap", 11, "REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED, REJECTED"),
    ("sip-tcp-sll.pcap", 1, ""),
    ("sip-tcp-tiny.pcap", 1, ""),
    ("speex-3calls.pcap", 3, "COMPLETED, COMPLETED, COMPLETED"),
    ("srtp-sdes-call.pcap", 10, "COMPLETED, COMPLETED"),
    ("t38-fax-megaco.pcap", 2, "COMPLETED, COMPLETED"),
    ("volte-ipsec-call-any.pcapng", 3, "IN CALL"),
    ("volte-register-any.pcapng", 3, ""),
    ("zrtp-loss.pcap", 5, "COMPLETED"),
];

/// Where the two differ.
const VERDICTS: &[(&str, &str)] = &[
    (
        "fork.pcap",
        "siplens: the CANCEL is that of the proxy for the branch that lost (RFC 3261 section 16.7 step 10); the call was answered",
    ),
    (
        "several-contacts.pcap",
        "siplens: the CANCEL is for the branch that lost (RFC 3261 section 16.7 step 10); the call was answered and ended with BYE",
    ),
    (
        "lost-ack.pcap",
        "siplens: the 2xx makes the dialog and the BYE ends it (RFC 3261 sections 12.1 and 15), with or without an ACK; sngrep waits \
         for the ACK",
    ),
    (
        "dtmf-sip-info-pppoe.pcap",
        "siplens: SIP inside PPPoE (RFC 2516), which sngrep does not open",
    ),
    ("gre-ppp-vlan-sip.pcapng", "siplens: SIP inside GRE and PPP, which sngrep does not open"),
    ("gtpu-volte-ipv6-tcp.pcap", "siplens: SIP inside GTP-U, which sngrep does not open"),
    ("hep3-sip.pcap", "siplens: SIP inside HEP, which sngrep takes from its own socket only"),
    (
        "sip-large-body-tcp.pcap",
        "siplens: a message over many TCP segments (RFC 3261 section 18.3)",
    ),
    (
        "sip-junk-before-request.pcap",
        "siplens: the REGISTER has no Call-ID, From, To, CSeq or Via (RFC 3261 section 8.1.1), so it is of no dialog; it is counted as a \
         problem",
    ),
    (
        "sip-nonstd-port.pcap",
        "siplens: the second message is a response of a call whose INVITE came before the capture; sngrep begins dialogs with requests",
    ),
    (
        "sip-rawip.pcap",
        "siplens: the 403 is of a call whose INVITE came before the capture; sngrep begins dialogs with requests",
    ),
];

/// Whether a call of ours in that state is what sngrep's word means.
fn fits(word: &str, state: &str) -> bool {
    match word {
        "CALL SETUP" => matches!(state, "trying" | "ringing" | "timed_out"),
        "IN CALL" => state == "answered",
        "COMPLETED" => state == "completed",
        "CANCELLED" => state == "cancelled",
        "BUSY" => state == "rejected",
        "REJECTED" => matches!(state, "rejected" | "failed" | "timed_out"),
        "DIVERTED" => state == "redirected",
        other => panic!("sngrep has no state {other}"),
    }
}

/// How our report differs from sngrep's list; nothing if it does not.
fn difference(path: &str, dialogs: usize, states: &str) -> Option<String> {
    let report = output(&["analyze", "--json", "--no-join", path]);
    let report: Value = serde_json::from_str(&report).unwrap();
    let count = |list: &str| report[list].as_array().unwrap().len();
    let ours: Vec<_> = report["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["state"].as_str().unwrap())
        .collect();
    let theirs: Vec<_> = states.split(", ").filter(|state| !state.is_empty()).collect();
    let all = count("calls") + count("registrations") + count("dialogs");
    let same = all == dialogs
        && theirs.len() == ours.len()
        && theirs.iter().zip(&ours).all(|(word, state)| fits(word, state));
    (!same).then(|| {
        format!("{path}: sngrep {dialogs} ({states}), siplens {all} ({})", ours.join(", "))
    })
}

fn compare(folder: &Path, table: &[(&str, usize, &str)]) {
    let mut wrong = Vec::new();
    for (name, dialogs, states) in table {
        let path = folder.join(name);
        let difference = difference(path.to_str().unwrap(), *dialogs, states);
        let verdict = VERDICTS.iter().find(|(file, _)| file == name);
        match (difference, verdict) {
            (Some(difference), None) => wrong.push(difference),
            (None, Some((name, verdict))) => wrong.push(format!("{name} agrees, yet: {verdict}")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn samples_are_what_sngrep_lists() {
    compare(Path::new("samples"), SAMPLES);
}

#[test]
fn captures_of_others_are_what_sngrep_lists() {
    if let Some(folder) = folder() {
        compare(&folder, CORPUS);
    }
}
