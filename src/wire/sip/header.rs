//! Names of header fields, and the index of a message's fields.

use std::ops::Range;

/// Declares the known names once: variant, full form, lower-case forms.
macro_rules! names {
    ($($variant:ident $full:literal = $lower:pat,)*) => {
        /// A header field's name; compact forms are the same name (RFC 3261 section 7.3.3).
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Name {
            $(#[doc = concat!("`", $full, "`")] $variant,)*
            /// A name that siplens does not know; the message has its text.
            Other,
        }

        impl Name {
            /// The name of the field, compared without case; both forms.
            pub fn of(text: &[u8]) -> Self {
                let mut lower = [0_u8; LONGEST];
                let Some(lower) = lower.get_mut(..text.len()) else { return Self::Other };
                for (to, from) in lower.iter_mut().zip(text) {
                    *to = from.to_ascii_lowercase();
                }
                match &*lower {
                    $($lower => Self::$variant,)*
                    _ => Self::Other,
                }
            }

            /// The full form; empty for [`Name::Other`].
            pub const fn full(self) -> &'static str {
                match self { $(Self::$variant => $full,)* Self::Other => "" }
            }

            /// The bit of the name in a set of names.
            pub(super) const fn bit(self) -> u64 {
                1 << self as u32
            }

            /// Every known name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
        }
    };
}

/// Longest known name.
const LONGEST: usize = 24;

names! {
    Via "Via" = b"via" | b"v",
    From "From" = b"from" | b"f",
    To "To" = b"to" | b"t",
    CallId "Call-ID" = b"call-id" | b"i",
    Cseq "CSeq" = b"cseq",
    Contact "Contact" = b"contact" | b"m",
    ContentLength "Content-Length" = b"content-length" | b"l",
    ContentType "Content-Type" = b"content-type" | b"c",
    ContentEncoding "Content-Encoding" = b"content-encoding" | b"e",
    MaxForwards "Max-Forwards" = b"max-forwards",
    Route "Route" = b"route",
    RecordRoute "Record-Route" = b"record-route",
    UserAgent "User-Agent" = b"user-agent",
    Server "Server" = b"server",
    Expires "Expires" = b"expires",
    MinExpires "Min-Expires" = b"min-expires",
    Reason "Reason" = b"reason",
    Allow "Allow" = b"allow",
    Supported "Supported" = b"supported" | b"k",
    Require "Require" = b"require",
    ProxyRequire "Proxy-Require" = b"proxy-require",
    Unsupported "Unsupported" = b"unsupported",
    Authorization "Authorization" = b"authorization",
    ProxyAuthorization "Proxy-Authorization" = b"proxy-authorization",
    WwwAuthenticate "WWW-Authenticate" = b"www-authenticate",
    ProxyAuthenticate "Proxy-Authenticate" = b"proxy-authenticate",
    Event "Event" = b"event" | b"o",
    SubscriptionState "Subscription-State" = b"subscription-state",
    AllowEvents "Allow-Events" = b"allow-events" | b"u",
    ReferTo "Refer-To" = b"refer-to" | b"r",
    ReferredBy "Referred-By" = b"referred-by" | b"b",
    Replaces "Replaces" = b"replaces",
    Join "Join" = b"join",
    InReplyTo "In-Reply-To" = b"in-reply-to",
    PChargingVector "P-Charging-Vector" = b"p-charging-vector",
    RetryAfter "Retry-After" = b"retry-after",
    Warning "Warning" = b"warning",
    RSeq "RSeq" = b"rseq",
    RAck "RAck" = b"rack",
    SessionExpires "Session-Expires" = b"session-expires" | b"x",
    MinSe "Min-SE" = b"min-se",
    PAssertedIdentity "P-Asserted-Identity" = b"p-asserted-identity",
    PPreferredIdentity "P-Preferred-Identity" = b"p-preferred-identity",
    RemotePartyId "Remote-Party-ID" = b"remote-party-id",
    Privacy "Privacy" = b"privacy",
    Diversion "Diversion" = b"diversion",
    HistoryInfo "History-Info" = b"history-info",
    SessionId "Session-ID" = b"session-id",
    Identity "Identity" = b"identity" | b"y",
    Path "Path" = b"path",
    PAssociatedUri "P-Associated-URI" = b"p-associated-uri",
    FlowTimer "Flow-Timer" = b"flow-timer",
    Geolocation "Geolocation" = b"geolocation",
    ResourcePriority "Resource-Priority" = b"resource-priority",
    ServiceRoute "Service-Route" = b"service-route",
    Subject "Subject" = b"subject" | b"s",
    Date "Date" = b"date",
    Accept "Accept" = b"accept",
    SipEtag "SIP-ETag" = b"sip-etag",
    SipIfMatch "SIP-If-Match" = b"sip-if-match",
}

/// [`Name::bit`] has one for each, [`Name::Other`] included.
const _: () = assert!(Name::ALL.len() < 64);

/// Where one field stands in its message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    /// Its name.
    pub name: Name,
    /// Where the name's text is.
    pub name_range: Range<u32>,
    /// Where the value is, without blanks at its ends, folds still inside.
    pub value_range: Range<u32>,
}

/// The fields of a message, in order. One index is used for message after
/// message, so that reading one allocates nothing.
#[derive(Clone, Debug, Default)]
pub struct HeaderIndex {
    pub(super) fields: Vec<Field>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_without_case_and_by_their_compact_form() {
        assert_eq!(Name::of(b"call-id"), Name::CallId);
        assert_eq!(Name::of(b"CALL-ID"), Name::CallId);
        assert_eq!(Name::of(b"I"), Name::CallId);
        assert_eq!(Name::of(b"v"), Name::Via);
        assert_eq!(Name::of(b"x"), Name::SessionExpires);
        assert_eq!(Name::of(b""), Name::Other);
        assert_eq!(Name::of(b"X-Anything"), Name::Other);
        assert_eq!(Name::of(&[b'v'; 300]), Name::Other);
        for name in Name::ALL {
            assert_eq!(Name::of(name.full().as_bytes()), *name);
        }
    }
}
