//! A session in the hands of who runs it: signals, syslog, rotation, modes of capture.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::lab::{Folder, Live, Phones, can_capture, wait};
use crate::program::{output, run, siplens};

#[test]
fn a_signal_asks_how_it_is() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("usr1"), Phones::new());
    let live = Live::start(&folder, &["-i", "lo", "--json", &phones.filter()]);
    phones.call("asked", 10);
    wait("its packets", || {
        live.signal(Signal::USR1);
        std::thread::sleep(Duration::from_millis(200));
        let said = live.err();
        said.contains(" 26 packets, 6 SIP messages, 0 RTCP; ") && said.contains("dropped 0 by us")
    });
    let said = live.err();
    assert!(said.contains("siplens: running "), "{said}");
    let source = said.lines().rfind(|line| line.starts_with("siplens: live lo: ")).unwrap();
    assert!(source.starts_with("siplens: live lo: 26 packets, "), "{source}");
    assert!(source.ends_with("dropped 0 by us, 0 by the interface, reopened 0 times"), "{source}");
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    assert_eq!(report["calls"][0]["state"], "completed", "it went on");
}

#[test]
fn the_systems_own_syslog_is_sent_a_message_each_and_may_be_restarted() {
    if !can_capture(&["unshare"]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("devlog"), Phones::new());
    let devices = folder.path().join("dev");
    fs::create_dir(&devices).unwrap();
    let bind = || {
        let socket = UnixDatagram::bind(devices.join("log")).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket
    };
    let server = bind();
    // A /dev of its own, in which there is nothing but syslog's socket.
    let script = "mount --bind \"$0\" /dev && exec \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", script]).arg(&devices);
    command.arg(env!("CARGO_BIN_EXE_siplens"));
    command.args(["live", "-i", "lo", "--headless", "--output", "syslog", "--every", "0.2"]);
    command.args(["--linger", "1", &phones.filter()]);
    let live = Live::begin(command, &folder);
    let hear = |server: &UnixDatagram, wanted: &str| {
        let mut bytes = vec![0; 200_000];
        loop {
            let length = server.recv(&mut bytes).unwrap();
            let text = std::str::from_utf8(&bytes[..length]).unwrap();
            assert!(text.starts_with("<30>1 20") && text.contains(" siplens "), "{text}");
            let (_, json) = text.split_once(" event - ").unwrap();
            let event: serde_json::Value = serde_json::from_str(json).unwrap();
            if event["event"] == wanted {
                return event;
            }
        }
    };
    hear(&server, "start");
    phones.call("logged", 10);
    assert_eq!(hear(&server, "call")["call"]["legs"][0]["call_id"], "logged");
    // Restarted: messages meanwhile are lost and counted, later ones come.
    drop(server);
    fs::remove_file(devices.join("log")).unwrap();
    std::thread::sleep(Duration::from_millis(2_500));
    let server = bind();
    let lost = loop {
        let lost = hear(&server, "interval")["lines_lost"].as_u64().unwrap();
        if lost > 0 {
            break lost;
        }
    };
    assert!(lost < 100, "{lost}");
    phones.call("later", 10);
    assert_eq!(hear(&server, "call")["call"]["legs"][0]["call_id"], "later");
    live.end();
}

#[test]
fn a_ring_begins_a_new_file_when_one_spans_its_time() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("ring-time"), Phones::new());
    let ring = folder.file("ring");
    let words = ["-i", "lo", "--headless", "--record", &ring, "--ring-time", "1"];
    let live = Live::start(&folder, &[&words[..], &[&phones.filter()]].concat());
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(5) {
        phones.talk(5, Some(Duration::from_millis(20)));
    }
    live.end();
    let names = folder.names("ring");
    assert!((4..=7).contains(&names.len()), "{names:?}");
    let mut packets = 0;
    for name in &names {
        let text = output(&["analyze", "--json", &format!("{ring}/{name}")]);
        let report: serde_json::Value = serde_json::from_str(&text).unwrap();
        let source = &report["capture"]["sources"][0];
        assert!(source["duration_s"].as_f64().unwrap_or(0.0) < 1.0, "{name}: {source}");
        packets += source["packets"].as_u64().unwrap();
    }
    let whole: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", &ring])).unwrap();
    assert_eq!(whole["capture"]["counts"]["packets"], packets);
    assert_eq!(whole["streams"].as_array().unwrap().len(), 2, "no packet is lost between files");
    assert!(whole["streams"].as_array().unwrap().iter().all(|stream| stream["lost"] == 0));
}

#[test]
fn a_file_of_lines_is_renamed_when_it_is_old() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, phones) = (Folder::new("rotate"), Phones::new());
    let file = folder.file("lines.json");
    let words = ["-i", "lo", "--headless", "--every", "0.1", "--output", &file];
    let words = [&words[..], &["--rotate-time", "1", "--rotate-keep", "2", &phones.filter()]];
    let live = Live::start(&folder, &words.concat());
    wait("the second to be renamed", || fs::exists(format!("{file}.2")).unwrap());
    live.end();
    assert!(!fs::exists(format!("{file}.3")).unwrap(), "two are kept");
    for name in [file.clone(), format!("{file}.1"), format!("{file}.2")] {
        for line in fs::read_to_string(&name).unwrap().lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            assert!(event["event"].is_string(), "{name}: {line}");
        }
    }
}

