//! Parameters: `;name=value` after URIs, addresses, Vias and media types.

use super::text::{split_outside, unquote};
use crate::wire::bytes::{split_once, trim};

/// Parameters not yet taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Params<'a>(pub &'a [u8]);

impl<'a> Params<'a> {
    /// Names and values in order; the value of a bare name is `None`.
    pub fn iter(self) -> impl Iterator<Item = (&'a [u8], Option<&'a [u8]>)> {
        split_outside(self.0, b';').filter(|part| !part.is_empty()).map(|part| {
            let (name, value) = split_once(part, b'=');
            (trim(name), value.map(trim))
        })
    }

    /// The value of the first parameter of that name, compared without case.
    pub fn get(self, name: &str) -> Option<&'a [u8]> {
        self.iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))
            .and_then(|(_, value)| value)
    }

    /// Whether there is a parameter of that name, with or without value.
    pub fn has(self, name: &str) -> bool {
        self.iter().any(|(key, _)| key.eq_ignore_ascii_case(name.as_bytes()))
    }

    /// The value of a parameter, unquoted, as text.
    pub fn text(self, name: &str) -> Option<String> {
        self.get(name).map(|value| String::from_utf8_lossy(&unquote(value)).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_may_be_quoted_bare_or_spaced() {
        let params = Params(br#" ; tag = 42 ;lr;x="a;b\"c" "#);
        assert_eq!(params.get("TAG"), Some(&b"42"[..]));
        assert!(params.has("lr") && params.get("lr").is_none());
        assert_eq!(params.text("x").as_deref(), Some("a;b\"c"));
        assert!(!params.has("y"));
    }
}
