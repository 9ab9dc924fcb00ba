//! What README shows is what siplens prints.

use std::process::Command;

/// The commands that README shows with their output: `$ siplens ...` in an
/// indented block, up to the next command or paragraph.
fn shown(readme: &str) -> Vec<(String, String)> {
    let mut shown: Vec<(String, Vec<&str>)> = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.strip_prefix("    ") {
            Some(code) if code.starts_with("$ siplens") => {
                shown.push((code.trim_start_matches("$ ").to_owned(), Vec::new()));
                inside = true;
            }
            Some(code) if inside => shown.last_mut().unwrap().1.push(code),
            None if line.is_empty() && inside => shown.last_mut().unwrap().1.push(""),
            _ => inside = false,
        }
    }
    shown
        .into_iter()
        .map(|(command, lines)| (command, lines.join("\n").trim_end().to_owned()))
        .collect()
}

#[test]
fn examples_are_what_is_printed() {
    let folder = env!("CARGO_MANIFEST_DIR");
    let readme = std::fs::read_to_string(format!("{folder}/README.md")).unwrap();
    let shown = shown(&readme);
    assert_eq!(shown.len(), 2);
    for (command, expected) in shown {
        let arguments = command.split_whitespace().skip(1);
        let output = Command::new(env!("CARGO_BIN_EXE_siplens"))
            .args(arguments)
            .current_dir(folder)
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "{command}");
        assert_eq!(printed.trim_end(), expected, "{command}");
    }
}
