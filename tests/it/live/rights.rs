//! Who the program is once its interfaces are open.

use std::fs;
use std::process::Command;

use crate::lab::{Cable, Folder, Live, Phones, can_capture, wait};
use crate::program::{run, siplens};

/// A user without rights, and its group, that every system has.
const NOBODY: (&str, &str) = ("nobody", "65534");

/// The values of a field of a process's status, of each of its threads.
fn of_threads(live: &Live, field: &str) -> Vec<String> {
    let threads = fs::read_dir(format!("/proc/{}/task", live.id())).unwrap();
    let value = |status: String| {
        let line = status.lines().find_map(|line| line.strip_prefix(&format!("{field}:")));
        line.map(|value| value.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    let values = threads
        .flatten()
        .filter_map(|thread| value(fs::read_to_string(thread.path().join("status")).ok()?));
    values.collect()
}

/// It captures as nobody: no thread has an identity, a group or a capability of root's.
#[track_caller]
fn is_nobody(mut command: Command, folder: &Folder, phones: &mut Phones) {
    command.args(["-i", "lo", "--print", &phones.filter()]);
    let live = Live::begin(command, folder);
    phones.call("after", 10);
    wait("packets that came after the rights were gone", || live.out().contains("BYE"));
    let group = fs::read_to_string("/etc/passwd").unwrap();
    let line = group.lines().find(|line| line.starts_with("nobody:")).unwrap();
    let group = line.split(':').nth(3).unwrap();
    for (field, wanted) in [
        ("Uid", [NOBODY.1; 4].join(" ")),
        ("Gid", [group; 4].join(" ")),
        ("Groups", group.to_owned()),
        ("CapEff", "0".repeat(16)),
        ("CapPrm", "0".repeat(16)),
        ("CapInh", "0".repeat(16)),
        ("CapAmb", "0".repeat(16)),
    ] {
        let found = of_threads(&live, field);
        assert!(found.len() > 2, "{found:?}");
        assert!(found.iter().all(|value| *value == wanted), "{field}: {found:?}, not {wanted}");
    }
    live.end();
}

#[test]
fn it_becomes_the_user_that_is_named() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("user"), Phones::new());
    is_nobody(siplens(&["live", "--user", NOBODY.0]), &folder, &mut phones);
}

#[test]
fn it_becomes_who_called_sudo() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("sudo"), Phones::new());
    let mut command = siplens(&["live"]);
    command.env("SUDO_UID", NOBODY.1).env("SUDO_GID", NOBODY.1);
    is_nobody(command, &folder, &mut phones);
}

#[test]
fn what_it_records_is_that_users() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("owner"), Phones::new());
    let ring = folder.path().join("ring");
    fs::create_dir(&ring).unwrap();
    let nobody: u32 = NOBODY.1.parse().unwrap();
    std::os::unix::fs::chown(&ring, Some(nobody), None).unwrap();
    for above in folder.path().ancestors().take(1) {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(above, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let words = ["-i", "lo", "--user", NOBODY.0, "--headless", "--record", ring.to_str().unwrap()];
    let live = Live::start(&folder, &[&words[..], &[&phones.filter()]].concat());
    phones.call("recorded", 10);
    wait("a capture", || !folder.names("ring").is_empty());
    live.end();
    for name in folder.names("ring") {
        use std::os::unix::fs::MetadataExt;
        let meta = fs::metadata(ring.join(&name)).unwrap();
        assert_eq!((meta.uid(), meta.mode() & 0o777), (nobody, 0o600), "{name}");
    }
}

#[test]
fn users_that_are_none_are_refused() {
    if !can_capture(&["setpriv"]) {
        return;
    }
    let none = run(&["live", "-i", "lo", "--user", "no-such-user-here"]);
    assert_eq!((none.code, none.out.as_str()), (2, ""));
    assert_eq!(none.err, "siplens: --user: there is no user no-such-user-here\n");
    let mut command = Command::new("setpriv");
    let program = env!("CARGO_BIN_EXE_siplens");
    command.args(["--reuid", NOBODY.1, "--clear-groups", "--ambient-caps", "-all", program]);
    command.args(["live", "--hep", "127.0.0.1:0", "--json", "--duration", "0.1", "--user", "root"]);
    let not_root = crate::program::run_with(command, &[]);
    assert_eq!(not_root.code, 2);
    assert!(not_root.err.contains("only root can become another user"), "{}", not_root.err);
}

#[test]
fn without_rights_an_interface_that_went_away_stays_away_and_says_so() {
    if !can_capture(&["ip"]) {
        return;
    }
    let (folder, cable) = (Folder::new("away"), Cable::new());
    let words = ["-i", "far", "--user", NOBODY.0, "--json"];
    let live = Live::start_in(&cable.far, &folder, &words);
    cable.pull_out();
    live.until("far: down");
    cable.plug_in();
    std::thread::sleep(std::time::Duration::from_secs(2));
    assert!(!live.err().contains("up again"), "{}", live.err());
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    let problems = report["capture"]["problems"].as_array().unwrap();
    let down = problems.iter().find(|problem| problem["code"] == "live.down").unwrap();
    assert!(down["text"].as_str().unwrap().starts_with("nothing comes of it: "), "{down}");
}
