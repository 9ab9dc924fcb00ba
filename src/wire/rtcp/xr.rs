//! Extended reports (RFC 3611), and the blocks that later RFCs added.

use crate::base::id::Ssrc;
use crate::wire::bytes::{be16, be24, be32, from};

/// One block of an extended report.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Block<'a> {
    /// Loss run lengths, block type 1; post-repair ones (RFC 5725), type 10.
    LossRuns(Runs<'a>),
    /// Duplicate run lengths, block type 2.
    DuplicateRuns(Runs<'a>),
    /// Packet receipt times, block type 3: the source and the first number.
    ReceiptTimes {
        /// The source reported on.
        ssrc: Ssrc,
        /// The first sequence number.
        begin: u16,
        /// The number behind the last.
        end: u16,
    },
    /// Receiver reference time, block type 4: an NTP timestamp.
    ReferenceTime(u64),
    /// Delay since the last receiver reference time, block type 5.
    Delays(Delays<'a>),
    /// Statistics summary, block type 6.
    Statistics(Statistics),
    /// VoIP metrics, block type 7.
    Voip(VoipMetrics),
    /// Burst and gap loss (RFC 6958), block type 20 with a length of 5.
    BurstLoss(BurstLoss),
    /// Burst and gap discards (RFC 7003), block type 21, or 20 as its text has it.
    BurstDiscard(BurstDiscard),
    /// Burst and gap loss summary (RFC 7004), block type 17.
    LossSummary(RateSummary),
    /// Burst and gap discard summary (RFC 7004), block type 18.
    DiscardSummary(RateSummary),
    /// De-jitter buffer (RFC 7005), block type 23.
    JitterBuffer(JitterBuffer),
    /// Packets discarded (RFC 7002), block type 24: the source and their count.
    Discarded(Ssrc, u32),
    /// Loss concealment (RFC 7294), block type 30.
    Concealment(Concealment),
    /// Concealed seconds (RFC 7294), block type 31.
    ConcealedSeconds(ConcealedSeconds),
    /// A block that is not read.
    Other(u8),
}

/// Sequence numbers and run-length chunks (RFC 3611 section 4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Runs<'a> {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// The first sequence number.
    pub begin: u16,
    /// The number behind the last.
    pub end: u16,
    chunks: &'a [u8],
}

impl Runs<'_> {
    /// Numbers whose bit is 1, and all that the chunks tell: in loss reports 1
    /// is received.
    pub fn ones_and_total(&self) -> (u32, u32) {
        let expected = u32::from(self.end.wrapping_sub(self.begin));
        let (mut ones, mut total) = (0_u32, 0_u32);
        for chunk in self.chunks.chunks_exact(2).filter_map(|chunk| be16(chunk, 0)) {
            if chunk == 0 {
                break;
            }
            if chunk & 0x8000 == 0 {
                let run = u32::from(chunk & 0x3fff).min(expected - total.min(expected));
                total += run;
                ones += if chunk & 0x4000 != 0 { run } else { 0 };
            } else {
                let bits = 15_u32.min(expected - total.min(expected));
                let told = (chunk & 0x7fff) >> (15 - bits);
                ones += told.count_ones();
                total += bits;
            }
        }
        (ones, total)
    }
}

/// Answers to receiver reference times (RFC 3611 section 4.5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delays<'a>(&'a [u8]);

/// One answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Delay {
    /// The receiver whose reference time is answered.
    pub ssrc: Ssrc,
    /// The middle of that time.
    pub last_rr: u32,
    /// Since it came, in 1/65536 s.
    pub delay_since_last_rr: u32,
}

impl Delays<'_> {
    /// The answers.
    pub fn iter(&self) -> impl Iterator<Item = Delay> {
        self.0.chunks_exact(12).filter_map(|item| {
            Some(Delay {
                ssrc: Ssrc(be32(item, 0)?),
                last_rr: be32(item, 4)?,
                delay_since_last_rr: be32(item, 8)?,
            })
        })
    }
}

/// Statistics summary (RFC 3611 section 4.6); what its flags do not announce is `None`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Statistics {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// The first sequence number.
    pub begin: u16,
    /// The number behind the last.
    pub end: u16,
    /// Packets lost.
    pub lost: Option<u32>,
    /// Packets that came again.
    pub duplicates: Option<u32>,
    /// Relative transit times between packets, in ticks: least, greatest, mean,
    /// and standard deviation.
    pub jitter: Option<[u32; 4]>,
}

