//! The report as one page: a file that is whole in itself, for a ticket, a
//! phone, paper and a screen reader.
//!
//! Every fact is in the markup, and readable without a script; the script adds
//! what pages can do: to sort, to search, to open a message from its arrow with
//! its syntax in colours. Of a capture with many calls the flows beyond the
//! first wait as text in a block of data until they are asked for.

mod conversation;
mod data;
mod findings;
mod message;
mod streams;
mod summary;
mod tables;
mod words;

use std::io::{self, Write};

use self::conversation::Conversations;
use super::drawing::{Escaped, ICON, LADDER_CSS, PAGE_CSS, policy};
use crate::report::Report;
use crate::report::ladder::Ladder;
use crate::report::message::MessageRow;

const SCRIPT: &str = include_str!("page.js");

/// A message's text, if it is to be shown.
pub type Text<'a> = dyn Fn(&MessageRow<'_>) -> Option<String> + 'a;

/// The ladder of what has a name in the report: `call-1`, `registration-2`.
pub type LadderOf<'a> = dyn Fn(&str) -> Option<Ladder> + 'a;

/// What the page is made of.
#[derive(Clone, Copy)]
pub struct Page<'a, 'r> {
    /// The heading.
    pub title: &'a str,
    /// The facts.
    pub report: &'a Report<'r>,
    /// The flows.
    pub ladder: &'a LadderOf<'a>,
    /// The messages.
    pub text: &'a Text<'a>,
    /// What the page does not have, in sentences.
    pub notes: &'a [String],
}

/// Writes the page.
///
/// # Errors
/// Those of `out`.
pub fn write(page: &Page<'_, '_>, out: &mut dyn Write) -> io::Result<()> {
    let report = page.report;
    let css = format!("{LADDER_CSS}{PAGE_CSS}");
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"{} {}\">\n\
         <title>{}</title>\n<link rel=\"icon\" href=\"{ICON}\">\n<style>{css}</style>\n</head>\n<body>\n",
        policy(&css, SCRIPT),
        report.generator.name,
        report.generator.version,
        Escaped(page.title),
    )?;
    let conversations = Conversations::of(page);
    out.write_all(summary::head(page).as_bytes())?;
    out.write_all(b"<main id=\"main\" tabindex=\"-1\">\n")?;
    out.write_all(summary::section(page).as_bytes())?;
    findings::section(page, out)?;
    tables::calls(report, out)?;
    conversations.write(out)?;
    streams::section(report, out)?;
    tables::registrations(report, out)?;
    tables::dialogs(report, out)?;
    out.write_all(tables::capture(report).as_bytes())?;
    write!(
        out,
        "</main>\n<footer class=\"foot\"><p>Made by {} {} from {} packets. Frame numbers are Wireshark\u{2019}s; \
         times are UTC. MOS is an estimate (E-model) on packet loss, not a listening test.</p></footer>\n",
        report.generator.name,
        report.generator.version,
        super::drawing::grouped(report.capture.counts.packets),
    )?;
    out.write_all(b"<script type=\"application/json\" id=\"waiting\">")?;
    conversations.write_waiting(out)?;
    write!(out, "</script>\n<script>{SCRIPT}</script>\n</body>\n</html>\n")
}
