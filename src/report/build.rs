//! Builds the report of a snapshot.

use std::net::IpAddr;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::call::{self, CallRow};
use super::capture::{CaptureRow, CountsRow, ProblemRow, SourceRow};
use super::endpoints::{self, EndpointRow};
use super::finding::FindingRow;
use super::lists::Lists;
use super::names::Names;
use super::other::{self, DialogRow};
use super::quality::Scoring;
use super::registration::{self, RegistrationRow};
use super::rows::Rows;
use super::select::Selection;
use super::stir::Certificates;
use super::stream::StreamRow;
use super::summary::{self, SummaryRow};
use super::time::Resolution;
use super::totals::Totals;
use super::value::{FrameRef, UndeliveredRow};
use crate::base::flow::{Endpoint, Flow};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::diagnosis::{self, Finding, Severity, Subject};
use crate::engine::Snapshot;
use crate::track::ConversationId;
use crate::track::call::Call;
use crate::track::conversation::{Conversation, Matter};
use crate::track::other_media::OtherMedia;
use crate::track::reading::Reading;
use crate::track::stream::Stream;
use crate::track::stream_relation::Relation;
use crate::track::survey::Survey;
use crate::track::undelivered::{Undeliveries, Undelivery};
use crate::track::vq::Reported;

/// The version of the report's form; renaming or re-meaning a key changes it.
pub const SCHEMA: &str = "siplens.report/1";

/// An input, as its reader knows it.
#[derive(Clone, PartialEq, Debug)]
pub struct Input {
    /// Its row, but for the times.
    pub row: SourceRow,
    /// When its first and last frames were captured.
    pub span: Option<(Timestamp, Timestamp)>,
    /// What its reader could not read.
    pub problems: Vec<InputProblem>,
}

/// Something about an input that could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InputProblem {
    /// Stable name: `file.truncated`.
    pub code: String,
    /// How often.
    pub count: u64,
    /// The first frame concerned.
    pub first_frame: Option<FrameNo>,
    /// For a person.
    pub text: String,
}

/// What the report is built with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Decimal digits of the capture's times.
    pub resolution: Resolution,
    /// The inputs.
    pub inputs: Vec<Input>,
    /// What is to be said of the inputs together.
    pub problems: Vec<InputProblem>,
    /// Frames that were read and, as asked, not looked at.
    pub left_out: u64,
    /// Findings that were reported before, of what has left the engine: they
    /// have the numbers before those of this report.
    pub findings_before: u64,
    /// Figures of what has left the engine, which the summary includes.
    pub totals: Option<Arc<Totals>>,
    /// The conversations that the report is about; what was counted of the
    /// capture stays whole.
    pub selection: Selection,
    /// What the user calls hosts.
    pub names: Names,
    /// What ratings are made with.
    pub scoring: Scoring,
    /// Certificates that signatures of caller identities are compared with.
    pub certificates: Certificates,
}

/// Who made the report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct GeneratorRow {
    /// `siplens`
    pub name: &'static str,
    /// Its version.
    pub version: &'static str,
}

/// The report of a capture: what happened, to whom, how it sounded, what was
/// wrong, and what could not be read. It is a function of the capture's bytes
/// and the options.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report<'a> {
    /// The form of this document.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// Who made it.
    pub generator: GeneratorRow,
    /// What was read.
    pub capture: CaptureRow,
    /// Figures over all calls.
    pub summary: SummaryRow,
    /// Calls in the order of their first messages.
    pub calls: Rows<'a, CallRow<'a>>,
    /// Registrations in the order of their first messages.
    pub registrations: Rows<'a, RegistrationRow<'a>>,
    /// Exchanges that are neither: OPTIONS, MESSAGE, SUBSCRIBE and NOTIFY,
    /// PUBLISH and others, in the order of their first messages.
    pub dialogs: Rows<'a, DialogRow<'a>>,
    /// RTP streams in the order of their first packets.
    pub streams: Rows<'a, StreamRow>,
    /// Addresses with their roles, in the order of their first messages.
    pub endpoints: Rows<'a, EndpointRow>,
    /// What is wrong, in the order of the calls.
    pub findings: Rows<'a, FindingRow>,
}

