//! Layouts as text: `heading = what | form | form`, a column a line.

use std::fmt;

use super::form::{FORMS, Form};
use super::made::made_fields;
use super::{Column, Layout, Source};
use crate::query::calls::Calls;
use crate::query::error::nearest;
use crate::query::field::Table;

/// What is wrong with a layout.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The line, 1-based; 0 for all of it.
    pub line: usize,
    /// What is wrong there.
    pub why: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.why),
            line => write!(f, "line {line}: {}", self.why),
        }
    }
}

impl Layout {
    /// Reads a layout. Lines that begin with `#` say nothing; `@no-heading` leaves
    /// the line of headings out.
    ///
    /// # Errors
    ///
    /// A line is no column, a field or form of that name there is none, or there
    /// is no column at all.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let mut layout = Self { columns: Vec::new(), heading: true };
        let lines = text.lines().map(str::trim).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#')) {
            let fault = |why| Fault { line: index + 1, why };
            if line == "@no-heading" {
                layout.heading = false;
            } else {
                layout.columns.push(column(line).map_err(fault)?);
            }
        }
        if layout.columns.is_empty() {
            return Err(Fault { line: 0, why: "there is no column in it".to_owned() });
        }
        Ok(layout)
    }
}

fn column(line: &str) -> Result<Column, String> {
    let (heading, rest) = token(line)?;
    let rest = rest.trim_start().strip_prefix('=').ok_or("expected heading = what | form")?;
    let is_text = rest.trim_start().starts_with('"');
    let (what, rest) = token(rest)?;
    let source = if is_text { Source::Text(what) } else { source(&what)? };
    let forms = rest.split('|').map(str::trim);
    let mut forms = forms.peekable();
    if forms.next().is_some_and(|before| !before.is_empty()) {
        return Err("expected | and a form, or the end of the line".to_owned());
    }
    let forms = forms.map(form).collect::<Result<_, _>>()?;
    Ok(Column { heading, source, forms })
}

/// A word or a text in quotes, in which two quotes are one, and what follows it.
fn token(text: &str) -> Result<(String, &str), String> {
    let text = text.trim_start();
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find(['=', '|', ' ', '\t']).unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        return match word {
            "" => Err("expected heading = what | form".to_owned()),
            word => Ok((word.to_owned(), rest)),
        };
    };
    let mut quoted = String::new();
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quote without its end")?;
        quoted.push_str(part);
        match after.strip_prefix('"') {
            Some(more) => {
                quoted.push('"');
                rest = more;
            }
            None => return Ok((quoted, after)),
        }
    }
}

fn source(name: &str) -> Result<Source, String> {
    if let Some(made) = made_fields().iter().find(|made| made.name.eq_ignore_ascii_case(name)) {
        return Ok(Source::Made(made));
    }
    if let Some((_, field)) = Calls::field(name) {
        return Ok(Source::Call(field));
    }
    let names = Calls::FIELDS.iter().flat_map(crate::query::field::Field::names);
    let names = names.chain(made_fields().iter().map(|made| made.name));
    let hint = nearest(name, names).map(|near| format!("; did you mean {near}?"));
    Err(format!("{name}: no such field{}", hint.unwrap_or_default()))
}

fn form(name: &str) -> Result<Form, String> {
    let found = FORMS.iter().find(|(known, ..)| *known == name).map(|(_, form, _)| *form);
    found.ok_or_else(|| {
        let known: Vec<_> = FORMS.iter().map(|(name, ..)| *name).collect();
        format!("{name}: no such form; there are {}", known.join(", "))
    })
}

/// The forms by their names, with what they do.
pub fn forms() -> impl Iterator<Item = (&'static str, &'static str)> {
    FORMS.iter().map(|(name, _, does)| (*name, *does))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::query::cdr::LAYOUTS;

    #[test]
    fn the_layouts_of_siplens_can_be_read() {
        for (name, text) in LAYOUTS {
            Layout::parse(text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        }
        // cdr_csv of Asterisk and the template "example" of mod_cdr_csv.
        let count = |index: usize| Layout::parse(LAYOUTS[index].1).unwrap().columns.len();
        assert_eq!((count(1), count(2)), (18, 15));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        let fault = |text| Layout::parse(text).unwrap_err().to_string();
        assert_eq!(fault("# nothing\n"), "there is no column in it");
        assert_eq!(
            fault("a = from\nb = strat"),
            "line 2: strat: no such field; did you mean start?"
        );
        assert_eq!(fault("a"), "line 1: expected heading = what | form");
        assert_eq!(fault("a = \"x"), "line 1: a quote without its end");
        assert_eq!(
            fault("a = start stamp"),
            "line 1: expected | and a form, or the end of the line"
        );
        assert!(
            fault("a = start | iso").starts_with("line 1: iso: no such form; there are stamp,")
        );
    }

    #[test]
    fn headings_and_texts_may_have_quotes() {
        let layout =
            Layout::parse("@no-heading\n\"Call \"\"ID\"\"\" = call_id | first\nx=\"a|=b\"");
        let layout = layout.unwrap();
        assert!(!layout.heading);
        assert_eq!(layout.columns[0].heading, "Call \"ID\"");
        assert!(matches!(&layout.columns[1].source, Source::Text(text) if text == "a|=b"));
    }

    proptest! {
        #[test]
        fn every_text_is_a_layout_or_a_fault(text in "(?s).{0,80}") {
            let _ = Layout::parse(&text);
        }
    }
}
