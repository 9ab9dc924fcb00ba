//! Who is who and by which way, as header fields say.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::stir::{self, PassportRow};
use super::value::FrameRef;
use crate::track::conversation::Conversation;
use crate::track::identity::{
    Diversion, History, Identity, IsupSeen, Named, Naming, Seen, q850_text,
};

/// Identity and routing facts of a call or exchange.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct IdentityRow {
    /// Request-URIs of its INVITEs outside a dialog, each once, in order.
    pub request_uris: Vec<String>,
    /// User-Agent and Server of its messages, each once, in order.
    pub user_agents: Vec<String>,
    /// P-Asserted-Identity (RFC 3325).
    pub p_asserted_identity: Vec<NamedRow>,
    /// P-Preferred-Identity (RFC 3325).
    pub p_preferred_identity: Vec<NamedRow>,
    /// Remote-Party-ID.
    pub remote_party_id: Vec<NamedRow>,
    /// Values of Privacy (RFC 3323).
    pub privacy: Vec<String>,
    /// Diversion (RFC 5806), the latest first.
    pub diversion: Vec<DiversionRow>,
    /// History-Info (RFC 7044).
    pub history_info: Vec<HistoryRow>,
    /// Signed caller identities (RFC 8224).
    pub stir: Vec<PassportRow>,
    /// Frames of Identity header fields that cannot be read.
    pub stir_unreadable: Vec<FrameRef>,
    /// What marks an emergency call; null for other calls.
    pub emergency: Option<EmergencyRow>,
    /// Geolocation (RFC 6442).
    pub geolocation: Vec<String>,
    /// Resource-Priority (RFC 4412).
    pub resource_priority: Vec<String>,
    /// ISUP messages in its bodies (SIP-I, RFC 3204).
    pub isup: Vec<IsupRow>,
    /// Facts beyond the cap: counted, not listed.
    pub dropped: u32,
}

/// Somebody named by a header field.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NamedRow {
    /// Whom it names: `caller` or `callee`.
    pub of: &'static str,
    /// The URI as sent.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// The display name.
    pub display_name: Option<String>,
    /// Remote-Party-ID: `calling` or `called`.
    pub party: Option<String>,
    /// Remote-Party-ID: whether the network vouches for it.
    pub screen: Option<String>,
    /// Remote-Party-ID: `off`, `full`, `name` or `uri`.
    pub privacy: Option<String>,
    /// The frame of the message.
    pub frame: FrameRef,
}

/// A diversion.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct DiversionRow {
    /// Who diverted the call.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// `user-busy`, `no-answer`, `unconditional` and others.
    pub reason: Option<String>,
    /// How many diversions it stands for.
    pub counter: Option<u32>,
    /// `full`, `name`, `uri` or `off`.
    pub privacy: Option<String>,
    /// Whether the diverting user was screened.
    pub screen: Option<String>,
    /// The frame of the message.
    pub frame: FrameRef,
}

/// An entry of History-Info.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct HistoryRow {
    /// Its place: `1.1.2`.
    pub index: Option<String>,
    /// Where the request was sent.
    pub uri: String,
    /// Its user part, a tel URI's number.
    pub user: Option<String>,
    /// Why it went on from there: `SIP` or `Q.850`.
    pub protocol: Option<String>,
    /// The cause of that protocol, else of the URI's `cause` parameter (RFC 4458).
    pub cause: Option<u32>,
    /// The text of that reason.
    pub text: Option<String>,
    /// How the target was found: `rc`, `mp` or `np`.
    pub target: Option<&'static str>,
    /// The index of the entry that it was found from.
    pub target_from: Option<String>,
    /// Whether it asks to be kept private.
    pub private: bool,
    /// The frame of the message.
    pub frame: FrameRef,
}

/// What marks an emergency call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct EmergencyRow {
    /// The service: `urn:service:sos.fire` (RFC 5031).
    pub service: String,
    /// The frame of the message that asks for it.
    pub frame: FrameRef,
    /// The caller's location as a body has it: coordinates, else a civic address.
    pub location: Option<String>,
}

/// An ISUP message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct IsupRow {
    /// The frame of the message.
    pub frame: FrameRef,
    /// Who sent it: `caller` or `callee`.
    pub from: &'static str,
    /// Its type: `IAM`, `ACM`, `ANM`, `REL`.
    pub message: &'static str,
    /// Called party number.
    pub called: Option<NumberRow>,
    /// Calling party number.
    pub calling: Option<NumberRow>,
    /// Original called and redirecting numbers.
    pub redirected_from: Vec<NumberRow>,
    /// Q.850 cause.
    pub cause: Option<u8>,
    /// Its text.
    pub cause_text: Option<&'static str>,
    /// Where it arose.
    pub cause_location: Option<&'static str>,
}

/// A number of an ISUP message.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NumberRow {
    /// Its digits.
    pub digits: String,
    /// `international`, `national`, `subscriber` and others.
    pub nature: &'static str,
    /// `allowed`, `restricted` or `not available`.
    pub presentation: Option<&'static str>,
}

