//! What README shows is what siplens prints. `UPDATE_EXPECT=1 cargo test golden`
//! rewrites the examples.

use crate::program::output;

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");

/// README with each `$ siplens ...` of an indented block followed by what the
/// command prints, and how many there are. An example ends where the text goes
/// on, or with the next command.
fn with_printed_examples(readme: &str) -> (String, usize) {
    let (mut text, mut examples, mut inside) = (String::new(), 0, false);
    for line in readme.lines() {
        let code = line.strip_prefix("    ");
        let command = code.and_then(|code| code.strip_prefix("$ siplens "));
        if inside && command.is_none() && (code.is_some() || line.is_empty()) {
            continue;
        }
        inside = command.is_some();
        text.push_str(line);
        text.push('\n');
        if let Some(arguments) = command {
            examples += 1;
            let arguments: Vec<_> = arguments.split_whitespace().collect();
            for line in output(&arguments).trim_end().lines() {
                let line = if line.is_empty() { line.to_owned() } else { format!("    {line}") };
                text.push_str(&line);
                text.push('\n');
            }
            text.push('\n');
        }
    }
    (text, examples)
}

#[test]
fn golden_examples_of_readme() {
    let readme = std::fs::read_to_string(README).unwrap();
    let (printed, examples) = with_printed_examples(&readme);
    assert!(examples >= 2, "README shows a ladder and a report");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(README, printed).unwrap();
    } else {
        assert!(readme == printed, "UPDATE_EXPECT=1 cargo test golden rewrites README's examples");
    }
}
