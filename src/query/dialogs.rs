//! The fields of exchanges that are neither calls nor registrations.

use super::calls::{COUNT, SECONDS, TRANSPORTS, choice, frames, ips, methods, number};
use super::field::{Field, Table};
use super::value::{Kind, Value};
use crate::report::call::PartyRow;
use crate::report::other::DialogRow;

/// OPTIONS, MESSAGE, SUBSCRIBE and NOTIFY, and others.
#[derive(Clone, Copy, Debug)]
pub struct Dialogs;

/// An exchange.
#[derive(Clone, Copy, Debug)]
pub struct Dialog<'a> {
    /// Its row.
    pub row: &'a DialogRow<'a>,
}

type F = Field<Dialogs>;

impl Table for Dialogs {
    type Row<'a> = Dialog<'a>;
    const NAME: &'static str = "dialogs";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("dialog", COUNT, "#", "Number of the exchange", |d| {
            Value::number(number(&d.row.id))
        })
        .also(&["number", "id"])
        .shown(),
        F::new("method", Kind::Word, "Method", "The method that began it", |d| {
            Value::text(d.row.method.as_deref())
        })
        .shown(),
        F::new("methods", Kind::Word, "Methods", "Methods of its requests", |d| {
            methods(&d.row.messages)
        })
        .many(),
        F::new("from", Kind::Text, "From", "User part of the From URI, else the URI", |d| {
            Value::text(user(&d.row.from))
        })
        .shown(),
        F::new("to", Kind::Text, "To", "User part of the To URI, else the URI", |d| {
            Value::text(user(&d.row.to))
        })
        .shown(),
        F::new("user", Kind::Text, "Users", "Who is on either side", |d| {
            Value::texts([&d.row.from, &d.row.to].into_iter().filter_map(user))
        })
        .also(&["users"])
        .many(),
        F::new("call_id", Kind::Text, "Call-ID", "Call-ID", |d| {
            Value::Text(d.row.call_id.as_str().into())
        }),
        F::new("ip", Kind::Ip, "Hosts", "Addresses between which its messages went", |d| {
            ips(&d.row.messages)
        })
        .also(&["host", "hosts"])
        .many(),
        F::new("start", Kind::Time, "Start", "When its first message came", |d| {
            Value::time(Some(&*d.row.start_time))
        })
        .also(&["start_time", "time"])
        .shown(),
        F::new("duration", SECONDS, "Duration", "First message to last", |d| {
            Value::Number(d.row.duration_s)
        }),
        F::new("messages", COUNT, "Messages", "SIP messages", |d| {
            Value::count(d.row.messages.len())
        })
        .shown(),
        F::new("status", COUNT, "Status", "Code of the last final response", |d| {
            Value::number(d.row.final_status.as_ref().map(|status| f64::from(status.code)))
        })
        .also(&["code"])
        .shown(),
        F::new("reason", Kind::Text, "Reason", "Reason phrase of that response", |d| {
            Value::text(d.row.final_status.as_ref().map(|status| &*status.reason))
        })
        .shown(),
        F::new("transport", choice(TRANSPORTS), "Transport", "Transports of its messages", |d| {
            Value::texts(d.row.messages.iter().map(|message| message.transport))
        })
        .many(),
        F::new("frame", COUNT, "Frames", "Frames of its messages", |d| frames(&d.row.messages))
            .also(&["frames"])
            .many(),
    ];
}

/// A party by its user part, else its URI.
fn user(party: &PartyRow) -> Option<&str> {
    party.user.as_deref().or(party.uri.as_deref())
}
