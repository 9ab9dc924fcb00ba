//! Interfaces that go away and come back, and several at once.

use std::time::Duration;

use crate::lab::{Cable, Folder, Live, can_capture};

/// Sends five datagrams to an address.
fn send(namespace: &str, address: &str) {
    let script = format!("for i in 1 2 3 4 5; do echo $i > /dev/udp/{address}/9; sleep 0.02; done");
    assert!(Cable::at(namespace, &["bash", "-c", &script]).status().unwrap().success());
}

#[test]
fn an_interface_that_was_removed_is_opened_again() {
    if !can_capture(&["ip", "bash"]) {
        return;
    }
    let (folder, cable) = (Folder::new("gone"), Cable::new());
    let live = Live::start_in(&cable.far, &folder, &["-i", "far", "--json", "udp dst port 9"]);
    send(&cable.near, "10.77.0.2");
    std::thread::sleep(Duration::from_millis(300));
    cable.pull_out();
    live.until("far: down");
    cable.plug_in();
    live.until("far: up again");
    send(&cable.near, "10.77.0.2");
    std::thread::sleep(Duration::from_millis(500));
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    assert_eq!(report["capture"]["counts"]["packets"], 10, "before and after");
    let problems = report["capture"]["problems"].as_array().unwrap();
    let reopened = problems.iter().find(|problem| problem["code"] == "live.reopened");
    assert_eq!(reopened.map(|problem| &problem["count"]), Some(&1.into()), "{problems:?}");
}

#[test]
fn an_interface_that_is_set_down_and_up_goes_on() {
    if !can_capture(&["ip", "bash"]) {
        return;
    }
    let (folder, cable) = (Folder::new("down"), Cable::new());
    let live = Live::start_in(&cable.far, &folder, &["-i", "far", "--json", "udp dst port 9"]);
    send(&cable.near, "10.77.0.2");
    for state in ["down", "up"] {
        let words = ["ip", "link", "set", "far", state];
        assert!(Cable::at(&cable.far, &words).status().unwrap().success());
        std::thread::sleep(Duration::from_millis(400));
    }
    std::thread::sleep(Duration::from_millis(1_500));
    send(&cable.near, "10.77.0.2");
    std::thread::sleep(Duration::from_millis(500));
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    assert_eq!(report["capture"]["counts"]["packets"], 10, "before and after");
}

#[test]
fn several_interfaces_are_one_capture() {
    if !can_capture(&["ip", "bash"]) {
        return;
    }
    let (folder, cable) = (Folder::new("several"), Cable::new());
    let live =
        Live::start_in(&cable.far, &folder, &["-i", "far", "-i", "lo", "--json", "udp dst port 9"]);
    send(&cable.near, "10.77.0.2");
    send(&cable.far, "127.0.0.1");
    std::thread::sleep(Duration::from_millis(500));
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    let sources = report["capture"]["sources"].as_array().unwrap();
    let packets = |index: usize| {
        (sources[index]["name"].as_str().unwrap(), sources[index]["packets"].as_u64())
    };
    assert_eq!(packets(0), ("far", Some(5)));
    assert_eq!(packets(1), ("lo", Some(5)));
}