/// VoIP metrics (RFC 3611 section 4.7); values that mean "unavailable" or are
/// out of range are `None`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct VoipMetrics {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Share of packets lost, percent.
    pub loss_percent: f64,
    /// Share of packets discarded, percent.
    pub discard_percent: f64,
    /// Share lost or discarded within bursts, percent.
    pub burst_density_percent: f64,
    /// Share lost or discarded within gaps, percent.
    pub gap_density_percent: f64,
    /// Mean length of bursts, ms.
    pub burst_duration_ms: u16,
    /// Mean length of gaps, ms.
    pub gap_duration_ms: u16,
    /// Round trip, ms; `None` when not known.
    pub round_trip_ms: Option<u16>,
    /// Delay of the end system, ms; `None` when not known.
    pub end_system_delay_ms: Option<u16>,
    /// Signal level, dBm0.
    pub signal_dbm: Option<i8>,
    /// Noise level, dBm0.
    pub noise_dbm: Option<i8>,
    /// Residual echo return loss, dB.
    pub echo_return_loss_db: Option<u8>,
    /// Received packets that part two bursts.
    pub gmin: u8,
    /// Transmission rating, 0 to 100.
    pub r_factor: Option<u8>,
    /// Transmission rating of an external network, 0 to 100.
    pub external_r_factor: Option<u8>,
    /// Listening quality.
    pub mos_lq: Option<f64>,
    /// Conversational quality.
    pub mos_cq: Option<f64>,
    /// Kind of packet loss concealment.
    pub concealment: LossConcealment,
    /// Kind of de-jitter buffer.
    pub buffer: BufferKind,
    /// The buffer's adjustment rate, 0 to 15.
    pub buffer_rate: u8,
    /// The buffer's nominal delay, ms.
    pub buffer_nominal_ms: u16,
    /// The buffer's present maximum delay, ms.
    pub buffer_maximum_ms: u16,
    /// The buffer's greatest possible delay, ms.
    pub buffer_absolute_ms: u16,
}

/// Packet loss concealment of a receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum LossConcealment {
    /// Not said.
    Unspecified,
    /// None: silence is inserted.
    Disabled,
    /// Enhanced interpolation.
    Enhanced,
    /// Simple interpolation, as G.711 Appendix I.
    Standard,
}

impl LossConcealment {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Disabled => "disabled",
            Self::Enhanced => "enhanced",
            Self::Standard => "standard",
        }
    }
}

/// De-jitter buffer of a receiver.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BufferKind {
    /// Not known.
    Unknown,
    /// A value that RFC 3611 reserves.
    Reserved,
    /// Fixed.
    Fixed,
    /// Adaptive.
    Adaptive,
}

impl BufferKind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Reserved => "reserved",
            Self::Fixed => "fixed",
            Self::Adaptive => "adaptive",
        }
    }
}

/// Burst and gap loss (RFC 6958).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BurstLoss {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Received packets that part two bursts.
    pub threshold: u8,
    /// Length of all bursts together, ms.
    pub burst_durations_ms: u32,
    /// Packets lost in bursts.
    pub lost: u32,
    /// Packets expected in bursts.
    pub expected: u32,
    /// Bursts.
    pub bursts: u16,
}

/// Burst and gap discards (RFC 7003).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BurstDiscard {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Received packets that part two bursts.
    pub threshold: u8,
    /// Packets discarded in bursts.
    pub discarded: u32,
    /// Packets expected in bursts.
    pub expected: u32,
}

/// Rates in bursts and gaps (RFC 7004), in 1/32768 (sections 3.1.2 and 3.2.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RateSummary {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Rate in bursts.
    pub burst: u16,
    /// Rate in gaps.
    pub gap: u16,
}

/// De-jitter buffer (RFC 7005), in ms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JitterBuffer {
    /// The source reported on.
    pub ssrc: Ssrc,
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

/// Loss concealment (RFC 7294 section 3), in ms.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Concealment {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Played as received.
    pub on_time_ms: u32,
    /// Concealed for loss.
    pub concealed_ms: u32,
    /// Concealed for adjusting the buffer.
    pub adjusted_ms: u32,
}

/// Concealed seconds (RFC 7294 section 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ConcealedSeconds {
    /// The source reported on.
    pub ssrc: Ssrc,
    /// Seconds without concealment.
    pub unimpaired: u32,
    /// Seconds with some.
    pub concealed: u32,
    /// Seconds with more than the threshold.
    pub severely: u16,
}

