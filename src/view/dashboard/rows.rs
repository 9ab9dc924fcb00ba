//! Rows of the API: calls and streams in brief, each of them whole, and how things are.

use serde_json::{Value, json};

use crate::report::call::{CallRow, PartyRow};
use crate::report::finding::FindingRow;
use crate::report::stream::StreamRow;

/// A call in brief.
#[derive(Clone, PartialEq, Debug)]
pub struct CallInBrief {
    /// Its name: `call-1`.
    pub id: String,
    /// How far it came.
    pub state: &'static str,
    /// The worse MOS of its directions.
    pub mos: Option<f64>,
    /// Findings about it.
    pub findings: usize,
    /// The row of the API.
    row: Value,
}

impl CallInBrief {
    /// Of a call's row; whether nothing can follow.
    pub fn of(call: &CallRow<'_>, finished: bool) -> Self {
        let row = json!({
            "id": call.id,
            "state": call.state,
            "finished": finished,
            "from": user(&call.caller),
            "to": user(&call.callee),
            "caller": call.caller.address,
            "callee": call.callee.address,
            "call_id": call.legs.first().map(|leg| &leg.call_id),
            "start_time": call.start_time,
            "answer_time": call.answer_time,
            "end_time": call.end_time,
            "duration_s": call.duration_s,
            "post_dial_delay_ms": call.post_dial_delay_ms,
            "final_status": call.final_status.as_ref().map(|status| status.code),
            "mos": call.mos.worst,
            "streams": call.streams.len(),
            "findings": call.findings.len(),
        });
        let (id, findings) = (call.id.clone(), call.findings.len());
        Self { id, state: call.state, mos: call.mos.worst, findings, row }
    }

    /// The row.
    pub const fn row(&self) -> &Value {
        &self.row
    }

    /// Whether both sides may talk.
    pub fn is_talking(&self) -> bool {
        self.state == "answered"
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        !["trying", "ringing", "answered"].contains(&self.state)
    }
}

fn user(party: &PartyRow) -> Option<&str> {
    party.user.as_deref().or(party.uri.as_deref())
}

/// A stream in brief.
pub fn stream_in_brief(stream: &StreamRow) -> Value {
    json!({
        "id": stream.id,
        "call": stream.call,
        "direction": stream.direction,
        "src": stream.src,
        "dst": stream.dst,
        "ssrc": stream.ssrc,
        "codec": stream.payloads.first().and_then(|payload| payload.codec.as_ref()),
        "encryption": stream.encryption,
        "first_time": stream.first_time,
        "last_time": stream.last_time,
        "packets": stream.packets,
        "lost": stream.lost,
        "lost_percent": stream.lost_percent,
        "jitter_ms": stream.jitter_ms.mean,
        "mos_lq": stream.quality.mos_lq,
        "findings": stream.findings.len(),
    })
}

/// A finding, with the call that it is about.
pub fn finding_in_brief(finding: &FindingRow) -> Value {
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "explanation": finding.explanation,
        "fix": finding.fix,
        "reference": finding.reference,
        "call": finding.call,
        "registration": finding.registration,
        "stream": finding.stream,
    })
}

/// A call whole, with its streams and findings, as one document.
pub fn call(call: &CallRow<'_>, streams: &[StreamRow], findings: &[FindingRow]) -> String {
    json!({ "call": call, "streams": streams, "findings": findings }).to_string()
}

/// A part of a list: of `total` rows those from `offset` on.
pub fn part(name: &str, total: usize, offset: usize, rows: &[Value]) -> String {
    json!({ "total": total, "offset": offset, name: rows }).to_string()
}

/// What is wrong with a request.
pub fn problem(text: &str) -> String {
    json!({ "error": text }).to_string()
}

/// The mean of ratings and their 5th percentile (nearest rank) at one moment.
#[derive(Clone, PartialEq, Debug)]
pub struct Moment {
    /// When, RFC 3339.
    pub time: String,
    /// Calls in which both sides may talk.
    pub talking: usize,
    /// Mean MOS of the worse directions of these.
    pub mos: Option<f64>,
    /// Their 5th percentile.
    pub mos_p5: Option<f64>,
}

