//! Bursts and gaps of loss (RFC 3611 section 4.7.2), loss runs and the Gilbert
//! model, from the lost numbers alone.

use crate::base::time::Span;

/// Received packets that end a burst, as RFC 3611 section 4.7.2 recommends.
pub const GMIN: u8 = 16;

/// Follows the losses of one stream, told in increasing order of their index
/// (0-based) among the expected numbers. What was received need not be told.
///
/// Losses with fewer than Gmin received between neighbours form a cluster; one
/// of two or more is a burst, from its first to its last loss. All else,
/// isolated losses included, is gap. Counts of losses saturate at 2^32 - 1.
#[derive(Clone, Copy, Debug)]
pub struct LossPattern {
    gmin: u8,
    starts_lost: bool,
    burst_at_start: bool,
    lost: u32,
    runs: u32,
    run: u32,
    longest_run: u32,
    bursts: u32,
    burst_lost: u32,
    cluster_lost: u32,
    burst_packets: u64,
    cluster_start: u64,
    /// Index of the latest loss.
    last: u64,
}

impl Default for LossPattern {
    fn default() -> Self {
        Self::new(GMIN)
    }
}

impl LossPattern {
    /// A pattern without losses, for bursts that `gmin` received packets end;
    /// 0, which means nothing, is taken as 1.
    pub const fn new(gmin: u8) -> Self {
        Self {
            gmin: if gmin == 0 { 1 } else { gmin },
            starts_lost: false,
            burst_at_start: false,
            lost: 0,
            runs: 0,
            run: 0,
            longest_run: 0,
            bursts: 0,
            burst_lost: 0,
            cluster_lost: 0,
            burst_packets: 0,
            cluster_start: 0,
            last: 0,
        }
    }

    /// The packet at `index` was lost, or came too late to be played.
    pub fn lost_at(&mut self, index: u64) {
        self.lost_run(index, 1);
    }

    /// `len` packets from `first` on were lost.
    pub fn lost_run(&mut self, first: u64, len: u32) {
        if len == 0 {
            return;
        }
        let received_between = first.saturating_sub(self.last.saturating_add(1));
        if self.lost == 0 {
            self.starts_lost = first == 0;
            self.begin_run(len);
            self.cluster_start = first;
            self.cluster_lost = len;
        } else {
            if received_between == 0 {
                self.run = self.run.saturating_add(len);
                self.longest_run = self.longest_run.max(self.run);
            } else {
                self.begin_run(len);
            }
            if received_between < self.gmin.into() {
                self.cluster_lost = self.cluster_lost.saturating_add(len);
            } else {
                self.close_cluster();
                self.cluster_start = first;
                self.cluster_lost = len;
            }
        }
        self.lost = self.lost.saturating_add(len);
        self.last = first.saturating_add(u64::from(len) - 1);
    }

    fn begin_run(&mut self, len: u32) {
        self.runs = self.runs.saturating_add(1);
        self.run = len;
        self.longest_run = self.longest_run.max(len);
    }

    fn close_cluster(&mut self) {
        if self.cluster_lost < 2 {
            return;
        }
        self.bursts = self.bursts.saturating_add(1);
        self.burst_lost = self.burst_lost.saturating_add(self.cluster_lost);
        let packets = self.last.saturating_sub(self.cluster_start).saturating_add(1);
        self.burst_packets = self.burst_packets.saturating_add(packets);
        self.burst_at_start |= self.cluster_start == 0;
    }

    /// Losses so far.
    pub fn lost(&self) -> u64 {
        self.lost.into()
    }

    /// The figures over `total` expected packets; the pattern goes on unharmed.
    pub fn figures(&self, total: u64) -> LossFigures {
        let mut closed = *self;
        closed.close_cluster();
        let ends_lost = closed.lost > 0 && closed.last.saturating_add(1) >= total;
        let burst_at_end = ends_lost && closed.cluster_lost >= 2;
        let gaps = if closed.bursts == 0 {
            u64::from(total > 0)
        } else {
            u64::from(closed.bursts) + 1
                - u64::from(closed.burst_at_start)
                - u64::from(burst_at_end)
        };
        LossFigures {
            total,
            lost: closed.lost.into(),
            bursts: closed.bursts.into(),
            burst_packets: closed.burst_packets,
            burst_lost: closed.burst_lost.into(),
            gaps,
            runs: closed.runs.into(),
            longest_run: closed.longest_run.into(),
            starts_lost: closed.starts_lost,
            ends_lost,
        }
    }
}

