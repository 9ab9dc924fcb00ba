//! How a value is written in a record.

use crate::query::moment;
use crate::query::value::Value;

/// A way to write a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// A moment as `2026-01-31 08:00:00`, UTC.
    Stamp,
    /// A moment as seconds since 1970.
    Unix,
    /// A number to the next integer.
    Up,
    /// A number to the integer before.
    Down,
    /// A number to the nearest integer.
    Nearest,
    /// The first of several.
    First,
    /// Text in capitals.
    Upper,
    /// 0 in place of what is not known, where the reader has no word for it.
    Zero,
}

/// Forms by their names, with what they do.
pub(super) const FORMS: [(&str, Form, &str); 8] = [
    ("stamp", Form::Stamp, "a moment as 2026-01-31 08:00:00 (UTC)"),
    ("unix", Form::Unix, "a moment as seconds since 1970"),
    ("up", Form::Up, "a number to the next integer"),
    ("down", Form::Down, "a number to the integer before"),
    ("nearest", Form::Nearest, "a number to the nearest integer"),
    ("first", Form::First, "the first of several"),
    ("upper", Form::Upper, "text in capitals"),
    ("zero", Form::Zero, "0 in place of what is not known"),
];

impl Form {
    /// A value in this form; one that it says nothing about stays as it is.
    pub(super) fn of(self, value: Value<'_>) -> Value<'_> {
        match (self, value) {
            (Self::Stamp, Value::Time(text)) => {
                let whole = text.get(..19).map(|whole| whole.replace('T', " "));
                whole.map_or(Value::Time(text), |whole| Value::Text(whole.into()))
            }
            (Self::Unix, Value::Time(text)) => moment::instant(&text)
                .map_or(Value::Null, |nanos| Value::Number(nanos.div_euclid(1_000_000_000) as f64)),
            (Self::Up, Value::Number(number)) => Value::Number(number.ceil()),
            (Self::Down, Value::Number(number)) => Value::Number(number.floor()),
            (Self::Nearest, Value::Number(number)) => Value::Number(number.round()),
            (Self::First, Value::List(values)) => values.into_iter().next().unwrap_or(Value::Null),
            (Self::Upper, Value::Text(text)) => Value::Text(text.to_uppercase().into()),
            (Self::Zero, Value::Null) => Value::Number(0.0),
            (_, value) => value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_change_what_they_are_for_and_nothing_else() {
        let time = || Value::Time("2026-01-31T08:00:00.5Z".into());
        assert_eq!(Form::Stamp.of(time()), Value::Text("2026-01-31 08:00:00".into()));
        assert_eq!(Form::Unix.of(time()), Value::Number(1_769_846_400.0));
        assert_eq!(Form::Up.of(Value::Number(1.01)), Value::Number(2.0));
        assert_eq!(Form::Down.of(Value::Number(1.99)), Value::Number(1.0));
        assert_eq!(Form::First.of(Value::texts(["a", "b"])), Value::Text("a".into()));
        assert_eq!(Form::First.of(Value::List(Vec::new())), Value::Null);
        assert_eq!(Form::Up.of(Value::Null), Value::Null);
        assert_eq!(Form::Zero.of(Value::Null), Value::Number(0.0));
    }
}