impl Moment {
    /// Of the calls at a time.
    pub fn of(time: String, calls: &[CallInBrief]) -> Self {
        let talking = || calls.iter().filter(|call| call.is_talking());
        let mut ratings: Vec<_> = talking().filter_map(|call| call.mos).collect();
        ratings.sort_by(f64::total_cmp);
        let round = |mos: f64| (mos * 100.0).round() / 100.0;
        let mean = (!ratings.is_empty())
            .then(|| round(ratings.iter().sum::<f64>() / ratings.len() as f64));
        let rank = (ratings.len() * 5).div_ceil(100).max(1);
        let p5 = ratings.get(rank - 1).copied().map(round);
        Self { time, talking: talking().count(), mos: mean, mos_p5: p5 }
    }

    fn row(&self) -> Value {
        json!({ "time": self.time, "talking": self.talking, "mos": self.mos, "mos_p5": self.mos_p5 })
    }
}

/// A source of packets.
#[derive(Clone, PartialEq, Debug)]
pub struct SourceNow {
    /// Its name.
    pub name: String,
    /// Its kind: `live`, `hep`.
    pub format: &'static str,
    /// Packets that came of it.
    pub packets: u64,
    /// Packets dropped before siplens had them, where that is known.
    pub dropped: Option<u64>,
    /// Why nothing comes of it.
    pub down: Option<String>,
}

/// How a session is.
#[derive(Clone, Debug)]
pub struct Overview<'a> {
    /// The version of siplens.
    pub version: &'a str,
    /// The moment.
    pub now: &'a Moment,
    /// How long it runs, s.
    pub running_s: u64,
    /// By how much it is behind the present, ms.
    pub lag_ms: u64,
    /// Packets.
    pub packets: u64,
    /// Calls that are not finished, and those that are.
    pub calls: &'a [CallInBrief],
    /// How many have left.
    pub finished: u64,
    /// Attempts to call, and those of them that were answered.
    pub attempts: (u64, u64),
    /// The sources.
    pub sources: &'a [SourceNow],
}

/// Calls that the page lists.
const LISTED: usize = 50;

impl Overview<'_> {
    /// The document that goes to the page with each publication.
    pub fn document(&self) -> Value {
        let mut open: Vec<_> = self.calls.iter().filter(|call| !call.is_over()).collect();
        let count = |state: &str| open.iter().filter(|call| call.state == state).count();
        let states = json!({ "trying": count("trying"), "ringing": count("ringing"), "answered": count("answered") });
        // The latest first.
        let total = open.len();
        open.reverse();
        open.truncate(LISTED);
        let (attempts, answered) = self.attempts;
        let sources: Vec<_> = self
            .sources
            .iter()
            .map(|source| {
                json!({
                    "name": source.name, "format": source.format, "packets": source.packets,
                    "dropped": source.dropped, "down": source.down,
                })
            })
            .collect();
        json!({
            "version": self.version,
            "now": self.now.row(),
            "running_s": self.running_s,
            "lag_ms": self.lag_ms,
            "packets": self.packets,
            "states": states,
            "open": total,
            "finished": self.finished + (self.calls.len() - total) as u64,
            "attempts": attempts,
            "attempts_answered": answered,
            "calls": open.iter().map(|call| call.row()).collect::<Vec<_>>(),
            "sources": sources,
        })
    }
}

/// What a page needs that was not there before: the latest overview, the course of
/// ratings, the worst calls and the latest findings.
pub fn beginning(
    overview: &Value,
    course: &[Moment],
    worst: &[Value],
    findings: &[Value],
) -> String {
    let course: Vec<_> = course.iter().map(Moment::row).collect();
    json!({ "overview": overview, "course": course, "worst": worst, "findings": findings })
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(state: &'static str, mos: Option<f64>) -> CallInBrief {
        CallInBrief { id: String::new(), state, mos, findings: 0, row: Value::Null }
    }

    #[test]
    fn a_moment_rates_the_calls_that_talk() {
        let calls = [
            call("answered", Some(4.0)),
            call("answered", Some(3.0)),
            call("answered", None),
            call("completed", Some(1.0)),
        ];
        let moment = Moment::of("t".to_owned(), &calls);
        assert_eq!((moment.talking, moment.mos, moment.mos_p5), (3, Some(3.5), Some(3.0)));
        assert_eq!(Moment::of("t".to_owned(), &[]).mos, None);
    }
}
