//! The rows of a ladder as they are shown: of one conversation or several,
//! with the columns that the user wants.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::ladder::{Kind, Ladder, ladder};
use crate::report::message::MessageRow;
use crate::report::value::{Address, FrameRef};
use crate::view::tui::Look;
use crate::view::tui::column::{address, time_of_day};

/// What is one column of a ladder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Merge {
    /// An address.
    #[default]
    Address,
    /// An address with a port.
    Port,
    /// A name; addresses of one name are one column.
    Name,
}

/// What the user wants to see of a ladder.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wish {
    /// What is one column.
    pub merge: Merge,
    /// Whether each repeated message has a row of its own.
    pub unfolded: bool,
    /// Whether media have none.
    pub no_media: bool,
    /// Columns that are not shown, by their labels; nor what goes to and from them.
    pub hidden: BTreeSet<String>,
    /// Columns that come first, by their labels.
    pub first: Vec<String>,
    /// Names that the user gave, by label.
    pub names: BTreeMap<String, String>,
}

/// A ladder as it is shown.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Flow {
    /// Who talks to whom, how it ended.
    pub title: String,
    /// The hosts that are shown.
    pub hosts: Vec<Host>,
    /// All hosts, shown or not, in their order.
    pub all_hosts: Vec<Host>,
    /// What happened, in order of time.
    pub rows: Vec<Row>,
    /// Rows that are not shown, because their hosts are not.
    pub hidden: usize,
}

/// A column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// What it is: an address, with a port, or a name.
    pub label: String,
    /// What it is called.
    pub name: Option<String>,
}

/// An arrow.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    /// The frame; of a stream, its first.
    pub frame: FrameRef,
    /// When, as the report says it.
    pub time: String,
    /// Nanoseconds since the first row.
    pub offset: i64,
    /// Column of the sender.
    pub from: usize,
    /// Column of the receiver.
    pub to: usize,
    /// What kind of arrow it is.
    pub kind: Kind,
    /// `INVITE`, `180 Ringing`, `RTP PCMU`.
    pub text: String,
    /// What its session description announces, how a stream fared.
    pub detail: Option<String>,
    /// How many ms the element that passed it on took.
    pub hop_ms: Option<f64>,
    /// Whether it reached an element that had to pass it on and did not.
    pub stopped: bool,
    /// How often it was sent again.
    pub repeated: usize,
    /// Whether it is itself a repetition.
    pub again: bool,
    /// The stream, if it is one.
    pub stream: Option<String>,
    /// MOS of the stream.
    pub mos: Option<f64>,
    /// Findings that it shows: severity and title.
    pub findings: Vec<(&'static str, String)>,
    /// What carried it: `udp`, `tcp`.
    pub transport: &'static str,
    /// Who sent it, to whom.
    pub ends: String,
    /// What its transaction has in common: branch and CSeq number.
    pub transaction: Option<(String, u32)>,
    /// The conversation, by its name in the report.
    pub of: String,
    /// Its Call-ID.
    pub call_id: String,
}

impl Row {
    /// Whether it is a SIP message.
    pub const fn is_message(&self) -> bool {
        self.stream.is_none()
    }

    /// The worst severity of the findings that it shows.
    pub fn severity(&self) -> Option<&'static str> {
        let worst = |severity| self.findings.iter().map(|f| f.0).find(|known| *known == severity);
        worst("fault").or_else(|| worst("warning")).or_else(|| worst("note"))
    }
}

/// What a message's row says beyond the ladder's.
struct Known {
    time: String,
    src: Option<Address>,
    dst: Option<Address>,
    transport: &'static str,
    call_id: String,
    transaction: Option<(String, u32)>,
}

