//! What to read, and which of it: the arguments that commands share.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::tz::TimeZone;

use super::memory::Size;
use super::names::{self, Named};
use super::output::Failure;
use super::quality::Quality;
use super::redaction::Redaction;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::engine::Settings;
use crate::report::stir::Certificates;
use crate::report::{Names, Selection};
use crate::track::fact::Correlation;

/// What to read, and which of it.
#[derive(Clone, Debug, Args)]
pub(super) struct Input {
    /// Captures: files, compressed or not; folders and patterns of them; - for
    /// standard input. Several are read as one, merged by time
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// Also read the folders in a folder
    #[arg(long, short)]
    pub(super) recursive: bool,

    /// Read on while the file grows or is replaced, until Ctrl-C
    #[arg(long)]
    pub(super) follow: bool,

    /// With --follow, end when nothing has come for this long
    #[arg(long, value_name = "SECONDS", requires = "follow", value_parser = parse_seconds)]
    pub(super) idle_limit: Option<Duration>,

    /// Threads to work with; the answer does not depend on it [default: one per core]
    #[arg(long, value_name = "COUNT")]
    pub(super) threads: Option<NonZeroUsize>,

    /// Show no progress on the terminal
    #[arg(long)]
    pub(super) no_progress: bool,

    /// Only frames that match this filter, as tcpdump has them (pcap-filter(7))
    #[arg(long, short = 'f', value_name = "EXPRESSION", help_heading = "Selection")]
    pub(super) filter: Option<String>,

    /// A header whose equal values put the legs of a call together, besides X-CID,
    /// X-Correlation-ID and X-Original-Call-ID; may be given several times
    #[arg(long, value_name = "HEADER", help_heading = "Legs")]
    pub(super) correlate: Vec<String>,

    /// Leave the legs of a call apart: each Call-ID is a call
    #[arg(long, help_heading = "Legs")]
    pub(super) no_join: bool,

    /// Only conversations whose Call-ID contains this
    #[arg(long, value_name = "PART", help_heading = "Selection")]
    pub(super) call_id: Vec<String>,

    /// Only conversations from or to a number or user that contains this
    #[arg(long, value_name = "PART", help_heading = "Selection")]
    pub(super) number: Vec<String>,

    /// Only conversations with messages from or to this address
    #[arg(long, value_name = "ADDRESS", help_heading = "Selection")]
    pub(super) ip: Vec<IpAddr>,

    /// Only frames captured at this time or later: 2026-01-31T08:00:00Z, 08:00:00
    /// (UTC, on the day of the first frame), or +30 (seconds after it)
    #[arg(long, value_name = "TIME", help_heading = "Selection", value_parser = Moment::parse)]
    pub(super) from: Option<Moment>,

    /// Only frames captured before this time
    #[arg(long, value_name = "TIME", help_heading = "Selection", value_parser = Moment::parse)]
    pub(super) to: Option<Moment>,

    /// Call a host NAME where hosts are shown: 192.0.2.5=PBX, or one port of it:
    /// 192.0.2.5:5070=PBX
    #[arg(long, value_name = "HOST=NAME", help_heading = "Names", value_parser = Named::parse)]
    pub(super) name: Vec<Named>,

    /// Names of hosts from a file like /etc/hosts; an address may have a port
    #[arg(long, value_name = "FILE", help_heading = "Names")]
    pub(super) names: Vec<PathBuf>,
    /// Check signatures of caller identities (STIR) against the certificates in this PEM file;
    /// may be given several times
    #[arg(long, value_name = "PEM", help_heading = "Keys")]
    pub(super) cert: Vec<PathBuf>,

    /// Keep at most COUNT of something (see `siplens limits`)
    #[arg(long, value_name = "NAME=COUNT", help_heading = "Limits", value_parser = parse_cap)]
    pub(super) cap: Vec<Cap>,

    /// Stay within SIZE of memory, such as 500M or 2G: what is over leaves early,
    /// in parts, and if that is not enough what has been quiet for longest. The figures
    /// over all calls go on counting it until it is over; `analyze --json` and
    /// `--json-lines` have its rows too, as it left, in the order in which it left;
    /// other lists leave it out and say so. For each 64M of it one thread works at
    /// most [default: no bound]
    #[arg(long, value_name = "SIZE", help_heading = "Limits", value_parser = Size::parse)]
    pub(super) max_memory: Option<Size>,

    #[command(flatten)]
    pub(super) redaction: Redaction,

    #[command(flatten)]
    pub(super) quality: Quality,
}

/// A moment as the user names it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Moment {
    /// In full.
    At(Timestamp),
    /// Since midnight (UTC) of the first frame's day.
    OfDay(Span),
    /// Since the first frame.
    After(Span),
}

/// A cap and its new value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cap {
    name: String,
    count: usize,
}

const DAY: i64 = 86_400_000_000_000;

