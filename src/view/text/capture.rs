//! What was read, at the top of the page, and what could not be, at its end.

use std::io;

use super::{Page, grouped};
use crate::report::capture::{CaptureRow, SourceRow};
use crate::view::terminal::{Tone, safe};

/// Inputs told one by one; of more the rest is counted.
const MOST_SOURCES: usize = 20;

impl Page<'_> {
    pub(super) fn capture(&mut self, capture: &CaptureRow) -> io::Result<()> {
        for source in capture.sources.iter().take(MOST_SOURCES) {
            self.source(source)?;
        }
        if capture.sources.len() > 1 {
            self.together(capture)?;
        }
        let counts = &capture.counts;
        let left_out = match counts.left_out_packets {
            0 => String::new(),
            packets => format!("; {} packets left out as asked", grouped(packets)),
        };
        writeln!(
            self.out,
            "  {} SIP messages, {} RTP, {} RTCP, {} STUN, {} other packets{left_out}",
            grouped(counts.sip_messages),
            grouped(counts.rtp_packets),
            grouped(counts.rtcp_packets),
            grouped(counts.stun_packets),
            grouped(counts.other_packets)
        )
    }

    fn source(&mut self, source: &SourceRow) -> io::Result<()> {
        let name = self.paint(Tone::Heading, &safe(&source.name));
        let span = match (&source.first_time, source.duration_s) {
            (Some(first), Some(duration)) => format!(", {duration:.3} s from {first}"),
            _ => String::new(),
        };
        let with =
            source.compression.as_ref().map_or_else(String::new, |with| format!(" in {with}"));
        let cut =
            if source.truncated { self.paint(Tone::Warning, ", cut short") } else { String::new() };
        writeln!(
            self.out,
            "{name}  {}{with} ({}), {} packets, {} bytes{span}{cut}",
            source.format,
            source.link_types.join(", "),
            grouped(source.packets),
            grouped(source.bytes)
        )?;
        let Some(drops) = source.interface_drops.filter(|drops| *drops > 0) else { return Ok(()) };
        let text = format!(
            "  The capturing interface dropped {} packets: loss shown here may be its own.",
            grouped(drops)
        );
        writeln!(self.out, "{}", self.paint(Tone::Warning, &text))
    }

    /// The sum of several inputs.
    fn together(&mut self, capture: &CaptureRow) -> io::Result<()> {
        let more = match capture.sources.len().saturating_sub(MOST_SOURCES) {
            0 => String::new(),
            more => format!(" ({more} not shown)"),
        };
        let bytes = capture.sources.iter().map(|source| source.bytes).sum();
        let packets = capture.sources.iter().map(|source| source.packets).sum();
        let span = match (&capture.first_time, capture.duration_s) {
            (Some(first), Some(duration)) => format!(", {duration:.3} s from {first}"),
            _ => String::new(),
        };
        let name = format!("{} inputs{more}", capture.sources.len());
        writeln!(
            self.out,
            "{}  {} packets, {} bytes{span}",
            self.paint(Tone::Heading, &name),
            grouped(packets),
            grouped(bytes)
        )
    }

    pub(super) fn problems(&mut self, capture: &CaptureRow) -> io::Result<()> {
        if capture.problems.is_empty() {
            return Ok(());
        }
        self.heading("Problems in the capture", "what could not be read, or was left out")?;
        for problem in &capture.problems {
            let first = problem
                .first_frame
                .map_or_else(String::new, |frame| format!(", first in frame {frame}"));
            let code = self.paint(Tone::Warning, &problem.code);
            writeln!(
                self.out,
                "  {:>7}  {code}  {}{first}",
                grouped(problem.count),
                safe(&problem.text)
            )?;
        }
        Ok(())
    }
}
