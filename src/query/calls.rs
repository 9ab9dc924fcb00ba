//! The fields of calls.

use std::borrow::Cow;

use super::field::{Field, Table};
use super::value::{Kind, Unit, Value};
use crate::base::flow::Endpoint;
use crate::report::facts::PartyFacts;
use crate::report::finding::FindingRow;
use crate::report::message::MessageRow;
use crate::report::stream::StreamRow;
use crate::report::value::Address;
use crate::report::{CallFacts, Context, FrameRef, Report};

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

/// What a call came to, as the summary counts it.
pub(super) const OUTCOMES: &[&str] = &["answered", "failed", "cancelled", "in_progress"];
pub(crate) const STATES: &[&str] = &[
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
    type Row<'a> = CallFacts<'a>;
    const NAME: &'static str = "calls";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("call", COUNT, "#", "Number of the call, in the order of first messages", |c| {
            c.number().map_or(Value::Null, Value::count)
        })
        .also(&["number", "id"])
        .shown(),
        F::new("state", choice(STATES), "State", "How far the call came", |c| {
            Value::Text(c.state().into())
        })
        .shown(),
        F::new(
            "outcome",
            choice(OUTCOMES),
            "Outcome",
            "What it came to, as the summary counts",
            |c| Value::Text(outcome(c.state()).into()),
        ),
        F::new(
            "from",
            Kind::Text,
            "From",
            "Who calls: user part of the From URI, else the URI",
            |c| Value::text(user(c.caller())),
        )
        .also(&["caller_user"])
        .shown(),
        F::new(
            "to",
            Kind::Text,
            "To",
            "Who is called: user part of the To URI, else the URI",
            |c| Value::text(user(c.callee())),
        )
        .also(&["callee_user"])
        .shown(),
        F::new("user", Kind::Text, "Users", "Who calls or is called", |c| {
            Value::texts([c.caller(), c.callee()].into_iter().filter_map(user))
        })
        .also(&["users"])
        .many(),
        F::new("from_uri", Kind::Text, "From URI", "URI of From as sent", |c| {
            Value::text(c.caller().uri())
        })
        .also(&["caller_uri"]),
        F::new("to_uri", Kind::Text, "To URI", "URI of To as sent", |c| {
            Value::text(c.callee().uri())
        })
        .also(&["callee_uri"]),
        F::new("from_name", Kind::Text, "From name", "Display name of From", |c| {
            Value::text(c.caller().display_name())
        })
        .also(&["caller_display_name"]),
        F::new("to_name", Kind::Text, "To name", "Display name of To", |c| {
            Value::text(c.callee().display_name())
        })
        .also(&["callee_display_name"]),
        F::new("call_id", Kind::Text, "Call-ID", "Call-IDs of its legs", |c| {
            Value::texts(c.call_ids())
        })
        .also(&["legs_call_id"])
        .many(),
        F::new("caller", Kind::Endpoint, "Caller", "Address that the caller signals from", |c| {
            endpoint(c.caller().address())
        })
        .also(&["caller_address"]),
        F::new("callee", Kind::Endpoint, "Callee", "Address that the callee signals from", |c| {
            endpoint(c.callee().address())
        })
        .also(&["callee_address"]),
        F::new("caller_ip", Kind::Ip, "Caller IP", "IP address of the caller", |c| {
            ip(c.caller().address())
        }),
        F::new("caller_port", COUNT, "Caller port", "Port of the caller", |c| {
            port(c.caller().address())
        }),
        F::new("callee_ip", Kind::Ip, "Callee IP", "IP address of the callee", |c| {
            ip(c.callee().address())
        }),
        F::new("callee_port", COUNT, "Callee port", "Port of the callee", |c| {
            port(c.callee().address())
        }),
        F::new("ip", Kind::Ip, "Hosts", "Addresses between which its messages went", |c| {
            Value::list(c.hosts().map(Value::Ip))
        })
        .also(&["host", "hosts"])
        .many(),
        F::new("start", Kind::Time, "Start", "When its first message came", |c| {
            Value::time(Some(c.start_time()))
        })
        .also(&["start_time", "time"])
        .shown(),
        F::new("ringing", Kind::Time, "Ringing", "When the caller's side saw 180", |c| {
            Value::time(c.ringing_time())
        })
        .also(&["ringing_time"]),
        F::new("answer", Kind::Time, "Answer", "When the caller's side saw the 2xx", |c| {
            Value::time(c.answer_time())
        })
        .also(&["answer_time"]),
        F::new("end", Kind::Time, "End", "When it was over", |c| Value::time(c.end_time()))
            .also(&["end_time"]),
        F::new("pdd", MILLIS, "PDD", "Post-dial delay: INVITE to 180 or 183, else 2xx", |c| {
            Value::number(c.post_dial_delay_ms())
        })
        .also(&["post_dial_delay", "post_dial_delay_ms"])
        .shown(),
        F::new("setup", MILLIS, "Setup", "INVITE to the 2xx", |c| Value::number(c.setup_ms()))
            .shown(),
        F::new("ring", MILLIS, "Ring", "180 to the 2xx", |c| Value::number(c.ring_ms())),
        F::new("duration", SECONDS, "Talk", "2xx to the BYE", |c| Value::number(c.duration_s()))
            .also(&["talk"])
            .shown(),
        F::new("disconnect", MILLIS, "Disconnect", "BYE to its 2xx", |c| {
            Value::number(c.disconnect_ms())
        }),
        F::new("mos", MOS, "MOS", "MOS-LQ of the side that hears worse", |c| {
            Value::number(c.mos().worst)
        })
        .also(&["mos_worst"])
        .shown(),
        F::new("mos_caller", MOS, "MOS caller", "MOS-LQ of what reaches the caller", |c| {
            Value::number(c.mos().caller_hears)
        })
        .also(&["mos_caller_hears"]),
        F::new("mos_callee", MOS, "MOS callee", "MOS-LQ of what reaches the callee", |c| {
            Value::number(c.mos().callee_hears)
        })
        .also(&["mos_callee_hears"]),
        F::new("loss", PERCENT, "Loss", "Packets lost, of the stream that lost most", |c| {
            Value::number(c.greatest_loss_percent())
        })
        .also(&["lost"]),
        F::new("jitter", MILLIS, "Jitter", "Mean jitter, of the stream with most", |c| {
            Value::number(c.greatest_mean_jitter_ms())
        }),
        F::new("jitter_max", MILLIS, "Jitter max", "Greatest jitter of any stream", |c| {
            Value::number(c.greatest_jitter_ms())
        }),
        F::new("codec", Kind::Word, "Codecs", "Codecs of its streams", |c| {
            Value::texts(c.codecs())
        })
        .also(&["codecs"])
        .many(),
        F::new("streams", COUNT, "Streams", "RTP streams", |c| Value::count(c.stream_count())),
        F::new("packets", COUNT, "RTP", "RTP packets of its streams", |c| {
            Value::count(c.packets())
        })
        .also(&["rtp_packets"]),
        F::new("encrypted", Kind::Flag, "SRTP", "Whether any of its streams is SRTP", |c| {
            c.is_encrypted().map_or(Value::Null, Value::Flag)
        })
        .also(&["srtp"]),
        F::new(
            "other_media",
            Kind::Word,
            "Other media",
            "Media that are not RTP: udptl, TCP/MSRP",
            |c| Value::texts(c.other_media_protocols()),
        )
        .many(),
        F::new("status", COUNT, "Status", "Code of the final response to the INVITE", |c| {
            Value::number(c.final_status().map(|(code, _)| f64::from(code)))
        })
        .also(&["code", "final_status"])
        .shown(),
        F::new("reason", Kind::Text, "Reason", "Reason phrase of that response", |c| {
            Value::text(c.final_status().map(|(_, reason)| reason))
        })
        .shown(),
        F::new(
            "released_by",
            choice(&["caller", "callee", "network"]),
            "Ended by",
            "Who ended it",
            |c| Value::text(c.released_by()),
        )
        .shown(),
        F::new("cause", COUNT, "Cause", "Cause of the Reason header, most often Q.850", |c| {
            Value::number(c.cause().map(f64::from))
        })
        .also(&["release_cause"]),
        F::new("cause_text", Kind::Text, "Cause text", "Text of the Reason header", |c| {
            Value::text(c.cause_text())
        }),
        F::new("cause_protocol", Kind::Word, "Cause of", "Protocol of the Reason header", |c| {
            Value::text(c.cause_protocol())
        }),
        F::new("findings", COUNT, "Findings", "How many findings it has", |c| {
            Value::count(c.finding_codes().count())
        })
        .shown(),
        F::new("severity", SEVERITY, "Severity", "The most severe of its findings", |c| {
            worst(c.finding_codes().map(|(_, severity)| severity))
        })
        .shown(),
        F::new(
            "finding",
            Kind::Word,
            "Finding codes",
            "Codes of its findings: media.one-way",
            |c| Value::texts(c.finding_codes().map(|(code, _)| code)),
        )
        .many(),
        F::new("messages", COUNT, "Messages", "SIP messages", |c| {
            Value::count(c.message_count() as u64 + c.messages_dropped())
        }),
        F::new("methods", Kind::Word, "Methods", "Methods of its requests", |c| {
            Value::texts(c.methods())
        })
        .also(&["method"])
        .many(),
        F::new("retransmissions", COUNT, "Sent again", "Messages sent again", |c| {
            Value::count(c.retransmissions())
        }),
        F::new("challenges", COUNT, "Challenges", "401 and 407 answered with credentials", |c| {
            Value::count(c.challenges())
        }),
        F::new(
            "user_agent",
            Kind::Text,
            "User agents",
            "User-Agent or Server of both sides",
            |c| {
                let parties = [c.caller(), c.callee()];
                Value::texts(parties.into_iter().filter_map(PartyFacts::user_agent))
            },
        )
        .also(&["user_agents", "agent"])
        .many(),
        F::new("caller_agent", Kind::Text, "Caller agent", "User-Agent of the caller", |c| {
            Value::text(c.caller().user_agent())
        })
        .also(&["caller_user_agent"]),
        F::new(
            "callee_agent",
            Kind::Text,
            "Callee agent",
            "User-Agent or Server of the callee",
            |c| Value::text(c.callee().user_agent()),
        )
        .also(&["callee_user_agent"]),
        F::new("dtmf", Kind::Text, "DTMF", "Digits in order", |c| {
            let digits: String = c.dtmf().iter().map(|digit| digit.digit.as_str()).collect();
            Value::text(Some(digits).filter(|digits| !digits.is_empty()))
        })
        .also(&["digits"]),
        F::new("transport", choice(TRANSPORTS), "Transport", "Transports of its messages", |c| {
            Value::texts(c.transports())
        })
        .many(),
        F::new("undelivered", COUNT, "ICMP", "ICMP errors about its messages", |c| {
            Value::count(c.undelivered())
        }),
        F::new(
            "began_before",
            Kind::Flag,
            "Began before",
            "Whether it began before the capture",
            |c| Value::Flag(c.began_before_capture()),
        )
        .also(&["began_before_capture"]),
        F::new("frame", COUNT, "Frames", "Frames of its messages", |c| {
            Value::list(c.frames().map(frame))
        })
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
fn user(party: PartyFacts<'_>) -> Option<String> {
    party.user().or_else(|| party.uri().map(str::to_owned))
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

/// The worst of some severities.
fn worst(severities: impl Iterator<Item = &'static str>) -> Value<'static> {
    Value::text(severities.max_by_key(|severity| SEVERITY.rank(severity)))
}

/// The worst severity of findings, by their names.
pub(super) fn severity(of: &dyn Related, findings: &[String]) -> Value<'static> {
    worst(findings.iter().filter_map(|name| of.finding(name)).map(|found| found.severity))
}

/// The codes of findings, by their names.
pub(super) fn codes(of: &dyn Related, findings: &[String]) -> Value<'static> {
    let found = findings.iter().filter_map(|name| of.finding(name));
    Value::texts(found.map(|found| found.code))
}
