//! HEP of real servers: a call through Kamailio (siptrace) and rtpengine (homer),
//! which mirror what passes them, over UDP and over TCP.

use std::fs;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::http::get;
use crate::prometheus::value;
use crate::session::{Live, until};

const MODULES: &str = "/usr/lib/x86_64-linux-gnu/kamailio/modules/";

/// A server that ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let id = rustix::process::Pid::from_child(&self.0);
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        let _ = self.0.wait();
    }
}

fn begin(command: &mut Command) -> Server {
    Server(
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap(),
    )
}

/// A port that was free a moment ago, for UDP and TCP.
fn free() -> SocketAddr {
    loop {
        let address = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}

/// One end of the call: its signalling, and its media with RTCP above it.
struct End {
    sip: UdpSocket,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl End {
    fn open() -> Self {
        let sip = UdpSocket::bind("127.0.0.1:0").unwrap();
        sip.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        loop {
            let rtp = UdpSocket::bind("127.0.0.1:0").unwrap();
            let mut above = rtp.local_addr().unwrap();
            above.set_port(above.port().wrapping_add(1));
            if let Ok(rtcp) = UdpSocket::bind(above) {
                return Self { sip, rtp, rtcp };
            }
        }
    }

    fn at(&self) -> SocketAddr {
        self.sip.local_addr().unwrap()
    }

    fn sdp(&self) -> String {
        let port = self.rtp.local_addr().unwrap().port();
        format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"
        )
    }

    /// The next message that begins so.
    fn hear(&self, beginning: &str) -> String {
        let mut bytes = [0; 9000];
        loop {
            let length = self.sip.recv(&mut bytes).unwrap();
            let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
            if text.starts_with(beginning) {
                return text;
            }
        }
    }
}

/// The lines of a message's header fields of these names.
fn lines<'m>(message: &'m str, names: &[&str]) -> Vec<&'m str> {
    let head = message.split("\r\n\r\n").next().unwrap();
    let of = |name: &&str| {
        let name = format!("{name}:");
        head.lines().filter(move |line| line.starts_with(&name)).collect::<Vec<_>>()
    };
    names.iter().flat_map(of).collect()
}

fn response(request: &str, status: &str, end: &End, body: &str) -> String {
    let head = lines(request, &["Via", "Record-Route", "From", "Call-ID", "CSeq"]).join("\r\n");
    let to = lines(request, &["To"])[0];
    let tag = if to.contains("tag=") { "" } else { ";tag=b1" };
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "SIP/2.0 {status}\r\n{head}\r\n{to}{tag}\r\nContact: <sip:bob@{}>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
        end.at(),
        body.len()
    )
}

fn media_port(message: &str) -> SocketAddr {
    let port = message.split("m=audio ").nth(1).unwrap().split(' ').next().unwrap();
    format!("127.0.0.1:{port}").parse().unwrap()
}

fn above(mut address: SocketAddr) -> SocketAddr {
    address.set_port(address.port() + 1);
    address
}

fn rtp(ssrc: u32, number: u16) -> Vec<u8> {
    let head =
        [&[0x80, 0][..], &number.to_be_bytes(), &(u32::from(number) * 160).to_be_bytes()].concat();
    [&head[..], &ssrc.to_be_bytes(), &[0xff; 160]].concat()
}

