//! Texts of which the usual ones say nothing about anybody: reason phrases, and
//! the names of user agents.

use super::names::Pseudonyms;
use super::vocabulary::is_agent_word;

/// Phrases that are in the standards, or that products send for them, in small
/// letters: the IANA registry of response codes, Q.850, RFC 3326, RFC 6432.
const USUAL: &[&str] = &[
    "accepted",
    "access denied",
    "address incomplete",
    "alternative service",
    "ambiguous",
    "anonymity disallowed",
    "answering",
    "authentication required",
    "authorization failed",
    "bad alert message",
    "bad event",
    "bad extension",
    "bad gateway",
    "bad geolocation information",
    "bad identity info",
    "bad info package",
    "bad location information",
    "bad request",
    "bearer capability not available",
    "bye",
    "busy",
    "busy everywhere",
    "busy here",
    "call completed elsewhere",
    "call completion",
    "call is being forwarded",
    "call leg/transaction does not exist",
    "call rejected",
    "call rejected by user",
    "call terminated",
    "call/transaction does not exist",
    "cancelled",
    "conditional request failed",
    "conflict",
    "connection established",
    "consent needed",
    "decline",
    "declined",
    "destination out of order",
    "dialog does not exist",
    "dialog terminated",
    "does not exist anywhere",
    "early dialog terminated",
    "exclusive lock",
    "extension required",
    "first hop lacks outbound support",
    "flow failed",
    "forbidden",
    "gone",
    "interval too brief",
    "invalid identity header",
    "invalid number format",
    "loop detected",
    "max forwards exceeded",
    "message too large",
    "method not allowed",
    "moved permanently",
    "moved temporarily",
    "multiple choices",
    "network failure",
    "network out of order",
    "no answer",
    "no circuit/channel available",
    "no notification",
    "no response",
    "no route to destination",
    "no user responding",
    "normal call clearing",
    "normal clearing",
    "normal release",
    "normal, unspecified",
    "not acceptable",
    "not acceptable here",
    "not allowed",
    "not authenticated",
    "not authorized",
    "not found",
    "not implemented",
    "number changed",
    "ok",
    "ok (bye)",
    "originator cancel",
    "originator denied",
    "payment required",
    "precondition failure",
    "progress",
    "provide referrer identity",
    "proxy authentication required",
    "push notification service not supported",
    "queued",
    "received",
    "recovery on timer expiry",
    "registration successful",
    "rejected",
    "request cancelled",
    "request entity too large",
    "request pending",
    "request terminated",
    "request timeout",
    "request timed out",
    "request-uri too long",
    "requested function not available",
    "requested interface not available",
    "requested range not satisfiable",
    "resource unavailable",
    "response received",
    "ringing",
    "security agreement required",
    "see other",
    "server internal error",
    "server time-out",
    "server timeout",
    "service unavailable",
    "session description",
    "session interval too small",
    "session not acceptable",
    "session progress",
    "sip",
    "stale date",
    "subscriber absent",
    "temporarily not available",
    "temporarily unavailable",
    "temporary failure",
    "terminated",
    "timeout",
    "too many hops",
    "transaction does not exist",
    "trying",
    "trying to find it",
    "unallocated (unassigned) number",
    "unallocated number",
    "unanchored sip invite forbidden",
    "unauthorized",
    "undecipherable",
    "unknown resource-priority",
    "unresolvable destination",
    "unsupported certificate",
    "unsupported media type",
    "unsupported uri scheme",
    "unwanted",
    "use identity header",
    "use proxy",
    "user busy",
    "user not found",
    "version not supported",
    "you are registered",
    "your call is being sent to voicemail",
    "subscription to reg saved",
    "trying -- your call is important to us",
    "wrong password",
    "wrong password or domain",
    "giving a try",
    "call progress",
    "call leg does not exist",
    "internal server error",
    "no such user",
    "unknown",
    "user unavailable",
    "call in progress",
    "accepted elsewhere",
    "hold",
    "normal",
    "lose race",
    "originator cancelled",
    "no route",
    "interworking",
    "interworking, unspecified",
    "incompatible destination",
    "protocol error",
    "protocol error, unspecified",
    "switching equipment congestion",
    "no user response",
    "media timeout",
    "rtp timeout",
    "session timeout",
    "session expired",
    "loop",
    "silence",
    "user triggered",
    "sip call",
    "session sdp",
    "a conversation",
    "call",
    "talk",
    "call completed",
    "unspecified",
];

impl Pseudonyms {
    /// A reason phrase or a session's name: usual ones stay.
    pub fn phrase(&mut self, text: &str) -> String {
        let small = text.trim().to_ascii_lowercase().replace('_', " ");
        let small = small.trim_end_matches(['.', '!']);
        let rest = small.strip_prefix("-- ").unwrap_or(small);
        if USUAL.contains(&rest) { text.to_owned() } else { self.text(text) }
    }

    /// A user agent: the names of products and their versions stay.
    pub fn agent(&mut self, text: &str) -> String {
        if !self.is_all() {
            return self.text_in_part(text);
        }
        let inside = |c: char| c.is_alphanumeric() || c == '.';
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let end = rest.find(|c| inside(c) != inside(first)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            if !inside(first) || is_version(word) || is_agent_word(word) {
                out.push_str(word);
            } else {
                let moved = self.token(word.as_bytes());
                out.push_str(&String::from_utf8_lossy(&moved));
            }
        }
        out
    }

    /// Text in which only numbers or addresses are replaced.
    pub(super) fn text_in_part(&mut self, text: &str) -> String {
        if self.is_all() { text.to_owned() } else { self.text(text) }
    }
}

/// `13.38.1`, `v2`, `4.2b3`: short figures, but no address and no serial number.
fn is_version(word: &str) -> bool {
    let word = word.strip_prefix(['v', 'V', 'r', 'R']).unwrap_or(word);
    let is_address = word.parse::<std::net::Ipv4Addr>().is_ok();
    let part = |part: &str| {
        let figures = part.bytes().filter(u8::is_ascii_digit).count();
        figures <= 4 && part.len() - figures <= 2 && part.is_ascii()
    };
    !is_address && word.split('.').all(part) && word.len() <= 16
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn usual_phrases_stay() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        for phrase in ["Busy Here", "OK", "Not found", "Unallocated (unassigned) number"] {
            assert_eq!(all.phrase(phrase), phrase);
        }
        for phrase in ["Alice is out", "Call 5550100 instead", "Busy here, Bob"] {
            assert_ne!(all.phrase(phrase), phrase);
        }
    }

    #[test]
    fn products_and_versions_stay_and_nothing_else() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        for agent in ["Asterisk PBX 20.6.0", "kamailio (5.7.4 (x86_64/linux))", "Linphone/5.2.0"] {
            assert_eq!(all.agent(agent), agent);
        }
        let phone = all.agent("Yealink SIP-T46S 66.84.0.15 001565a1b2c3");
        assert!(phone.starts_with("Yealink SIP-") && !phone.contains("001565a1b2c3"), "{phone}");
        assert!(!all.agent("PBX of Smith 10.0.0.1").contains("Smith"));
        assert!(!all.agent("PBX of Smith 10.0.0.1").contains("10.0.0.1"));
    }
}
