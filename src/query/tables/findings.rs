//! The table of findings.

use super::{CAPTURE, Field, Kind, Origin, SOURCE, Table, Value, number};
use crate::query::calls::{COUNT, SEVERITY, frame};
use crate::report::finding::FindingRow;

/// What is wrong.
#[derive(Clone, Copy, Debug)]
pub struct Findings;

/// A finding, and when what it is about began.
pub struct Finding<'a> {
    pub(super) of: Origin<'a>,
    pub(super) row: &'a FindingRow,
    pub(super) time: Option<&'a str>,
}

type F = Field<Findings>;

impl Table for Findings {
    type Row<'a> = Finding<'a>;
    const NAME: &'static str = "findings";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |f| f.of.capture()),
        F::column("source", Kind::Word, SOURCE, |f| f.of.source()).null("it cites no frame"),
        F::column("finding", COUNT, "Number of the finding", |f| Value::number(number(&f.row.id))),
        F::column("code", Kind::Word, "The rule: media.one-way", |f| {
            Value::Text(f.row.code.into())
        }),
        F::column("severity", SEVERITY, "How bad it is", |f| Value::Text(f.row.severity.into())),
        F::column("title", Kind::Text, "What is wrong, in a line", |f| {
            Value::Text(f.row.title.as_str().into())
        }),
        F::column("explanation", Kind::Text, "What happened, and how it shows", |f| {
            Value::Text(f.row.explanation.as_str().into())
        }),
        F::column("reference", Kind::Word, "The clause that says how it should be", |f| {
            Value::Text(f.row.reference.into())
        }),
        F::column("call", COUNT, "Number of the call that it is about", |f| {
            Value::number(f.row.call.as_deref().and_then(number))
        })
        .null("it is about none"),
        F::column("registration", COUNT, "Number of the registration that it is about", |f| {
            Value::number(f.row.registration.as_deref().and_then(number))
        })
        .null("it is about none"),
        F::column("stream", COUNT, "Number of the stream that it is about", |f| {
            Value::number(f.row.stream.as_deref().and_then(number))
        })
        .null("it is about none"),
        F::column("time", Kind::Time, "When that call or registration began", |f| {
            Value::time(f.time)
        })
        .null("it is about neither"),
        F::column("frame", COUNT, "The first frame that shows it", |f| {
            f.row.evidence.first().map_or(Value::Null, |shown| frame(shown.frame))
        })
        .null("it cites no frame"),
        F::column("evidence", COUNT, "Frames that show it", |f| Value::count(f.row.evidence.len())),
    ];
}
