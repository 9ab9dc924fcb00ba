//! The real program on a real terminal, driven by tmux.
//!
//! Without tmux these tests say on standard error that they were skipped; with
//! `SIPLENS_TMUX_REQUIRED` set they fail then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// How long something may take to appear.
const PATIENCE: Duration = Duration::from_secs(30);

/// A terminal of its own, with a shell in it.
struct Terminal {
    socket: String,
    folder: PathBuf,
}

impl Terminal {
    /// A terminal of that size, if there is tmux.
    #[allow(clippy::print_stderr)]
    fn open(columns: u16, rows: u16) -> Option<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        if Command::new("tmux").arg("-V").output().is_err() {
            assert!(
                std::env::var_os("SIPLENS_TMUX_REQUIRED").is_none(),
                "SIPLENS_TMUX_REQUIRED is set, and tmux is not installed"
            );
            eprintln!("skipped: tmux is not installed");
            return None;
        }
        let name =
            format!("siplens-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(&name);
        fs::create_dir_all(&folder).unwrap();
        let terminal = Self { socket: name, folder };
        let (columns, rows) = (columns.to_string(), rows.to_string());
        let size = ["-x", &columns, "-y", &rows];
        let mut words = vec!["-f", "/dev/null", "new-session", "-d", "-s", "main"];
        words.extend(size);
        words.push("env PS1='ready> ' sh -i");
        terminal.tmux(&words);
        terminal.wait("ready>");
        Some(terminal)
    }

    fn tmux(&self, words: &[&str]) -> String {
        let output = Command::new("tmux")
            .arg("-L")
            .arg(&self.socket)
            .args(words)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env("HOME", &self.folder)
            .env("TERM", "xterm-256color")
            .env_remove("TMUX")
            .env_remove("NO_COLOR")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_STATE_HOME")
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Types a command into the shell.
    fn shell(&self, command: &str) {
        self.tmux(&["send-keys", "-t", "main", "-l", command]);
        self.keys(&["Enter"]);
    }

    /// Runs the program in the shell.
    fn siplens(&self, arguments: &str) {
        let program = env!("CARGO_BIN_EXE_siplens");
        self.shell(&format!("{program} {arguments}; echo status $?"));
    }

    fn keys(&self, keys: &[&str]) {
        let mut words = vec!["send-keys", "-t", "main"];
        words.extend(keys);
        self.tmux(&words);
    }

    fn type_in(&self, text: &str) {
        self.tmux(&["send-keys", "-t", "main", "-l", text]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "main"])
    }

    /// Waits until the screen shows a text.
    #[track_caller]
    fn wait(&self, text: &str) -> String {
        self.until(&format!("{text:?} to appear"), |screen| screen.contains(text))
    }

