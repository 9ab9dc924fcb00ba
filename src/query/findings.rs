//! The fields of findings.

use super::calls::{COUNT, SEVERITY, frame, number};
use super::field::{Field, Table};
use super::value::{Kind, Value};
use crate::report::finding::FindingRow;

/// Findings.
#[derive(Clone, Copy, Debug)]
pub struct Findings;

/// A finding.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// Its row.
    pub row: &'a FindingRow,
}

type F = Field<Findings>;

impl Table for Findings {
    type Row<'a> = Finding<'a>;
    const NAME: &'static str = "findings";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("finding", COUNT, "#", "Number of the finding", |f| {
            Value::number(number(&f.row.id))
        })
        .also(&["number", "id"])
        .shown(),
        F::new("severity", SEVERITY, "Severity", "How bad it is", |f| {
            Value::Text(f.row.severity.into())
        })
        .shown(),
        F::new("code", Kind::Word, "Code", "The rule: media.one-way", |f| {
            Value::Text(f.row.code.into())
        })
        .also(&["rule"])
        .shown(),
        F::new("call", COUNT, "Call", "Number of the call that it is about", |f| {
            Value::number(f.row.call.as_deref().and_then(number))
        })
        .shown(),
        F::new("registration", COUNT, "Registration", "Number of the registration", |f| {
            Value::number(f.row.registration.as_deref().and_then(number))
        }),
        F::new("stream", COUNT, "Stream", "Number of the stream", |f| {
            Value::number(f.row.stream.as_deref().and_then(number))
        })
        .shown(),
        F::new("title", Kind::Text, "Title", "What is wrong, in a line", |f| {
            Value::Text(f.row.title.as_str().into())
        })
        .shown(),
        F::new("explanation", Kind::Text, "Explanation", "What happened, and how it shows", |f| {
            Value::Text(f.row.explanation.as_str().into())
        }),
        F::new("fix", Kind::Text, "Fix", "What to do about it", |f| Value::Text(f.row.fix.into())),
        F::new(
            "reference",
            Kind::Text,
            "Reference",
            "The clause that says how it should be",
            |f| Value::Text(f.row.reference.into()),
        ),
        F::new("frame", COUNT, "Frames", "The frames that show it", |f| {
            Value::list(f.row.evidence.iter().map(|evidence| frame(evidence.frame)))
        })
        .also(&["frames", "evidence"])
        .many()
        .shown(),
    ];
}
