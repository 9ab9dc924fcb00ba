//! Events: subscriptions (RFC 6665), publications (RFC 3903), and what the
//! bodies of NOTIFY, PUBLISH and MESSAGE say.

use super::Side;
use super::attempt::{TIMER_B, is_challenge};
use super::message::Arrived;
use super::text::{Text, Texts};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::wire::bytes::{decimal, split_once, trim};
use crate::wire::event;
use crate::wire::sip::param::Params;
use crate::wire::sip::{Method, Name};

/// Where a subscription or publication stands at the end of what was seen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EventState {
    /// Asked for, not answered yet.
    Requested,
    /// Accepted; no NOTIFY has said more.
    Accepted,
    /// The notifier has not decided yet (`Subscription-State: pending`).
    Pending,
    /// In force.
    Active,
    /// Ended by either side.
    Terminated,
    /// Its time ran out and nobody refreshed it.
    Expired,
    /// Challenged, and not answered.
    Challenged,
    /// Refused.
    Failed,
    /// Nobody answered within Timer F.
    TimedOut,
}

impl EventState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Accepted => "accepted",
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Terminated => "terminated",
            Self::Expired => "expired",
            Self::Challenged => "challenged",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
        }
    }
}

/// A request under way and its answer.
#[derive(Clone, Copy, Debug)]
struct Open {
    at: Timestamp,
    cseq: Option<u32>,
    vias: usize,
    last: Option<u16>,
    asked_s: Option<u64>,
}

/// A SUBSCRIBE or PUBLISH with its refreshes, or the NOTIFYs that nobody asked for.
#[derive(Clone, Debug)]
pub struct Subscription {
    package: Text,
    id: Text,
    /// `SUBSCRIBE`, `REFER` or `PUBLISH`; `NOTIFY` when that was not seen.
    pub by: Method,
    /// Who asked.
    pub subscriber: Side,
    /// Lifetime granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First request to its 2xx, challenge included.
    pub delay: Option<Span>,
    /// Requests after the first that were accepted.
    pub refreshes: u32,
    /// NOTIFYs.
    pub notifies: u32,
    /// First request to the first NOTIFY.
    pub first_notify: Option<Span>,
    /// The status of the last final answer to its requests.
    pub last_status: Option<u16>,
    first_at: Timestamp,
    /// When the lifetime granted last began.
    granted_at: Option<Timestamp>,
    /// What the latest NOTIFY said.
    told: Option<EventState>,
    reason: Text,
    etag: Text,
    open: Option<Open>,
}

/// What a body said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Body {
    /// The message's frame.
    pub frame: FrameNo,
    /// When that was captured.
    pub at: Timestamp,
    /// The method of the request.
    pub method: Method,
    /// Who sent it.
    pub from: Side,
    /// The media type, in small letters.
    pub media_type: String,
    /// What it says, in a line.
    pub text: String,
}

/// The events of one conversation.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// Subscriptions and publications by package, in order.
    pub subscriptions: Vec<Subscription>,
    /// What bodies said, in order.
    pub bodies: Vec<Body>,
    /// Bodies beyond the cap.
    pub bodies_dropped: u64,
    /// The latest request by method and side, to know the copies of other hops.
    latest: Vec<(Method, Side, u32)>,
}

impl Events {
    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        let texts = self.bodies.iter().map(|body| body.media_type.len() + body.text.len() + 32);
        size_of::<Self>()
            + self.subscriptions.capacity() * size_of::<Subscription>()
            + self.bodies.capacity() * size_of::<Body>()
            + texts.sum::<usize>()
            + self.latest.capacity() * size_of::<(Method, Side, u32)>()
    }
}

/// Subscriptions of one conversation that are told apart.
const MAX_SUBSCRIPTIONS: usize = 16;

fn method_of(arrived: &Arrived<'_>) -> Option<Method> {
    arrived.sip.method().or_else(|| arrived.sip.cseq().map(|cseq| cseq.method))
}

/// Whether a message has to do with events.
pub(super) fn concerns(arrived: &Arrived<'_>) -> bool {
    matches!(
        method_of(arrived),
        Some(
            Method::Subscribe | Method::Notify | Method::Publish | Method::Refer | Method::Message
        )
    )
}

