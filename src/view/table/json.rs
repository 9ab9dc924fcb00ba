//! Rows as JSON objects, their columns by key.

use std::io::{self, Write};

use serde_json::Value as Json;

use super::Head;
use crate::query::{Kind, Unit, Value};

/// Writes a row as an object on one line, its keys in the order of the columns.
pub(super) fn row(heads: &[Head], row: &[Value<'_>], out: &mut dyn Write) -> io::Result<()> {
    for (index, (head, value)) in heads.iter().zip(row).enumerate() {
        out.write_all(if index == 0 { b"{" } else { b"," })?;
        serde_json::to_writer(&mut *out, &head.key)?;
        out.write_all(b":")?;
        serde_json::to_writer(&mut *out, &json(head.kind, value))?;
    }
    out.write_all(b"}")
}

fn json(kind: Kind, value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) | Value::Time(text) => Json::from(text.as_ref()),
        Value::Flag(flag) => Json::from(*flag),
        Value::Number(number) => of_number(kind, *number),
        Value::Ip(ip) => Json::from(ip.to_string()),
        Value::Endpoint(endpoint) => Json::from(endpoint.to_string()),
        Value::List(values) => values.iter().map(|value| json(kind, value)).collect(),
    }
}

/// A count is an integer.
fn of_number(kind: Kind, number: f64) -> Json {
    let is_count = matches!(kind, Kind::Number(Unit::Count | Unit::Bytes | Unit::Hertz));
    if is_count && (0.0..=9e15).contains(&number) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "in the range of integers that a float has"
        )]
        return Json::from(number as u64);
    }
    Json::from(number)
}
