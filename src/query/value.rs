//! What fields are: their kinds, and the values that rows give them.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::net::IpAddr;

use super::moment;
use crate::base::flow::Endpoint;

/// In what a number counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unit {
    /// Things: an integer.
    Count,
    /// Nothing: a ratio, a score.
    Plain,
    /// A mean opinion score, 1 to 5.
    Mos,
    /// Milliseconds.
    Millis,
    /// Seconds.
    Seconds,
    /// Percent, 0 to 100.
    Percent,
    /// Parts in a million.
    Ppm,
    /// Bytes.
    Bytes,
    /// Hertz.
    Hertz,
}

/// What a field is, and so what it can be compared with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Text from packets; capitals count.
    Text,
    /// A word of a protocol; capitals do not count.
    Word,
    /// One of the words; of ordered ones the later is the greater.
    Choice {
        /// The words.
        words: &'static [&'static str],
        /// Whether they have an order.
        ordered: bool,
    },
    /// Yes or no.
    Flag,
    /// A number.
    Number(Unit),
    /// A moment.
    Time,
    /// An IP address.
    Ip,
    /// An IP address and a port.
    Endpoint,
}

/// A field's value in a row.
#[derive(Clone, PartialEq, Debug)]
pub enum Value<'a> {
    /// Not known.
    Null,
    /// Text, a word, or one of several words.
    Text(Cow<'a, str>),
    /// Yes or no.
    Flag(bool),
    /// A number in the unit of the field.
    Number(f64),
    /// A moment as reports write them, RFC 3339 in UTC.
    Time(Cow<'a, str>),
    /// An IP address.
    Ip(IpAddr),
    /// An IP address and a port.
    Endpoint(Endpoint),
    /// Several; a comparison holds when it holds for one of them. None is not known.
    List(Vec<Value<'a>>),
}

impl Unit {
    /// How the unit ends a name in CSV and JSON, as in the report: `_ms`.
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Count | Self::Plain | Self::Mos => "",
            Self::Millis => "_ms",
            Self::Seconds => "_s",
            Self::Percent => "_percent",
            Self::Ppm => "_ppm",
            Self::Bytes => "_bytes",
            Self::Hertz => "_hz",
        }
    }
}

impl Kind {
    /// What it is, for a person.
    pub fn name(self) -> Cow<'static, str> {
        let name = match self {
            Self::Text => "text",
            Self::Word => "word",
            Self::Choice { words, ordered } => {
                return words.join(if ordered { " < " } else { " | " }).into();
            }
            Self::Flag => "yes or no",
            Self::Number(Unit::Count) => "count",
            Self::Number(Unit::Plain) => "number",
            Self::Number(Unit::Mos) => "MOS, 1 to 5",
            Self::Number(Unit::Millis) => "time, in ms",
            Self::Number(Unit::Seconds) => "time, in s",
            Self::Number(Unit::Percent) => "percent",
            Self::Number(Unit::Ppm) => "ppm",
            Self::Number(Unit::Bytes) => "bytes",
            Self::Number(Unit::Hertz) => "Hz",
            Self::Time => "moment",
            Self::Ip => "IP address",
            Self::Endpoint => "address:port",
        };
        name.into()
    }

    /// The place of a word among those of the kind.
    pub(super) fn rank(self, word: &str) -> Option<usize> {
        match self {
            Self::Choice { words, .. } => words.iter().position(|known| *known == word),
            _ => None,
        }
    }

    /// Orders two values; what is not known comes last.
    pub fn compare(self, a: &Value<'_>, b: &Value<'_>) -> Ordering {
        match (a, b) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Greater,
            (_, Value::Null) => Ordering::Less,
            (Value::Number(a), Value::Number(b)) => a.total_cmp(b),
            (Value::Flag(a), Value::Flag(b)) => a.cmp(b),
            (Value::Ip(a), Value::Ip(b)) => a.cmp(b),
            (Value::Endpoint(a), Value::Endpoint(b)) => a.cmp(b),
            (Value::Time(a), Value::Time(b)) => moment::instant(a).cmp(&moment::instant(b)),
            (Value::Text(a), Value::Text(b)) => match self {
                Self::Choice { .. } => self.rank(a).cmp(&self.rank(b)),
                _ => natural(a, b),
            },
            (Value::List(a), Value::List(b)) => {
                let pairs = a.iter().zip(b).map(|(a, b)| self.compare(a, b));
                let first = pairs.into_iter().find(|order| order.is_ne());
                first.unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            // A field's values are of one kind.
            _ => Ordering::Equal,
        }
    }
}

