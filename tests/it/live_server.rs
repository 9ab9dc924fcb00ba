//! The server of a live session over real sockets: metrics, API, events, token,
//! TLS, and limits.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::hep_mirrored::{all, mirrored};
use crate::http::{certificate, exchange, get, get_over_tls, get_with, request};
use crate::program::run;
use crate::prometheus::{parse, value};
use crate::scenario::Scenario;
use crate::schema;
use crate::session::{Live, until};

const CALLS: &str = "0    A>B INVITE sdp(A:4000 PCMU) from='\"<b>&\\u{202e}\" <sip:<script>@x>'
                     0.1  B>A 180
                     0.5  B>A 200 sdp(B:5000 PCMU)
                     0.6  A>B ACK
                     1    A>B rtp 200 lose 20..60
                     1    B>A rtp 200
                     3    A>B INVITE call=2
                     3.1  B>A 486 call=2
                     3.2  A>B ACK call=2
                     4    A>B REGISTER call=3
                     4.1  B>A 200 call=3";

/// A session that knows those calls.
pub(crate) fn session(arguments: &[&str]) -> (Live, SocketAddr) {
    let mut live =
        Live::begin(&[&["--hep", "127.0.0.1:0", "--listen", "127.0.0.1:0"], arguments].concat());
    let (collector, server) = (live.hep("udp"), live.server());
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let packets = mirrored(&Scenario::parse(CALLS), all());
    for (index, (_, packet)) in packets.iter().enumerate() {
        socket.send_to(packet, collector).unwrap();
        if index % 20 == 19 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    (live, server)
}

/// Waits until the session knows both calls.
pub(crate) fn known(server: SocketAddr, fields: &[&str]) -> Value {
    until("two calls", || {
        let answer = get_with(server, "/api/calls", fields);
        let calls = (answer.status == 200).then(|| answer.json())?;
        (calls["total"] == 2).then_some(calls)
    })
}

#[test]
fn answers_are_as_the_document_says() {
    let (live, server) = session(&[]);
    let calls = known(server, &[]);
    let document = get(server, "/openapi.json").json();
    assert_eq!(document["openapi"], "3.1.0");
    let first = calls["calls"][1]["id"].as_str().unwrap().to_owned();
    for (path, template) in [
        ("/api/calls?limit=1".to_owned(), "/api/calls"),
        ("/api/calls?where=state+%3D%3D+rejected".to_owned(), "/api/calls"),
        (format!("/api/calls/{first}"), "/api/calls/{id}"),
        ("/api/streams".to_owned(), "/api/streams"),
        ("/api/streams?where=lost+%3E+10".to_owned(), "/api/streams"),
        ("/api/overview".to_owned(), "/api/overview"),
    ] {
        let answer = get(server, &path);
        assert_eq!(
            (answer.status, answer.field("content-type")),
            (200, Some("application/json")),
            "{path}"
        );
        let schema = document
            .pointer(&format!(
                "/paths/{}/get/responses/200/content/application~1json/schema",
                template.replace('/', "~1")
            ))
            .unwrap();
        let root = with_root(&document, schema);
        assert_eq!(schema::faults(&root, &answer.json()), "", "{path}");
    }
    // Every path that is described is there, and asks for no more than is described.
    for (path, operations) in document["paths"].as_object().unwrap() {
        let answer = get_first(server, &path.replace("{id}", &first));
        assert_eq!(answer, 200, "{path}");
        assert_eq!(operations.as_object().unwrap().keys().collect::<Vec<_>>(), ["get"], "{path}");
    }
    for (path, status) in [
        ("/api/calls/call-99", 404),
        ("/api/nothing", 404),
        ("/api/calls?where=mos+%3C", 400),
        ("/api/calls?colour=red", 400),
    ] {
        let answer = get(server, path);
        assert_eq!(answer.status, status, "{path}");
        let problem = with_root(&document, &document["components"]["schemas"]["Problem"]);
        assert_eq!(schema::faults(&problem, &answer.json()), "", "{path}");
    }
    drop(live);
}

/// A schema that can look up what it refers to in the whole document.
fn with_root(document: &Value, schema: &Value) -> Value {
    let mut root = schema.clone();
    root["$defs"] = document["components"]["schemas"].clone();
    let text = root.to_string().replace("#/components/schemas/", "#/$defs/");
    serde_json::from_str(&text).unwrap()
}

/// The status of an answer, whose end is not waited for.
fn get_first(server: SocketAddr, path: &str) -> u16 {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.write_all(request("GET", path, &[]).as_bytes()).unwrap();
    let mut head = [0; 12];
    stream.read_exact(&mut head).unwrap();
    String::from_utf8_lossy(&head[9..]).parse().unwrap()
}

#[test]
fn lists_are_paged_and_chosen() {
    let (_live, server) = session(&[]);
    let calls = known(server, &[]);
    let ids = |calls: &Value| -> Vec<String> {
        let calls = calls["calls"].as_array().unwrap().iter();
        calls.map(|call| call["id"].as_str().unwrap().to_owned()).collect()
    };
    let both = ids(&calls);
    let page = |query: &str| get(server, &format!("/api/calls?{query}")).json();
    assert_eq!(ids(&page("limit=1")), both[..1]);
    assert_eq!(ids(&page("limit=1&offset=1")), both[1..]);
    assert_eq!(page("offset=9")["total"], 2);
    let poor = page("where=mos+%3C+4");
    assert_eq!((ids(&poor).len(), &poor["total"]), (1, &1.into()));
    let call = get(server, &format!("/api/calls/{}", ids(&poor)[0])).json();
    assert_eq!(call["call"]["state"], "answered");
    assert_eq!(call["streams"].as_array().unwrap().len(), 2);
    assert!(call["findings"].as_array().unwrap().iter().any(|row| row["code"] == "media.loss"));
}

#[test]
fn pages_and_pictures_are_safe() {
    let (_live, server) = session(&[]);
    let calls = known(server, &[]);
    let page = get(server, "/");
    let policy = page.field("content-security-policy").unwrap();
    assert!(page.body.starts_with("<!doctype html>") && page.status == 200);
    for rule in
        ["default-src 'none'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(rule), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !page.body.contains("<script src"));
    for call in calls["calls"].as_array().unwrap() {
        let picture =
            get(server, &format!("/api/calls/{}/ladder.svg", call["id"].as_str().unwrap()));
        assert_eq!(picture.field("content-type"), Some("image/svg+xml"));
        assert!(picture.body.contains("<svg") && !picture.body.contains("<script"));
    }
    for path in ["/", "/metrics", "/api/calls", "/health", "/nothing"] {
        let answer = get(server, path);
        assert_eq!(answer.field("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.field("cache-control"), Some("no-store"), "{path}");
        assert_eq!(answer.field("access-control-allow-origin"), None, "{path}");
    }
    let head = exchange(server, request("HEAD", "/metrics", &[]).as_bytes());
    assert_eq!((head.status, &*head.body), (200, ""));
    assert!(head.field("content-length").unwrap().parse::<usize>().unwrap() > 1000);
}

#[test]
fn metrics_are_as_the_format_has_them() {
    let (live, server) = session(&["--metric-peers", "1"]);
    known(server, &[]);
    let answer = get(server, "/metrics");
    assert_eq!(answer.field("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let page = &answer.body;
    let families = parse(page);
    assert!(families.values().all(|family| family.help.ends_with('.')), "help is a sentence");
    assert_eq!(value(page, "siplens_calls", &[("state", "answered")]), Some(1.0));
    assert_eq!(value(page, "siplens_calls", &[("state", "rejected")]), Some(1.0));
    assert_eq!(value(page, "siplens_answer_seizure_ratio", &[]), Some(0.5));
    assert_eq!(value(page, "siplens_source_up", &[("format", "hep")]), Some(1.0));
    assert_eq!(
        value(page, "siplens_build_info", &[("version", env!("CARGO_PKG_VERSION"))]),
        Some(1.0)
    );
    assert!(value(page, "siplens_sip_messages_total", &[]) >= Some(9.0));
    drop(live);
}

#[test]
fn health_is_said_and_events_come() {
    let (live, server) = session(&[]);
    known(server, &[]);
    assert_eq!(
        (get(server, "/health").body, get(server, "/ready").status),
        ("ok\n".to_owned(), 200)
    );
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.write_all(request("GET", "/api/events", &[]).as_bytes()).unwrap();
    let (mut text, mut bytes) = (String::new(), [0; 4096]);
    while text.matches("event: overview\ndata: {").count() < 2 {
        let length = stream.read(&mut bytes).unwrap();
        assert!(length > 0, "{text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..length]));
    }
    assert!(text.contains("content-type: text/event-stream"), "{text}");
    live.end();
    // What was still open is finished with the session, and the stream ends.
    let _ = stream.read_to_string(&mut text);
    assert!(text.contains("\"finished\":true"), "{text}");
}

#[test]
fn a_token_is_asked_for_and_compared() {
    let path = format!("{}/token", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&path, "0123456789abcdef-token\n").unwrap();
    let (_live, server) = session(&["--token-file", &path]);
    let good = ["Authorization: Bearer 0123456789abcdef-token"];
    known(server, &good);
    for path in [
        "/metrics",
        "/api/calls",
        "/api/streams",
        "/api/overview",
        "/api/events",
        "/api/calls/call-1",
    ] {
        for fields in [
            &[][..],
            &["Authorization: Bearer 0123456789abcdef-toke"],
            &["Authorization: Basic eDp5"],
        ] {
            let answer = get_with(server, path, fields);
            assert_eq!(answer.status, 401, "{path} {fields:?}");
            assert_eq!(answer.field("www-authenticate"), Some("Bearer realm=\"siplens\""));
            assert!(!answer.body.contains("call-"), "{path}");
        }
    }
    for path in ["/", "/health", "/ready", "/openapi.json"] {
        assert_eq!(get(server, path).status, 200, "{path}");
    }
    // With a token any name of the server will do.
    let text = "GET /metrics HTTP/1.1\r\nHost: siplens.example\r\nAuthorization: Bearer 0123456789abcdef-token\r\nConnection: close\r\n\r\n";
    assert_eq!(exchange(server, text.as_bytes()).status, 200);
}

#[test]
fn who_calls_the_server_by_another_name_is_refused() {
    let (_live, server) = session(&["--allow-host", "siplens.example"]);
    let as_host = |host: &str| {
        exchange(
            server,
            format!("GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes(),
        )
        .status
    };
    assert_eq!(as_host("rebound.example"), 421);
    assert_eq!(
        (as_host("siplens.example:9300"), as_host("127.0.0.1"), as_host("[::1]:1")),
        (200, 200, 200)
    );
}

#[test]
fn over_tls_with_a_certificate() {
    let [certificate, key] = certificate("server");
    let (_live, server) = session(&["--tls-cert", &certificate, "--tls-key", &key]);
    let answer = get_over_tls(server, "/health", &certificate);
    assert_eq!((answer.status, &*answer.body), (200, "ok\n"));
    // Who speaks no TLS gets no answer.
    assert_eq!(get(server, "/health").status, 0);
}

#[test]
fn what_a_visitor_can_hold_has_limits() {
    let (_live, server) = session(&[]);
    let send = |text: String| exchange(server, text.as_bytes()).status;
    assert_eq!(send(request("POST", "/api/calls", &["Content-Length: 0"])), 405);
    assert_eq!(send(request("GET", "/api/calls", &["Content-Length: 5"]) + "12345"), 413);
    assert_eq!(send(request("GET", "/api/calls", &["Transfer-Encoding: chunked"])), 413);
    assert_eq!(send(request("GET", "/metrics", &[&format!("X: {}", "x".repeat(20_000))])), 431);
    let many: Vec<_> = (0..100).map(|n| format!("X-{n}: x")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(send(request("GET", "/metrics", &many)), 431);
    assert_eq!(send(request("GET", &format!("/api/calls?where={}", "a".repeat(5_000)), &[])), 414);
    assert_eq!(send("garbage\r\n\r\n".to_owned()), 400);
    // A head that does not end: the connection does, whatever comes meanwhile.
    let begun = Instant::now();
    let mut slow = TcpStream::connect(server).unwrap();
    slow.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    slow.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n").unwrap();
    let closed = until("the slow head is given up", || {
        let _ = slow.write_all(b"X: y\r\n");
        match slow.read(&mut [0; 256]) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => None,
            _ => Some(begun.elapsed()),
        }
    });
    assert!((5..30).contains(&closed.as_secs()), "{closed:?}");
}

#[test]
fn one_connection_too_many_is_turned_away_and_room_comes_back() {
    let (_live, server) = session(&[]);
    let held: Vec<_> = (0..128).map(|_| TcpStream::connect(server).unwrap()).collect();
    until("no room", || (get(server, "/health").status == 503).then_some(()));
    drop(held);
    until("room", || (get(server, "/health").status == 200).then_some(()));
}

#[test]
fn who_asks_too_often_waits() {
    let (_live, server) = session(&[]);
    let statuses: Vec<_> = (0..2_000).map(|_| get(server, "/health").status).collect();
    assert!(statuses.contains(&429) && statuses.iter().all(|status| [200, 429].contains(status)));
    until("allowance", || (get(server, "/health").status == 200).then_some(()));
}

#[test]
fn other_addresses_take_a_token() {
    let short = format!("{}/short-token", env!("CARGO_TARGET_TMPDIR"));
    std::fs::write(&short, "short\n").unwrap();
    for (arguments, words) in [
        (&["--listen", "0.0.0.0:0"][..], "--token-file"),
        (&["--listen", "9300"], "--token-file"),
        (&["--listen", "127.0.0.1:0", "--token-file", &short], "shorter than 16"),
        (
            &["--listen", "127.0.0.1:0", "--tls-cert", "/nowhere", "--tls-key", "/nowhere"],
            "/nowhere",
        ),
        (&["--token-file", &short], "--listen"),
    ] {
        let run = run(&[&["live", "--hep", "127.0.0.1:0"], arguments].concat());
        assert!(run.code != 0 && run.err.contains(words), "{arguments:?}: {}", run.err);
    }
}
