//! A folder of tables that rows are added to, and whose files appear whole or not
//! at all.
//!
//! ```text
//! Folder::open ─▶ append(part) … ─▶ rotate … ─▶ append(last part) ─▶ close
//! ```
//!
//! Rows wait in files of other names. [`Folder::rotate`] gives these their names,
//! so that who reads the folder sees them, and begins others; [`Folder::close`]
//! does so for the last time. What an earlier export of the same inputs left is
//! removed then.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use super::part::{Part, Whole, fault};
use super::{Format, Partition, TableName, without_tables};
use crate::app::output::Failure;
use crate::app::save;
use crate::base::time::Timestamp;
use crate::query::Value;
use crate::query::tables::{Hosts, Name, Sink, nanos, pour};
use crate::report::Context;
use crate::report::build::Input;
use crate::report::time::Resolution;
use crate::view::json::manifest::{self, Export, ExportInput, Manifest};

/// Files that are written at the same time; of more, the one used longest ago is
/// ended.
const MOST_OPEN: usize = 64;
/// Rows that all of them hold in memory, if nothing else is said.
const MOST_HELD: usize = 1 << 18;
/// Rows between two looks at that.
const LOOK: u64 = 1 << 12;

/// How tables are written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::app) struct How {
    /// As what.
    pub(in crate::app) format: Format,
    /// Into which folders.
    pub(in crate::app) partition: Partition,
    /// Which of them.
    pub(in crate::app) tables: Vec<Name>,
    /// Rows that all of them may hold in memory; of more, those of the fullest are written.
    pub(in crate::app) held: usize,
}

impl How {
    /// Tables as a format and by parts, all of them where none is named.
    ///
    /// # Errors
    /// The format is not built in.
    pub(in crate::app) fn new(
        format: Format,
        partition: Partition,
        tables: &[TableName],
    ) -> Result<Self, Failure> {
        if !format.is_built_in() {
            return Err(without_tables("Parquet and Arrow"));
        }
        let tables: Vec<Name> = tables.iter().map(|table| (*table).into()).collect();
        let tables = if tables.is_empty() { Name::ALL.to_vec() } else { tables };
        Ok(Self { format, partition, tables, held: MOST_HELD })
    }
}

/// A folder that is written.
pub(in crate::app) struct Folder {
    root: PathBuf,
    how: How,
    capture: Option<String>,
    manifest: Manifest,
    /// The place of each table's time among its columns.
    times: BTreeMap<Name, usize>,
    /// Those that are written, the one used last at the end.
    open: Vec<(Key, Part)>,
    /// Numbers of the next files.
    numbers: BTreeMap<Key, u32>,
    whole: Vec<Whole>,
    published: Vec<String>,
    written: BTreeMap<Name, Written>,
    rows: u64,
    /// Nobody else writes while it is locked.
    _lock: File,
}

/// The table and the hour or day of a file; the least of those for rows without a time.
type Key = (Name, i64);

/// What was written of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(in crate::app) struct Written {
    pub(in crate::app) rows: u64,
    pub(in crate::app) files: u64,
    pub(in crate::app) bytes: u64,
}