impl Value<'_> {
    /// The same, borrowing nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Flag(flag) => Value::Flag(flag),
            Self::Number(number) => Value::Number(number),
            Self::Time(text) => Value::Time(text.into_owned().into()),
            Self::Ip(ip) => Value::Ip(ip),
            Self::Endpoint(endpoint) => Value::Endpoint(endpoint),
            Self::List(values) => Value::List(values.into_iter().map(Value::into_owned).collect()),
        }
    }

    /// Whether it is not known.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::List(values) => values.is_empty(),
            _ => false,
        }
    }
}

/// Orders texts with the numbers in them by their value: `a9` before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let (mut left, mut right) = (a, b);
    loop {
        match (digits(left), digits(right)) {
            (0, _) | (_, 0) => {
                let (mut a_rest, mut b_rest) = (left.chars(), right.chars());
                match (a_rest.next(), b_rest.next()) {
                    (None, None) => return a.cmp(b),
                    (Some(one), Some(other)) if one == other => {
                        (left, right) = (a_rest.as_str(), b_rest.as_str());
                    }
                    (one, other) => return one.cmp(&other),
                }
            }
            (long_a, long_b) => {
                let (number_a, rest_a) = left.split_at(long_a);
                let (number_b, rest_b) = right.split_at(long_b);
                let (value_a, value_b) =
                    (number_a.trim_start_matches('0'), number_b.trim_start_matches('0'));
                let order = value_a.len().cmp(&value_b.len()).then_with(|| value_a.cmp(value_b));
                if order.is_ne() {
                    return order;
                }
                (left, right) = (rest_a, rest_b);
            }
        }
    }
}

impl<'a> Value<'a> {
    /// A text that may be missing.
    pub fn text(text: Option<impl Into<Cow<'a, str>>>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.into()))
    }

    /// A number that may be missing.
    pub fn number(number: Option<f64>) -> Self {
        number.map_or(Self::Null, Self::Number)
    }

    /// A count.
    pub fn count(count: impl TryInto<u64>) -> Self {
        count.try_into().map_or(Self::Null, |count| Self::Number(count as f64))
    }

    /// A moment that may be missing.
    pub fn time(time: Option<impl Into<Cow<'a, str>>>) -> Self {
        time.map_or(Self::Null, |time| Self::Time(time.into()))
    }

    /// Different values in the order in which they come.
    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        let mut list: Vec<Self> = Vec::new();
        for value in values {
            if !value.is_null() && !list.contains(&value) {
                list.push(value);
            }
        }
        Self::List(list)
    }

    /// Different texts in the order in which they come.
    pub fn texts<T: Into<Cow<'a, str>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::list(texts.into_iter().map(|text| Self::Text(text.into())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_texts_are_ordered_by_value() {
        let mut texts = ["a10", "a9", "b", "a010", "", "9"];
        texts.sort_by(|a, b| natural(a, b));
        assert_eq!(texts, ["", "9", "a9", "a010", "a10", "b"]);
    }

    #[test]
    fn what_is_not_known_comes_last() {
        let kind = Kind::Number(Unit::Mos);
        let (null, low, high) = (Value::Null, Value::Number(1.0), Value::Number(4.0));
        assert_eq!(kind.compare(&null, &low), Ordering::Greater);
        assert_eq!(kind.compare(&low, &high), Ordering::Less);
        assert!(Value::List(Vec::new()).is_null());
    }
}
