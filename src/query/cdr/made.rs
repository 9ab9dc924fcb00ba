//! Fields that only records have: what is billed, to whom, and as what the call
//! ended.

use std::str::FromStr;

use super::{Made, cause};
use crate::query::calls::choice;
use crate::query::moment;
use crate::query::value::{Kind, Unit, Value};
use crate::report::CallFacts;

/// By how many seconds talk is billed: at least the first, then every next begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Increment {
    first: u32,
    next: u32,
}

impl Default for Increment {
    /// Every second begun.
    fn default() -> Self {
        Self { first: 1, next: 1 }
    }
}

impl FromStr for Increment {
    type Err = String;
    /// Reads `60/6`, or `60` for both.
    fn from_str(text: &str) -> Result<Self, String> {
        let why = "expected seconds as FIRST/NEXT, such as 60/6; neither is 0";
        let seconds = |text: &str| text.parse().ok().filter(|seconds| *seconds > 0);
        let (first, next) = text.split_once('/').unwrap_or((text, text));
        match (seconds(first), seconds(next)) {
            (Some(first), Some(next)) => Ok(Self { first, next }),
            _ => Err(why.to_owned()),
        }
    }
}

impl Increment {
    /// Seconds billed for so many of talk.
    fn billed(self, talk_s: f64) -> f64 {
        let (first, next) = (f64::from(self.first), f64::from(self.next));
        if talk_s <= 0.0 {
            return 0.0;
        }
        first + next * ((talk_s - first).max(0.0) / next).ceil()
    }
}

/// A call of which a record is written.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// The call.
    pub call: &'a CallFacts<'a>,
    /// How talk is billed.
    pub increment: Increment,
}

/// What `disposition` can be.
const DISPOSITIONS: &[&str] = &["ANSWERED", "NO ANSWER", "BUSY", "CONGESTION", "FAILED"];

const MADE: &[Made] = &[
    Made {
        name: "elapsed",
        kind: Kind::Number(Unit::Seconds),
        meaning: "First message to the end, in s",
        get: |record| Value::number(record.elapsed_s()),
    },
    Made {
        name: "billed",
        kind: Kind::Number(Unit::Seconds),
        meaning: "Talk in increments, in s; 0 unless answered, not known while the end is not",
        get: |record| Value::number(record.billed_s()),
    },
    Made {
        name: "disposition",
        kind: choice(DISPOSITIONS),
        meaning: "What it came to; not known while it is being set up",
        get: |record| Value::text(record.disposition()),
    },
    Made {
        name: "complete",
        kind: Kind::Flag,
        meaning: "Whether the capture has its beginning and its end",
        get: |record| Value::Flag(record.is_complete()),
    },
    Made {
        name: "q850",
        kind: Kind::Number(Unit::Count),
        meaning: "Cause of ITU-T Q.850; see q850_by",
        get: |record| Value::number(record.q850().map(|(cause, _)| f64::from(cause))),
    },
    Made {
        name: "q850_by",
        kind: choice(&["reason", "status", "release"]),
        meaning: "On what that rests: a Reason header; assumed of the status (RFC 3398 section 8.2.6.1); \
            assumed of a call that was answered and ended",
        get: |record| Value::text(record.q850().map(|(_, by)| by)),
    },
    Made {
        name: "hangup_cause",
        kind: Kind::Word,
        meaning: "The same cause as FreeSWITCH names it; ORIGINATOR_CANCEL where the caller gave up",
        get: |record| Value::text(record.hangup_cause()),
    },
    Made {
        name: "clid",
        kind: Kind::Text,
        meaning: "Caller as \"Name\" <number>",
        get: |record| Value::text(record.clid()),
    },
    Made {
        name: "asserted",
        kind: Kind::Text,
        meaning: "Caller as the network asserts it: user part of P-Asserted-Identity (RFC 3325)",
        get: |record| Value::text(record.call.asserted_caller()),
    },
    Made {
        name: "diverted_by",
        kind: Kind::Text,
        meaning: "Who diverted the call last: user part of the first Diversion (RFC 5806)",
        get: |record| Value::text(record.call.diverted_by()),
    },
    Made {
        name: "charged",
        kind: Kind::Text,
        meaning: "Who set this call up: diverted_by, else asserted, else from",
        get: |record| Value::text(record.charged()),
    },
];

