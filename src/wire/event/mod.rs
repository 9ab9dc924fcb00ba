//! What the body of a NOTIFY, PUBLISH or MESSAGE says, in a line.

mod dialog_info;
mod presence;
mod reg_info;
mod summary;
mod xml;

use super::bytes::trim;
use super::sip::{Message, body, lossy};
use super::vq_report;
pub use summary::{MessageSummary, parse as message_summary};

/// Longest line, in characters.
const LONGEST: usize = 400;
/// Things of one kind that a line lists; of more it says how many.
const MOST_LISTED: usize = 5;

/// The bodies of a message, each in a line: its media type and what it says.
/// At most `most` of them, and how many more there are.
pub fn lines(message: &Message<'_>, most: usize) -> (Vec<(String, String)>, usize) {
    let (mut lines, mut more) = (Vec::new(), 0);
    body::for_each_part(message, |part| {
        if lines.len() < most {
            let media_type = lossy(part.media_type.get(..128).unwrap_or(part.media_type));
            lines.push((media_type.to_ascii_lowercase(), line(part.media_type, part.content)));
        } else {
            more += 1;
        }
    });
    (lines, more)
}

/// What a body of that media type says, in a line; its size where the type is
/// none that siplens reads.
pub fn line(media_type: &[u8], content: &[u8]) -> String {
    let kind = media_type.to_ascii_lowercase();
    let said = match kind.as_slice() {
        b"application/pidf+xml" | b"application/cpim-pidf+xml" => presence::line(content),
        b"application/dialog-info+xml" => dialog_info::line(content),
        b"application/reginfo+xml" => reg_info::line(content),
        b"application/simple-message-summary" => {
            message_summary(content).map(|summary| summary.to_string())
        }
        b"application/vq-rtcpxr" => vq_report::parse(content).map(|report| quality(&report)),
        b"application/im-iscomposing+xml" => {
            xml::text_of(&xml::elements(content), "state").map(|state| format!("typing: {state}"))
        }
        b"message/sipfrag" => first_line(content),
        b"text/plain" | b"text/html" => Some(plain(content)).filter(|text| !text.is_empty()),
        _ => None,
    };
    said.map_or_else(|| format!("{} bytes", content.len()), |said| shortened(&said))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Text on one line.
fn plain(content: &[u8]) -> String {
    let content = content.get(..4 * LONGEST).unwrap_or(content);
    String::from_utf8_lossy(content).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The status line of a `message/sipfrag` (RFC 3420), which says how a REFER goes.
fn first_line(content: &[u8]) -> Option<String> {
    let line = trim(content).split(|b| matches!(b, b'\r' | b'\n')).next()?;
    Some(plain(line)).filter(|line| !line.is_empty())
}

/// `a, b, c and 4 more`
fn listed(items: &[String]) -> String {
    let shown = items.get(..MOST_LISTED).unwrap_or(items).join("; ");
    match items.len().saturating_sub(MOST_LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A voice quality report (RFC 6035) in a line.
fn quality(report: &vq_report::VqReport) -> String {
    let mut text = match report.kind {
        vq_report::Kind::Session { ends_call: true } => "session report at the end".to_owned(),
        vq_report::Kind::Session { ends_call: false } => "session report".to_owned(),
        vq_report::Kind::Interval => "interval report".to_owned(),
        vq_report::Kind::Alert => "alert report".to_owned(),
    };
    if let Some(call_id) = &report.call_id {
        text = format!("{text} of call {call_id}");
    }
    for (side, metrics) in [("local", &report.local_metrics), ("remote", &report.remote_metrics)] {
        let names = ["NLR", "JDR", "IAJ", "RTD", "MOSLQ", "MOSCQ"];
        let figures =
            names.iter().filter_map(|name| Some(format!("{name} {}", metrics.text(name)?)));
        let figures: Vec<_> = figures.collect();
        if !figures.is_empty() {
            text = format!("{text}, {side} {}", figures.join(" "));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_that_are_not_read_are_measured() {
        assert_eq!(line(b"application/vnd.3gpp.sms", &[0; 20]), "20 bytes");
        assert_eq!(line(b"application/pidf+xml", b"not xml"), "7 bytes");
        assert_eq!(line(b"text/plain", b"Good\r\n morning"), "Good morning");
        assert_eq!(
            line(b"Message/SipFrag", b"SIP/2.0 486 Busy Here\r\nTo: x"),
            "SIP/2.0 486 Busy Here"
        );
        assert_eq!(line(b"text/plain", &[b'x'; 5_000]).chars().count(), LONGEST + 1);
    }

    #[test]
    fn a_quality_report_tells_its_figures() {
        let body = b"VQSessionReport: CallTerm\r\nCallID: 1@a\r\nLocalMetrics:\r\nPacketLoss:NLR=5.0 JDR=2.0\r\n\
            RemoteMetrics:\r\nQualityEst:MOSLQ=4.1\r\n";
        assert_eq!(
            line(b"application/vq-rtcpxr", body),
            "session report at the end of call 1@a, local NLR 5.0 JDR 2.0, remote MOSLQ 4.1"
        );
    }
}
