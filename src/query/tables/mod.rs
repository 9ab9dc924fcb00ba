//! The tables that a report is exported as and that SQL asks: every column once,
//! with its name, type, unit, meaning, and what it means that it is not known.
//!
//! A row has single values only, so that a table is the same in Parquet, Arrow,
//! CSV and SQL. `capture` names what was read together; with it, `call` and
//! `stream` name a call and a stream among those of many exports.
//!
//! Rows come from those of a report alone: what a report hides is in no table.

pub mod calls;
pub mod findings;
pub mod intervals;
pub mod messages;
pub mod peers;
pub mod registrations;
pub mod streams;

use std::borrow::Cow;
use std::collections::HashMap;

use super::calls::Related;
use super::calls::{COUNT, number};
use super::field::{Field, Table};
use super::moment;
use super::value::{Kind, Unit, Value};
use crate::report::build::Input;
use crate::report::call::CallRow;
use crate::report::lists::Lists;
use crate::report::message::MessageRow;
use crate::report::stream::StreamRow;
use crate::report::{Context, FrameRef};

/// A table, by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Name {
    /// Calls.
    Calls,
    /// SIP messages.
    Messages,
    /// RTP streams.
    Streams,
    /// Stretches of streams.
    Intervals,
    /// Registrations.
    Registrations,
    /// What is wrong.
    Findings,
    /// Hosts that signal or send media.
    Peers,
}

/// As what the values of a column are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// Text, UTF-8.
    Text,
    /// One of some words: a dictionary of them.
    Category,
    /// True or false.
    Flag,
    /// Signed integer of 64 bits.
    Integer,
    /// Floating-point number of 64 bits.
    Number,
    /// Nanoseconds since 1970-01-01T00:00:00Z, UTC.
    Time,
}

/// What is to be known of a column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Column {
    /// Its name, ended by its unit.
    pub name: Cow<'static, str>,
    /// What its values are.
    pub kind: Kind,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// What it means that it is not known; empty where it always is.
    pub null: &'static str,
}

impl Column {
    fn of<T: Table>(field: &Field<T>) -> Self {
        Self { name: field.key(), kind: field.kind, meaning: field.meaning, null: field.null }
    }

    /// As what its values are kept.
    pub const fn of_type(&self) -> Type {
        match self.kind {
            Kind::Text | Kind::Word | Kind::Ip | Kind::Endpoint => Type::Text,
            Kind::Choice { .. } => Type::Category,
            Kind::Flag => Type::Flag,
            Kind::Number(Unit::Count | Unit::Bytes | Unit::Hertz) => Type::Integer,
            Kind::Number(_) => Type::Number,
            Kind::Time => Type::Time,
        }
    }

    /// The words that a dictionary has.
    pub const fn words(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Choice { words, .. } => words,
            _ => &[],
        }
    }

    /// Its unit, if it has one.
    pub const fn unit(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Number(Unit::Mos) => Some("MOS, 1 to 5"),
            Kind::Number(Unit::Millis) => Some("ms"),
            Kind::Number(Unit::Seconds) => Some("s"),
            Kind::Number(Unit::Percent) => Some("%, 0 to 100"),
            Kind::Number(Unit::Ppm) => Some("ppm"),
            Kind::Number(Unit::Bytes) => Some("bytes"),
            Kind::Number(Unit::Hertz) => Some("Hz"),
            Kind::Time => Some("UTC"),
            _ => None,
        }
    }
}

impl Type {
    /// Its name in the schema.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Category => "dictionary of text",
            Self::Flag => "boolean",
            Self::Integer => "int64",
            Self::Number => "float64",
            Self::Time => "timestamp[us, UTC]",
        }
    }
}

impl Name {
    /// All tables.
    pub const ALL: [Self; 7] = [
        Self::Calls,
        Self::Messages,
        Self::Streams,
        Self::Intervals,
        Self::Registrations,
        Self::Findings,
        Self::Peers,
    ];

