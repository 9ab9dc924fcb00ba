//! Pages and reports of what is looked at already.

use std::path::Path;
use std::sync::Arc;

use super::{Told, can_be_read_again, left_out, page, settings, title, wanted_frames, with_legs};
use crate::app::cli::{MESSAGE_BYTES, Messages};
use crate::app::drive;
use crate::app::input::Input;
use crate::app::interrupt::Interrupt;
use crate::app::output::Failure;
use crate::app::save;
use crate::engine::{Snapshot, Wanted};
use crate::report::{Context, Options, build};

/// Writes the page of what is looked at already to a file, with the texts of
/// messages read back from the inputs where they can be. Of the conversations
/// of those names only, if there are any.
///
/// # Errors
///
/// The file cannot be written.
pub(in crate::app) fn to_file(
    input: &Input,
    (snapshot, options): (&Snapshot, &Options),
    names: &[String],
    path: &Path,
) -> Result<String, Failure> {
    let options = chosen(snapshot, options, names);
    let context = Context::new(snapshot, &options);
    let report = build(&context);
    let mut frames = wanted_frames(&report, Messages::All);
    let mut notes = Vec::new();
    let wanted = if can_be_read_again(input) {
        let wanted = Wanted::of(frames.iter().copied()).at_most(MESSAGE_BYTES);
        let interrupt = Interrupt::by(Arc::default());
        drive::read_wanting(input, &interrupt, settings(input), wanted)?.snapshot.wanted
    } else {
        frames.clear();
        notes.push(
            "The texts of messages were left out: what was read cannot be read again.".to_owned(),
        );
        None
    };
    let of = Told { context: &context, report: &report, wanted: wanted.as_deref() };
    if !frames.is_empty() {
        notes.extend(left_out(of, &frames, Messages::All, MESSAGE_BYTES));
    }
    let title = title(&report);
    save::write(Some(path), &input.files, |out| page(of, &frames, (&title, &notes), out))?;
    Ok("the page".to_owned())
}

/// The options of a report about the conversations of those names, with all
/// their legs; about all if there are none.
pub(in crate::app) fn chosen(snapshot: &Snapshot, options: &Options, names: &[String]) -> Options {
    let mut selection = options.selection.clone();
    if !names.is_empty() {
        let context = Context::new(snapshot, options);
        let leaders = names.iter().filter_map(|name| context.named(name));
        selection.only = Some(with_legs(snapshot, leaders));
    }
    Options { selection, ..options.clone() }
}
