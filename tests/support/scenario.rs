//! Scenarios: ladders written as text, and the frames that they stand for.
//!
//! ```text
//! hosts: A 192.0.2.10:5060 alice, P 192.0.2.5:5060, B 198.51.100.20:5060 bob
//! 0.000  A>P  INVITE sdp(A:4000 PCMU)
//! 0.010  P>B  INVITE via+1 sdp(A:4000 PCMU)
//! 0.020  P>A  100
//! 1.5    B>P  180
//! +0.01  P>A  180
//! 2      A>B  rtp 500 lose 100..110
//! ```
//!
//! A line is a time, a hop and what goes over it. Times are seconds, or seconds
//! since the line before (`+0.01`). Lines may stand in any order of time, but
//! what a line means follows from the lines above it. `#` begins a comment. A
//! line that begins with `~` happens and is not captured.
//!
//! **Hosts** have a name, an address and port of their signalling, and a user,
//! which is otherwise the name in small letters. Without a `hosts:` line there
//! are A (alice), B (bob), C (carol) and P of the example above. Hosts whose
//! names begin with P are proxies: what is sent to them is for B. An endpoint is
//! written `A`, `A:4000`, `10.0.0.5:4000` or `[2001:db8::1]:4000`.
//!
//! **SIP** is a method or a status code, then words in any order. Call-ID, tags,
//! branches and CSeq are kept for each call and transaction:
//!
//! * A request continues the dialog that the lines above have set up. ACK and
//!   CANCEL belong to the latest INVITE of their hop. `via+1` forwards the request
//!   of that method that the sender received last.
//! * A response answers the latest request of its hop that has no final response;
//!   a method behind the status chooses another: `200 INVITE`. It has the To tag
//!   of the response that it relays, if its sender received one of that status,
//!   else a tag of the sender's own: `b1` is B's in call 1.
//! * `again` repeats the latest message of that name on the hop, byte for byte.
//!
//! | word | meaning |
//! |---|---|
//! | `call=2` | which call; 1 unless said |
//! | `call-id=x` | the Call-ID of that call from here on |
//! | `tag=b7` | the sender's own tag, from here on |
//! | `to-tag=x`, `from-tag=x`, `branch=x`, `cseq=7`, `uri=x` | as said; `to-tag=-` and `branch=-` are none |
//! | `from=x`, `to=x` | the end's address without a tag, or a host: `to=C`, `from='"Al" <tel:+1>'` |
//! | `at=A:5070`, `towards=B:5080` | other ports than the hosts' |
//! | `'Some Phrase'` | a response's reason phrase |
//! | `h('Reason: Q.850;cause=16')` | a further header field; several may stand |
//! | `sdp(A:4000 PCMU ...)` | a session description, see below |
//! | `body('text/plain', 'Hello')` | another body |
//! | `hex('application/isup', 0c 02 00)` | a body of these bytes |
//! | `contact=x`, `expires=60`, `rseq=1`, `auth` | Contact (`-` for none), Expires, RSeq, credentials |
//! | `compact` | the short forms of header names |
//! | `id=7`, `ttl=63` | identification and time to live of its IP header; otherwise 0 and 64 |
//! | `tcp`, `segments=3` | over TCP, in that many segments, of which the last comes at the line's time |
//!
//! In quoted text `\e` is ESC; `\r`, `\n`, `\t`, `\u{202e}` and `\\` are as usual.
//!
//! **SDP** is an endpoint, codecs (`PCMU`, `opus/111`, `telephone-event`), and
//! words: a direction, `ptime=30`, `srtp`, `mux`. Sections are separated by `;`
//! and begin with `video` or `image` where they are not audio.
//!
//! **Media** go between what both hosts announced last in the call, unless
//! `from=` and `to=` say otherwise; `call=`, `ssrc=`, `pt=`, `clock=`, `dscp=` as
//! usual. Lines of one source between the same endpoints are one stream, whose
//! numbers and timestamps go on from line to line.
//!
//! | line | meaning |
//! |---|---|
//! | `rtp 500`, `rtp 10s` | that many packets, 20 ms apart (`ptime=30`) |
//! | ... `lose 100..110` | of which those were lost: counted from 0, the end not included |
//! | ... `dup 20`, `late 30 25ms`, `jitter 5ms` | came twice, came late, every second one came late |
//! | ... `seq=7`, `ts=7` | the first packet's sequence number, timestamp |
//! | `dtmf 12# 100ms` | telephone events (RFC 4733), each that long, 60 ms apart |
//! | `rtcp sr`, `rtcp rr`, `rtcp bye` | reports, from the port after the stream's (`mux`: the same); `lost=`, `jitter=` in ticks; `leg=40ms` answers the peer's last report so that the capture point sees that round trip |
//! | `dns 50`, `t38 50`, `keepalive`, `hex=8000` | datagrams that are neither SIP nor RTP |
//!
//! A line that cannot be read is a panic that names it.
#![allow(dead_code, reason = "each test or bench binary uses a part of it")]

