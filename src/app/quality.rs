//! What ratings are made with: arguments that commands share.

use clap::Args;

use super::output::Failure;
use crate::base::time::Span;
use crate::engine::{Buffer, Course};
use crate::report::Scoring;
use crate::report::quality::{Connection, PARAMETERS};

/// What ratings are made with.
#[derive(Clone, Debug, Args)]
pub(super) struct Quality {
    /// Width of the intervals in which each stream's course is kept [default: 5;
    /// of a page 1]
    #[arg(long, help_heading = "Quality", value_name = "SECONDS", value_parser = interval)]
    pub(super) interval: Option<Span>,

    /// The playout buffer whose discards count as loss in what a side hears; the
    /// streams of the JSON report have all of them
    #[arg(long, help_heading = "Quality", value_name = "BUFFER", default_value = "fixed-60",
        value_parser = ["fixed-40", "fixed-60", "fixed-100", "fixed-200", "adaptive"])]
    jitter_buffer: String,

    /// Receivers of G.711 do not conceal loss: Bpl 4.3 instead of 25.1 (G.113)
    #[arg(long, help_heading = "Quality")]
    no_plc: bool,

    /// One-way delay from mouth to ear, for conversational quality [default: by
    /// RTCP, where both ends report]
    #[arg(long, help_heading = "Quality", value_name = "MILLISECONDS", value_parser = delay)]
    delay_ms: Option<f64>,

    /// Set a parameter of the E-model (ITU-T G.107), such as A=5; may be given
    /// several times (`siplens emodel` lists them)
    #[arg(long, help_heading = "Quality", value_name = "NAME=VALUE", value_parser = parameter)]
    emodel: Vec<(String, f64)>,
}

impl Quality {
    /// How the course of every stream is kept.
    pub(super) fn course(&self) -> Course {
        let interval = self.interval.unwrap_or(Course::default().interval);
        Course { interval, buffer: self.buffer() }
    }

    fn buffer(&self) -> Buffer {
        Buffer::named(&self.jitter_buffer).unwrap_or_default()
    }

    /// What ratings are made with.
    pub(super) fn scoring(&self) -> Scoring {
        let mut connection = Connection::default();
        for (name, value) in &self.emodel {
            // Each was tried when it was read.
            let _ = connection.set(name, *value);
        }
        Scoring {
            connection,
            concealment: !self.no_plc,
            delay_ms: self.delay_ms,
            buffer: self.buffer(),
        }
    }
}

fn interval(text: &str) -> Result<Span, String> {
    const DAY: f64 = 86_400.0;
    let seconds = text.parse().ok().filter(|seconds| (0.1..=DAY).contains(seconds));
    let seconds: f64 = seconds.ok_or("expected seconds from 0.1 to 86400")?;
    #[expect(clippy::cast_possible_truncation, reason = "within a day")]
    Ok(Span::from_nanos((seconds * 1e9) as i64))
}

fn delay(text: &str) -> Result<f64, String> {
    let delay = text.parse().ok().filter(|delay| (0.0..=10_000.0).contains(delay));
    delay.ok_or_else(|| "expected milliseconds from 0 to 10000".to_owned())
}

fn parameter(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("expected NAME=VALUE")?;
    let number = value.parse().map_err(|_| format!("{value}: not a number"))?;
    Connection::default().set(name, number)?;
    Ok((name.to_owned(), number))
}

/// Writes the parameters of the E-model, one a line: name, range, meaning.
pub(super) fn write_parameters() -> Result<(), Failure> {
    super::output::to_stdout(|out| {
        for (name, least, most, meaning) in PARAMETERS {
            writeln!(out, "{name:<8} {least:>6} to {most:<6}  {meaning}")?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_when_they_are_read() {
        assert_eq!(parameter("A=5"), Ok(("A".to_owned(), 5.0)));
        for wrong in ["A", "A=x", "A=21", "QQ=1", "Bpl=nan"] {
            assert!(parameter(wrong).is_err(), "{wrong}");
        }
        assert_eq!(interval("0.5"), Ok(Span::from_millis(500)));
        assert!(interval("0").is_err() && interval("nan").is_err());
        assert!(delay("-1").is_err() && delay("inf").is_err() && delay("150") == Ok(150.0));
    }
}
