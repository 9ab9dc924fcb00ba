//! Which streams are heard in which file.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;

use crate::base::codec::{Codec, Media};
use crate::base::flow::Flow;
use crate::base::id::Ssrc;
use crate::base::time::Timestamp;
use crate::report::stream::StreamRow;
use crate::sound::call::{Part, Speaker};
use crate::sound::voice::{Format, rate_of};
use crate::track::stream::Stream;

/// A sound to write: of a call, or of a stream that belongs to none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Job {
    /// `call-3` or `stream-7`.
    pub(super) name: String,
    /// When its first packet was captured.
    pub(super) start: Timestamp,
    /// Its streams.
    pub(super) parts: Vec<Part>,
    /// What to call each of them.
    pub(super) labels: Vec<Label>,
}

/// A stream in the words of a report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Label {
    /// `stream-7`.
    pub(super) stream: String,
    /// `caller`, `callee`, or nothing.
    pub(super) speaker: &'static str,
    /// Its codecs.
    pub(super) codecs: String,
    /// Whether any of them can be decoded.
    pub(super) decodable: bool,
}

/// Where packets of a stream go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Target {
    /// The first and the last packet's time.
    span: (Timestamp, Timestamp),
    /// The job, and its part.
    pub(super) job: usize,
    pub(super) part: usize,
}

/// All sounds, and how packets find them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Plan {
    /// In the order of their first packets.
    pub(super) jobs: Vec<Job>,
    /// What cannot be heard, and why.
    pub(super) notes: Vec<String>,
    targets: HashMap<(Flow, Ssrc), Vec<Target>>,
}

impl Plan {
    /// The sounds of these streams, as far as they belong to the calls
    /// `wanted` or, with `orphans`, to none; with `raw` also of those that
    /// cannot be decoded.
    pub(super) fn new<'a>(
        streams: impl Iterator<Item = (StreamRow, &'a Stream)>,
        wanted: &[String],
        orphans: bool,
        raw: bool,
    ) -> Self {
        let mut plan = Self::default();
        let mut jobs: HashMap<String, usize> = HashMap::new();
        let wanted: HashSet<_> = wanted.iter().map(String::as_str).collect();
        for (row, stream) in streams {
            let name = match &row.call {
                Some(call) if wanted.contains(call.as_str()) => call.clone(),
                None if orphans => row.id.clone(),
                _ => continue,
            };
            let Some(formats) = plan.formats(&row, stream, raw) else { continue };
            let job = *jobs.entry(name.clone()).or_insert_with(|| {
                plan.jobs.push(Job {
                    name,
                    start: stream.first_at,
                    parts: Vec::new(),
                    labels: Vec::new(),
                });
                plan.jobs.len() - 1
            });
            let Some(of_job) = plan.jobs.get_mut(job) else { continue };
            let (speaker, word) = match (row.direction, row.call.is_some()) {
                (Some("callee_to_caller"), _) => (Speaker::Callee, "callee"),
                (_, true) => (Speaker::Caller, "caller"),
                (_, false) => (Speaker::Caller, ""),
            };
            let part = of_job.parts.len();
            of_job.labels.push(Label {
                stream: row.id.clone(),
                speaker: word,
                codecs: codecs(&row),
                decodable: rate_of(&formats).is_some(),
            });
            of_job.parts.push(Part { speaker, formats });
            of_job.start = of_job.start.min(stream.first_at);
            let target = Target { span: (stream.first_at, stream.last_at), job, part };
            plan.targets.entry((stream.flow, stream.ssrc)).or_default().push(target);
        }
        plan
    }

    /// What the payload types of a stream are, if it is sound that can be
    /// written at all.
    fn formats(&mut self, row: &StreamRow, stream: &Stream, raw: bool) -> Option<Vec<Format>> {
        if row.media.is_some_and(|media| media != "audio") {
            return None;
        }
        if row.encryption.is_some() {
            self.notes.push(format!("{}: its sound is encrypted (SRTP), and left out", row.id));
            return None;
        }
        let formats = formats(stream);
        if !raw
            && rate_of(&formats).is_none()
            && formats.iter().all(|format| is_event(format.codec))
        {
            let what = if formats.is_empty() {
                "nobody said what its payload is; --raw writes it as it is"
            } else {
                "it carries events and no voice"
            };
            self.notes.push(format!("{}: {what}", row.id));
            return None;
        }
        Some(formats)
    }

    /// Where a packet goes.
    pub(super) fn target(&self, flow: Flow, ssrc: Ssrc, at: Timestamp) -> Option<Target> {
        let targets = self.targets.get(&(flow, ssrc))?;
        targets.iter().find(|target| (target.span.0..=target.span.1).contains(&at)).copied()
    }
}

/// The payload types of a stream that are sound.
pub(super) fn formats(stream: &Stream) -> Vec<Format> {
    let formats = stream.payloads.iter().filter_map(|payload| {
        let codec = payload.meaning.codec.filter(|codec| codec.media() == Media::Audio)?;
        Some(Format {
            payload_type: payload.payload_type,
            codec,
            // Names that come without their clock are of telephony.
            clock_hz: payload.meaning.clock_hz.or(NonZeroU32::new(8_000))?,
            channels: payload.meaning.channels.unwrap_or(1),
        })
    });
    formats.collect()
}

/// Whether a payload says something other than a voice does.
fn is_event(codec: Codec) -> bool {
    matches!(codec, Codec::TelephoneEvent | Codec::ComfortNoise)
}

/// `PCMU`, `opus+telephone-event`
fn codecs(row: &StreamRow) -> String {
    let names = row.payloads.iter().filter_map(|payload| payload.codec.as_deref());
    names.collect::<Vec<_>>().join("+")
}
