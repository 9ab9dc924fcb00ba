//! What the files of single calls are called.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::app::output::Failure;
use crate::engine::Snapshot;
use crate::report::Context;
use crate::report::select::users;
use crate::report::time::Resolution;
use crate::track::ConversationId;

/// What may stand in a pattern.
const WORDS: &[&str] = &["name", "number", "from", "to", "call_id", "start"];
/// Characters of a part of a name.
const MOST: usize = 64;

/// A pattern of names.
pub(in crate::app) struct Names {
    folder: PathBuf,
    /// With words in braces.
    pattern: String,
}

impl Names {
    /// The pattern that the user means by a file or folder.
    ///
    /// # Errors
    ///
    /// Something in braces means nothing.
    pub(in crate::app) fn new(output: &Path, split: bool) -> Result<Self, Failure> {
        let text = output.to_string_lossy();
        if split && text == "-" {
            let why = "--split writes several files, and standard output is one";
            return Err(Failure::Usage(why.to_owned()));
        }
        let is_folder = text.ends_with(std::path::is_separator) || output.is_dir();
        if is_folder && !split {
            let why = format!("{text} is a folder: name a file, or use --split");
            return Err(Failure::Usage(why));
        }
        if is_folder {
            let pattern = "{name}.pcapng".to_owned();
            return Ok(Self { folder: output.to_owned(), pattern });
        }
        let folder = output.parent().unwrap_or(Path::new("")).to_owned();
        let file = output.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let pattern = if !split || file.contains('{') {
            file
        } else {
            let file = Path::new(&file);
            let part = |part: Option<&OsStr>| part.map(|part| part.to_string_lossy().into_owned());
            let ending = part(file.extension()).unwrap_or_else(|| "pcapng".to_owned());
            format!("{}-{{name}}.{ending}", part(file.file_stem()).unwrap_or_default())
        };
        let names = Self { folder, pattern };
        if split {
            names.check()?;
        }
        Ok(names)
    }

    fn check(&self) -> Result<(), Failure> {
        for part in self.pattern.split('{').skip(1) {
            let word = part.split_once('}').map(|(word, _)| word);
            if !word.is_some_and(|word| WORDS.contains(&word)) {
                let all = WORDS.iter().map(|word| format!("{{{word}}}")).collect::<Vec<_>>();
                let why = format!("{}: in braces there may be {}", self.pattern, all.join(", "));
                return Err(Failure::Usage(why));
            }
        }
        Ok(())
    }

    /// The file of a conversation.
    pub(in crate::app) fn of(
        &self,
        snapshot: &Snapshot,
        context: &Context<'_>,
        id: ConversationId,
    ) -> PathBuf {
        let conversation = snapshot.conversations.get(id.0 as usize);
        let name = context.name(id).unwrap_or_default();
        let users = conversation.map(users).unwrap_or_default();
        let user = |index: usize| users.get(index).cloned().unwrap_or_else(|| "unknown".to_owned());
        let value = |word: &str| match word {
            "number" => name.rsplit('-').next().unwrap_or_default().to_owned(),
            "from" => user(0),
            "to" => user(1),
            "call_id" => conversation.map(|found| found.call_id().to_owned()).unwrap_or_default(),
            "start" => {
                let first = conversation.and_then(|found| found.messages.first());
                let start = first.map(|first| Resolution(0).format(first.at));
                start.unwrap_or_default().replace(['-', ':'], "")
            }
            _ => name.clone(),
        };
        let mut file = String::new();
        let mut parts = self.pattern.split('{');
        file.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let (word, rest) = part.split_once('}').unwrap_or((part, ""));
            file.push_str(&plain(&value(word)));
            file.push_str(rest);
        }
        self.folder.join(file)
    }
}

/// Text of packets as a part of a file's name: nothing in it names a folder,
/// hides the file or is more than a word for a shell.
fn plain(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "+@._-".contains(c);
    let text: String = text.chars().take(MOST).map(|c| if is_plain(c) { c } else { '_' }).collect();
    if text.starts_with(['.', '-']) { format!("_{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_names_are_words() {
        assert_eq!(plain("+49 30/123"), "+49_30_123");
        assert_eq!(plain("../../etc/passwd"), "_.._.._etc_passwd");
        assert_eq!(plain("-rf"), "_-rf");
        assert_eq!(plain(&"x".repeat(500)).len(), MOST);
    }

    #[test]
    fn patterns_are_made_of_what_is_named() {
        let pattern = |output: &str| Names::new(Path::new(output), true).map(|names| names.pattern);
        assert_eq!(pattern("out/").unwrap(), "{name}.pcapng");
        assert_eq!(pattern("night.pcap").unwrap(), "night-{name}.pcap");
        assert_eq!(pattern("x/{from}-{to}.pcap").unwrap(), "{from}-{to}.pcap");
        assert!(pattern("{what}.pcap").is_err() && pattern("{from.pcap").is_err());
        assert!(pattern("-").is_err());
        assert!(Names::new(Path::new("out/"), false).is_err());
    }
}
