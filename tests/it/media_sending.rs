//! How streams are sent: marks, pauses, payload types, sources one after another.

use crate::check::check;

const ANSWERED: &str = "0   A>B INVITE sdp(A:4000 PCMU PCMA)
                        1   B>A 200 sdp(B:5000 PCMU PCMA)
                        1.1 A>B ACK";

#[track_caller]
fn talk(lines: &str, facts: &str) {
    check(&format!("{ANSWERED}\n{lines}"), &format!("call-1 state=answered {facts}"));
}

#[test]
fn rate_and_bandwidth() {
    // 50 packets of 20 + 8 + 12 + 160 octets a second.
    talk(
        "2 A>B rtp 501
         2 B>A rtp 501 ptime=40",
        "\nstream-1 sending.packet_rate=50 sending.ip_bandwidth_bps=80160 sending.payload_bandwidth_bps=64128 \
                    sending.markers=1 sending.talkspurts=1 sending.silence_percent=0
         stream-2 sending.packet_rate=25 payloads[].ptime_ms=40",
    );
}

#[test]
fn talk_spurts_and_silence() {
    // Numbers go on where timestamps leap: nothing was sent for 6 of 10 seconds.
    talk(
        "2 A>B rtp 100
         10 A>B rtp 100
         2 B>A rtp 500",
        "\nstream-1 packets=200 lost=0 sending.talkspurts=2 sending.silence_percent=60.1 delta_ms.max=20 \
                    delta_ms.max_all=6020
         stream-2 sending.talkspurts=1 sending.silence_percent=0",
    );
}

#[test]
fn payload_types_one_after_another() {
    talk(
        "2 A>B rtp 100
         4 A>B rtp 100 pt=8
         6 A>B rtp 100
         2 B>A rtp 300",
        "\nstream-1 pts=0,8 sending.payload_changes[].from=0,8 sending.payload_changes[].to=8,0 lost=0
         stream-2 sending.payload_changes[].from=-",
    );
}

#[test]
fn digits_between_are_no_change_of_the_payload() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU telephone-event)
         1   B>A 200 sdp(B:5000 PCMU telephone-event)
         1.1 A>B ACK
         2   A>B rtp 100
         4   A>B dtmf 12 200ms
         5   A>B rtp 100
         2   B>A rtp 300",
        "call-1 state=answered digits=1,2 dtmf[].level_dbm0=-10,-10 dtmf[].end_packets=3,3 dtmf[].packets=12,12 \
                dtmf[].frame=205,230
         stream-1 pts=0,101 sending.payload_changes[].to=-
         stream-2 lost=0",
    );
}

#[test]
fn marks_that_change() {
    talk(
        "2 A>B rtp 100 dscp=46
         4 A>B rtp 100 dscp=0
         2 B>A rtp 200 dscp=46",
        "findings=media.dscp-change
         stream-1 dscp=0,46 sending.dscp_changes=1 sending.dscp_first_changed=204 findings=media.dscp-change
         stream-2 dscp=46 sending.dscp_changes=0",
    );
}

#[test]
fn packets_longer_than_the_receiver_asked_for() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU ptime=20)
         1   B>A 200 sdp(B:5000 PCMU ptime=20)
         1.1 A>B ACK
         2   A>B rtp 100 ptime=60
         2   B>A rtp 300",
        "call-1 state=answered findings=media.packet-time
         stream-1 sending.announced_ptime_ms=20 payloads[].ptime_ms=60 findings=media.packet-time
         stream-2 sending.announced_ptime_ms=20 payloads[].ptime_ms=20
         finding-1 severity=note",
    );
}

#[test]
fn another_ssrc_on_the_same_path_goes_on() {
    talk(
        "2    A>B rtp 100 ssrc=1
         4    A>B rtp 100 ssrc=2 seq=9 ts=9
         2    B>A rtp 200",
        "\nstream-1 ssrc=0x00000001 continues=-
         stream-2 continues=-
         stream-3 ssrc=0x00000002 continues.stream=stream-1 continues.why=ssrc_change",
    );
}

#[test]
fn a_stream_that_moves_at_a_re_invite_goes_on_and_is_heard_as_one() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK
         2   A>B rtp 100 ssrc=1 lose 40
         2   B>A rtp 500
         4   B>A INVITE sdp(B:6000 PCMU)
         4.1 A>B 200 sdp(A:4000 PCMU)
         4.2 B>A ACK
         4.3 A>B rtp 300 ssrc=1 seq=1100",
        "call-1 state=answered mos.callee_hears=4.389 mos.caller_hears=4.409
         stream-1 to=B:5000 packets=99 lost=1 quality.mos_lq=4.328 continues=-
         stream-2 lost=0
         stream-3 to=B:6000 packets=300 lost=0 quality.mos_lq=4.409 continues.stream=stream-1 continues.why=moved",
    );
}