    #[track_caller]
    fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
        let begun = Instant::now();
        loop {
            let screen = self.screen();
            if fits(&screen) {
                return screen;
            }
            assert!(begun.elapsed() < PATIENCE, "waited for {what}; the screen is\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether the terminal is as a shell wants it: no other screen, no mouse.
    #[track_caller]
    fn is_given_back(&self) {
        let format = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}";
        let state = self.tmux(&["display-message", "-p", "-t", "main", format]);
        assert_eq!(state.trim(), "0 0 1");
        self.shell("stty -a | grep -c -e ' icanon' -e ' echo ' | sed 's/^/modes /'");
        self.wait("modes 1");
    }

    /// The process that runs in the shell.
    fn child(&self) -> String {
        let shell = self.tmux(&["display-message", "-p", "-t", "main", "#{pane_pid}"]);
        let shell = shell.trim();
        let children = fs::read_to_string(format!("/proc/{shell}/task/{shell}/children")).unwrap();
        children.split_whitespace().last().unwrap().to_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The server is ours alone.
        self.tmux(&["kill-server"]);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

const CALLS: &str = "samples/answered-call.pcap samples/busy.pcap samples/challenge.pcap";

#[test]
fn calls_are_opened_filtered_compared_and_saved() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.siplens(CALLS);
    terminal.wait("rejected");

    // Filter.
    terminal.keys(&["F7"]);
    terminal.type_in("state == completed");
    terminal.until("the call that was refused to go", |screen| {
        screen.contains("completed") && !screen.contains("rejected ")
    });
    terminal.keys(&["Enter", "G", "Enter"]);

    // Ladder, with the message read back from the file.
    terminal.wait("INVITE sip:bob@");
    terminal.wait("407 Proxy Auth");
    terminal.keys(&["j", "j", "j", "d"]);
    terminal.wait("lines differ");
    terminal.wait("Proxy-Authorization");
    terminal.keys(&["Escape"]);
    terminal.until("the comparison to close", |screen| !screen.contains("lines differ"));

    // Save.
    let path = terminal.folder.join("flow.txt");
    terminal.keys(&["s"]);
    terminal.wait("Ladder, text");
    let menu = terminal.screen();
    let above = menu
        .lines()
        .skip_while(|line| !line.contains(" Save "))
        .skip(1)
        .take_while(|line| !line.contains("Ladder, text"))
        .count();
    terminal.keys(&vec!["j"; above]);
    terminal.keys(&["Enter"]);
    terminal.wait("Save as:");
    terminal.keys(&["C-u"]);
    terminal.type_in(path.to_str().unwrap());
    terminal.keys(&["Enter"]);
    terminal.wait("a ladder written to");
    let saved = fs::read_to_string(&path).unwrap();
    assert!(saved.contains("407 Proxy Authentication Required"), "{saved}");

    // The frames of the call, as a capture that says the same.
    let capture = terminal.folder.join("call.pcapng");
    terminal.keys(&["s"]);
    terminal.wait("Frames, pcapng");
    terminal.keys(&["Enter"]);
    terminal.wait("Save as:");
    terminal.keys(&["C-u"]);
    terminal.type_in(capture.to_str().unwrap());
    terminal.keys(&["Enter"]);
    terminal.wait("call.pcapng: ");
    let report = crate::program::output(&["analyze", "--json", capture.to_str().unwrap()]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["calls"].as_array().unwrap().len(), 1);
    assert_eq!(report["calls"][0]["challenges"], 1);

    // Not written over without a question.
    terminal.keys(&["s"]);
    terminal.wait("Ladder, text");
    terminal.keys(&vec!["j"; above]);
    terminal.keys(&["Enter", "C-u"]);
    terminal.type_in(path.to_str().unwrap());
    terminal.keys(&["Enter"]);
    terminal.wait("Replace it?");
    terminal.keys(&["n"]);
    terminal.wait("left as it was");

    // Back, and out.
    terminal.keys(&["q"]);
    terminal.wait("Findings");
    terminal.keys(&["q"]);
    terminal.wait("status 0");
    terminal.is_given_back();
}

#[test]
fn the_terminal_is_given_back_when_a_signal_ends_the_program() {
    let Some(terminal) = Terminal::open(80, 24) else { return };
    for (signal, status) in [("TERM", "status 143"), ("HUP", "status 129")] {
        terminal.siplens(CALLS);
        terminal.wait("rejected");
        let child = terminal.child();
        assert!(
            Command::new("kill").args([&format!("-{signal}"), &child]).status().unwrap().success()
        );
        terminal.wait(status);
        terminal.is_given_back();
        terminal.shell("clear");
    }
}

#[test]
fn the_program_ends_when_its_terminal_goes() {
    let Some(terminal) = Terminal::open(80, 24) else { return };
    terminal.siplens(CALLS);
    terminal.wait("rejected");
    let child = terminal.child();
    terminal.tmux(&["kill-server"]);
    let begun = Instant::now();
    // A process that has ended but is not waited for yet is there as a zombie.
    let lives = || {
        let state = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
        state
            .rsplit(')')
            .next()
            .is_some_and(|rest| !rest.trim().is_empty() && !rest.starts_with(" Z"))
    };
    while lives() {
        assert!(begun.elapsed() < PATIENCE, "{child} still runs without its terminal");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn the_program_stops_and_continues_as_the_shell_wants() {
    let Some(terminal) = Terminal::open(80, 24) else { return };
    terminal.siplens(CALLS);
    terminal.wait("rejected");
    terminal.keys(&["C-z"]);
    terminal.wait("topped");
    let format = "#{alternate_on} #{mouse_any_flag}";
    assert_eq!(terminal.tmux(&["display-message", "-p", "-t", "main", format]).trim(), "0 0");
    terminal.shell("fg");
    terminal.until("the calls to come back", |screen| {
        screen.contains("rejected") && screen.contains("F1 Help")
    });
    terminal.keys(&["Q"]);
    terminal.wait("ready>");
}

#[test]
fn the_screen_follows_the_size_of_the_terminal() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.siplens(CALLS);
    terminal.wait("rejected");
    terminal.tmux(&["resize-window", "-t", "main", "-x", "60", "-y", "15"]);
    terminal.until("the bar to be short", |screen| {
        screen.lines().next().is_some_and(|bar| !bar.contains("Registrations"))
            && screen.contains("F1 Help")
    });
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn without_a_file_the_captures_opened_last_are_offered() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.siplens("samples/busy.pcap");
    terminal.wait("rejected");
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
    terminal.shell("clear");
    terminal.siplens("");
    // The command line before names the capture too, but not as one to open.
    terminal.until("the capture to be offered", |screen| {
        let mut lines = screen.lines();
        lines.any(|line| line.contains("capture  ") && line.contains("samples/busy.pcap"))
    });
    terminal.keys(&["Enter"]);
    terminal.wait("rejected");
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn a_file_that_cannot_be_read_is_said_on_the_shell() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.siplens("Cargo.toml");
    let screen = terminal.wait("status 1");
    assert!(screen.contains("siplens: Cargo.toml"), "{screen}");
    terminal.is_given_back();
}

#[test]
fn calls_appear_while_a_file_grows() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let path = terminal.folder.join("grows.pcap");
    let whole = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/busy.pcap")).unwrap();
    // The header, and the first record.
    let length = u32::from_le_bytes(whole[32..36].try_into().unwrap());
    let first = 24 + 16 + usize::try_from(length).unwrap();
    fs::write(&path, &whole[..first]).unwrap();
    terminal.siplens(&format!("tui --follow {}", path.display()));
    terminal.wait("trying");
    fs::write(&path, &whole).unwrap();
    terminal.wait("rejected");
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn settings_are_read_and_a_fault_in_them_names_the_line() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    let folder = terminal.folder.join(".config/siplens");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("config.toml");
    let settings =
        "[calls]\ncolumns = [\"state\", \"call-id\"]\n[names]\n\"192.0.2.10\" = \"ALICES-PHONE\"\n";
    fs::write(&file, settings).unwrap();
    terminal.siplens("samples/busy.pcap");
    let screen = terminal.wait("rejected");
    assert!(screen.contains("Call-ID") && !screen.contains("Talk s"), "{screen}");
    terminal.keys(&["Enter"]);
    terminal.wait("ALICES-PHONE");
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
    fs::write(&file, "[calls]\ncolumns = [\"stat\"]\n").unwrap();
    terminal.siplens("samples/busy.pcap");
    let screen = terminal.wait("status 2");
    assert!(screen.contains("config.toml:2: stat: no column"), "{screen}");
}