/// What rows are made from.
#[derive(Debug)]
pub struct Context<'a> {
    survey: OnceLock<Survey>,
    summary: OnceLock<SummaryRow>,
    /// Everything that was learned.
    pub(super) snapshot: &'a Snapshot,
    pub(super) options: &'a Options,
    pub(super) findings: Vec<Finding>,
    pub(super) findings_of: HashMap<ConversationId, Vec<usize>>,
    pub(super) findings_of_stream: HashMap<u32, Vec<usize>>,
    pub(super) calls: Vec<ConversationId>,
    pub(super) registrations: Vec<ConversationId>,
    pub(super) dialogs: Vec<ConversationId>,
    /// The number of each conversation in its name; `None` for those not chosen.
    pub(super) number: Vec<Option<u64>>,
    /// The streams of the conversations chosen, as indexes into the snapshot's.
    streams: Vec<u32>,
    /// Conversations by Call-ID, once anything asks for one.
    by_call_id: OnceLock<HashMap<String, ConversationId>>,
    /// Round trips between the capture point and the receiver of a flow.
    legs: HashMap<Flow, Span>,
    /// Voice quality reports by the Call-ID of the call, and of their carrier.
    vq_about: HashMap<&'a str, Vec<u32>>,
    vq_in: HashMap<&'a str, Vec<u32>>,
}

/// What is wrong with some conversations that follow each other.
#[derive(Debug, Default)]
pub struct Diagnosed(Vec<(ConversationId, Vec<Finding>)>);

impl<'a> Context<'a> {
    /// Looks over a snapshot: who is what, and what is wrong.
    pub fn new(snapshot: &'a Snapshot, options: &'a Options) -> Self {
        let mut context = Self::undiagnosed(snapshot, options);
        let diagnosed = context.diagnose(0..snapshot.conversations.len());
        context.add(diagnosed);
        context
    }

    /// Looks over a snapshot: who is what. What is wrong is found by
    /// [`Self::diagnose`] and added in order, by whoever has several threads.
    pub fn undiagnosed(snapshot: &'a Snapshot, options: &'a Options) -> Self {
        let mut context = Self {
            survey: OnceLock::new(),
            summary: OnceLock::new(),
            snapshot,
            options,
            findings: Vec::new(),
            findings_of: HashMap::new(),
            findings_of_stream: HashMap::new(),
            calls: Vec::new(),
            registrations: Vec::new(),
            dialogs: Vec::new(),
            number: Vec::with_capacity(snapshot.conversations.len()),
            streams: Vec::new(),
            by_call_id: OnceLock::new(),
            legs: HashMap::new(),
            vq_about: HashMap::new(),
            vq_in: HashMap::new(),
        };
        for (index, reported) in (0..).zip(snapshot.vq_reports.list()) {
            context.vq_in.entry(&reported.carrier).or_default().push(index);
            if let Some(call_id) = &reported.report.call_id {
                context.vq_about.entry(call_id).or_default().push(index);
            }
        }
        for stream in &snapshot.streams {
            if let Some(leg) = stream.rtcp.leg {
                context.legs.insert(stream.flow, leg);
            }
        }
        let mut counts = [0_u64; 3];
        for (index, conversation) in (0..).zip(&snapshot.conversations) {
            let id = ConversationId(index);
            if snapshot.legs.is_later_leg(id) {
                context.number.push(None);
                continue;
            }
            // Numbered over the whole capture: the same call has the same number
            // whatever is chosen.
            let count = match conversation.matter {
                Matter::Call(_) => &mut counts[0],
                Matter::Registration(_) => &mut counts[1],
                Matter::Other(_) => &mut counts[2],
            };
            *count += 1;
            if snapshot.names_last {
                *count = conversation.number;
            }
            let chosen = context.is_wanted(id);
            context.number.push(chosen.then_some(*count));
            if chosen {
                let list = match conversation.matter {
                    Matter::Call(_) => &mut context.calls,
                    Matter::Registration(_) => &mut context.registrations,
                    Matter::Other(_) => &mut context.dialogs,
                };
                list.push(id);
            }
        }
        context.name_later_legs();
        context.choose_streams();
        context
    }

