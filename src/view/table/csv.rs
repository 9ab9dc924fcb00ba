//! Comma-separated values as RFC 4180 has them: a record a line ended by CR LF,
//! quotes where they are needed. Control characters, which are no part of its
//! texts, are written as their code, so that a record never has several lines.

use std::borrow::Cow;
use std::io::{self, Write};

use super::Head;
use crate::query::Value;
use crate::view::terminal::safe;

pub(super) fn heading(heads: &[Head], out: &mut dyn Write) -> io::Result<()> {
    record(heads.iter().map(|head| head.key.clone()), out)
}

pub(super) fn row(
    heads: &[Head],
    row: &[Value<'_>],
    spreadsheet: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    record(heads.iter().zip(row).map(|(_, value)| field(value, spreadsheet)), out)
}

fn record<'a>(fields: impl Iterator<Item = Cow<'a, str>>, out: &mut dyn Write) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        if field.contains(['"', ',']) || field.starts_with(' ') || field.ends_with(' ') {
            write!(out, "\"{}\"", field.replace('"', "\"\""))?;
        } else {
            out.write_all(field.as_bytes())?;
        }
    }
    out.write_all(b"\r\n")
}

/// A value as it is, without a unit; nothing for what is not known, `; ` between
/// several.
fn field<'a>(value: &'a Value<'_>, spreadsheet: bool) -> Cow<'a, str> {
    match value {
        Value::Null => "".into(),
        Value::Text(text) => of_text(text, spreadsheet),
        Value::Flag(flag) => if *flag { "true" } else { "false" }.into(),
        Value::Number(number) => number.to_string().into(),
        Value::Time(text) => text.as_ref().into(),
        Value::Ip(ip) => ip.to_string().into(),
        Value::Endpoint(endpoint) => endpoint.to_string().into(),
        Value::List(values) => {
            let fields: Vec<_> = values.iter().map(|value| field(value, false)).collect();
            let joined = fields.join("; ");
            if spreadsheet { of_text(&joined, true).into_owned().into() } else { joined.into() }
        }
    }
}

/// A text; one that a spreadsheet would take for a formula has an apostrophe before it.
fn of_text(text: &str, spreadsheet: bool) -> Cow<'_, str> {
    let text = safe(text);
    if spreadsheet && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        return format!("'{text}").into();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Kind;

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        let heads: Vec<_> = (0..5).map(|_| Head::new("x", "x", Kind::Text)).collect();
        let written = |spreadsheet| {
            let values = [
                Value::Text("say \"hi\", you".into()),
                Value::Text("a\r\nb".into()),
                Value::Null,
                Value::Text("=HYPERLINK(1)".into()),
                Value::texts(["+49", "b"]),
            ];
            let mut out = Vec::new();
            row(&heads, &values, spreadsheet, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        let start = "\"say \"\"hi\"\", you\",a\\u{d}\\u{a}b,,";
        assert_eq!(written(false), format!("{start}=HYPERLINK(1),+49; b\r\n"));
        assert_eq!(written(true), format!("{start}'=HYPERLINK(1),'+49; b\r\n"));
    }
}
