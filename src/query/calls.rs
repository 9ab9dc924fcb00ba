//! The fields of calls.

use std::borrow::Cow;

use super::field::{Field, Table};
use super::value::{Kind, Unit, Value};
use crate::base::flow::Endpoint;
use crate::report::call::{CallRow, PartyRow};
use crate::report::finding::FindingRow;
use crate::report::message::MessageRow;
use crate::report::stream::StreamRow;
use crate::report::value::Address;
use crate::report::{Context, FrameRef, Report};

/// Calls.
#[derive(Clone, Copy, Debug)]
pub struct Calls;

/// What the rows of others are looked up in, by the names that rows have for them.
pub trait Related {
    /// The stream of that name: `stream-1`.
    fn stream(&self, name: &str) -> Option<StreamRow>;
    /// The finding of that name: `finding-1`.
    fn finding(&self, name: &str) -> Option<FindingRow>;
}

impl Related for Context<'_> {
    fn stream(&self, name: &str) -> Option<StreamRow> {
        self.stream(name)
    }
    fn finding(&self, name: &str) -> Option<FindingRow> {
        self.finding(name)
    }
}

impl Related for Report<'_> {
    fn stream(&self, name: &str) -> Option<StreamRow> {
        // Where calls are chosen, the streams of others are left out before it.
        let here = place(name).and_then(|place| self.streams.get(place));
        here.filter(|row| row.id == name).or_else(|| self.streams.iter().find(|row| row.id == name))
    }
    fn finding(&self, name: &str) -> Option<FindingRow> {
        self.findings.get(place(name)?)
    }
}

/// The place in its list of what is named `call-1`, 0-based.
pub(super) fn place(name: &str) -> Option<usize> {
    name.rsplit_once('-')?.1.parse::<usize>().ok()?.checked_sub(1)
}

/// A call, and what its streams and findings are looked up in.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// Its row.
    pub row: &'a CallRow<'a>,
    /// The rest of the report.
    pub of: &'a dyn Related,
}

impl Call<'_> {
    fn streams(&self) -> impl Iterator<Item = StreamRow> {
        self.row.streams.iter().filter_map(|name| self.of.stream(name))
    }

    fn most(&self, figure: impl Fn(&StreamRow) -> Option<f64>) -> Value<'static> {
        Value::number(self.streams().filter_map(|stream| figure(&stream)).max_by(f64::total_cmp))
    }
}

/// What a call came to, as the summary counts it.
pub(super) const OUTCOMES: &[&str] = &["answered", "failed", "cancelled", "in_progress"];
pub(super) const STATES: &[&str] = &[
    "trying",
    "ringing",
    "answered",
    "completed",
    "cancelled",
    "rejected",
    "failed",
    "timed_out",
    "redirected",
];
pub(super) const TRANSPORTS: &[&str] = &["udp", "tcp", "tls", "ws", "wss", "sctp"];
/// From the least to the most severe.
pub(super) const SEVERITIES: &[&str] = &["note", "warning", "fault"];

pub(super) const fn choice(words: &'static [&'static str]) -> Kind {
    Kind::Choice { words, ordered: false }
}
pub(super) const SEVERITY: Kind = Kind::Choice { words: SEVERITIES, ordered: true };
pub(super) const COUNT: Kind = Kind::Number(Unit::Count);
pub(super) const MILLIS: Kind = Kind::Number(Unit::Millis);
pub(super) const SECONDS: Kind = Kind::Number(Unit::Seconds);
pub(super) const PERCENT: Kind = Kind::Number(Unit::Percent);
pub(super) const MOS: Kind = Kind::Number(Unit::Mos);

type F = Field<Calls>;

