//! A finding's row.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::FrameRef;
use crate::diagnosis::Finding;

/// Something that is wrong, with the frames that show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct FindingRow {
    /// Stable within the report: `finding-1`.
    pub id: String,
    /// The rule: `media.one-way`.
    pub code: &'static str,
    /// `fault`, `warning` or `note`.
    #[schemars(extend("enum" = ["fault", "warning", "note"]))]
    pub severity: &'static str,
    /// One line.
    pub title: String,
    /// What happened, and how it shows.
    pub explanation: String,
    /// What to do about it.
    pub fix: &'static str,
    /// The clause that says how it should be.
    pub reference: &'static str,
    /// The call, if it concerns one.
    pub call: Option<String>,
    /// The registration, if it concerns one.
    pub registration: Option<String>,
    /// The stream, if it concerns one.
    pub stream: Option<String>,
    /// The frames that show it.
    pub evidence: Vec<EvidenceRow>,
    /// What was looked at and found in order.
    pub ruled_out: Vec<String>,
}

/// A frame, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct EvidenceRow {
    /// The frame.
    pub frame: FrameRef,
    /// What it shows.
    pub text: String,
}

/// The row of finding `index`.
pub(super) fn row(context: &Context<'_>, index: usize, finding: &Finding) -> FindingRow {
    let evidence = finding.evidence.iter();
    FindingRow {
        id: context.finding_name(index),
        code: finding.code,
        severity: finding.severity.name(),
        title: finding.title.clone(),
        explanation: finding.explanation.clone(),
        fix: finding.fix,
        reference: finding.reference,
        call: context.call_name(finding.conversation),
        registration: context.registration_name(finding.conversation),
        stream: finding.stream.map(|index| context.stream_name(index)),
        evidence: evidence
            .map(|shown| EvidenceRow {
                frame: context.frame(shown.frame),
                text: shown.text.clone(),
            })
            .collect(),
        ruled_out: finding.ruled_out.clone(),
    }
}
