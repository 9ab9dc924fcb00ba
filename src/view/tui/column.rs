//! The columns of the list of calls: what they show, and how they sort.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::theme::Role;
use crate::report::CallFacts;
use crate::report::facts::PartyFacts;
use crate::report::value::Address;

/// A column of the list of calls.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Column {
    /// The call's number in the report.
    Number,
    /// State.
    State,
    /// The last final status.
    Status,
    /// Who calls.
    From,
    /// Who is called.
    To,
    /// When it began: time of day.
    Start,
    /// When it began: day and time.
    Date,
    /// Post-dial delay.
    PostDialDelay,
    /// INVITE to 2xx.
    Setup,
    /// Talk time.
    Duration,
    /// The lower MOS.
    Mos,
    /// MOS of what the caller hears.
    MosCaller,
    /// MOS of what the callee hears.
    MosCallee,
    /// The greatest loss of its streams.
    Loss,
    /// The greatest mean jitter of its streams.
    Jitter,
    /// Findings.
    Findings,
    /// SIP messages.
    Messages,
    /// Methods of its requests.
    Methods,
    /// Codecs of its streams.
    Codecs,
    /// Who hung up.
    ReleasedBy,
    /// Where the caller signals from.
    Source,
    /// Where the callee signals from.
    Destination,
    /// The caller's User-Agent.
    AgentFrom,
    /// The callee's User-Agent or Server.
    AgentTo,
    /// Legs.
    Legs,
    /// Digits pressed.
    Digits,
    /// Call-ID.
    CallId,
    /// The tag that the user gave.
    Tag,
}

/// What calls are sorted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sort {
    /// The column.
    pub column: Column,
    /// Greatest first.
    pub descending: bool,
}

impl Default for Sort {
    fn default() -> Self {
        Self { column: Column::Number, descending: false }
    }
}

/// A value in a form that sorts. What is not known comes last, whichever way.
#[derive(Clone, PartialEq, Debug)]
pub enum SortKey {
    /// Not known.
    Missing,
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
}

/// A cell: its text, and what that means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cell {
    /// Its text, as it is: not escaped yet.
    pub text: String,
    /// What it means.
    pub role: Role,
}

/// How a column is called and laid out: name, title, columns of the screen,
/// whether its values stand right, whether it takes what room is left.
struct Shape(Column, &'static str, &'static str, u16, bool, bool);

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    Shape(Column::Number, "number", "#", 6, true, false),
    Shape(Column::State, "state", "State", 10, false, false),
    Shape(Column::Status, "status", "Status", 6, true, false),
    Shape(Column::From, "from", "From", 12, false, true),
    Shape(Column::To, "to", "To", 12, false, true),
    Shape(Column::Start, "start", "Start", 12, false, false),
    Shape(Column::Date, "date", "Date", 23, false, false),
    Shape(Column::PostDialDelay, "post-dial-delay", "PDD s", 6, true, false),
    Shape(Column::Setup, "setup", "Setup s", 7, true, false),
    Shape(Column::Duration, "duration", "Talk s", 7, true, false),
    Shape(Column::Mos, "mos", "MOS", 5, true, false),
    Shape(Column::MosCaller, "mos-caller", "MOS<", 5, true, false),
    Shape(Column::MosCallee, "mos-callee", "MOS>", 5, true, false),
    Shape(Column::Loss, "loss", "Loss %", 6, true, false),
    Shape(Column::Jitter, "jitter", "Jit ms", 6, true, false),
    Shape(Column::Findings, "findings", "Findings", 8, false, false),
    Shape(Column::Messages, "messages", "Msgs", 4, true, false),
    Shape(Column::Methods, "methods", "Methods", 20, false, true),
    Shape(Column::Codecs, "codecs", "Codecs", 12, false, false),
    Shape(Column::ReleasedBy, "released-by", "Hung up", 7, false, false),
    Shape(Column::Source, "source", "Source", 21, false, false),
    Shape(Column::Destination, "destination", "Destination", 21, false, false),
    Shape(Column::AgentFrom, "agent-from", "Agent from", 18, false, true),
    Shape(Column::AgentTo, "agent-to", "Agent to", 18, false, true),
    Shape(Column::Legs, "legs", "Legs", 4, true, false),
    Shape(Column::Digits, "digits", "Digits", 8, false, false),
    Shape(Column::CallId, "call-id", "Call-ID", 24, false, true),
    Shape(Column::Tag, "tag", "Tag", 8, false, false),
];

