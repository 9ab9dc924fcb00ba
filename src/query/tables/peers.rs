//! The table of hosts.

use super::{CAPTURE, Field, Kind, Origin, Table, Value, number};
use crate::query::calls::COUNT;
use crate::report::endpoints::EndpointRow;

/// Hosts that signal, or send or receive media.
#[derive(Clone, Copy, Debug)]
pub struct Peers;

/// A host.
pub struct Peer<'a> {
    pub(super) of: Origin<'a>,
    pub(super) row: &'a EndpointRow,
}

const UNSEEN: &str = "it was only named";

type F = Field<Peers>;

impl Table for Peers {
    type Row<'a> = Peer<'a>;
    const NAME: &'static str = "peers";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |p| p.of.capture()),
        F::column("peer", COUNT, "Number of the host: 1 is endpoint-1 of the report", |p| {
            Value::number(number(&p.row.id))
        }),
        F::column("ip", Kind::Ip, "Its address", |p| Value::Ip(p.row.address)),
        F::column("port", COUNT, "Its port, where ports of one address are several hosts", |p| {
            p.row.port.map_or(Value::Null, Value::count)
        })
        .null("all ports of the address are one host"),
        F::column("name", Kind::Text, "What the user calls it", |p| {
            Value::text(p.row.name.as_deref())
        })
        .null("the user gave it no name"),
        F::column("role", Kind::Word, "What it does, as shown most often", |p| {
            let roles = p.row.roles.iter();
            let most = roles.reduce(|most, one| if one.count > most.count { one } else { most });
            Value::text(most.map(|role| role.role))
        })
        .null("nothing shows it"),
        F::column("user_agent", Kind::Word, "The first User-Agent or Server of its own", |p| {
            Value::text(p.row.user_agents.first().map(String::as_str))
        })
        .null("it names none"),
        F::column("messages_sent", COUNT, "SIP messages that it sent", |p| {
            Value::count(p.row.messages.sent)
        }),
        F::column("messages_received", COUNT, "SIP messages that it was sent", |p| {
            Value::count(p.row.messages.received)
        }),
        F::column("calls_placed", COUNT, "Legs of calls that it placed", |p| {
            Value::count(p.row.calls.placed)
        }),
        F::column("calls_received", COUNT, "Legs of calls that it was called by", |p| {
            Value::count(p.row.calls.received)
        }),
        F::column("registrations", COUNT, "Registrations that it asked for", |p| {
            Value::count(p.row.registrations)
        }),
        F::column("streams_sent", COUNT, "RTP streams that it sent", |p| {
            Value::count(p.row.streams.sent)
        }),
        F::column("streams_received", COUNT, "RTP streams that it was sent", |p| {
            Value::count(p.row.streams.received)
        }),
        F::column("first_time", Kind::Time, "When it was first seen", |p| {
            Value::time(p.row.first_time.as_deref())
        })
        .null(UNSEEN),
        F::column("last_time", Kind::Time, "When it was last seen", |p| {
            Value::time(p.row.last_time.as_deref())
        })
        .null(UNSEEN),
    ];
}
