//! `siplens live --export`: the tables of what is over, in files that appear every
//! now and then.
//!
//! ```text
//! observers ─ Publication ─▶ Tables ─▶ Folder ─ every so often: rotate ─▶ files
//! ```

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::observe::{Observer, Publication};
use crate::app::export::folder::{Folder, How};
use crate::app::export::{Format, Partition, TableName};
use crate::app::input::parse_seconds;
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::query::tables::Hosts;
use crate::report::{Context, Options};

/// Arguments about tables.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tables")]
pub(super) struct Exporting {
    /// Write what is over to this folder as tables, as `siplens export` does; what is
    /// there of other sessions stays
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,

    /// Begin other files this often; those before have their names then, and whoever reads
    /// the folder sees them
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = parse_seconds)]
    export_every: Duration,

    /// As what to write them
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    export_format: Format,

    /// Put rows into folders by the UTC time of each: calls/date=2026-01-31/hour=08
    #[arg(long, value_name = "BY", default_value = "none")]
    export_partition: Partition,

    /// Only these tables: calls,streams
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    export_tables: Vec<TableName>,
}

impl Exporting {
    /// Whether tables are wanted.
    pub(super) const fn is_wanted(&self) -> bool {
        self.export.is_some()
    }

    /// Who writes them, if they are wanted.
    ///
    /// # Errors
    /// The folder cannot be written, or the format is not built in.
    pub(super) fn begin(&self) -> Result<Option<Tables>, Failure> {
        let Some(root) = &self.export else { return Ok(None) };
        let how = How::new(self.export_format, self.export_partition, &self.export_tables)?;
        let folder = Some(Folder::open(root, how)?);
        Ok(Some(Tables { folder, every: self.export_every, rotated: Instant::now() }))
    }
}

/// Writes what is over.
pub(super) struct Tables {
    folder: Option<Folder>,
    every: Duration,
    /// When files had their names last.
    rotated: Instant,
}

impl Tables {
    fn append(&mut self, context: &Context<'_>, hosts: Hosts) -> Result<(), Failure> {
        let folder = self.folder.as_mut();
        folder.map_or(Ok(()), |folder| folder.append(context, hosts))
    }

    fn finished(&mut self, finished: &Published) -> Result<(), Failure> {
        finished.read(|context, _| self.append(context, Hosts::ToCome))
    }
}

impl Observer for Tables {
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure> {
        publication.finished.iter().try_for_each(|finished| self.finished(finished))?;
        if self.rotated.elapsed() < self.every {
            return Ok(());
        }
        self.rotated = Instant::now();
        let inputs = publication.current.read(|context, _| context.options().inputs.clone());
        match &mut self.folder {
            Some(folder) if folder.waits() => folder.rotate(&inputs),
            _ => Ok(()),
        }
    }

    /// What is not over is written as it is, and the hosts of the whole session.
    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        publication.finished.iter().try_for_each(|finished| self.finished(finished))?;
        let inputs = publication.current.parts(|snapshot, context| {
            let options =
                Options { totals: Some(publication.totals.clone()), ..context.options().clone() };
            let context = Context::new(snapshot, &options);
            self.append(&context, Hosts::Told)?;
            Ok::<_, Failure>(options.inputs.clone())
        })?;
        self.folder.take().map_or(Ok(()), |folder| folder.close(&inputs).map(drop))
    }
}
