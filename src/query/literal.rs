//! Values as written, made those of a field's kind.

use super::ast::Word;
use super::error::{Fault, nearest};
use super::moment::Moment;
use super::network::Network;
use super::value::{Kind, Unit};

/// A value that a field can be compared with.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Literal {
    Text(String),
    /// The place of one of several words.
    Choice(usize),
    Flag(bool),
    Number(f64),
    Time(Moment),
    Network(Network),
}

/// The value that `word` means for a field of that kind.
pub(super) fn literal(name: &str, kind: Kind, word: &Word) -> Result<Literal, Fault> {
    let text = unescaped(word);
    let wrong = |what: &str, help: &str| {
        Fault::new(word.at.0.clone(), format!("`{text}` is no {what}"))
            .help(format!("{name} is {help}"))
    };
    match kind {
        Kind::Text | Kind::Word => Ok(Literal::Text(text)),
        Kind::Choice { words, .. } => {
            let plain = text.to_ascii_lowercase().replace('-', "_");
            if let Some(place) = words.iter().position(|known| *known == plain) {
                return Ok(Literal::Choice(place));
            }
            let all = format!("{name} is one of {}", words.join(", "));
            let help = nearest(&plain, words.iter().copied())
                .map_or_else(|| all.clone(), |near| format!("did you mean {near}? {all}"));
            Err(Fault::new(word.at.0.clone(), format!("{name} is never `{text}`")).help(help))
        }
        Kind::Flag => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" => Ok(Literal::Flag(true)),
            "false" | "no" => Ok(Literal::Flag(false)),
            _ => Err(wrong("answer", "yes or no")),
        },
        Kind::Number(unit) => {
            number(&text, unit).map(Literal::Number).ok_or_else(|| wrong("number", examples(unit)))
        }
        Kind::Time => Moment::parse(&text).map(Literal::Time).ok_or_else(|| {
            wrong("moment", "a moment: 2026-01-31T08:00:00Z, 2026-01-31, or 08:00:00, in UTC")
        }),
        Kind::Ip => {
            let network = Network::parse(&text).filter(|network| network.port.is_none());
            network.map(Literal::Network).ok_or_else(|| {
                wrong("address", "an IP address: 192.0.2.1, 2001:db8::1, or a network: 10.0.0.0/8")
            })
        }
        Kind::Endpoint => Network::parse(&text).map(Literal::Network).ok_or_else(|| {
            wrong(
                "address",
                "an address and port: 192.0.2.1:5060, 192.0.2.1, :5060, or a network: 10.0.0.0/8",
            )
        }),
    }
}

/// The text that is meant: two backslashes in quotes are one.
fn unescaped(word: &Word) -> String {
    if word.quoted { word.text.replace("\\\\", "\\") } else { word.text.clone() }
}

fn examples(unit: Unit) -> &'static str {
    match unit {
        Unit::Count => "a count: 12, 10k",
        Unit::Plain => "a number: 1.5",
        Unit::Mos => "a MOS: 3.5",
        Unit::Millis => "a time: 200 (ms), 200ms, 1.5s, 2m",
        Unit::Seconds => "a time: 90 (s), 90s, 1.5m, 2h, 500ms",
        Unit::Percent => "a percentage: 2.5 or 2.5%",
        Unit::Ppm => "a number of ppm: 50",
        Unit::Bytes => "a number of bytes: 1500, 10kB, 2MB",
        Unit::Hertz => "a frequency: 8000, 8kHz",
    }
}

/// The number that `text` is, in that unit.
fn number(text: &str, unit: Unit) -> Option<f64> {
    let end = text
        .char_indices()
        .find(|(index, c)| c.is_alphabetic() && !is_exponent(text, *index) || *c == '%')
        .map_or(text.len(), |(index, _)| index);
    let (digits, suffix) = text.split_at_checked(end)?;
    if digits.chars().any(char::is_alphabetic) && !digits.contains(['e', 'E']) {
        return None;
    }
    let value: f64 = digits.replace('_', "").parse().ok()?;
    let scaled = value * factor(suffix, unit)?;
    scaled.is_finite().then_some(scaled)
}

/// Whether a letter is the `e` of `1e3`.
fn is_exponent(text: &str, at: usize) -> bool {
    let before =
        text.get(..at).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit() || c == '.'));
    let mut after = text.get(at..).unwrap_or_default().chars();
    before
        && matches!(after.next(), Some('e' | 'E'))
        && after.next().is_some_and(|c| c.is_ascii_digit() || "+-".contains(c))
}

/// How many of `unit` are one of what the suffix says.
fn factor(suffix: &str, unit: Unit) -> Option<f64> {
    if suffix.is_empty() {
        return Some(1.0);
    }
    let of = |pairs: &[(&str, f64)]| {
        pairs.iter().find(|(known, _)| *known == suffix).map(|(_, factor)| *factor)
    };
    let seconds = || {
        of(&[
            ("ns", 1e-9),
            ("us", 1e-6),
            ("\u{b5}s", 1e-6),
            ("ms", 1e-3),
            ("s", 1.0),
            ("sec", 1.0),
            ("m", 60.0),
            ("min", 60.0),
            ("h", 3600.0),
            ("d", 86_400.0),
        ])
    };
    match unit {
        Unit::Seconds => seconds(),
        // Not by 1e3: 1e-3 * 1e3 is not 1 for all of them.
        Unit::Millis if suffix == "ms" => Some(1.0),
        Unit::Millis => seconds().map(|factor| factor * 1e3),
        Unit::Percent => of(&[("%", 1.0)]),
        Unit::Ppm => of(&[("ppm", 1.0)]),
        Unit::Hertz => of(&[("Hz", 1.0), ("kHz", 1e3), ("k", 1e3)]),
        Unit::Bytes => of(&[
            ("B", 1.0),
            ("k", 1e3),
            ("kB", 1e3),
            ("M", 1e6),
            ("MB", 1e6),
            ("GB", 1e9),
            ("KiB", 1024.0),
            ("MiB", 1_048_576.0),
            ("GiB", 1_073_741_824.0),
        ]),
        Unit::Count => of(&[("k", 1e3), ("M", 1e6)]),
        Unit::Plain | Unit::Mos => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_the_unit_of_the_field() {
        for (text, unit, expected) in [
            ("200", Unit::Millis, Some(200.0)),
            ("200ms", Unit::Millis, Some(200.0)),
            ("1.5s", Unit::Millis, Some(1500.0)),
            ("2m", Unit::Millis, Some(120_000.0)),
            ("2m", Unit::Seconds, Some(120.0)),
            ("500ms", Unit::Seconds, Some(0.5)),
            ("2.5%", Unit::Percent, Some(2.5)),
            ("10k", Unit::Count, Some(10_000.0)),
            ("1_000", Unit::Count, Some(1_000.0)),
            ("1e3", Unit::Count, Some(1_000.0)),
            ("-12", Unit::Ppm, Some(-12.0)),
            ("2MB", Unit::Bytes, Some(2e6)),
            ("3.5ms", Unit::Mos, None),
            ("5%", Unit::Millis, None),
            ("inf", Unit::Millis, None),
            ("NaN", Unit::Millis, None),
            ("1e999", Unit::Millis, None),
            ("1s2", Unit::Millis, None),
            ("", Unit::Millis, None),
            ("\u{e9}", Unit::Millis, None),
        ] {
            assert_eq!(number(text, unit), expected, "{text}");
        }
    }
}
