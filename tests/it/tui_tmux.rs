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
pub(crate) struct Terminal {
    socket: String,
    folder: PathBuf,
}

impl Terminal {
    /// A terminal of that size, if there is tmux.
    #[allow(clippy::print_stderr)]
    pub(crate) fn open(columns: u16, rows: u16) -> Option<Self> {
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
    pub(crate) fn shell(&self, command: &str) {
        self.tmux(&["send-keys", "-t", "main", "-l", command]);
        self.keys(&["Enter"]);
    }

    /// Runs the program in the shell.
    fn siplens(&self, arguments: &str) {
        let program = env!("CARGO_BIN_EXE_siplens");
        self.shell(&format!("{program} {arguments}; echo status $?"));
    }

    pub(crate) fn keys(&self, keys: &[&str]) {
        let mut words = vec!["send-keys", "-t", "main"];
        words.extend(keys);
        self.tmux(&words);
    }

    pub(crate) fn type_in(&self, text: &str) {
        self.tmux(&["send-keys", "-t", "main", "-l", text]);
    }

    /// Saves what is chosen: an entry of the menu, into a file.
    #[track_caller]
    fn save(&self, entry: &str, path: &Path) {
        self.keys(&["s"]);
        let menu = self.until(&format!("the menu to have {entry:?}"), |screen| {
            screen.contains(" Save ") && screen.contains(entry)
        });
        let entries = menu.lines().skip_while(|line| !line.contains("\u{2500} Save ")).skip(1);
        let above = entries.take_while(|line| !line.contains(&format!("{entry} "))).count();
        self.keys(&vec!["j"; above]);
        self.keys(&["Enter"]);
        self.wait("Save as:");
        self.keys(&["C-u"]);
        self.type_in(path.to_str().unwrap());
        self.keys(&["Enter"]);
    }

    fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-t", "main"])
    }

