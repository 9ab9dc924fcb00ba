//! Seeds of the fuzz targets: from the samples, and of forms that no sample has.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;

use siplens::base::frame::Link;
use siplens::source::{FileSource, Source, Step};
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sip::body::for_each_part;
use siplens::wire::sip::{self, HeaderIndex, Name};
use siplens::wire::sniff::{Content, classify};

use crate::capture_file::{netmon, netmon_record_2};
use crate::compressed::{COMPRESSIONS, compressed, lz4_legacy};

/// Seeds kept of one target.
const MOST: usize = 40;
/// Longest seed, in bytes.
const LONGEST: usize = 4_000;

type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// The seeds of a target.
pub(super) fn of(name: &str) -> Vec<Vec<u8>> {
    static SEEDS: OnceLock<Seeds> = OnceLock::new();
    SEEDS.get_or_init(all).get(name).cloned().unwrap_or_default()
}

fn add(seeds: &mut Seeds, name: &'static str, bytes: Vec<u8>) {
    let known = seeds.entry(name).or_default();
    if known.len() < MOST && !bytes.is_empty() && bytes.len() <= LONGEST && !known.contains(&bytes)
    {
        known.push(bytes);
    }
}

fn all() -> Seeds {
    let mut seeds = Seeds::new();
    by_hand(&mut seeds);
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .collect();
    samples.sort();
    for sample in samples {
        of_sample(&mut seeds, &sample);
    }
    seeds
}

/// What a sample's frames hold, a few of each kind.
fn of_sample(seeds: &mut Seeds, sample: &std::path::Path) {
    let file = std::fs::read(sample).unwrap();
    let format = if sample.extension().is_some_and(|e| e == "pcap") { "pcap" } else { "pcapng" };
    add(seeds, format, file.iter().copied().take(2_000).collect());
    add(seeds, "engine", file.iter().copied().take(LONGEST).collect());
    add(seeds, "unpack", compressed("gzip", &file[..file.len().min(1_500)]));
    let mut source = FileSource::open(sample, 0).unwrap();
    let (mut signalling, mut media) = (0, 0);
    while let Ok(Step::Frame(frame)) = source.next_frame() {
        let link = match frame.link {
            Link::Ethernet => 0_u8,
            Link::LinuxSll => 3,
            _ => continue,
        };
        match decode(&frame) {
            Ok(Decoded::Udp(datagram)) => match classify(datagram.payload, datagram.missing) {
                Content::Sip(bytes) if signalling < 6 => {
                    signalling += 1;
                    of_message(seeds, bytes);
                }
                Content::Rtp(rtp) if media < 3 => {
                    media += 1;
                    add(seeds, "rtp", datagram.payload.to_vec());
                    add(seeds, "dtmf", rtp.payload.iter().copied().take(4).collect());
                }
                Content::Rtcp(bytes) => add(seeds, "rtcp", bytes.to_vec()),
                _ => continue,
            },
            Ok(Decoded::Tcp(segment)) if !segment.payload.is_empty() => {
                of_stream(seeds, segment.payload);
            }
            Ok(Decoded::Fragment(_) | Decoded::Icmp(_) | Decoded::Sctp(_)) => {}
            _ => continue,
        }
        add(seeds, "frame", [&[link], frame.bytes].concat());
    }
}

fn of_message(seeds: &mut Seeds, bytes: &[u8]) {
    add(seeds, "sip_message", bytes.to_vec());
    of_stream(seeds, bytes);
    let mut index = HeaderIndex::default();
    let message = sip::parse(bytes, &mut index).unwrap();
    for name in [Name::From, Name::To, Name::Contact] {
        if let Some(value) = message.value(name) {
            add(seeds, "name_addr", value.to_vec());
        }
    }
    if let Some(address) = message.to() {
        add(seeds, "uri", address.uri.to_vec());
    }
    for value in message.values(Name::Via) {
        add(seeds, "via", value.to_vec());
    }
    for_each_part(&message, |part| add(seeds, "sdp", part.content.to_vec()));
}