impl Moment {
    fn parse(text: &str) -> Result<Self, String> {
        let nanos =
            |time: jiff::Timestamp| i64::try_from(time.as_nanosecond()).map_err(|e| e.to_string());
        if let Some(seconds) = text.strip_prefix('+') {
            let seconds: f64 =
                seconds.parse().map_err(|_| "not a number of seconds after +".to_owned())?;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a float becomes the nearest integer it can"
            )]
            return Ok(Self::After(Span::from_nanos((seconds * 1e9) as i64)));
        }
        if let Ok(time) = text.parse::<jiff::Timestamp>() {
            return nanos(time).map(|nanos| Self::At(Timestamp::from_nanos(nanos)));
        }
        if let Ok(time) = text.parse::<jiff::civil::Time>() {
            let midnight = jiff::civil::date(1970, 1, 1).to_datetime(time);
            let time = midnight.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
            return nanos(time.timestamp()).map(|nanos| Self::OfDay(Span::from_nanos(nanos)));
        }
        if let Ok(time) = text.parse::<jiff::civil::DateTime>() {
            let time = time.to_zoned(TimeZone::UTC).map_err(|error| error.to_string())?;
            return nanos(time.timestamp()).map(|nanos| Self::At(Timestamp::from_nanos(nanos)));
        }
        Err("expected 2026-01-31T08:00:00Z, 08:00:00, or +30".to_owned())
    }

    /// The moment, given when the first frame was captured.
    pub(super) fn resolve(self, first: Timestamp) -> Timestamp {
        match self {
            Self::At(at) => at,
            Self::OfDay(since) => {
                Timestamp::from_nanos(first.nanos().div_euclid(DAY) * DAY) + since
            }
            Self::After(span) => first + span,
        }
    }
}

/// A moment that is named in full.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    match Moment::parse(text) {
        Ok(Moment::At(at)) => Ok(at),
        _ => Err("expected 2026-01-31T08:00:00Z".to_owned()),
    }
}

pub(super) fn parse_seconds(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.ok_or_else(|| "expected a number of seconds".to_owned())
}

pub(super) fn parse_cap(text: &str) -> Result<Cap, String> {
    let (name, count) = text.split_once('=').ok_or("expected NAME=COUNT")?;
    let count = count.parse().map_err(|_| format!("{count}: not a count"))?;
    if !Limits::default().set(name, count) {
        let names: Vec<_> = Limits::LIST.iter().map(|(name, ..)| name.replace('_', "-")).collect();
        return Err(format!("no limit is named {name}; there are {}", names.join(", ")));
    }
    Ok(Cap { name: name.to_owned(), count })
}

impl Input {
    /// The engine's settings.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = Settings {
            course: self.quality.course(),
            correlation: Correlation::with(&self.correlate),
            separate_legs: self.no_join,
            ..Settings::default()
        };
        if let Some(size) = self.max_memory {
            size.limit(&mut settings.limits);
        }
        for Cap { name, count } in &self.cap {
            settings.limits.set(name, *count);
        }
        settings
    }

    /// How many threads to work with: those that there is memory for.
    pub(super) fn threads(&self) -> NonZeroUsize {
        let cores = || std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let threads = self.threads.unwrap_or_else(cores);
        self.max_memory.map_or(threads, |size| threads.min(size.threads()))
    }

    /// What the user calls hosts.
    pub(super) fn host_names(&self) -> Result<Names, Failure> {
        names::names(&self.names, &self.name)
    }

    /// The inputs in the user's words.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self.files.iter().map(|file| file.to_string_lossy()).collect();
        names.join(", ")
    }

    /// The certificates named.
    ///
    /// # Errors
    /// A file that cannot be read or holds none that can be used.
    pub(super) fn certificates(&self) -> Result<Certificates, Failure> {
        let mut certificates = Certificates::default();
        for path in &self.cert {
            let fault = |error: String| Failure::Fault(format!("{}: {error}", path.display()));
            let pem = std::fs::read(path).map_err(|error| fault(error.to_string()))?;
            certificates.add_pem(&pem).map_err(fault)?;
        }
        Ok(certificates)
    }

    /// The conversations chosen.
    pub(super) fn selection(&self) -> Selection {
        Selection {
            call_ids: self.call_id.clone(),
            numbers: self.number.clone(),
            ips: self.ip.clone(),
            ..Selection::default()
        }
    }
}

/// Writes the limits, one a line: name, default, meaning.
pub(super) fn write_limits() -> Result<(), Failure> {
    super::output::to_stdout(|out| {
        for (name, meaning, default) in Limits::LIST {
            writeln!(out, "{:<26} {default:>12}  {}", name.replace('_', "-"), meaning.trim())?;
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_in_every_form() {
        let first = Timestamp::from_nanos(1_769_846_400_500_000_000); // 2026-01-31T08:00:00.5Z
        let resolve = |text: &str| Moment::parse(text).unwrap().resolve(first).nanos();
        assert_eq!(resolve("+1.5"), 1_769_846_402_000_000_000);
        assert_eq!(resolve("08:00:01"), 1_769_846_401_000_000_000);
        assert_eq!(resolve("2026-01-31T08:00:02Z"), 1_769_846_402_000_000_000);
        assert_eq!(resolve("2026-01-31T08:00:02"), 1_769_846_402_000_000_000);
        assert!(Moment::parse("yesterday").is_err() && Moment::parse("+x").is_err());
    }

    #[test]
    fn caps_name_the_limits() {
        assert_eq!(parse_cap("streams=5"), Ok(Cap { name: "streams".to_owned(), count: 5 }));
        assert!(parse_cap("streams").is_err() && parse_cap("streams=x").is_err());
        assert!(parse_cap("x=1").unwrap_err().contains("tcp-waiting"));
    }
}
