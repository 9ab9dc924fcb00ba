//! The file of settings: `config.toml` in the XDG place.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::app::names::Named;
use crate::view::tui::Settings;
use crate::view::tui::column::{Column, Sort};
use crate::view::tui::theme::Theme;

/// What the file says.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Config {
    /// What the interface is set to.
    pub(in crate::app) settings: Settings,
    /// Names of hosts.
    pub(in crate::app) names: Vec<Named>,
    /// Whether the theme was set.
    pub(in crate::app) theme_set: bool,
    /// Whether the mouse is left to the terminal.
    pub(in crate::app) no_mouse: bool,
}

/// A larger file is no file of settings.
const MOST_BYTES: u64 = 1 << 20;

/// A file of settings with everything in it, as it is without one.
pub(in crate::app) const TEMPLATE: &str = r#"# Settings of siplens. What is commented out is as it is without it.

# Colours: "auto", "dark", "light" or "mono". "auto" is mono where NO_COLOR is set.
# theme = "auto"

# Whether siplens takes the mouse; without it, the terminal selects text.
# mouse = true

[calls]
# Columns of the list of calls, from left to right. Those that there are:
{columns}
# columns = [{default}]

# What calls are sorted by to begin with, and whether the greatest come first.
# sort = "number"
# descending = false

[names]
# What hosts are called.
# "192.0.2.5" = "PBX"
# "192.0.2.5:5070" = "door"

[keys]
# Other keys for commands: one or several, as x, F2, Ctrl-x, Alt-x, Space, PageUp.
# `siplens tui --keys` lists the commands and their keys.
# mark = "Space"
# save = ["F2", "s"]
"#;

/// The template with the columns filled in.
pub(in crate::app) fn template() -> String {
    let quoted = |columns: Vec<Column>| -> Vec<String> {
        columns.into_iter().map(|column| format!("\"{}\"", column.name())).collect()
    };
    let mut lines = vec!["#".to_owned()];
    for column in Column::all() {
        if lines.last().is_some_and(|line| line.len() + column.name().len() > 76) {
            lines.push("#".to_owned());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(column.name());
        }
    }
    TEMPLATE
        .replace("{columns}", &lines.join("\n"))
        .replace("{default}", &quoted(Column::DEFAULT.to_vec()).join(", "))
}

/// Reads the file of settings; without one, everything is as it is.
///
/// # Errors
///
/// The file cannot be read, or a line of it means nothing: says which line.
pub(in crate::app) fn read(path: &Path) -> Result<Config, String> {
    let fault = |why: String| format!("{}: {why}", path.display());
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Config::default()),
        Err(error) => return Err(fault(error.to_string())),
        Ok(meta) if meta.len() > MOST_BYTES => return Err(fault("too large".to_owned())),
        Ok(_) => {}
    }
    let text = std::fs::read_to_string(path).map_err(|error| fault(error.to_string()))?;
    parse(&text).map_err(|(line, why)| format!("{}:{line}: {why}", path.display()))
}

/// A fault, and the line (1-based) that it is in.
type Fault = (usize, String);

/// What a text of settings says.
fn parse(text: &str) -> Result<Config, Fault> {
    let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let table = DeTable::parse(text).map_err(|error| {
        (line(error.span().map_or(0, |span| span.start)), error.message().to_owned())
    })?;
    let mut config = Config::default();
    for (key, value) in table.get_ref() {
        let at = |why: String| (line(key.span().start), why);
        let result = match (key.get_ref().as_ref(), value.get_ref()) {
            ("theme", DeValue::String(name)) => config.theme(name).map_err(at),
            ("mouse", DeValue::Boolean(on)) => {
                config.no_mouse = !on;
                Ok(())
            }
            ("calls", DeValue::Table(table)) => {
                each(table, &line, |key, value| config.calls(key, value))
            }
            ("names", DeValue::Table(table)) => each(table, &line, |key, value| {
                let DeValue::String(name) = value else {
                    return Err("a name is a text: \"PBX\"".to_owned());
                };
                let named = Named::parse(&format!("{key}={name}"));
                config.names.push(named.map_err(|_| format!("{key}: no address"))?);
                Ok(())
            }),
            ("keys", DeValue::Table(table)) => each(table, &line, |key, value| {
                let keys = texts(value).ok_or("a key is a text, or a list of texts")?;
                config.settings.keys.set(key, &keys)
            }),
            ("theme" | "mouse" | "calls" | "names" | "keys", _) => {
                Err(at(format!("{}: not of the right kind", key.get_ref())))
            }
            (other, _) => Err(at(format!(
                "{other}: no such setting; there are theme, mouse, calls, names, keys"
            ))),
        };
        result?;
    }
    Ok(config)
}

