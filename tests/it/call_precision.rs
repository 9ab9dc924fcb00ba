//! No two unrelated calls are one: over all captures of the corpus and all
//! samples, how many calls there are after their legs were joined. A wrong join
//! is worse than a missed one, so each file that has any is named with what
//! speaks for it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::golden::samples;
use crate::program::output;

/// Captures with calls: how many there are, and how many Call-IDs were joined to
/// another. Whatever is not named has no calls.
const EXPECTED: &[(&str, usize, usize)] = &[
    // Samples.
    ("answered-call.pcap", 1, 0),
    ("attended-transfer.pcap", 3, 0), // each dialog is a call of its own
    ("b2bua.pcap", 1, 1), // sipp as B2BUA: the same media addresses on both legs, and numbers
    ("blind-transfer.pcap", 2, 0),
    ("busy.pcap", 1, 0),
    ("challenge.pcap", 1, 0),
    ("dtmf.pcap", 1, 0),
    ("early-media.pcap", 1, 0),
    ("emergency.pcap", 1, 0),
    ("fork.pcap", 1, 0),
    ("fragmented-invite.pcap", 1, 0),
    ("glare.pcap", 1, 0),
    ("hold-resume.pcap", 1, 0),
    ("identity.pcap", 1, 0),
    ("inband-tones.pcap", 1, 0),
    ("ipv6-call.pcapng", 1, 0),
    ("lossy-audio.pcap", 1, 0),
    ("lost-ack.pcap", 1, 0),
    ("no-answer-cancel.pcap", 1, 0),
    ("no-response.pcap", 1, 0),
    ("one-way-audio.pcap", 1, 0),
    ("prack-update.pcap", 1, 0),
    ("private-address.pcap", 1, 0),
    ("proxy-redirect.pcap", 1, 0),
    ("proxy-record-route.pcap", 1, 0),
    ("redirect.pcap", 1, 0),
    ("rtpengine-relay.pcap", 1, 0),
    ("serial-fork.pcap", 1, 0),
    ("session-id.pcap", 1, 1), // sipp as B2BUA with addresses of its own: Session-ID and the place
    ("session-timer.pcap", 1, 0),
    ("several-contacts.pcap", 1, 0),
    ("srtp-call.pcap", 1, 0),
    ("tcp-call.pcap", 1, 0),
    ("two-calls-of-many.pcap", 5, 0),
    // Corpus.
    ("dtmf-rfc2833.pcap", 2, 0),
    ("dtmf-sip-info-pppoe.pcap", 1, 0),
    ("g711a-g711u-2calls.pcap", 2, 0), // one phone, one RTP port, one call after the other
    ("g722-call.pcap", 1, 0),
    ("gre-ppp-vlan-sip.pcapng", 1, 0),
    ("gtpu-volte-ipv6-tcp.pcap", 1, 0),
    ("h263-loopback.pcap", 1, 0),
    ("hep3-sip.pcap", 1, 0),
    ("mixed-ports-icmp-quoted.pcap", 9, 0),
    ("mixed-sip-h323-mgcp.pcap", 2, 0),
    ("opus-call.pcap", 1, 0),
    ("register-invite-multi.pcap", 4, 0),
    ("sip-compact-headers.pcap", 1, 0),
    ("sip-ipv6.pcap", 1, 0),
    ("sip-large-body-tcp.pcap", 1, 0),
    ("sip-malformed-protos.pcap", 1, 0),
    ("sip-nonstd-port.pcap", 2, 0),
    ("sip-rawip.pcap", 2, 0),
    ("sip-scan-401.pcap", 11, 0), // one scanner that always announces one of a few ports
    ("speex-3calls.pcap", 3, 0),
    // A PBX rings 2222 from 1111 while 1111's call to 2222 waits, answers 5 ms after it
    // was answered, and passes on as many packets as it gets: truly one call.
    ("srtp-sdes-call.pcap", 1, 1),
    ("t38-fax-megaco.pcap", 2, 0),
    ("volte-ipsec-call-any.pcapng", 1, 0),
    ("zrtp-loss.pcap", 1, 0),
];

fn corpus() -> Vec<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
    let folder = std::env::var_os("SIPLENS_CORPUS").map_or_else(|| beside.into(), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let captures = entries.map(|entry| entry.unwrap().path());
    captures.filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng")).collect()
}

#[test]
fn no_two_unrelated_calls_are_joined() {
    let expected: BTreeMap<_, _> =
        EXPECTED.iter().map(|(name, calls, joined)| (*name, (*calls, *joined))).collect();
    let mut differences = Vec::new();
    let captures = samples().into_iter().map(PathBuf::from).chain(corpus());
    for capture in captures {
        let name = capture.file_name().unwrap().to_str().unwrap().to_owned();
        let report: Value =
            serde_json::from_str(&output(&["analyze", "--json", capture.to_str().unwrap()]))
                .unwrap();
        let calls = report["calls"].as_array().unwrap();
        let legs: usize = calls.iter().map(|call| call["legs"].as_array().unwrap().len()).sum();
        let got = (calls.len(), legs - calls.len());
        let wanted = expected.get(&*name).copied().unwrap_or_default();
        if got != wanted {
            differences
                .push(format!("{name}: {got:?} calls and joined Call-IDs, expected {wanted:?}"));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn left_apart_each_call_id_is_a_call() {
    let sample = Path::new("samples/b2bua.pcap").to_str().unwrap();
    let report: Value =
        serde_json::from_str(&output(&["analyze", "--json", "--no-join", sample])).unwrap();
    assert_eq!(report["calls"].as_array().unwrap().len(), 2);
    assert_eq!(report["summary"]["calls"], 2);
}
