//! A page's content security policy: its own style and script and nothing else.

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

/// The policy that lets exactly this style and this script run, and nothing be
/// fetched.
pub fn policy(style: &str, script: &str) -> String {
    format!(
        "default-src 'none'; style-src '{}'; script-src '{}'; img-src data:; base-uri 'none'; form-action 'none'",
        source(style),
        source(script),
    )
}

/// The hash source of an inline text (CSP level 3 section 2.3.1).
fn source(text: &str) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_the_hash_of_its_text() {
        // The example of CSP level 3 section 8.3.
        let expected = "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=";
        assert_eq!(source("alert('Hello, world.');"), expected);
    }
}
