//! Ladders as text.

use siplens::report::Context;
use siplens::report::ladder::ladder;
use siplens::view::ladder::{Style, write};
use siplens::view::terminal::Palette;

use crate::check::{options, snapshot_of};
use crate::scenario::Scenario;

/// The first ladder of a scenario in the given number of columns.
fn drawn(text: &str, width: usize, ascii: bool) -> String {
    let (snapshot, options) = (snapshot_of(&Scenario::parse(text)), options());
    let context = Context::new(&snapshot, &options);
    let ladder = ladder(&context, context.calls()[0]).unwrap();
    let mut out = Vec::new();
    write(&ladder, Style { palette: Palette { colour: false }, ascii, width }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const CALL: &str = "0    A>B INVITE sdp(A:4000 PCMU)
                    0.5  A>B INVITE again
                    0.6  B>A 180
                    2    B>A 200 sdp(B:5000 PCMU)
                    2.1  A>B ACK
                    2.2  A>B rtp 100 lose 10
                    2.2  B>A rtp 100
                    9    B>A BYE
                    9.1  A>B 200";

#[test]
fn a_call_with_its_media() {
    let drawn = drawn(CALL, 100, false);
    assert_eq!(
        drawn,
        "call-1  alice → bob, completed (200)
Call-ID call-1@example.com, from 2026-01-01T00:00:00.000000Z

                       192.0.2.10:5060                             198.51.100.20:5060
   +0.000000  #1              │─── INVITE ×2 (SDP 192.0.2.10:4000 PCMU) ───▶│
   +0.600000  #3              │◀─────────────── 180 Ringing ────────────────│
   +2.000000  #4              │◀─── 200 OK (SDP 198.51.100.20:5000 PCMU) ───│
   +2.100000  #5              │─────────────────── ACK ────────────────────▶│
   +2.200000  #6              │═════════════════ RTP PCMU ═════════════════▶│  99 packets, 1.0 % lost, MOS 4.33
   +2.200000  #7              │◀═════ RTP PCMU (100 packets, MOS 4.41) ═════│
   +9.000000  #205            │◀─────────────────── BYE ────────────────────│
   +9.100000  #206            │────────────────── 200 OK ──────────────────▶│
"
    );
}

#[test]
fn lifelines_stand_below_each_other() {
    for (width, ascii) in [(80, false), (120, false), (100, true)] {
        let drawn = drawn(CALL, width, ascii);
        let line = if ascii { '|' } else { '│' };
        let mut rows = drawn.lines().skip(4).map(|row| {
            let columns = row.chars().enumerate().filter(|(_, c)| *c == line);
            columns.map(|(column, _)| column).collect::<Vec<_>>()
        });
        let first = rows.next().unwrap();
        assert_eq!(first.len(), 2, "{drawn}");
        assert!(rows.all(|row| row == first), "{drawn}");
    }
}

#[test]
fn ascii_has_no_other_characters() {
    let offer = "sdp(A:4000 PCMU PCMA G722 G729 GSM opus)";
    let drawn = drawn(&CALL.replacen("sdp(A:4000 PCMU)", offer, 1), 120, true);
    assert!(drawn.is_ascii(), "{drawn}");
    assert!(drawn.starts_with("call-1  alice -> bob, completed (200)\n"), "{drawn}");
    assert!(drawn.contains("INVITE x2"), "{drawn}");
}

#[test]
fn a_relay_with_two_ports_is_named_by_its_address() {
    let drawn = drawn(
        "hosts: A 192.0.2.10:5060, P 192.0.2.5:5060, B 198.51.100.20:5060, R 198.51.100.6:5060
         0    A>P INVITE sdp(A:4000 PCMU)
         0.01 P>B INVITE via+1 sdp(R:30000 PCMU)
         1    B>P 200 sdp(B:5000 PCMU)
         1.01 P>A 200 sdp(R:30002 PCMU)
         2    A>R rtp 100 from=A:4000 to=R:30002 ssrc=1
         2    R>B rtp 100 from=R:30000 to=B:5000 ssrc=1",
        120,
        false,
    );
    let headings = drawn.lines().nth(3).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(
        headings,
        ["192.0.2.10:5060", "192.0.2.5:5060", "198.51.100.20:5060", "198.51.100.6"]
    );
}

#[test]
fn hosts_that_share_an_address_are_told_apart_by_port() {
    let drawn = drawn(
        "hosts: A 127.0.0.1:5070, B 127.0.0.1:5080
         0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(B:5000 PCMU)",
        100,
        false,
    );
    let headings = drawn.lines().nth(3).unwrap().split_whitespace().collect::<Vec<_>>();
    assert_eq!(headings, ["127.0.0.1:5070", "127.0.0.1:5080"]);
}
