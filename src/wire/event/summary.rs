//! Message waiting: `application/simple-message-summary` (RFC 3842).

use std::fmt;

use crate::wire::bytes::{decimal, split_once, trim};

/// New and old messages of one class, and those of them that are urgent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Class {
    /// `Voice-Message`, `Fax-Message` and others, in small letters.
    pub name: String,
    /// New messages.
    pub new: u64,
    /// Old messages.
    pub old: u64,
    /// New and old urgent messages, if it says.
    pub urgent: Option<(u64, u64)>,
}

/// What waits in a mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MessageSummary {
    /// Whether messages wait.
    pub waiting: bool,
    /// The mailbox, if it is named.
    pub account: Option<String>,
    /// Messages by class.
    pub classes: Vec<Class>,
}

/// Lines of one body that are read.
const MAX_LINES: usize = 64;

/// Reads a body; `None` when it does not say whether messages wait.
pub fn parse(body: &[u8]) -> Option<MessageSummary> {
    let (mut waiting, mut account, mut classes) = (None, None, Vec::new());
    for line in body.split(|b| *b == b'\n').take(MAX_LINES) {
        let (name, Some(value)) = split_once(line, b':') else { continue };
        let (name, value) = (trim(name).to_ascii_lowercase(), trim(value));
        match name.as_slice() {
            b"messages-waiting" => waiting = Some(value.eq_ignore_ascii_case(b"yes")),
            b"message-account" => account = Some(String::from_utf8_lossy(value).into_owned()),
            _ => classes.extend(class(&name, value)),
        }
    }
    Some(MessageSummary { waiting: waiting?, account, classes })
}

/// `2/8 (0/2)`
fn class(name: &[u8], value: &[u8]) -> Option<Class> {
    let pair = |text: &[u8]| {
        let (new, old) = split_once(text, b'/');
        Some((decimal(trim(new))?, decimal(trim(old?))?))
    };
    let (all, urgent) = split_once(value, b'(');
    let (new, old) = pair(trim(all))?;
    let urgent = urgent.and_then(|urgent| pair(split_once(urgent, b')').0));
    Some(Class { name: String::from_utf8_lossy(name).into_owned(), new, old, urgent })
}

impl fmt::Display for MessageSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.waiting { "messages waiting" } else { "no messages waiting" })?;
        if let Some(account) = &self.account {
            write!(f, " for {account}")?;
        }
        for (index, Class { name, new, old, urgent }) in self.classes.iter().enumerate() {
            f.write_str(if index == 0 { ": " } else { ", " })?;
            write!(f, "{} {new} new, {old} old", name.trim_end_matches("-message"))?;
            if let Some((new, old)) = urgent {
                write!(f, " (urgent {new} new, {old} old)")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc() {
        // RFC 3842 section 5.2.
        let body = b"Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.example.com\r\n\
            Voice-Message: 2/8 (0/2)\r\nFax-message: 1/0\r\n";
        assert_eq!(
            parse(body).unwrap().to_string(),
            "messages waiting for sip:alice@vmail.example.com: voice 2 new, 8 old (urgent 0 new, 2 old), fax 1 new, 0 old"
        );
        assert_eq!(parse(b"Messages-Waiting: no").unwrap().to_string(), "no messages waiting");
        assert_eq!(parse(b"Voice-Message: 1/2"), None);
        assert!(parse(b"Messages-Waiting: yes\nVoice-Message: x/y (").unwrap().classes.is_empty());
    }
}
