//! A message as text with its parts coloured, as it was sent, or in hexadecimal.

use super::text::{Line, Piece, line, piece};
use crate::view::terminal::{safe, width};
use crate::view::tui::theme::Role;

/// How a message is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Form {
    /// Its lines, their parts coloured, long ones broken.
    #[default]
    Text,
    /// As it was sent, line ends shown.
    Raw,
    /// Bytes in hexadecimal.
    Hex,
}

impl Form {
    /// The next form.
    pub const fn next(self) -> Self {
        match self {
            Self::Text => Self::Raw,
            Self::Raw => Self::Hex,
            Self::Hex => Self::Text,
        }
    }

    /// For the frame's title.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Raw => "raw",
            Self::Hex => "hex",
        }
    }
}

/// A message as lines of at most `columns`.
pub(in crate::view::tui) fn lines(bytes: &[u8], form: Form, columns: usize) -> Vec<Line> {
    match form {
        Form::Text => coloured(bytes, columns.max(20)),
        Form::Raw => raw(bytes, columns.max(20)),
        Form::Hex => hex(bytes, columns),
    }
}

/// The lines of a message's text, without line ends.
pub(in crate::view::tui) fn text_lines(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.split('\n').map(|line| line.trim_end_matches('\r').to_owned()).collect()
}

fn coloured(bytes: &[u8], columns: usize) -> Vec<Line> {
    let (head, body) = split(bytes);
    let mut lines = Vec::new();
    for (index, text) in text_lines(head).iter().enumerate() {
        let coloured = if index == 0 { start_line(text) } else { header(text) };
        broken(&coloured, columns, &mut lines);
    }
    if body.is_empty() {
        return lines;
    }
    lines.push(Line::new());
    let shown = std::str::from_utf8(body).is_ok_and(|text| {
        !text.chars().any(|c| c.is_control() && !matches!(c, '\r' | '\n' | '\t'))
    });
    if !shown {
        lines.push(line(Role::Dim, format!("{} bytes that are no text:", body.len())));
        lines.extend(hex(body, columns));
        return lines;
    }
    let mut body = text_lines(body);
    if body.last().is_some_and(String::is_empty) {
        body.pop();
    }
    for text in body {
        broken(&body_line(&text), columns, &mut lines);
    }
    lines
}

/// Head and body of a message.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let after = |mark: &[u8]| {
        bytes.windows(mark.len()).position(|part| part == mark).map(|at| (at, at + mark.len()))
    };
    match after(b"\r\n\r\n").or_else(|| after(b"\n\n")) {
        Some((head, body)) => {
            (bytes.get(..head).unwrap_or(bytes), bytes.get(body..).unwrap_or_default())
        }
        None => (bytes, &[]),
    }
}

fn start_line(text: &str) -> Line {
    let Some(rest) = text.strip_prefix("SIP/2.0 ") else {
        let (method, rest) = text.split_once(' ').unwrap_or((text, ""));
        return vec![piece(Role::Name, method), piece(Role::Plain, format!(" {rest}"))];
    };
    let role = match rest.as_bytes().first() {
        Some(b'1' | b'3') => Role::Warning,
        Some(b'2') => Role::Good,
        _ => Role::Bad,
    };
    vec![piece(Role::Dim, "SIP/2.0 "), piece(role, rest)]
}

fn header(text: &str) -> Line {
    match text.split_once(':') {
        Some((name, value)) if !text.starts_with([' ', '\t']) => {
            vec![piece(Role::Key, name), piece(Role::Dim, ":"), piece(Role::Plain, value)]
        }
        _ => line(Role::Plain, text),
    }
}

fn body_line(text: &str) -> Line {
    match text.split_once('=') {
        Some((name, value)) if name.len() == 1 => {
            let role = match name {
                "m" | "c" => Role::Media,
                _ => Role::Plain,
            };
            vec![piece(Role::Key, name), piece(Role::Dim, "="), piece(role, value)]
        }
        _ => line(Role::Plain, text),
    }
}

fn raw(bytes: &[u8], columns: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    for part in bytes.split_inclusive(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(part);
        let (text, end) = match (text.strip_suffix("\r\n"), text.strip_suffix('\n')) {
            (Some(text), _) => (text, "\\r\\n"),
            (None, Some(text)) => (text, "\\n"),
            (None, None) => (text.as_ref(), ""),
        };
        broken(&[piece(Role::Plain, text), piece(Role::Dim, end)], columns, &mut lines);
    }
    lines
}

/// `0000  49 4e 56 ...  INV...`, with as many bytes as fit: 16, 8 or 4.
fn hex(bytes: &[u8], columns: usize) -> Vec<Line> {
    let in_row = [16, 8].into_iter().find(|count| 8 + count * 4 <= columns).unwrap_or(4);
    let row = |(index, row): (usize, &[u8])| {
        let digits: Vec<_> = row.iter().map(|byte| format!("{byte:02x}")).collect();
        let text: String = row
            .iter()
            .map(|byte| if (0x20..0x7f).contains(byte) { char::from(*byte) } else { '.' })
            .collect();
        vec![
            piece(Role::Dim, format!("{:04x}  ", index * in_row)),
            piece(Role::Plain, format!("{:<width$}  ", digits.join(" "), width = in_row * 3 - 1)),
            piece(Role::Name, text),
        ]
    };
    bytes.chunks(in_row).enumerate().map(row).collect()
}

/// A line broken into lines of at most `columns`, the further ones indented.
pub(in crate::view::tui) fn broken(pieces: &[Piece], columns: usize, lines: &mut Vec<Line>) {
    const INDENT: &str = "  ";
    let mut current = Line::new();
    let mut used = 0;
    for part in pieces {
        let mut text = String::new();
        for c in safe(&part.text).chars() {
            let wide = width(c.encode_utf8(&mut [0; 4]));
            if used + wide > columns && used > INDENT.len() {
                current.push(Piece { text: std::mem::take(&mut text), role: part.role });
                lines.push(std::mem::replace(&mut current, line(Role::Plain, INDENT)));
                used = INDENT.len();
            }
            text.push(c);
            used += wide;
        }
        current.push(Piece { text, role: part.role });
    }
    lines.push(current);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(lines: &[Line]) -> Vec<String> {
        let join = |line: &Line| line.iter().map(|piece| piece.text.as_str()).collect();
        lines.iter().map(join).collect()
    }

    #[test]
    fn text_breaks_long_lines_and_escapes() {
        let bytes =
            b"OPTIONS sip:a SIP/2.0\r\nX: 0123456789abcdefghij\r\nY: \x1b[2J\r\n\r\nv=0\r\n";
        assert_eq!(
            shown(&lines(bytes, Form::Text, 20)),
            [
                "OPTIONS sip:a SIP/2.",
                "  0",
                "X: 0123456789abcdefg",
                "  hij",
                "Y: \\u{1b}[2J",
                "",
                "v=0"
            ]
        );
    }

    #[test]
    fn raw_shows_line_ends_and_hex_shows_bytes() {
        assert_eq!(shown(&lines(b"A b\r\nc\nd", Form::Raw, 40)), ["A b\\r\\n", "c\\n", "d"]);
        let row = shown(&lines(b"INVITE \xff", Form::Hex, 40)).join("");
        assert_eq!(row, "0000  49 4e 56 49 54 45 20 ff  INVITE .");
    }

    #[test]
    fn a_body_that_is_no_text_is_shown_in_hex() {
        let all = shown(&lines(b"A b SIP/2.0\r\n\r\n\x00\x01", Form::Text, 40));
        assert_eq!(all.get(2).map(String::as_str), Some("2 bytes that are no text:"));
    }
}