/// A loss pattern in figures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LossFigures {
    /// Expected packets.
    pub total: u64,
    /// Losses.
    pub lost: u64,
    /// Bursts.
    pub bursts: u64,
    /// Packets in bursts, received ones included.
    pub burst_packets: u64,
    /// Losses in bursts.
    pub burst_lost: u64,
    /// Stretches outside bursts that are not empty.
    pub gaps: u64,
    /// Runs of consecutive losses.
    pub runs: u64,
    /// The longest run of consecutive losses.
    pub longest_run: u64,
    /// Whether the first expected packet is lost.
    pub starts_lost: bool,
    /// Whether the last expected packet is lost.
    pub ends_lost: bool,
}

/// `part / whole`, 0 where there is nothing.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

impl LossFigures {
    /// Losses of all expected, 0 to 1.
    pub fn loss_ratio(&self) -> f64 {
        ratio(self.lost, self.total)
    }

    /// Losses of the packets in bursts, 0 to 1; 0 without bursts.
    pub fn burst_density(&self) -> f64 {
        ratio(self.burst_lost, self.burst_packets)
    }

    /// Packets outside bursts.
    pub fn gap_packets(&self) -> u64 {
        self.total.saturating_sub(self.burst_packets)
    }

    /// Isolated losses.
    pub fn gap_lost(&self) -> u64 {
        self.lost.saturating_sub(self.burst_lost)
    }

    /// Losses of the packets outside bursts, 0 to 1; 0 without gaps.
    pub fn gap_density(&self) -> f64 {
        ratio(self.gap_lost(), self.gap_packets())
    }

    /// The mean length of a burst in ms; 0 without bursts.
    pub fn burst_duration_ms(&self, packet_time: Span) -> f64 {
        ratio(self.burst_packets, self.bursts) * packet_time.as_ms()
    }

    /// The mean length of a gap in ms; 0 without gaps. (RFC 3611's own example
    /// prints the sum of its two gaps; its definition is the mean.)
    pub fn gap_duration_ms(&self, packet_time: Span) -> f64 {
        ratio(self.gap_packets(), self.gaps) * packet_time.as_ms()
    }

    /// The mean length of a run of consecutive losses, in packets; 0 without loss.
    pub fn mean_run(&self) -> f64 {
        ratio(self.lost, self.runs)
    }

    /// BurstR of G.107 clause 7.5: the mean observed run over the mean run of
    /// random loss at the same rate. 1 without loss, below 1 when losses avoid
    /// each other.
    pub fn burst_ratio(&self) -> f64 {
        if self.lost == 0 { 1.0 } else { self.mean_run() * (1.0 - self.loss_ratio()) }
    }

    /// The simple Gilbert model of these losses.
    pub fn gilbert(&self) -> Gilbert {
        let after_loss = self.lost.saturating_sub(self.ends_lost.into());
        let after_received = self.total.saturating_sub(1).saturating_sub(after_loss);
        let into_loss = self.runs.saturating_sub(self.starts_lost.into());
        let out_of_loss = self.runs.saturating_sub(self.ends_lost.into());
        Gilbert {
            p: ratio(into_loss, after_received),
            q: if after_loss == 0 { 1.0 } else { ratio(out_of_loss, after_loss) },
        }
    }

    /// The octets of a VoIP metrics block (RFC 3611 section 4.7), when
    /// `discarded` of the losses were discards of the playout buffer.
    pub fn octets(&self, discarded: u64, packet_time: Span) -> VoipOctets {
        VoipOctets {
            loss_rate: octet(self.lost.saturating_sub(discarded), self.total),
            discard_rate: octet(discarded, self.total),
            burst_density: octet(self.burst_lost, self.burst_packets),
            gap_density: octet(self.gap_lost(), self.gap_packets()),
            burst_duration_ms: whole_ms(self.burst_duration_ms(packet_time)),
            gap_duration_ms: whole_ms(self.gap_duration_ms(packet_time)),
        }
    }
}

/// `min(255, floor(256 * part / whole))`.
fn octet(part: u64, whole: u64) -> u8 {
    let scaled = (u128::from(part) << 8).checked_div(whole.into()).unwrap_or(0);
    u8::try_from(scaled).unwrap_or(u8::MAX)
}

fn whole_ms(ms: f64) -> u16 {
    // A float becomes the nearest value of the integer's range.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = ms as u16;
    whole
}

/// The loss fields of a VoIP metrics block as they travel: rates and densities
/// in 1/256, durations in ms.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct VoipOctets {
    /// Lost in the network, of all expected.
    pub loss_rate: u8,
    /// Discarded by the playout buffer, of all expected.
    pub discard_rate: u8,
    /// Both, within bursts.
    pub burst_density: u8,
    /// Both, within gaps.
    pub gap_density: u8,
    /// Mean burst.
    pub burst_duration_ms: u16,
    /// Mean gap.
    pub gap_duration_ms: u16,
}

/// The two-state model of Gilbert: transitions between neighbouring packets.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Gilbert {
    /// The probability that a loss follows a received packet.
    pub p: f64,
    /// The probability that a received packet follows a loss.
    pub q: f64,
}

