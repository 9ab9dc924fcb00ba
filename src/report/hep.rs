//! What servers that mirror packets (HEP) tell of a call, as rows.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::{Address, FrameRef};
use crate::base::flow::{Endpoint, Flow};
use crate::base::units::rounded;
use crate::track::ConversationId;
use crate::track::mirrored::{Account, Teller};

/// What servers that mirrored a call tell of it.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct HepRow {
    /// Numbers of the agents that mirrored its messages.
    pub agents: Vec<u32>,
    /// Ids by which they relate other packets to it, where these are not its Call-ID.
    pub correlation_ids: Vec<String>,
    /// What its ends (by RTCP) or the agents say of its media, which need not be in the
    /// capture.
    pub media: Vec<HepMediaRow>,
}

/// What is said of one stream: its sender's and its receiver's reports together, or an
/// agent's.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct HepMediaRow {
    /// Who says it: `rtcp` for its ends, `agent` for a report of an agent of its own.
    #[schemars(extend("enum" = ["rtcp", "agent"]))]
    pub source: &'static str,
    /// The number of the agent that mirrored it.
    pub agent: Option<u32>,
    /// Who sends the stream; of RTCP, with the port of RTCP.
    pub src: Address,
    /// Who receives it.
    pub dst: Address,
    /// Its synchronisation source.
    pub ssrc: Option<String>,
    /// The stream, if the capture has it.
    pub stream: Option<String>,
    /// Its codec, as the agent says.
    pub codec: Option<String>,
    /// Reports.
    pub reports: u64,
    /// The frame of the first.
    pub first_frame: FrameRef,
    /// When that came.
    pub first_time: String,
    /// When the last came.
    pub last_time: String,
    /// Packets sent, as its sender says, or seen, as the agent says.
    pub packets: Option<u64>,
    /// Packets lost, as its receiver or the agent says; negative when duplicates outnumber
    /// them.
    pub lost: Option<i64>,
    /// The greatest share lost between two reports of its receiver.
    pub worst_lost_percent: Option<f64>,
    /// Jitter, the last that was said; of RTCP by the clock that SDP announced.
    pub jitter_ms: Option<f64>,
    /// The greatest jitter.
    pub max_jitter_ms: Option<f64>,
    /// Mean MOS, as the agent says.
    pub mos: Option<f64>,
    /// Least MOS, as the agent says.
    pub min_mos: Option<f64>,
    /// Transmission rating, as the agent says.
    pub r_factor: Option<f64>,
}

/// What is told of all legs of a call.
pub(super) fn of_call(context: &Context<'_>, id: ConversationId) -> Option<HepRow> {
    let mut row = HepRow { agents: Vec::new(), correlation_ids: Vec::new(), media: Vec::new() };
    for (_, conversation, _) in context.members(id) {
        let Some(told) = context.snapshot.mirrored.about(conversation.call_id()) else { continue };
        row.agents.extend(&told.agents);
        row.correlation_ids.extend(told.correlations.iter().map(ToString::to_string));
        row.media.extend(told.accounts.iter().map(|account| media(context, id, account)));
    }
    row.agents.sort_unstable();
    row.agents.dedup();
    row.correlation_ids.dedup();
    let told = !(row.agents.is_empty() && row.correlation_ids.is_empty() && row.media.is_empty());
    told.then_some(row)
}

fn media(context: &Context<'_>, id: ConversationId, account: &Account) -> HepMediaRow {
    let (block, report) = (account.block, account.report.as_ref());
    let clock = clock_hz(context, account);
    let in_ms = |units: u32| clock.map(|clock| f64::from(units) * 1_000.0 / f64::from(clock));
    let from = |figure: Option<f64>| figure.and_then(rounded);
    let count = |count: u64| i64::try_from(count).ok();
    HepMediaRow {
        source: match account.teller {
            Teller::Rtcp => "rtcp",
            Teller::Agent => "agent",
        },
        agent: account.agent,
        src: account.flow.src.into(),
        dst: account.flow.dst.into(),
        ssrc: account.ssrc.map(|ssrc| ssrc.to_string()),
        stream: stream(context, id, account),
        codec: report.and_then(|report| report.codec.clone()),
        reports: account.reports,
        first_frame: context.frame(account.first.0),
        first_time: context.time(account.first.1),
        last_time: context.time(account.last_at),
        packets: account.sent.map(u64::from).or(report.and_then(|report| report.packets)),
        lost: block
            .map(|block| block.cumulative_lost.into())
            .or(report.and_then(|report| report.lost).and_then(count)),
        worst_lost_percent: from(
            account.worst_fraction.map(|fraction| f64::from(fraction) / 256.0 * 100.0),
        ),
        jitter_ms: from(
            block
                .and_then(|block| in_ms(block.jitter))
                .or(report.and_then(|report| report.jitter_ms)),
        ),
        max_jitter_ms: from(
            account.max_jitter.and_then(in_ms).or(report.and_then(|report| report.max_jitter_ms)),
        ),
        mos: from(report.and_then(|report| report.mos)),
        min_mos: from(report.and_then(|report| report.min_mos)),
        r_factor: from(report.and_then(|report| report.r_factor)),
    }
}

/// RTCP has the port above that of RTP, unless both share one (RFC 3550 section 11, RFC 5761).
fn media_ends(end: Endpoint) -> [Endpoint; 2] {
    [end, Endpoint::new(end.ip, end.port.saturating_sub(1))]
}

fn stream(context: &Context<'_>, id: ConversationId, account: &Account) -> Option<String> {
    let Flow { dst, .. } = account.flow;
    let is_it = |flow: Flow| media_ends(dst).contains(&flow.dst);
    let of_call = context.streams_of(id);
    let mut found = of_call.into_iter().filter(|(_, stream)| {
        is_it(stream.flow) && account.ssrc.is_none_or(|ssrc| ssrc == stream.ssrc)
    });
    found.next().map(|(index, _)| context.stream_name(index))
}

/// The clock of what was announced to the stream's receiver; `None` when several are.
fn clock_hz(context: &Context<'_>, account: &Account) -> Option<u32> {
    let announced = &context.snapshot.announced;
    let expected = media_ends(account.flow.dst)
        .into_iter()
        .find_map(|end| announced.at(end, account.first.1))?;
    let mut clocks = expected.section.payloads.iter().map(|payload| payload.clock_hz);
    let first = clocks.next()?;
    clocks.all(|clock| clock == first).then_some(first)
}