impl Column {
    /// The columns that are shown when none are set.
    pub const DEFAULT: &'static [Self] = &[
        Self::Number,
        Self::State,
        Self::From,
        Self::To,
        Self::Findings,
        Self::Mos,
        Self::Loss,
        Self::Duration,
        Self::PostDialDelay,
        Self::Start,
        Self::Messages,
    ];

    /// Every column.
    pub fn all() -> impl Iterator<Item = Self> {
        SHAPES.iter().map(|shape| shape.0)
    }

    fn shape(self) -> &'static Shape {
        SHAPES.iter().find(|shape| shape.0 == self).unwrap_or(const { &SHAPES[0] })
    }

    /// Its name in the configuration.
    pub fn name(self) -> &'static str {
        self.shape().1
    }

    /// The column of a name.
    pub fn named(name: &str) -> Option<Self> {
        SHAPES.iter().find(|shape| shape.1 == name).map(|shape| shape.0)
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        self.shape().2
    }

    /// How wide it is at least.
    pub fn width(self) -> u16 {
        self.shape().3
    }

    /// Whether its values stand right.
    pub fn is_right(self) -> bool {
        self.shape().4
    }

    /// Whether it takes what room is left.
    pub fn is_flexible(self) -> bool {
        self.shape().5
    }

    /// What the column says of a call.
    pub fn cell(self, call: &CallFacts<'_>) -> Cell {
        let plain = |text: String| Cell { text, role: Role::Plain };
        let text = |text: Option<&str>| plain(text.unwrap_or_default().to_owned());
        let number = |value: Option<f64>, digits: usize| {
            plain(value.map(|value| format!("{value:.digits$}")).unwrap_or_default())
        };
        match self {
            Self::Number => {
                plain(call.number().map(|number| number.to_string()).unwrap_or_default()).dim()
            }
            Self::State => {
                Cell { text: call.state().replace('_', " "), role: state_role(call.state()) }
            }
            Self::Status => {
                plain(call.final_status().map(|(code, _)| code.to_string()).unwrap_or_default())
            }
            Self::From => plain(party_name(call.caller())),
            Self::To => plain(party_name(call.callee())),
            Self::Start => plain(time_of_day(&call.start_time()).to_owned()),
            Self::Date => plain(date_and_time(&call.start_time())),
            Self::PostDialDelay => number(call.post_dial_delay_ms().map(|ms| ms / 1e3), 2),
            Self::Setup => number(call.setup_ms().map(|ms| ms / 1e3), 2),
            Self::Duration => number(call.duration_s(), 1),
            Self::Mos => mos_cell(call.mos().worst),
            Self::MosCaller => mos_cell(call.mos().caller_hears),
            Self::MosCallee => mos_cell(call.mos().callee_hears),
            Self::Loss => loss_cell(call.greatest_loss_percent()),
            Self::Jitter => number(call.greatest_mean_jitter_ms(), 1),
            Self::Findings => findings_cell(call),
            Self::Messages => plain(call.message_count().to_string()),
            Self::Methods => plain(once_each(call.methods())),
            Self::Codecs => plain(once_each(call.main_codecs().map(|codec| codec.unwrap_or("?")))),
            Self::ReleasedBy => text(call.released_by()),
            Self::Source => plain(address(call.caller().address())),
            Self::Destination => plain(address(call.callee().address())),
            Self::AgentFrom => text(call.caller().user_agent()),
            Self::AgentTo => text(call.callee().user_agent()),
            Self::Legs => plain(call.call_ids().count().to_string()),
            Self::Digits => plain(call.dtmf().iter().map(|digit| digit.digit.as_str()).collect()),
            Self::CallId => text(call.call_ids().next()),
            // The state of the interface knows the tags.
            Self::Tag => Cell::default(),
        }
    }

    /// The key that a call is sorted by.
    pub fn key(self, call: &CallFacts<'_>) -> SortKey {
        let number = |value: Option<f64>| value.map_or(SortKey::Missing, SortKey::Number);
        match self {
            Self::Number => number(call.number().map(|number| number as f64)),
            Self::Status => number(call.final_status().map(|(code, _)| code.into())),
            Self::Start | Self::Date => SortKey::Text(call.start_time()),
            Self::PostDialDelay => number(call.post_dial_delay_ms()),
            Self::Setup => number(call.setup_ms()),
            Self::Duration => number(call.duration_s()),
            Self::Mos => number(call.mos().worst),
            Self::MosCaller => number(call.mos().caller_hears),
            Self::MosCallee => number(call.mos().callee_hears),
            Self::Loss => number(call.greatest_loss_percent()),
            Self::Jitter => number(call.greatest_mean_jitter_ms()),
            Self::Findings => {
                // By the worst first.
                let weight = |(_, severity): (&str, &str)| match severity {
                    "fault" => 1e8,
                    "warning" => 1e4,
                    _ => 1.0,
                };
                SortKey::Number(call.finding_codes().map(weight).sum())
            }
            Self::Messages => number(Some(call.message_count() as f64)),
            Self::Legs => number(Some(call.call_ids().count() as f64)),
            _ => {
                let text = self.cell(call).text;
                if text.is_empty() { SortKey::Missing } else { SortKey::Text(text.to_lowercase()) }
            }
        }
    }
}

