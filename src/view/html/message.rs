//! The messages of a conversation, each to be opened.

use std::fmt::Write;

use super::Page;
use crate::base::flow::Endpoint;
use crate::report::ladder::{Kind, Row};
use crate::report::message::MessageRow;
use crate::view::drawing::{Escaped, counted, escaped_lines};

/// The list of a conversation's messages.
pub(super) fn list(
    page: &Page<'_, '_>,
    id: &str,
    messages: &[MessageRow<'_>],
    dropped: u64,
) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<div class=\"messages\"><h4>{}</h4>",
        counted(messages.len(), "1 message", "messages")
    );
    for (index, message) in messages.iter().enumerate() {
        let _ = write!(
            out,
            "<details class=\"msg {}\" id=\"{id}-d{index}\"><summary>{}</summary>",
            class(message),
            head(message)
        );
        let _ = writeln!(out, "<div id=\"{id}-m{index}\">{}</div></details>", body(page, message));
    }
    if dropped > 0 {
        let _ = writeln!(
            out,
            "<p class=\"remark\">{dropped} more messages were counted and not kept.</p>"
        );
    }
    out.push_str("</div>\n");
    out
}

/// The message that a row of the ladder is, as an index.
pub(super) fn of_row(messages: &[MessageRow<'_>], row: &Row) -> Option<usize> {
    if row.kind == Kind::Media {
        return None;
    }
    let mut of_frame =
        messages.iter().enumerate().filter(|(_, message)| message.frame == row.frame);
    let first = of_frame.clone().next();
    let same = |(_, message): &(usize, &MessageRow<'_>)| row.text.starts_with(&start(message));
    of_frame.find(same).or(first).map(|(index, _)| index)
}

/// `INVITE`, `200 OK`.
fn start(message: &MessageRow<'_>) -> String {
    match message.status {
        Some(status) => {
            format!("{status} {}", message.reason.unwrap_or_default()).trim_end().to_owned()
        }
        None => message.method.unwrap_or("?").to_owned(),
    }
}

fn class(message: &MessageRow<'_>) -> &'static str {
    match message.status {
        None => "request",
        Some(100..=199) => "provisional",
        Some(200..=299) => "success",
        Some(300..=399 | 401 | 407) => "detour",
        Some(_) => "failure",
    }
}

fn head(message: &MessageRow<'_>) -> String {
    let end = |address: Option<crate::report::value::Address>| {
        address.map_or_else(|| "?".to_owned(), |address| Endpoint::from(address).to_string())
    };
    let again = match (message.retransmission_of, message.copy_of) {
        (Some(first), _) => format!(" <span class=\"dim\">again (#{first})</span>"),
        (_, Some(first)) => format!(" <span class=\"dim\">copy of #{first}</span>"),
        _ => String::new(),
    };
    format!(
        "<span class=\"dim mono\">#{} {:+.6}</span> <strong>{}</strong>{again} \
         <span class=\"dim way\">{} \u{2192} {}</span>",
        message.frame,
        message.offset_s,
        Escaped(start(message)),
        end(message.src),
        end(message.dst),
    )
}

fn body(page: &Page<'_, '_>, message: &MessageRow<'_>) -> String {
    let facts = format!(
        "<p class=\"dim facts\">{}, {} bytes, captured {}</p>",
        message.transport.to_uppercase(),
        message.size_bytes,
        Escaped(&message.time),
    );
    match (page.text)(message) {
        Some(text) => format!(
            "{facts}<pre tabindex=\"0\" aria-label=\"Text of the message\">{}</pre>",
            escaped_lines(&text)
        ),
        None => {
            format!("{facts}<p class=\"remark\">The text of this message is not in this page.</p>")
        }
    }
}

/// The first message of a frame, as an index.
pub(super) fn in_frame(
    messages: &[MessageRow<'_>],
    frame: crate::report::value::FrameRef,
) -> Option<usize> {
    messages.iter().position(|message| message.frame == frame)
}