/// Takes each entry of a table; a fault is given the line of its entry.
fn each(
    table: &DeTable<'_>,
    line: &impl Fn(usize) -> usize,
    mut take: impl FnMut(&str, &DeValue<'_>) -> Result<(), String>,
) -> Result<(), Fault> {
    for (key, value) in table {
        let at = key.span().start;
        take(key.get_ref(), value.get_ref()).map_err(|why| (line(at), why))?;
    }
    Ok(())
}

/// A text, or a list of texts.
fn texts<'v>(value: &'v DeValue<'_>) -> Option<Vec<&'v str>> {
    let text = |value: &'v DeValue<'_>| match value {
        DeValue::String(text) => Some(text.as_ref()),
        _ => None,
    };
    match value {
        DeValue::Array(list) => list.iter().map(Spanned::get_ref).map(text).collect(),
        value => Some(vec![text(value)?]),
    }
}

impl Config {
    fn theme(&mut self, name: &str) -> Result<(), String> {
        if name == "auto" {
            return Ok(());
        }
        let theme = Theme::named(name);
        self.settings.theme =
            theme.ok_or_else(|| format!("{name}: no theme; there are auto, dark, light, mono"))?;
        self.theme_set = true;
        Ok(())
    }

    fn calls(&mut self, key: &str, value: &DeValue<'_>) -> Result<(), String> {
        let column = |name: &str| {
            let names: Vec<_> = Column::all().map(Column::name).collect();
            Column::named(name)
                .ok_or_else(|| format!("{name}: no column; there are {}", names.join(", ")))
        };
        match (key, value) {
            ("columns", value) => {
                let names = texts(value).filter(|names| !names.is_empty());
                let names = names.ok_or("columns are a list of names: [\"state\", \"from\"]")?;
                self.settings.columns = names.into_iter().map(column).collect::<Result<_, _>>()?;
            }
            ("sort", DeValue::String(name)) => {
                let descending = self.settings.sort.descending;
                self.settings.sort = Sort { column: column(name)?, descending };
            }
            ("descending", DeValue::Boolean(descending)) => {
                self.settings.sort.descending = *descending;
            }
            ("sort" | "descending", _) => return Err(format!("{key}: not of the right kind")),
            _ => {
                return Err(format!("{key}: no such setting; there are columns, sort, descending"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read() {
        let config = parse(
            "theme = \"light\"\nmouse = false\n[calls]\ncolumns = [\"state\", \"mos\"]\n\
             sort = \"mos\"\ndescending = true\n[names]\n\"192.0.2.5\" = \"PBX\"\n[keys]\nmark = \"Ctrl-t\"\n",
        )
        .unwrap();
        assert_eq!(config.settings.theme, Theme::Light);
        assert_eq!(config.settings.columns, [Column::State, Column::Mos]);
        assert_eq!(config.settings.sort, Sort { column: Column::Mos, descending: true });
        assert!(config.no_mouse && config.theme_set && config.names.len() == 1);
    }

    #[test]
    fn a_fault_names_its_line() {
        let fault = |text: &str| parse(text).unwrap_err();
        assert_eq!(fault("theme = \"dark\"\nthem = 1\n").0, 2);
        assert_eq!(fault("[calls]\n\ncolumns = [\"stat\"]\n").0, 3);
        assert!(fault("[calls]\ncolumns = [\"stat\"]\n").1.starts_with("stat: no column"));
        assert_eq!(fault("[names]\n\"nowhere\" = \"x\"\n"), (2, "nowhere: no address".to_owned()));
        assert_eq!(fault("[keys]\nmark = \"Space\"\nmork = \"x\"\n").0, 3);
        assert_eq!(fault("theme = \n").0, 1);
    }

    #[test]
    fn the_template_is_what_it_says() {
        let config = parse(&template()).unwrap();
        assert_eq!(config.settings, Settings::default());
        // With everything that is commented out.
        let all: String = template()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
                _ => format!("{line}\n"),
            })
            .collect();
        let config = parse(&all).unwrap();
        assert_eq!(config.settings.columns, Settings::default().columns);
        assert_eq!(config.names.len(), 2);
    }
}
