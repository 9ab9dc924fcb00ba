//! Extended reports, as rows: the latest block of each kind.

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::units::{percent, rounded};
use crate::track::xr::{Extended, RateSummary, Statistics, VoipMetrics};

/// What extended reports say of a stream (RFC 3611 and the blocks added later);
/// of each kind the latest.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct XrRow {
    /// Blocks about the stream.
    pub blocks: u64,
    /// VoIP metrics (RFC 3611 section 4.7).
    pub voip: Option<VoipRow>,
    /// Statistics summary (RFC 3611 section 4.6).
    pub statistics: Option<StatisticsRow>,
    /// Lost, by loss run lengths (RFC 3611 section 4.1).
    pub loss_runs: Option<RunsRow>,
    /// Not duplicated, by duplicate run lengths (RFC 3611 section 4.2).
    pub duplicate_runs: Option<RunsRow>,
    /// Blocks of packet receipt times (RFC 3611 section 4.3).
    pub receipt_times: u64,
    /// Burst and gap loss (RFC 6958).
    pub burst_loss: Option<BurstRow>,
    /// Burst and gap discards (RFC 7003).
    pub burst_discard: Option<BurstRow>,
    /// Loss rates in bursts and gaps (RFC 7004).
    pub loss_summary: Option<RatesRow>,
    /// Discard rates in bursts and gaps (RFC 7004).
    pub discard_summary: Option<RatesRow>,
    /// De-jitter buffer (RFC 7005).
    pub jitter_buffer: Option<BufferRow>,
    /// Packets discarded (RFC 7002).
    pub discarded: Option<u32>,
    /// Loss concealment (RFC 7294).
    pub concealment: Option<ConcealmentRow>,
    /// Concealed seconds (RFC 7294).
    pub concealed_seconds: Option<ConcealedSecondsRow>,
}

/// VoIP metrics as an end point measured them; what it does not know is null.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct VoipRow {
    /// Lost in the network.
    pub loss_percent: Option<f64>,
    /// Discarded by its de-jitter buffer.
    pub discard_percent: Option<f64>,
    /// Both, within bursts.
    pub burst_density_percent: Option<f64>,
    /// Both, within gaps.
    pub gap_density_percent: Option<f64>,
    /// Mean burst.
    pub burst_duration_ms: u16,
    /// Mean gap.
    pub gap_duration_ms: u16,
    /// Round trip.
    pub round_trip_ms: Option<u16>,
    /// Delay within the end point.
    pub end_system_delay_ms: Option<u16>,
    /// Signal level, dBm0.
    pub signal_level_dbm: Option<i8>,
    /// Noise level, dBm0.
    pub noise_level_dbm: Option<i8>,
    /// Residual echo return loss.
    pub echo_return_loss_db: Option<u8>,
    /// Received packets that part two bursts.
    pub gmin: u8,
    /// Transmission rating.
    pub r_factor: Option<u8>,
    /// Transmission rating of an external network.
    pub external_r_factor: Option<u8>,
    /// Listening quality.
    pub mos_lq: Option<f64>,
    /// Conversational quality.
    pub mos_cq: Option<f64>,
    /// `unspecified`, `disabled`, `enhanced` or `standard`.
    pub concealment: &'static str,
    /// `unknown`, `reserved`, `fixed` or `adaptive`.
    pub jitter_buffer: &'static str,
    /// Nominal delay of that buffer.
    pub jitter_buffer_nominal_ms: u16,
    /// Its present maximum.
    pub jitter_buffer_maximum_ms: u16,
    /// Its greatest possible maximum.
    pub jitter_buffer_absolute_maximum_ms: u16,
}

/// Statistics of a stretch of numbers.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct StatisticsRow {
    /// The first number.
    pub begin_seq: u16,
    /// The number behind the last.
    pub end_seq: u16,
    /// Packets lost.
    pub lost: Option<u32>,
    /// Packets that came again.
    pub duplicates: Option<u32>,
    /// Least relative transit time between packets, in ticks.
    pub min_jitter: Option<u32>,
    /// Greatest.
    pub max_jitter: Option<u32>,
    /// Mean.
    pub mean_jitter: Option<u32>,
    /// Standard deviation.
    pub deviation_jitter: Option<u32>,
}

/// Numbers told by run lengths.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct RunsRow {
    /// Numbers that lack what the runs tell of: lost ones, or duplicated ones.
    pub zeros: u32,
    /// Numbers told.
    pub told: u32,
}

/// Losses or discards within bursts.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct BurstRow {
    /// Received packets that part two bursts.
    pub threshold: u8,
    /// Packets lost or discarded in bursts.
    pub lost: u32,
    /// Packets expected in bursts.
    pub expected: u32,
    /// The one of the other.
    pub density_percent: Option<f64>,
    /// Bursts.
    pub bursts: Option<u16>,
    /// Length of all bursts together.
    pub duration_ms: Option<u32>,
}

/// Rates in bursts and gaps.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RatesRow {
    /// In bursts.
    pub burst_percent: Option<f64>,
    /// In gaps.
    pub gap_percent: Option<f64>,
}

