//! Expressions over the rows of a report.

use proptest::prelude::*;
use siplens::query::ast::{At, Comparison, Expression, Name, Word};
use siplens::query::calls::Calls;
use siplens::query::streams::{Stream, Streams};
use siplens::query::{Columns, Filter, Order, Table};
use siplens::report::{CallFacts, Context, build};

use crate::check::{options, snapshot_of};
use crate::scenario::Scenario;

/// Three calls: one answered that loses audio, one busy, one that nobody answers.
const CALLS: &str = "
    0    A>B INVITE from=<sip:+4930123@example.com> to=<sip:bob@example.com> sdp(A:4000 PCMU)
    0.2  B>A 180
    2    B>A 200 sdp(B:5000 PCMU)
    2.1  A>B ACK
    2.2  A>B rtp 100 lose 10..29
    2.2  B>A rtp 100
    9    B>A BYE
    9.1  A>B 200
    20   A>B INVITE call=2 from=<sip:carol@example.com>
    20.1 B>A 486 call=2
    20.2 A>B ACK call=2
    30   A>C INVITE call=3 from=<sip:carol@example.com>
    30.5 A>C INVITE call=3 again";

/// The numbers of the calls of [`CALLS`] that an expression means.
#[track_caller]
fn calls(expression: &str) -> Vec<usize> {
    let (snapshot, options) = (snapshot_of(&Scenario::parse(CALLS)), options());
    let context = Context::new(&snapshot, &options);
    let filter: Filter<Calls> = expression.parse().unwrap_or_else(|error| panic!("{error}"));
    let means = |place: &usize| filter.matches(&CallFacts::at(&context, *place).unwrap());
    (0..context.calls().len()).filter(means).map(|place| place + 1).collect()
}

/// What is said of an expression that is none.
fn error(expression: &str) -> String {
    Filter::<Calls>::parse(expression).unwrap_err().to_string()
}