    /// Chooses the streams of the conversations chosen; those of no call belong
    /// to the whole capture.
    fn choose_streams(&mut self) {
        let all = self.options.selection.is_all();
        for (index, stream) in (0..).zip(&self.snapshot.streams) {
            let of_chosen = |call: ConversationId| {
                self.number.get(call.0 as usize).is_some_and(Option::is_some)
            };
            if stream.binding.map_or(all, |binding| of_chosen(binding.call)) {
                self.streams.push(index);
            }
        }
    }

    /// Whether the selection takes a conversation, or another leg of its call.
    fn is_wanted(&self, id: ConversationId) -> bool {
        let selection = &self.options.selection;
        let takes = |id: ConversationId| {
            let conversation = self.snapshot.conversations.get(id.0 as usize);
            conversation.is_some_and(|conversation| selection.takes(id, conversation))
        };
        selection.is_all() || self.snapshot.legs.members(id).any(takes)
    }

    /// The later legs of a call have its name.
    fn name_later_legs(&mut self) {
        let legs = &self.snapshot.legs;
        for leader in &self.calls {
            let number = self.number.get(leader.0 as usize).copied().flatten();
            for leg in legs.members(*leader) {
                if let Some(place) = self.number.get_mut(leg.0 as usize) {
                    *place = number;
                }
            }
        }
    }

    /// Finds what is wrong with the conversations of a range of the snapshot's,
    /// each with the further legs of its call.
    pub fn diagnose(&self, range: Range<usize>) -> Diagnosed {
        let numbers = self.number.get(range.clone()).unwrap_or_default();
        let ids = range.filter_map(|index| u32::try_from(index).ok()).map(ConversationId);
        let chosen = ids
            .zip(numbers)
            .filter(|(id, number)| number.is_some() && !self.snapshot.legs.is_later_leg(*id));
        let found = chosen.map(|(id, _)| (id, self.findings_on(id)));
        Diagnosed(found.filter(|(_, found)| !found.is_empty()).collect())
    }

    /// Adds what was found of the conversations after those added before.
    pub fn add(&mut self, diagnosed: Diagnosed) {
        for (id, found) in diagnosed.0 {
            for finding in found {
                let index = self.findings.len();
                self.findings_of.entry(id).or_default().push(index);
                if let Some(stream) = finding.stream {
                    self.findings_of_stream.entry(stream).or_default().push(index);
                }
                self.findings.push(finding);
            }
        }
    }

    /// The findings on a conversation and the further legs of its call. All
    /// legs are held against the media of all; what two legs show, such as a
    /// refusal passed on, is found once, with the frames of both.
    fn findings_on(&self, id: ConversationId) -> Vec<Finding> {
        let streams = self.streams_of(id);
        let mut found: Vec<Finding> = Vec::new();
        for leg in self.snapshot.legs.members(id) {
            let Some(conversation) = self.snapshot.conversations.get(leg.0 as usize) else {
                continue;
            };
            let now = self.snapshot.now();
            let reading = Reading::of(conversation, now);
            let subject = Subject {
                id: leg,
                conversation,
                reading: &reading,
                streams: &streams,
                announced: &self.snapshot.announced,
                stream_relations: &self.snapshot.stream_relations,
                location: self.snapshot.locations.get(leg),
                drops: &self.snapshot.drops,
                now,
                capture_has_media: self.snapshot.has_media,
            };
            for finding in diagnosis::check(&subject) {
                let same = |known: &&mut Finding| {
                    known.conversation != leg
                        && (known.code, known.stream) == (finding.code, finding.stream)
                };
                match found.iter_mut().find(same) {
                    Some(known) => {
                        for evidence in finding.evidence {
                            if !known.evidence.contains(&evidence) {
                                known.evidence.push(evidence);
                            }
                        }
                    }
                    None => found.push(finding),
                }
            }
        }
        found
    }

    /// A frame as this report names it.
    pub(super) fn frame(&self, frame: FrameNo) -> FrameRef {
        FrameRef::new(frame, self.options.inputs.len() > 1)
    }

    /// Everybody, and who talks to whom: looked over once, when it is asked for.
    pub(super) fn survey(&self) -> &Survey {
        self.survey.get_or_init(|| {
            let before = self.options.totals.as_ref().map(|totals| totals.survey().clone());
            let mut survey = before.unwrap_or_else(|| Survey::new(&self.snapshot.limits));
            self.look_over(&mut survey);
            survey
        })
    }

