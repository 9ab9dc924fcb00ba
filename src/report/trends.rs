//! How a figure of calls is spread, by what calls have in common, and what became
//! worse from one time to another.

use std::collections::BTreeMap;

use crate::metrics::significance::{self, Share, Verdict};

/// Groups that are told apart; calls of further ones are counted as others.
const MOST_GROUPS: usize = 10_000;
/// Values that are kept of all groups and figures together; further ones are counted.
pub const MOST_VALUES: usize = 1 << 24;
/// Bars of a histogram, and stretches of time.
pub const BARS: usize = 16;
/// Below this probability a difference is more than chance.
pub const LEVEL: f64 = 0.05;
/// The group of all that are beyond the cap.
const OTHERS: &str = "others";

/// A figure of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// MOS-LQ of the side that hears worse.
    Mos,
    /// Mean jitter of the stream with most.
    Jitter,
    /// Loss of the stream that lost most.
    Loss,
    /// Post-dial delay.
    PostDialDelay,
    /// Talk time.
    Duration,
}

impl Figure {
    /// All of them, in the order of [`Observed::figures`].
    pub const ALL: [Self; 5] =
        [Self::Mos, Self::Jitter, Self::Loss, Self::PostDialDelay, Self::Duration];

    /// Its name, ended by its unit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mos => "mos",
            Self::Jitter => "jitter_ms",
            Self::Loss => "lost_percent",
            Self::PostDialDelay => "post_dial_delay_ms",
            Self::Duration => "duration_s",
        }
    }

    /// Whether more of it is worse; `None` where neither is.
    const fn more_is_worse(self) -> Option<bool> {
        match self {
            Self::Mos => Some(false),
            Self::Jitter | Self::Loss | Self::PostDialDelay => Some(true),
            Self::Duration => None,
        }
    }
}

/// What is observed of a call.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Observed {
    /// The groups that it belongs to.
    pub groups: Vec<String>,
    /// When it began, in nanoseconds since the epoch.
    pub at: Option<i64>,
    /// Attempts to set it up.
    pub attempts: u64,
    /// Those that were answered.
    pub answered: u64,
    /// Those in which the network did its part.
    pub reached: u64,
    /// Its figures, as far as they are known.
    pub figures: [Option<f64>; 5],
}

/// Calls by group.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trends {
    groups: BTreeMap<String, Group>,
    /// When the first and the last call began.
    span: Option<(i64, i64)>,
    /// Values that are kept, and those that are not.
    kept: usize,
    left_out: u64,
}

#[derive(Clone, PartialEq, Debug, Default)]
struct Group {
    calls: u64,
    attempts: u64,
    answered: u64,
    reached: u64,
    /// When, and what.
    figures: [Vec<(Option<i64>, f64)>; 5],
}

/// How a figure is spread in a group.
#[derive(Clone, PartialEq, Debug)]
pub struct Spread {
    /// What its calls have in common.
    pub group: String,
    /// Calls.
    pub calls: u64,
    /// Answered of all attempts.
    pub asr_percent: Option<f64>,
    /// Attempts in which the network did its part, of all.
    pub ner_percent: Option<f64>,
    /// Calls that have the figure.
    pub count: u64,
    /// Percentiles (nearest rank): 5, 50, 95.
    pub percentiles: [Option<f64>; 3],
    /// How many values are in each of equal stretches from the least to the greatest
    /// value of all groups.
    pub histogram: [u64; BARS],
    /// The median in each of equal stretches of time from the first to the last call
    /// of all groups.
    pub over_time: [Option<f64>; BARS],
}

/// What became of a figure of a group.
#[derive(Clone, PartialEq, Debug)]
pub struct Difference {
    /// What the calls have in common.
    pub group: String,
    /// The figure: `mos`, `asr_percent`.
    pub figure: &'static str,
    /// What it was: the median, or the share.
    pub old: f64,
    /// What it is.
    pub new: f64,
    /// Of how many it was.
    pub old_count: u64,
    /// Of how many it is.
    pub new_count: u64,
    /// What the test says; `None` where there is too little for one.
    pub verdict: Option<Verdict>,
    /// The probability of that by chance among all tests made (Holm).
    pub p_of_all: Option<f64>,
    /// What it comes to.
    pub change: Change,
}

/// What a difference comes to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Change {
    /// Worse, and more than chance.
    Worse,
    /// Better, and more than chance.
    Better,
    /// Not more than chance.
    Chance,
    /// Too little to say.
    TooFew,
}

impl Change {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Worse => "worse",
            Self::Better => "better",
            Self::Chance => "chance",
            Self::TooFew => "too few",
        }
    }
}