impl Flow {
    /// The ladder of conversations, by their names in the report.
    pub fn of(look: &Look<'_, '_>, names: &[String], wish: &Wish) -> Self {
        let mut flow = Self::default();
        let mut titles = Vec::new();
        // Rows with the labels of their ends.
        let mut rows: Vec<(Row, [String; 2])> = Vec::new();
        let mut hosts: Vec<Host> = Vec::new();
        for name in names {
            let Some(model) = look.context.named(name).and_then(|id| ladder(look.context, id))
            else {
                continue;
            };
            titles.push(format!("{name}  {}", model.title));
            rows.extend(conversation(look, name, &model, wish, &mut hosts));
        }
        // RFC 3339 times of one resolution sort as texts do.
        rows.sort_by(|(a, _), (b, _)| a.time.cmp(&b.time));
        let start = rows.first().and_then(|(row, _)| nanos(&row.time)).unwrap_or(0);
        flow.title = match titles.as_slice() {
            [one] => one.clone(),
            several => format!("{} conversations: {}", several.len(), names.join(", ")),
        };
        hosts.sort_by_key(|host| {
            wish.first.iter().position(|label| *label == host.label).unwrap_or(usize::MAX)
        });
        flow.hosts =
            hosts.iter().filter(|host| !wish.hidden.contains(&host.label)).cloned().collect();
        flow.all_hosts = hosts;
        for (mut row, [from, to]) in rows {
            let column = |label: &str| flow.hosts.iter().position(|host| host.label == label);
            if row.stream.is_some() && wish.no_media {
                continue;
            }
            let (Some(from), Some(to)) = (column(&from), column(&to)) else {
                flow.hidden += 1;
                continue;
            };
            row.offset = nanos(&row.time).map_or(0, |at| at.saturating_sub(start));
            (row.from, row.to) = (from, to);
            flow.rows.push(row);
        }
        flow
    }

    /// The next row of the same transaction, round and round.
    pub fn pair(&self, of: usize) -> Option<usize> {
        let row = self.rows.get(of)?;
        let same = |other: &Row| {
            row.transaction.is_some()
                && other.transaction == row.transaction
                && other.of == row.of
                && !other.again
        };
        let (before, after) = self.rows.split_at((of + 1).min(self.rows.len()));
        let later = after.iter().position(same).map(|at| of + 1 + at);
        later.or_else(|| before.iter().position(same)).filter(|found| *found != of)
    }
}

/// The rows of a conversation.
fn conversation(
    look: &Look<'_, '_>,
    name: &str,
    model: &Ladder,
    wish: &Wish,
    hosts: &mut Vec<Host>,
) -> Vec<(Row, [String; 2])> {
    let known = messages(look, name);
    let mut rows = Vec::new();
    for arrow in &model.rows {
        let (mut known, stream) = match &arrow.stream {
            None => (known.get(&key(arrow.frame)).map(known_again), None),
            Some(stream) => (stream_known(look, stream), Some(stream.clone())),
        };
        let Some(mut facts) = known.take() else { continue };
        let mut end = |column: usize, at: Option<Address>| {
            let host = host(model, column, at, wish);
            if !hosts.iter().any(|other| other.label == host.label) {
                hosts.push(host.clone());
            }
            host.label
        };
        let ends = [end(arrow.from, facts.src), end(arrow.to, facts.dst)];
        let text = |again: bool| {
            if again { format!("{} (again)", arrow.text) } else { arrow.text.clone() }
        };
        let findings = model.findings.iter().filter(|mark| arrow.findings.contains(&mark.id));
        let mut row = Row {
            frame: arrow.frame,
            time: std::mem::take(&mut facts.time),
            offset: 0,
            from: 0,
            to: 0,
            kind: arrow.kind,
            text: text(false),
            detail: arrow.detail.clone(),
            hop_ms: arrow.hop_delay.map(crate::base::time::Span::as_ms),
            stopped: arrow.stopped,
            repeated: arrow.repeated.len(),
            again: false,
            stream,
            mos: arrow.mos,
            findings: findings.map(|mark| (mark.severity, mark.title.clone())).collect(),
            transport: facts.transport,
            ends: format!(
                "{} \u{2192} {} {}",
                address(facts.src),
                address(facts.dst),
                facts.transport.to_uppercase()
            ),
            transaction: facts.transaction.take(),
            of: name.to_owned(),
            call_id: std::mem::take(&mut facts.call_id),
        };
        if wish.unfolded {
            row.repeated = 0;
        }
        rows.push((row.clone(), ends.clone()));
        if wish.unfolded {
            for again in &arrow.repeated {
                let time = known_time(look, name, again.frame);
                let row = Row {
                    frame: again.frame,
                    time: time.unwrap_or_else(|| row.time.clone()),
                    text: text(true),
                    again: true,
                    detail: None,
                    ..row.clone()
                };
                rows.push((row, ends.clone()));
            }
        }
    }
    rows
}

