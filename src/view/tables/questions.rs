//! Questions that are asked again and again, shipped as views: each can be named
//! in SQL like a table.

/// A shipped question.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Question {
    /// Its name.
    pub name: &'static str,
    /// What it answers, in a line.
    pub meaning: &'static str,
    /// The question in SQL.
    pub sql: &'static str,
}

/// All of them.
pub const QUESTIONS: &[Question] = &[
    Question {
        name: "peers_by_hour",
        meaning: "ASR, NER, ACD and PDD of each callee's host, by the hour in which calls began",
        sql: include_str!("questions/peers_by_hour.sql"),
    },
    Question {
        name: "worst_peers",
        meaning: "Hosts whose media sound worst, with at least ten calls or as many as the busiest has",
        sql: include_str!("questions/worst_peers.sql"),
    },
    Question {
        name: "failures_by_route",
        meaning: "Final responses of 400 and above, by the hosts that called and were called",
        sql: include_str!("questions/failures_by_route.sql"),
    },
    Question {
        name: "codec_share",
        meaning: "Streams and packets of each codec",
        sql: include_str!("questions/codec_share.sql"),
    },
    Question {
        name: "busiest_minutes",
        meaning: "Calls that began in each minute, the busiest minute first",
        sql: include_str!("questions/busiest_minutes.sql"),
    },
    Question {
        name: "concurrent_calls",
        meaning: "Calls under way, at each moment at which their number changes",
        sql: include_str!("questions/concurrent_calls.sql"),
    },
    Question {
        name: "registrations_by_agent",
        meaning: "Attempts to register and their success, by user agent",
        sql: include_str!("questions/registrations_by_agent.sql"),
    },
    Question {
        name: "bad_minutes",
        meaning: "Minutes in which several streams sounded bad (MOS below 3.6 in an interval)",
        sql: include_str!("questions/bad_minutes.sql"),
    },
];
