//! The text for a person: how much of it, and what it never lets through.

use crate::program::{output, run_with, siplens};
use crate::scenario::Scenario;

/// What the program prints of a scenario on standard input.
fn printed(arguments: &[&str], scenario: &str) -> String {
    let run = run_with(siplens(arguments), &Scenario::parse(scenario).pcap());
    assert_eq!((run.code, &*run.err), (0, ""), "{arguments:?}");
    run.out
}

/// Calls 1 to `count`, all busy.
fn busy_calls(count: usize) -> String {
    let call = |n: usize| {
        format!("{n} A>B INVITE call={n}\n{n}.1 B>A 486 call={n}\n{n}.2 A>B ACK call={n}\n")
    };
    (1..=count).map(call).collect()
}

#[test]
fn the_limit_bounds_every_table_and_says_what_it_left_out() {
    let text = printed(&["analyze", "--limit", "2", "-"], &busy_calls(5));
    assert_eq!(text.matches("rejected").count(), 2, "{text}");
    assert_eq!(text.matches("[sip.refused]").count(), 2, "{text}");
    let more = "… and 3 more; --limit 5 shows them all, --json has everything";
    assert_eq!(text.matches(more).count(), 2, "{text}");
    assert!(text.contains("Calls: 5  5 failed"), "{text}");
}

#[test]
fn nothing_is_left_out_silently_or_said_to_be() {
    let text = printed(&["analyze", "-"], &busy_calls(5));
    assert_eq!(text.matches("rejected").count(), 5, "{text}");
    assert!(!text.contains("more;"), "{text}");
    assert!(!text.ends_with("\n\n"), "an empty line at the end of\n{text}");
}

#[test]
fn a_capture_without_calls_says_so() {
    let text = printed(&["analyze", "-"], "0 A>C keepalive");
    assert!(text.contains("\nNo calls\n"), "{text}");
    assert_eq!(printed(&["ladder", "-"], "0 A>C keepalive"), "No calls.\n");
}

/// Names and a Call-ID that try to change the terminal and the writing's direction.
const HOSTILE: &str = r#"
    0   A>B INVITE call-id='x\e[31mred' from='"\e]0;owned\e\\ \r" <sip:al%1B%5B2Jice@example.com>' sdp(A:4000 PCMU)
    0.1 B>A 486 '\e[1;5mBusy' h('Reason: Q.850;text="\e[7m"')
    0.2 A>B ACK
    1   A>P REGISTER call=2 contact='<sip:a\e[5m@192.0.2.10>' from='<sip:\e[41m@example.com>'
    1.1 P>A 403 '\e[2J' call=2
    2   A>B OPTIONS call=3 to='"\u{202e}gpj.exe" <sip:bob@example.com>'
    2.1 B>A 200 '\u{202e}OK' call=3"#;

#[test]
fn hostile_text_does_not_reach_the_terminal() {
    for arguments in
        [&["analyze", "-"][..], &["ladder", "--all", "-"], &["ladder", "--all", "--ascii", "-"]]
    {
        let text = printed(arguments, HOSTILE);
        let raw = |c: char| c != '\n' && c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!text.contains(raw), "{arguments:?}: {text:?}");
        assert!(text.contains(r"\u{1b}"), "{arguments:?}: {text}");
    }
}

#[test]
fn hostile_text_does_not_reach_the_terminal_in_colour() {
    let plain = |text: &str| {
        // Our own colours are ESC [ digits m and nothing else.
        let mut rest = text;
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            kept.push_str(before);
            rest = after.split_once('m').map_or(after, |(colour, after)| {
                assert!(colour.chars().all(|c| c.is_ascii_digit() || c == ';'), "{colour:?}");
                after
            });
        }
        kept + rest
    };
    let coloured = printed(&["analyze", "--color", "always", "-"], HOSTILE);
    assert_eq!(plain(&coloured), printed(&["analyze", "--color", "never", "-"], HOSTILE));
}

#[test]
fn json_keeps_hostile_text_as_it_was_sent() {
    let json = printed(&["analyze", "--json", "-"], HOSTILE);
    assert!(!json.contains('\u{1b}'), "JSON escapes control characters");
    let report: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(report["calls"][0]["legs"][0]["call_id"], "x\u{1b}[31mred");
}

#[test]
fn a_file_name_is_escaped_too() {
    let run = crate::program::run(&["analyze", "no\u{1b}[2Jsuch.pcap"]);
    assert_eq!(run.code, 1);
    assert!(!run.err.contains('\u{1b}') && run.err.contains("such.pcap"), "{:?}", run.err);
}

#[test]
fn colours_are_for_terminals_or_for_who_asks() {
    let sample = "samples/busy.pcap";
    let coloured = |text: &str| text.contains('\u{1b}');
    assert!(!coloured(&output(&["analyze", sample])));
    assert!(coloured(&output(&["analyze", "--color", "always", sample])));
    assert!(!coloured(&output(&["analyze", "--color", "never", sample])));
    assert!(coloured(&output(&["ladder", "--color", "always", sample])));
    for (variable, value, expected) in [("NO_COLOR", "1", false), ("CLICOLOR_FORCE", "1", true)] {
        let mut command = siplens(&["analyze", sample]);
        command.env(variable, value);
        assert_eq!(coloured(&run_with(command, &[]).out), expected, "{variable}");
    }
    let mut command = siplens(&["analyze", "--color", "always", sample]);
    command.env("NO_COLOR", "1");
    assert!(coloured(&run_with(command, &[]).out), "what is asked for on the line counts");
}
