//! Files that the user wants of what is shown.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::reading::text;
use crate::app::audio;
use crate::app::extract;
use crate::app::input::Input;
use crate::app::published::Published;
use crate::app::report::saved;
use crate::app::save::write;
use crate::report::ladder::{Ladder, ladder};
use crate::report::{Context, build};
use crate::view::ladder::Style;
use crate::view::terminal::Palette;
use crate::view::tui::action::Outcome;
use crate::view::tui::effect::{Form, Save};
use crate::view::{json, ladder as ladder_text, mermaid, svg};

/// The forms in which this program can save.
pub(super) const FORMS: &[Form] = &[
    Form::Pcapng,
    Form::Pcap,
    Form::LadderText,
    Form::LadderSvg,
    Form::LadderMermaid,
    Form::Html,
    Form::Json,
    Form::Wav,
    Form::WholeHtml,
    Form::WholeJson,
];
/// Columns of a ladder as text.
const COLUMNS: usize = 120;

/// Writes a file; it is there afterwards whole or as it was before.
pub(super) fn save(arguments: &Input, published: &Published, wish: &Save) -> Outcome {
    let path = home(&wish.path);
    if !wish.overwrite && path.exists() {
        return Outcome::Exists;
    }
    match of_form(arguments, published, wish, &path) {
        // A capture's line names it already.
        Ok(what) if matches!(wish.form, Form::Pcap | Form::Pcapng) => Outcome::Written(what),
        Ok(what) => Outcome::Written(format!("{what} written to {}", path.display())),
        Err(why) => Outcome::Failed(why),
    }
}

/// A path that begins with `~/`, in the home folder.
pub(super) fn home(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::var_os("HOME")) {
        (Ok(rest), Some(home)) => Path::new(&home).join(rest),
        _ => path.to_owned(),
    }
}

fn of_form(
    arguments: &Input,
    published: &Published,
    wish: &Save,
    path: &Path,
) -> Result<String, String> {
    let to_file = |content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>| {
        write(Some(path), &arguments.files, content).map_err(|failure| text(&failure))
    };
    match wish.form {
        Form::Json | Form::WholeJson => published.all(|facts, _| {
            let options = saved::chosen(&facts.0, &facts.1, &wish.names);
            let context = Context::new(&facts.0, &options);
            let report = build(&context);
            to_file(&mut |out| json::write(&report, true, arguments.threads(), out))?;
            Ok("the report".to_owned())
        }),
        Form::Html | Form::WholeHtml => published.all(|facts, _| {
            saved::to_file(arguments, (&facts.0, &facts.1), &wish.names, path)
                .map_err(|failure| text(&failure))
        }),
        Form::LadderText => {
            let ladders = ladders(published, &wish.names);
            let style = Style { palette: Palette { colour: false }, ascii: false, width: COLUMNS };
            to_file(&mut |out| {
                for (index, ladder) in ladders.iter().enumerate() {
                    if index > 0 {
                        writeln!(out)?;
                    }
                    ladder_text::write(ladder, style, out)?;
                }
                Ok(())
            })?;
            Ok(counted(ladders.len()))
        }
        Form::LadderSvg => {
            let ladder = only(published, wish)?;
            to_file(&mut |out| svg::write(&ladder, out))?;
            Ok(counted(1))
        }
        Form::LadderMermaid => {
            let ladder = only(published, wish)?;
            to_file(&mut |out| mermaid::write(&ladder, out))?;
            Ok(counted(1))
        }
        Form::Wav => published.all(|facts, look| {
            let of = (&facts.0, look.context, look.report);
            audio::to_file(arguments, of, &wish.names, path, wish.overwrite)
                .map_err(|failure| text(&failure))
        }),
        Form::Pcapng | Form::Pcap => published.all(|facts, look| {
            let named = |name: &String| look.context.named(name);
            let chosen: Vec<_> = wish.names.iter().filter_map(named).collect();
            extract::to_file(arguments, &facts.0, &chosen, path, wish.overwrite)
                .map_err(|failure| text(&failure))
        }),
    }
}

fn counted(ladders: usize) -> String {
    if ladders == 1 { "a ladder".to_owned() } else { format!("{ladders} ladders") }
}

/// The ladders of conversations.
fn ladders(published: &Published, names: &[String]) -> Vec<Ladder> {
    published.with(|look| {
        let ids = names.iter().filter_map(|name| look.context.named(name));
        ids.filter_map(|id| ladder(look.context, id)).collect()
    })
}

/// The ladder of the only conversation.
fn only(published: &Published, wish: &Save) -> Result<Ladder, String> {
    let mut ladders = ladders(published, &wish.names);
    match (ladders.pop(), ladders.len()) {
        (Some(ladder), 0) => Ok(ladder),
        (None, _) => Err("there is no ladder to write".to_owned()),
        (Some(_), more) => {
            let form = wish.form.text();
            Err(format!("{form}: a file holds one ladder, and {} are chosen", more + 1))
        }
    }
}