/// A message as it comes on streams of every kind.
fn of_stream(seeds: &mut Seeds, bytes: &[u8]) {
    let bytes = bytes.get(..600).unwrap_or(bytes);
    add(seeds, "sip_stream", [&[50], bytes, bytes].concat());
    let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    add(seeds, "websocket", [&[40][..], &[0x82, 0x7e], &length[..], bytes].concat());
    let key = [1, 2, 3, 4];
    let masked: Vec<_> =
        bytes.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
    add(seeds, "websocket", [&[90][..], &[0x81, 0xfe], &length[..], &key, &masked].concat());
    let (mut segments, mut pieces, mut chunks) = (Vec::new(), Vec::new(), Vec::new());
    for (number, piece) in (0_u8..).zip(bytes.chunks(96)) {
        let (at, size) = (usize::from(number) * 96 + 1_000, u8::try_from(piece.len()).unwrap());
        let (high, low) = (u8::try_from(at >> 5).unwrap(), u8::try_from(at & 31).unwrap());
        segments.extend([&[0, high, low, size, 0][..], piece].concat());
        let last = piece.len() < 96;
        pieces.extend([&[0, number * 12, size, u8::from(!last)][..], piece].concat());
        let flags = if number == 0 { 2 } else { 0 } | u8::from(last);
        let mut chunk = [&[0, flags, 0, size + 16, 0, 0, 0, number][..], &[0; 8], piece].concat();
        chunk.resize(chunk.len().next_multiple_of(4), 0);
        chunks.extend([&[0, u8::try_from(chunk.len()).unwrap()][..], &chunk].concat());
    }
    add(seeds, "tcp", segments);
    add(seeds, "fragments", pieces);
    add(seeds, "sctp", chunks);
}

const REQUEST: &[u8] = b"OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n";

/// A UDP datagram inside an IPv4 packet.
fn packet(payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    etherparse::PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
        .udp(5060, 5061)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

fn by_hand(seeds: &mut Seeds) {
    for expression in [
        r#"state == failed and mos < 3.5 and from ~ "^\+49""#,
        "status in (400..499, 600) or not exists pdd",
        "callee_ip in 10.0.0.0/8 && caller == [2001:db8::1]:5060",
        "start in (08:00:00..09:00:00) and pdd > 3s and loss >= 1.5%",
        "severity >= warning and finding != media.loss or began_before",
        "call-id contains 'a' and !(codec == PCMU) and dtmf == null",
        "start > 2026-01-31T08:00:00Z and lost in (1..3)",
        "-mos,+from,state",
        "+codec,dtmf",
    ] {
        add(seeds, "query", expression.as_bytes().to_vec());
    }
    let inner = packet(REQUEST);
    let ethernet = [&[0; 12][..], &[8, 0], &inner].concat();
    let tunnels: [(u8, &[u8], &[u8]); 14] = [
        (0, &[8, 0, 0, 0, 0, 0, 1, 0], &ethernet),
        (2, &[0, 0, 0x65, 0x58, 0, 0, 0, 0], &ethernet),
        (3, &[0x34, 255, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0], &inner),
        (4, &[0, 0, 1, 2, 3, 4, 5, 6], &[0x60; 60]),
        (5, &[0x40, 2, 0, 8, 0, 1, 0, 2, 0xff, 3, 0, 0x21], &inner),
        (6, &[1, 0, 0, 1, 0, 10, 1, 5, 1], &ethernet),
        (7, &[0, 0, 0x11, 64], &inner),
        (8, &[], &inner),
        (10, &[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0], &ethernet),
        (10, &[0x30, 0x81, 0x88, 0x0b, 0, 60, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x21], &inner),
        (11, &[0, 0, 0, 1, 0, 0, 0, 1], &[&inner[..], &[1, 2, 2, 4], &[9; 12]].concat()),
        (12, &[0x30, 0], &ethernet),
        (13, &[0, 0, 0, 5, 1, 2, 3, 4], &ethernet),
        (14, &[0x13, 0xc4, 0x13, 0xc4, 0, 0, 0, 1, 0, 0, 0, 0], &[0, 3, 0, 70, 0, 0, 0, 1]),
    ];
    for (choice, header, rest) in tunnels {
        add(seeds, "tunnel", [&[choice], header, rest].concat());
    }
    let links: [(u8, &[u8]); 9] = [
        (0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0xa8, 0, 1, 0x81, 0, 0, 2, 8, 0]),
        (0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0x64, 0x11, 0, 0, 1, 0, 60, 0, 0x21]),
        (0, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x88, 0xe5, 0, 0, 0, 0, 0, 1, 8, 0]),
        (1, &[2, 0, 0, 0]),
        (2, &[]),
        (4, &[8, 0, 0, 0, 0, 0, 0, 1, 0, 1, 4, 6, 0, 0, 0, 0, 0, 0, 0, 0]),
        (5, &[0xff, 3, 0, 0x21]),
        (7, &[0x0f, 0, 8, 0]),
        (9, &[0, 0, 8, 0, 0, 0, 0, 0, 8, 1, 0, 0]),
    ];
    for (choice, header) in links {
        add(seeds, "frame", [&[choice], header, &inner].concat());
    }
    for kind in [3, 4, 5, 11, 12] {
        add(seeds, "icmp", [&[0, kind, 3, 0, 0, 0, 0, 0, 0][..], &inner].concat());
        add(seeds, "icmp", [&[1, kind - 2, 4, 0, 0, 0, 0, 0, 0][..], &inner].concat());
    }
    of_hep(seeds);
    of_reports(seeds);
    let records = [netmon_record_2(1, &ethernet, &[1, 0]), netmon_record_2(9, REQUEST, &[1, 0])];
    add(seeds, "netmon", netmon(2, 1, &records));
    for compression in COMPRESSIONS {
        add(
            seeds,
            "unpack",
            compressed(compression, &[&[0xd4, 0xc3, 0xb2, 0xa1][..], &[7; 900]].concat()),
        );
    }
    add(seeds, "unpack", lz4_legacy(&inner, 30));
    for body in ["Signal=5\r\nDuration=160\r\n", "Signal= *\nDuration= 250\n", "#", "11\r\n"] {
        add(seeds, "dtmf", body.into());
    }
    for uri in [
        "sips:alice:pw@[2001:db8::1]:5061;transport=tls;lr?Subject=x%20y",
        "tel:+1-201-555-0123;phone-context=example.com",
        "sip:%61lice@example.com;method=INVITE",
    ] {
        add(seeds, "uri", uri.into());
        add(seeds, "name_addr", format!("\"A \\\" <b>\" <{uri}>;tag=\"x;y\";q=0.5").into());
    }
}

