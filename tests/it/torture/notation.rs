//! The data: messages in the notation of RFC 4475 section 2, with facts.

/// A message, and what is known of it.
pub(super) struct Torture {
    /// Its name in the RFC's archive.
    pub(super) name: String,
    /// Its section.
    pub(super) section: String,
    /// Facts: key and value.
    pub(super) facts: Vec<(String, String)>,
    /// The reasons that are counted.
    pub(super) problems: Vec<String>,
    /// The message.
    pub(super) bytes: Vec<u8>,
}

/// All messages of a file.
pub(super) fn messages(data: &str) -> Vec<Torture> {
    data.split("=== ").skip(1).map(message).collect()
}

fn message(section: &str) -> Torture {
    let mut lines = section.split_terminator('\n').peekable();
    let (name, number) = lines.next().unwrap().split_once(' ').unwrap();
    let (mut facts, mut problems) = (Vec::new(), Vec::new());
    while let Some(line) = lines.next_if(|line| line.starts_with("? ")) {
        let line = &line[2..];
        let (key, value) = if let Some(rest) = line.strip_prefix("field ") {
            let (name, value) = rest.split_once(' ').unwrap_or((rest, ""));
            (format!("field {name}"), value)
        } else {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            (key.to_owned(), value)
        };
        if key == "problems" {
            problems = value.split(' ').map(str::to_owned).collect();
        } else {
            facts.push((key, unescaped(value)));
        }
    }
    let bytes = lines.flat_map(|line| [written(line), b"\r\n".to_vec()].concat()).collect();
    Torture { name: name.to_owned(), section: number.to_owned(), facts, problems, bytes }
}

/// `<hex>0D 0A</hex>` and `<repeat count=3>x</repeat>` written out.
fn written(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line;
    while let Some(at) = ["<hex>", "<repeat count="].iter().filter_map(|tag| rest.find(tag)).min() {
        bytes.extend(rest[..at].bytes());
        rest = &rest[at..];
        if let Some(inside) = rest.strip_prefix("<hex>") {
            let (hex, after) = inside.split_once("</hex>").unwrap();
            bytes.extend(hex.split(' ').map(|byte| u8::from_str_radix(byte, 16).unwrap()));
            rest = after;
        } else {
            let (count, inside) = rest["<repeat count=".len()..].split_once('>').unwrap();
            let (text, after) = inside.split_once("</repeat>").unwrap();
            bytes.extend(text.repeat(count.parse().unwrap()).bytes());
            rest = after;
        }
    }
    bytes.extend(rest.bytes());
    bytes
}

/// `\u{7}` written out, and `\\` for a backslash before it.
fn unescaped(value: &str) -> String {
    let mut parts = value.split("\\u{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (hex, after) = part.split_once('}').unwrap();
        text.push(char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap());
        text.push_str(after);
    }
    text
}