/// The nearest-rank percentile of sorted values.
fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

/// The place of a value among equal stretches of a range.
fn stretch(value: f64, least: f64, greatest: f64) -> usize {
    if greatest <= least {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to BARS")]
    let place =
        ((value - least) / (greatest - least) * BARS as f64).clamp(0.0, BARS as f64) as usize;
    place.min(BARS - 1)
}

impl Trends {
    /// Takes a call.
    pub fn add(&mut self, observed: &Observed) {
        if let Some(at) = observed.at {
            let (first, last) = self.span.unwrap_or((at, at));
            self.span = Some((first.min(at), last.max(at)));
        }
        for name in &observed.groups {
            let is_known = self.groups.contains_key(name) || self.groups.len() < MOST_GROUPS;
            let name = if is_known { name.as_str() } else { OTHERS };
            if !self.groups.contains_key(name) {
                self.groups.insert(name.to_owned(), Group::default());
            }
            let Some(group) = self.groups.get_mut(name) else { continue };
            group.calls += 1;
            group.attempts += observed.attempts;
            group.answered += observed.answered;
            group.reached += observed.reached;
            for (values, figure) in group.figures.iter_mut().zip(observed.figures) {
                let Some(figure) = figure else { continue };
                if self.kept < MOST_VALUES {
                    self.kept += 1;
                    values.push((observed.at, figure));
                } else {
                    self.left_out += 1;
                }
            }
        }
    }

    /// Values that are in no percentile, because they are too many.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// How a figure is spread in each group, the group of most calls first.
    pub fn spread(&self, figure: Figure) -> Vec<Spread> {
        let values = |group: &Group| -> Vec<(Option<i64>, f64)> {
            group.figures.get(figure as usize).cloned().unwrap_or_default()
        };
        let all = self.groups.values().flat_map(&values).map(|(_, value)| value);
        let all = sorted(all);
        let range = all.first().copied().zip(all.last().copied()).unwrap_or_default();
        let row = |(name, group): (&String, &Group)| {
            let values = values(group);
            let (mut histogram, mut times) = ([0; BARS], vec![Vec::new(); BARS]);
            for (at, value) in &values {
                if let Some(bar) = histogram.get_mut(stretch(*value, range.0, range.1)) {
                    *bar += 1;
                }
                if let (Some(at), Some((first, last))) = (at, self.span) {
                    let place = stretch(*at as f64, first as f64, last as f64);
                    times.get_mut(place).into_iter().for_each(|list| list.push(*value));
                }
            }
            let mut over_time = [None; BARS];
            for (median, values) in over_time.iter_mut().zip(times) {
                *median = percentile(&sorted(values.into_iter()), 50);
            }
            let sorted = sorted(values.iter().map(|(_, value)| *value));
            Spread {
                group: name.clone(),
                calls: group.calls,
                asr_percent: crate::base::units::percent(group.answered, group.attempts),
                ner_percent: crate::base::units::percent(group.reached, group.attempts),
                count: sorted.len() as u64,
                percentiles: [5, 50, 95].map(|percent| percentile(&sorted, percent)),
                histogram,
                over_time,
            }
        };
        let mut rows: Vec<_> = self.groups.iter().map(row).collect();
        rows.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.group.cmp(&b.group)));
        rows
    }

    /// What became of the figures of the groups that both have: the worst first,
    /// then the better, then those that chance explains.
    pub fn compare(&self, new: &Self) -> Vec<Difference> {
        let mut rows = Vec::new();
        for (name, old) in &self.groups {
            let Some(new) = new.groups.get(name) else { continue };
            for figure in Figure::ALL {
                rows.extend(of_values(name, figure, old, new));
            }
            for (figure, of) in [
                ("asr_percent", (|group| group.answered) as fn(&Group) -> u64),
                ("ner_percent", |group| group.reached),
            ] {
                rows.extend(of_shares(name, figure, of, old, new));
            }
        }
        let p: Vec<_> =
            rows.iter().filter_map(|row| row.verdict).map(|verdict| verdict.p).collect();
        let mut adjusted = significance::holm(&p).into_iter();
        for row in rows.iter_mut().filter(|row| row.verdict.is_some()) {
            row.p_of_all = adjusted.next();
            if row.p_of_all.is_some_and(|p| p >= LEVEL) {
                row.change = Change::Chance;
            }
        }
        let order = |row: &Difference| (row.change, row.p_of_all.unwrap_or(1.0));
        rows.sort_by(|a, b| {
            let ((a, a_p), (b, b_p)) = (order(a), order(b));
            a.cmp(&b).then_with(|| a_p.total_cmp(&b_p))
        });
        rows
    }
}