    /// Waits until the screen shows a text. What stands below it may not be drawn
    /// yet: who looks at more than the text waits [`until`](Self::until) all is there.
    #[track_caller]
    pub(crate) fn wait(&self, text: &str) -> String {
        self.until(&format!("{text:?} to appear"), |screen| screen.contains(text))
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, fits: impl Fn(&str) -> bool) -> String {
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
    pub(crate) fn is_given_back(&self) {
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
    terminal.save("Ladder, text", &path);
    terminal.wait("a ladder written to");
    let saved = fs::read_to_string(&path).unwrap();
    assert!(saved.contains("407 Proxy Authentication Required"), "{saved}");

    // Not written over without a question.
    terminal.save("Ladder, text", &path);
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
    let screen = terminal.until("the call and the bar below it", |screen| {
        screen.contains("rejected") && screen.contains("F1 Help")
    });
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

/// Everything that the menu offers, each looked into.
#[test]
fn every_form_is_saved() {
    let Some(terminal) = Terminal::open(100, 40) else { return };
    terminal.siplens("samples/answered-call.pcap samples/busy.pcap");
    terminal.wait("rejected");
    let file = |name: &str| terminal.folder.join(name);
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    let save = |entry: &str, name: &str, said: &str| {
        let path = file(name);
        terminal.save(entry, &path);
        terminal.until(&format!("{said:?} of {name}"), |screen| {
            let last = screen.lines().rev().nth(1).unwrap_or_default();
            last.contains(said) && last.contains(name)
        });
        path
    };

    // Of the call that the cursor is on.
    let report = |path: &Path| -> serde_json::Value {
        let report = crate::program::output(&["analyze", "--json", path.to_str().unwrap()]);
        serde_json::from_str(&report).unwrap()
    };
    for (entry, name) in [("Frames, pcapng", "one.pcapng"), ("Frames, pcap", "one.pcap")] {
        let capture = report(&save(entry, name, name));
        assert_eq!(capture["calls"].as_array().unwrap().len(), 1, "{name}");
        assert_eq!(capture["calls"][0]["state"], "completed", "{name}");
    }
    let picture = text(&save("Ladder, SVG picture", "one.svg", "a ladder written to"));
    assert!(picture.contains("<svg") && picture.contains("INVITE"), "{picture}");
    let mermaid = text(&save("Ladder, Mermaid", "one.mmd", "a ladder written to"));
    assert!(mermaid.starts_with("sequenceDiagram") && mermaid.contains("INVITE"), "{mermaid}");
    let page = text(&save("Report, HTML page", "one.html", "the page written to"));
    assert!(page.starts_with("<!doctype html>") && page.contains("Content-Security-Policy"));
    assert!(page.contains("CSeq:"), "the texts of messages are read back");
    assert!(!page.contains("486"), "only the call that was chosen");
    let json = save("Report, JSON", "one.json", "the report written to");
    let json: serde_json::Value = serde_json::from_str(&text(&json)).unwrap();
    assert_eq!(json["calls"].as_array().unwrap().len(), 1);
    let sound = fs::read(save("Audio, WAV", "one.wav", "of audio at 8000 Hz")).unwrap();
    assert!(sound.starts_with(b"RIFF") && sound.len() > 8_000, "{} bytes", sound.len());

    // Of everything.
    let page = save("Report of the whole capture, HTML page", "all.html", "the page written to");
    assert!(text(&page).contains("486"));
    let json = save("Report of the whole capture, JSON", "all.json", "the report written to");
    let json: serde_json::Value = serde_json::from_str(&text(&json)).unwrap();
    assert_eq!(json["calls"].as_array().unwrap().len(), 2);

    // Of marked calls, and what a file cannot hold.
    terminal.keys(&["*"]);
    let page = save("Report, HTML page", "both.html", "the page written to");
    assert!(text(&page).contains("486"));
    let ladders = text(&save("Ladder, text", "both.txt", "2 ladders written to"));
    assert!(ladders.contains("486 Busy"), "{ladders}");
    terminal.save("Ladder, SVG picture", &file("both.svg"));
    terminal.wait("a file holds one ladder, and 2 are chosen");
    assert!(!file("both.svg").exists());
    // A capture is not written over.
    let capture = file("precious.pcap");
    fs::copy("samples/busy.pcap", &capture).unwrap();
    terminal.save("Report, JSON", &capture);
    terminal.wait("Replace it?");
    terminal.keys(&["y"]);
    terminal.wait("is not written over");
    assert_eq!(fs::read(&capture).unwrap(), fs::read("samples/busy.pcap").unwrap());
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn what_is_copied_is_in_the_terminal_s_clipboard() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.tmux(&["set-option", "-g", "set-clipboard", "on"]);
    terminal.siplens("samples/busy.pcap");
    terminal.wait("rejected");
    terminal.keys(&["y"]);
    terminal.wait("copied the Call-ID");
    let report = crate::program::output(&["analyze", "--json", "samples/busy.pcap"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let call_id = report["calls"][0]["legs"][0]["call_id"].as_str().unwrap();
    let begun = Instant::now();
    while terminal.tmux(&["show-buffer"]).trim() != call_id {
        assert!(begun.elapsed() < PATIENCE, "{:?} is copied", terminal.tmux(&["show-buffer"]));
        std::thread::sleep(Duration::from_millis(50));
    }
    terminal.keys(&["Enter"]);
    terminal.wait("CSeq: ");
    terminal.keys(&["y"]);
    terminal.wait("copied the message");
    terminal.until("the message to be copied", |_| {
        let copied = terminal.tmux(&["show-buffer"]);
        copied.starts_with("INVITE sip:") && copied.contains("CSeq:")
    });
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn without_colours_no_colour_is_used() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    // ESC [ 3 and 4 begin colours of text and ground, 9 and 10 bright ones; 38 and 48 are of a table.
    let coloured = |screen: &str| {
        screen.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m')).any(|(codes, _)| {
            codes
                .split(';')
                .filter_map(|code| code.parse::<u16>().ok())
                .any(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107))
        })
    };
    let screen = || terminal.tmux(&["capture-pane", "-p", "-e", "-t", "main"]);
    terminal.siplens("samples/busy.pcap");
    terminal.wait("rejected");
    assert!(coloured(&screen()));
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
    terminal.shell("clear; export NO_COLOR=1");
    terminal.siplens("samples/busy.pcap");
    terminal.wait("F1 Help");
    terminal.wait("rejected");
    for page in ["1", "Enter", "3", "4", "6", "7", "8"] {
        terminal.keys(&[page]);
        std::thread::sleep(Duration::from_millis(200));
        let screen = screen();
        assert!(!coloured(&screen), "page {page}: {screen:?}");
    }
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn the_mouse_chooses_and_opens_and_its_wheel_turns_pages() {
    let Some(terminal) = Terminal::open(100, 30) else { return };
    terminal.siplens(CALLS);
    terminal.wait("rejected");
    // As a terminal sends it (SGR): button; column, row; pressed and released.
    let press = |column: u16, row: u16| {
        terminal.type_in(&format!("\u{1b}[<0;{column};{row}M\u{1b}[<0;{column};{row}m"));
    };
    let rejected = terminal.screen().lines().position(|line| line.contains("rejected")).unwrap();
    let row = u16::try_from(rejected).unwrap() + 1;
    press(20, row);
    press(20, row);
    terminal.wait("486 Busy");
    // The bar: the page of findings.
    let bar = terminal.screen().lines().next().unwrap().to_owned();
    let column = u16::try_from(bar.find("4 Findings").unwrap()).unwrap() + 3;
    press(column, 1);
    terminal.wait("Severity");
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}

#[test]
fn a_call_of_several_legs_is_one_ladder() {
    let Some(terminal) = Terminal::open(140, 40) else { return };
    terminal.siplens("samples/b2bua.pcap");
    terminal.wait("completed");
    terminal.keys(&["Enter"]);
    terminal.until("the hosts and the INVITE of both legs", |screen| {
        let hosts = screen.lines().nth(2).unwrap_or_default();
        let addresses = hosts.split_whitespace().filter(|word| word.contains('.')).count();
        addresses >= 3 && screen.matches("INVITE \u{2500}").count() >= 2
    });
    terminal.keys(&["Q"]);
    terminal.wait("status 0");
}
