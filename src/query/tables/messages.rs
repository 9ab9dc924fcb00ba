//! The table of SIP messages.

use super::{CAPTURE, Field, Kind, Origin, PORT, SOURCE, Table, Unit, Value};
use crate::query::calls::{COUNT, TRANSPORTS, choice, frame, ip, port};
use crate::report::message::MessageRow;

/// SIP messages.
#[derive(Clone, Copy, Debug)]
pub struct Messages;

/// A message, and what it belongs to.
pub struct Message<'a> {
    pub(super) of: Origin<'a>,
    pub(super) row: &'a MessageRow<'a>,
    pub(super) call: Option<f64>,
    pub(super) registration: Option<f64>,
}

const NO_IP: &str = "what carried it has no addresses";

type F = Field<Messages>;

impl Table for Messages {
    type Row<'a> = Message<'a>;
    const NAME: &'static str = "messages";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |m| m.of.capture()),
        F::column("source", Kind::Word, SOURCE, |m| m.of.source()),
        F::column("frame", COUNT, "Number of the frame that completed it, within its input", |m| {
            frame(m.row.frame)
        }),
        F::column("time", Kind::Time, "When that frame was captured", |m| {
            Value::time(Some(&*m.row.time))
        }),
        F::column("call", COUNT, "Number of the call that it belongs to", |m| {
            Value::number(m.call)
        })
        .null("it belongs to none"),
        F::column("registration", COUNT, "Number of the registration that it belongs to", |m| {
            Value::number(m.registration)
        })
        .null("it belongs to none"),
        F::column("call_id", Kind::Text, "Call-ID", |m| Value::Text(m.row.call_id.into())),
        F::column("src_ip", Kind::Ip, "Who sent it on this hop, IP address", |m| ip(m.row.src))
            .null(NO_IP),
        F::column("src_port", PORT, "Who sent it on this hop, port", |m| port(m.row.src))
            .null(NO_IP),
        F::column("dst_ip", Kind::Ip, "To whom on this hop, IP address", |m| ip(m.row.dst))
            .null(NO_IP),
        F::column("dst_port", PORT, "To whom on this hop, port", |m| port(m.row.dst)).null(NO_IP),
        F::column("transport", choice(TRANSPORTS), "What carried it", |m| {
            Value::Text(m.row.transport.into())
        }),
        F::column("method", Kind::Word, "A request's method", |m| Value::text(m.row.method))
            .null("it is a response"),
        F::column("status", COUNT, "A response's status code", |m| {
            m.row.status.map_or(Value::Null, Value::count)
        })
        .null("it is a request"),
        F::column("reason", Kind::Word, "A response's reason phrase as sent", |m| {
            Value::text(m.row.reason)
        })
        .null("it is a request"),
        F::column("cseq", COUNT, "Number of CSeq", |m| {
            m.row.cseq.as_ref().map_or(Value::Null, |cseq| Value::count(cseq.number))
        })
        .null("it is missing or cannot be read"),
        F::column("cseq_method", Kind::Word, "Method of CSeq", |m| {
            Value::text(m.row.cseq.as_ref().map(|cseq| cseq.method))
        })
        .null("it is missing or cannot be read"),
        F::column("retransmission", Kind::Flag, "Whether it repeats another", |m| {
            Value::Flag(m.row.retransmission_of.is_some())
        }),
        F::column(
            "copy",
            Kind::Flag,
            "Whether its packet is in the capture before, at another point",
            |m| Value::Flag(m.row.copy_of.is_some()),
        ),
        F::column("hop", COUNT, "Hop from the sender of the request; 1 is its own", |m| {
            Value::count(m.row.hop)
        }),
        F::column("hop_delay", Kind::Number(Unit::Millis), "Time since the hop before", |m| {
            Value::number(m.row.hop_delay_ms)
        })
        .null("no hop before was captured"),
        F::column(
            "size",
            Kind::Number(Unit::Bytes),
            "From the start line to the body's end",
            |m| Value::count(m.row.size_bytes),
        ),
        F::column("has_sdp", Kind::Flag, "Whether its body describes a session", |m| {
            Value::Flag(m.row.has_sdp)
        }),
    ];
}
