//! Arguments about lines of JSON.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::sink::{Rotation, Sink};
use super::syslog::{Place, Syslog};
use crate::app::input::parse_seconds;
use crate::app::live::arguments::parse_bytes;
use crate::app::output::Failure;

/// What is written as lines of JSON.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Lines of JSON")]
pub(in crate::app::live) struct Headless {
    /// Write a line of JSON for each call that ends, each change of a registration, each
    /// finding and each interval (see `siplens schema events`)
    #[arg(id = "headless", long = "headless", conflicts_with_all = ["json", "print"])]
    pub(in crate::app::live) wanted: bool,

    /// Where to: a file, - for standard output, `syslog` (/dev/log), or
    /// `syslog:HOST:PORT` by UDP (RFC 5424)
    #[arg(long, short, value_name = "TARGET", default_value = "-", requires = "headless")]
    output: String,

    /// Rename the file to FILE.1 (that to FILE.2 ...) when it has so many bytes (also K, M, G)
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes, requires = "headless")]
    rotate_size: Option<u64>,

    /// Rename it when it is so old
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds, requires = "headless")]
    rotate_time: Option<Duration>,

    /// Renamed files to keep
    #[arg(long, value_name = "COUNT", default_value_t = 10, requires = "headless")]
    rotate_keep: usize,

    /// A line on the session each so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse_seconds, requires = "headless")]
    pub(super) every: Duration,
}

impl Headless {
    /// Where lines are written.
    ///
    /// # Errors
    ///
    /// It cannot be written there.
    pub(super) fn sink(&self) -> Result<Sink, Failure> {
        if self.output == "-" {
            return Ok(Sink::standard_output());
        }
        if self.output == "syslog" {
            return Ok(Sink::syslog(Syslog::connect(Place::Local)?));
        }
        if let Some(host) = self.output.strip_prefix("syslog:") {
            return Ok(Sink::syslog(Syslog::connect(Place::Udp(host.to_owned()))?));
        }
        let rotation =
            Rotation { size: self.rotate_size, time: self.rotate_time, keep: self.rotate_keep };
        Sink::file(PathBuf::from(&self.output), rotation)
    }
}