/// The fields that only records have.
pub fn made_fields() -> &'static [Made] {
    MADE
}

impl Record<'_> {
    fn is_answered(&self) -> bool {
        matches!(self.call.state(), "answered" | "completed")
    }

    fn elapsed_s(&self) -> Option<f64> {
        let from = moment::instant(&self.call.start_time())?;
        let to = moment::instant(&self.call.end_time()?)?;
        Some(to.saturating_sub(from) as f64 / 1e9)
    }

    fn billed_s(&self) -> Option<f64> {
        if self.is_answered() {
            return self.call.duration_s().map(|talk| self.increment.billed(talk));
        }
        self.disposition().map(|_| 0.0)
    }

    /// As Asterisk has them.
    fn disposition(&self) -> Option<&'static str> {
        let status = self.call.final_status().map(|(status, _)| status);
        Some(match (self.call.state(), status) {
            ("answered" | "completed", _) => "ANSWERED",
            ("cancelled" | "timed_out", _) | (_, Some(408 | 480 | 487)) => "NO ANSWER",
            (_, Some(486 | 600)) => "BUSY",
            (_, Some(503)) => "CONGESTION",
            ("rejected" | "failed" | "redirected", _) => "FAILED",
            _ => return None,
        })
    }

    fn is_complete(&self) -> bool {
        let has_end = self.call.end_time().is_some();
        has_end && !self.call.began_before_capture()
    }

    /// The cause and on what it rests.
    fn q850(&self) -> Option<(u32, &'static str)> {
        let is_q850 = |protocol: &str| protocol.eq_ignore_ascii_case("Q.850");
        if self.call.cause_protocol().is_some_and(is_q850)
            && let Some(cause) = self.call.cause()
        {
            return Some((cause, "reason"));
        }
        if self.is_answered() {
            return self.call.end_time().map(|_| (16, "release"));
        }
        let status = self.call.final_status()?.0;
        cause::of_status(status).map(|cause| (cause, "status"))
    }

    fn hangup_cause(&self) -> Option<&'static str> {
        if self.call.state() == "cancelled" {
            return Some("ORIGINATOR_CANCEL");
        }
        cause::freeswitch(self.q850()?.0)
    }

    fn clid(&self) -> Option<String> {
        let caller = self.call.caller();
        let number = caller.user()?;
        Some(match caller.display_name().filter(|name| !name.is_empty()) {
            Some(name) => format!("\"{}\" <{number}>", name.replace('"', "")),
            None => number,
        })
    }

    fn charged(&self) -> Option<String> {
        let call = self.call;
        call.diverted_by().or_else(|| call.asserted_caller()).or_else(|| call.caller().user())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn talk_is_billed_by_increments_that_were_begun() {
        let billed = |increment: &str, talk: [f64; 5]| {
            let increment = increment.parse::<Increment>().unwrap();
            talk.map(|talk| increment.billed(talk).to_string())
        };
        assert_eq!(billed("1", [0.0, 0.2, 1.0, 1.001, 60.0]), ["0", "1", "1", "2", "60"]);
        assert_eq!(billed("60/6", [0.2, 60.0, 60.1, 66.0, 66.1]), ["60", "60", "66", "66", "72"]);
        assert_eq!(billed("60", [0.0, 1.0, 60.0, 61.0, 121.0]), ["0", "60", "60", "120", "180"]);
        for wrong in ["0", "60/0", "a", "-1", "1/2/3", ""] {
            assert!(wrong.parse::<Increment>().is_err(), "{wrong}");
        }
    }
}