/// A sender's report with what it received of the other side: 25 of 256 lost.
fn report(ssrc: u32, about: u32, lost: u32, jitter: u32) -> Vec<u8> {
    let words = [
        0x81c8_000c,
        ssrc,
        3_953_771_350,
        0,
        8_000,
        70,
        11_200,
        about,
        25 << 24 | lost,
        70,
        jitter,
        0,
        0,
    ];
    words.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// A call through the proxy and the relay.
fn call(proxy: SocketAddr, caller: &End, callee: &End) {
    let request = |method: &str, number: u32, to: &str, more: &str, body: &str| {
        let target = if number == 1 && method == "INVITE" { proxy } else { callee.at() };
        format!(
            "{method} sip:bob@{target} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{number}\r\n{more}Max-Forwards: 70\r\n\
             From: <sip:alice@127.0.0.1>;tag=a1\r\nTo: <sip:bob@127.0.0.1>{to}\r\nCall-ID: real@{}\r\nCSeq: {number} {method}\r\n\
             Contact: <sip:alice@{}>\r\nContent-Length: {}\r\n\r\n{body}",
            caller.at(),
            caller.at(),
            caller.at(),
            body.len()
        )
    };
    let sdp = caller.sdp();
    let invite = request("INVITE", 1, "", "Content-Type: application/sdp\r\n", &sdp);
    // Until the proxy listens nobody answers.
    let asked = until("the proxy answers", || {
        caller.sip.send_to(invite.as_bytes(), proxy).ok()?;
        callee.sip.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
        let mut bytes = [0; 9000];
        let length = callee.sip.recv(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes[..length]).into_owned())
    });
    callee.sip.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let answer = |status, body: &str| {
        callee.sip.send_to(response(&asked, status, callee, body).as_bytes(), proxy).unwrap();
    };
    answer("180 Ringing", "");
    answer("200 OK", &callee.sdp());
    let answered = caller.hear("SIP/2.0 200");
    let route =
        lines(&answered, &["Record-Route"]).join("\r\n").replace("Record-Route", "Route") + "\r\n";
    caller.sip.send_to(request("ACK", 1, ";tag=b1", &route, "").as_bytes(), proxy).unwrap();
    let (to_callee, to_caller) = (media_port(&answered), media_port(&asked));
    for number in 0..75 {
        caller.rtp.send_to(&rtp(0xaaaa, number), to_callee).unwrap();
        callee.rtp.send_to(&rtp(0xbbbb, number), to_caller).unwrap();
        if number == 70 {
            caller.rtcp.send_to(&report(0xaaaa, 0xbbbb, 7, 80), above(to_callee)).unwrap();
            callee.rtcp.send_to(&report(0xbbbb, 0xaaaa, 0, 16), above(to_caller)).unwrap();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    caller.sip.send_to(request("BYE", 2, ";tag=b1", &route, "").as_bytes(), proxy).unwrap();
    let bye = callee.hear("BYE");
    callee.sip.send_to(response(&bye, "200 OK", callee, "").as_bytes(), proxy).unwrap();
    caller.hear("SIP/2.0 200");
}

fn mirrored_over(carrier: &str) {
    let there = |path: &str| Path::new(path).exists();
    if !(there("/usr/sbin/kamailio") && there("/usr/bin/rtpengine") && there(MODULES)) {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: Kamailio and rtpengine are not installed\n",
        );
        return;
    }
    let option = if carrier == "udp" { "--hep" } else { "--hep-tcp" };
    let mut live = Live::begin(&[option, "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    let (collector, server) = (live.hep(carrier), live.server());
    let (proxy, engine) = (free(), free());
    let (caller, callee) = (End::open(), End::open());
    let folder = format!("{}/servers-{carrier}", env!("CARGO_TARGET_TMPDIR"));
    fs::create_dir_all(&folder).unwrap();
    let uri = format!("sip:{collector};transport={carrier}");
    let config = include_str!("../servers/kamailio.cfg")
        .replace("LISTEN", &proxy.to_string())
        .replace("CALLEE", &callee.at().to_string())
        .replace("COLLECTOR", &uri)
        .replace("ENGINE", &engine.to_string())
        .replace("MODULES", MODULES);
    let path = format!("{folder}/kamailio.cfg");
    fs::write(&path, config).unwrap();
    let _engine = begin(
        Command::new("/usr/bin/rtpengine")
            .args(["--config-file=none", "-f", "-E", "-L", "3", "--table=-1", "-i", "127.0.0.1"])
            .args(["-n", &engine.to_string(), "--port-min=30000", "--port-max=30400"])
            .args([
                &format!("--homer={collector}"),
                &format!("--homer-protocol={carrier}"),
                "--homer-id=78",
            ]),
    );
    // A proxy that finds no relay when it begins asks none for a while.
    let asker = UdpSocket::bind("127.0.0.1:0").unwrap();
    asker.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    until("rtpengine answers", || {
        asker.send_to(b"1 d7:command4:pinge", engine).ok()?;
        asker.recv(&mut [0; 100]).ok()
    });
    let _proxy = begin(Command::new("/usr/sbin/kamailio").args([
        "-f",
        &path,
        "-DD",
        "-Y",
        &folder,
        "-P",
        &format!("{folder}/kamailio.pid"),
    ]));
    call(proxy, &caller, &callee);
    // Each message at both of the proxy's sides, and four reports of two senders.
    until("what both mirror", || {
        let page = get(server, "/metrics").body;
        let messages = value(&page, "siplens_sip_messages_total", &[])?;
        let reports = value(&page, "siplens_rtcp_packets_total", &[])?;
        (messages >= 13.0 && reports >= 2.0).then_some(())
    });
    let report = live.end();
    assert_eq!(report["capture"]["problems"], serde_json::json!([]));
    let [call] = &report["calls"].as_array().unwrap()[..] else { panic!("{}", report["calls"]) };
    assert_eq!((&call["state"], &call["final_status"]["code"]), (&"completed".into(), &200.into()));
    assert_eq!(call["hops"].as_array().unwrap().len(), 2, "both sides of the proxy");
    assert_eq!(call["hep"]["agents"], serde_json::json!([77]));
    let media = call["hep"]["media"].as_array().unwrap();
    let of = |ssrc: &str, figure: &str| -> Vec<&Value> {
        media.iter().filter(|row| row["ssrc"] == ssrc).map(|row| &row[figure]).collect()
    };
    assert!(media.iter().all(|row| row["agent"] == 78 && row["source"] == "rtcp"));
    assert!(of("0x0000bbbb", "lost").contains(&&7.into()), "{media:?}");
    assert!(of("0x0000bbbb", "jitter_ms").contains(&&10.0.into()), "{media:?}");
    assert!(of("0x0000aaaa", "packets").contains(&&70.into()), "{media:?}");
}

/// One after the other: both take ports for media.
#[test]
fn kamailio_and_rtpengine_are_understood_over_udp_and_tcp() {
    mirrored_over("udp");
    mirrored_over("tcp");
}
