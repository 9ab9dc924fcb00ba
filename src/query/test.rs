//! What an expression asks of one field, and whether a value meets it.

use regex::Regex;

use super::moment::{self, Moment};
use super::network::Network;
use super::value::{Kind, Value};

/// What is asked of a value. There is no negative test: `!=` is `not ==`.
#[derive(Clone, Debug)]
pub(super) enum Test {
    /// It is known.
    Exists,
    /// It is yes (or no).
    Flag(bool),
    /// It is this text; the flag says whether capitals count.
    Text(String, bool),
    /// The text has this part; the flag says whether capitals count.
    Part(String, bool),
    /// The expression matches somewhere in the text.
    Regex(Box<Regex>),
    /// The number, or the place among the words, is in the range.
    Number(Range<f64>),
    /// The moment is in the range.
    Time(Range<i64>, Moment),
    /// The address is one of it.
    Network(Network),
    /// One of these.
    Any(Vec<Test>),
}

/// Numbers between two bounds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Range<T> {
    pub(super) from: Bound<T>,
    pub(super) to: Bound<T>,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Bound<T> {
    None,
    With(T),
    Without(T),
}

impl<T: PartialOrd> Range<T> {
    fn has(&self, value: &T) -> bool {
        (match &self.from {
            Bound::None => true,
            Bound::With(from) => value >= from,
            Bound::Without(from) => value > from,
        }) && (match &self.to {
            Bound::None => true,
            Bound::With(to) => value <= to,
            Bound::Without(to) => value < to,
        })
    }
}

impl Test {
    /// Whether a value of that kind meets it; `None` when that is not known.
    pub(super) fn of(&self, kind: Kind, value: &Value<'_>) -> Option<bool> {
        if let Self::Exists = self {
            return Some(!value.is_null());
        }
        match value {
            Value::Null => None,
            Value::List(values) if values.is_empty() => None,
            Value::List(values) => Some(values.iter().any(|value| self.meets(kind, value))),
            value => Some(self.meets(kind, value)),
        }
    }

    fn meets(&self, kind: Kind, value: &Value<'_>) -> bool {
        match (self, value) {
            (Self::Any(tests), value) => tests.iter().any(|test| test.meets(kind, value)),
            (Self::Flag(wanted), Value::Flag(flag)) => wanted == flag,
            (Self::Text(wanted, true), Value::Text(text)) => text == wanted,
            (Self::Text(wanted, false), Value::Text(text)) => text.eq_ignore_ascii_case(wanted),
            (Self::Part(part, true), Value::Text(text)) => text.contains(part.as_str()),
            (Self::Part(part, false), Value::Text(text)) => {
                text.to_ascii_lowercase().contains(part.as_str())
            }
            (Self::Part(part, _), Value::Ip(ip)) => ip.to_string().contains(part.as_str()),
            (Self::Part(part, _), Value::Endpoint(at)) => at.to_string().contains(part.as_str()),
            (Self::Regex(regex), Value::Text(text)) => regex.is_match(text),
            (Self::Regex(regex), Value::Ip(ip)) => regex.is_match(&ip.to_string()),
            (Self::Regex(regex), Value::Endpoint(at)) => regex.is_match(&at.to_string()),
            (Self::Number(range), Value::Number(number)) => range.has(number),
            (Self::Number(range), Value::Text(word)) => {
                kind.rank(word).is_some_and(|rank| range.has(&(rank as f64)))
            }
            (Self::Time(range, moment), Value::Time(text)) => {
                moment::instant(text).is_some_and(|at| range.has(&moment.scale(at)))
            }
            (Self::Network(network), Value::Ip(ip)) => network.has(*ip),
            (Self::Network(network), Value::Endpoint(at)) => network.has_endpoint(*at),
            _ => false,
        }
    }
}