#[test]
fn two_sources_with_one_ssrc_collide() {
    talk(
        "2 A>B rtp 200 ssrc=7
         2 B>A rtp 200 ssrc=7 seq=30000 ts=77",
        "findings=media.ssrc-collision
         stream-1 ssrc_collisions=stream-2
         stream-2 ssrc_collisions=stream-1 findings=media.ssrc-collision",
    );
}

#[test]
fn packets_that_are_sent_back_are_no_collision() {
    talk(
        "2    A>B rtp 200 ssrc=7
         2.05 B>A rtp 200 ssrc=7",
        "\nstream-1 ssrc_collisions=-\n stream-2 ssrc_collisions=-",
    );
}

#[test]
fn a_bad_stretch_of_a_good_stream() {
    talk(
        "2 A>B rtp 10000 lose 4000..4030
         2 B>A rtp 10000",
        "findings=media.bad-stretch
         stream-1 lost=30 over_time.worst.offset_s=80 over_time.worst.lost=30 findings=media.bad-stretch
         stream-2 over_time.worst=-",
    );
}

/// An RTP packet with a marker, in hexadecimal: payload type, number,
/// timestamp, flags of the first octet, what follows the fixed header.
fn packet(pt: u8, seq: u16, ts: u32, first: u8, rest: &str) -> String {
    format!("{first:02x}{:02x}{seq:04x}{ts:08x}00000009{rest}", pt | 0x80)
}

#[test]
fn header_extensions_and_contributing_sources() {
    // The audio level (element 1) says voice at -20 dBov and silence at -60.
    let line = |i: u16| {
        let level = if i.is_multiple_of(2) { "94" } else { "3c" };
        let rest = format!("0000000a0000000bbede000110{level}0000{}", "d5".repeat(160));
        let bytes = packet(0, 100 + i, 160 * u32::from(i), 0x92, &rest);
        format!("2.{:02} A>B from=A:4000 to=B:5000 hex={bytes}\n", 2 * i)
    };
    let lines = (0..6).map(line).collect::<Vec<_>>().concat();
    check(
        &format!(
            "0 A>B INVITE sdp(A:4000 extmap='1 urn:ietf:params:rtp-hdrext:ssrc-audio-level' PCMU)
             1 B>A 200 sdp(B:5000 maxptime=20 PCMU)
             1.1 A>B ACK
             1.5 B>A rtp 20
             {lines}"
        ),
        "call-1 state=answered
         stream-1 from=B:5000 sending.contributing=- sending.header_extensions=- sending.announced_max_ptime_ms=-
         stream-2 packets=6 sending.contributing.packets=6 sending.contributing.most=2 \
                  sending.contributing.sources=0x0000000a,0x0000000b sending.announced_max_ptime_ms=20 \
                  sending.header_extensions.form=one-byte sending.header_extensions.profile=0xbede \
                  sending.header_extensions.elements[].id=1 sending.header_extensions.elements[].packets=6 \
                  sending.header_extensions.audio_level.mean_dbov=-40.0 \
                  sending.header_extensions.audio_level.voice_percent=50.0 \
                  payloads[].payload_bytes=960",
    );
}

#[test]
fn without_sdp_the_first_packets_of_a_stream_are_counted_whole() {
    let line = |i: u16| {
        let bytes =
            packet(0, 100 + i, 160 * u32::from(i), 0x81, &format!("0000000a{}", "d5".repeat(160)));
        format!("2.{:02} A>B from=A:4000 to=B:5000 hex={bytes}\n", 2 * i)
    };
    check(
        &(0..8).map(line).collect::<Vec<_>>().concat(),
        "stream-1 packets=8 sending.contributing.packets=8 payloads[].payload_bytes=1280",
    );
}

#[test]
fn pictures_of_a_video_stream() {
    // Ten pictures of 90 kHz at 25 a second, two packets each, an IDR picture first.
    let lines: Vec<_> = (0..20_u16)
        .map(|i| {
            let nal = if i < 2 { "65" } else { "41" };
            let picture = u32::from(i / 2);
            let bytes =
                packet(99, 7 + i, 3_600 * picture, 0x80, &format!("{nal}{}", "00".repeat(99)));
            let ms = 2_000 + 40 * picture + u32::from(i % 2);
            format!("{}.{:03} A>B from=A:4002 to=B:5002 hex={bytes}\n", ms / 1_000, ms % 1_000)
        })
        .collect();
    let lines = lines.concat();
    check(
        &format!(
            "0   A>B INVITE sdp(A:4000 PCMU; video A:4002 H264)
             1   B>A 200 sdp(B:5000 PCMU; video B:5002 H264)
             1.1 A>B ACK
             {lines}
             1.5 A>B rtp 100
             1.5 B>A rtp 100"
        ),
        "call-1 state=answered
         stream-1 media=audio
         stream-2 media=audio
         stream-3 media=video codecs=H264 packets=20 lost=0 video.frames=10 video.key_frames=1 video.frame_rate=24.931 \
                  quality.note='H264 is not speech' sending.talkspurts=-",
    );
}
