//! Lost packets that come otherwise: redundant data, parity, retransmission.

use std::fmt::Write as _;

use crate::check::check;

/// An RTP packet in hexadecimal.
struct Packet {
    first: u8,
    pt: u8,
    seq: u16,
    ts: u32,
    ssrc: u32,
    rest: String,
}

impl Packet {
    /// Speech of 20 ms.
    fn speech(pt: u8, seq: u16) -> Self {
        Self { first: 0x80, pt, seq, ts: 160 * u32::from(seq), ssrc: 1, rest: "d5".repeat(160) }
    }

    fn hex(&self) -> String {
        let Self { first, pt, seq, ts, ssrc, rest } = self;
        format!("{first:02x}{pt:02x}{seq:04x}{ts:08x}{ssrc:08x}{rest}")
    }
}

/// Lines of A's packets to B, 20 ms apart from 2 s on, with their places.
fn lines(packets: impl IntoIterator<Item = (u32, Packet)>) -> String {
    let mut lines = String::new();
    for (place, packet) in packets {
        let ms = 2_000 + 20 * place;
        let (hex, at) = (packet.hex(), format!("{}.{:03}", ms / 1_000, ms % 1_000));
        writeln!(lines, "{at} A>B from=A:4000 to=B:5000 hex={hex}").unwrap();
    }
    lines
}

#[track_caller]
fn call(codecs: &str, lines: &str, facts: &str) {
    check(
        &format!(
            "0   A>B INVITE sdp(A:4000 {codecs})
             1   B>A 200 sdp(B:5000 {codecs})
             1.1 A>B ACK
             1.5 B>A rtp 100 pt=0
             {lines}"
        ),
        &format!("call-1 state=answered\nstream-1 from=B:5000 repair=-\n{facts}"),
    );
}

#[test]
fn redundant_data_recovers_what_is_lost_alone() {
    // Each packet repeats the one before it: PT 0, 160 ticks older, 160 octets.
    let speech = "d5".repeat(160);
    let red = |seq: u16| Packet {
        pt: 121,
        rest: format!("800280a000{speech}{speech}"),
        ..Packet::speech(0, seq)
    };
    // 20 is lost alone; of 40 and 41 only the latter is repeated.
    let packets = (0..60_u16).filter(|seq| ![20, 40, 41].contains(seq));
    call(
        "PCMU red/121",
        &lines(packets.map(|seq| (seq.into(), red(seq)))),
        "stream-2 codecs=red lost=3 repair.red_packets=57 repair.red_blocks=57 repair.recovered=2 \
                  repair.recovered_by_red=2 repair.lost_for_good=1 quality.model=G.107 \
                  quality.codec_bpl=25.1",
    );
}

#[test]
fn retransmissions_of_another_source() {
    // RTX: the number of the original before its payload (RFC 4588 section 4).
    let rtx = |seq: u16, original: u16| Packet {
        pt: 97,
        seq,
        ssrc: 2,
        rest: format!("{original:04x}{}", "d5".repeat(160)),
        ..Packet::speech(97, original)
    };
    let media = (0..60_u16).filter(|seq| ![20, 30].contains(seq));
    let mut packets: Vec<_> = media.map(|seq| (seq.into(), Packet::speech(0, seq))).collect();
    packets.extend([(24, rtx(900, 20)), (50, rtx(901, 45))]);
    call(
        "PCMU rtx/97 fmtp='97 apt=0'",
        &lines(packets),
        "stream-2 ssrc=0x00000001 lost=2 repair.rtx_packets=2 repair.recovered_by_rtx=1 repair.unneeded=1 \
                  repair.lost_for_good=1
         stream-3 ssrc=0x00000002 media=audio codecs=rtx repair=- quality.mos_lq=-",
    );
}

#[test]
fn parity_of_another_source() {
    // Flexible FEC of RFC 8627 about SSRC 1: five numbers from the base on.
    let parity = |seq: u16, base: u16| Packet {
        first: 0x81,
        pt: 118,
        ssrc: 3,
        seq,
        ts: 0,
        rest: format!("00000001{}{base:04x}fc00{}", "00".repeat(8), "d5".repeat(160)),
    };
    let media = (0..60_u16).filter(|seq| ![21, 31, 32].contains(seq));
    let mut packets: Vec<_> = media.map(|seq| (seq.into(), Packet::speech(0, seq))).collect();
    packets.extend([(25, parity(5, 20)), (35, parity(6, 30)), (45, parity(7, 40))]);
    call(
        "PCMU flexfec/118",
        &lines(packets),
        "stream-2 ssrc=0x00000001 lost=3 repair.fec_packets=3 repair.recovered_by_fec=1 repair.unneeded=1 \
                  repair.lost_for_good=2 findings=-
         stream-3 ssrc=0x00000003 codecs=flexfec",
    );
}

#[test]
fn parity_in_the_stream_that_it_protects() {
    // ULPFEC with a type of its own in the same stream: its numbers are the stream's.
    let parity = |seq: u16, base: u16| Packet {
        pt: 119,
        rest: format!("0000{base:04x}000000000000{}f800{}", "00a0", "d5".repeat(160)),
        ..Packet::speech(119, seq)
    };
    let packet = |seq: u16| match seq % 6 {
        5 => parity(seq, seq - 5),
        _ => Packet::speech(0, seq),
    };
    let numbers = (0..60_u16).filter(|seq| ![20, 31, 33].contains(seq));
    call(
        "PCMU ulpfec/119",
        &lines(numbers.map(|seq| (seq.into(), packet(seq)))),
        "stream-2 lost=3 repair.fec_packets=10 repair.recovered_by_fec=1 repair.lost_for_good=2",
    );
}