impl Block<'_> {
    /// The source that a block is about; `None` for those that are about time.
    pub const fn about(&self) -> Option<Ssrc> {
        Some(match self {
            Self::LossRuns(runs) | Self::DuplicateRuns(runs) => runs.ssrc,
            Self::ReceiptTimes { ssrc, .. } | Self::Discarded(ssrc, _) => *ssrc,
            Self::Statistics(block) => block.ssrc,
            Self::Voip(block) => block.ssrc,
            Self::BurstLoss(block) => block.ssrc,
            Self::BurstDiscard(block) => block.ssrc,
            Self::LossSummary(block) | Self::DiscardSummary(block) => block.ssrc,
            Self::JitterBuffer(block) => block.ssrc,
            Self::Concealment(block) => block.ssrc,
            Self::ConcealedSeconds(block) => block.ssrc,
            Self::ReferenceTime(_) | Self::Delays(_) | Self::Other(_) => return None,
        })
    }
}

/// The blocks of an extended report; what follows one that does not fit is not read.
pub fn blocks(bytes: &[u8]) -> impl Iterator<Item = Block<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let [kind, specific] = *rest.first_chunk()?;
        let length = 4 * (usize::from(be16(rest, 2)?) + 1);
        let body = rest.get(4..length)?;
        rest = from(rest, length)?;
        Some(block(kind, specific, body).unwrap_or(Block::Other(kind)))
    })
}

fn block(kind: u8, specific: u8, body: &[u8]) -> Option<Block<'_>> {
    let ssrc = Ssrc(be32(body, 0)?);
    let runs =
        || Some(Runs { ssrc, begin: be16(body, 4)?, end: be16(body, 6)?, chunks: from(body, 8)? });
    Some(match (kind, body.len()) {
        (1 | 10, _) => Block::LossRuns(runs()?),
        (2, _) => Block::DuplicateRuns(runs()?),
        (3, _) => Block::ReceiptTimes { ssrc, begin: be16(body, 4)?, end: be16(body, 6)? },
        (4, 8) => Block::ReferenceTime(u64::from(be32(body, 0)?) << 32 | u64::from(be32(body, 4)?)),
        (5, _) => Block::Delays(Delays(body)),
        (6, 36) => Block::Statistics(statistics(ssrc, specific, body)?),
        (7, 32) => Block::Voip(voip(ssrc, body)?),
        (17, 12) => {
            Block::LossSummary(RateSummary { ssrc, burst: be16(body, 4)?, gap: be16(body, 6)? })
        }
        (18, 8) => {
            Block::DiscardSummary(RateSummary { ssrc, burst: be16(body, 4)?, gap: be16(body, 6)? })
        }
        // RFC 7003 prints RFC 6958's number; their lengths differ.
        (20, 20) => Block::BurstLoss(burst_loss(ssrc, body)?),
        (20 | 21, 12) => Block::BurstDiscard(BurstDiscard {
            ssrc,
            threshold: *body.get(4)?,
            discarded: be24(body, 5)?,
            expected: be24(body, 8)?,
        }),
        (23, 12) => Block::JitterBuffer(JitterBuffer {
            ssrc,
            adaptive: specific & 0x20 != 0,
            nominal_ms: be16(body, 4)?,
            maximum_ms: be16(body, 6)?,
            high_ms: be16(body, 8)?,
            low_ms: be16(body, 10)?,
        }),
        (24, 8) => Block::Discarded(ssrc, be32(body, 4)?),
        (30, 24) => Block::Concealment(Concealment {
            ssrc,
            on_time_ms: be32(body, 4)?,
            concealed_ms: be32(body, 8)?,
            adjusted_ms: be32(body, 12)?,
        }),
        (31, 16) => Block::ConcealedSeconds(ConcealedSeconds {
            ssrc,
            unimpaired: be32(body, 4)?,
            concealed: be32(body, 8)?,
            severely: be16(body, 12)?,
        }),
        _ => return None,
    })
}

fn statistics(ssrc: Ssrc, flags: u8, body: &[u8]) -> Option<Statistics> {
    let jitter = [be32(body, 16)?, be32(body, 20)?, be32(body, 24)?, be32(body, 28)?];
    Some(Statistics {
        ssrc,
        begin: be16(body, 4)?,
        end: be16(body, 6)?,
        lost: be32(body, 8).filter(|_| flags & 0x80 != 0),
        duplicates: be32(body, 12).filter(|_| flags & 0x40 != 0),
        jitter: (flags & 0x20 != 0).then_some(jitter),
    })
}

/// `x * 100 / 256` (RFC 3611 section 4.7.1).
fn percent(octet: u8) -> f64 {
    f64::from(octet) * 100.0 / 256.0
}

