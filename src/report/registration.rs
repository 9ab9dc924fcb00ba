//! A registration's row.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::message::{self, MessageRow, start_of};
use super::transaction::{self, HopRow, TransactionRow};
use super::value::{Address, FrameRef};
use crate::base::time::Span;
use crate::track::ConversationId;
use crate::track::binding::Binding;
use crate::track::hops::Travels;
use crate::track::location::{Location, Use};
use crate::track::text::Texts;

/// A registration.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RegistrationRow<'a> {
    /// Stable within the report: `registration-1`.
    pub id: String,
    /// The address of record.
    pub aor: Option<String>,
    /// The contact bound last.
    pub contact: Option<String>,
    /// Where the REGISTERs come from.
    pub address: Option<Address>,
    /// User-Agent of its first REGISTER.
    pub user_agent: Option<String>,
    /// `pending`, `registered`, `expired`, `unregistered`, `challenged`, `failed` or `timed_out`.
    #[schemars(extend("enum" = ["pending", "registered", "expired", "unregistered", "challenged", "failed", "timed_out"]))]
    pub state: &'static str,
    /// Lifetime that the registrar granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First REGISTER to its 2xx, challenge included (RFC 6076 section 4.1).
    pub delay_ms: Option<f64>,
    /// When the first message came.
    pub start_time: String,
    /// Attempts: a challenged REGISTER and its successor are one.
    pub attempts: u32,
    /// Attempts that got a 2xx.
    pub succeeded: u32,
    /// Attempts that were refused or got no answer.
    pub failed: u32,
    /// Attempts that asked for the contact again while it was bound.
    pub refreshes: u32,
    /// Attempts that asked to remove bindings and were accepted.
    pub removals: u32,
    /// Challenges (401, 407).
    pub challenges: u32,
    /// The latest challenge.
    pub challenge: Option<ChallengeRow>,
    /// The contacts that the registrar holds or held, in order of appearance.
    pub bindings: Vec<BindingRow>,
    /// Contacts beyond the cap: counted, not listed.
    pub bindings_dropped: u32,
    /// Whether device and registrar keep flows open (RFC 5626).
    pub outbound: bool,
    /// Seconds within which the registrar wants to hear from a flow (RFC 5626 section 4.4).
    pub flow_timer_s: Option<u64>,
    /// Path (RFC 3327): through which proxies requests reach the device, the registrar's next first.
    pub path: Vec<String>,
    /// Service-Route (RFC 3608): through which proxies the device shall send.
    pub service_route: Vec<String>,
    /// P-Associated-URI (RFC 7315): identities that are registered with it.
    pub associated_uris: Vec<String>,
    /// Times that the address of record was lost and bound again, over all its registrations.
    pub returns: u32,
    /// Whether it came and went three times within ten minutes (an assumption of siplens).
    pub flapping: bool,
    /// Calls whose INVITE was sent to a binding of it while that was in force.
    pub calls: u64,
    /// The first of those.
    pub used_by: Vec<UseRow>,
    /// Its SIP messages in order of capture.
    pub messages: Vec<MessageRow<'a>>,
    /// Its transactions, each hop's apart, in the order of their first messages.
    pub transactions: Vec<TransactionRow<'a>>,
    /// The hops over which its messages went.
    pub hops: Vec<HopRow>,
    /// Findings about it.
    pub findings: Vec<String>,
}

/// A challenge.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ChallengeRow {
    /// `Digest`
    pub scheme: String,
    /// The realm.
    pub realm: Option<String>,
    /// `MD5`, `SHA-256`, `AKAv1-MD5`.
    pub algorithm: Option<String>,
}

/// A contact bound to the address of record.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct BindingRow {
    /// The contact's URI.
    pub contact: String,
    /// `bound`, `expired` or `removed`, at the end of the capture.
    #[schemars(extend("enum" = ["bound", "expired", "removed"]))]
    pub state: &'static str,
    /// Whether this client asked for it; else the registrar listed it as another's.
    pub own: bool,
    /// Lifetime granted last, in seconds.
    pub expires_s: Option<u64>,
    /// When it was bound, last if it was lost in between.
    pub bound_time: String,
    /// The frame of the 2xx that first listed it.
    pub frame: FrameRef,
    /// When its lifetime ends or ended, unless it is removed before.
    pub end_time: Option<String>,
    /// When it was removed.
    pub removed_time: Option<String>,
    /// Times that its lifetime was granted anew.
    pub refreshes: u32,
    /// Times that it was lost and bound again.
    pub lapses: u32,
    /// The preference among the contacts, as sent.
    pub q: Option<String>,
    /// The device (RFC 5626): `urn:uuid:...`.
    pub instance: Option<String>,
    /// The device's flow (RFC 5626).
    pub reg_id: Option<u32>,
    /// The public GRUU (RFC 5627).
    pub public_gruu: Option<String>,
    /// The temporary GRUU.
    pub temporary_gruu: Option<String>,
}