fn change(verdict: Option<Verdict>, more_is_worse: bool) -> Change {
    match verdict {
        None => Change::TooFew,
        Some(verdict) if (verdict.difference > 0.0) == more_is_worse => Change::Worse,
        Some(_) => Change::Better,
    }
}

fn of_values(name: &str, figure: Figure, old: &Group, new: &Group) -> Option<Difference> {
    let worse = figure.more_is_worse()?;
    let values = |group: &Group| {
        let list = group.figures.get(figure as usize);
        sorted(list.into_iter().flatten().map(|(_, value)| *value))
    };
    let (old, new) = (values(old), values(new));
    let verdict = significance::values(&old, &new);
    Some(Difference {
        group: name.to_owned(),
        figure: figure.name(),
        old: percentile(&old, 50)?,
        new: percentile(&new, 50)?,
        old_count: old.len() as u64,
        new_count: new.len() as u64,
        verdict,
        p_of_all: None,
        change: change(verdict, worse),
    })
}

fn of_shares(
    name: &str,
    figure: &'static str,
    with: fn(&Group) -> u64,
    old: &Group,
    new: &Group,
) -> Option<Difference> {
    let share = |group: &Group| Share { with: with(group), of: group.attempts };
    let percent = |group: &Group| crate::base::units::percent(with(group), group.attempts);
    let verdict = significance::shares(share(old), share(new));
    Some(Difference {
        group: name.to_owned(),
        figure,
        old: percent(old)?,
        new: percent(new)?,
        old_count: old.attempts,
        new_count: new.attempts,
        verdict,
        p_of_all: None,
        change: change(verdict, false),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(group: &str, at: i64, mos: f64, answered: bool) -> Observed {
        Observed {
            groups: vec![group.to_owned()],
            at: Some(at),
            attempts: 1,
            answered: u64::from(answered),
            reached: 1,
            figures: [Some(mos), None, None, None, None],
        }
    }

    fn trends(calls: impl Iterator<Item = Observed>) -> Trends {
        let mut trends = Trends::default();
        calls.for_each(|call| trends.add(&call));
        trends
    }

    #[test]
    fn a_group_has_its_percentiles_and_its_shape() {
        let calls =
            (0..160).map(|n| call("a", n, f64::from(u32::try_from(n).unwrap()), n % 4 == 0));
        let rows = trends(calls.chain([call("b", 0, 160.0, true)])).spread(Figure::Mos);
        assert_eq!(rows.len(), 2);
        let a = &rows[0];
        assert_eq!((&*a.group, a.calls, a.count, a.asr_percent), ("a", 160, 160, Some(25.0)));
        assert_eq!(a.percentiles, [Some(7.0), Some(79.0), Some(151.0)]);
        assert!(a.histogram.iter().all(|count| *count == 10), "{:?}", a.histogram);
        assert!(a.over_time.is_sorted());
        assert_eq!(rows[1].histogram[BARS - 1], 1, "the greatest of all groups");
        assert_eq!(trends(std::iter::empty()).spread(Figure::Mos), []);
    }

    #[test]
    fn what_became_worse_comes_first_and_chance_is_told_from_it() {
        let steady = |n: i64| call("steady", n, 4.0 + (n % 7) as f64 / 10.0, n % 2 == 0);
        let of = |mos: f64, answered: i64| {
            let falling = (0..60)
                .map(move |n| call("falling", n, mos + (n % 5) as f64 / 10.0, n % 10 < answered));
            trends(falling.chain((0..60).map(steady)))
        };
        let rows = of(4.0, 9).compare(&of(3.0, 2));
        let told: Vec<_> = rows.iter().map(|row| (&*row.group, row.figure, row.change)).collect();
        assert_eq!(told[0], ("falling", "mos", Change::Worse));
        assert_eq!(told[1], ("falling", "asr_percent", Change::Worse));
        assert!(told[2..].iter().all(|(_, _, change)| *change >= Change::Chance), "{told:?}");
        assert_eq!((rows[0].old, rows[0].new, rows[0].old_count), (4.2, 3.2, 60));
        assert!(rows[0].p_of_all.unwrap() > rows[0].verdict.unwrap().p, "of several tests");
        let back = of(3.0, 2).compare(&of(4.0, 9));
        assert_eq!(back[0].change, Change::Better);
    }

    #[test]
    fn groups_beyond_the_cap_are_counted_together() {
        let calls = (0..MOST_GROUPS + 5).map(|n| call(&n.to_string(), 0, 4.0, true));
        let rows = trends(calls).spread(Figure::Mos);
        assert_eq!((&*rows[0].group, rows[0].calls), (OTHERS, 5));
    }
}
