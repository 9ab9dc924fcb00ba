//! Files that were met and are not read, and what is said of them.

use crate::source::error::{OneLine, SourceErrorKind};
use crate::source::info::Problem;

/// Names that a problem shows at most.
const NAMES_SHOWN: usize = 5;

/// A file that was met and is not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PassedOver {
    /// The file as it was met.
    pub file: String,
    /// Why it is not read.
    pub why: Why,
}

/// Why a file is not read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Why {
    /// It stands in a folder and is no capture, or cannot be read.
    NoCapture(SourceErrorKind),
    /// It is read already, under this name.
    Duplicate(String),
}

/// The problems that these are, in one line each.
pub(super) fn problems(all: &[PassedOver]) -> Vec<Problem> {
    let is_capture = |over: &&PassedOver| matches!(over.why, Why::Duplicate(_));
    let (duplicates, skipped): (Vec<_>, Vec<_>) = all.iter().partition(is_capture);
    let skipped = problem("file.skipped", "files that are no captures were left out", &skipped);
    let again = "files that were named more than once were read once";
    let duplicates = problem("file.duplicate", again, &duplicates);
    skipped.into_iter().chain(duplicates).collect()
}

fn problem(code: &'static str, what: &str, files: &[&PassedOver]) -> Option<Problem> {
    let shown = files.iter().take(NAMES_SHOWN).map(|over| OneLine(&over.file).to_string());
    let shown = shown.collect::<Vec<_>>().join(", ");
    let text = match files.len().saturating_sub(NAMES_SHOWN) {
        0 => format!("{what}: {shown}"),
        more => format!("{what}: {shown} and {more} more"),
    };
    let count = files.len() as u64;
    (count > 0).then_some(Problem { code, count, first_frame: None, text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_count_all_and_name_some() {
        let over = |n: u32| match n {
            7 => PassedOver { file: "7".into(), why: Why::Duplicate("x".into()) },
            n => PassedOver { file: n.to_string(), why: Why::NoCapture(SourceErrorKind::Empty) },
        };
        let all: Vec<_> = (0..10).map(over).collect();
        let problems = problems(&all);
        let told: Vec<_> =
            problems.iter().map(|told| (told.code, told.count, told.text.as_str())).collect();
        assert_eq!(
            told,
            [
                (
                    "file.skipped",
                    9,
                    "files that are no captures were left out: 0, 1, 2, 3, 4 and 4 more"
                ),
                ("file.duplicate", 1, "files that were named more than once were read once: 7"),
            ]
        );
    }
}
