//! Names by pattern, as shells have them: `*`, `?`, `[a-z]`, `[!a-z]`, and `\`
//! before a character that means itself.

use std::path::{Component, Path, PathBuf};

use super::natural;

/// Whether `path` can be a pattern.
pub(super) fn is_pattern(path: &Path) -> bool {
    path.to_string_lossy().contains(['*', '?', '['])
}

/// The files and folders that a pattern matches, in natural order. Hidden
/// names match only a pattern that begins with their dot.
pub(super) fn expand(pattern: &Path) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::new()];
    for component in pattern.components() {
        let part = component.as_os_str().to_string_lossy();
        if matches!(component, Component::Normal(_)) && is_pattern(Path::new(&*part)) {
            found = found.iter().flat_map(|folder| matching(folder, &part)).collect();
        } else {
            for path in &mut found {
                path.push(component);
            }
        }
    }
    found.retain(|path| path.symlink_metadata().is_ok());
    found
}

/// The entries of `folder` that the pattern of a name matches.
fn matching(folder: &Path, pattern: &str) -> Vec<PathBuf> {
    let here = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let names = here.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name());
    let mut names: Vec<_> = names
        .filter(|name| {
            let name = name.to_string_lossy();
            (pattern.starts_with('.') || !name.starts_with('.')) && matches(pattern, &name)
        })
        .collect();
    names.sort_by(|a, b| natural::compare(&a.to_string_lossy(), &b.to_string_lossy()));
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// Whether `name` as a whole is of the pattern.
fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Where to go back to: after the last star, with one character more under it.
    let mut star: Option<(&str, &str)> = None;
    loop {
        if let Some(rest) = pattern.strip_prefix('*') {
            star = Some((rest, name));
            pattern = rest;
        } else if let Some(rest) = one(pattern, name.chars().next()) {
            pattern = rest;
            name = after_first(name);
        } else if pattern.is_empty() && name.is_empty() {
            return true;
        } else if let Some((after, under)) = star.filter(|(_, under)| !under.is_empty()) {
            pattern = after;
            name = after_first(under);
            star = Some((after, name));
        } else {
            return false;
        }
    }
}

/// The rest of the pattern after its first element, if that matches the character.
fn one(pattern: &str, c: Option<char>) -> Option<&str> {
    let c = c?;
    let first = pattern.chars().next()?;
    let rest = after_first(pattern);
    match first {
        '?' => Some(rest),
        '[' => match class(rest, c) {
            Some((true, rest)) => Some(rest),
            Some((false, _)) => None,
            // A bracket that is not closed means itself.
            None => (c == '[').then_some(rest),
        },
        '\\' if !rest.is_empty() => rest.strip_prefix(c),
        first => (first == c).then_some(rest),
    }
}

/// Whether the class that stands before `]` has the character, and what follows it.
fn class(text: &str, c: char) -> Option<(bool, &str)> {
    let (negated, mut rest) =
        text.strip_prefix(['!', '^']).map_or((false, text), |rest| (true, rest));
    let (mut has, mut first) = (false, true);
    loop {
        // A bracket that comes first is one of the class.
        if let Some(after) = rest.strip_prefix(']').filter(|_| !first) {
            return Some((has != negated, after));
        }
        let low = rest.chars().next()?;
        rest = after_first(rest);
        let range = rest.strip_prefix('-').and_then(|after| Some((after, after.chars().next()?)));
        match range.filter(|(_, high)| *high != ']') {
            Some((after, high)) => {
                has |= (low..=high).contains(&c);
                rest = after_first(after);
            }
            None => has |= low == c,
        }
        first = false;
    }
}

fn after_first(text: &str) -> &str {
    let mut chars = text.chars();
    chars.next();
    chars.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, name) in [
            ("*", ""),
            ("*", "a"),
            ("*.pcap", ".pcap"),
            ("*.pcap", "a.pcap.pcap"),
            ("a*b*c", "aXbYbZc"),
            ("a**c", "ac"),
            ("call-??.pcap", "call-07.pcap"),
            ("?", "é"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[^a-c]x", "-x"),
            ("[]a]", "]"),
            ("[a-]", "-"),
            ("[-a]", "-"),
            ("[", "["),
            ("[a", "[a"),
            ("a[", "a["),
            (r"\*", "*"),
            (r"a\?b", "a?b"),
            (r"a\", r"a\"),
        ] {
            assert!(matches(pattern, name), "{pattern} is of {name}");
        }
        for (pattern, name) in [
            ("", "a"),
            ("?", ""),
            ("?", "ab"),
            ("*.pcap", "a.pcapng"),
            ("a*b*c", "aXcYb"),
            ("[a-c]x", "dx"),
            ("[!a-c]x", "ax"),
            ("[a-c]", ""),
            ("[]a]", "b"),
            (r"\*", "a"),
            ("a", "A"),
        ] {
            assert!(!matches(pattern, name), "{pattern} is not of {name}");
        }
    }

    #[test]
    fn many_stars_end_soon() {
        let (pattern, name) = ("*a".repeat(40) + "b", "a".repeat(200));
        assert!(!matches(&pattern, &name));
    }
}
