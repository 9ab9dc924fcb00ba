//! Where siplens and tshark 4.0.17 differ, and who is right.

/// A difference and why it is there.
pub(super) struct Verdict {
    /// The capture.
    pub(super) file: &'static str,
    /// `sip`, `call-ids`, a method, a status code, or a stream.
    pub(super) what: &'static str,
    /// What tshark has, and what siplens has.
    pub(super) difference: &'static str,
    /// Who is right, and which clause or rule says so.
    pub(super) why: &'static str,
}

const fn verdict(
    file: &'static str,
    what: &'static str,
    difference: &'static str,
    why: &'static str,
) -> Verdict {
    Verdict { file, what, difference, why }
}

const DUPLICATES: &str = "siplens: a duplicate hides no loss (RFC 3611 section 4.7.1); tshark subtracts every copy \
    from the expected number (RFC 3550 appendix A.3), so that its loss is too small or negative";
const AMR: &str = "amr-nb-rtp-only-sll.pcap";
const SKINNY: &str = "skinny-call-rtp.pcap";

const FEW: &str =
    "siplens: four packets without SDP are too few to be a stream (METRICS M1.1 asks for five)";

const HEP: &str = "siplens: the capture holds HEP3, which this tshark does not dissect; hep.tsv beside its counts \
    lists the same six SIP messages";

const PACKETCABLE: &str = "siplens: tshark takes frames 1974 to 1979 for PacketCable's KMMID because of UDP port 1293; \
    they are REGISTERs and 401s by their text";
const BRUTEFORCE: &str = "sip-bruteforce-2600.pcap";

const NO_CALL_ID: &str = "siplens counts the message and its missing Call-ID (RFC 3261 section 8.1.1) as a problem; \
    without one it belongs to no conversation, in which messages are listed";

const T38: &str = "siplens: after the re-INVITE to T.38 tshark reads the RTP that still arrives on the port as T.38 \
    (METRICS M8)";

const ESP_NULL: &str = "both: tshark reads ESP with the null cipher only when told to (-o esp.enable_null_encryption_\
    decode_heuristic:TRUE), and then counts the same: voip.espnull.tsv; siplens recognises it by its trailer (RFC 5879)";
const VOLTE: &str = "volte-ipsec-call-any.pcapng";

pub(super) const VERDICTS: &[Verdict] = &[
    verdict(
        AMR,
        "10.120.76.36:1128 > 10.175.69.220:1236 0x0025b105",
        "1052 packets, -515 lost -> 1052 packets, 11 lost",
        DUPLICATES,
    ),
    verdict(
        AMR,
        "10.120.76.36:1130 > 10.175.69.220:1236 0x00612603",
        "528 packets, -261 lost -> 528 packets, 3 lost",
        DUPLICATES,
    ),
    verdict(
        AMR,
        "10.120.76.36:1132 > 10.175.69.220:1236 0x40c1b512",
        "118 packets, -58 lost -> 118 packets, 1 lost",
        DUPLICATES,
    ),
    verdict(
        AMR,
        "10.120.76.36:1134 > 10.175.69.220:1236 0x401dd106",
        "240 packets, -119 lost -> 240 packets, 1 lost",
        DUPLICATES,
    ),
    verdict(
        "google-meet-ipv6-rtcpfb.pcapng",
        "192.168.12.156:38152 > 142.250.82.76:3478 0xc362591e",
        "4 packets, 0 lost -> none",
        FEW,
    ),
    verdict("hep3-sip.pcap", "sip", "0 -> 6", HEP),
    verdict("hep3-sip.pcap", "call-ids", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "INVITE", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "100", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "407", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "OPTIONS", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "200", "0 -> 1", HEP),
    verdict("hep3-sip.pcap", "PUBLISH", "0 -> 1", HEP),
    verdict(
        "rtp-dtmf-lossy.pcap",
        "10.10.0.82:19438 > 127.0.0.1:24272 0x37ed87f3",
        "151 packets, 141 lost -> 151 packets, 193 lost",
        DUPLICATES,
    ),
    verdict(BRUTEFORCE, "sip", "2639 -> 2645", PACKETCABLE),
    verdict(BRUTEFORCE, "call-ids", "477 -> 478", PACKETCABLE),
    verdict(BRUTEFORCE, "REGISTER", "1623 -> 1626", PACKETCABLE),
    verdict(BRUTEFORCE, "401", "805 -> 808", PACKETCABLE),
    verdict("sip-junk-before-request.pcap", "REGISTER", "1 -> 0", NO_CALL_ID),
    verdict(
        SKINNY,
        "192.168.195.50:17718 > 192.168.195.58:32144 0x7c1071e2",
        "33 packets, -16 lost -> 33 packets, 0 lost",
        DUPLICATES,
    ),
    verdict(
        SKINNY,
        "192.168.195.58:32144 > 192.168.195.50:17718 0xf6bf57dc",
        "36 packets, -18 lost -> 36 packets, 0 lost",
        DUPLICATES,
    ),
    verdict(
        "t38-fax-megaco.pcap",
        "10.35.60.100:15580 > 10.23.1.52:16756 0x0eaf0eaf",
        "132 packets, 1712 lost -> 159 packets, 1712 lost",
        T38,
    ),
    verdict(VOLTE, "sip", "56 -> 101", ESP_NULL),
    verdict(VOLTE, "INVITE", "4 -> 10", ESP_NULL),
    verdict(VOLTE, "100", "7 -> 10", ESP_NULL),
    verdict(VOLTE, "180", "4 -> 8", ESP_NULL),
    verdict(VOLTE, "183", "4 -> 8", ESP_NULL),
    verdict(VOLTE, "200", "22 -> 32", ESP_NULL),
    verdict(VOLTE, "ACK", "3 -> 9", ESP_NULL),
    verdict(VOLTE, "PRACK", "3 -> 9", ESP_NULL),
    verdict(VOLTE, "UPDATE", "3 -> 9", ESP_NULL),
    verdict(
        VOLTE,
        "10.4.128.21:30626 > 192.168.101.2:1234 0x003268d0",
        "357 packets, -238 lost -> 357 packets, 0 lost",
        DUPLICATES,
    ),
    verdict(
        VOLTE,
        "10.4.128.21:30634 > 192.168.101.3:1242 0x000e61f1",
        "276 packets, -184 lost -> 276 packets, 0 lost",
        DUPLICATES,
    ),
    verdict(
        VOLTE,
        "192.168.101.2:1234 > 10.4.128.21:30626 0x000e61f1",
        "276 packets, -184 lost -> 276 packets, 0 lost",
        DUPLICATES,
    ),
    verdict(
        VOLTE,
        "192.168.101.3:1242 > 10.4.128.21:30634 0x003268d0",
        "357 packets, -238 lost -> 357 packets, 0 lost",
        DUPLICATES,
    ),
];