/// What a file is called until it is whole.
pub(super) fn unfinished(path: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

/// The name of what is read together: always the same for the same inputs, whatever
/// folder they are in, in which order they are named, and however far they have grown.
pub(in crate::app) fn capture_of(inputs: &[Input]) -> String {
    let mut names: Vec<_> = inputs.iter().map(file_name).collect();
    names.sort();
    let first = inputs.iter().filter_map(|input| input.span).map(|(first, _)| first).min();
    let first = first.map_or(0, Timestamp::nanos);
    // FNV-1a of 64 bits.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let names = names.iter().flat_map(|name| name.bytes().chain([0]));
    for byte in names.chain(first.to_be_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

/// The name of an input's file, without its folder.
fn file_name(input: &Input) -> String {
    let name = &input.row.name;
    let file = Path::new(name).file_name();
    file.map_or_else(|| name.clone(), |file| file.to_string_lossy().into_owned())
}

/// What is said of inputs.
fn named(inputs: &[Input]) -> Vec<ExportInput> {
    let input = |input: &Input| ExportInput {
        name: file_name(input),
        first_time: input.span.map(|(first, _)| Resolution(9).format(first)),
    };
    inputs.iter().map(input).collect()
}

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// It cannot be written, or another siplens writes to it.
    pub(in crate::app) fn open(root: &Path, how: How) -> Result<Self, Failure> {
        fs::create_dir_all(root).map_err(|error| fault(root, &error))?;
        let lock_path = root.join("_siplens.lock");
        let lock = File::create(&lock_path).map_err(|error| fault(&lock_path, &error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let root = root.display();
                return Err(Failure::Fault(format!("{root}: another siplens writes to it")));
            }
            Err(TryLockError::Error(error)) => return Err(fault(&lock_path, &error)),
        }
        let manifest = read_manifest(root)?.unwrap_or_default();
        let time_of = |table: &Name| {
            let place = table.columns().iter().position(|column| column.name == table.time());
            Some((*table, place?))
        };
        let folder = Self {
            root: root.to_owned(),
            capture: None,
            times: how.tables.iter().filter_map(time_of).collect(),
            how,
            manifest,
            open: Vec::new(),
            numbers: BTreeMap::new(),
            whole: Vec::new(),
            published: Vec::new(),
            written: BTreeMap::new(),
            rows: 0,
            _lock: lock,
        };
        folder.remove_unfinished();
        Ok(folder)
    }

    /// Names what is read, as far as it is known.
    fn begin(&mut self, inputs: &[Input]) -> Result<(), Failure> {
        if self.capture.is_some() {
            return Ok(());
        }
        self.refuse_company(&named(inputs))?;
        self.capture = Some(capture_of(inputs));
        if self.how.partition == Partition::None {
            // A table without rows still has its columns.
            for table in self.how.tables.clone() {
                self.part((table, i64::MIN))?;
            }
        }
        Ok(())
    }

    /// What rows have as `capture`.
    fn capture(&self) -> String {
        self.capture.clone().unwrap_or_default()
    }

    /// Adds the rows of a report, or of a part of one. Of the inputs that the first of them
    /// tells, all have their name.
    ///
    /// # Errors
    /// Something cannot be written, or the folder holds one of the inputs in an export
    /// together with others.
    pub(in crate::app) fn append(
        &mut self,
        context: &Context<'_>,
        hosts: Hosts,
    ) -> Result<(), Failure> {
        self.begin(&context.options().inputs)?;
        let capture = self.capture();
        pour(context, &capture, hosts, self)
    }

    /// Gives the files written so far their names, and begins others.
    ///
    /// # Errors
    /// As of [`append`](Self::append).
    pub(in crate::app) fn rotate(&mut self, inputs: &[Input]) -> Result<(), Failure> {
        let inputs = named(inputs);
        self.refuse_company(&inputs)?;
        for (_, part) in std::mem::take(&mut self.open) {
            self.whole.push(part.finish()?);
        }
        for whole in std::mem::take(&mut self.whole) {
            whole.publish()?;
            let written = self.written.entry(whole.table).or_default();
            written.rows += whole.rows;
            written.files += 1;
            written.bytes += whole.bytes;
            let name = relative(&self.root, &whole.path);
            if !self.published.contains(&name) {
                self.published.push(name);
            }
        }
        self.replace_former(&inputs)
    }

    /// Whether rows wait that have no name yet.
    #[cfg(feature = "live")]
    pub(in crate::app) fn waits(&self) -> bool {
        !self.open.is_empty() || !self.whole.is_empty()
    }

    /// Ends the export; what was written of each table.
    ///
    /// # Errors
    /// As of [`append`](Self::append).
    pub(in crate::app) fn close(
        mut self,
        inputs: &[Input],
    ) -> Result<BTreeMap<Name, Written>, Failure> {
        self.rotate(inputs)?;
        for table in &self.how.tables {
            self.written.entry(*table).or_default();
        }
        Ok(std::mem::take(&mut self.written))
    }

    /// Refuses inputs of which one is in an export together with others. What has no
    /// frame yet may be any.
    fn refuse_company(&self, inputs: &[ExportInput]) -> Result<(), Failure> {
        let has_begun = |input: &&ExportInput| input.first_time.is_some();
        let may_be = |other: &ExportInput| {
            inputs.iter().any(|input| {
                input == other || input.first_time.is_none() && input.name == other.name
            })
        };
        let others = self.manifest.exports.iter().filter(|export| !self.is_own(export));
        for export in others {
            let begun = || export.inputs.iter().filter(has_begun);
            let shared = begun().find(|input| inputs.contains(input));
            let other = begun().find(|input| !may_be(input));
            if let (Some(shared), Some(other)) = (shared, other) {
                return Err(Failure::Usage(format!(
                    "{} holds {} in an export together with {}: export both again, or into \
                     another folder",
                    self.root.display(),
                    shared.name,
                    other.name
                )));
            }
        }
        Ok(())
    }

    /// Whether an export is this one, as it was said before.
    fn is_own(&self, export: &Export) -> bool {
        self.capture.as_ref() == Some(&export.capture)
    }

    /// Removes what former exports of the same inputs left, and says what there is.
    fn replace_former(&mut self, inputs: &[ExportInput]) -> Result<(), Failure> {
        let is_former = |export: &Export| {
            self.is_own(export) || export.inputs.iter().all(|input| inputs.contains(input))
        };
        for export in self.manifest.exports.iter().filter(|export| is_former(export)) {
            for part in export.parts.iter().filter(|part| !self.published.contains(part)) {
                if is_inside(part) {
                    remove_with_folders(&self.root, part);
                }
            }
        }
        let mut exports: Vec<_> =
            self.manifest.exports.iter().filter(|export| !is_former(export)).cloned().collect();
        exports.push(Export {
            capture: self.capture(),
            inputs: inputs.to_vec(),
            parts: self.published.clone(),
        });
        self.manifest.exports = exports;
        let path = self.root.join(manifest::FILE);
        save::write(Some(&path), &[], |out| self.manifest.write(out))
    }

    /// Removes what an interrupted export left.
    fn remove_unfinished(&self) {
        for table in Name::ALL {
            for path in files_below(&self.root.join(table.name()), &|name| {
                name.strip_suffix(".part").is_some_and(|name| name.starts_with(".part-"))
            }) {
                let _ = fs::remove_file(path);
            }
        }
    }

    /// The folder of a day or an hour, from that of the table.
    fn place(&self, bucket: i64) -> PathBuf {
        if self.how.partition == Partition::None {
            return PathBuf::new();
        }
        // What Hive calls the values that are not known, and others with it.
        let unknown = "__HIVE_DEFAULT_PARTITION__";
        let at = (bucket != i64::MIN).then(|| {
            let nanos = bucket.saturating_mul(self.how.partition.nanos());
            Resolution(0).format(Timestamp::from_nanos(nanos))
        });
        let part = |range| at.as_deref().and_then(|at| at.get(range)).unwrap_or(unknown);
        let date = PathBuf::from(format!("date={}", part(0..10)));
        match self.how.partition {
            Partition::Hour => date.join(format!("hour={}", part(11..13))),
            Partition::Day | Partition::None => date,
        }
    }

    /// The file of a key, at the end of those that are written.
    fn part(&mut self, key: Key) -> Result<&mut Part, Failure> {
        let place = match self.open.iter().rposition(|(of, _)| *of == key) {
            Some(place) if place + 1 == self.open.len() => place,
            Some(place) => {
                let part = self.open.remove(place);
                self.open.push(part);
                self.open.len() - 1
            }
            None => {
                if self.open.len() >= MOST_OPEN {
                    let (_, oldest) = self.open.remove(0);
                    self.whole.push(oldest.finish()?);
                }
                let (capture, ending) = (self.capture(), self.how.format.ending());
                let number = self.numbers.entry(key).or_default();
                let name = match *number {
                    0 => format!("part-{capture}.{ending}"),
                    n => format!("part-{capture}-{n}.{ending}"),
                };
                *number += 1;
                let path = self.root.join(key.0.name()).join(self.place(key.1)).join(name);
                self.open.push((key, Part::create(key.0, path, self.how.format)?));
                self.open.len() - 1
            }
        };
        match self.open.get_mut(place) {
            Some((_, part)) => Ok(part),
            None => Err(Failure::Fault("a file that was opened is not open".to_owned())),
        }
    }

    /// Writes rows that are held, when they are too many.
    fn relieve(&mut self) -> Result<(), Failure> {
        let held: usize = self.open.iter().map(|(_, part)| part.held()).sum();
        if held >= self.how.held
            && let Some((_, fullest)) = self.open.iter_mut().max_by_key(|(_, part)| part.held())
        {
            fullest.flush()?;
        }
        Ok(())
    }
}

impl Sink for Folder {
    type Error = Failure;

    fn wants(&self, table: Name) -> bool {
        self.how.tables.contains(&table)
    }

    fn row(&mut self, table: Name, values: &[Value<'_>]) -> Result<(), Failure> {
        let bucket = if self.how.partition == Partition::None {
            i64::MIN
        } else {
            let time = self.times.get(&table).and_then(|place| values.get(*place));
            let at = match time {
                Some(Value::Time(time)) => nanos(time),
                _ => None,
            };
            at.map_or(i64::MIN, |at| at.div_euclid(self.how.partition.nanos()))
        };
        self.part((table, bucket))?.row(values)?;
        self.rows += 1;
        if self.rows.is_multiple_of(LOOK) { self.relieve() } else { Ok(()) }
    }
}

/// What a folder says of itself; `None` when it says nothing.
pub(in crate::app) fn read_manifest(root: &Path) -> Result<Option<Manifest>, Failure> {
    let path = root.join(manifest::FILE);
    match fs::read(&path) {
        Ok(bytes) => Manifest::read(&bytes).map(Some).map_err(|error| fault(&path, &error)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(fault(&path, &error)),
    }
}

/// The files of a folder and those in it whose name is wanted, in order.
pub(in crate::app) fn files_below(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let (path, name) = (entry.path(), entry.file_name());
            // A link may lead round in a circle.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(path),
                Ok(_) if wanted(&name.to_string_lossy()) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

fn relative(root: &Path, path: &Path) -> String {
    let inside = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> =
        inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// Whether a name that a manifest has stays inside its folder.
fn is_inside(part: &str) -> bool {
    let plain = |piece| !matches!(piece, "" | "." | "..");
    part.split('/').all(plain) && !Path::new(part).is_absolute()
}

/// Removes a file, and the folders that are empty then.
fn remove_with_folders(root: &Path, part: &str) {
    let path = root.join(part);
    let _ = fs::remove_file(&path);
    let mut folder = path.parent();
    while let Some(inside) = folder.filter(|folder| *folder != root && folder.starts_with(root)) {
        if fs::remove_dir(inside).is_err() {
            break;
        }
        folder = inside.parent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::capture::SourceRow;

    fn input(name: &str, first: i64) -> Input {
        let row = SourceRow {
            name: name.to_owned(),
            format: "pcap".to_owned(),
            compression: None,
            link_types: Vec::new(),
            packets: 0,
            bytes: 0,
            first_time: None,
            last_time: None,
            duration_s: None,
            truncated: false,
            interface_drops: None,
            dropped_packets: None,
        };
        let first = Timestamp::from_nanos(first);
        Input { row, span: Some((first, first)), problems: Vec::new() }
    }

    #[test]
    fn the_same_inputs_have_the_same_name_in_any_order_and_anywhere() {
        let name = capture_of(&[input("a.pcap", 1), input("b.pcap", 2)]);
        assert_eq!(name, capture_of(&[input("elsewhere/b.pcap", 2), input("a.pcap", 1)]));
        for other in [input("a.pcap", 1), input("a.pcap", 3), input("c.pcap", 1)] {
            assert_ne!(name, capture_of(&[other]));
        }
    }

    #[test]
    fn a_manifest_cannot_name_what_is_outside() {
        assert!(is_inside("calls/date=2026-01-31/part-1.parquet"));
        for outside in ["../calls/x", "/etc/passwd", "calls/../../x", "", "calls//x"] {
            assert!(!is_inside(outside), "{outside}");
        }
    }
}