fn voip(ssrc: Ssrc, body: &[u8]) -> Option<VoipMetrics> {
    let octet = |at: usize| body.get(at).copied();
    let level = |at: usize| octet(at).map(|octet| (octet != 127).then_some(octet.cast_signed()));
    let rating = |at: usize| octet(at).map(|octet| (octet <= 100).then_some(octet));
    let mos = |at: usize| {
        octet(at).map(|octet| (10..=50).contains(&octet).then_some(f64::from(octet) / 10.0))
    };
    let known = |ms: u16| (ms != 0).then_some(ms);
    let config = octet(24)?;
    Some(VoipMetrics {
        ssrc,
        loss_percent: percent(octet(4)?),
        discard_percent: percent(octet(5)?),
        burst_density_percent: percent(octet(6)?),
        gap_density_percent: percent(octet(7)?),
        burst_duration_ms: be16(body, 8)?,
        gap_duration_ms: be16(body, 10)?,
        round_trip_ms: known(be16(body, 12)?),
        end_system_delay_ms: known(be16(body, 14)?),
        signal_dbm: level(16)?,
        noise_dbm: level(17)?,
        echo_return_loss_db: octet(18).filter(|octet| *octet != 127),
        gmin: octet(19)?,
        r_factor: rating(20)?,
        external_r_factor: rating(21)?,
        mos_lq: mos(22)?,
        mos_cq: mos(23)?,
        concealment: match config >> 6 {
            0 => LossConcealment::Unspecified,
            1 => LossConcealment::Disabled,
            2 => LossConcealment::Enhanced,
            _ => LossConcealment::Standard,
        },
        buffer: match config >> 4 & 3 {
            0 => BufferKind::Unknown,
            1 => BufferKind::Reserved,
            2 => BufferKind::Fixed,
            _ => BufferKind::Adaptive,
        },
        buffer_rate: config & 0x0f,
        buffer_nominal_ms: be16(body, 26)?,
        buffer_maximum_ms: be16(body, 28)?,
        buffer_absolute_ms: be16(body, 30)?,
    })
}

/// The numbers of bursts have 12 bits, the sum of squares behind it 36.
fn burst_loss(ssrc: Ssrc, body: &[u8]) -> Option<BurstLoss> {
    Some(BurstLoss {
        ssrc,
        threshold: *body.get(4)?,
        burst_durations_ms: be24(body, 5)?,
        lost: be24(body, 8)?,
        expected: be24(body, 11)?,
        bursts: be16(body, 14)? >> 4,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn runs_and_bits_are_counted() {
        // Twenty received in a run, then fifteen bits of which the last three were lost.
        let body = [0, 0, 0, 9, 0, 0, 0, 35, 0x40, 20, 0xff, 0xf8, 0, 0, 0, 0];
        let Some(Block::LossRuns(runs)) = block(1, 0, &body) else { panic!("no runs") };
        assert_eq!(runs.ones_and_total(), (32, 35));
    }

    #[test]
    fn later_blocks_are_told_by_type_and_length() {
        let ssrc = [0, 0, 0, 9];
        let loss = [&ssrc[..], &[16, 0, 0, 100, 0, 0, 7, 0, 0, 50, 0, 0x30, 0, 0, 0, 0]].concat();
        let Some(Block::BurstLoss(loss)) = block(20, 0xe0, &loss) else { panic!("no loss") };
        assert_eq!(
            (loss.threshold, loss.burst_durations_ms, loss.lost, loss.expected, loss.bursts),
            (16, 100, 7, 50, 3)
        );
        let discard = [&ssrc[..], &[16, 0, 0, 4, 0, 0, 60, 0]].concat();
        let expected = BurstDiscard { ssrc: Ssrc(9), threshold: 16, discarded: 4, expected: 60 };
        assert_eq!(block(20, 0, &discard), Some(Block::BurstDiscard(expected)));
        assert_eq!(block(21, 0, &discard), Some(Block::BurstDiscard(expected)));
        let buffer = [&ssrc[..], &[0, 40, 0, 80, 0, 60, 0, 20]].concat();
        assert!(
            matches!(block(23, 0x20, &buffer), Some(Block::JitterBuffer(b)) if b.adaptive && b.low_ms == 20)
        );
        assert_eq!(block(99, 0, &buffer), None);
    }

    #[test]
    fn answers_to_reference_times_are_listed() {
        let body = [0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5, 0, 0, 0, 6];
        let Some(Block::Delays(delays)) = block(5, 0, &body) else { panic!("no delays") };
        assert_eq!(delays.iter().map(|delay| delay.last_rr).collect::<Vec<_>>(), [2, 5]);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..120)) {
            for block in blocks(&bytes) {
                if let Block::LossRuns(runs) | Block::DuplicateRuns(runs) = block {
                    let (ones, total) = runs.ones_and_total();
                    prop_assert!(ones <= total);
                }
            }
        }
    }
}