    /// Looks for everybody now, for a report that will ask.
    pub fn make_survey(&self) {
        self.survey();
    }

    /// Figures over all calls: made once, when they are asked for.
    fn summary(&self) -> &SummaryRow {
        self.summary.get_or_init(|| summary::summary(self))
    }

    /// Makes the figures over all calls now, for a report that will ask.
    pub fn make_summary(&self) {
        self.summary();
    }

    /// Adds who is in the snapshot.
    pub(super) fn look_over(&self, survey: &mut Survey) {
        let snapshot = self.snapshot;
        let legs = snapshot.legs.pairs();
        survey.add(&snapshot.conversations, &snapshot.streams, &legs, snapshot.now());
    }

    /// The legs and registrations chosen, later legs of calls too.
    pub(super) fn chosen_legs(&self) -> impl Iterator<Item = &'a Conversation> {
        let all = self.snapshot.conversations.iter().zip(&self.number);
        all.filter(|(_, number)| number.is_some()).map(|(conversation, _)| conversation)
    }

    /// What the user calls a host.
    pub(super) fn host_name(&self, endpoint: Endpoint) -> Option<String> {
        self.options.names.of(endpoint).map(str::to_owned)
    }

    /// Which conversations the report is about.
    pub const fn selection(&self) -> &'a Selection {
        &self.options.selection
    }

    /// The certificates given.
    pub(super) const fn certificates(&self) -> &'a Certificates {
        &self.options.certificates
    }

    /// The rows of reports that packets were not delivered.
    pub(super) fn undelivered(&self, reports: &Undeliveries) -> Vec<UndeliveredRow> {
        let row = |report: &Undelivery| UndeliveredRow {
            frame: self.frame(report.frame),
            from: report.from,
            why: report.why.text(),
        };
        reports.first.iter().map(row).collect()
    }

    /// A time with the capture's resolution.
    pub(super) fn time(&self, at: Timestamp) -> String {
        self.options.resolution.format(at)
    }

    /// The name of a call; `None` for what is none.
    pub(super) fn call_name(&self, id: ConversationId) -> Option<String> {
        self.snapshot.conversations.get(id.0 as usize)?.call()?;
        self.name(id)
    }

    /// The name of the call with that Call-ID.
    pub(super) fn call_with(&self, call_id: &str) -> Option<String> {
        let by_call_id = self.by_call_id.get_or_init(|| {
            let all = (0..).map(ConversationId).zip(&self.snapshot.conversations);
            all.map(|(id, conversation)| (conversation.call_id().to_owned(), id)).collect()
        });
        self.call_name(*by_call_id.get(call_id)?)
    }

    /// The name of a registration; `None` for what is none.
    pub(super) fn registration_name(&self, id: ConversationId) -> Option<String> {
        self.snapshot.conversations.get(id.0 as usize)?.registration()?;
        self.name(id)
    }

    /// The number in the name of a conversation.
    pub(super) fn number(&self, id: ConversationId) -> Option<u64> {
        *self.number.get(id.0 as usize)?
    }

    /// The Call-ID of a conversation.
    pub fn call_id(&self, id: ConversationId) -> Option<&'a str> {
        Some(self.snapshot.conversations.get(id.0 as usize)?.call_id())
    }

    /// What ratings are made with.
    pub(super) fn scoring(&self) -> &'a Scoring {
        &self.options.scoring
    }

    /// The streams of the report in its order, as indexes into the snapshot's.
    pub fn stream_indexes(&self) -> &[u32] {
        &self.streams
    }

    /// The row of a call; `None` for what is none or is not chosen.
    pub fn call(&self, id: ConversationId) -> Option<CallRow<'a>> {
        call::row(self, id)
    }

    /// The row of a registration; `None` for what is none or is not chosen.
    pub fn registration(&self, id: ConversationId) -> Option<RegistrationRow<'a>> {
        registration::row(self, id)
    }

    /// The row of another exchange; `None` for what is none or is not chosen.
    pub fn dialog(&self, id: ConversationId) -> Option<DialogRow<'a>> {
        other::dialog(self, id)
    }

    /// What the user calls a host.
    pub fn address_name(&self, ip: IpAddr) -> Option<&str> {
        self.options.names.of(Endpoint::new(ip, 0))
    }

    /// The findings about a conversation with their indexes.
    pub(super) fn findings_about(
        &self,
        id: ConversationId,
    ) -> impl Iterator<Item = (usize, &Finding)> {
        let indexes = self.findings_of.get(&id).into_iter().flatten();
        indexes.filter_map(|index| Some((*index, self.findings.get(*index)?)))
    }

    /// The rule of each finding.
    pub(super) fn finding_codes(&self) -> impl Iterator<Item = &'static str> {
        self.findings.iter().map(|finding| finding.code)
    }

    /// What the user calls hosts.
    pub(super) fn names(&self) -> &'a Names {
        &self.options.names
    }

    /// The streams of a call with their indexes.
    pub(super) fn streams_of(&self, id: ConversationId) -> Vec<(u32, &'a Stream)> {
        let snapshot = self.snapshot;
        let legs = snapshot.legs.members(id).flat_map(|leg| snapshot.streams_of(leg));
        let with_index = |index: &u32| Some((*index, snapshot.streams.get(*index as usize)?));
        let mut streams: Vec<_> = legs.filter_map(with_index).collect();
        streams.sort_unstable_by_key(|(index, _)| *index);
        streams
    }

    /// The legs of a call, its leader first.
    pub(super) fn members(
        &self,
        id: ConversationId,
    ) -> impl Iterator<Item = (ConversationId, &'a Conversation, &'a Call)> {
        let snapshot = self.snapshot;
        snapshot.legs.members(id).filter_map(|leg| {
            let conversation = snapshot.conversations.get(leg.0 as usize)?;
            Some((leg, conversation, conversation.call()?))
        })
    }

    /// The streams of a call that no relay passes on: those that somebody hears.
    pub(super) fn last_hops(&self, id: ConversationId) -> impl Iterator<Item = &'a Stream> {
        let streams: Vec<_> = self.streams_of(id).into_iter().map(|(_, stream)| stream).collect();
        let receiver = |stream: &Stream| stream.binding.map(|binding| binding.receiver);
        let heard: Vec<_> = streams
            .iter()
            .filter(|stream| {
                let passed_on = |other: &&&Stream| {
                    other.flow.src.ip == stream.flow.dst.ip
                        && other.flow.dst.ip != stream.flow.src.ip
                        && receiver(other) == receiver(stream)
                };
                !streams.iter().any(|other| passed_on(&other))
            })
            .copied()
            .collect();
        heard.into_iter()
    }

    /// The round trip between the capture point and the sender of a stream.
    fn reverse_leg(&self, index: u32) -> Option<Span> {
        let stream = self.snapshot.streams.get(index as usize)?;
        self.legs.get(&stream.flow.reversed()).copied()
    }

    /// The round trip between the two ends of a stream, when reports of both
    /// passed the capture point.
    pub(super) fn round_trip(&self, index: u32) -> Option<Span> {
        let to_receiver = self.snapshot.streams.get(index as usize)?.rtcp.leg?;
        let stream = self.snapshot.streams.get(index as usize)?;
        let to_sender = self.reverse_leg(index).or(stream.rtcp.sender_leg)?;
        Some(Span::from_nanos(to_receiver.nanos().saturating_add(to_sender.nanos())))
    }

    /// The voice quality reports about a call.
    pub(super) fn vq_reports_about(&self, call_id: &str) -> impl Iterator<Item = &'a Reported> {
        self.vq_reports(&self.vq_about, call_id)
    }

    /// The voice quality reports that a conversation carried.
    pub(super) fn vq_reports_in(&self, call_id: &str) -> impl Iterator<Item = &'a Reported> {
        self.vq_reports(&self.vq_in, call_id)
    }

    fn vq_reports(
        &self,
        index: &HashMap<&str, Vec<u32>>,
        call_id: &str,
    ) -> impl Iterator<Item = &'a Reported> + use<'a> {
        let snapshot = self.snapshot;
        let found: Vec<_> = index.get(call_id).cloned().unwrap_or_default();
        found.into_iter().filter_map(move |index| snapshot.vq_reports.list().get(index as usize))
    }

    /// What stream `index` has to do with others.
    pub(super) fn relation(&self, index: u32) -> Option<&'a Relation> {
        self.snapshot.stream_relations.get(&index)
    }

    /// Media of a call that are not RTP.
    pub(super) fn other_media_of(
        &self,
        id: ConversationId,
    ) -> impl Iterator<Item = &'a OtherMedia> {
        let legs = &self.snapshot.legs;
        self.snapshot.other_media.iter().filter(move |media| legs.leader(media.call) == id)
    }

    /// The conversations chosen, in order; of a call of several legs, the first.
    pub(super) fn chosen(&self) -> impl Iterator<Item = (ConversationId, &'a Conversation)> {
        let numbers = self.number.iter();
        let all = (0..).map(ConversationId).zip(&self.snapshot.conversations).zip(numbers);
        let legs = &self.snapshot.legs;
        all.filter(|((id, _), number)| number.is_some() && !legs.is_later_leg(*id))
            .map(|(chosen, _)| chosen)
    }

    /// The call that a conversation is a leg of, by its first leg.
    pub fn leader(&self, id: ConversationId) -> ConversationId {
        self.snapshot.legs.leader(id)
    }

    /// The calls, in order, each by its first leg.
    pub fn calls(&self) -> &[ConversationId] {
        &self.calls
    }

    /// The worst severity among the findings, those included of what has left.
    pub fn worst_finding(&self) -> Option<Severity> {
        let before = self.options.totals.as_ref().and_then(|totals| totals.worst_finding());
        before.max(self.worst_finding_here())
    }

    /// The same of this snapshot alone.
    pub(super) fn worst_finding_here(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

/// Builds the report.
pub fn build<'a>(context: &'a Context<'a>) -> Report<'a> {
    let Lists { calls, registrations, dialogs, streams, endpoints, findings } = Lists::of(context);
    Report {
        schema: SCHEMA,
        generator: GeneratorRow { name: "siplens", version: env!("CARGO_PKG_VERSION") },
        capture: capture(context),
        summary: context.summary().clone(),
        calls,
        registrations,
        dialogs,
        streams,
        endpoints,
        findings,
    }
}

fn capture(context: &Context<'_>) -> CaptureRow {
    let inputs = &context.options.inputs;
    let counters = &context.snapshot.counters;
    let sources = inputs.iter().map(|input| SourceRow {
        first_time: input.span.map(|(first, _)| context.time(first)),
        last_time: input.span.map(|(_, last)| context.time(last)),
        duration_s: input.span.map(|(first, last)| last.since(first).as_secs()),
        ..input.row.clone()
    });
    let of_inputs = inputs.iter().flat_map(|input| &input.problems);
    let of_files = context.options.problems.iter().chain(of_inputs).map(|problem| ProblemRow {
        code: problem.code.clone(),
        layer: problem.code.split('.').next().unwrap_or_default().to_owned(),
        count: problem.count,
        first_frame: problem.first_frame.map(|frame| context.frame(frame)),
        text: problem.text.clone(),
    });
    let of_frames = counters.occurred().map(|(reason, problem)| ProblemRow {
        code: reason.code().to_owned(),
        layer: reason.layer().to_owned(),
        count: problem.count,
        first_frame: problem.first_frame.map(|frame| context.frame(frame)),
        text: reason.text().to_owned(),
    });
    let first = inputs.iter().filter_map(|input| input.span).map(|(first, _)| first).min();
    let last = inputs.iter().filter_map(|input| input.span).map(|(_, last)| last).max();
    CaptureRow {
        sources: sources.collect(),
        first_time: first.map(|first| context.time(first)),
        last_time: last.map(|last| context.time(last)),
        duration_s: context.snapshot.duration().map(Span::as_secs),
        counts: CountsRow {
            packets: counters.packets,
            sip_messages: counters.sip_messages,
            rtp_packets: counters.rtp_packets,
            rtcp_packets: counters.rtcp_packets,
            stun_packets: counters.stun_packets,
            other_packets: counters.other_packets,
            copied_packets: counters.copies
                + context.snapshot.streams.iter().map(|stream| stream.vantages.copies).sum::<u64>(),
            left_out_packets: context.options.left_out,
        },
        drops: super::drops::rows(context),
        problems: of_files.chain(of_frames).chain(endpoints::problems(context)).collect(),
    }
}
