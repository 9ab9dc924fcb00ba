//! The table of stretches of streams.

use super::streams::main_payload;
use super::{CAPTURE, Field, Kind, Origin, Table, Unit, Value, number};
use crate::base::time::Timestamp;
use crate::query::calls::{COUNT, MILLIS, MOS, SECONDS};
use crate::report::over_time::IntervalRow;
use crate::report::stream::StreamRow;
use crate::report::time::Resolution;

/// Stretches of streams.
#[derive(Clone, Copy, Debug)]
pub struct Intervals;

/// A stretch of a stream.
pub struct Interval<'a> {
    pub(super) of: Origin<'a>,
    pub(super) stream: &'a StreamRow,
    pub(super) row: &'a IntervalRow,
    pub(super) time: Option<String>,
}

/// When a stretch of a stream begins whose first packet came `begin` nanoseconds
/// after the epoch.
pub(super) fn time(begin: i64, interval: &IntervalRow) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "widths of intervals are whole microseconds"
    )]
    let offset = (interval.offset_s * 1e9).round() as i64;
    Resolution(9).format(Timestamp::from_nanos(begin.saturating_add(offset)))
}

type F = Field<Intervals>;

impl Table for Intervals {
    type Row<'a> = Interval<'a>;
    const NAME: &'static str = "intervals";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |i| i.of.capture()),
        F::column("stream", COUNT, "Number of its stream", |i| Value::number(number(&i.stream.id))),
        F::column("call", COUNT, "Number of the call of that", |i| {
            Value::number(i.stream.call.as_deref().and_then(number))
        })
        .null("it belongs to none"),
        F::column("src_ip", Kind::Ip, "Who sends, IP address", |i| Value::Ip(i.stream.src.ip)),
        F::column("dst_ip", Kind::Ip, "Who receives, IP address", |i| Value::Ip(i.stream.dst.ip)),
        F::column("codec", Kind::Word, "Codec of most packets of its stream", |i| {
            Value::text(main_payload(i.stream).and_then(|row| row.codec.as_deref()))
        })
        .null("neither SDP nor the payload type says"),
        F::column("time", Kind::Time, "When it begins", |i| Value::time(i.time.as_deref())),
        F::column("interval", SECONDS, "How long it is", |i| {
            Value::Number(i.stream.over_time.interval_s)
        }),
        F::column("packets", COUNT, "Packets that came, without duplicates", |i| {
            Value::count(i.row.packets)
        }),
        F::column("size", Kind::Number(Unit::Bytes), "Of all packets with IP headers", |i| {
            Value::count(i.row.bytes)
        }),
        F::column("lost", COUNT, "Packets found missing", |i| Value::count(i.row.lost)),
        F::column("discarded", COUNT, "Packets that the jitter buffer discarded", |i| {
            Value::count(i.row.discarded)
        }),
        F::column("jitter", MILLIS, "Mean of the jitter", |i| Value::number(i.row.jitter_ms))
            .null("the clock rate is not known"),
        F::column("mos", MOS, "MOS-LQ under its loss and discards", |i| Value::number(i.row.mos))
            .null("the codec cannot be rated"),
    ];
}
