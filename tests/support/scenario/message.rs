//! A SIP message as text: its start line, its header fields in order, its body.

/// A message to be written.
#[derive(Clone, Default, Debug)]
pub(crate) struct Message {
    pub(crate) start: String,
    /// Names in full and values, in order.
    fields: Vec<(&'static str, String)>,
    /// Further fields, as written.
    pub(crate) further: Vec<String>,
    pub(crate) content_type: String,
    pub(crate) body: Vec<u8>,
}

/// The short forms (RFC 3261 section 7.3.3).
const SHORT: &[(&str, &str)] = &[
    ("Via", "v"),
    ("From", "f"),
    ("To", "t"),
    ("Call-ID", "i"),
    ("Contact", "m"),
    ("Content-Type", "c"),
    ("Content-Length", "l"),
];

impl Message {
    /// Adds a header field.
    pub(crate) fn add(&mut self, name: &'static str, value: impl Into<String>) {
        self.fields.push((name, value.into()));
    }

    /// The bytes of the message.
    pub(crate) fn bytes(&self, compact: bool) -> Vec<u8> {
        let name = |long: &'static str| {
            let short = SHORT.iter().find(|(known, _)| compact && *known == long);
            short.map_or(long, |(_, short)| short)
        };
        let mut lines = vec![self.start.clone()];
        lines.extend(self.fields.iter().map(|(field, value)| format!("{}: {value}", name(field))));
        lines.extend(self.further.iter().cloned());
        if !self.body.is_empty() {
            lines.push(format!("{}: {}", name("Content-Type"), self.content_type));
        }
        lines.push(format!("{}: {}", name("Content-Length"), self.body.len()));
        [format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes(), &self.body].concat()
    }
}

/// The usual reason phrase of a status code.
pub(crate) fn phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        _ => "Some Status",
    }
}