impl Table for Calls {
    type Row<'a> = Call<'a>;
    const NAME: &'static str = "calls";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("call", COUNT, "#", "Number of the call, in the order of first messages", |c| {
            Value::number(number(&c.row.id))
        })
        .also(&["number", "id"])
        .shown(),
        F::new("state", choice(STATES), "State", "How far the call came", |c| {
            Value::Text(c.row.state.into())
        })
        .shown(),
        F::new(
            "outcome",
            choice(OUTCOMES),
            "Outcome",
            "What it came to, as the summary counts",
            |c| Value::Text(outcome(c.row.state).into()),
        ),
        F::new(
            "from",
            Kind::Text,
            "From",
            "Who calls: user part of the From URI, else the URI",
            |c| Value::text(user(&c.row.caller)),
        )
        .also(&["caller_user"])
        .shown(),
        F::new(
            "to",
            Kind::Text,
            "To",
            "Who is called: user part of the To URI, else the URI",
            |c| Value::text(user(&c.row.callee)),
        )
        .also(&["callee_user"])
        .shown(),
        F::new("user", Kind::Text, "Users", "Who calls or is called", |c| {
            Value::texts([&c.row.caller, &c.row.callee].into_iter().filter_map(user))
        })
        .also(&["users"])
        .many(),
        F::new("from_uri", Kind::Text, "From URI", "URI of From as sent", |c| {
            Value::text(c.row.caller.uri.as_deref())
        })
        .also(&["caller_uri"]),
        F::new("to_uri", Kind::Text, "To URI", "URI of To as sent", |c| {
            Value::text(c.row.callee.uri.as_deref())
        })
        .also(&["callee_uri"]),
        F::new("from_name", Kind::Text, "From name", "Display name of From", |c| {
            Value::text(c.row.caller.display_name.as_deref())
        })
        .also(&["caller_display_name"]),
        F::new("to_name", Kind::Text, "To name", "Display name of To", |c| {
            Value::text(c.row.callee.display_name.as_deref())
        })
        .also(&["callee_display_name"]),
        F::new("call_id", Kind::Text, "Call-ID", "Call-IDs of its legs", |c| {
            Value::texts(c.row.legs.iter().map(|leg| leg.call_id.as_str()))
        })
        .also(&["legs_call_id"])
        .many(),
        F::new("caller", Kind::Endpoint, "Caller", "Address that the caller signals from", |c| {
            endpoint(c.row.caller.address)
        })
        .also(&["caller_address"]),
        F::new("callee", Kind::Endpoint, "Callee", "Address that the callee signals from", |c| {
            endpoint(c.row.callee.address)
        })
        .also(&["callee_address"]),
        F::new("caller_ip", Kind::Ip, "Caller IP", "IP address of the caller", |c| {
            ip(c.row.caller.address)
        }),
        F::new("caller_port", COUNT, "Caller port", "Port of the caller", |c| {
            port(c.row.caller.address)
        }),
        F::new("callee_ip", Kind::Ip, "Callee IP", "IP address of the callee", |c| {
            ip(c.row.callee.address)
        }),
        F::new("callee_port", COUNT, "Callee port", "Port of the callee", |c| {
            port(c.row.callee.address)
        }),
        F::new("ip", Kind::Ip, "Hosts", "Addresses between which its messages went", |c| {
            ips(&c.row.messages)
        })
        .also(&["host", "hosts"])
        .many(),
        F::new("start", Kind::Time, "Start", "When its first message came", |c| {
            Value::time(Some(&*c.row.start_time))
        })
        .also(&["start_time", "time"])
        .shown(),
        F::new("ringing", Kind::Time, "Ringing", "When the caller's side saw 180", |c| {
            Value::time(c.row.ringing_time.as_deref())
        })
        .also(&["ringing_time"]),
        F::new("answer", Kind::Time, "Answer", "When the caller's side saw the 2xx", |c| {
            Value::time(c.row.answer_time.as_deref())
        })
        .also(&["answer_time"]),
        F::new("end", Kind::Time, "End", "When it was over", |c| {
            Value::time(c.row.end_time.as_deref())
        })
        .also(&["end_time"]),
        F::new("pdd", MILLIS, "PDD", "Post-dial delay: INVITE to 180 or 183, else 2xx", |c| {
            Value::number(c.row.post_dial_delay_ms)
        })
        .also(&["post_dial_delay", "post_dial_delay_ms"])
        .shown(),
        F::new("setup", MILLIS, "Setup", "INVITE to the 2xx", |c| Value::number(c.row.setup_ms))
            .shown(),
        F::new("ring", MILLIS, "Ring", "180 to the 2xx", |c| Value::number(c.row.ring_ms)),
        F::new("duration", SECONDS, "Talk", "2xx to the BYE", |c| Value::number(c.row.duration_s))
            .also(&["talk"])
            .shown(),
        F::new("disconnect", MILLIS, "Disconnect", "BYE to its 2xx", |c| {
            Value::number(c.row.disconnect_ms)
        }),
        F::new("mos", MOS, "MOS", "MOS-LQ of the side that hears worse", |c| {
            Value::number(c.row.mos.worst)
        })
        .also(&["mos_worst"])
        .shown(),
        F::new("mos_caller", MOS, "MOS caller", "MOS-LQ of what reaches the caller", |c| {
            Value::number(c.row.mos.caller_hears)
        })
        .also(&["mos_caller_hears"]),
        F::new("mos_callee", MOS, "MOS callee", "MOS-LQ of what reaches the callee", |c| {
            Value::number(c.row.mos.callee_hears)
        })
        .also(&["mos_callee_hears"]),
        F::new("loss", PERCENT, "Loss", "Packets lost, of the stream that lost most", |c| {
            c.most(|stream| stream.lost_percent)
        })
        .also(&["lost"]),
        F::new("jitter", MILLIS, "Jitter", "Mean jitter, of the stream with most", |c| {
            c.most(|stream| stream.jitter_ms.mean)
        }),
        F::new("jitter_max", MILLIS, "Jitter max", "Greatest jitter of any stream", |c| {
            c.most(|stream| stream.jitter_ms.max)
        }),
        F::new("codec", Kind::Word, "Codecs", "Codecs of its streams", |c| {
            let codecs = c.streams().flat_map(|stream| stream.payloads);
            Value::texts(codecs.filter_map(|payload| payload.codec).map(Cow::<'static, str>::Owned))
        })
        .also(&["codecs"])
        .many(),
        F::new("streams", COUNT, "Streams", "RTP streams", |c| Value::count(c.row.streams.len())),
        F::new("packets", COUNT, "RTP", "RTP packets of its streams", |c| {
            Value::count(c.streams().map(|stream| stream.packets).sum::<u64>())
        })
        .also(&["rtp_packets"]),
        F::new("encrypted", Kind::Flag, "SRTP", "Whether any of its streams is SRTP", |c| {
            let mut streams = c.streams().peekable();
            match streams.peek() {
                None => Value::Null,
                Some(_) => Value::Flag(streams.any(|stream| stream.encryption.is_some())),
            }
        })
        .also(&["srtp"]),
        F::new(
            "other_media",
            Kind::Word,
            "Other media",
            "Media that are not RTP: udptl, TCP/MSRP",
            |c| Value::texts(c.row.other_media.iter().map(|media| media.protocol.as_str())),
        )
        .many(),
        F::new("status", COUNT, "Status", "Code of the final response to the INVITE", |c| {
            Value::number(c.row.final_status.as_ref().map(|status| f64::from(status.code)))
        })
        .also(&["code", "final_status"])
        .shown(),
        F::new("reason", Kind::Text, "Reason", "Reason phrase of that response", |c| {
            Value::text(c.row.final_status.as_ref().map(|status| &*status.reason))
        })
        .shown(),
        F::new(
            "released_by",
            choice(&["caller", "callee", "network"]),
            "Ended by",
            "Who ended it",
            |c| Value::text(c.row.released_by),
        )
        .shown(),
        F::new("cause", COUNT, "Cause", "Cause of the Reason header, most often Q.850", |c| {
            Value::number(c.row.release_cause.as_ref().and_then(|c| c.cause).map(f64::from))
        })
        .also(&["release_cause"]),
        F::new("cause_text", Kind::Text, "Cause text", "Text of the Reason header", |c| {
            Value::text(c.row.release_cause.as_ref().and_then(|c| c.text.as_deref()))
        }),
        F::new("cause_protocol", Kind::Word, "Cause of", "Protocol of the Reason header", |c| {
            Value::text(c.row.release_cause.as_ref().map(|c| &*c.protocol))
        }),
        F::new("findings", COUNT, "Findings", "How many findings it has", |c| {
            Value::count(c.row.findings.len())
        })
        .shown(),
        F::new("severity", SEVERITY, "Severity", "The most severe of its findings", |c| {
            severity(c.of, &c.row.findings)
        })
        .shown(),
        F::new(
            "finding",
            Kind::Word,
            "Finding codes",
            "Codes of its findings: media.one-way",
            |c| codes(c.of, &c.row.findings),
        )
        .many(),
        F::new("messages", COUNT, "Messages", "SIP messages", |c| {
            Value::count(c.row.messages.len() as u64 + c.row.messages_dropped)
        }),
        F::new("methods", Kind::Word, "Methods", "Methods of its requests", |c| {
            methods(&c.row.messages)
        })
        .also(&["method"])
        .many(),
        F::new("retransmissions", COUNT, "Sent again", "Messages sent again", |c| {
            Value::count(c.row.messages.iter().filter(|m| m.retransmission_of.is_some()).count())
        }),
        F::new("challenges", COUNT, "Challenges", "401 and 407 answered with credentials", |c| {
            Value::count(c.row.challenges)
        }),
        F::new(
            "user_agent",
            Kind::Text,
            "User agents",
            "User-Agent or Server of both sides",
            |c| {
                let parties = [&c.row.caller, &c.row.callee];
                Value::texts(parties.into_iter().filter_map(|party| party.user_agent.as_deref()))
            },
        )
        .also(&["user_agents", "agent"])
        .many(),
        F::new("caller_agent", Kind::Text, "Caller agent", "User-Agent of the caller", |c| {
            Value::text(c.row.caller.user_agent.as_deref())
        })
        .also(&["caller_user_agent"]),
        F::new(
            "callee_agent",
            Kind::Text,
            "Callee agent",
            "User-Agent or Server of the callee",
            |c| Value::text(c.row.callee.user_agent.as_deref()),
        )
        .also(&["callee_user_agent"]),
        F::new("dtmf", Kind::Text, "DTMF", "Digits in order", |c| {
            let digits: String = c.row.dtmf.iter().map(|digit| digit.digit.as_str()).collect();
            Value::text(Some(digits).filter(|digits| !digits.is_empty()))
        })
        .also(&["digits"]),
        F::new("transport", choice(TRANSPORTS), "Transport", "Transports of its messages", |c| {
            Value::texts(c.row.messages.iter().map(|message| message.transport))
        })
        .many(),
        F::new("undelivered", COUNT, "ICMP", "ICMP errors about its messages", |c| {
            Value::count(c.row.undelivered.len())
        }),
        F::new(
            "began_before",
            Kind::Flag,
            "Began before",
            "Whether it began before the capture",
            |c| Value::Flag(c.row.began_before_capture),
        )
        .also(&["began_before_capture"]),
        F::new("frame", COUNT, "Frames", "Frames of its messages", |c| frames(&c.row.messages))
            .also(&["frames"])
            .many(),
    ];
}

