//! The flows: per call, registration or other exchange its facts, ladder,
//! messages and streams. The first are in the markup; the others wait as data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::{self, Write};

use super::words::{UNKNOWN, address, mos, ms, seconds, state, text, who};
use super::{Page, data, message, streams};
use crate::report::call::{CallRow, PartyRow};
use crate::report::ladder::Row;
use crate::report::message::MessageRow;
use crate::report::stream::StreamRow;
use crate::view::drawing::Escaped;
use crate::view::drawing::ladder::{Purpose, svg};

/// Flows that are in the markup; those with findings come first.
const MOST_PRESENT: usize = 50;

/// All conversations of a page.
pub(super) struct Conversations<'a, 'r> {
    page: &'a Page<'a, 'r>,
    /// The calls that are in the markup.
    present: BTreeSet<usize>,
    /// The streams of calls, as indexes into the report's.
    streams: BTreeMap<String, Vec<usize>>,
}

impl<'a, 'r> Conversations<'a, 'r> {
    pub(super) fn of(page: &'a Page<'a, 'r>) -> Self {
        let calls = &page.report.calls;
        let mut present = BTreeSet::new();
        if calls.len() <= MOST_PRESENT {
            present.extend(0..calls.len());
        } else {
            let faulty = calls.iter().enumerate().filter(|(_, call)| !call.findings.is_empty());
            present.extend(faulty.map(|(index, _)| index).take(MOST_PRESENT));
            let mut others = 0..calls.len();
            while present.len() < MOST_PRESENT {
                let Some(index) = others.next() else { break };
                present.insert(index);
            }
        }
        let mut streams: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, stream) in page.report.streams.iter().enumerate() {
            if let Some(call) = stream.call {
                streams.entry(call).or_default().push(index);
            }
        }
        Self { page, present, streams }
    }

    /// Writes the section of flows.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let report = self.page.report;
        let count = report.calls.len() + report.registrations.len() + report.dialogs.len();
        if count == 0 {
            return Ok(());
        }
        writeln!(
            out,
            "<section id=\"flows\" aria-labelledby=\"flows-h\"><h2 id=\"flows-h\">Call flows</h2>"
        )?;
        let waiting = report.calls.len() - self.present.len();
        if waiting > 0 {
            writeln!(
                out,
                "<noscript><p class=\"remark\">The flows of {waiting} calls are shown by a script only; \
                 siplens report --call shows a call without one.</p></noscript>"
            )?;
        }
        for index in 0..report.calls.len() {
            if let Some(call) = report.calls.get(index) {
                let inner = self.present.contains(&index).then(|| self.call(&call));
                let open = count == 1;
                out.write_all(
                    block(&call.id, &call_title(&call), inner.as_deref(), open).as_bytes(),
                )?;
            }
        }
        for registration in report.registrations.iter() {
            let title =
                format!("{} {}", state(registration.state), text(registration.aor.as_deref()));
            let inner = self.flow(&registration.id, &registration.messages, 0);
            out.write_all(block(&registration.id, &title, Some(&inner), count == 1).as_bytes())?;
        }
        for dialog in report.dialogs.iter() {
            let title = format!(
                "<strong>{}</strong> {} <span class=\"to\">\u{2192}</span> {}",
                text(dialog.method.as_deref()),
                Escaped(who(&dialog.from)),
                Escaped(who(&dialog.to)),
            );
            let inner = self.flow(&dialog.id, &dialog.messages, 0);
            out.write_all(block(&dialog.id, &title, Some(&inner), count == 1).as_bytes())?;
        }
        writeln!(out, "</section>")
    }

    /// Writes the flows that are not in the markup: an object of markup by name.
    pub(super) fn write_waiting(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"{")?;
        let mut first = true;
        for (index, call) in self.page.report.calls.iter().enumerate() {
            if self.present.contains(&index) {
                continue;
            }
            if !std::mem::take(&mut first) {
                out.write_all(b",\n")?;
            }
            data::string(&call.id, out)?;
            out.write_all(b":")?;
            data::string(&self.call(&call), out)?;
        }
        out.write_all(b"}")
    }

    fn call(&self, call: &CallRow<'_>) -> String {
        let mut out = facts(call);
        out += &self.flow(&call.id, &call.messages, call.messages_dropped);
        let indexes = self.streams.get(&call.id).map(Vec::as_slice).unwrap_or_default();
        let rows: Vec<StreamRow> =
            indexes.iter().filter_map(|index| self.page.report.streams.get(*index)).collect();
        out += &streams::of_call(&rows);
        out
    }

    /// Ladder and messages side by side.
    fn flow(&self, id: &str, messages: &[MessageRow<'_>], dropped: u64) -> String {
        let mut out = String::from("<div class=\"flow\">");
        if let Some(ladder) = (self.page.ladder)(id) {
            let link = |row: &Row| match &row.stream {
                Some(stream) => Some(format!("#{id}-{stream}")),
                None => message::of_row(messages, row).map(|index| format!("#{id}-m{index}")),
            };
            let _ = writeln!(
                out,
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Ladder of {id}\">{}</div>",
                svg(&ladder, Purpose { link: Some(&link), standalone: false }),
            );
        }
        out += &message::list(self.page, id, messages, dropped);
        out.push_str("</div>\n");
        out
    }
}