/// A receiver's de-jitter buffer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct BufferRow {
    /// Whether it adapts.
    pub adaptive: bool,
    /// Nominal delay.
    pub nominal_ms: u16,
    /// Maximum delay.
    pub maximum_ms: u16,
    /// Greatest delay of the interval.
    pub high_ms: u16,
    /// Least delay of the interval.
    pub low_ms: u16,
}

/// What a decoder concealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ConcealmentRow {
    /// Played as received.
    pub on_time_ms: u32,
    /// Concealed for loss.
    pub concealed_ms: u32,
    /// Concealed for adjusting the buffer.
    pub adjusted_ms: u32,
}

/// Seconds with and without concealment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ConcealedSecondsRow {
    /// Seconds without.
    pub unimpaired_s: u32,
    /// Seconds with some.
    pub concealed_s: u32,
    /// Seconds with more than the receiver's threshold.
    pub severely_concealed_s: u16,
}

/// The row of a stream's extended reports; `None` when there were none.
pub(super) fn row(extended: &Extended) -> Option<XrRow> {
    if extended.blocks == 0 {
        return None;
    }
    let runs = |(ones, told): (u32, u32)| RunsRow { zeros: told.saturating_sub(ones), told };
    Some(XrRow {
        blocks: extended.blocks,
        voip: extended.voip.as_ref().map(voip),
        statistics: extended.statistics.as_ref().map(statistics),
        loss_runs: extended.loss_runs.map(runs),
        duplicate_runs: extended.duplicate_runs.map(runs),
        receipt_times: extended.receipt_times,
        burst_loss: extended.burst_loss.map(|loss| BurstRow {
            threshold: loss.threshold,
            lost: loss.lost,
            expected: loss.expected,
            density_percent: percent(loss.lost.into(), loss.expected.into()),
            bursts: Some(loss.bursts),
            duration_ms: Some(loss.burst_durations_ms),
        }),
        burst_discard: extended.burst_discard.map(|discard| BurstRow {
            threshold: discard.threshold,
            lost: discard.discarded,
            expected: discard.expected,
            density_percent: percent(discard.discarded.into(), discard.expected.into()),
            bursts: None,
            duration_ms: None,
        }),
        loss_summary: extended.loss_summary.map(rates),
        discard_summary: extended.discard_summary.map(rates),
        jitter_buffer: extended.jitter_buffer.map(|buffer| BufferRow {
            adaptive: buffer.adaptive,
            nominal_ms: buffer.nominal_ms,
            maximum_ms: buffer.maximum_ms,
            high_ms: buffer.high_ms,
            low_ms: buffer.low_ms,
        }),
        discarded: extended.discarded,
        concealment: extended.concealment.map(|concealment| ConcealmentRow {
            on_time_ms: concealment.on_time_ms,
            concealed_ms: concealment.concealed_ms,
            adjusted_ms: concealment.adjusted_ms,
        }),
        concealed_seconds: extended.concealed_seconds.map(|seconds| ConcealedSecondsRow {
            unimpaired_s: seconds.unimpaired,
            concealed_s: seconds.concealed,
            severely_concealed_s: seconds.severely,
        }),
    })
}

/// Rates in 1/32768 (RFC 7004 sections 3.1.2 and 3.2.2).
fn rates(summary: RateSummary) -> RatesRow {
    let share = |rate: u16| rounded(100.0 * f64::from(rate) / 32_768.0);
    RatesRow { burst_percent: share(summary.burst), gap_percent: share(summary.gap) }
}

fn voip(metrics: &VoipMetrics) -> VoipRow {
    VoipRow {
        loss_percent: rounded(metrics.loss_percent),
        discard_percent: rounded(metrics.discard_percent),
        burst_density_percent: rounded(metrics.burst_density_percent),
        gap_density_percent: rounded(metrics.gap_density_percent),
        burst_duration_ms: metrics.burst_duration_ms,
        gap_duration_ms: metrics.gap_duration_ms,
        round_trip_ms: metrics.round_trip_ms,
        end_system_delay_ms: metrics.end_system_delay_ms,
        signal_level_dbm: metrics.signal_dbm,
        noise_level_dbm: metrics.noise_dbm,
        echo_return_loss_db: metrics.echo_return_loss_db,
        gmin: metrics.gmin,
        r_factor: metrics.r_factor,
        external_r_factor: metrics.external_r_factor,
        mos_lq: metrics.mos_lq,
        mos_cq: metrics.mos_cq,
        concealment: metrics.concealment.name(),
        jitter_buffer: metrics.buffer.name(),
        jitter_buffer_nominal_ms: metrics.buffer_nominal_ms,
        jitter_buffer_maximum_ms: metrics.buffer_maximum_ms,
        jitter_buffer_absolute_maximum_ms: metrics.buffer_absolute_ms,
    }
}

fn statistics(statistics: &Statistics) -> StatisticsRow {
    let jitter = |index: usize| statistics.jitter.map(|jitter| jitter[index]);
    StatisticsRow {
        begin_seq: statistics.begin,
        end_seq: statistics.end,
        lost: statistics.lost,
        duplicates: statistics.duplicates,
        min_jitter: jitter(0),
        max_jitter: jitter(1),
        mean_jitter: jitter(2),
        deviation_jitter: jitter(3),
    }
}
