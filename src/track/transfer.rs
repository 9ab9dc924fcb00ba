//! Calls that lead to others: REFER and what its NOTIFYs report (RFC 3515),
//! Replaces (RFC 3891), Join (RFC 3911), redirection by 3xx, and overlap
//! dialling (RFC 3578).

use super::Side;
use super::fact::Fact;
use super::message::{Method, Start};
use super::reading::Reading;
use crate::wire::sip::Uri;

/// Transfers, and dialogs named, of one call that are looked at for one message.
const MOST: usize = 64;

/// What came of a REFER.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Result {
    /// The new call was answered.
    Succeeded,
    /// The new call failed.
    Failed,
    /// The REFER itself was refused.
    Refused,
    /// Nothing final was reported.
    Pending,
}

impl Result {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::Pending => "pending",
        }
    }
}

/// A transfer; messages are indexes into the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Transfer {
    /// The REFER.
    pub request: u32,
    /// Who transfers the other.
    pub by: Option<Side>,
    /// Refer-To without its header fields.
    pub target: String,
    /// The dialog that the new call replaces, of an attended transfer.
    pub replaces: Option<Named>,
    /// The final response to the REFER.
    pub last: Option<u32>,
    /// Statuses of the new call that NOTIFYs reported.
    pub reports: Vec<(u32, u16)>,
    /// What came of it.
    pub result: Result,
}

/// A dialog named in Replaces or Join.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Named {
    /// Its Call-ID.
    pub call_id: String,
    /// `to-tag`.
    pub to_tag: Option<String>,
    /// `from-tag`.
    pub from_tag: Option<String>,
    /// Whether only an early dialog may be replaced.
    pub early_only: bool,
}

/// An INVITE that names a dialog of another call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Naming {
    /// The INVITE.
    pub request: u32,
    /// Whether it joins the dialog rather than replaces it.
    pub joins: bool,
    /// The dialog.
    pub dialog: Named,
}

/// A redirection.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Redirection {
    /// The 3xx.
    pub response: u32,
    /// Its status.
    pub status: u16,
    /// Where to.
    pub contacts: Vec<String>,
    /// The INVITE that follows it, in this call.
    pub followed: Option<u32>,
}

/// A number sent while it was dialled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dialled {
    /// The INVITE.
    pub request: u32,
    /// The user part of its Request-URI.
    pub number: String,
    /// The final response: 484 until the number is complete.
    pub status: Option<u16>,
}

/// The transfers asked for within a call.
pub fn transfers(reading: &Reading<'_>) -> Vec<Transfer> {
    let texts = reading.conversation.texts();
    let mut transfers = Vec::new();
    for (request, transaction) in reading.requests(&[Method::Refer]) {
        let facts = reading.conversation.facts().of(request);
        let target = facts.into_iter().find_map(|fact| match fact {
            Fact::ReferTo(text) => Some(texts.get(text)),
            _ => None,
        });
        let Some(target) = target else { continue };
        let replaces =
            Uri::parse(target.as_bytes()).and_then(|uri| header(uri.headers?, "replaces"));
        let last = transaction.last(reading.conversation);
        transfers.push(Transfer {
            request,
            by: reading.sender(request),
            target: target.split('?').next().unwrap_or_default().to_owned(),
            replaces: replaces.and_then(|value| named(&value)),
            last: last.map(|(index, _)| index),
            reports: Vec::new(),
            result: match last {
                Some((_, 300..)) => Result::Refused,
                _ => Result::Pending,
            },
        });
    }
    // A NOTIFY reports on the latest REFER of the side that it goes to.
    for (request, _) in reading.requests(&[Method::Notify]) {
        let facts = reading.conversation.facts().of(request);
        let status = facts.into_iter().find_map(|fact| match fact {
            Fact::Sipfrag(status) => Some(status),
            _ => None,
        });
        let to = reading.sender(request).map(Side::other);
        let of = transfers.iter_mut().rev().take(MOST).find(|transfer| {
            transfer.request < request
                && (transfer.by == to || to.is_none() || transfer.by.is_none())
        });
        if let (Some(status), Some(transfer)) = (status, of) {
            transfer.reports.push((request, status));
            match status {
                200..=299 => transfer.result = Result::Succeeded,
                300.. => transfer.result = Result::Failed,
                _ => {}
            }
        }
    }
    transfers
}

/// The INVITEs of a call that name dialogs of others.
pub fn namings(reading: &Reading<'_>) -> Vec<Naming> {
    let texts = reading.conversation.texts();
    let mut namings: Vec<Naming> = Vec::new();
    for (index, fact) in reading.conversation.facts().all() {
        if namings.len() >= MOST {
            break;
        }
        let (text, joins) = match fact {
            Fact::Replaces(text) => (text, false),
            Fact::Join(text) => (text, true),
            _ => continue,
        };
        let is_invite = reading
            .message(*index)
            .is_some_and(|message| message.start == Start::Request(Method::Invite));
        let Some(dialog) = named(texts.get(*text)).filter(|_| is_invite) else { continue };
        if !namings.iter().any(|known| known.dialog == dialog && known.joins == joins) {
            namings.push(Naming { request: *index, joins, dialog });
        }
    }
    namings
}

