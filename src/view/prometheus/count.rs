//! Counters and histograms by label, of which only so many are told apart.

use std::collections::BTreeMap;

use super::text::{Kind, Text};

/// What stands for all labels beyond the cap.
pub(super) const OTHER: &str = "other";

/// Values of one kind by class.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Histogram {
    bounds: &'static [f64],
    counts: Vec<u64>,
    count: u64,
    sum: f64,
}

impl Histogram {
    pub(super) fn new(bounds: &'static [f64]) -> Self {
        Self { bounds, counts: vec![0; bounds.len()], count: 0, sum: 0.0 }
    }

    /// Adds a value to the class of the least bound that it does not exceed.
    pub(super) fn add(&mut self, value: f64) {
        let class = self.bounds.partition_point(|bound| *bound < value);
        if let Some(count) = self.counts.get_mut(class) {
            *count += 1;
        }
        self.count += 1;
        self.sum += value;
    }

    pub(super) fn write(&self, labels: &[(&'static str, &str)], text: &mut Text) {
        let cumulated = self.counts.iter().scan(0, |sum, count| {
            *sum += count;
            Some(*sum)
        });
        let buckets = self.bounds.iter().copied().zip(cumulated);
        text.histogram(labels, buckets, (self.count, self.sum));
    }

    /// Writes it as a family of its own.
    pub(super) fn family(&self, name: &'static str, help: &str, text: &mut Text) {
        text.family(name, Kind::Histogram, help);
        self.write(&[], text);
    }
}

/// Something for each label, for the first so many that come; what comes of others
/// is one.
#[derive(Clone, Debug)]
pub(super) struct ByLabel<T> {
    most: usize,
    kept: BTreeMap<String, T>,
}

impl<T> ByLabel<T> {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: BTreeMap::new() }
    }

    /// What there is for a label.
    pub(super) fn of(&mut self, label: &str, make: impl FnOnce() -> T) -> &mut T {
        let known = self.kept.contains_key(label);
        let room = self.kept.len() < self.most;
        let label = if known || room { label } else { OTHER };
        self.kept.entry(label.to_owned()).or_insert_with(make)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.kept.iter().map(|(label, value)| (label.as_str(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_a_bound_is_below_it() {
        let mut histogram = Histogram::new(&[0.0, 1.0, 2.0]);
        for value in [0.0, 0.5, 1.0, 1.5, 9.0] {
            histogram.add(value);
        }
        assert_eq!((&*histogram.counts, histogram.count), (&[1, 2, 1][..], 5));
        let mut text = Text::default();
        histogram.family("x", "X.", &mut text);
        let text = text.into_string();
        for line in
            ["x_bucket{le=\"0\"} 1", "x_bucket{le=\"1\"} 3", "x_bucket{le=\"2\"} 4", "x_sum 12"]
        {
            assert!(text.contains(line), "{text}");
        }
    }

    #[test]
    fn labels_beyond_the_cap_are_one() {
        let mut counts = ByLabel::new(2);
        for label in ["a", "b", "c", "a", "d"] {
            *counts.of(label, || 0) += 1;
        }
        let counts: Vec<_> = counts.iter().map(|(label, count)| (label, *count)).collect();
        assert_eq!(counts, [("a", 2), ("b", 1), (OTHER, 2)]);
    }
}
