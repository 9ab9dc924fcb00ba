//! The scenario language itself: what its lines become.

use etherparse::{NetSlice, SlicedPacket, TransportSlice};
use siplens::base::frame::Frame;
use siplens::source::{FileSource, Source, Step};
use siplens::wire::frame::{Decoded, decode};

use crate::scenario::Scenario;

const CALL: &str = "hosts: A 192.0.2.10:5060 alice, P 192.0.2.5:5060, B 198.51.100.20:5060 bob
    0.000 A>P INVITE sdp(A:4000 PCMU telephone-event)
    0.010 P>B INVITE via+1 sdp(A:4000 PCMU telephone-event)
    0.5   B>P 180
    +0.1  P>A 180
    1     B>P 200 sdp(B:5000 PCMU ptime=30 srtp)
    1.1   P>A 200 sdp(B:5000 PCMU)
    1.2   A>P ACK
    1.3   P>B ACK via+1
    1.5   A>B rtp 3 lose 1 dup 2 dscp=46
    9     A>P BYE
    9.1   P>A 200 h('Reason: Q.850;cause=16')";

/// The SIP messages of a scenario as text.
fn messages(ladder: &str) -> Vec<String> {
    let scenario = Scenario::parse(ladder);
    let text = |frame: Frame<'_>| match decode(&frame) {
        Ok(Decoded::Udp(datagram)) => String::from_utf8_lossy(datagram.payload).into_owned(),
        other => panic!("{other:?}"),
    };
    scenario.frames().map(text).filter(|text| text.contains("SIP/2.0")).collect()
}

#[test]
fn a_forwarded_request_has_the_hops_and_keeps_the_rest() {
    assert_eq!(
        messages(CALL)[1].replace("\r\n", "\n"),
        "INVITE sip:bob@example.com SIP/2.0\n\
         Via: SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK-p-1\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-a-1\n\
         Max-Forwards: 69\n\
         From: <sip:alice@example.com>;tag=a1\n\
         To: <sip:bob@example.com>\n\
         Call-ID: call-1@example.com\n\
         CSeq: 1 INVITE\n\
         Contact: <sip:alice@192.0.2.10:5060>\n\
         Content-Type: application/sdp\n\
         Content-Length: 150\n\n\
         v=0\no=- 1 1 IN IP4 192.0.2.10\ns=-\nt=0 0\nm=audio 4000 RTP/AVP 0 101\nc=IN IP4 192.0.2.10\n\
         a=rtpmap:0 PCMU/8000\na=rtpmap:101 telephone-event/8000\n"
    );
}

#[test]
fn a_response_goes_back_the_way_of_its_request() {
    let messages = messages(CALL);
    let with = |index: usize, needles: &[&str]| {
        for needle in needles {
            assert!(messages[index].contains(needle), "{needle} in\n{}", messages[index]);
        }
    };
    with(2, &["SIP/2.0 180 Ringing", "branch=z9hG4bK-p-1", "branch=z9hG4bK-a-1", ";tag=b1"]);
    with(3, &["SIP/2.0 180 Ringing", "branch=z9hG4bK-a-1", ";tag=b1"]);
    assert!(!messages[3].contains("z9hG4bK-p-1"), "the proxy takes its Via off");
    with(4, &["a=ptime:30", "RTP/SAVP", "a=crypto:1"]);
    with(6, &["ACK ", "CSeq: 1 ACK", ";tag=b1", "branch=z9hG4bK-a-2"]);
    with(8, &["BYE ", "CSeq: 2 BYE", ";tag=b1"]);
    with(9, &["SIP/2.0 200 OK", "CSeq: 2 BYE", "Reason: Q.850;cause=16"]);
}

#[test]
fn frames_have_right_lengths_and_checksums() {
    let both = format!("{CALL}\n10 A>B INVITE call=2 tcp segments=2");
    let v6 = "hosts: A [2001:db8::10]:5060, B [2001:db8::20]:5060\n0 A>B INVITE\n1 A>B INVITE tcp";
    for frame in [&*both, v6].iter().flat_map(|ladder| Scenario::parse(ladder).captured) {
        let packet = SlicedPacket::from_ethernet(&frame.bytes).unwrap();
        let (net, transport) = (packet.net.unwrap(), packet.transport.unwrap());
        if let NetSlice::Ipv4(ip) = &net {
            let header = ip.header().to_header();
            assert_eq!(header.header_checksum, header.calc_header_checksum());
        }
        let checksums = match (&net, &transport) {
            (NetSlice::Ipv4(ip), TransportSlice::Udp(udp)) => {
                let ip = ip.header().to_header();
                let header = udp.to_header();
                (header.checksum, header.calc_checksum_ipv4(&ip, udp.payload()).unwrap())
            }
            (NetSlice::Ipv6(ip), TransportSlice::Udp(udp)) => {
                let ip = ip.header().to_header();
                let header = udp.to_header();
                (header.checksum, header.calc_checksum_ipv6(&ip, udp.payload()).unwrap())
            }
            (NetSlice::Ipv4(ip), TransportSlice::Tcp(tcp)) => (
                tcp.checksum(),
                tcp.calc_checksum_ipv4(ip.header().source(), ip.header().destination()).unwrap(),
            ),
            (NetSlice::Ipv6(ip), TransportSlice::Tcp(tcp)) => (
                tcp.checksum(),
                tcp.calc_checksum_ipv6(ip.header().source(), ip.header().destination()).unwrap(),
            ),
            other => panic!("{other:?}"),
        };
        assert_eq!(checksums.0, checksums.1, "{frame:?}");
    }
}

#[test]
fn the_capture_file_has_the_same_frames() {
    let scenario = Scenario::parse(CALL);
    let file = std::io::Cursor::new(scenario.pcap());
    let mut source = FileSource::from_reader("scenario", Box::new(file), 0).unwrap();
    for frame in scenario.frames() {
        let Step::Frame(read) = source.next_frame().unwrap() else { panic!("too few frames") };
        assert_eq!(
            (read.no, read.at, read.link, read.bytes),
            (frame.no, frame.at, frame.link, frame.bytes)
        );
    }
    assert!(matches!(source.next_frame(), Ok(Step::End)));
}

#[test]
fn what_is_unseen_happens_all_the_same() {
    let seen = messages("~0 A>B INVITE\n~1 B>A 200 tag=x\n1.1 A>B ACK\n2 A>B BYE");
    assert_eq!(seen.len(), 2);
    assert!(seen[0].contains("To: <sip:bob@example.com>;tag=x"), "{}", seen[0]);
    assert!(seen[1].contains("CSeq: 2 BYE"), "{}", seen[1]);
}

#[test]
#[should_panic(expected = "scenario line 2: has a word that means nothing there: Bare(\"agin\")")]
fn a_word_without_meaning_is_named() {
    Scenario::parse("0 A>B INVITE\n1 A>B BYE agin");
}

#[test]
#[should_panic(expected = "scenario line 2: answers no open request of its hop")]
fn a_response_needs_its_request() {
    Scenario::parse("0 A>B INVITE\n1 A>B 200");
}

#[test]
#[should_panic(expected = "scenario line 1: names the unknown host Z")]
fn a_hop_needs_its_hosts() {
    Scenario::parse("0 A>Z INVITE");
}

#[test]
#[should_panic(expected = "scenario line 1: needs from=: that host announced no media")]
fn media_need_their_ports() {
    Scenario::parse("0 A>B rtp 10");
}
