//! What every page of the terminal interface looks like, at three sizes.
//!
//! `tests/golden/screens` holds a file for each page, with its screens one
//! after another. `UPDATE_EXPECT=1 cargo test golden` rewrites them.

use std::fs;
use std::path::Path;

use siplens::view::tui::app::{Offer, Page};

use crate::screen::Seen;

/// Columns and rows: the least that is of use, usual ones, many.
const SIZES: [(u16, u16); 3] = [(60, 15), (100, 30), (160, 50)];

const SEVERAL: &[&str] = &[
    "samples/answered-call.pcap",
    "samples/busy.pcap",
    "samples/lossy-audio.pcap",
    "samples/lost-ack.pcap",
    "samples/no-answer-cancel.pcap",
    "samples/one-way-audio.pcap",
    "samples/proxy-record-route.pcap",
    "samples/registration.pcap",
];

#[rustfmt::skip]
const PAGES: &[(&str, &[&str], &str)] = &[
    ("calls", SEVERAL, ""),
    ("calls-marked", SEVERAL, "Space j Space m 'later' Enter"),
    ("calls-sorted", SEVERAL, "> > > > > > z"),
    ("calls-filter", SEVERAL, "F7 'state == completed and mos < 4.2'"),
    ("calls-filter-wrong", SEVERAL, "F7 'stat == completed'"),
    ("calls-filter-nothing", SEVERAL, "F7 'state == redirected' Enter"),
    ("calls-columns", SEVERAL, "t"),
    ("calls-none", &["samples/registration.pcap"], ""),
    ("ladder", &["samples/proxy-record-route.pcap"], "Enter"),
    ("ladder-findings", &["samples/lost-ack.pcap"], "Enter !"),
    ("ladder-unfolded", &["samples/lost-ack.pcap"], "Enter e o D j j"),
    ("ladder-several", SEVERAL, "Space j Space Enter c o"),
    ("ladder-hosts", &["samples/proxy-record-route.pcap"], "Enter H j Space"),
    ("ladder-message", &["samples/tcp-call.pcap"], "Enter Enter"),
    ("ladder-raw", &["samples/answered-call.pcap"], "r r"),
    ("ladder-hex", &["samples/answered-call.pcap"], "r r r"),
    ("ladder-diff", &["samples/challenge.pcap"], "Enter j j j d"),
    ("ladder-rtp", &["samples/lossy-audio.pcap"], "Enter j j j"),
    ("ladder-none", &["samples/registration.pcap"], "2"),
    ("streams", &["samples/lossy-audio.pcap"], "3"),
    ("streams-alone", &["samples/lossy-audio.pcap"], "3 Enter"),
    ("findings", SEVERAL, "4"),
    ("registrations", &["samples/registration.pcap"], "5"),
    ("endpoints", SEVERAL, "6"),
    ("statistics", SEVERAL, "7"),
    ("capture", SEVERAL, "8"),
    ("help", SEVERAL, "?"),
    ("save", SEVERAL, "s"),
    ("save-name", SEVERAL, "s Enter"),
];

#[test]
fn golden_screens_of_every_page() {
    let mut kept = Kept::new();
    for (name, files, keys) in PAGES {
        let seen = Seen::of(files);
        let screens: String =
            SIZES.iter().map(|size| framed(*size, &seen.screen(&seen.play(*size, keys)))).collect();
        kept.compare(name, &screens);
    }
    kept.done();
}

#[test]
fn golden_screen_of_what_can_be_opened() {
    let nothing = Seen::of(&[]);
    let mut kept = Kept::new();
    let mut screens = String::new();
    for size in SIZES {
        let mut app = nothing.play(size, "");
        app.page = Page::Start;
        screens.push_str(&framed(size, &nothing.screen(&app)));
        app.offers = vec![
            Offer::File("/captures/monday.pcap".into()),
            Offer::Interface("eth0".to_owned(), "up".to_owned()),
        ];
        screens.push_str(&framed(size, &nothing.screen(&app)));
    }
    kept.compare("start", &screens);
    kept.done();
}

