//! Data in a script element: JSON that cannot end it.

use std::io::{self, Write};

/// Writes a JSON string such that nothing in it is markup: only `<` begins what
/// ends a script element or a comment in it.
pub(super) fn string(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let json = serde_json::to_string(text)?;
    let mut rest = &*json;
    while let Some((before, after)) = rest.split_once('<') {
        out.write_all(before.as_bytes())?;
        out.write_all(b"\\u003c")?;
        rest = after;
    }
    out.write_all(rest.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_do_not_end_their_element() {
        let text = "</script><!-- & \u{2028} \" \\";
        let mut out = Vec::new();
        string(text, &mut out).unwrap();
        let json = String::from_utf8(out).unwrap();
        assert!(!json.contains('<'), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
