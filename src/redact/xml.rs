//! Bodies in XML: presence, dialogs, registrations, conferences, and others.
//!
//! The names of elements and attributes are the schema's and stay; what they
//! hold stays only where it is a word of the protocols.

use super::names::Pseudonyms;
use super::number::is_number;
use super::params::is_uri;
use super::vocabulary::is_word;

/// Longest number of an attribute that is a setting: a version, a lifetime.
const SETTING: usize = 8;

impl Pseudonyms {
    pub(super) fn xml(&mut self, body: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(body).into_owned();
        if !self.is_all() {
            return self.text_in_part(&text).into_bytes();
        }
        let (mut out, mut rest) = (String::new(), text.as_str());
        while let Some(open) = rest.find('<') {
            let (content, after) = rest.split_at(open);
            out.push_str(&self.content(content));
            // Comments, quoted sections and declarations hold what nobody reads.
            let end = match after {
                comment if comment.starts_with("<!--") => comment.find("-->").map(|end| end + 3),
                quoted if quoted.starts_with("<![CDATA[") => quoted.find("]]>").map(|end| end + 3),
                tag => tag.find('>').map(|end| end + 1),
            };
            let Some(end) = end else { return out.into_bytes() };
            let (tag, next) = after.split_at(end);
            rest = next;
            if !tag.starts_with("<!") && (!tag.starts_with("<?") || tag.starts_with("<?xml ")) {
                out.push_str(&self.tag(tag));
            }
        }
        out.into_bytes()
    }

    /// `<name attribute="value">`
    fn tag(&mut self, tag: &str) -> String {
        let (mut out, mut rest) = (String::new(), tag);
        while let Some(open) = rest.find(['"', '\'']) {
            let (before, after) = rest.split_at(open);
            let quote = if after.starts_with('"') { '"' } else { '\'' };
            let inner = after.get(1..).unwrap_or_default();
            let Some(close) = inner.find(quote) else { break };
            let (value, next) = inner.split_at(close);
            let name = before.trim_end().trim_end_matches('=').trim();
            let name = name.rsplit(char::is_whitespace).next().unwrap_or_default();
            out.push_str(before);
            out.push(quote);
            out.push_str(&self.attribute_of(name, value));
            out.push(quote);
            rest = next.get(1..).unwrap_or_default();
        }
        let end = if rest.trim_end().ends_with("/>") { "/>" } else { ">" };
        if out.is_empty() {
            return tag.to_owned();
        }
        if tag.starts_with("<?") { format!("{out}?>") } else { format!("{out}{end}") }
    }

    fn attribute_of(&mut self, name: &str, value: &str) -> String {
        let is_schema = name.starts_with("xmlns") || name.ends_with("schemaLocation");
        let setting = value.len() <= SETTING && value.parse::<f64>().is_ok();
        let is_moment = value.len() >= 20
            && value.bytes().all(|byte| byte.is_ascii_digit() || b"-:.TZ+".contains(&byte));
        let standard =
            value.starts_with("urn:ietf:params:xml:") || value.starts_with("http://www.w3.org/");
        match name {
            _ if is_schema && standard => value.to_owned(),
            "version" | "encoding" | "lang" | "xml:lang" => {
                String::from_utf8_lossy(&self.words(value.as_bytes())).into_owned()
            }
            "id" | "call-id" | "local-tag" | "remote-tag" => self.identified(value),
            _ if setting || is_moment || is_word(value) => value.to_owned(),
            _ => self.said(value),
        }
    }

    fn identified(&mut self, value: &str) -> String {
        let value = unescaped(value);
        escaped(&String::from_utf8_lossy(&self.token(value.as_bytes())))
    }

    /// What an element holds.
    fn content(&mut self, content: &str) -> String {
        let inner = content.trim();
        if inner.is_empty() {
            return content.to_owned();
        }
        let moved = if is_word(inner) { inner.to_owned() } else { self.said(inner) };
        content.replacen(inner, &moved, 1)
    }

    fn said(&mut self, value: &str) -> String {
        let value = unescaped(value);
        let moved = if is_uri(&value) {
            String::from_utf8_lossy(&self.uri(value.as_bytes())).into_owned()
        } else if value.contains('.')
            && value.parse::<std::net::IpAddr>().is_err()
            && is_number(&value)
        {
            // Coordinates are no telephone numbers.
            String::from_utf8_lossy(&self.token(value.as_bytes())).into_owned()
        } else {
            self.phrase(&value)
        };
        escaped(&moved)
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&apos;", "'").replace("&amp;", "&")
}

fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn states_stay_and_people_go() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let body = br#"<?xml version="1.0"?><!-- alice --><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1"
            state="full" entity="sip:alice@example.com"><dialog id="as7d900as8" call-id="a84b4c76e66710" direction="initiator">
            <state event="rejected" code="486">terminated</state><remote><identity display="Bob">sip:bob@example.com</identity>
            </remote><note>Bob &amp; Carol</note></dialog></dialog-info>"#;
        let text = String::from_utf8(all.xml(body)).unwrap();
        for original in ["alice", "as7d900as8", "a84b4c76e66710", "Bob", "bob", "Carol"] {
            assert!(!text.contains(original), "{original}: {text}");
        }
        for stays in [
            "xmlns=\"urn:ietf:params:xml:ns:dialog-info\"",
            "state=\"full\"",
            "code=\"486\">terminated<",
            "direction=\"initiator\"",
        ] {
            assert!(text.contains(stays), "{stays}: {text}");
        }
        let place =
            String::from_utf8(all.xml(b"<pos>42.5463 -73.2512</pos><HNO>123</HNO><A3>Wien</A3>"))
                .unwrap();
        for original in ["42.5463", "73.2512", ">123<", "Wien"] {
            assert!(!place.contains(original), "{place}");
        }
    }
}