impl Events {
    /// Takes a message; `requester` sent the request, or the one that is answered.
    pub(super) fn take(
        &mut self,
        arrived: &Arrived<'_>,
        requester: Side,
        texts: &mut Texts,
        max_bodies: usize,
    ) {
        let Some(method) = method_of(arrived) else { return };
        match arrived.sip.status() {
            Some(status) => {
                let cseq = arrived.sip.cseq().map(|cseq| cseq.number);
                let mut known = self.subscriptions.iter_mut();
                let asked = |known: &&mut Subscription| {
                    known.by == method && known.open.is_some_and(|open| open.cseq == cseq)
                };
                if let Some(subscription) = known.find(asked) {
                    subscription.answered(status, arrived, texts);
                }
            }
            None if self.is_hop_copy(method, requester, arrived) => {}
            None => {
                match method {
                    Method::Subscribe | Method::Publish | Method::Refer => {
                        self.asked(method, arrived, requester, texts);
                    }
                    Method::Notify => self.notified(arrived, requester, texts),
                    _ => {}
                }
                self.body(method, arrived, requester, max_bodies);
            }
        }
    }

    /// A request passes each hop with the same CSeq.
    fn is_hop_copy(&mut self, method: Method, side: Side, arrived: &Arrived<'_>) -> bool {
        let Some(number) = arrived.sip.cseq().map(|cseq| cseq.number) else { return false };
        let known = self.latest.iter_mut().find(|(of, by, _)| (*of, *by) == (method, side));
        match known {
            Some((.., latest)) if number <= *latest => true,
            Some((.., latest)) => {
                *latest = number;
                false
            }
            None => {
                self.latest.push((method, side, number));
                false
            }
        }
    }

    fn body(&mut self, method: Method, arrived: &Arrived<'_>, from: Side, most: usize) {
        let room = most.saturating_sub(self.bodies.len());
        let (lines, more) = event::lines(arrived.sip, room);
        self.bodies_dropped += more as u64;
        self.bodies.extend(lines.into_iter().map(|(media_type, text)| Body {
            frame: arrived.frame,
            at: arrived.at,
            method,
            from,
            media_type,
            text,
        }));
    }

    /// The subscription to a package, opened if there is room for it.
    fn find_or_open(
        &mut self,
        method: Method,
        arrived: &Arrived<'_>,
        subscriber: Side,
        texts: &mut Texts,
    ) -> Option<&mut Subscription> {
        let refer = || b"refer".as_slice();
        let value = arrived.sip.value(Name::Event);
        let (package, params) = split_once(value.unwrap_or_default(), b';');
        let package = if method == Method::Refer { refer() } else { trim(package) };
        let id = Params(params.unwrap_or_default()).get("id").unwrap_or_default();
        let same = |known: &Subscription| {
            texts.get(known.package).as_bytes().eq_ignore_ascii_case(package)
                && (known.by == Method::Publish) == (method == Method::Publish)
                // Only the second and later REFERs of a dialog need an id (RFC 3515 section 2.4.6).
                && (texts.get(known.id).as_bytes() == id || package.eq_ignore_ascii_case(b"refer"))
        };
        if let Some(index) = self.subscriptions.iter().position(same) {
            return self.subscriptions.get_mut(index);
        }
        if self.subscriptions.len() >= MAX_SUBSCRIPTIONS {
            return None;
        }
        self.subscriptions.push(Subscription {
            package: texts.put(package),
            id: texts.put(id),
            by: method,
            subscriber,
            expires_s: None,
            delay: None,
            refreshes: 0,
            notifies: 0,
            first_notify: None,
            last_status: None,
            first_at: arrived.at,
            granted_at: None,
            told: None,
            reason: Text::default(),
            etag: Text::default(),
            open: None,
        });
        self.subscriptions.last_mut()
    }

    fn asked(
        &mut self,
        method: Method,
        arrived: &Arrived<'_>,
        subscriber: Side,
        texts: &mut Texts,
    ) {
        let sip = arrived.sip;
        let Some(subscription) = self.find_or_open(method, arrived, subscriber, texts) else {
            return;
        };
        if subscription.by == Method::Notify {
            // Its NOTIFY overtook the SUBSCRIBE, or the capture began between them.
            (subscription.by, subscription.subscriber) = (method, subscriber);
        }
        subscription.open = Some(Open {
            at: arrived.at,
            cseq: sip.cseq().map(|cseq| cseq.number),
            vias: sip.via_count(),
            last: None,
            asked_s: sip.value(Name::Expires).and_then(decimal),
        });
    }

