//! What is packaged beside the program: it names what there is.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::http::get;
use crate::program::siplens;
use crate::prometheus::parse;
use crate::session::{Live, until};

fn packaged(path: &str) -> String {
    fs::read_to_string(format!("{}/packaging/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// Names that begin with `siplens_`.
fn metrics(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices("siplens_")
        .filter(|(at, _)| !text[..*at].ends_with(is_part))
        .map(|(at, _)| {
            let name = &text[at..];
            &name[..name.find(|c| !is_part(c)).unwrap_or(name.len())]
        })
        .collect()
}

#[test]
fn rules_and_dashboard_name_metrics_that_are_served() {
    let mut live = Live::begin(&[
        "--hep",
        "127.0.0.1:0",
        "--hep-to",
        "udp://127.0.0.1:9",
        "--listen",
        "127.0.0.1:0",
    ]);
    let server = live.server();
    let page = until("metrics", || {
        let answer = get(server, "/metrics");
        (answer.status == 200).then_some(answer.body)
    });
    let families = parse(&page);
    let is_served = |name: &str| {
        families.contains_key(name)
            || ["_bucket", "_sum", "_count"].iter().any(|suffix| {
                let of = name.strip_suffix(suffix).and_then(|of| families.get(of));
                of.is_some_and(|family| family.kind == "histogram")
            })
    };
    for path in ["prometheus/siplens.rules.yml", "grafana/siplens.json"] {
        let text = packaged(path);
        let named = metrics(&text);
        assert!(named.len() > 10, "{path}: {named:?}");
        for name in named {
            assert!(is_served(name), "{path}: there is no {name}");
        }
    }
    let dashboard: serde_json::Value =
        serde_json::from_str(&packaged("grafana/siplens.json")).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 10);
    // Recorded ratios that alerts use are recorded.
    let rules = packaged("prometheus/siplens.rules.yml");
    for (at, _) in rules.match_indices("siplens:") {
        let name = &rules[at..];
        let name = &name[..name.find([' ', '\n']).unwrap()];
        assert!(rules.contains(&format!("record: {name}\n")), "{name}");
    }
}

#[test]
fn rules_and_metrics_are_what_prometheus_takes() {
    if Command::new("promtool").arg("--version").output().is_err() {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: promtool is not installed\n",
        );
        return;
    }
    let rules = format!("{}/packaging/prometheus/siplens.rules.yml", env!("CARGO_MANIFEST_DIR"));
    let checked = Command::new("promtool").args(["check", "rules", &rules]).output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr);
    assert!(checked.status.success(), "{}{said}", String::from_utf8_lossy(&checked.stdout));
    let (live, server) = crate::live_server::session(&["--hep-to", "udp://127.0.0.1:9"]);
    crate::live_server::known(server, &[]);
    let page = get(server, "/metrics").body;
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]);
    let checked = crate::program::run_with(promtool, page.as_bytes());
    assert_eq!((checked.code, &*checked.out, &*checked.err), (0, "", ""), "{page}");
    drop(live);
}

#[test]
fn the_service_is_one_that_systemd_accepts() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"skipped: systemd-analyze is not installed\n",
        );
        return;
    }
    let unit = packaged("systemd/siplens.service")
        .replace("/usr/bin/siplens", env!("CARGO_BIN_EXE_siplens"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("siplens.service");
    fs::write(&path, unit).unwrap();
    let verified =
        Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&path).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stderr);
    let ours: Vec<_> = said.lines().filter(|line| line.contains("siplens")).collect();
    assert_eq!(ours, [] as [&str; 0]);
}

#[test]
fn the_package_holds_files_that_there_are() {
    let manifest =
        fs::read_to_string(format!("{}/Cargo.toml", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let paths = manifest.split('"').filter(|text| text.starts_with("packaging/"));
    let mut count = 0;
    for path in paths {
        assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join(path).exists(), "{path}");
        count += 1;
    }
    assert!(count >= 4);
}

#[test]
fn a_service_says_that_it_has_begun_goes_on_and_ends() {
    let path = format!("{}/notify", env!("CARGO_TARGET_TMPDIR"));
    let _ = fs::remove_file(&path);
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let mut command = siplens(&["live", "--hep", "127.0.0.1:0", "--duration", "3", "--json"]);
    let mut child =
        command.env("NOTIFY_SOCKET", &path).stdout(std::process::Stdio::null()).spawn().unwrap();
    let hear = || {
        let mut bytes = [0; 1024];
        let length = manager.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let first = hear();
    assert!(first.starts_with("READY=1\nWATCHDOG=1\nSTATUS=0 packets"), "{first}");
    assert!(hear().starts_with("WATCHDOG=1\n"));
    while hear() != "STOPPING=1" {}
    assert!(child.wait().unwrap().success());
}
