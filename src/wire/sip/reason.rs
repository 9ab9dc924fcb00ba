//! `Reason` (RFC 3326): why a request was sent, or a call ended.

use super::param::Params;
use super::text::{is_token, unquote};
use crate::wire::bytes::{decimal, split_once, trim};

/// One reason value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReasonHeader {
    /// `Q.850`, `SIP`, or another protocol as sent.
    pub protocol: String,
    /// The cause of that protocol.
    pub cause: Option<u32>,
    /// The text.
    pub text: Option<String>,
}

impl ReasonHeader {
    /// Reads one element of the header field; `None` when it has no protocol.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (protocol, params) = split_once(value, b';');
        let protocol = trim(protocol);
        let params = Params(params.unwrap_or_default());
        is_token(protocol).then(|| Self {
            protocol: String::from_utf8_lossy(protocol).into_owned(),
            cause: params
                .get("cause")
                .and_then(|cause| decimal(&unquote(cause)))
                .and_then(|cause| u32::try_from(cause).ok()),
            text: params.text("text").filter(|text| !text.is_empty()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_and_text_are_read() {
        let reason = ReasonHeader::parse(b"Q.850 ;cause=16 ;text=\"Terminated; ok\"").unwrap();
        assert_eq!((reason.protocol.as_str(), reason.cause), ("Q.850", Some(16)));
        assert_eq!(reason.text.as_deref(), Some("Terminated; ok"));
        assert_eq!(ReasonHeader::parse(b"SIP").unwrap().cause, None);
        assert_eq!(ReasonHeader::parse(b"SIP;cause=x").unwrap().cause, None);
        assert_eq!(ReasonHeader::parse(b";cause=1"), None);
    }
}
