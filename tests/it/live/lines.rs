//! Lines of JSON, and lines of text.

use std::fs;
use std::net::UdpSocket;
use std::time::Duration;

use rustix::process::Signal;

use crate::lab::{Folder, Live, Phones, can_capture, wait};
use crate::program::output;
use crate::schema;

fn events(text: &str) -> Vec<serde_json::Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_happens_is_a_line_each() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("lines"), Phones::new());
    let live = Live::start(&folder, &["-i", "lo", "--headless", "--every", "1", &phones.filter()]);
    phones.request("REGISTER", 1, "register", false);
    phones.response("200 OK", ("REGISTER", 1), "register", false);
    phones.call("one", 100);
    phones.request("INVITE", 1, "busy", true);
    phones.response("486 Busy Here", ("INVITE", 1), "busy", false);
    phones.request("ACK", 1, "busy", false);
    wait("an interval", || live.out().contains("\"event\":\"interval\""));
    let events = events(&live.end());
    let of =
        |kind: &str| -> Vec<_> { events.iter().filter(|event| event["event"] == kind).collect() };
    assert_eq!(events[0]["event"], "start");
    assert_eq!(events[0]["sources"][0], "lo");
    let calls = of("call");
    assert_eq!(calls.len(), 2);
    assert_eq!(
        (&calls[0]["call"]["state"], &calls[1]["call"]["state"]),
        (&"completed".into(), &"rejected".into())
    );
    assert_eq!(calls[0]["streams"].as_array().map(Vec::len), Some(2));
    assert_eq!(calls[0]["streams"][0]["packets"], 100);
    assert_eq!(of("registration")[0]["from"], serde_json::Value::Null);
    assert!(of("finding").iter().any(|found| found["call_id"] == "busy"), "a refusal is a finding");
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["summary"]["calls"]), (&"end".into(), &2.into()));
    assert_eq!(end["capture"]["counts"]["sip_messages"], 11);

    let schema: serde_json::Value = serde_json::from_str(&output(&["schema", "events"])).unwrap();
    for event in &events {
        // Each kind is a definition, with `event` beside it.
        let kinds = schema["oneOf"].as_array().unwrap().iter();
        let mut kinds = kinds.filter(|kind| kind["properties"]["event"]["const"] == event["event"]);
        let kind = kinds.next().unwrap();
        let of_kind = serde_json::json!({"$ref": kind["$ref"], "$defs": schema["$defs"]});
        let mut content = event.clone();
        content.as_object_mut().unwrap().remove("event");
        let faults = schema::faults(&of_kind, &content);
        assert!(faults.is_empty(), "{event}\n{faults}");
    }
}

#[test]
fn a_file_is_opened_anew_on_sighup() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, phones) = (Folder::new("hup"), Phones::new());
    let (file, moved) = (folder.file("lines.json"), folder.file("lines.old"));
    let live = Live::start(
        &folder,
        &["-i", "lo", "--headless", "--every", "0.2", "--output", &file, &phones.filter()],
    );
    wait("lines", || fs::read_to_string(&file).is_ok_and(|text| !text.is_empty()));
    fs::rename(&file, &moved).unwrap();
    live.signal(Signal::HUP);
    wait("a new file", || fs::read_to_string(&file).is_ok_and(|text| !text.is_empty()));
    live.end();
    let both = fs::read_to_string(moved).unwrap() + &fs::read_to_string(file).unwrap();
    let events = events(&both);
    assert_eq!(events[0]["event"], "start");
    assert_eq!(events.last().unwrap()["event"], "end");
}

#[test]
fn syslog_is_sent_a_message_each() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("syslog"), Phones::new());
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let target = format!("syslog:{}", server.local_addr().unwrap());
    let live =
        Live::start(&folder, &["-i", "lo", "--headless", "--output", &target, &phones.filter()]);
    phones.call("logged", 10);
    std::thread::sleep(Duration::from_millis(300));
    live.end();
    let mut kinds = Vec::new();
    let mut bytes = vec![0; 70_000];
    while kinds.last().is_none_or(|kind| kind != "end") {
        let length = server.recv(&mut bytes).unwrap();
        let text = String::from_utf8(bytes[..length].to_vec()).unwrap();
        assert!(text.starts_with("<30>1 20"), "{text}");
        let (_, json) = text.split_once(" event - ").unwrap();
        let event: serde_json::Value = serde_json::from_str(json).unwrap();
        kinds.push(event["event"].as_str().unwrap().to_owned());
    }
    assert_eq!(kinds.iter().filter(|kind| *kind == "call").count(), 1, "{kinds:?}");
}

#[test]
fn each_message_is_printed_as_it_comes() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("print"), Phones::new());
    let live = Live::start(&folder, &["-i", "lo", "--print", &phones.filter()]);
    phones.call("printed", 10);
    wait("six lines", || live.out().lines().count() == 6);
    let text = live.end();
    let first = text.lines().next().unwrap();
    assert!(
        first.contains(" UDP INVITE sip:bob@127.0.0.1  alice \u{2192} bob  printed"),
        "{first}"
    );
    assert!(
        text.lines().nth(2).unwrap().contains(" UDP 200 OK  alice \u{2192} bob  printed"),
        "{text}"
    );
    assert!(text.contains("Calls: 1  1 answered"), "the report comes at the end: {text}");
}
