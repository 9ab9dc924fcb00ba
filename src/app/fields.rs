//! `siplens where`: what expressions can name, and how they are written.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::list::{Form, Format};
use super::output::{Failure, SUCCESS, to_stdout};
use crate::query::calls::Calls;
use crate::query::dialogs::Dialogs;
use crate::query::endpoints::Endpoints;
use crate::query::findings::Findings;
use crate::query::registrations::Registrations;
use crate::query::streams::Streams;
use crate::query::{Kind, Table, Value};
use crate::view::table::{self, Head};

/// Arguments of `where`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// Whose fields to list; without, how expressions are written
    #[arg(value_name = "ROWS")]
    of: Option<Of>,

    #[command(flatten)]
    form: Form,
}

/// What has fields.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Of {
    /// Calls
    Calls,
    /// RTP streams
    Streams,
    /// Registrations
    Registrations,
    /// Exchanges that are neither
    Dialogs,
    /// Findings
    Findings,
    /// Hosts that signal or send media
    Endpoints,
}

/// How expressions are written.
pub(super) const LANGUAGE: &str = r#"An expression says which rows are meant:

  siplens calls --where 'state == failed and mos < 3.5 and from ~ "^\+49"' call.pcap

FIELD == VALUE   also !=; of texts also ~ and !~ (a regular expression), contains;
                 of numbers, moments and severities also < <= > >=
FIELD in (A, B)  one of them; 400..499 is a range, 10.0.0.0/8 a network; not in
exists FIELD     it is known; FIELD == null is the opposite
FIELD            it is yes, of those that are yes or no
and or not ( )   also && || !; not binds closest, then and

Values  text      alice, +49301234, "say \"hi\""; quotes where there are blanks or signs
        number    3.5, 10k; with a unit 200ms 1.5s 2m 1h, 2.5%, 10kB
        moment    2026-01-31T08:00:00Z, 2026-01-31, 08:00, all UTC; equal to what lies in it
        address   192.0.2.1, 10.0.0.0/8; with its port 192.0.2.1:5060, :5060

What is not known is neither less nor more nor equal: mos < 3.5 leaves out calls
without a MOS, and so does not mos < 3.5. A field with several values, such as
codec, meets == when one of them does, and != when none does.

siplens where calls lists the fields of calls, siplens where streams those of streams, ...
"#;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let form = &arguments.form;
    to_stdout(|out| match arguments.of {
        None => out.write_all(LANGUAGE.as_bytes()),
        Some(Of::Calls) => write::<Calls>(form, out),
        Some(Of::Streams) => write::<Streams>(form, out),
        Some(Of::Registrations) => write::<Registrations>(form, out),
        Some(Of::Dialogs) => write::<Dialogs>(form, out),
        Some(Of::Findings) => write::<Findings>(form, out),
        Some(Of::Endpoints) => write::<Endpoints>(form, out),
    })?;
    Ok(SUCCESS)
}

/// Writes the fields of a table.
pub(super) fn write<T: Table>(form: &Form, out: &mut dyn Write) -> io::Result<()> {
    let heads = [
        Head::new("Name", "name", Kind::Text),
        Head::new("Shown", "shown", Kind::Flag),
        Head::new("Is", "kind", Kind::Text),
        Head::new("Meaning", "meaning", Kind::Text),
        Head::new("Also called", "aliases", Kind::Text),
    ];
    let row = |field: &crate::query::Field<T>| {
        let aliases = field.aliases.join(", ");
        let aliases = if aliases.is_empty() { Value::Null } else { Value::Text(aliases.into()) };
        let kind = field.kind.name();
        let kind = if field.many { format!("{kind}, several").into() } else { kind };
        vec![
            Value::Text(field.name.into()),
            if field.shown || form.format() != Format::Table {
                Value::Flag(field.shown)
            } else {
                Value::Text("".into())
            },
            Value::Text(kind),
            Value::Text(field.meaning.into()),
            aliases,
        ]
    };
    let rows: Vec<_> = T::FIELDS.iter().map(row).collect();
    table::write(&heads, &rows, form.style(false), out)
}
