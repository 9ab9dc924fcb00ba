//! What keys do to the state of the terminal interface: state, keys, state.

use siplens::view::tui::app::{App, Overlay, Page};
use siplens::view::tui::column::Column;
use siplens::view::tui::effect::{Effect, Form};
use siplens::view::tui::theme::Theme;
use siplens::view::tui::{Action, Settings};

use crate::screen::Seen;

const SIZE: (u16, u16) = (100, 30);
const CALLS: &[&str] =
    &["samples/answered-call.pcap", "samples/busy.pcap", "samples/lossy-audio.pcap"];
const LOST_ACK: &[&str] = &["samples/lost-ack.pcap"];

fn calls(keys: &str) -> App {
    Seen::of(CALLS).play(SIZE, keys)
}

fn rows(app: &App) -> Vec<usize> {
    (0..app.calls.order.len()).filter_map(|at| app.calls.order.get(at)).collect()
}

#[test]
fn the_cursor_moves_as_in_vi_and_with_arrows() {
    for (keys, cursor) in
        [("", 0), ("j", 1), ("Down j j j", 2), ("G", 2), ("G k", 1), ("End Home", 0)]
    {
        assert_eq!(calls(keys).calls.list.cursor, cursor, "{keys}");
    }
}

#[test]
fn pages_are_reached_by_number_and_by_tab_and_left_by_escape() {
    for (keys, page) in [
        ("3", Page::Streams),
        ("Tab Tab", Page::Streams),
        ("BackTab", Page::Capture),
        ("4 Esc", Page::Calls),
        ("Enter", Page::Ladder),
        ("Enter q", Page::Calls),
        // Back to where one came from.
        ("4 Enter Esc", Page::Findings),
        ("3 x Esc Esc", Page::Calls),
    ] {
        assert_eq!(calls(keys).page, page, "{keys}");
    }
}

#[test]
fn q_leaves_at_the_calls_and_escape_does_not() {
    assert_eq!(calls("q").effects, [Effect::Quit]);
    assert_eq!(calls("3 Q").effects, [Effect::Quit]);
    assert!(calls("Esc").effects.is_empty());
    assert!(calls("3 q").effects.is_empty());
}

#[test]
fn calls_are_sorted_by_columns_and_what_is_not_known_comes_last() {
    let sorted = |keys: &str| {
        let app = calls(keys);
        (app.calls.query.sort.column, rows(&app))
    };
    assert_eq!(sorted(""), (Column::Number, vec![0, 1, 2]));
    assert_eq!(sorted("z"), (Column::Number, vec![2, 1, 0]));
    // The call that was refused has no MOS.
    let to_mos = "> > > > >";
    assert_eq!(sorted(to_mos), (Column::Mos, vec![2, 0, 1]));
    assert_eq!(sorted(&format!("{to_mos} z")), (Column::Mos, vec![0, 2, 1]));
    assert_eq!(sorted("<").0, Column::Messages);
}

#[test]
fn a_filter_works_while_it_is_typed() {
    let app = calls("F7 'state == rejected'");
    assert_eq!((rows(&app), app.calls.order.of), (vec![1], 3));
    // What is left unfinished changes nothing.
    let app = calls("F7 'state == rejected' Enter F7 ' and mos <'");
    assert_eq!(rows(&app), [1]);
    // Escape leaves it as it was.
    assert_eq!(rows(&calls("F7 'state == rejected' Esc")), [0, 1, 2]);
    assert_eq!(rows(&calls("F7 'state == rejected' Enter F7 Ctrl-u Enter")), [0, 1, 2]);
    // A line that is wrong is not taken.
    assert!(matches!(calls("F7 'stat == x' Enter").overlay, Some(Overlay::Prompt(_))));
}

