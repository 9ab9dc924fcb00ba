//! The text format of Prometheus, version 0.0.4.

use std::fmt::Write as _;

/// What a family of samples is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Counter,
    Gauge,
    Histogram,
}

/// Families written one after another.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    name: &'static str,
}

/// Labels of a sample, in their order.
pub(super) type Labels<'a> = &'a [(&'static str, &'a str)];

impl Text {
    /// Begins a family.
    pub(super) fn family(&mut self, name: &'static str, kind: Kind, help: &str) {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        self.name = name;
        let _ = writeln!(self.out, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    /// A sample of the family begun last.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: f64) {
        self.line("", labels, None, value);
    }

    /// A family of one sample; none of what is not known.
    pub(super) fn single(
        &mut self,
        name: &'static str,
        kind: Kind,
        help: &str,
        value: Option<f64>,
    ) {
        if let Some(value) = value {
            self.family(name, kind, help);
            self.sample(&[], value);
        }
    }

    /// A histogram's samples: of each bound how many are no greater, and of all.
    pub(super) fn histogram(
        &mut self,
        labels: Labels<'_>,
        buckets: impl Iterator<Item = (f64, u64)>,
        (count, sum): (u64, f64),
    ) {
        for (bound, count) in buckets {
            self.line("_bucket", labels, Some(&bound.to_string()), count as f64);
        }
        self.line("_bucket", labels, Some("+Inf"), count as f64);
        self.line("_sum", labels, None, sum);
        self.line("_count", labels, None, count as f64);
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, bound: Option<&str>, value: f64) {
        let _ = write!(self.out, "{}{suffix}", self.name);
        let bound = bound.map(|bound| ("le", bound));
        let mut mark = '{';
        for (key, value) in labels.iter().copied().chain(bound) {
            let _ = write!(self.out, "{mark}{key}=\"");
            escape(value, &mut self.out);
            self.out.push('"');
            mark = ',';
        }
        if mark == ',' {
            self.out.push('}');
        }
        let _ = writeln!(self.out, " {value}");
    }

    pub(super) fn into_string(self) -> String {
        self.out
    }
}

/// A label's value: backslash, quote and line feed are escaped; other control
/// characters, which a reader may stumble over, are blanks.
fn escape(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_and_histograms_are_written() {
        let mut text = Text::default();
        text.family("a_total", Kind::Counter, "How many.");
        text.sample(&[("who", "a\\b\"c\nd\u{1b}")], 3.0);
        text.single("b", Kind::Gauge, "Not known.", None);
        text.family("c", Kind::Histogram, "How long.");
        text.histogram(&[("x", "y")], [(0.5, 1), (1.0, 2)].into_iter(), (3, 4.25));
        assert_eq!(
            text.into_string(),
            "# HELP a_total How many.\n# TYPE a_total counter\na_total{who=\"a\\\\b\\\"c\\nd \"} 3\n\
             # HELP c How long.\n# TYPE c histogram\nc_bucket{x=\"y\",le=\"0.5\"} 1\nc_bucket{x=\"y\",le=\"1\"} 2\n\
             c_bucket{x=\"y\",le=\"+Inf\"} 3\nc_sum{x=\"y\"} 4.25\nc_count{x=\"y\"} 3\n"
        );
    }
}
