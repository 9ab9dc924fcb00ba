//! The course of a stream as small charts: MOS, loss with its strip, jitter.
//!
//! Each chart says in words what it shows; the figures are in a table beside it.

use std::fmt::Write;

use crate::report::over_time::IntervalRow;
use crate::report::quality::Grade;

/// Most points of a chart; of more intervals several are taken together.
const MOST: usize = 120;
/// Rows of the table of figures.
const MOST_ROWS: usize = 20;

const WIDTH: f64 = 320.0;
const HEIGHT: usize = 96;
/// The area of the curve.
const LEFT: f64 = 36.0;
const RIGHT: f64 = 314.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 76.0;

/// A stretch of a stream.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Bucket {
    /// Seconds from the stream's first packet.
    start: f64,
    packets: u64,
    lost: u64,
    /// The greatest of its intervals, in ms.
    jitter: Option<f64>,
    /// The least of its intervals.
    mos: Option<f64>,
}

impl Bucket {
    fn loss(&self) -> f64 {
        100.0 * self.lost as f64 / (self.packets + self.lost).max(1) as f64
    }
}

/// A stream over time.
#[derive(Clone, PartialEq, Debug)]
pub struct Course {
    buckets: Vec<Bucket>,
    /// Seconds of a bucket.
    width: f64,
    /// Seconds of all.
    end: f64,
}

impl Course {
    /// The course that intervals `step` seconds wide tell; `None` without any.
    pub fn of(intervals: &[IntervalRow], step: f64) -> Option<Self> {
        let last = intervals.last()?;
        let step = if step > 0.0 { step } else { 1.0 };
        let together = ((last.offset_s / step + 1.0) / MOST as f64).ceil().max(1.0);
        let width = step * together;
        let mut buckets: Vec<Bucket> = Vec::new();
        for interval in intervals {
            let start = (interval.offset_s / width + 1e-9).floor() * width;
            let least = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::min);
            let most = |a: Option<f64>, b: Option<f64>| a.into_iter().chain(b).reduce(f64::max);
            match buckets.last_mut() {
                Some(bucket) if (bucket.start - start).abs() < width / 2.0 => {
                    bucket.packets += u64::from(interval.packets);
                    bucket.lost += u64::from(interval.lost);
                    bucket.jitter = most(bucket.jitter, interval.jitter_ms);
                    bucket.mos = least(bucket.mos, interval.mos_lq);
                }
                _ => buckets.push(Bucket {
                    start,
                    packets: interval.packets.into(),
                    lost: interval.lost.into(),
                    jitter: interval.jitter_ms,
                    mos: interval.mos_lq,
                }),
            }
        }
        let end = buckets.last()?.start + width;
        Some(Self { buckets, width, end })
    }

    /// The charts, each a figure with its caption.
    pub fn figures(&self) -> String {
        self.mos() + &self.loss() + &self.jitter()
    }

    fn mos(&self) -> String {
        let points = self.points(|bucket| bucket.mos);
        let Some((at, least)) = points.iter().copied().reduce(|a, b| if b.1 < a.1 { b } else { a })
        else {
            return String::new();
        };
        let said = format!("least {least:.2} at {at:.0} s");
        let mut plot = Plot::new(self.end, 1.0, 4.5);
        plot.level(4.5, "4.5");
        plot.level(3.6, "3.6");
        plot.level(1.0, "1");
        plot.curve(&points, self.width, |mos| match Grade::of(mos) {
            Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Poor => "poor",
        });
        plot.figure("MOS", &said)
    }

    fn loss(&self) -> String {
        let worst = self.buckets.iter().map(Bucket::loss).fold(0.0, f64::max);
        let said = if worst > 0.0 {
            let at = self.buckets.iter().find(|bucket| bucket.loss() >= worst);
            format!("most {worst:.1} % at {:.0} s", at.map_or(0.0, |bucket| bucket.start))
        } else {
            "none".to_owned()
        };
        let top = nice(worst.max(1.0));
        let mut plot = Plot::new(self.end, 0.0, top);
        plot.level(top, &format!("{top} %"));
        plot.level(0.0, "0");
        let mut strip: Option<(f64, f64, usize)> = None;
        for bucket in &self.buckets {
            plot.bar(bucket.start, self.width, bucket.loss());
            let (start, end, shade) =
                (bucket.start, bucket.start + self.width, shade(bucket.loss()));
            strip = match strip {
                Some((first, until, same))
                    if same == shade && (until - start).abs() < self.width / 2.0 =>
                {
                    Some((first, end, same))
                }
                other => {
                    plot.strip(other);
                    Some((start, end, shade))
                }
            };
        }
        plot.strip(strip);
        plot.figure("Loss", &said)
    }

    fn jitter(&self) -> String {
        let points = self.points(|bucket| bucket.jitter);
        let Some((at, most)) = points.iter().copied().reduce(|a, b| if b.1 > a.1 { b } else { a })
        else {
            return String::new();
        };
        let top = nice(most.max(1.0));
        let mut plot = Plot::new(self.end, 0.0, top);
        plot.level(top, &format!("{top} ms"));
        plot.level(0.0, "0");
        plot.curve(&points, self.width, |_| "plain");
        plot.figure("Jitter", &format!("most {most:.1} ms at {at:.0} s"))
    }

    fn points(&self, value: impl Fn(&Bucket) -> Option<f64>) -> Vec<(f64, f64)> {
        self.buckets.iter().filter_map(|bucket| Some((bucket.start, value(bucket)?))).collect()
    }
}