impl SortKey {
    /// Which of two comes first; what is not known comes last in both directions.
    pub fn compare(&self, other: &Self, descending: bool) -> Ordering {
        let turned = |order: Ordering| if descending { order.reverse() } else { order };
        match (self, other) {
            (Self::Missing, Self::Missing) => Ordering::Equal,
            (Self::Number(a), Self::Number(b)) => turned(a.total_cmp(b)),
            (Self::Text(a), Self::Text(b)) => turned(a.cmp(b)),
            (Self::Missing, _) | (Self::Text(_), Self::Number(_)) => Ordering::Greater,
            (_, Self::Missing) | (Self::Number(_), Self::Text(_)) => Ordering::Less,
        }
    }
}

impl Cell {
    fn dim(self) -> Self {
        Self { role: Role::Dim, ..self }
    }
}

/// The Call-ID of a call's first leg: what it is known by across reports.
pub fn call_id<'a>(call: &CallFacts<'a>) -> &'a str {
    call.call_ids().next().unwrap_or_default()
}

/// What a party is called: its user part, or else its name or URI.
fn party_name(party: PartyFacts<'_>) -> String {
    let otherwise = || party.display_name().or(party.uri()).unwrap_or("?").to_owned();
    party.user().unwrap_or_else(otherwise)
}

/// `10.0.0.1:5060`, `[2001:db8::1]:5060`.
pub fn address(address: Option<Address>) -> String {
    address
        .map(|address| std::net::SocketAddr::new(address.ip, address.port).to_string())
        .unwrap_or_default()
}

/// What a state means.
pub fn state_role(state: &str) -> Role {
    match state {
        "completed" | "answered" | "registered" => Role::Good,
        "failed" | "timed_out" | "rejected" => Role::Bad,
        "cancelled" | "redirected" | "challenged" | "unregistered" => Role::Warning,
        _ => Role::Name,
    }
}

/// What a severity means.
pub fn severity_role(severity: &str) -> Role {
    match severity {
        "fault" => Role::Bad,
        "warning" => Role::Warning,
        _ => Role::Name,
    }
}

/// What a MOS means: from 4.0 on satisfied, below 3.1 nearly all are not
/// (ITU-T G.109 at R 80 and R 60).
pub fn mos_role(mos: f64) -> Role {
    if mos >= 4.0 {
        Role::Good
    } else if mos >= 3.1 {
        Role::Warning
    } else {
        Role::Bad
    }
}

/// A MOS as a cell.
pub fn mos_cell(mos: Option<f64>) -> Cell {
    mos.map_or_else(Cell::default, |mos| Cell { text: format!("{mos:.2}"), role: mos_role(mos) })
}

/// A share of lost packets as a cell.
pub fn loss_cell(percent: Option<f64>) -> Cell {
    percent.map_or_else(Cell::default, |percent| Cell {
        text: format!("{percent:.1}"),
        role: if percent >= 3.0 {
            Role::Bad
        } else if percent >= 0.5 {
            Role::Warning
        } else {
            Role::Plain
        },
    })
}

/// The time of day of an RFC 3339 time, to the millisecond.
pub fn time_of_day(time: &str) -> &str {
    time.get(11..23).or_else(|| time.get(11..19)).unwrap_or(time)
}

/// The day and the time of day of an RFC 3339 time, to the millisecond.
pub fn date_and_time(time: &str) -> String {
    let text = time.get(..23).or_else(|| time.get(..19)).unwrap_or(time);
    text.replace('T', " ")
}

/// `1F 2W 3n`: faults, warnings, notes.
fn findings_cell(call: &CallFacts<'_>) -> Cell {
    let mut cell = Cell::default();
    for (severity, letter) in [("fault", 'F'), ("warning", 'W'), ("note", 'n')] {
        let count = call.finding_codes().filter(|(_, found)| *found == severity).count();
        if count > 0 {
            if cell.text.is_empty() {
                cell.role = severity_role(severity);
            } else {
                cell.text.push(' ');
            }
            let _ = write!(cell.text, "{count}{letter}");
        }
    }
    cell
}

/// Words in the order in which they come first.
fn once_each<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let mut all: Vec<&str> = Vec::new();
    for word in words {
        if !all.contains(&word) {
            all.push(word);
        }
    }
    all.join(" ")
}