/// The interface keeps to any size, and to any key on any page.
#[test]
fn screens_of_any_size_can_be_drawn() {
    let seen = Seen::of(SEVERAL);
    for size in [(1, 1), (19, 4), (20, 5), (33, 9), (60, 15), (300, 100)] {
        for keys in ["", "Enter", "Enter Enter", "3", "4", "6", "7", "8", "?", "t", "s Enter", "F7"]
        {
            let app = seen.play(size, keys);
            assert_eq!(seen.screen(&app).lines().count(), usize::from(size.1));
        }
    }
}

/// Foreign text does not reach the terminal as it is.
#[test]
fn what_a_screen_shows_is_escaped_and_measured() {
    let scenario = "
        0.0 A>B INVITE";
    let scenario = crate::scenario::Scenario::parse(scenario);
    let seen = Seen::snapshot(crate::check::snapshot_of(&scenario), crate::check::options());
    let mut app = seen.play((100, 20), "");
    app.calls.tags.insert(String::new(), "\u{1b}[2J".to_owned());
    app.said = Some((siplens::view::tui::action::Tone::Bad, "\u{1b}]0;x\u{7}\u{4f60}".to_owned()));
    let screen = seen.screen(&app);
    assert!(!screen.contains(|c: char| c.is_control() && c != '\n'), "{screen}");
    assert!(screen.contains("\\u{1b}]0;x\\u{7}\u{4f60}"), "{screen}");
}

fn framed((width, height): (u16, u16), screen: &str) -> String {
    let edge = "-".repeat(usize::from(width));
    format!("{width} x {height}\n{edge}\n{screen}{edge}\n")
}

/// Screens that are kept, and which differ.
struct Kept {
    update: bool,
    differences: Vec<String>,
}

impl Kept {
    fn new() -> Self {
        let update = std::env::var_os("UPDATE_EXPECT").is_some();
        Self { update, differences: Vec::new() }
    }

    fn compare(&mut self, name: &str, screens: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/screens");
        let path = folder.join(format!("{name}.txt"));
        if self.update {
            fs::create_dir_all(&folder).unwrap();
            fs::write(path, screens).unwrap();
            return;
        }
        let kept = fs::read_to_string(path).unwrap_or_default();
        let pair = kept.lines().zip(screens.lines()).find(|(kept, drawn)| kept != drawn);
        if let Some((kept, drawn)) = pair {
            self.differences.push(format!("{name}\n    kept  {kept}\n    drawn {drawn}"));
        } else if kept != screens {
            self.differences.push(format!("{name}: not as many lines"));
        }
    }

    fn done(self) {
        assert!(
            self.differences.is_empty(),
            "UPDATE_EXPECT=1 rewrites tests/golden/screens where these are meant:\n{}",
            self.differences.join("\n")
        );
    }
}

#[test]
fn what_is_said_stands_until_the_next_key() {
    let seen = Seen::of(SEVERAL);
    let app = seen.play((100, 30), "y");
    assert!(seen.screen(&app).contains("copied the Call-ID"));
    let app = seen.play((100, 30), "y j");
    assert!(!seen.screen(&app).contains("copied"));
}

/// Captures by others, where they stand beside the checkout, can be looked at.
#[test]
fn screens_of_captures_by_others_can_be_drawn() {
    let corpus = std::env::var_os("SIPLENS_CORPUS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus"),
        std::path::PathBuf::from,
    );
    let Ok(folder) = fs::read_dir(&corpus) else {
        eprintln!("skipped: no corpus at {}", corpus.display());
        return;
    };
    for entry in folder.flatten() {
        let path = entry.path();
        let is_capture = path.extension().is_some_and(|e| e == "pcap" || e == "pcapng");
        let Some(file) = path.to_str().filter(|_| is_capture) else { continue };
        let Some(seen) = Seen::readable(file) else { continue };
        for keys in ["", "Enter j j d", "3 Enter", "4 Enter", "5 Enter", "6", "7", "8"] {
            let screen = seen.screen(&seen.play((100, 30), keys));
            assert!(!screen.contains(|c: char| c.is_control() && c != '\n'), "{file} {keys}");
        }
    }
}
