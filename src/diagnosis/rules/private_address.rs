//! A private address announced to a public network.

use std::net::IpAddr;

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::Side;

/// `sdp.private-address`
pub(super) struct PrivateAddress;

impl Rule for PrivateAddress {
    fn code(&self) -> &'static str {
        "sdp.private-address"
    }

    fn summary(&self) -> &'static str {
        "SDP announces a private address while its sender signals from a public one."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for side in [Side::Caller, Side::Callee] {
            let Some((flow, frame, announced)) = shown(subject, side) else { continue };
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Warning,
                title: format!("The {} announced the private address {announced} for its media", side.name()),
                explanation: format!(
                    "The session description names {announced}, which cannot be reached from outside its \
                     network, but came from the public address {flow}. Media sent there are lost unless the \
                     other side sends back to where media come from."
                ),
                fix: "Let the device announce its external address (STUN, ICE or a configured address), or put \
                      a session border controller or media relay in the way.",
                reference: "RFC 3264 section 5",
                conversation: subject.id,
                stream: None,
                evidence: vec![Evidence { frame, text: format!("SDP says {announced}, the packet comes from {flow}") }],
                ruled_out: Vec::new(),
            });
        }
    }
}

/// Where a description with a private address came from, its frame, and that address.
fn shown(subject: &Subject<'_>, side: Side) -> Option<(IpAddr, crate::base::id::FrameNo, IpAddr)> {
    let conversation = subject.conversation;
    conversation.messages.iter().filter(|message| message.has_sdp).find_map(|message| {
        let flow = conversation.flow_of(message)?;
        let mut announced = subject.announced.in_frame(subject.id, message.frame);
        let (endpoint, _) = announced
            .find(|(endpoint, expected)| expected.side == side && endpoint.is_private())?;
        let public = !flow.src.is_private() && !flow.src.ip.is_loopback();
        public.then_some((flow.src.ip, message.frame, endpoint.ip))
    })
}