    /// The table's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calls => calls::Calls::NAME,
            Self::Messages => messages::Messages::NAME,
            Self::Streams => streams::Streams::NAME,
            Self::Intervals => intervals::Intervals::NAME,
            Self::Registrations => registrations::Registrations::NAME,
            Self::Findings => findings::Findings::NAME,
            Self::Peers => peers::Peers::NAME,
        }
    }

    /// What a row of it is.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Calls => "A call, all its legs together",
            Self::Messages => "A SIP message of a call, registration or other exchange, on one hop",
            Self::Streams => "An RTP stream: packets of one source between two endpoints",
            Self::Intervals => {
                "A stretch of a stream that has packets, interval_s long from its beginning"
            }
            Self::Registrations => "A registration: the REGISTERs of one Call-ID",
            Self::Findings => "Something that is wrong",
            Self::Peers => "A host that signals, or sends or receives media",
        }
    }

    /// The column by whose time a table is divided into days and hours.
    pub const fn time(self) -> &'static str {
        match self {
            Self::Calls | Self::Registrations => "start_time",
            Self::Messages | Self::Intervals | Self::Findings => "time",
            Self::Streams | Self::Peers => "first_time",
        }
    }

    /// Its columns.
    pub fn columns(self) -> Vec<Column> {
        fn of<T: Table>() -> Vec<Column> {
            T::FIELDS.iter().map(Column::of).collect()
        }
        match self {
            Self::Calls => of::<calls::Calls>(),
            Self::Messages => of::<messages::Messages>(),
            Self::Streams => of::<streams::Streams>(),
            Self::Intervals => of::<intervals::Intervals>(),
            Self::Registrations => of::<registrations::Registrations>(),
            Self::Findings => of::<findings::Findings>(),
            Self::Peers => of::<peers::Peers>(),
        }
    }
}

/// Who takes rows.
pub trait Sink {
    /// Why it may not.
    type Error;

    /// Whether it wants rows of a table.
    fn wants(&self, table: Name) -> bool;

    /// Takes a row: the values of the table's columns, in order.
    ///
    /// # Errors
    /// Its own; no further row is made then.
    fn row(&mut self, table: Name, values: &[Value<'_>]) -> Result<(), Self::Error>;
}

/// What all rows of a report have in common.
struct Pour<'r, S> {
    related: &'r dyn Related,
    inputs: &'r [Input],
    capture: &'r str,
    sink: &'r mut S,
    /// When calls and registrations began that findings may be about.
    began: HashMap<String, String>,
}

/// Where a row is from.
#[derive(Clone, Copy)]
struct Origin<'a> {
    /// What was read together.
    capture: &'a str,
    /// The input of its first frame.
    source: Option<&'a str>,
}

impl<'a> Origin<'a> {
    fn capture(self) -> Value<'a> {
        Value::Text(Cow::Borrowed(self.capture))
    }

    fn source(self) -> Value<'a> {
        Value::text(self.source)
    }
}

/// Whether a report tells of all hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hosts {
    /// It is the whole of a capture, or the last part with what is known of all parts.
    Told,
    /// It is a part of a capture, and others follow.
    ToCome,
}

/// Gives the rows of a report of `context` to a sink, one at a time, table by table within what they belong to: a
/// call, then its messages. `capture` names the report among others.
///
/// # Errors
/// Those of the sink.
pub fn pour<S: Sink>(
    context: &Context<'_>,
    capture: &str,
    hosts: Hosts,
    sink: &mut S,
) -> Result<(), S::Error> {
    let lists = Lists::of(context);
    let inputs = context.options().inputs.as_slice();
    let mut pour = Pour { related: context, inputs, capture, sink, began: HashMap::new() };
    if [Name::Calls, Name::Messages, Name::Findings].iter().any(|name| pour.sink.wants(*name)) {
        for call in lists.calls.iter() {
            pour.call(&call)?;
            pour.remember(call.id, call.start_time, &call.findings);
        }
    }
    if [Name::Registrations, Name::Messages, Name::Findings]
        .iter()
        .any(|name| pour.sink.wants(*name))
    {
        for row in lists.registrations.iter() {
            let of = pour.origin(row.messages.first().map(|first| first.frame));
            pour.row::<registrations::Registrations>(
                Name::Registrations,
                &registrations::Registration { of, row: &row },
            )?;
            pour.messages(&row.messages, None, number(&row.id))?;
            pour.remember(row.id, row.start_time, &row.findings);
        }
    }
    if pour.sink.wants(Name::Messages) {
        for dialog in lists.dialogs.iter() {
            pour.messages(&dialog.messages, None, None)?;
        }
    }
    if [Name::Streams, Name::Intervals].iter().any(|name| pour.sink.wants(*name)) {
        for stream in lists.streams.iter() {
            pour.stream(&stream)?;
        }
    }
    if pour.sink.wants(Name::Findings) {
        for row in lists.findings.iter() {
            let frame = row.evidence.first().map(|shown| shown.frame);
            let of = pour.origin(frame);
            let about = row.call.as_ref().or(row.registration.as_ref());
            let time = about.and_then(|about| pour.began.get(about)).cloned();
            let finding = findings::Finding { of, row: &row, time: time.as_deref() };
            pour.row::<findings::Findings>(Name::Findings, &finding)?;
        }
    }
    if hosts == Hosts::Told && pour.sink.wants(Name::Peers) {
        for row in lists.endpoints.iter() {
            let of = pour.origin(None);
            pour.row::<peers::Peers>(Name::Peers, &peers::Peer { of, row: &row })?;
        }
    }
    Ok(())
}

