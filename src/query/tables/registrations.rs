//! The table of registrations.

use super::{CAPTURE, Field, Kind, Origin, PORT, SOURCE, Table, Value, number};
use crate::query::calls::{COUNT, MILLIS, SECONDS, choice, ip, port};
use crate::report::registration::RegistrationRow;

/// Registrations.
#[derive(Clone, Copy, Debug)]
pub struct Registrations;

/// A registration.
pub struct Registration<'a> {
    pub(super) of: Origin<'a>,
    pub(super) row: &'a RegistrationRow<'a>,
}

const STATES: &[&str] =
    &["pending", "registered", "expired", "unregistered", "challenged", "failed", "timed_out"];

type F = Field<Registrations>;

impl Table for Registrations {
    type Row<'a> = Registration<'a>;
    const NAME: &'static str = "registrations";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |r| r.of.capture()),
        F::column("source", Kind::Word, SOURCE, |r| r.of.source()),
        F::column("registration", COUNT, "Number of the registration", |r| {
            Value::number(number(&r.row.id))
        }),
        F::column("state", choice(STATES), "How it stands at the end of the capture", |r| {
            Value::Text(r.row.state.into())
        }),
        F::column("aor", Kind::Text, "The address of record", |r| {
            Value::text(r.row.aor.as_deref())
        })
        .null("it could not be read"),
        F::column("contact", Kind::Text, "The contact bound last", |r| {
            Value::text(r.row.contact.as_deref())
        })
        .null("none was bound"),
        F::column("ip", Kind::Ip, "IP address that the REGISTERs come from", |r| ip(r.row.address))
            .null("no REGISTER was seen"),
        F::column("port", PORT, "Port that they come from", |r| port(r.row.address))
            .null("no REGISTER was seen"),
        F::column("user_agent", Kind::Word, "User-Agent of its first REGISTER", |r| {
            Value::text(r.row.user_agent.as_deref())
        })
        .null("it names none"),
        F::column("start_time", Kind::Time, "When its first message came", |r| {
            Value::time(Some(&*r.row.start_time))
        }),
        F::column("expires", SECONDS, "Lifetime that the registrar granted last", |r| {
            r.row.expires_s.map_or(Value::Null, Value::count)
        })
        .null("none was granted"),
        F::column("delay", MILLIS, "First REGISTER to its 2xx, challenge included", |r| {
            Value::number(r.row.delay_ms)
        })
        .null("no attempt succeeded"),
        F::column(
            "attempts",
            COUNT,
            "Attempts; a challenged REGISTER and its successor are one",
            |r| Value::count(r.row.attempts),
        ),
        F::column("succeeded", COUNT, "Those that got a 2xx", |r| Value::count(r.row.succeeded)),
        F::column("failed", COUNT, "Those that were refused or got no answer", |r| {
            Value::count(r.row.failed)
        }),
        F::column("refreshes", COUNT, "Attempts while the contact was bound", |r| {
            Value::count(r.row.refreshes)
        }),
        F::column("challenges", COUNT, "401 and 407", |r| Value::count(r.row.challenges)),
        F::column("calls", COUNT, "Calls sent to a binding of it", |r| Value::count(r.row.calls)),
        F::column("messages", COUNT, "SIP messages of it", |r| Value::count(r.row.messages.len())),
        F::column("findings", COUNT, "Findings about it", |r| Value::count(r.row.findings.len())),
    ];
}