/// The column that one end of an arrow stands at.
fn host(model: &Ladder, column: usize, at: Option<Address>, wish: &Wish) -> Host {
    let column = model.columns.get(column);
    let name = column.and_then(|column| column.name.clone());
    let by_address = column.map_or_else(String::new, |column| column.label.clone());
    let label = match (wish.merge, &name) {
        (Merge::Port, _) if at.is_some() => address(at),
        (Merge::Name, Some(name)) => name.clone(),
        (Merge::Name, None) => {
            wish.names.get(&by_address).cloned().unwrap_or_else(|| by_address.clone())
        }
        _ => by_address,
    };
    let given = wish.names.get(&label).cloned().or(name);
    Host { name: given.filter(|name| *name != label), label }
}

/// A frame as a key.
type Key = (u16, u64);

/// A frame as a key of a map.
pub(in crate::view::tui) const fn key(frame: FrameRef) -> Key {
    match frame {
        FrameRef::Only(frame) => (0, frame),
        FrameRef::Of { source, frame } => (source, frame),
    }
}

fn known_again(known: &Known) -> Known {
    Known {
        time: known.time.clone(),
        src: known.src,
        dst: known.dst,
        transport: known.transport,
        call_id: known.call_id.clone(),
        transaction: known.transaction.clone(),
    }
}

/// What the report says of the messages of a conversation.
fn messages(look: &Look<'_, '_>, name: &str) -> BTreeMap<Key, Known> {
    let mut known = BTreeMap::new();
    with_messages(look, name, |rows| {
        for row in rows {
            known.insert(key(row.frame), of_message(row));
        }
    });
    known
}

fn known_time(look: &Look<'_, '_>, name: &str, frame: FrameRef) -> Option<String> {
    let mut time = None;
    with_messages(look, name, |rows| {
        time = rows.iter().find(|row| row.frame == frame).map(|row| row.time.clone());
    });
    time
}

fn with_messages(look: &Look<'_, '_>, name: &str, mut take: impl FnMut(&[MessageRow<'_>])) {
    let Some(index) = look.context.place(name) else { return };
    let report = look.report;
    if name.starts_with("call-") {
        report.calls.get(index).into_iter().for_each(|row| take(&row.messages));
    } else if name.starts_with("registration-") {
        report.registrations.get(index).into_iter().for_each(|row| take(&row.messages));
    } else {
        report.dialogs.get(index).into_iter().for_each(|row| take(&row.messages));
    }
}

fn of_message(row: &MessageRow<'_>) -> Known {
    let transaction = row.branch.zip(row.cseq.as_ref());
    Known {
        time: row.time.clone(),
        src: row.src,
        dst: row.dst,
        transport: row.transport,
        call_id: row.call_id.to_owned(),
        transaction: transaction.map(|(branch, cseq)| (branch.to_owned(), cseq.number)),
    }
}

fn stream_known(look: &Look<'_, '_>, name: &str) -> Option<Known> {
    let stream = look.report.streams.get(look.context.place(name)?)?;
    Some(Known {
        time: stream.first_time,
        src: Some(stream.src),
        dst: Some(stream.dst),
        transport: "udp",
        call_id: String::new(),
        transaction: None,
    })
}

/// Nanoseconds since 1970 of an RFC 3339 time in UTC.
pub(in crate::view::tui) fn nanos(time: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // Days from a civil date, years beginning in March.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
    let digits: String = time
        .get(20..)?
        .chars()
        .take_while(char::is_ascii_digit)
        .chain("000000000".chars())
        .collect();
    let fraction: i64 = digits.get(..9)?.parse().ok()?;
    seconds.checked_mul(1_000_000_000)?.checked_add(fraction)
}

/// The time of a row as the user wants it.
pub(in crate::view::tui) fn shown_time(
    rows: &[Row],
    index: usize,
    times: super::ladder::Times,
) -> String {
    let Some(row) = rows.get(index) else { return String::new() };
    let seconds = |nanos: i64| format!("{:+.6}", nanos as f64 / 1e9);
    match times {
        super::ladder::Times::Start => seconds(row.offset),
        super::ladder::Times::Previous => {
            let before = index.checked_sub(1).and_then(|before| rows.get(before));
            seconds(row.offset - before.map_or(row.offset, |before| before.offset))
        }
        super::ladder::Times::Clock => time_of_day(&row.time).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_become_numbers() {
        assert_eq!(nanos("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(nanos("2026-01-31T08:00:00.5Z"), Some(1_769_846_400_500_000_000));
        assert_eq!(nanos("2024-02-29T23:59:59.000000001Z"), Some(1_709_251_199_000_000_001));
        assert_eq!(nanos("soon"), None);
    }
}
