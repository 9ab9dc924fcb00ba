//! Subscriptions, publications, and what bodies said.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::FrameRef;
use crate::base::time::Span;
use crate::track::conversation::Conversation;
use crate::track::message::Method;
use crate::track::subscription::{Body, Subscription};

/// The events of a call or exchange.
#[derive(Clone, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct EventsRow {
    /// Subscriptions and publications by package, in order.
    pub subscriptions: Vec<SubscriptionRow>,
    /// What the bodies of NOTIFY, PUBLISH, MESSAGE and their like said, in order.
    pub bodies: Vec<BodyRow>,
    /// Bodies beyond the cap: counted, not listed.
    pub bodies_dropped: u64,
}

/// A subscription (RFC 6665) or publication (RFC 3903).
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SubscriptionRow {
    /// The event package: `presence`, `dialog`, `message-summary`, `reg`, `refer`, `vq-rtcpxr`;
    /// null when a message names none.
    pub event: Option<String>,
    /// The `id` of Event.
    pub event_id: Option<String>,
    /// What began it: `SUBSCRIBE`, `REFER` (an implicit subscription, RFC 3515) or `PUBLISH`;
    /// `NOTIFY` when no request was seen.
    pub method: &'static str,
    /// Who asked: `caller` (who sent the conversation's first request) or `callee`.
    pub subscriber: &'static str,
    /// `requested`, `accepted`, `pending`, `active`, `terminated`, `expired`, `challenged`,
    /// `failed` or `timed_out`, at the end of the capture.
    #[schemars(extend("enum" = ["requested", "accepted", "pending", "active", "terminated", "expired",
        "challenged", "failed", "timed_out"]))]
    pub state: &'static str,
    /// Why the notifier ended it, as Subscription-State says.
    pub reason: Option<String>,
    /// Lifetime granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First request to its 2xx, challenge included.
    pub delay_ms: Option<f64>,
    /// First request to the first NOTIFY.
    pub first_notify_ms: Option<f64>,
    /// Requests after the first that were accepted and did not end it.
    pub refreshes: u32,
    /// NOTIFYs.
    pub notifies: u32,
    /// Status of the last final answer to its requests.
    pub last_status: Option<u16>,
    /// The entity tag of a publication.
    pub etag: Option<String>,
}

/// What a body said.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct BodyRow {
    /// The frame of the message.
    pub frame: FrameRef,
    /// When that was captured.
    pub time: String,
    /// The request's method.
    pub method: &'static str,
    /// Who sent it.
    pub from: &'static str,
    /// The media type.
    pub content_type: String,
    /// What it says, in a line; its size where siplens does not read the type.
    pub text: String,
}

/// The events of a conversation, or of the legs of a call together, if there are any.
pub(super) fn row<'c>(
    context: &Context<'_>,
    legs: impl Iterator<Item = &'c Conversation>,
) -> Option<EventsRow> {
    let mut row: Option<EventsRow> = None;
    for conversation in legs {
        let Some(events) = &conversation.notes.events else { continue };
        let row = row.get_or_insert_default();
        let subscription = |one: &Subscription| subscription(context, conversation, one);
        row.subscriptions.extend(events.subscriptions.iter().map(subscription));
        row.bodies.extend(events.bodies.iter().map(|one| body(context, one)));
        row.bodies_dropped += events.bodies_dropped;
    }
    row
}

fn subscription(
    context: &Context<'_>,
    conversation: &Conversation,
    one: &Subscription,
) -> SubscriptionRow {
    let texts = conversation.texts();
    let package = one.package(texts);
    SubscriptionRow {
        event: (!package.is_empty()).then(|| package.to_owned()),
        event_id: one.id(texts).map(str::to_owned),
        method: one.by.name(),
        subscriber: one.subscriber.name(),
        state: one.state(context.snapshot.now()).name(),
        reason: one.reason(texts).map(str::to_owned),
        expires_s: one.expires_s,
        delay_ms: one.delay.map(Span::as_ms),
        first_notify_ms: one.first_notify.map(Span::as_ms),
        refreshes: one.refreshes,
        notifies: one.notifies,
        last_status: one.last_status,
        etag: one.etag(texts).map(str::to_owned),
    }
}

fn body(context: &Context<'_>, body: &Body) -> BodyRow {
    BodyRow {
        frame: context.frame(body.frame),
        time: context.time(body.at),
        method: match body.method {
            Method::Other => "other",
            method => method.name(),
        },
        from: body.from.name(),
        content_type: body.media_type.clone(),
        text: body.text.clone(),
    }
}
