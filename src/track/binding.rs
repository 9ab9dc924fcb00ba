//! Bindings: which contacts a registrar holds for an address of record, as the
//! REGISTERs and their 2xx show (RFC 3261 section 10, RFC 5626, RFC 5627).

use super::text::{Text, Texts};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::wire::bytes::decimal;
use crate::wire::sip::{NameAddr, Uri};

/// A contact bound to an address of record.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    contact: Text,
    instance: Text,
    public_gruu: Text,
    temporary_gruu: Text,
    q: Text,
    /// The flow of the device (RFC 5626).
    pub reg_id: Option<u32>,
    /// Whether this client asked for it; else the registrar listed it as another's.
    pub is_own: bool,
    /// When it was first seen bound, and in which frame.
    pub bound_at: Timestamp,
    /// The frame of the 2xx that first listed it.
    pub frame: FrameNo,
    /// When its lifetime granted last began.
    pub granted_at: Timestamp,
    /// That lifetime, in seconds.
    pub expires_s: Option<u64>,
    /// Times that its lifetime was granted anew.
    pub refreshes: u32,
    /// When it was removed: by request, or because a later 2xx no longer lists it.
    pub removed_at: Option<Timestamp>,
    /// Times that it was lost (removed or expired) and bound again.
    pub lapses: u32,
}

/// Where a binding stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum BindingState {
    /// In force.
    Bound,
    /// Its lifetime ran out.
    Expired,
    /// Removed.
    Removed,
}

impl BindingState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bound => "bound",
            Self::Expired => "expired",
            Self::Removed => "removed",
        }
    }
}

/// A contact as a REGISTER or its 2xx lists it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed<'a> {
    pub(super) address: NameAddr<'a>,
    pub(super) expires_s: Option<u64>,
}

impl<'a> Listed<'a> {
    /// Reads a Contact; `usual` is the message's Expires. A star is no contact.
    pub(super) fn read(element: &'a [u8], usual: Option<u64>) -> Option<Self> {
        let address = NameAddr::parse(element).filter(|address| address.uri != b"*")?;
        let expires_s = address.params.get("expires").and_then(decimal).or(usual);
        Some(Self { address, expires_s })
    }

    fn text(&self, name: &str) -> Option<String> {
        self.address.params.text(name).filter(|value| !value.is_empty())
    }

    fn reg_id(&self) -> Option<u32> {
        self.address.params.get("reg-id").and_then(decimal).and_then(|id| u32::try_from(id).ok())
    }
}

/// The bindings of one registration.
#[derive(Clone, Debug, Default)]
pub struct Bindings {
    /// In order of appearance.
    pub list: Vec<Binding>,
    /// Contacts beyond the cap.
    pub dropped: u32,
}

impl Bindings {
    /// A 2xx lists a contact: it is bound, refreshed, or removed with lifetime 0.
    pub(super) fn granted(
        &mut self,
        listed: &Listed<'_>,
        is_own: bool,
        (at, frame): (Timestamp, FrameNo),
        texts: &mut Texts,
        most: usize,
    ) {
        if listed.expires_s == Some(0) {
            return self.removed(listed, at, texts);
        }
        if let Some(known) = self.find(listed, texts) {
            known.is_own |= is_own;
            if known.state(at) == BindingState::Bound {
                // The registrar tells of others' bindings each time, and of their age.
                known.refreshes += u32::from(is_own);
            } else if is_own || known.removed_at.is_some() {
                known.lapses = known.lapses.saturating_add(1);
                (known.removed_at, known.bound_at) = (None, at);
            }
            (known.granted_at, known.expires_s) = (at, listed.expires_s.or(known.expires_s));
            return known.learn(listed, texts);
        }
        if self.list.len() >= most {
            self.dropped = self.dropped.saturating_add(1);
            return;
        }
        let mut binding = Binding {
            contact: texts.put(listed.address.uri),
            instance: Text::default(),
            public_gruu: Text::default(),
            temporary_gruu: Text::default(),
            q: Text::default(),
            reg_id: None,
            is_own,
            bound_at: at,
            frame,
            granted_at: at,
            expires_s: listed.expires_s,
            refreshes: 0,
            removed_at: None,
            lapses: 0,
        };
        binding.learn(listed, texts);
        self.list.push(binding);
    }

    /// A contact is removed.
    pub(super) fn removed(&mut self, listed: &Listed<'_>, at: Timestamp, texts: &Texts) {
        if let Some(known) = self.find(listed, texts) {
            known.removed_at.get_or_insert(at);
        }
    }