impl<'r, S: Sink> Pour<'r, S> {
    fn origin(&self, frame: Option<FrameRef>) -> Origin<'r> {
        let input = frame.map(|frame| usize::from(frame.number().source()));
        let source = input.and_then(|input| self.inputs.get(input));
        Origin { capture: self.capture, source: source.map(|source| source.row.name.as_str()) }
    }

    /// Keeps when something began, if findings about it will ask.
    fn remember(&mut self, name: String, began: String, findings: &[String]) {
        if !findings.is_empty() && self.sink.wants(Name::Findings) {
            self.began.insert(name, began);
        }
    }

    fn row<T: Table>(&mut self, name: Name, row: &T::Row<'_>) -> Result<(), S::Error> {
        if !self.sink.wants(name) {
            return Ok(());
        }
        let values: Vec<_> = T::FIELDS.iter().map(|field| (field.get)(row)).collect();
        self.sink.row(name, &values)
    }

    fn call(&mut self, row: &CallRow<'_>) -> Result<(), S::Error> {
        let of = self.origin(row.messages.first().map(|first| first.frame));
        if self.sink.wants(Name::Calls) {
            let call = calls::Call::of(of, row, self.related);
            self.row::<calls::Calls>(Name::Calls, &call)?;
        }
        self.messages(&row.messages, number(&row.id), None)
    }

    fn messages(
        &mut self,
        rows: &[MessageRow<'_>],
        call: Option<f64>,
        registration: Option<f64>,
    ) -> Result<(), S::Error> {
        if !self.sink.wants(Name::Messages) {
            return Ok(());
        }
        for row in rows {
            let of = self.origin(Some(row.frame));
            let message = messages::Message { of, row, call, registration };
            self.row::<messages::Messages>(Name::Messages, &message)?;
        }
        Ok(())
    }

    fn stream(&mut self, row: &StreamRow) -> Result<(), S::Error> {
        let of = self.origin(Some(row.first_frame));
        self.row::<streams::Streams>(Name::Streams, &streams::Stream { of, row })?;
        if !self.sink.wants(Name::Intervals) {
            return Ok(());
        }
        let begin = nanos(&row.first_time);
        for interval in &row.intervals {
            let time = begin.map(|begin| intervals::time(begin, interval));
            self.row::<intervals::Intervals>(
                Name::Intervals,
                &intervals::Interval { of, stream: row, row: interval, time },
            )?;
        }
        Ok(())
    }
}

/// Nanoseconds since the epoch of a moment as reports write them.
pub fn nanos(time: &str) -> Option<i64> {
    moment::instant(time)
}

/// What was read together: in every table.
const CAPTURE: &str = "What was read together; with call, stream and so on the key of a row";
/// The input of a row: in nearly every table.
const SOURCE: &str = "Name of the input that holds its first frame";
/// A port.
const PORT: Kind = COUNT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_columns_are_words_of_sql() {
        // Words that SQL would take for its own.
        let reserved = [
            "from", "to", "end", "start", "order", "group", "user", "as", "in", "by", "on", "case",
        ];
        for table in Name::ALL {
            let columns = table.columns();
            for column in &columns {
                let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
                assert!(column.name.chars().all(is_plain), "{}.{}", table.name(), column.name);
                assert!(!reserved.contains(&&*column.name), "{}.{}", table.name(), column.name);
                assert!(!column.meaning.is_empty());
                let others = columns.iter().filter(|other| other.name == column.name);
                assert_eq!(others.count(), 1, "{}.{}", table.name(), column.name);
            }
            assert!(columns.iter().any(|column| column.name == table.time()), "{}", table.name());
            assert!(columns.iter().all(|column| !column.name.is_empty()));
            assert_eq!(columns.first().map(|column| &*column.name), Some("capture"));
        }
    }
}
