//! The language of `--where`, `--columns` and `--sort`, over the rows of a call.

use std::io::{Cursor, Read};
use std::sync::OnceLock;

use siplens::engine::{Engine, Snapshot};
use siplens::query::calls::Calls;
use siplens::query::complete::complete;
use siplens::query::dialogs::Dialogs;
use siplens::query::endpoints::Endpoints;
use siplens::query::filter::Truth;
use siplens::query::findings::Findings;
use siplens::query::registrations::Registrations;
use siplens::query::streams::Streams;
use siplens::query::{Columns, Error, Filter, Order, Table};
use siplens::report::{CallFacts, Context, Options};
use siplens::source::{FileSource, Source, Step};

/// Longest expression: what is typed is short, and regular expressions are slow to compile.
const LONGEST: usize = 2_000;

/// A call with loss, to ask.
fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| {
        let bytes: &[u8] = include_bytes!("../../../samples/lossy-audio.pcap");
        let input = Cursor::new(bytes).take(16 << 20);
        let mut source = FileSource::from_reader("-", Box::new(input), 0).expect("a sample");
        let mut engine = Engine::default();
        while let Ok(Step::Frame(frame)) = source.next_frame() {
            engine.handle_frame(&frame);
        }
        engine.finish()
    })
}

/// What its rows are made from.
fn context() -> &'static Context<'static> {
    static OPTIONS: OnceLock<Options> = OnceLock::new();
    static CONTEXT: OnceLock<Context<'static>> = OnceLock::new();
    CONTEXT.get_or_init(|| Context::new(snapshot(), OPTIONS.get_or_init(Options::default)))
}

/// An expression of every table; what is none says where, within the text.
pub fn query(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes.get(..LONGEST).unwrap_or(bytes));
    expression::<Dialogs>(&text);
    expression::<Endpoints>(&text);
    expression::<Findings>(&text);
    expression::<Registrations>(&text);
    expression::<Streams>(&text);
    let filter = expression::<Calls>(&text);
    let call = CallFacts::at(context(), 0).expect("the sample has a call");
    if let Some(filter) = filter {
        // What is true of a call is not false of it, however it is written.
        let truth = filter.truth(&call);
        let negated: Filter<Calls> =
            format!("not ({filter})").parse().expect("its opposite is one");
        let opposite = match truth {
            Truth::True => Truth::False,
            Truth::Unknown => Truth::Unknown,
            Truth::False => Truth::True,
        };
        assert_eq!(negated.truth(&call), opposite, "{filter}");
    }
    if let Ok(order) = Order::<Calls>::parse(&text) {
        let key = order.key(&call);
        assert!(order.compare(&key, &key).is_eq());
    }
    let _ = Columns::<Calls>::parse(&text)
        .map(|columns| columns.fields().count())
        .map_err(|error| within(&error));
}

/// Reads an expression; in its plainest form it is the same again.
fn expression<T: Table>(text: &str) -> Option<Filter<T>> {
    let completion = complete::<T>(text);
    assert!(text.is_char_boundary(completion.from));
    match Filter::<T>::parse(text) {
        Ok(filter) => {
            let plain = filter.to_string();
            let again = Filter::<T>::parse(&plain).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(again.to_string(), plain, "of {text:?}");
            Some(filter)
        }
        Err(error) => {
            within(&error);
            None
        }
    }
}

/// The place of an error is one of the text.
fn within(error: &Error) {
    assert!(error.text.get(error.at.clone()).is_some(), "{:?} in {:?}", error.at, error.text);
    let _ = (error.column(), error.columns(), error.to_string());
}