/// The least time from a message to its line, of several.
fn quickest(arguments: &[&str]) -> Duration {
    let (folder, phones) = (Folder::new("immediate"), Phones::new());
    let filter = phones.filter();
    let words = [&["-i", "lo", "--print"][..], arguments, &[&filter]].concat();
    let live = Live::start(&folder, &words);
    let mut least = Duration::MAX;
    for number in 1..=12 {
        let sent = Instant::now();
        phones.request("OPTIONS", number, &format!("ping-{number}"), false);
        while live.out().lines().count() < number as usize {
            assert!(sent.elapsed() < Duration::from_secs(20), "{}", live.err());
            std::thread::sleep(Duration::from_millis(1));
        }
        least = least.min(sent.elapsed());
    }
    live.end();
    least
}

#[test]
fn immediate_mode_hands_each_packet_over_at_once() {
    if !can_capture(&[]) {
        return;
    }
    let (usual, immediate) = (quickest(&[]), quickest(&["--immediate"]));
    assert!(immediate < Duration::from_millis(60), "{immediate:?}");
    assert!(immediate < usual, "{immediate:?} at once, {usual:?} otherwise");
}

#[test]
fn the_clock_of_packets_is_the_one_that_is_asked_for_or_refused_in_words() {
    if !can_capture(&["date"]) {
        return;
    }
    let mut taken = 0;
    for clock in ["host", "host_lowprec", "host_hiprec", "adapter", "adapter_unsynced"] {
        let probe =
            run(&["live", "-i", "lo", "--json", "--duration", "0.1", "--time-source", clock]);
        if probe.code != 0 {
            assert_eq!((probe.code, probe.err.lines().count()), (1, 1), "{clock}: {}", probe.err);
            assert!(probe.err.contains("lo"), "{clock}: {}", probe.err);
            continue;
        }
        taken += 1;
        let (folder, mut phones) = (Folder::new(clock), Phones::new());
        let words = ["-i", "lo", "--json", "--time-source", clock];
        let live = Live::start(&folder, &[&words[..], &[&phones.filter()]].concat());
        let before = jiff::Timestamp::now();
        phones.call("timed", 5);
        std::thread::sleep(Duration::from_millis(400));
        let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
        let start = report["calls"][0]["start_time"].as_str().unwrap();
        let start: jiff::Timestamp = start.parse().unwrap();
        let off = start.as_millisecond() - before.as_millisecond();
        assert!((-1_000..5_000).contains(&off), "{clock}: {off} ms off");
    }
    assert!(taken > 0, "the kernel's usual clock is always there");
}

#[test]
fn a_reader_that_stands_still_stops_nothing() {
    if !can_capture(&[]) {
        return;
    }
    // Calls of the same phones leave together; of others, others.
    let mut phones: Vec<_> = (0..8).map(|_| Phones::new()).collect();
    let filters: Vec<_> = phones.iter().map(Phones::filter).collect();
    let folder = Folder::new("stuck");
    let ring = folder.file("ring");
    let mut command = siplens(&["live", "-i", "lo", "--headless", "--linger", "1"]);
    command.args(["--max-memory", "16M", "--record", &ring, &filters.join(" or ")]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    wait("the ring", || fs::exists(&ring).unwrap());
    std::thread::sleep(Duration::from_millis(500));
    let each = 60;
    let calls = phones.len() as u64 * each;
    for (place, phones) in phones.iter_mut().enumerate() {
        for number in 0..each {
            phones.call(&format!("stuck-{place}-{number}"), 10);
            std::thread::sleep(Duration::from_millis(15));
        }
        // Nobody has read a line yet; time goes on.
        std::thread::sleep(Duration::from_secs(1));
    }
    std::thread::sleep(Duration::from_secs(3));
    let mut out = child.stdout.take().unwrap();
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        std::io::Read::read_to_string(&mut out, &mut text).unwrap();
        text
    });
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, Signal::INT).unwrap();
    let text = reading.join().unwrap();
    assert!(child.wait().unwrap().success());
    let events: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &str| events.iter().filter(|event| event["event"] == kind).count() as u64;
    let end = events.last().unwrap();
    assert_eq!((&end["event"], &end["summary"]["calls"]), (&"end".into(), &calls.into()));
    assert_eq!(end["capture"]["sources"][0]["dropped_packets"], 0, "the engine did not wait");
    let interval = events.iter().rfind(|event| event["event"] == "interval").unwrap();
    let lost = interval["lines_lost"].as_u64().unwrap();
    assert!(
        lost > 0 && of("call") + lost >= calls,
        "{lost} lines lost, {} calls; {interval}",
        of("call")
    );
}