#[test]
fn calls_are_found_by_what_they_are() {
    for (expression, expected) in [
        ("state == rejected", &[2][..]),
        ("outcome == failed or outcome == in_progress", &[2, 3]),
        ("not state == completed", &[2, 3]),
        ("state != completed and from == carol", &[2, 3]),
        (r#"from ~ "^\+49""#, &[1]),
        ("from ~ ^\\+49", &[1]),
        ("from !~ '^\\+49'", &[2, 3]),
        ("user contains aro", &[2, 3]),
        ("status in (400..499, 600)", &[2]),
        ("status not in (486)", &[1]),
        ("callee_ip in 198.51.100.0/24", &[1, 2]),
        ("ip == 192.0.2.10", &[1, 2, 3]),
        ("caller == 192.0.2.10:5060 && callee == :5060", &[1, 2, 3]),
        ("caller == :5061", &[]),
        ("codec == pcmu", &[1]),
        ("codec != PCMU", &[]),
        ("methods == bye", &[1]),
        ("pdd < 200.5", &[1]),
        ("pdd <= 0.2s and pdd >= 200ms", &[1]),
        ("setup == 2s", &[1]),
        ("duration in (5s..10s)", &[1]),
        ("loss > 9% and loss < 21", &[1]),
        ("mos < 3.6", &[1]),
        ("finding == sip.refused", &[2]),
        ("start >= 2026-01-01T00:00:20Z", &[2, 3]),
        ("start == 2026-01-01", &[1, 2, 3]),
        ("start > 2026-01-01", &[]),
        ("start in (00:00:00..00:00:20)", &[1, 2]),
        ("retransmissions > 0", &[3]),
        ("frame == 1", &[1]),
        ("call in (1, 3)", &[1, 3]),
        ("(call == 1 or call == 2) and not call == 1", &[2]),
        ("call == 1 or call == 2 and call == 3", &[1]),
        ("call-id ~ \"^call-2@\"", &[2]),
        ("began_before", &[]),
        ("!began_before && call<2", &[1]),
        ("transport == UDP", &[1, 2, 3]),
    ] {
        assert_eq!(calls(expression), expected, "{expression}");
    }
}

#[test]
fn what_is_not_known_is_neither_less_nor_more() {
    assert_eq!(calls("mos < 6"), [1]);
    assert_eq!(calls("not mos < 6"), [0; 0], "nor is its opposite true");
    assert_eq!(calls("mos != 1"), [1]);
    assert_eq!(calls("mos == null"), [2, 3]);
    assert_eq!(calls("mos != null"), [1]);
    assert_eq!(calls("exists mos"), [1]);
    assert_eq!(calls("not exists mos"), [2, 3]);
    assert_eq!(calls("codec == null"), [2, 3], "none of several is not known");
    assert_eq!(calls("mos < 6 or state == rejected"), [1, 2]);
    assert_eq!(calls("reason == \"null\""), [0; 0], "in quotes it is a text");
}

#[test]
fn severities_have_an_order() {
    let at_least = |severity| calls(&format!("severity >= {severity}"));
    assert!(at_least("fault").len() <= at_least("warning").len());
    assert!(at_least("warning").len() <= at_least("note").len());
    assert_eq!(at_least("note"), calls("exists severity"));
}

#[test]
fn streams_have_fields_of_their_own() {
    let (snapshot, options) = (snapshot_of(&Scenario::parse(CALLS)), options());
    let context = Context::new(&snapshot, &options);
    let report = build(&context);
    let count = |expression: &str| {
        let filter: Filter<Streams> = expression.parse().unwrap();
        report.streams.iter().filter(|row| filter.matches(&Stream { row, of: &context })).count()
    };
    assert_eq!(count("call == 1 and codec == PCMU"), 2);
    assert_eq!(count("lost in (19..20) and loss >= 19% and src in 192.0.2.0/24"), 1);
    assert_eq!(count("hears == caller and lost == 0"), 1);
}

#[test]
fn errors_point_at_the_place_and_help() {
    assert_eq!(
        error("state == failed and stat == x"),
        "calls have no `stat`
  state == failed and stat == x
                      ^^^^
  did you mean state? siplens where calls lists all"
    );
    assert_eq!(
        error("state == faild"),
        "state is never `faild`
  state == faild
           ^^^^^
  did you mean failed? state is one of trying, ringing, answered, completed, cancelled, rejected, failed, timed_out, redirected"
    );
    assert_eq!(
        error("mos < 3.5 and"),
        "expected the name of a field, found the end
  mos < 3.5 and
               ^"
    );
    for (expression, part) in [
        ("", "nothing is asked for"),
        ("mos", "mos alone says nothing"),
        ("mos <", "expected a value, found the end"),
        ("mos < abc", "`abc` is no number"),
        ("pdd > 3 parsecs", "expected and, or, or the end, found `parsecs`"),
        ("pdd > 3%", "`3%` is no number"),
        ("(mos < 3", "expected and, or, or ), found the end"),
        ("mos < 3)", "expected and, or, or the end, found `)`"),
        ("state in (failed", "expected , or ), found the end"),
        ("from ~ \"[\"", "no regular expression"),
        ("from == \"abc", "expected \" at the end of the text"),
        ("mos ~ 3", "mos is no text"),
        ("from < 3", "from is neither less nor more"),
        ("mos < null", "nothing is less"),
        ("mos in (null)", "null is in nothing"),
        ("status in (5..3)", "a range from the greater to the less"),
        ("ip == 10.0.0.0/33", "`10.0.0.0/33` is no address"),
        ("start > noon", "`noon` is no moment"),
        ("mos <> 3", "expected a value, found `>`"),
        ("from ~ (a)", "expected a value, found `(`"),
        ("and", "expected the name of a field"),
        ("state == failed state == failed", "expected and, or, or the end, found `state`"),
    ] {
        let said = error(expression);
        assert!(said.contains(part), "{expression}: {said}");
    }
}

#[test]
fn expressions_that_would_cost_much_are_refused() {
    let nested = format!("{}mos > 1{}", "(".repeat(500), ")".repeat(500));
    assert!(error(&nested).contains("nests less deeply"));
    assert!(error(&"not ".repeat(10_000)).contains("nests less deeply"));
    assert!(error(&"a".repeat(100_000)).contains("more than"));
    assert!(error("from ~ 'a{1000}{1000}{1000}'").contains("too large"));
    let many = vec!["mos > 1"; 5_000].join(" and ");
    assert_eq!(calls(&many), [1]);
}

#[test]
fn every_field_has_a_name_of_its_own() {
    fn check<T: Table>() {
        for (place, field) in T::FIELDS.iter().enumerate() {
            for name in field.names().map(str::to_owned).chain([field.key().into_owned()]) {
                let found = T::field(&name).map(|(place, _)| place);
                assert_eq!(found, Some(place), "{} of {}", name, T::NAME);
            }
        }
    }
    check::<Calls>();
    check::<Streams>();
    check::<siplens::query::registrations::Registrations>();
    check::<siplens::query::dialogs::Dialogs>();
    check::<siplens::query::findings::Findings>();
}

#[test]
fn columns_and_order_are_read_by_name() {
    let names = |text: &str| {
        let columns = Columns::<Calls>::parse(text).unwrap();
        columns.fields().map(|field| field.name).collect::<Vec<_>>()
    };
    assert_eq!(names("mos, Call-ID,pdd_ms"), ["mos", "call_id", "pdd"]);
    assert_eq!(names("+dtmf").last(), Some(&"dtmf"));
    assert!(names("+dtmf").len() > 5 && names("all").len() == Calls::FIELDS.len());
    let said = Columns::<Calls>::parse("mos,frm").unwrap_err().to_string();
    assert_eq!(said, "calls have no `frm`\n  mos,frm\n      ^^^\n  did you mean from?");
    assert!(Order::<Calls>::parse("-mos,start").is_ok());
    assert!(Order::<Calls>::parse("-").is_err());
}

fn word() -> impl Strategy<Value = Word> {
    let text = |text: String, quoted| Word { text, quoted, at: At::default() };
    prop_oneof![
        "[a-z0-9:/.*+@#%-]{1,8}".prop_map(move |word| text(word, false)),
        // A backslash always before what it escapes, and never before a quote.
        "(\\\\[a-z.+]|\\\\\\\\|[a-z \"'()=é你,]){0,8}".prop_map(move |word| text(word, true)),
    ]
}

fn name() -> impl Strategy<Value = Name> {
    let names = prop_oneof![
        Just("mos".to_owned()),
        Just("call-id".to_owned()),
        Just("caller.ip".to_owned()),
        "x[a-z0-9_.-]{0,6}"
    ];
    names.prop_map(|text| Name { text, at: At::default() })
}

fn expression() -> impl Strategy<Value = Expression> {
    let comparison = prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessOrEqual,
        Comparison::Greater,
        Comparison::GreaterOrEqual,
        Comparison::Matches,
        Comparison::MatchesNot,
        Comparison::Contains,
    ]);
    let leaf = prop_oneof![
        name().prop_map(Expression::Exists),
        name().prop_map(Expression::Is),
        (name(), comparison, word()).prop_map(|(name, c, word)| Expression::Compare(name, c, word)),
        (name(), prop::collection::vec(word(), 1..4))
            .prop_map(|(name, words)| Expression::In(name, words)),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            inner.prop_map(|part| Expression::Not(Box::new(part))),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_the_same(expression in expression()) {
        let text = expression.to_string();
        let read = Expression::parse(&text).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(&read, &expression, "{}", text);
        prop_assert_eq!(read.to_string(), text);
    }

    #[test]
    fn any_text_is_an_expression_or_has_an_error_in_it(text in "\\PC{0,40}") {
        check(&text)?;
    }

    #[test]
    fn nearly_an_expression_is_one_or_has_an_error_in_it(
        words in prop::collection::vec(prop::sample::select(vec![
            "mos", "state", "start", "ip", "encrypted", "==", "!=", "<", ">=", "~", "in", "not", "and", "or",
            "(", ")", ",", "null", "3.5", "200ms", "\"", "'", "failed", "10.0.0.0/8", "!", "&&", "exists",
            "contains", "08:00", "1..2", "\\", "é", "\u{0}", "\n",
        ]), 0..12),
        blank in prop::sample::select(vec!["", " "]),
    ) {
        check(&words.join(blank))?;
    }
}