/// User agents of one conversation that are listed.
const MAX_AGENTS: usize = 16;

/// The identity facts of a conversation, or of the legs of a call together.
pub(super) fn row<'c>(
    context: &Context<'_>,
    legs: impl Iterator<Item = &'c Conversation>,
) -> IdentityRow {
    let mut row = IdentityRow::default();
    for conversation in legs {
        let texts = conversation.texts();
        for target in &conversation.notes.targets {
            add(&mut row.request_uris, target.uri(texts), usize::MAX);
        }
        for message in &conversation.messages {
            if let Some(agent) = conversation.agent_of(message) {
                add(&mut row.user_agents, agent, MAX_AGENTS);
            }
        }
        if let Some(identity) = &conversation.notes.identity {
            row.add(context, identity);
        }
    }
    row
}

fn add(texts: &mut Vec<String>, text: &str, most: usize) {
    if texts.len() < most && !texts.iter().any(|known| known == text) {
        texts.push(text.to_owned());
    }
}

impl IdentityRow {
    /// Adds the facts of one leg.
    fn add(&mut self, context: &Context<'_>, identity: &Identity) {
        let named = |by: Naming| {
            let of_kind = identity.named.iter().filter(move |named| named.by == by);
            of_kind.map(|named| self::named(context, named))
        };
        let texts = |seen: &[Seen<String>], to: &mut Vec<String>| {
            for (_, text) in seen {
                add(to, text, usize::MAX);
            }
        };
        self.p_asserted_identity.extend(named(Naming::Asserted));
        self.p_preferred_identity.extend(named(Naming::Preferred));
        self.remote_party_id.extend(named(Naming::RemoteParty));
        texts(&identity.privacy, &mut self.privacy);
        self.diversion.extend(identity.diversions.iter().map(|one| diversion(context, one)));
        self.history_info.extend(identity.history.iter().map(|one| history(context, one)));
        self.stir.extend(identity.passports.iter().map(|one| stir::row(context, one)));
        self.stir_unreadable.extend(identity.bad_passports.iter().map(|at| context.frame(*at)));
        if let (None, Some((frame, service))) = (&self.emergency, &identity.emergency) {
            self.emergency = Some(EmergencyRow {
                service: service.clone(),
                frame: context.frame(*frame),
                location: identity.location.first().map(|(_, location)| location.clone()),
            });
        }
        texts(&identity.geolocation, &mut self.geolocation);
        texts(&identity.resource_priority, &mut self.resource_priority);
        self.isup.extend(identity.isup.iter().map(|one| isup(context, one)));
        self.dropped = self.dropped.saturating_add(identity.dropped);
    }
}

fn named(context: &Context<'_>, named: &Named) -> NamedRow {
    NamedRow {
        of: named.of.name(),
        uri: named.uri.clone(),
        user: named.user.clone(),
        display_name: named.display_name.clone(),
        party: named.party.clone(),
        screen: named.screen.clone(),
        privacy: named.privacy.clone(),
        frame: context.frame(named.frame),
    }
}

fn diversion(context: &Context<'_>, diversion: &Diversion) -> DiversionRow {
    DiversionRow {
        uri: diversion.uri.clone(),
        user: diversion.user.clone(),
        reason: diversion.reason.clone(),
        counter: diversion.counter,
        privacy: diversion.privacy.clone(),
        screen: diversion.screen.clone(),
        frame: context.frame(diversion.frame),
    }
}

fn history(context: &Context<'_>, history: &History) -> HistoryRow {
    let reason = history.reason.as_ref();
    let cause = reason.and_then(|reason| reason.cause);
    let is_q850 = reason.is_some_and(|reason| reason.protocol.eq_ignore_ascii_case("Q.850"));
    let q850 = cause.filter(|_| is_q850).and_then(q850_text);
    HistoryRow {
        index: history.index.clone(),
        uri: history.uri.clone(),
        user: history.user.clone(),
        protocol: reason.map(|reason| reason.protocol.clone()),
        cause: cause.or(history.cause),
        text: reason.and_then(|reason| reason.text.clone()).or_else(|| q850.map(str::to_owned)),
        target: history.target.as_ref().map(|(name, _)| *name),
        target_from: history.target.as_ref().map(|(_, from)| from.clone()),
        private: history.is_private,
        frame: context.frame(history.frame),
    }
}

fn isup(context: &Context<'_>, seen: &IsupSeen) -> IsupRow {
    let isup = &seen.isup;
    macro_rules! number {
        ($number:expr) => {
            NumberRow {
                digits: $number.digits.clone(),
                nature: $number.nature,
                presentation: $number.presentation,
            }
        };
    }
    IsupRow {
        frame: context.frame(seen.frame),
        from: seen.from.name(),
        message: seen.name(),
        called: isup.called.as_ref().map(|number| number!(number)),
        calling: isup.calling.as_ref().map(|number| number!(number)),
        redirected_from: isup.redirected_from.iter().map(|number| number!(number)).collect(),
        cause: isup.cause.map(|cause| cause.value),
        cause_text: seen.cause_text(),
        cause_location: isup.cause.map(|cause| cause.location),
    }
}
