//! Packets that the capture drops are counted, and what they touch says so.

use std::time::Duration;

use rustix::process::Signal;

use crate::lab::{Folder, Live, Phones, can_capture};

#[test]
fn loss_that_may_be_ours_is_not_blamed_on_the_network() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("drops"), Phones::new());
    let live = Live::start(&folder, &["-i", "lo", "--json", "--buffer", "512K", &phones.filter()]);
    phones.request("INVITE", 1, "dropped", true);
    phones.response("200 OK", ("INVITE", 1), "dropped", true);
    phones.request("ACK", 1, "dropped", false);
    phones.talk(500, Some(Duration::from_millis(1)));
    // While the program does not run, the kernel's buffer overflows; by less than what makes
    // numbers begin anew (RFC 3550 appendix A.1).
    live.signal(Signal::STOP);
    phones.talk(2_500, None);
    live.signal(Signal::CONT);
    std::thread::sleep(Duration::from_millis(1_500));
    phones.talk(500, Some(Duration::from_millis(1)));
    phones.request("BYE", 2, "dropped", false);
    phones.response("200 OK", ("BYE", 2), "dropped", false);
    std::thread::sleep(Duration::from_millis(1_500));
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();

    let capture = &report["capture"];
    let dropped = capture["sources"][0]["dropped_packets"].as_u64().unwrap();
    let seen = capture["counts"]["packets"].as_u64().unwrap();
    assert!(dropped > 500, "{dropped} dropped");
    // On loopback the kernel has each packet twice, going out and coming in, and counts
    // both when it drops them; one of them is passed on.
    let missing = 7_005 - seen;
    assert!((missing..=2 * missing + 2).contains(&dropped), "{seen} seen, {dropped} dropped");
    assert_eq!(capture["drops"][0]["packets"], dropped);
    let problems = capture["problems"].as_array().unwrap();
    assert!(problems.iter().any(|problem| problem["code"] == "live.dropped"), "{problems:?}");

    let streams = report["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 2);
    for stream in streams {
        assert!(stream["lost"].as_u64().unwrap() > 0);
        assert_eq!(stream["capture_drops"]["dropped_packets"], dropped);
        assert_eq!(stream["capture_drops"]["lost_meanwhile"], stream["lost"]);
    }
    assert_eq!(report["calls"][0]["capture_drops"], dropped);
    let codes: Vec<_> =
        report["findings"].as_array().unwrap().iter().map(|found| &found["code"]).collect();
    assert!(codes.iter().any(|code| *code == "capture.loss"), "{codes:?}");
    assert!(codes.iter().all(|code| *code != "media.loss"), "{codes:?}");
}

#[test]
fn without_drops_nothing_is_said_of_them() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("no-drops"), Phones::new());
    let live = Live::start(&folder, &["-i", "lo", "--json", &phones.filter()]);
    phones.call("fine", 200);
    std::thread::sleep(Duration::from_millis(1_200));
    live.signal(Signal::USR1);
    live.until("dropped 0 by us");
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    assert_eq!(report["capture"]["sources"][0]["dropped_packets"], 0);
    assert_eq!(report["capture"]["counts"]["packets"], 406);
    assert_eq!(report["calls"][0]["capture_drops"], serde_json::Value::Null);
    assert_eq!(report["capture"]["problems"].as_array().map(Vec::len), Some(0));
}
