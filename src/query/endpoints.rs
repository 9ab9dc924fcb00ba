//! The fields of endpoints.

use super::calls::{COUNT, MOS, TRANSPORTS, choice, number};
use super::field::{Field, Table};
use super::value::{Kind, Value};
use crate::report::endpoints::EndpointRow;

/// Addresses, and what they do.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints;

/// An address.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// Its row.
    pub row: &'a EndpointRow,
}

const ROLES: &[&str] = &[
    "user_agent",
    "proxy",
    "registrar",
    "redirect_server",
    "b2bua",
    "session_border_controller",
    "media_relay",
    "notifier",
];
const REACHABLE: &[&str] = &["reachable", "unreachable", "unknown"];

type F = Field<Endpoints>;

impl Table for Endpoints {
    type Row<'a> = Endpoint<'a>;
    const NAME: &'static str = "endpoints";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("ip", Kind::Ip, "Address", "IP address", |e| Value::Ip(e.row.address))
            .also(&["address", "host"])
            .shown(),
        F::new("endpoint", COUNT, "#", "Number of the address in the report", |e| {
            Value::number(number(&e.row.id))
        })
        .also(&["number", "id"]),
        F::new("name", Kind::Text, "Name", "What --name or --names calls it", |e| {
            Value::text(e.row.name.as_deref())
        }),
        F::new("role", choice(ROLES), "Roles", "What it does, as its behaviour shows", |e| {
            Value::texts(e.row.roles.iter().map(|role| role.role))
        })
        .also(&["roles"])
        .many()
        .shown(),
        F::new("placed", COUNT, "Placed", "Calls that it placed", |e| {
            Value::count(e.row.calls.placed)
        })
        .also(&["calls_placed"])
        .shown(),
        F::new("received", COUNT, "Received", "Calls that it received", |e| {
            Value::count(e.row.calls.received)
        })
        .also(&["calls_received"])
        .shown(),
        F::new("calls", COUNT, "Calls", "Calls that it placed or received", |e| {
            Value::count(e.row.calls.placed + e.row.calls.received)
        }),
        F::new("answered", COUNT, "Answered", "Of its calls, those answered", |e| {
            Value::count(e.row.calls.answered)
        })
        .also(&["calls_answered"])
        .shown(),
        F::new(
            "failed",
            COUNT,
            "Failed",
            "Of its calls, those refused or without an answer",
            |e| Value::count(e.row.calls.failed),
        )
        .also(&["calls_failed"])
        .shown(),
        F::new("registrations", COUNT, "Registrations", "Registrations that it asked for", |e| {
            Value::count(e.row.registrations)
        })
        .shown(),
        F::new("sent", COUNT, "SIP sent", "SIP messages that it sent", |e| {
            Value::count(e.row.messages.sent)
        })
        .also(&["messages_sent"])
        .shown(),
        F::new("got", COUNT, "SIP got", "SIP messages that it was sent", |e| {
            Value::count(e.row.messages.received)
        })
        .also(&["messages_received"])
        .shown(),
        F::new("messages", COUNT, "SIP", "SIP messages from and to it", |e| {
            Value::count(e.row.messages.sent + e.row.messages.received)
        }),
        F::new("retransmissions", COUNT, "Sent again", "Messages that it sent again", |e| {
            Value::count(e.row.retransmissions)
        }),
        F::new("streams_sent", COUNT, "Streams sent", "RTP streams that it sent", |e| {
            Value::count(e.row.streams.sent)
        }),
        F::new("streams_received", COUNT, "Streams got", "RTP streams that it was sent", |e| {
            Value::count(e.row.streams.received)
        }),
        F::new("packets_sent", COUNT, "RTP sent", "RTP packets that it sent", |e| {
            Value::count(e.row.packets.sent)
        })
        .also(&["rtp_sent"])
        .shown(),
        F::new("packets_received", COUNT, "RTP got", "RTP packets that reached it", |e| {
            Value::count(e.row.packets.received)
        })
        .also(&["rtp_received"])
        .shown(),
        F::new("mos", MOS, "MOS", "Lowest MOS-LQ of what reached it", |e| {
            Value::number(e.row.mos_received)
        })
        .shown(),
        F::new("port", COUNT, "Ports", "Ports that it signals from, the first 16", |e| {
            Value::list(e.row.ports.iter().map(|port| Value::count(*port)))
        })
        .also(&["ports"])
        .many()
        .shown(),
        F::new("transport", choice(TRANSPORTS), "Transport", "Transports it signals over", |e| {
            Value::texts(e.row.transports.iter().copied())
        })
        .many(),
        F::new("user_agent", Kind::Text, "User agents", "User-Agent and Server it sends", |e| {
            Value::texts(e.row.user_agents.iter().map(String::as_str))
        })
        .also(&["user_agents", "agent"])
        .many()
        .shown(),
        F::new(
            "reachable",
            choice(REACHABLE),
            "Peers",
            "How its latest OPTIONS to peers fared",
            |e| Value::texts(e.row.reachability.iter().map(|reach| reach.state)),
        )
        .also(&["reachability"])
        .many(),
        F::new("start", Kind::Time, "First seen", "First message or packet from or to it", |e| {
            Value::time(e.row.first_time.as_deref())
        })
        .also(&["first_time", "time"]),
        F::new("end", Kind::Time, "Last seen", "Last message or packet from or to it", |e| {
            Value::time(e.row.last_time.as_deref())
        })
        .also(&["last_time"]),
    ];
}