impl Gilbert {
    /// The share of losses that the model settles at, `p / (p + q)`, 0 to 1;
    /// `None` when it never leaves its first state.
    pub fn loss_ratio(&self) -> Option<f64> {
        (self.p + self.q > 0.0).then(|| self.p / (self.p + self.q))
    }

    /// BurstR of the model, `1 / (p + q)`; 1 when it never leaves its first state.
    pub fn burst_ratio(&self) -> f64 {
        if self.p + self.q > 0.0 { 1.0 / (self.p + self.q) } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn figures(events: &str, gmin: u8) -> LossFigures {
        let mut pattern = LossPattern::new(gmin);
        for (index, event) in (0..).zip(events.chars()) {
            if event != 'R' {
                pattern.lost_at(index);
            }
        }
        pattern.figures(events.len() as u64)
    }

    #[test]
    fn the_example_of_rfc_3611_by_its_own_definitions() {
        let figures =
            figures("RRRRLRRRRRRRRRRRRRRRRRRDRRRDRLRRRRLRRRRRRRRRRRRRRRRRRDRRRRRRRRR", GMIN);
        assert_eq!((figures.bursts, figures.burst_packets, figures.burst_lost), (1, 12, 4));
        assert_eq!((figures.gaps, figures.gap_packets(), figures.gap_lost()), (2, 51, 2));
        let octets = figures.octets(3, Span::from_millis(10));
        assert_eq!((octets.loss_rate, octets.discard_rate), (12, 12));
        assert_eq!((octets.burst_density, octets.gap_density), (85, 10));
        assert_eq!((octets.burst_duration_ms, octets.gap_duration_ms), (120, 255));
    }

    #[test]
    fn a_stream_without_loss_is_one_gap() {
        let figures = figures("RRRR", GMIN);
        assert_eq!((figures.bursts, figures.gaps), (0, 1));
        assert_eq!(figures.gilbert(), Gilbert { p: 0.0, q: 1.0 });
        let nothing = LossPattern::default().figures(0);
        assert_eq!((nothing.gaps, nothing.loss_ratio()), (0, 0.0));
    }

    #[test]
    fn extreme_indexes_do_not_overflow() {
        let mut pattern = LossPattern::new(0);
        pattern.lost_run(u64::MAX - 1, u32::MAX);
        pattern.lost_run(3, u32::MAX);
        let figures = pattern.figures(2);
        assert_eq!(figures.lost, u64::from(u32::MAX));
        assert!(figures.burst_ratio().is_finite());
    }

    /// The definitions read off the whole string.
    fn by_definition(lost: &[bool], gmin: u8) -> LossFigures {
        let positions: Vec<usize> =
            lost.iter().enumerate().filter(|(_, lost)| **lost).map(|(at, _)| at).collect();
        let clusters: Vec<&[usize]> =
            positions.chunk_by(|a, b| b - a - 1 < usize::from(gmin)).collect();
        let runs: Vec<&[bool]> =
            lost.chunk_by(|a, b| a == b).filter(|run| run.first() == Some(&true)).collect();
        let mut in_burst = vec![false; lost.len()];
        let mut figures = LossFigures {
            total: lost.len() as u64,
            lost: positions.len() as u64,
            runs: runs.len() as u64,
            longest_run: runs.iter().map(|run| run.len() as u64).max().unwrap_or(0),
            starts_lost: lost.first() == Some(&true),
            ends_lost: lost.last() == Some(&true),
            ..LossFigures::default()
        };
        for cluster in clusters.iter().filter(|cluster| cluster.len() >= 2) {
            let (start, end) = (cluster[0], cluster[cluster.len() - 1]);
            in_burst[start..=end].fill(true);
            figures.bursts += 1;
            figures.burst_lost += cluster.len() as u64;
            figures.burst_packets += (end - start + 1) as u64;
        }
        let gaps = in_burst.chunk_by(|a, b| a == b).filter(|part| part.first() == Some(&false));
        figures.gaps = gaps.count() as u64;
        figures
    }

    proptest! {
        #[test]
        fn streaming_equals_the_definition(
            lost in prop::collection::vec(prop::bool::weighted(0.2), 0..200),
            gmin in 1_u8..20,
        ) {
            let mut single = LossPattern::new(gmin);
            for (index, lost) in (0..).zip(&lost) {
                if *lost {
                    single.lost_at(index);
                }
            }
            let expected = by_definition(&lost, gmin);
            prop_assert_eq!(single.figures(lost.len() as u64), expected);

            let mut runs = LossPattern::new(gmin);
            let mut at = 0;
            for run in lost.chunk_by(|a, b| a == b) {
                if run[0] {
                    runs.lost_run(at, u32::try_from(run.len()).unwrap());
                }
                at += run.len() as u64;
            }
            prop_assert_eq!(runs.figures(at), expected);
        }
    }
}