/// The figures of a course as a table that can be opened.
pub fn bucket_table(course: &Course, name: &str) -> String {
    let together = course.buckets.len().div_ceil(MOST_ROWS).max(1);
    let mut out = format!(
        "<details class=\"figures\"><summary>Figures over time</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Figures of {name}\">\
         <table><thead><tr><th scope=\"col\" class=\"num\">From</th><th scope=\"col\" class=\"num\">Packets</th><th scope=\"col\" class=\"num\">Lost</th>\
         <th scope=\"col\" class=\"num\">Jitter</th><th scope=\"col\" class=\"num\">MOS</th></tr></thead><tbody>",
    );
    let figure = |value: Option<f64>, decimals: usize| {
        value.map_or_else(|| "\u{2013}".to_owned(), |value| format!("{value:.decimals$}"))
    };
    for buckets in course.buckets.chunks(together) {
        let packets: u64 = buckets.iter().map(|bucket| bucket.packets).sum();
        let lost: u64 = buckets.iter().map(|bucket| bucket.lost).sum();
        let jitter = buckets.iter().filter_map(|bucket| bucket.jitter).reduce(f64::max);
        let mos = buckets.iter().filter_map(|bucket| bucket.mos).reduce(f64::min);
        let start = buckets.first().map_or(0.0, |bucket| bucket.start);
        let _ = write!(
            out,
            "<tr><td>{start:.0} s</td><td>{packets}</td><td>{lost}</td><td>{} ms</td><td>{}</td></tr>",
            figure(jitter, 1),
            figure(mos, 2),
        );
    }
    out.push_str("</tbody></table></div></details>\n");
    out
}

/// How bad a loss in percent is: none, below 1, 3 or 10, more.
fn shade(loss: f64) -> usize {
    [0.0, 1.0, 3.0, 10.0]
        .iter()
        .filter(|bound| loss > **bound || loss > 0.0 && loss >= **bound)
        .count()
}

/// The next number of the form 1, 2 or 5 times a power of ten.
fn nice(value: f64) -> f64 {
    let power = 10_f64.powf(value.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0];
    let step = steps.iter().find(|step| *step * power >= value - 1e-9);
    step.map_or(value, |step| step * power)
}

/// A chart being drawn.
struct Plot {
    end: f64,
    low: f64,
    high: f64,
    out: String,
}

impl Plot {
    fn new(end: f64, low: f64, high: f64) -> Self {
        Self { end: end.max(1e-3), low, high, out: String::new() }
    }

    fn x(&self, at: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * at / self.end
    }

    fn y(&self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        BOTTOM - (BOTTOM - TOP) * share.clamp(0.0, 1.0)
    }