/// The redirections of a call, and whether its caller or a proxy followed them.
pub fn redirections(reading: &Reading<'_>) -> Vec<Redirection> {
    let texts = reading.conversation.texts();
    let facts = reading.conversation.facts();
    let mut redirections: Vec<Redirection> = Vec::new();
    for (_, transaction) in reading.requests(&[Method::Invite]).chain(forwarded(reading)) {
        let Some((response, status @ 300..=399)) = transaction.last(reading.conversation) else {
            continue;
        };
        // Passed on towards the caller, it is the same one.
        if reading.travels.get(response).before.is_some() {
            continue;
        }
        let contacts: Vec<_> = facts
            .of(response)
            .filter_map(|fact| match fact {
                Fact::Contact(text) => Some(texts.get(text).to_owned()),
                _ => None,
            })
            .collect();
        let after = facts.all().partition_point(|(index, _)| *index <= response);
        let after = facts.all().iter().skip(after).take(16 * MOST);
        let followed = after.into_iter().find_map(|(index, fact)| match fact {
            Fact::Target(text) => {
                let target = texts.get(*text);
                contacts.iter().any(|contact| is_same(contact, target)).then_some(*index)
            }
            _ => None,
        });
        redirections.push(Redirection { response, status, contacts, followed });
    }
    redirections.sort_by_key(|redirection| redirection.response);
    redirections
}

fn forwarded<'r>(
    reading: &'r Reading<'_>,
) -> impl Iterator<Item = (u32, &'r super::transaction::Transaction)> {
    let all = reading.transactions.iter();
    let invites = all.filter(|of| of.method == Method::Invite && of.upstream.is_some());
    invites.filter_map(|of| Some((of.request?, of)))
}

/// The numbers of a call that was dialled digit by digit; empty for others.
pub fn overlap(reading: &Reading<'_>) -> Vec<Dialled> {
    let texts = reading.conversation.texts();
    let mut dialled = Vec::new();
    for (request, transaction) in reading.requests(&[Method::Invite]) {
        if reading.is_inside(request) {
            continue;
        }
        let facts = reading.conversation.facts().of(request);
        let user = facts.into_iter().find_map(|fact| match fact {
            Fact::Target(text) => Uri::parse(texts.get(text).as_bytes())?.user_text(),
            _ => None,
        });
        let status = transaction.last(reading.conversation).map(|(_, status)| status);
        dialled.extend(user.map(|number| Dialled { request, number, status }));
    }
    let incomplete = dialled.iter().any(|one| one.status == Some(484));
    if incomplete { dialled } else { Vec::new() }
}

/// Whether two URIs name the same place: user and host.
fn is_same(a: &str, b: &str) -> bool {
    let parts = |text: &str| {
        let uri = Uri::parse(text.as_bytes())?;
        Some((uri.user_text(), uri.host.to_ascii_lowercase(), uri.port))
    };
    parts(a).is_some_and(|a| Some(a) == parts(b))
}

/// The value of a header field inside a URI, escapes undone.
fn header(headers: &[u8], name: &str) -> Option<String> {
    let text = String::from_utf8_lossy(headers);
    let value = text.split('&').find_map(|field| {
        let (key, value) = field.split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })?;
    let (mut bytes, mut rest) = (Vec::new(), value.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let code = escaped
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// A dialog as Replaces and Join name it: `call-id;to-tag=x;from-tag=y`.
fn named(value: &str) -> Option<Named> {
    let mut parts = value.split(';').map(str::trim);
    let call_id = parts.next().filter(|id| !id.is_empty())?.to_owned();
    let mut named = Named { call_id, to_tag: None, from_tag: None, early_only: false };
    for part in parts {
        match part.split_once('=') {
            Some((key, tag)) if key.trim().eq_ignore_ascii_case("to-tag") => {
                named.to_tag = Some(tag.trim().to_owned());
            }
            Some((key, tag)) if key.trim().eq_ignore_ascii_case("from-tag") => {
                named.from_tag = Some(tag.trim().to_owned());
            }
            None if part.eq_ignore_ascii_case("early-only") => named.early_only = true,
            _ => {}
        }
    }
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialog_is_named_in_a_header_of_a_uri() {
        // RFC 3891 section 4.
        let uri = b"sip:bob@biloxi.example.com?Replaces=425928%40bobster.example.com%3Bto-tag%3D7743%3Bfrom-tag%3D6472";
        let value = header(Uri::parse(uri).unwrap().headers.unwrap(), "replaces").unwrap();
        let dialog = named(&value).unwrap();
        assert_eq!(dialog.call_id, "425928@bobster.example.com");
        assert_eq!(
            (dialog.to_tag.as_deref(), dialog.from_tag.as_deref()),
            (Some("7743"), Some("6472"))
        );
        assert!(named("x;early-only").unwrap().early_only && named(";to-tag=1").is_none());
    }
}