/// What a call in that state came to.
pub(super) fn outcome(state: &str) -> &'static str {
    match state {
        "answered" | "completed" => "answered",
        "cancelled" => "cancelled",
        "trying" | "ringing" => "in_progress",
        _ => "failed",
    }
}

/// The number of what is named `call-1`.
pub(super) fn number(name: &str) -> Option<f64> {
    place(name).map(|place| (place + 1) as f64)
}

/// A party by its user part, else its URI.
pub(super) fn user(party: &PartyRow) -> Option<&str> {
    party.user.as_deref().or(party.uri.as_deref())
}

pub(super) fn endpoint(address: Option<Address>) -> Value<'static> {
    address.map_or(Value::Null, |address| Value::Endpoint(Endpoint::from(address)))
}

pub(super) fn ip(address: Option<Address>) -> Value<'static> {
    address.map_or(Value::Null, |address| Value::Ip(address.ip))
}

pub(super) fn port(address: Option<Address>) -> Value<'static> {
    address.map_or(Value::Null, |address| Value::count(address.port))
}

/// The addresses between which messages went.
pub(super) fn ips(messages: &[MessageRow<'_>]) -> Value<'static> {
    let addresses = messages.iter().flat_map(|message| [message.src, message.dst]);
    Value::list(addresses.flatten().map(|address| Value::Ip(address.ip)))
}

/// The methods of the requests.
pub(super) fn methods<'a>(messages: &'a [MessageRow<'_>]) -> Value<'a> {
    Value::texts(messages.iter().filter_map(|message| message.method).map(Cow::Borrowed))
}

/// The frames of the messages; of several inputs, the numbers within each.
pub(super) fn frames(messages: &[MessageRow<'_>]) -> Value<'static> {
    Value::list(messages.iter().map(|message| frame(message.frame)))
}

/// A frame by its number.
pub(super) fn frame(frame: FrameRef) -> Value<'static> {
    match frame {
        FrameRef::Only(frame) | FrameRef::Of { frame, .. } => Value::count(frame),
    }
}

/// The worst severity of findings.
pub(super) fn severity(of: &dyn Related, findings: &[String]) -> Value<'static> {
    let found = findings.iter().filter_map(|name| of.finding(name)).map(|found| found.severity);
    Value::text(found.max_by_key(|severity| SEVERITY.rank(severity)))
}

/// The codes of findings.
pub(super) fn codes(of: &dyn Related, findings: &[String]) -> Value<'static> {
    Value::texts(findings.iter().filter_map(|name| of.finding(name)).map(|found| found.code))
}