    fn level(&mut self, value: f64, name: &str) {
        let y = self.y(value);
        let _ = write!(
            self.out,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text class=\"e\" x=\"{:.0}\" y=\"{:.1}\">{name}</text>",
            LEFT - 4.0,
            y + 3.5,
        );
    }

    /// A line in steps, broken where nothing was measured; what is worth a look
    /// has a mark of its own.
    fn curve(&mut self, points: &[(f64, f64)], width: f64, class: impl Fn(f64) -> &'static str) {
        let mut path = String::new();
        // Where the line is: up to when, and how high.
        let mut before: Option<(f64, f64)> = None;
        for (index, (at, value)) in points.iter().enumerate() {
            let y = self.y(*value);
            match before {
                Some((end, _)) if (at - end).abs() >= width / 2.0 => {
                    let _ = write!(path, "M{:.1} {y:.1}", self.x(*at));
                }
                None => {
                    let _ = write!(path, "M{:.1} {y:.1}", self.x(*at));
                }
                Some((_, level)) if (level - y).abs() >= 0.05 => {
                    let _ = write!(path, "V{y:.1}");
                }
                Some(_) => {}
            }
            let end = at + width;
            before = Some((end, y));
            // A level stretch is one stroke.
            let goes_on = points.get(index + 1).is_some_and(|(next, value)| {
                (next - end).abs() < width / 2.0 && (self.y(*value) - y).abs() < 0.05
            });
            if !goes_on {
                let _ = write!(path, "H{:.1}", self.x(end));
            }
        }
        let _ = write!(self.out, "<path class=\"curve\" d=\"{path}\"/>");
        for (at, value) in points {
            let class = class(*value);
            if ["fair", "poor"].contains(&class) {
                let (x, y) = (self.x(at + width / 2.0), self.y(*value));
                let _ = write!(
                    self.out,
                    "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"2.5\"/>"
                );
            }
        }
    }

    /// A bar, where something was lost.
    fn bar(&mut self, at: f64, width: f64, loss: f64) {
        if loss > 0.0 {
            let (x, wide) = (self.x(at), self.x(at + width) - self.x(at));
            let (y, wide) = (self.y(loss).min(BOTTOM - 1.0), (wide - 0.6).max(0.6));
            let _ = write!(
                self.out,
                "<path class=\"bar\" d=\"M{x:.1} {y:.1}h{wide:.1}V{BOTTOM}h-{wide:.1}z\"/>"
            );
        }
    }

    /// A stretch of the strip above the chart: from when to when, how bad.
    fn strip(&mut self, stretch: Option<(f64, f64, usize)>) {
        if let Some((start, end, shade)) = stretch {
            let (x, wide) = (self.x(start), (self.x(end) - self.x(start)).max(0.8));
            let _ = write!(
                self.out,
                "<path class=\"l{shade}\" d=\"M{x:.1} 0h{wide:.1}v6h-{wide:.1}z\"/>"
            );
        }
    }

    fn figure(self, name: &str, said: &str) -> String {
        let end = self.end;
        let end =
            if end < 100.0 { format!("{end:.0} s") } else { format!("{:.0} min", end / 60.0) };
        format!(
            "<figure><figcaption><b>{name}</b> {said}</figcaption><svg class=\"chart\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" width=\"{WIDTH}\" height=\"{HEIGHT}\" role=\"img\" aria-label=\"{name} over time: {said}\">{}\
             <text x=\"{LEFT}\" y=\"{}\">0</text><text class=\"e\" x=\"{RIGHT}\" y=\"{}\">{end}</text></svg></figure>",
            self.out,
            HEIGHT - 6,
            HEIGHT - 6,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_of_loss() {
        assert_eq!(
            [0.0, 0.5, 1.0, 2.9, 3.0, 9.9, 10.0, 100.0].map(shade),
            [0, 1, 2, 2, 3, 3, 4, 4]
        );
    }

    #[test]
    fn scales_end_at_round_numbers() {
        let ends = [0.3, 1.0, 1.1, 4.0, 7.5, 12.0].map(|value| nice(value).to_string());
        assert_eq!(ends, ["0.5", "1", "2", "5", "10", "20"]);
    }
}