/// A flow that can be opened; without its inside it waits for the script.
fn block(id: &str, title: &str, inner: Option<&str>, open: bool) -> String {
    let open = if open { " open" } else { "" };
    let waits = if inner.is_none() { " data-waits" } else { "" };
    let number = id.split_once('-').map_or(id, |(_, number)| number);
    format!(
        "<details class=\"conv\" id=\"{id}-flow\"{open}{waits}><summary><h3><span class=\"no\">{number}</span> {title}</h3></summary>\
         <div id=\"{id}\" class=\"inside\" tabindex=\"-1\">{}</div></details>\n",
        inner.unwrap_or_default(),
    )
}

fn call_title(call: &CallRow<'_>) -> String {
    let status = call.final_status.as_ref().map(|status| {
        format!(" <span class=\"dim\">{} {}</span>", status.code, Escaped(&status.reason))
    });
    let caller = Escaped(who(&call.caller)).to_string();
    let callee = Escaped(who(&call.callee)).to_string();
    format!(
        "{} {caller} <span class=\"to\">\u{2192}</span> {callee}{}",
        state(call.state),
        status.unwrap_or_default()
    )
}

/// What is known of a call, as a list of terms.
fn facts(call: &CallRow<'_>) -> String {
    let mut out = String::from("<dl class=\"terms\">");
    let mut term = |name: &str, value: String| {
        if value != UNKNOWN {
            let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
        }
    };
    term("From", party(&call.caller));
    term("To", party(&call.callee));
    term("Started", Escaped(&call.start_time).to_string());
    term("Post-dial delay", ms(call.post_dial_delay_ms));
    term("Set-up", ms(call.setup_ms));
    term("Ringing", ms(call.ring_ms));
    term("Talk time", seconds(call.duration_s));
    let cause = call.release_cause.as_ref().map(|cause| {
        let number = cause.cause.map(|number| format!(" {number}")).unwrap_or_default();
        let text = cause.text.as_deref().map(|text| format!(" \u{201c}{text}\u{201d}"));
        format!(", {}{number}{}", cause.protocol, text.unwrap_or_default())
    });
    if let Some(by) = call.released_by {
        term("Ended by", Escaped(format!("{by}{}", cause.unwrap_or_default())).to_string());
    }
    term("Caller hears", mos(call.mos.caller_hears));
    term("Callee hears", mos(call.mos.callee_hears));
    if !call.dtmf.is_empty() {
        let digits: String = call.dtmf.iter().map(|digit| digit.digit.as_str()).collect();
        term("DTMF", format!("<span class=\"mono\">{}</span>", Escaped(digits)));
    }
    for leg in &call.legs {
        term("Call-ID", format!("<span class=\"mono\">{}</span>", Escaped(&leg.call_id)));
    }
    for icmp in call.undelivered.iter().take(3) {
        term(
            "Not delivered",
            format!("{} from {}, frame {}", Escaped(icmp.why), icmp.from, icmp.frame),
        );
    }
    out.push_str("</dl>\n");
    out
}

fn party(party: &PartyRow) -> String {
    let mut parts = Vec::new();
    if let Some(name) = party.display_name.as_deref().filter(|name| !name.is_empty()) {
        parts.push(format!("{}", Escaped(name)));
    }
    if let Some(uri) = &party.uri {
        parts.push(format!("<span class=\"mono\">{}</span>", Escaped(uri)));
    }
    if party.address.is_some() {
        parts.push(format!("at {}", address(party.address)));
    }
    if let Some(agent) = &party.user_agent {
        parts.push(format!("<span class=\"dim\">{}</span>", Escaped(agent)));
    }
    if parts.is_empty() { UNKNOWN.to_owned() } else { parts.join(" ") }
}