#[test]
fn a_filter_is_completed() {
    let text = |keys| match calls(keys).overlay {
        Some(Overlay::Prompt(line)) => line.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(text("F7 'state == rej' Tab"), "state == rejected ");
    let first = text("F7 'state == c' Tab");
    let second = text("F7 'state == c' Tab Tab");
    assert_ne!(first, second);
    assert_eq!(first, text("F7 'state == c' Tab Tab Tab"), "there are completed and cancelled");
    // The line typed before comes back.
    assert_eq!(text("F7 'mos < 3' Enter F7 Ctrl-u Up"), "mos < 3");
}

#[test]
fn the_cursor_stays_on_its_call_when_the_order_changes() {
    let app = calls("G F7 'state == completed'");
    assert_eq!(rows(&app), [0, 2]);
    let app = calls("j z");
    assert_eq!((app.calls.list.cursor, app.calls.order.get(app.calls.list.cursor)), (1, Some(1)));
}

#[test]
fn searching_goes_round() {
    for (keys, cursor) in [
        ("/ 'rejected' Enter", 1),
        ("/ 'COMPLETED' Enter", 2),
        ("/ 'completed' Enter n", 0),
        ("/ 'completed' Enter N", 0),
        ("j / 'nothing at all' Enter", 1),
    ] {
        assert_eq!(calls(keys).calls.list.cursor, cursor, "{keys}");
    }
    assert!(calls("/ 'nothing at all' Enter").said.is_some());
}

#[test]
fn marks_and_tags_stay_with_their_calls() {
    let app = calls("Space Space u j Space m 'look' Enter z");
    assert_eq!((app.calls.marks.len(), app.calls.tags.len()), (1, 1));
    assert_eq!(app.calls.marks.keys().next(), app.calls.tags.keys().next());
    assert_eq!(calls("*").calls.marks.len(), 3);
    assert!(calls("m 'a' Enter m Ctrl-u Enter").calls.tags.is_empty());
}

#[test]
fn columns_are_chosen_and_moved() {
    let app = calls("t Space > Enter");
    // The number was switched off, and then moved down.
    assert_eq!(app.settings.columns.first(), Some(&Column::State));
    assert!(!app.settings.columns.contains(&Column::Number));
    assert_eq!(calls("t Space Esc").settings.columns, Column::DEFAULT);
    let all_off = format!("t {} Enter", "Space j ".repeat(Column::DEFAULT.len()));
    let app = calls(&all_off);
    assert_eq!(app.settings.columns, Column::DEFAULT);
    assert!(app.said.is_some());
}

#[test]
fn marked_calls_share_a_ladder() {
    let app = calls("Space Space Enter");
    assert_eq!(app.ladder.names, ["call-1", "call-2"]);
    let times: Vec<_> = app.ladder.flow.rows.iter().map(|row| &row.time).collect();
    assert!(times.is_sorted());
    assert_eq!(calls("Space Space x").ladder.names, ["call-3"], "x is of the one at the cursor");
}

#[test]
fn a_ladder_folds_and_unfolds_what_was_sent_again() {
    let seen = Seen::of(LOST_ACK);
    let folded = seen.play(SIZE, "Enter").ladder.flow;
    let unfolded = seen.play(SIZE, "Enter e").ladder.flow;
    let again: usize = folded.rows.iter().map(|row| row.repeated).sum();
    assert_eq!(unfolded.rows.len(), folded.rows.len() + again);
    assert!(again >= 3 && unfolded.rows.iter().filter(|row| row.again).count() == again);
}

#[test]
fn findings_are_marked_where_they_happened() {
    let app = Seen::of(LOST_ACK).play(SIZE, "Enter !");
    let row = app.ladder.row().unwrap();
    assert_eq!((row.severity(), row.text.starts_with("200")), (Some("fault"), true));
    let app = Seen::of(LOST_ACK).play(SIZE, "4 Enter");
    assert_eq!(app.page, Page::Ladder);
    assert!(!app.ladder.row().unwrap().findings.is_empty());
}

#[test]
fn a_request_and_its_responses_are_jumped_between() {
    let seen = Seen::of(&["samples/answered-call.pcap"]);
    let at = |keys: &str| seen.play(SIZE, keys).ladder.row().unwrap().text.clone();
    assert_eq!(at("Enter p"), "180 Ringing");
    assert_eq!(at("Enter p p"), "200 Answering");
    assert_eq!(at("Enter p p p"), "INVITE");
}

#[test]
fn messages_are_read_back_as_they_were_sent() {
    for sample in ["answered-call.pcap", "tcp-call.pcap", "fragmented-invite.pcap", "fork.pcap"] {
        let app = Seen::of(&[&format!("samples/{sample}")]).play(SIZE, "Enter");
        for row in app.ladder.flow.rows.iter().filter(|row| row.is_message()) {
            let bytes = app.ladder.bytes(row).unwrap().unwrap();
            let text = String::from_utf8_lossy(bytes);
            let start = text.strip_prefix("SIP/2.0 ").unwrap_or(&text);
            assert!(start.starts_with(&row.text), "{sample}: {} is not {start}", row.text);
            assert!(text.contains(&row.call_id));
        }
    }
}

#[test]
fn two_messages_are_compared() {
    let seen = Seen::of(&["samples/challenge.pcap"]);
    let app = seen.play(SIZE, "Enter j j j d");
    let (a, b) = app.ladder.diff.unwrap();
    let text = |row: usize| app.ladder.flow.rows[row].text.clone();
    assert_eq!((text(a), text(b)), ("INVITE".to_owned(), "INVITE".to_owned()));
    let screen = seen.screen(&seen.play((100, 60), "Enter j j j d"));
    assert!(screen.contains("+ Proxy-Authorization: Digest"), "{screen}");
    assert!(seen.play(SIZE, "Enter j j j d Esc").ladder.diff.is_none());
}

#[test]
fn hosts_are_hidden_moved_and_named() {
    let seen = Seen::of(&["samples/proxy-record-route.pcap"]);
    let hosts = |keys: &str| -> Vec<String> {
        let app = seen.play((160, 50), keys);
        app.ladder.flow.hosts.iter().map(|h| h.name.clone().unwrap_or(h.label.clone())).collect()
    };
    assert_eq!(hosts("Enter").len(), 3);
    assert_eq!(hosts("Enter H j Space Enter").len(), 2);
    assert_eq!(
        hosts("Enter H j < Enter"),
        [&*hosts("Enter")[1], &hosts("Enter")[0], &hosts("Enter")[2]]
    );
    assert_eq!(hosts("Enter H n 'SBC' Enter")[0], "SBC");
    // By address and port the proxy is the same, its ports are.
    assert!(hosts("Enter c").iter().all(|host| host.contains(':')));
    let app = seen.play((160, 50), "Enter H j Space Enter");
    assert!(app.ladder.flow.hidden > 0);
}

#[test]
fn an_rtp_arrow_leads_to_its_stream_and_back() {
    let seen = Seen::of(&["samples/lossy-audio.pcap"]);
    let app = seen.play(SIZE, "Enter j j j j j Enter");
    assert_eq!((app.page, app.streams.call.as_deref()), (Page::Streams, Some("call-1")));
    assert_eq!(app.streams.list.cursor, 1);
    assert_eq!(seen.play(SIZE, "Enter j j j j j Enter Esc").page, Page::Ladder);
    assert!(seen.play(SIZE, "3 c c").streams.call.is_none());
}

#[test]
fn saving_asks_for_the_form_and_the_name() {
    let app = calls("s j Enter Ctrl-u 'x.txt' Enter");
    let [Effect::Save(save)] = app.effects.as_slice() else { panic!("{:?}", app.effects) };
    assert_eq!((save.form, save.names.as_slice()), (Form::LadderText, &["call-1".to_owned()][..]));
    assert_eq!((save.path.to_str(), save.overwrite), (Some("x.txt"), false));
    let name = |keys| match calls(keys).overlay {
        Some(Overlay::Prompt(line)) => line.text,
        other => panic!("{other:?}"),
    };
    assert_eq!(name("s Enter"), "capture-call-1.pcapng");
    assert_eq!(name("* s Enter"), "capture-3-calls.pcapng");
    assert_eq!(name("s G Enter"), "capture.json");
}

#[test]
fn a_file_is_replaced_only_when_the_user_says_so() {
    let replaced = |key: char| {
        let mut app = calls("s Enter Enter");
        let Some(Effect::Save(save)) = app.take_effects().pop() else { panic!() };
        app.overlay = Some(Overlay::Replace(save));
        let seen = Seen::of(CALLS);
        seen.act_on(&mut app, Action::Type(key));
        app.take_effects()
    };
    assert!(matches!(replaced('y').as_slice(), [Effect::Save(save)] if save.overwrite));
    assert!(replaced('n').is_empty());
}

#[test]
fn copies_go_to_the_clipboard() {
    let copied = |keys| match calls(keys).effects.as_slice() {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(copied("y"), "d0899a9f0d1dce40");
    assert!(copied("Enter y").starts_with("INVITE sip:bob@198.51.100.20 SIP/2.0\r\n"));
    assert!(copied("3 y").contains("SSRC 0x"));
}

#[test]
fn the_mouse_chooses_and_opens() {
    // The second row, once and twice.
    assert_eq!(calls("click:10,3").calls.list.cursor, 1);
    assert_eq!(calls("click:10,3 click:10,3").page, Page::Ladder);
    // A page in the bar.
    assert_eq!(calls("click:22,0").page, Page::Streams);
    assert_eq!(calls("scroll:10,3,2").calls.list.cursor, 2);
    assert_eq!(calls("click:10,20").calls.list.cursor, 0);
}

#[test]
fn a_smaller_screen_keeps_the_cursor_in_sight() {
    let app = Seen::of(LOST_ACK).play(SIZE, "Enter e G size:60x15");
    let height = 15 - 3 - 2;
    assert!(app.ladder.list.cursor < app.ladder.list.top + height);
    assert!(app.ladder.list.cursor + 1 == app.ladder.flow.rows.len());
}

#[test]
fn themes_and_keys_can_be_set() {
    assert_eq!(calls("F8").settings.theme, Theme::Light);
    let mut settings = Settings::default();
    settings.keys.set("down", &["Ctrl-j"]).unwrap();
    let app = Seen::of(CALLS).play_with(settings.clone(), SIZE, "Ctrl-j j");
    assert_eq!(app.calls.list.cursor, 1, "j means nothing then");
}

/// Whatever keys come, on whatever page: nothing panics.
#[test]
fn any_keys_can_be_pressed() {
    const KEYS: &[&str] = &[
        "j",
        "k",
        "Enter",
        "Esc",
        "Tab",
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "8",
        "d",
        "p",
        "r",
        "e",
        "c",
        "H",
        "t",
        "Space",
        "G",
        "g",
        "PageDown",
        "Ctrl-d",
        "Left",
        "Right",
        "F7",
        "s",
        "x",
        "/",
        "n",
        "!",
        "o",
        "v",
        "[",
        "]",
        "+",
        "-",
        "*",
        "u",
        "z",
        ">",
        "<",
        "?",
        "m",
        "y",
        "Backspace",
        "'a'",
        "size:60x15",
        "size:3x2",
        "size:120x40",
    ];
    let seen = Seen::of(&["samples/lossy-audio.pcap", "samples/registration.pcap"]);
    let mut state: u64 = 1;
    for _ in 0..60 {
        let mut keys = Vec::new();
        for _ in 0..30 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            keys.push(KEYS[usize::try_from(state >> 33).unwrap() % KEYS.len()]);
        }
        let app = seen.play((80, 24), &keys.join(" "));
        let _ = seen.screen(&app);
    }
}
