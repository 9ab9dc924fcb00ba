//! The table of calls.

use super::{CAPTURE, Field, Kind, Origin, PORT, SOURCE, Table, Value, number};
use crate::query::calls::{
    COUNT, MILLIS, MOS, OUTCOMES, PERCENT, Related, SECONDS, SEVERITY, STATES, choice, ip, outcome,
    port, severity,
};
use crate::report::call::CallRow;
use crate::report::stream::StreamRow;

/// Calls.
#[derive(Clone, Copy, Debug)]
pub struct Calls;

/// A call, with its streams.
pub struct Call<'a> {
    of: Origin<'a>,
    row: &'a CallRow<'a>,
    streams: Vec<StreamRow>,
    related: &'a dyn Related,
}

impl<'a> Call<'a> {
    pub(super) fn of(of: Origin<'a>, row: &'a CallRow<'a>, related: &'a dyn Related) -> Self {
        let streams = row.streams.iter().filter_map(|name| related.stream(name));
        Self { of, row, streams: streams.collect(), related }
    }

    fn most(&self, figure: impl Fn(&StreamRow) -> Option<f64>) -> Value<'static> {
        Value::number(self.streams.iter().filter_map(figure).max_by(f64::total_cmp))
    }

    /// The codec of most packets.
    fn codec(&self) -> Option<&str> {
        let payloads = self.streams.iter().flat_map(|stream| &stream.payloads);
        let named = payloads.filter_map(|row| Some((row.packets, row.codec.as_deref()?)));
        named.reduce(|most, one| if one.0 > most.0 { one } else { most }).map(|(_, codec)| codec)
    }
}

const SIDES: &[&str] = &["caller", "callee", "network"];
const UNSEEN: &str = "no message shows it";
const NO_MEDIA: &str = "no stream of it has one";
const NOT_IT: &str = "it did not come to that, or the capture does not show it";

type F = Field<Calls>;