/// A call that used a binding.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct UseRow {
    /// The call; null if the report leaves it out.
    pub call: Option<String>,
    /// The frame of its INVITE.
    pub frame: FrameRef,
    /// The contact.
    pub contact: String,
}

/// The row of a registration.
pub(super) fn row<'a>(context: &Context<'a>, id: ConversationId) -> Option<RegistrationRow<'a>> {
    let conversation = context.snapshot.conversations.get(id.0 as usize)?;
    let registration = conversation.registration()?;
    let (texts, now) = (conversation.texts(), context.snapshot.now());
    let location = context.snapshot.locations.get(id).cloned().unwrap_or_default();
    let Location { uses, used, returns, flapping, .. } = location;
    let used_by = |one: &Use| {
        let binding = registration.bindings.list.get(one.binding as usize)?;
        Some(UseRow {
            call: context.call_name(one.call),
            frame: context.frame(one.frame),
            contact: binding.contact(texts).to_owned(),
        })
    };
    let (start, travels) = (start_of(conversation), Travels::of(conversation));
    let (transactions, hops) = transaction::all(context, conversation, &travels);
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Some(RegistrationRow {
        id: context.name(id)?,
        aor: registration.aor(texts).map(str::to_owned),
        contact: registration.contact(texts).map(str::to_owned),
        address: registration.address.map(Address::from),
        user_agent: conversation.first_agent().map(str::to_owned),
        state: registration.state(now).name(),
        expires_s: registration.expires_s,
        delay_ms: registration.delay.map(Span::as_ms),
        start_time: context.time(start),
        attempts: registration.attempts,
        succeeded: registration.succeeded,
        failed: registration.failed_by(now),
        refreshes: registration.refreshes,
        removals: registration.removals,
        challenges: registration.challenges,
        challenge: registration.challenge(texts).map(|[scheme, realm, algorithm]| ChallengeRow {
            scheme: scheme.to_owned(),
            realm: some(realm),
            algorithm: some(algorithm),
        }),
        bindings: registration
            .bindings
            .list
            .iter()
            .map(|one| binding(context, one, texts))
            .collect(),
        bindings_dropped: registration.bindings.dropped,
        outbound: registration.outbound,
        flow_timer_s: registration.flow_timer_s,
        path: registration.path(texts).map(str::to_owned).collect(),
        service_route: registration.service_route(texts).map(str::to_owned).collect(),
        associated_uris: registration.associated_uris(texts).map(str::to_owned).collect(),
        returns,
        flapping: !flapping.is_empty(),
        calls: used,
        used_by: uses.iter().filter_map(used_by).collect(),
        messages: message::rows(context, conversation, &travels, start),
        transactions,
        hops,
        findings: context.findings_of(id),
    })
}

fn binding(context: &Context<'_>, binding: &Binding, texts: &Texts) -> BindingRow {
    let now = context.snapshot.now();
    BindingRow {
        contact: binding.contact(texts).to_owned(),
        state: binding.state(now).name(),
        own: binding.is_own,
        expires_s: binding.expires_s,
        bound_time: context.time(binding.bound_at),
        frame: context.frame(binding.frame),
        end_time: binding.ends().map(|end| context.time(end)),
        removed_time: binding.removed_at.map(|at| context.time(at)),
        refreshes: binding.refreshes,
        lapses: binding.lapses,
        q: binding.q(texts).map(str::to_owned),
        instance: binding.instance(texts).map(str::to_owned),
        reg_id: binding.reg_id,
        public_gruu: binding.public_gruu(texts).map(str::to_owned),
        temporary_gruu: binding.temporary_gruu(texts).map(str::to_owned),
    }
}