#[path = "scenario/call.rs"]
mod call;
#[path = "scenario/hosts.rs"]
mod hosts;
#[path = "scenario/media.rs"]
mod media;
#[path = "scenario/message.rs"]
mod message;
#[path = "scenario/packet.rs"]
mod packet;
#[path = "scenario/rtcp.rs"]
mod rtcp;
#[path = "scenario/sdp.rs"]
mod sdp;
#[path = "scenario/signalling.rs"]
mod signalling;
#[path = "scenario/words.rs"]
mod words;

use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::{Span, Timestamp};

pub(crate) use self::hosts::Hosts;
use self::media::Media;
use self::packet::Tcp;
use self::sdp::Announced;
use self::signalling::Signalling;
use self::words::{Line, Place};

/// When scenarios begin: 2026-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp::from_nanos(1_767_225_600_000_000_000);

/// A frame of a scenario: nanoseconds since [`START`] and Ethernet bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Captured {
    pub(crate) at: i64,
    pub(crate) bytes: Vec<u8>,
}

/// A scenario that was read.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) hosts: Hosts,
    /// What was captured, in order of time.
    pub(crate) captured: Vec<Captured>,
}

impl Scenario {
    /// Reads a scenario.
    pub(crate) fn parse(text: &str) -> Self {
        let (mut hosts, mut captured) = (Hosts::default(), Vec::new());
        let (mut signalling, mut media) = (Signalling::default(), Media::default());
        let (mut announced, mut tcp) = (Announced::default(), Tcp::default());
        let mut now = 0;
        for (number, raw) in (1..).zip(text.lines()) {
            let place = Place { number, text: raw.trim().to_owned() };
            if let Some(list) = place.text.strip_prefix("hosts:") {
                hosts = Hosts::parse(list, &place);
                continue;
            }
            let Some(mut line) = Line::parse(&place, now) else { continue };
            now = line.at;
            if media.line(&mut line, &hosts, &announced) {
                line.words.finish();
                continue;
            }
            let id = line.words.value("id").map(|id| place.number(&id));
            let ttl = line.words.value("ttl").map(|ttl| place.number(&ttl));
            let sent = signalling.line(&mut line, &hosts, &mut announced);
            line.words.finish();
            let frames = match sent.segments {
                None => vec![packet::udp(sent.src, sent.dst, 0, &sent.bytes)],
                Some(segments) => tcp.send(sent.src, sent.dst, segments, &sent.bytes),
            };
            let frames = frames.into_iter().map(|frame| packet::with_ip(frame, id, ttl));
            let frames: Vec<_> = frames.collect();
            if line.seen {
                // The last segment is the one that comes at the line's time.
                let each = |(step, bytes)| Captured { at: line.at - 1_000 * step, bytes };
                captured.extend((0_i64..).zip(frames.into_iter().rev()).map(each));
            }
        }
        captured.extend(media.resolve());
        captured.sort_by_key(|frame| frame.at);
        Self { hosts, captured }
    }

    /// Its frames as a source hands them over.
    pub(crate) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        (1..).zip(&self.captured).map(|(number, captured)| Frame {
            no: FrameNo::new(0, number),
            at: START + Span::from_nanos(captured.at),
            link: Link::Ethernet,
            wire_len: u32::try_from(captured.bytes.len()).unwrap(),
            bytes: &captured.bytes,
        })
    }

    /// Its frames as a pcap file with microseconds.
    pub(crate) fn pcap(&self) -> Vec<u8> {
        let word = |number: i64| u32::try_from(number).unwrap().to_le_bytes();
        let mut file = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 262_144, 1].map(word).concat();
        for frame in self.frames() {
            let (nanos, length) = (frame.at.nanos(), i64::from(frame.wire_len));
            let micros = nanos % 1_000_000_000 / 1_000;
            file.extend([nanos / 1_000_000_000, micros, length, length].map(word).concat());
            file.extend(frame.bytes);
        }
        file
    }
}