impl Table for Calls {
    type Row<'a> = Call<'a>;
    const NAME: &'static str = "calls";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |c| c.of.capture()),
        F::column("source", Kind::Word, SOURCE, |c| c.of.source()),
        F::column(
            "call",
            COUNT,
            "Number of the call, in the order in which they began; one for each leg, of which that of the \
             first is used: that of live and of --max-memory",
            |c| Value::number(number(&c.row.id)),
        ),
        F::column("state", choice(STATES), "How far the call came", |c| {
            Value::Text(c.row.state.into())
        }),
        F::column("outcome", choice(OUTCOMES), "What it came to, as the summary counts", |c| {
            Value::Text(outcome(c.row.state).into())
        }),
        F::column("caller_user", Kind::Text, "User part of the From URI", |c| {
            Value::text(c.row.caller.user.as_deref())
        })
        .null("the URI has none"),
        F::column("callee_user", Kind::Text, "User part of the To URI", |c| {
            Value::text(c.row.callee.user.as_deref())
        })
        .null("the URI has none"),
        F::column("caller_uri", Kind::Text, "URI of From as sent", |c| {
            Value::text(c.row.caller.uri.as_deref())
        })
        .null("it could not be read"),
        F::column("callee_uri", Kind::Text, "URI of To as sent", |c| {
            Value::text(c.row.callee.uri.as_deref())
        })
        .null("it could not be read"),
        F::column("caller_ip", Kind::Ip, "IP address that the caller signals from", |c| {
            ip(c.row.caller.address)
        })
        .null(UNSEEN),
        F::column("caller_port", PORT, "Port that the caller signals from", |c| {
            port(c.row.caller.address)
        })
        .null(UNSEEN),
        F::column("callee_ip", Kind::Ip, "IP address that the callee signals from", |c| {
            ip(c.row.callee.address)
        })
        .null(UNSEEN),
        F::column("callee_port", PORT, "Port that the callee signals from", |c| {
            port(c.row.callee.address)
        })
        .null(UNSEEN),
        F::column("caller_user_agent", Kind::Word, "User-Agent or Server of the caller", |c| {
            Value::text(c.row.caller.user_agent.as_deref())
        })
        .null("it names none"),
        F::column("callee_user_agent", Kind::Word, "User-Agent or Server of the callee", |c| {
            Value::text(c.row.callee.user_agent.as_deref())
        })
        .null("it names none"),
        F::column("call_id", Kind::Text, "Call-ID of its first leg", |c| {
            Value::text(c.row.legs.first().map(|leg| leg.call_id.as_str()))
        })
        .null("it has none"),
        F::column("start_time", Kind::Time, "When its first message came", |c| {
            Value::time(Some(&*c.row.start_time))
        }),
        F::column("ringing_time", Kind::Time, "When the caller's side saw 180", |c| {
            Value::time(c.row.ringing_time.as_deref())
        })
        .null(NOT_IT),
        F::column("answer_time", Kind::Time, "When the caller's side saw the 2xx", |c| {
            Value::time(c.row.answer_time.as_deref())
        })
        .null(NOT_IT),
        F::column("end_time", Kind::Time, "When it was over", |c| {
            Value::time(c.row.end_time.as_deref())
        })
        .null("it was not over at the end of the capture"),
        F::column(
            "post_dial_delay",
            MILLIS,
            "First INVITE to the first 180 or 183, else to the 2xx",
            |c| Value::number(c.row.post_dial_delay_ms),
        )
        .null(NOT_IT),
        F::column("setup", MILLIS, "First INVITE to the 2xx", |c| Value::number(c.row.setup_ms))
            .null(NOT_IT),
        F::column("ring", MILLIS, "180 to the 2xx", |c| Value::number(c.row.ring_ms)).null(NOT_IT),
        F::column("duration", SECONDS, "2xx to the BYE", |c| Value::number(c.row.duration_s))
            .null(NOT_IT),
        F::column("disconnect", MILLIS, "BYE to its 2xx", |c| Value::number(c.row.disconnect_ms))
            .null(NOT_IT),
        F::column("status", COUNT, "Status code of the final response to the INVITE", |c| {
            c.row.final_status.as_ref().map_or(Value::Null, |status| Value::count(status.code))
        })
        .null("no final response was seen"),
        F::column("reason", Kind::Word, "Reason phrase of that, as sent", |c| {
            Value::text(c.row.final_status.as_ref().map(|status| status.reason.as_str()))
        })
        .null("no final response was seen"),
        F::column("released_by", choice(SIDES), "Who ended it", |c| Value::text(c.row.released_by))
            .null("the messages do not tell"),
        F::column("cause_protocol", Kind::Word, "Protocol of the release cause: Q.850", |c| {
            Value::text(c.row.release_cause.as_ref().map(|cause| cause.protocol.as_str()))
        })
        .null("no Reason header was sent"),
        F::column("cause", COUNT, "Cause of that protocol", |c| {
            let cause = c.row.release_cause.as_ref().and_then(|cause| cause.cause);
            cause.map_or(Value::Null, Value::count)
        })
        .null("no Reason header was sent, or it has none"),
        F::column(
            "began_before_capture",
            Kind::Flag,
            "Whether its INVITE was sent before the capture began",
            |c| Value::Flag(c.row.began_before_capture),
        ),
        F::column("attempts", COUNT, "Attempts to set it up; what ASR and NER are of", |c| {
            Value::count(c.row.attempts.count)
        }),
        F::column("attempts_answered", COUNT, "Those that a 2xx answered", |c| {
            Value::count(c.row.attempts.answered)
        }),
        F::column(
            "attempts_reached",
            COUNT,
            "Those in which the network did its part (ITU-T E.425)",
            |c| Value::count(c.row.attempts.reached),
        ),
        F::column("challenges", COUNT, "Times that a 401 or 407 was answered", |c| {
            Value::count(c.row.challenges)
        }),
        F::column("legs", COUNT, "Its legs: Call-IDs that belong to it", |c| {
            Value::count(c.row.legs.len())
        }),
        F::column("messages", COUNT, "SIP messages of it, on all hops", |c| {
            Value::count(c.row.messages.len())
        }),
        F::column("retransmissions", COUNT, "Those of them that repeat another", |c| {
            let repeats = c.row.messages.iter().filter(|row| row.retransmission_of.is_some());
            Value::count(repeats.count())
        }),
        F::column("streams", COUNT, "RTP streams of it", |c| Value::count(c.row.streams.len())),
        F::column("codec", Kind::Word, "Codec of most of its RTP packets", |c| {
            Value::text(c.codec())
        })
        .null("it has no stream whose codec is known"),
        F::column("encrypted", Kind::Flag, "Whether any of its streams is SRTP", |c| {
            if c.streams.is_empty() {
                return Value::Null;
            }
            Value::Flag(c.streams.iter().any(|stream| stream.encryption.is_some()))
        })
        .null("it has no stream"),
        F::column("packets", COUNT, "RTP packets of its streams", |c| {
            Value::count(c.streams.iter().map(|stream| stream.packets).sum::<u64>())
        }),
        F::column("lost", PERCENT, "Packets lost, of the stream that lost most", |c| {
            c.most(|stream| stream.lost_percent)
        })
        .null(NO_MEDIA),
        F::column("jitter", MILLIS, "Mean jitter, of the stream with most", |c| {
            c.most(|stream| stream.jitter_ms.mean)
        })
        .null(NO_MEDIA),
        F::column("mos_caller", MOS, "MOS-LQ of what reaches the caller", |c| {
            Value::number(c.row.mos.caller_hears)
        })
        .null("no stream that can be rated reaches the caller"),
        F::column("mos_callee", MOS, "MOS-LQ of what reaches the callee", |c| {
            Value::number(c.row.mos.callee_hears)
        })
        .null("no stream that can be rated reaches the callee"),
        F::column("mos", MOS, "MOS-LQ of the side that hears worse", |c| {
            Value::number(c.row.mos.worst)
        })
        .null("no stream of it can be rated"),
        F::column("findings", COUNT, "Findings about it", |c| Value::count(c.row.findings.len())),
        F::column("severity", SEVERITY, "The worst severity of those", |c| {
            severity(c.related, &c.row.findings)
        })
        .null("nothing was found"),
    ];
}