fn of_hep(seeds: &mut Seeds) {
    let chunk = |kind: u16, value: &[u8]| {
        let length = u16::try_from(value.len() + 6).unwrap().to_be_bytes();
        [&[0, 0][..], &kind.to_be_bytes(), &length, value].concat()
    };
    for (kind, payload) in
        [(15, REQUEST.to_vec()), (16, b"\x78\x9c\x03\x00\x00\x00\x00\x01".to_vec())]
    {
        let chunks = [
            chunk(1, &[2]),
            chunk(2, &[17]),
            chunk(3, &[192, 0, 2, 1]),
            chunk(4, &[192, 0, 2, 2]),
            chunk(7, &[0x13, 0xc4]),
            chunk(8, &[0x13, 0xc5]),
            chunk(9, &[0x58, 0x4d, 0x3c, 0x58]),
            chunk(10, &[0, 0, 0, 100]),
            chunk(11, &[1]),
            chunk(17, b"call-1"),
            chunk(kind, &payload),
        ]
        .concat();
        let length = u16::try_from(chunks.len() + 6).unwrap().to_be_bytes();
        add(seeds, "hep", [&b"HEP3"[..], &length, &chunks].concat());
    }
    for json in [
        r#"{"ssrc":5,"type":200,"sender_information":{"packets":9},"report_blocks":[{"source_ssrc":6,"packets_lost":-1}],"report_blocks_xr":{"type":7,"id":6},"sdes_information":[{"type":1,"text":"a"}]}"#,
        r#"{"CORRELATION_ID":"a","MOS":4.1,"TOTAL_PK":9,"SRC_IP":"192.0.2.1","SRC_PORT":4000,"DST_IP":"::1","DST_PORT":"5","SSRC":"0xa","TYPE":"HANGUP"}"#,
    ] {
        add(seeds, "hep", json.into());
    }
    let old = [1, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc5, 192, 0, 2, 1, 192, 0, 2, 2];
    add(seeds, "hep", [&old[..], REQUEST].concat());
    let newer = [2, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc5, 192, 0, 2, 1, 192, 0, 2, 2];
    add(seeds, "hep", [&newer[..], &[1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0], REQUEST].concat());
}

fn of_reports(seeds: &mut Seeds) {
    let report = "VQSessionReport: CallTerm\r\nCallID: 1@a\r\nLocalAddr: IP=192.0.2.1 PORT=4000 SSRC=0x1\r\n\
        RemoteAddr: IP=192.0.2.2 PORT=5000 SSRC=2\r\nLocalMetrics:\r\n\
        Timestamps: START=2004-10-10T18:23:43Z STOP=2004-10-01T18:26:02Z\r\n\
        SessionDesc: PT=18 PD=G729 SR=8000 FMTP=\"annexb=no\"\r\nPacketLoss: NLR=5.0 JDR=2.0\r\n\
        QualityEst: RLQ=90 MOSLQ=4.2\r\nRemoteMetrics:\r\n Delay: RTD=200\r\n";
    add(seeds, "vq_report", report.into());
    let interval = report.replace("VQSessionReport: CallTerm", "VQIntervalReport");
    add(seeds, "vq_report", interval.into());
    // Extended reports with one block of each kind that is read.
    for (kind, words) in
        [(1, 4), (2, 4), (3, 3), (4, 2), (5, 3), (6, 9), (7, 8), (17, 5), (20, 5), (23, 3), (30, 6)]
    {
        let block = [&[kind, 0, 0, words][..], &vec![0x91; usize::from(words) * 4]].concat();
        add(seeds, "rtcp", [&[0x80, 207, 0, words + 2, 0, 0, 0, 1][..], &block].concat());
    }
}
