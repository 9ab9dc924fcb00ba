//! Values as text, for a person.

use super::value::{Unit, Value};

/// How values are written for a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Show {
    /// Whether moments have their date, or the time of day alone.
    pub date: bool,
}

impl Show {
    /// The text of a value with its unit: `120 ms`, `4.41`, `08:00:00.123456`; of
    /// several, all of them. What is not known is empty. Foreign text is as it
    /// was sent: not safe for a terminal.
    pub fn text(self, unit: Option<Unit>, value: &Value<'_>) -> String {
        match value {
            Value::Null => String::new(),
            Value::Text(text) => text.clone().into_owned(),
            Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
            Value::Number(number) => with_unit(*number, unit.unwrap_or(Unit::Plain)),
            Value::Time(text) => self.time(text),
            Value::Ip(ip) => ip.to_string(),
            Value::Endpoint(endpoint) => endpoint.to_string(),
            Value::List(values) => {
                let texts: Vec<_> = values.iter().map(|value| self.text(unit, value)).collect();
                texts.join(", ")
            }
        }
    }

    fn time(self, text: &str) -> String {
        let (date, time) = text.split_once('T').unwrap_or(("", text));
        let time = time.trim_end_matches('Z');
        if self.date { format!("{date} {time}") } else { time.to_owned() }
    }
}

fn with_unit(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => number.to_string(),
        Unit::Plain | Unit::Mos => format!("{number:.2}"),
        Unit::Millis if number.abs() >= 10_000.0 => format!("{:.1} s", number / 1e3),
        Unit::Millis if number.abs() < 10.0 => format!("{number:.1} ms"),
        Unit::Millis => format!("{number:.0} ms"),
        Unit::Seconds => format!("{number:.1} s"),
        Unit::Percent => format!("{number:.1} %"),
        Unit::Ppm => format!("{number:.0} ppm"),
        Unit::Bytes => format!("{number} B"),
        Unit::Hertz => format!("{number} Hz"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_have_their_unit() {
        let text = |unit, number| Show::default().text(Some(unit), &Value::Number(number));
        assert_eq!(text(Unit::Millis, 120.4), "120 ms");
        assert_eq!(text(Unit::Millis, 0.488), "0.5 ms");
        assert_eq!(text(Unit::Millis, 61_250.0), "61.2 s");
        assert_eq!(text(Unit::Seconds, 9.87), "9.9 s");
        assert_eq!(text(Unit::Count, 12_345.0), "12345");
        let time = Value::Time("2026-01-31T08:00:00.5Z".into());
        assert_eq!(Show::default().text(None, &time), "08:00:00.5");
        assert_eq!(Show { date: true }.text(None, &time), "2026-01-31 08:00:00.5");
        let list = Value::texts(["PCMU", "PCMA", "PCMU"]);
        assert_eq!(Show::default().text(None, &list), "PCMU, PCMA");
        assert_eq!(Show::default().text(None, &Value::Null), "");
    }
}
