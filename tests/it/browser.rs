//! Pages, pictures and diagrams in a real browser: tests/browser/check.mjs does
//! there what people do. It needs Chromium, Node.js and what
//! tests/browser/install.sh installs; without them it is skipped, unless
//! `SIPLENS_BROWSER_REQUIRED` is set.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{output, run_with, siplens};
use crate::scenario::Scenario;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// Whether the checks can run; says why not.
fn can_run() -> bool {
    let runs = |program: &str| Command::new(program).arg("--version").output().is_ok();
    let missing = [
        (runs("chromium"), "chromium"),
        (runs("node"), "node"),
        (here("target/browser/node_modules/installed.json").exists(), "tests/browser/install.sh"),
    ];
    let missing: Vec<_> =
        missing.iter().filter(|(there, _)| !there).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return true;
    }
    let missing = missing.join(", ");
    assert!(
        std::env::var_os("SIPLENS_BROWSER_REQUIRED").is_none(),
        "the browser checks are required, and there is no {missing}"
    );
    // Straight to standard error, so that it is seen although the test passes.
    let _ = std::io::Write::write_all(
        &mut std::io::stderr(),
        format!("browser checks skipped: no {missing}\n").as_bytes(),
    );
    false
}

/// Texts that try to be markup, or to end a statement; long ones; many hosts.
const HOSTILE: &str = r#"
    hosts: A [2001:db8::10]:5060, P [2001:db8:ffff:ffff:ffff:ffff:ffff:ffff]:5060, Q [2001:db8:1234:5678:9abc:def0:1234:5678]:5060, B [2001:db8:1::20]:5060
    0    A>P INVITE call-id='--></script><script>alert(1)</script>%%{init: {}}%%-a-very-long-call-id-that-goes-on-and-on-and-on-and-on@example.com' from='"<img src=x onerror=alert(2)>" <sip:%3Cb%3Ea-user-with-a-very-long-name-indeed-it-does-not-end@example.com>' sdp(A:4000 PCMU PCMA G722 G729 GSM opus)
    0.01 P>A 100 'a reason that is far longer than any arrow is wide, so that it has to be broken into lines or cut; h0->>h1: x'
    0.02 P>Q INVITE via+1
    0.03 Q>P 486 'x; style: #f00; </text></svg><script>alert(3)</script> end %% "&<>\u{202e}'
    0.04 P>B INVITE via+1
    0.05 B>P 503 'nowrap: \u{4f60}\u{597d} \u{1f4de} ####;;;; participant h9 as x'
    0.06 P>P OPTIONS
    0.07 P>A 503
    0.08 A>P ACK"#;

fn many_calls() -> String {
    (1..=120).fold(String::new(), |mut text, n| {
        let status = if n % 7 == 0 { 486 } else { 200 };
        let _ = write!(
            text,
            "{n} A>B INVITE call={n} sdp(A:{port} PCMU)\n{n}.1 B>A {status} call={n}\n{n}.2 A>B ACK call={n}\n",
            port = 4000 + 2 * n,
        );
        text
    })
}

/// Writes what is to be looked at into the folder.
fn prepare(folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).unwrap();
    let mut inputs: Vec<(String, PathBuf)> = Vec::new();
    for entry in fs::read_dir(here("samples")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "pcap" || ending == "pcapng") {
            inputs.push((path.file_stem().unwrap().to_str().unwrap().to_owned(), path));
        }
    }
    assert!(inputs.len() > 20, "samples are missing");
    for (name, scenario) in [("hostile", HOSTILE), ("many", &many_calls())] {
        let path = folder.join(format!("{name}.pcap"));
        fs::write(&path, Scenario::parse(scenario).pcap()).unwrap();
        inputs.push((name.to_owned(), path));
    }
    for (name, path) in inputs {
        let capture = path.to_str().unwrap();
        let file =
            |ending: &str| folder.join(format!("{name}{ending}")).to_str().unwrap().to_owned();
        output(&["report", capture, "-o", &file(".html")]);
        if name == "many" {
            continue;
        }
        for (format, ending) in [("svg", "svg"), ("mermaid", "mmd")] {
            let pictures = folder.join("pictures");
            let run = run_with(
                siplens(&[
                    "ladder",
                    capture,
                    "--all",
                    "--format",
                    format,
                    "-o",
                    &format!("{}/", pictures.display()),
                ]),
                &[],
            );
            assert_eq!((run.code, &*run.err), (0, ""), "{name}");
            for entry in fs::read_dir(&pictures).unwrap() {
                let from = entry.unwrap().path();
                let ladder = from.file_stem().unwrap().to_str().unwrap();
                fs::rename(&from, file(&format!("-{ladder}.{ending}"))).unwrap();
            }
        }
    }
}

#[test]
fn pages_pictures_and_diagrams_hold_in_a_browser() {
    if !can_run() {
        return;
    }
    let folder = here("target/browser/pages");
    prepare(&folder);
    let checked = Command::new("node")
        .arg(here("tests/browser/check.mjs"))
        .args([here("target/browser"), folder])
        .output()
        .unwrap();
    let (told, faults) =
        (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "{told}\n{faults}");
}

#[cfg(feature = "serve")]
#[test]
fn the_page_of_a_live_session_holds_in_a_browser() {
    if !can_run() {
        return;
    }
    let path = here("target/browser/token");
    fs::write(&path, "0123456789abcdef-token\n").unwrap();
    let token = path.to_string_lossy();
    let (live, server) = crate::live_server::session(&["--token-file", &token]);
    crate::live_server::known(server, &["Authorization: Bearer 0123456789abcdef-token"]);
    let checked = Command::new("node")
        .arg(here("tests/browser/live.mjs"))
        .arg(here("target/browser"))
        .arg(format!("http://localhost:{}/", server.port()))
        .arg(here("target/browser/pages-live"))
        .arg("0123456789abcdef-token")
        .output()
        .unwrap();
    drop(live);
    let (told, faults) =
        (String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr));
    assert!(checked.status.success(), "{told}\n{faults}");
}
