//! HEP received and sent by the real program, over real sockets: UDP, TCP and TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use serde_json::{Value, json};

use crate::check::report_of;
use crate::hep_mirrored::{CALL, all, differences, mirrored, without_carriage};
use crate::http::{certificate, get};
use crate::program::run;
use crate::prometheus::value;
use crate::scenario::Scenario;
use crate::session::{Live, until};

/// What a session counts.
fn figure(server: SocketAddr, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let answer = get(server, "/metrics");
    (answer.status == 200).then(|| value(&answer.body, name, labels))?
}

/// Waits until a session has looked at so many packets.
fn wait_for(server: SocketAddr, packets: usize) {
    until(&format!("{packets} packets"), || {
        let seen = figure(server, "siplens_packets_total", &[])?;
        (seen >= packets as f64).then_some(())
    });
}

fn send_datagrams(to: SocketAddr, packets: &[Vec<u8>]) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for part in packets.chunks(20) {
        for packet in part {
            socket.send_to(packet, to).unwrap();
        }
        // No more at a time than a socket's buffer holds.
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn packets() -> Vec<Vec<u8>> {
    mirrored(&Scenario::parse(CALL), all()).into_iter().map(|(_, packet)| packet).collect()
}

/// Without what differs between a capture and a session, and by the digits of times.
fn comparable(mut report: Value) -> Value {
    fn shorten(value: &mut Value) {
        match value {
            // Captures have microseconds, sessions nanoseconds.
            Value::String(text) if text.len() == 30 && text.ends_with("000Z") => {
                text.replace_range(26..29, "");
            }
            Value::Object(fields) => fields.values_mut().for_each(shorten),
            Value::Array(items) => items.iter_mut().for_each(shorten),
            _ => {}
        }
    }
    without_carriage(&mut report);
    shorten(&mut report);
    // Where what is over leaves, streams are numbered by where they are followed.
    let ids: Vec<_> =
        report["streams"].as_array().unwrap().iter().map(|row| row["id"].to_string()).collect();
    let mut text = report.to_string();
    for (place, id) in ids.iter().enumerate() {
        text = text.replace(id, &format!("\"the stream {place}\""));
    }
    serde_json::from_str(&text).unwrap()
}

#[track_caller]
fn assert_same(here: &Value, there: &Value, what: &str) {
    let mut found = Vec::new();
    differences("", here, &comparable(there.clone()), &mut found);
    assert_eq!(found, Vec::<String>::new(), "{what}");
}

/// A collector that receives by UDP and passes on to another by `carrier`: both report
/// the call as where it was captured.
#[track_caller]
fn through_two(carrier: &str, at_second: &[&str], at_first: &[&str]) {
    let here = comparable(report_of(&Scenario::parse(CALL)));
    let option = if carrier == "udp" { "--hep".to_owned() } else { format!("--hep-{carrier}") };
    let mut second =
        Live::begin(&[&[&*option, "127.0.0.1:0", "--listen", "127.0.0.1:0"], at_second].concat());
    let (collector, second_server) = (second.hep(carrier), second.server());
    let to = format!("{carrier}://localhost:{}", collector.port());
    let mut first = Live::begin(
        &[&["--hep", "127.0.0.1:0", "--hep-to", &*to, "--hep-send", "sip,rtcp,rtp"], at_first]
            .concat(),
    );
    let packets = packets();
    send_datagrams(first.hep("udp"), &packets);
    wait_for(second_server, packets.len());
    assert_same(&here, &first.end(), "the first");
    let report = second.end();
    assert_eq!(report["calls"][0]["hep"]["agents"], json!([2001]));
    assert_eq!(report["capture"]["sources"][0]["format"], "hep");
    assert_same(&here, &report, "the second");
}

#[test]
fn reports_are_equal_behind_udp() {
    through_two("udp", &[], &[]);
}

#[test]
fn reports_are_equal_behind_tcp_with_a_key() {
    let path = format!("{}/hep-secret", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, "secret\n").unwrap();
    through_two("tcp", &["--hep-secret", &path], &["--hep-secret", &path]);
}

#[test]
fn reports_are_equal_behind_tls() {
    let [certificate, key] = certificate("hep");
    through_two(
        "tls",
        &["--hep-cert", &certificate, "--hep-key", &key],
        &["--hep-ca", &certificate],
    );
}

#[test]
fn what_is_sent_has_the_pseudonyms_of_the_session() {
    let key = format!("{}/hep-redaction-key", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&key, "0123456789abcdef0123456789abcdef").unwrap();
    let mut second = Live::begin(&["--hep", "127.0.0.1:0", "--listen", "127.0.0.1:0"]);
    let (collector, second_server) = (second.hep("udp"), second.server());
    let to = collector.to_string();
    let mut first = Live::begin(&[
        "--hep",
        "127.0.0.1:0",
        "--hep-to",
        &to,
        "--hep-send",
        "sip,rtcp,rtp",
        "--redact",
        "all",
        "--key",
        &key,
    ]);
    let packets = packets();
    send_datagrams(first.hep("udp"), &packets);
    wait_for(second_server, packets.len());
    let (here, there) = (first.end(), second.end());
    assert_eq!(there["calls"][0]["state"], "completed");
    assert_eq!(there["calls"][0]["streams"].as_array().unwrap().len(), 2);
    assert_same(&comparable(here), &there, "both have the same pseudonyms");
    let text = there.to_string();
    for original in ["alice", "bob", "192.0.2.10", "198.51.100.20", "192.0.2.5", "example.com"] {
        assert!(!text.contains(original), "{original}: {text}");
    }
}

#[test]
fn without_the_key_nothing_is_let_in() {
    let path = format!("{}/hep-other-secret", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, "another\n").unwrap();
    let mut live =
        Live::begin(&["--hep", "127.0.0.1:0", "--hep-secret", &path, "--listen", "127.0.0.1:0"]);
    let (collector, server) = (live.hep("udp"), live.server());
    let packets = packets();
    send_datagrams(collector, &packets[..5]);
    send_datagrams(collector, &[b"INVITE sip:a SIP/2.0\r\n\r\n".to_vec()]);
    let received = "siplens_hep_received_packets_total";
    until("refusals", || {
        figure(server, received, &[("result", "not_hep")]).filter(|count| *count >= 1.0)
    });
    assert_eq!(figure(server, received, &[("result", "wrong_key")]), Some(5.0));
    assert_eq!(figure(server, received, &[("result", "accepted")]), Some(0.0));
    assert_eq!(live.end()["calls"], json!([]));
}

#[test]
fn a_connection_that_carries_something_else_is_closed_and_others_go_on() {
    let mut live = Live::begin(&[
        "--hep-tcp",
        "127.0.0.1:0",
        "--hep-connections",
        "2",
        "--listen",
        "127.0.0.1:0",
    ]);
    let (collector, server) = (live.hep("tcp"), live.server());
    let connect = || {
        let stream = TcpStream::connect(collector).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    };
    let closed = |mut stream: TcpStream| matches!(stream.read(&mut [0; 16]), Ok(0) | Err(_));
    let mut web = connect();
    web.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert!(closed(web));
    let mut agents = [connect(), connect()];
    let packets = packets();
    agents[0].write_all(&packets[0]).unwrap();
    // A packet that does not end holds up nobody but its own connection.
    agents[1].write_all(&packets[1][..20]).unwrap();
    until("both", || {
        let open = figure(server, "siplens_hep_connections_total", &[("result", "accepted")])?;
        (open >= 3.0).then_some(())
    });
    assert!(closed(connect()), "a third is one too many");
    for packet in &packets[1..] {
        agents[0].write_all(packet).unwrap();
    }
    wait_for(server, packets.len());
    let count = |result| figure(server, "siplens_hep_connections_total", &[("result", result)]);
    assert_eq!((count("closed_for_cause"), count("too_many")), (Some(1.0), Some(1.0)));
    assert_eq!(live.end()["calls"][0]["state"], "completed");
}

#[test]
fn a_collector_that_comes_late_gets_what_was_queued_and_what_was_not_is_counted() {
    let late = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let to = format!("tcp://{late}");
    let mut first = Live::begin(&[
        "--hep",
        "127.0.0.1:0",
        "--hep-to",
        &to,
        "--hep-send",
        "sip,rtcp,rtp",
        "--hep-queue",
        "64K",
        "--listen",
        "127.0.0.1:0",
    ]);
    let (collector, server) = (first.hep("udp"), first.server());
    first.after("takes no packets");
    let packets = packets();
    send_datagrams(collector, &packets);
    wait_for(server, packets.len());
    let dropped = until("a full queue", || {
        figure(server, "siplens_hep_unsent_packets_total", &[]).filter(|count| *count > 0.0)
    });
    let listen = late.to_string();
    let mut second = Live::begin(&["--hep-tcp", &listen, "--listen", "127.0.0.1:0"]);
    let second_server = second.server();
    first.after("takes packets again");
    let kept = packets.len() as f64 - dropped;
    until("what was queued", || {
        let sent = figure(server, "siplens_hep_sent_packets_total", &[])?;
        (sent >= kept && figure(second_server, "siplens_packets_total", &[])? >= kept).then_some(())
    });
    assert_eq!(figure(server, "siplens_hep_collector_up", &[]), Some(1.0));
    first.end();
    assert_eq!(second.end()["capture"]["counts"]["packets"].as_f64(), Some(kept));
}

#[test]
fn wrong_arguments_are_said() {
    for (arguments, words) in [
        (&["--hep", "here"][..], "an address has a port"),
        (&["--hep-to", "http://a:1"], "is none of udp://"),
        (&["--hep-tls", "127.0.0.1:0"], "--hep-cert"),
        (&["--hep", "127.0.0.1:0", "--hep-secret", "/nowhere"], "/nowhere"),
        (&["--hep", "203.0.113.1:9060"], "HEP at 203.0.113.1:9060"),
    ] {
        let run = run(&[&["live"], arguments].concat());
        assert!(run.code != 0 && run.err.contains(words), "{arguments:?}: {}", run.err);
    }
}
