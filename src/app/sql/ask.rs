//! What a question is asked of, and how its answer is told.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use super::Arguments;
use crate::app::drive::{self, End, Reading};
use crate::app::export::folder::{How, capture_of, read_manifest};
use crate::app::export::{self, Format, Partition};
use crate::app::memory::Parts;
use crate::app::output::{Failure, SUCCESS, ended, to_stdout};
use crate::query::tables::{Hosts, Name, pour};
use crate::query::{Kind, Value};
use crate::report::Context;
use crate::view::json::manifest::Manifest;
use crate::view::table::{self, Head, Style};
use crate::view::tables::{self, Answer, Open, QUESTIONS, Rows, Tables, tables_in};

/// Lists the shipped questions.
pub(super) fn list(style: Style) -> Result<ExitCode, Failure> {
    let heads =
        [Head::new("Name", "name", Kind::Text), Head::new("Answers", "meaning", Kind::Text)];
    let row = |question: &tables::Question| {
        vec![Value::Text(question.name.into()), Value::Text(question.meaning.into())]
    };
    let rows: Vec<_> = QUESTIONS.iter().map(row).collect();
    to_stdout(|out| table::write(&heads, &rows, style, out))?;
    Ok(SUCCESS)
}

fn fault(error: &tables::Error) -> Failure {
    Failure::Fault(error.to_string())
}

/// Asks.
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let mut files = arguments.input.files.clone();
    let question = match &arguments.view {
        Some(view) => shipped(view)?.to_owned(),
        None if files.is_empty() => {
            return Err(Failure::Usage("what is the question? See siplens sql --help".to_owned()));
        }
        None => files.remove(0).to_string_lossy().into_owned(),
    };
    if files.is_empty() {
        let what = "what is asked? Give captures, or a folder that siplens export wrote";
        return Err(Failure::Usage(what.to_owned()));
    }
    let wanted = tables_in(&question).map_err(|error| Failure::Usage(error.to_string()))?;
    let mut tables = Tables::default();
    let mut captures = Vec::new();
    for path in files {
        match read_manifest(&path) {
            Ok(Some(manifest)) => add_folder(&mut tables, &path, &manifest, &wanted)?,
            Err(error) if path.is_dir() => return Err(error),
            _ => captures.push(path),
        }
    }
    let mut input = arguments.input.clone();
    input.files = captures;
    let bounded = input.max_memory.filter(|_| !input.files.is_empty());
    let on_disk = bounded.map(|_| OnDisk::new()).transpose()?;
    let end = if input.files.is_empty() {
        End::Whole
    } else if let Some(OnDisk(path)) = &on_disk {
        let (format, partition) = (Format::Parquet, Partition::None);
        let how = How { format, partition, tables: wanted.clone(), held: usize::MAX };
        let (_, end) = export::write(&input, None, path, how)?;
        let manifest = read_manifest(path)?.unwrap_or_default();
        add_folder(&mut tables, path, &manifest, &wanted)?;
        end
    } else {
        let mut gathered = Gathered::new(&wanted)?;
        let Reading { snapshot, options, end } = drive::read_gradually(&input, &mut gathered)?;
        gathered.add(&Context::new(&snapshot, &options), Hosts::Told)?;
        tables.add_rows(gathered.rows).map_err(|error| fault(&error))?;
        end
    };
    if arguments.explain {
        let text = tables.explain(&question).map_err(|error| fault(&error))?;
        to_stdout(|out| out.write_all(text.as_bytes()))?;
    } else {
        let answer = tables.ask(&question).map_err(|error| fault(&error))?;
        to_stdout(|out| tell(&answer, arguments.form.style(true), out))?;
    }
    Ok(ended(&end, SUCCESS))
}

/// A folder for the tables of captures where memory is bounded: of what is in it no more is
/// read than a question needs. It is gone in the end.
struct OnDisk(PathBuf);

impl OnDisk {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("siplens-{}.tables", std::process::id()));
        let mut folder = DirBuilder::new();
        // What is told of a capture is as private as the capture.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        match folder.create(&path) {
            Ok(()) => Ok(Self(path)),
            Err(error) => Err(Failure::Fault(format!("{}: {error}", path.display()))),
        }
    }
}

impl Drop for OnDisk {
    fn drop(&mut self) {
        // Nobody else knows of it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The rows of captures, as far as they were read.
struct Gathered {
    rows: Rows,
    capture: Option<String>,
}

impl Gathered {
    fn new(wanted: &[Name]) -> Result<Self, Failure> {
        let rows = Rows::new(wanted).map_err(|error| fault(&error))?;
        Ok(Self { rows, capture: None })
    }

    fn add(&mut self, context: &Context<'_>, hosts: Hosts) -> Result<(), Failure> {
        let capture = self.capture.get_or_insert_with(|| capture_of(&context.options().inputs));
        pour(context, capture, hosts, &mut self.rows).map_err(|error| fault(&error))
    }
}

impl Parts for Gathered {
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure> {
        self.add(context, Hosts::ToCome)?;
        Ok(true)
    }
}

/// The SQL of a shipped question.
fn shipped(name: &str) -> Result<&'static str, Failure> {
    let found = QUESTIONS.iter().find(|question| question.name == name);
    let names = || QUESTIONS.iter().map(|question| question.name).collect::<Vec<_>>().join(", ");
    let unknown = || Failure::Usage(format!("no question is called {name}; there are {}", names()));
    found.map(|question| question.sql).ok_or_else(unknown)
}

/// Adds the files of a folder that hold what is wanted.
fn add_folder(
    tables: &mut Tables,
    root: &Path,
    manifest: &Manifest,
    wanted: &[Name],
) -> Result<(), Failure> {
    let parts = || manifest.exports.iter().flat_map(|export| &export.parts);
    let is_parquet = |part: &&String| part.ends_with(".parquet");
    if parts().next().is_some() && !parts().any(|part| is_parquet(&part)) {
        let root = root.display();
        let what = "holds no Parquet: export it with --format parquet to ask it in SQL";
        return Err(Failure::Usage(format!("{root} {what}")));
    }
    let open: Open = Arc::new(|path| File::open(path));
    for table in wanted {
        let folder = format!("{}/", table.name());
        let of_table = parts().filter(is_parquet).filter(|part| part.starts_with(&folder));
        let paths: Vec<PathBuf> = of_table.map(|part| root.join(part)).collect();
        tables.add_files(*table, paths, Arc::clone(&open)).map_err(|error| fault(&error))?;
    }
    Ok(())
}

/// The rows of an answer that a folder gives.
pub(super) fn folder(root: &Path, question: &str) -> Result<Vec<Vec<Value<'static>>>, Failure> {
    let wanted = tables_in(question).map_err(|error| fault(&error))?;
    let mut tables = Tables::default();
    let manifest = read_manifest(root)?.unwrap_or_default();
    add_folder(&mut tables, root, &manifest, &wanted)?;
    Ok(tables.ask(question).map_err(|error| fault(&error))?.rows)
}

fn tell(answer: &Answer, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let head = |(name, kind): &(String, Kind)| Head {
        heading: name.clone().into(),
        key: name.clone().into(),
        kind: *kind,
        many: false,
    };
    let heads: Vec<_> = answer.columns.iter().map(head).collect();
    table::write(&heads, &answer.rows, style, out)
}