    /// A 2xx does not list what it does not hold (RFC 3261 section 10.3).
    pub(super) fn keep_only(&mut self, listed: &[Listed<'_>], at: Timestamp, texts: &Texts) {
        for known in &mut self.list {
            if known.removed_at.is_none() && !listed.iter().any(|one| known.is(one, texts)) {
                known.removed_at = Some(at);
            }
        }
    }

    fn find(&mut self, listed: &Listed<'_>, texts: &Texts) -> Option<&mut Binding> {
        self.list.iter_mut().find(|known| known.is(listed, texts))
    }

    /// Times that a binding was lost and bound again.
    pub fn lapses(&self) -> u32 {
        self.list.iter().filter(|known| known.is_own).map(|known| known.lapses).sum()
    }
}

impl Binding {
    /// Whether it is that contact: the same URI, or the same flow of the same
    /// device (RFC 5626 section 6).
    fn is(&self, listed: &Listed<'_>, texts: &Texts) -> bool {
        if same_contact(texts.get(self.contact).as_bytes(), listed.address.uri) {
            return true;
        }
        let instance = listed.text("+sip.instance");
        self.reg_id.is_some()
            && self.reg_id == listed.reg_id()
            && instance.is_some_and(|instance| texts.get(self.instance) == instance)
    }

    fn learn(&mut self, listed: &Listed<'_>, texts: &mut Texts) {
        self.contact = texts.put_unless(self.contact, listed.address.uri);
        self.reg_id = listed.reg_id().or(self.reg_id);
        for (kept, name) in [
            (&mut self.instance, "+sip.instance"),
            (&mut self.public_gruu, "pub-gruu"),
            (&mut self.temporary_gruu, "temp-gruu"),
            (&mut self.q, "q"),
        ] {
            if let Some(value) = listed.text(name) {
                *kept = texts.put_unless(*kept, value.as_bytes());
            }
        }
    }

    /// The contact's URI.
    pub fn contact<'t>(&self, texts: &'t Texts) -> &'t str {
        texts.get(self.contact)
    }

    /// The device: `<urn:uuid:...>` without its brackets.
    pub fn instance<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.instance, texts).map(|instance| instance.trim_matches(['<', '>']))
    }

    /// The public GRUU (RFC 5627).
    pub fn public_gruu<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.public_gruu, texts)
    }

    /// The temporary GRUU.
    pub fn temporary_gruu<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.temporary_gruu, texts)
    }

    /// The preference among the contacts, as sent.
    pub fn q<'t>(&self, texts: &'t Texts) -> Option<&'t str> {
        present(self.q, texts)
    }

    /// When its lifetime ends.
    pub fn ends(&self) -> Option<Timestamp> {
        let seconds = i64::try_from(self.expires_s?).ok()?;
        Some(self.granted_at + Span::from_secs(seconds))
    }

    /// Its state at a moment.
    pub fn state(&self, now: Timestamp) -> BindingState {
        match (self.removed_at, self.ends()) {
            (Some(_), _) => BindingState::Removed,
            (None, Some(end)) if now > end => BindingState::Expired,
            _ => BindingState::Bound,
        }
    }

    /// Whether a request for `uri` goes to this contact, by its URI or a GRUU.
    pub fn is_reached_by(&self, uri: &[u8], texts: &Texts) -> bool {
        [self.contact, self.public_gruu, self.temporary_gruu]
            .iter()
            .any(|known| !known.is_empty() && same_contact(texts.get(*known).as_bytes(), uri))
    }
}

fn present(text: Text, texts: &Texts) -> Option<&str> {
    Some(texts.get(text)).filter(|text| !text.is_empty())
}

/// Whether two URIs reach the same contact: scheme, user, host and port, and of
/// the parameters `transport` and `gr` (RFC 3261 section 19.1.4, RFC 5627).
fn same_contact(a: &[u8], b: &[u8]) -> bool {
    if a == b {
        return true;
    }
    let (Some(a), Some(b)) = (Uri::parse(a), Uri::parse(b)) else { return false };
    let param = |uri: &Uri<'_>, name: &str| uri.params.get(name).map(<[u8]>::to_ascii_lowercase);
    a.scheme.eq_ignore_ascii_case(b.scheme)
        && !a.host.is_empty()
        && a.host.eq_ignore_ascii_case(b.host)
        && a.user == b.user
        && a.port == b.port
        && ["transport", "gr"].iter().all(|name| param(&a, name) == param(&b, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_compared_by_what_reaches_them() {
        let same = |a: &str, b: &str| same_contact(a.as_bytes(), b.as_bytes());
        assert!(same("sip:a@H.example:5070;ob", "sip:a@h.example:5070"));
        assert!(!same("sip:a@h.example", "sip:a@h.example:5070"));
        assert!(!same("sip:a@h.example;transport=tcp", "sip:a@h.example"));
        assert!(!same("sip:a@e.com;gr=1", "sip:a@e.com;gr=2"));
        assert!(!same("sip:a@h", "sip:b@h") && !same("tel:1", "tel:2") && !same("*", ""));
    }
}
