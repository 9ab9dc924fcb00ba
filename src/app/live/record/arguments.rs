//! Arguments about recording.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::Lost;
use super::calls::CallFiles;
use super::file::Interfaces;
use super::ring::Ring;
use super::shelf::Shelf;
use crate::app::extract::names::Names;
use crate::app::input::parse_seconds;
use crate::app::live::arguments::parse_bytes;
use crate::app::live::feed::About;
use crate::app::output::Failure;
use crate::base::limits::Limits;
use crate::base::time::Span;
use crate::query::Filter;
use crate::query::calls::Calls;

/// What files of calls are called in a folder.
const PATTERN: &str = "{start}-{from}-{to}-{call_id}.pcapng";

/// What is recorded.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Recording")]
pub(in crate::app::live) struct Recording {
    /// Keep the last packets in capture files in this folder
    #[arg(long, value_name = "FOLDER")]
    record: Option<PathBuf>,

    /// Begin a new file when one has so many bytes (also K, M, G)
    #[arg(long, value_name = "BYTES", default_value = "64M", value_parser = parse_bytes)]
    ring_size: u64,

    /// Begin a new file when one spans this time
    #[arg(long, value_name = "SECONDS", value_parser = parse_seconds)]
    ring_time: Option<Duration>,

    /// Keep so many bytes of files in the folder: the oldest goes
    #[arg(long, value_name = "BYTES", default_value = "1G", value_parser = parse_bytes)]
    ring_total: u64,

    /// Write each call that ends to a capture of its own, signalling and media of
    /// all legs, in this folder or by this pattern: calls/{from}-{to}.pcapng (in
    /// braces: name, number, from, to, call_id, start)
    #[arg(long, value_name = "FOLDER|PATTERN")]
    record_calls: Option<PathBuf>,

    /// Only calls for which this is true when they have ended: 'mos < 3.5 or state
    /// == failed' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", requires = "record_calls")]
    only: Option<Filter<Calls>>,

    /// Memory for packets of calls that have not ended; what is beyond it moves to
    /// files [default: 256M, or a quarter of --max-memory if that is less]
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    lookback: Option<u64>,

    /// Keep so many bytes of files of calls, those that are being written and those of
    /// earlier sessions in the folder included: the oldest goes
    #[arg(long, value_name = "BYTES", default_value = "10G", value_parser = parse_bytes)]
    record_calls_total: u64,
}

/// The look-back buffer where nothing else is said.
const LOOKBACK: u64 = 256 << 20;
/// Or this part of all memory.
const PART: u64 = 4;

impl Recording {
    /// The folder of the ring.
    #[cfg(feature = "tui")]
    pub(in crate::app::live) fn folder(&self) -> Option<PathBuf> {
        self.record.clone()
    }

    /// Bytes of the look-back buffer when there are `memory` for everything.
    pub(in crate::app::live) fn lookback(&self, memory: u64) -> u64 {
        if self.record_calls.is_none() {
            return 0;
        }
        self.lookback.map_or(LOOKBACK.min(memory / PART), |asked| asked.min(memory / 2))
    }

    /// The ring that is asked for.
    pub(super) fn ring(&self, sources: &[About]) -> Result<Option<Ring>, Failure> {
        let Some(folder) = &self.record else { return Ok(None) };
        if self.ring_total < self.ring_size {
            let why = "--ring-total: less than --ring-size, the size of one file";
            return Err(Failure::Usage(why.to_owned()));
        }
        let span =
            |time: Duration| Span::from_nanos(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
        let bounds = (self.ring_size, self.ring_time.map(span), self.ring_total);
        Ring::new(folder.clone(), bounds, Interfaces::new(sources)).map(Some)
    }

    /// The files of calls that are asked for.
    pub(super) fn calls(
        &self,
        sources: &[About],
        (memory, limits): (u64, Limits),
        lost: Arc<Lost>,
    ) -> Result<Option<CallFiles>, Failure> {
        let Some(output) = &self.record_calls else { return Ok(None) };
        let is_pattern = output.to_string_lossy().contains('{');
        let pattern = if is_pattern { output.clone() } else { output.join(PATTERN) };
        let folder = pattern.parent().unwrap_or(Path::new("")).to_owned();
        std::fs::create_dir_all(&folder).map_err(|error| super::file::fault(&folder, &error))?;
        let names = Names::new(&pattern, true)?;
        let most = usize::try_from(self.lookback(memory)).unwrap_or(usize::MAX);
        let shelf = Shelf::open(folder.clone(), self.record_calls_total)?;
        let interfaces = Interfaces::new(sources);
        let only = self.only.clone();
        Ok(Some(CallFiles::new(names, shelf, only, (most, limits), interfaces, lost)))
    }
}
