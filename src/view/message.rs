//! SIP messages as they were sent, for a person.

use std::io::{self, Write};

use super::terminal::{Palette, Tone, safe};

/// Bytes in a line of a hex dump.
const IN_LINE: usize = 16;

/// Writes a message: start line, headers, body, each in its colours. A body that
/// is no text is written as a hex dump.
///
/// # Errors
/// Those of `out`.
pub fn write(bytes: &[u8], palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    let (head, body) = split(bytes);
    for (index, line) in lines(head).enumerate() {
        let text = String::from_utf8_lossy(line);
        if index == 0 {
            writeln!(out, "{}", palette.paint(start_tone(&text), safe(&text)))?;
        } else {
            writeln!(out, "{}", header(&text, palette))?;
        }
    }
    if body.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    match std::str::from_utf8(body) {
        Ok(text) if !text.chars().any(|c| c.is_control() && !"\r\n\t".contains(c)) => {
            for line in lines(body) {
                writeln!(out, "{}", body_line(&String::from_utf8_lossy(line), palette))?;
            }
            Ok(())
        }
        _ => hex(body, out),
    }
}

/// Writes bytes as a hex dump: offset, bytes, what is text of them.
///
/// # Errors
/// Those of `out`.
pub fn hex(bytes: &[u8], out: &mut dyn Write) -> io::Result<()> {
    for (index, line) in bytes.chunks(IN_LINE).enumerate() {
        write!(out, "{:06x} ", index * IN_LINE)?;
        for place in 0..IN_LINE {
            if place == IN_LINE / 2 {
                write!(out, " ")?;
            }
            match line.get(place) {
                Some(byte) => write!(out, " {byte:02x}")?,
                None => write!(out, "   ")?,
            }
        }
        let text =
            line.iter().map(|byte| if byte.is_ascii_graphic() { char::from(*byte) } else { '.' });
        writeln!(out, "  {}", text.collect::<String>())?;
    }
    Ok(())
}

/// The head of a message without the empty line at its end, and the body.
fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut at = 0;
    while let Some(end) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| *b == b'\n')) {
        let line = bytes.get(at..at + end).unwrap_or_default();
        if at > 0 && matches!(line, b"" | b"\r") {
            let body = bytes.get(at + end + 1..).unwrap_or_default();
            return (bytes.get(..at).unwrap_or_default(), body);
        }
        at += end + 1;
    }
    (bytes, &[])
}

/// Lines without their ends.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn start_tone(line: &str) -> Tone {
    let status = line.strip_prefix("SIP/2.0 ").map(|rest| rest.as_bytes().first().copied());
    match status {
        None => Tone::Heading,
        Some(Some(b'1')) => Tone::Name,
        Some(Some(b'2')) => Tone::Good,
        Some(Some(b'3')) => Tone::Warning,
        Some(_) => Tone::Bad,
    }
}

fn header(line: &str, palette: Palette) -> String {
    match line.split_once(':') {
        // A line that begins with a blank goes on with the one before.
        Some((name, value)) if !line.starts_with([' ', '\t']) => {
            format!("{}{}", palette.paint(Tone::Name, format!("{}:", safe(name))), tabs(value))
        }
        _ => tabs(line),
    }
}

/// A line of a body: of SDP, the lines of media stand out.
fn body_line(line: &str, palette: Palette) -> String {
    let tone = match line.as_bytes() {
        [b'm', b'=', ..] => Tone::Heading,
        [b'c', b'=', ..] => Tone::Name,
        _ => Tone::Plain,
    };
    palette.paint(tone, tabs(line))
}

/// Text that is safe, but for tabs, which become a blank.
fn tabs(text: &str) -> String {
    safe(&text.replace('\t', " ")).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bytes: &[u8]) -> String {
        let mut out = Vec::new();
        write(bytes, Palette { colour: false }, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_message_is_written_as_it_is() {
        let text = "OPTIONS sip:a SIP/2.0\r\nVia: x\r\n y\r\nl: 5\r\n\r\nv=0\r\nm=audio\r\n";
        assert_eq!(
            written(text.as_bytes()),
            "OPTIONS sip:a SIP/2.0\nVia: x\n y\nl: 5\n\nv=0\nm=audio\n"
        );
        assert_eq!(written(b"BYE x SIP/2.0"), "BYE x SIP/2.0\n");
        assert_eq!(written(b""), "\n");
    }

    #[test]
    fn nothing_of_it_reaches_the_terminal() {
        let text = written(b"SIP/2.0 200 \x1b[2J\r\nA\x07: \x1b]0;x\r\n\r\nbody\x1b[31m");
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
        assert!(text.contains("000000  62 6f 64 79 1b 5b 33 31  6d"), "{text}");
    }

    #[test]
    fn a_hex_dump_has_the_text_beside() {
        let mut out = Vec::new();
        hex(b"INVITE sip:bob@example.com", &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(
            text,
            "000000  49 4e 56 49 54 45 20 73  69 70 3a 62 6f 62 40 65  INVITE.sip:bob@e\n\
             000010  78 61 6d 70 6c 65 2e 63  6f 6d                    xample.com\n"
        );
    }
}