    fn notified(&mut self, arrived: &Arrived<'_>, notifier: Side, texts: &mut Texts) {
        let Some(subscription) =
            self.find_or_open(Method::Notify, arrived, notifier.other(), texts)
        else {
            return;
        };
        subscription.notifies = subscription.notifies.saturating_add(1);
        if subscription.by != Method::Notify {
            subscription.first_notify.get_or_insert(arrived.at.since(subscription.first_at));
        }
        let state = arrived.sip.value(Name::SubscriptionState);
        let (state, params) = split_once(state.unwrap_or_default(), b';');
        let params = Params(params.unwrap_or_default());
        subscription.told = match trim(state).to_ascii_lowercase().as_slice() {
            b"active" => Some(EventState::Active),
            b"pending" => Some(EventState::Pending),
            b"terminated" => Some(EventState::Terminated),
            _ => subscription.told,
        };
        if let Some(reason) = params.get("reason") {
            subscription.reason = texts.put_unless(subscription.reason, reason);
        }
        if let Some(expires) = params.get("expires").and_then(decimal) {
            (subscription.expires_s, subscription.granted_at) = (Some(expires), Some(arrived.at));
        }
    }
}

impl Subscription {
    fn answered(&mut self, status: u16, arrived: &Arrived<'_>, texts: &mut Texts) {
        let Some(open) = &mut self.open else { return };
        if status < 200 || open.last.is_some() || arrived.sip.via_count() != open.vias {
            return;
        }
        open.last = Some(status);
        let again = self.granted_at.is_some();
        self.last_status = Some(status);
        if !(200..300).contains(&status) {
            return;
        }
        let granted = arrived.sip.value(Name::Expires).and_then(decimal);
        self.expires_s = granted.or(open.asked_s).or(self.expires_s);
        self.granted_at = Some(arrived.at);
        self.delay.get_or_insert(arrived.at.since(self.first_at));
        if let Some(etag) = arrived.sip.value(Name::SipEtag) {
            self.etag = texts.put_unless(self.etag, etag);
        }
        self.refreshes += u32::from(again && self.expires_s != Some(0));
    }

    /// The event package; empty when a message names none.
    pub fn package<'t>(&self, texts: &'t Texts) -> &'t str {
        texts.get(self.package)
    }

    /// The `id` of Event.
    pub fn id<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        Some(texts.get(self.id)).filter(|id| !id.is_empty())
    }

    /// Why the notifier ended it, as `Subscription-State` says.
    pub fn reason<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        Some(texts.get(self.reason)).filter(|reason| !reason.is_empty())
    }

    /// The entity tag of a publication.
    pub fn etag<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        Some(texts.get(self.etag)).filter(|etag| !etag.is_empty())
    }

    /// The state, `now` being the end of what was seen.
    pub fn state(&self, now: Timestamp) -> EventState {
        if self.told == Some(EventState::Terminated) {
            return EventState::Terminated;
        }
        let refused = self.open.and_then(|open| open.last).filter(|status| *status >= 300);
        if let Some(status) = refused {
            // A refresh that is refused ends it only with 481 (RFC 6665 section 4.1.2.2);
            // a publication that is not known (412) is over (RFC 3903 section 5).
            match (status, self.granted_at) {
                (status, None) if is_challenge(status) => return EventState::Challenged,
                (_, None) => return EventState::Failed,
                (412 | 481, Some(_)) => return EventState::Terminated,
                _ => {}
            }
        }
        let lifetime = self.expires_s.and_then(|seconds| i64::try_from(seconds).ok());
        match (self.granted_at, lifetime) {
            (Some(_), Some(0)) => return EventState::Terminated,
            (Some(at), Some(seconds)) if now.since(at) > Span::from_secs(seconds) => {
                return EventState::Expired;
            }
            _ => {}
        }
        match (self.told, self.open, self.granted_at) {
            (Some(told), ..) => told,
            (None, _, Some(_)) if self.by == Method::Publish => EventState::Active,
            (None, _, Some(_)) => EventState::Accepted,
            (None, Some(open), None) if now.since(open.at) >= TIMER_B => EventState::TimedOut,
            (None, Some(_), None) => EventState::Requested,
            // NOTIFYs that nobody asked for and that say nothing of a state.
            (None, None, None) => EventState::Active,
        }
    }
}
