//! The fields of registrations.

use super::calls::{
    COUNT, MILLIS, SECONDS, SEVERITY, TRANSPORTS, choice, codes, endpoint, frames, ip, ips, number,
    severity,
};
use super::field::{Field, Table};
use super::value::{Kind, Value};
use crate::report::Context;
use crate::report::registration::RegistrationRow;

/// Registrations.
#[derive(Clone, Copy, Debug)]
pub struct Registrations;

/// A registration, and what its findings are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct Registration<'a> {
    /// Its row.
    pub row: &'a RegistrationRow<'a>,
    /// What the rest of the report is made from.
    pub of: &'a Context<'a>,
}

const STATES: &[&str] =
    &["pending", "registered", "unregistered", "challenged", "failed", "timed_out"];

type F = Field<Registrations>;

impl Table for Registrations {
    type Row<'a> = Registration<'a>;
    const NAME: &'static str = "registrations";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("registration", COUNT, "#", "Number of the registration", |r| {
            Value::number(number(&r.row.id))
        })
        .also(&["number", "id"])
        .shown(),
        F::new("state", choice(STATES), "State", "How it stands", |r| {
            Value::Text(r.row.state.into())
        })
        .shown(),
        F::new("aor", Kind::Text, "Address of record", "Who is registered", |r| {
            Value::text(r.row.aor.as_deref())
        })
        .also(&["user", "address_of_record"])
        .shown(),
        F::new("contact", Kind::Text, "Contact", "The contact bound last", |r| {
            Value::text(r.row.contact.as_deref())
        })
        .shown(),
        F::new("address", Kind::Endpoint, "From", "Where the REGISTERs come from", |r| {
            endpoint(r.row.address)
        })
        .also(&["from", "src"])
        .shown(),
        F::new("address_ip", Kind::Ip, "From IP", "IP address of that", |r| ip(r.row.address))
            .also(&["src_ip"]),
        F::new("ip", Kind::Ip, "Hosts", "Addresses between which its messages went", |r| {
            ips(&r.row.messages)
        })
        .also(&["host", "hosts"])
        .many(),
        F::new(
            "binding",
            Kind::Text,
            "Bindings",
            "Contacts bound at the end of the capture",
            |r| {
                let bound = r.row.bindings.iter().filter(|binding| binding.state == "bound");
                Value::texts(bound.map(|binding| binding.contact.as_str()))
            },
        )
        .also(&["bindings"])
        .many(),
        F::new("calls", COUNT, "Calls", "Calls whose INVITE went to a binding of it", |r| {
            Value::count(r.row.calls)
        }),
        F::new(
            "flapping",
            Kind::Flag,
            "Flapping",
            "Whether it came and went again and again",
            |r| Value::Flag(r.row.flapping),
        ),
        F::new("start", Kind::Time, "Start", "When its first message came", |r| {
            Value::time(Some(&*r.row.start_time))
        })
        .also(&["start_time", "time"])
        .shown(),
        F::new("expires", SECONDS, "Expires", "Lifetime that the registrar granted last", |r| {
            Value::number(r.row.expires_s.map(|expires| expires as f64))
        })
        .shown(),
        F::new("delay", MILLIS, "Delay", "First REGISTER to its 2xx", |r| {
            Value::number(r.row.delay_ms)
        })
        .shown(),
        F::new("attempts", COUNT, "Attempts", "Attempts to register", |r| {
            Value::count(r.row.attempts)
        })
        .shown(),
        F::new("succeeded", COUNT, "Succeeded", "Attempts that got a 2xx", |r| {
            Value::count(r.row.succeeded)
        }),
        F::new("failed", COUNT, "Failed", "Attempts refused or without an answer", |r| {
            Value::count(r.row.failed)
        })
        .shown(),
        F::new("status", COUNT, "Status", "Code of the last final response", |r| {
            let mut statuses = r.row.messages.iter().rev().filter_map(|message| message.status);
            Value::number(statuses.find(|status| *status >= 200).map(f64::from))
        })
        .also(&["code"]),
        F::new("call_id", Kind::Text, "Call-ID", "Call-ID of its messages", |r| {
            Value::text(r.row.messages.first().map(|message| message.call_id))
        }),
        F::new("transport", choice(TRANSPORTS), "Transport", "Transports of its messages", |r| {
            Value::texts(r.row.messages.iter().map(|message| message.transport))
        })
        .many(),
        F::new("messages", COUNT, "Messages", "SIP messages", |r| {
            Value::count(r.row.messages.len())
        }),
        F::new("findings", COUNT, "Findings", "How many findings it has", |r| {
            Value::count(r.row.findings.len())
        }),
        F::new("severity", SEVERITY, "Severity", "The most severe of its findings", |r| {
            severity(r.of, &r.row.findings)
        }),
        F::new("finding", Kind::Word, "Finding codes", "Codes of its findings", |r| {
            codes(r.of, &r.row.findings)
        })
        .many(),
        F::new("frame", COUNT, "Frames", "Frames of its messages", |r| frames(&r.row.messages))
            .also(&["frames"])
            .many(),
    ];
}