/// What holds of every text: errors are within it and can be shown, and what
/// is an expression says the same when it is printed.
fn check(text: &str) -> Result<(), TestCaseError> {
    siplens::query::complete::complete::<Calls>(text);
    match Filter::<Calls>::parse(text) {
        Ok(filter) => {
            let printed = filter.to_string();
            let again = Filter::<Calls>::parse(&printed)
                .map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert_eq!(again.expression(), filter.expression());
        }
        Err(error) => {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
            prop_assert!(!error.message.is_empty() && error.to_string().contains('^'));
        }
    }
    Ok(())
}

/// What filters read of a call, fact by fact, is what its row says.
#[test]
#[cfg(feature = "tui")]
#[allow(clippy::too_many_lines, reason = "a line for each fact")]
fn facts_of_calls_are_those_of_their_rows() {
    use serde_json::{Value, json};
    let mut calls = 0;
    for name in crate::golden::samples() {
        let seen = crate::screen::Seen::of(&[&name]);
        seen.look(|look| {
            for (place, row) in look.report.calls.iter().enumerate() {
                let facts = CallFacts::at(look.context, place).unwrap();
                let row = serde_json::to_value(&row).unwrap();
                let list = |path: &str, key: &str| -> Vec<Value> {
                    let rows = row[path].as_array().unwrap().iter();
                    rows.map(|row| row[key].clone()).filter(|value| !value.is_null()).collect()
                };
                let streams: Vec<_> = row["streams"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|name| look.context.stream(name.as_str().unwrap()).unwrap())
                    .collect();
                let most = |figure: fn(&siplens::report::stream::StreamRow) -> Option<f64>| {
                    streams.iter().filter_map(figure).max_by(f64::total_cmp)
                };
                let party = |party: siplens::report::facts::PartyFacts<'_>| {
                    json!({
                        "uri": party.uri(), "user": party.user(),
                        "display_name": party.display_name(), "address": party.address(),
                        "user_agent": party.user_agent(),
                    })
                };
                for (what, fact, expected) in [
                    ("name", json!(facts.name()), row["id"].clone()),
                    ("state", json!(facts.state()), row["state"].clone()),
                    ("caller", party(facts.caller()), row["caller"].clone()),
                    ("callee", party(facts.callee()), row["callee"].clone()),
                    (
                        "legs",
                        json!(facts.call_ids().collect::<Vec<_>>()),
                        json!(list("legs", "call_id")),
                    ),
                    ("start", json!(facts.start_time()), row["start_time"].clone()),
                    ("ringing", json!(facts.ringing_time()), row["ringing_time"].clone()),
                    ("answer", json!(facts.answer_time()), row["answer_time"].clone()),
                    ("end", json!(facts.end_time()), row["end_time"].clone()),
                    ("pdd", json!(facts.post_dial_delay_ms()), row["post_dial_delay_ms"].clone()),
                    ("setup", json!(facts.setup_ms()), row["setup_ms"].clone()),
                    ("ring", json!(facts.ring_ms()), row["ring_ms"].clone()),
                    ("duration", json!(facts.duration_s()), row["duration_s"].clone()),
                    ("disconnect", json!(facts.disconnect_ms()), row["disconnect_ms"].clone()),
                    (
                        "status",
                        json!(facts.final_status().map(|s| s.0)),
                        row["final_status"]["code"].clone(),
                    ),
                    (
                        "reason",
                        json!(facts.final_status().map(|s| s.1)),
                        row["final_status"]["reason"].clone(),
                    ),
                    ("released", json!(facts.released_by()), row["released_by"].clone()),
                    ("cause", json!(facts.cause()), row["release_cause"]["cause"].clone()),
                    ("challenges", json!(facts.challenges()), row["challenges"].clone()),
                    (
                        "began",
                        json!(facts.began_before_capture()),
                        row["began_before_capture"].clone(),
                    ),
                    (
                        "messages",
                        json!(facts.message_count()),
                        json!(list("messages", "frame").len()),
                    ),
                    (
                        "frames",
                        json!(facts.frames().collect::<Vec<_>>()),
                        json!(list("messages", "frame")),
                    ),
                    (
                        "methods",
                        json!(facts.methods().collect::<Vec<_>>()),
                        json!(list("messages", "method")),
                    ),
                    (
                        "transports",
                        json!(facts.transports().collect::<Vec<_>>()),
                        json!(list("messages", "transport")),
                    ),
                    (
                        "again",
                        json!(facts.retransmissions()),
                        json!(list("messages", "retransmission_of").len()),
                    ),
                    ("mos", json!(facts.mos()), row["mos"].clone()),
                    ("dtmf", json!(facts.dtmf()), row["dtmf"].clone()),
                    (
                        "loss",
                        json!(facts.greatest_loss_percent()),
                        json!(most(|row| row.lost_percent)),
                    ),
                    (
                        "jitter",
                        json!(facts.greatest_mean_jitter_ms()),
                        json!(most(|row| row.jitter_ms.mean)),
                    ),
                    (
                        "jitter max",
                        json!(facts.greatest_jitter_ms()),
                        json!(most(|row| row.jitter_ms.max)),
                    ),
                    (
                        "packets",
                        json!(facts.packets()),
                        json!(streams.iter().map(|row| row.packets).sum::<u64>()),
                    ),
                    ("streams", json!(facts.stream_count()), json!(streams.len())),
                    (
                        "findings",
                        json!(facts.finding_codes().count()),
                        json!(row["findings"].as_array().unwrap().len()),
                    ),
                ] {
                    assert_eq!(fact, expected, "{name}, call {place}: {what}");
                }
                calls += 1;
            }
        });
    }
    assert!(calls > 20, "{calls} calls");
}
