//! What re-INVITE and UPDATE change in a session (RFC 3261 section 14, RFC 3311):
//! hold and resume, codec, address, direction, media added and removed.

use super::Side;
use super::message::Method;
use super::reading::Reading;
use super::transaction::{Outcome, Transaction};

/// What became of a change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was accepted.
    Accepted,
    /// It was refused, and the session went on as it was.
    Refused,
    /// It met one of the other side: 491 (RFC 3261 section 14.1).
    Glare,
    /// It was challenged, and sent again.
    Challenged,
    /// No final response came.
    Unanswered,
}

/// What of a session changed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// The other side is put on hold: it is not wanted to send.
    Hold,
    /// The hold is over.
    Resume,
    /// Who may send, otherwise.
    Direction,
    /// Where media are received.
    Address,
    /// The first codec of the answer.
    Codec,
    /// A media section more.
    MediaAdded,
    /// A media section less.
    MediaRemoved,
    /// Nothing: the session or the way to the peer is refreshed.
    Refresh,
}

/// A change of a session; messages are indexes into the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change<'a> {
    /// The request.
    pub request: u32,
    /// Its method.
    pub method: Method,
    /// Who asks for it.
    pub by: Option<Side>,
    /// What became of it.
    pub verdict: Verdict,
    /// The final response.
    pub last: Option<u32>,
    /// What changed, or would have.
    pub kinds: Vec<Kind>,
    /// What that side's description said before.
    pub before: Option<&'a str>,
    /// What it says now.
    pub after: Option<&'a str>,
    /// The other side's answer.
    pub answer: Option<&'a str>,
}

/// A media section of a description in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Section<'a> {
    kind: &'a str,
    address: &'a str,
    direction: &'a str,
    codec: &'a str,
}

/// The descriptions in force, by side.
#[derive(Default)]
struct Sessions<'a> {
    caller: Option<&'a str>,
    callee: Option<&'a str>,
}

impl<'a> Sessions<'a> {
    fn of(&mut self, side: Side) -> &mut Option<&'a str> {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }
}

/// The changes of a call's session, in order.
pub fn changes<'a>(reading: &Reading<'a>) -> Vec<Change<'a>> {
    let mut sessions = Sessions::default();
    let mut changes = Vec::new();
    for (request, transaction) in reading.requests(&[Method::Invite, Method::Update, Method::Prack])
    {
        let by = reading.sender(request).unwrap_or(Side::Caller);
        let (offer, answer) = exchange(reading, request, transaction);
        let first = transaction.method == Method::Invite && !reading.is_inside(request);
        if first || transaction.method == Method::Prack {
            *sessions.of(by) = offer.or(*sessions.of(by));
            *sessions.of(by.other()) = answer.or(*sessions.of(by.other()));
            continue;
        }
        let last = transaction.last(reading.conversation);
        let verdict = match (transaction.outcome, last) {
            (Outcome::Succeeded, _) => Verdict::Accepted,
            (Outcome::Challenged, _) => Verdict::Challenged,
            (_, Some((_, 491))) => Verdict::Glare,
            (_, Some(_)) => Verdict::Refused,
            (_, None) => Verdict::Unanswered,
        };
        let (before, heard) = (*sessions.of(by), *sessions.of(by.other()));
        changes.push(Change {
            request,
            method: transaction.method,
            by: reading.sender(request),
            verdict,
            last: last.map(|(index, _)| index),
            kinds: kinds(before, offer, heard, answer),
            before,
            after: offer,
            answer,
        });
        if verdict == Verdict::Accepted {
            *sessions.of(by) = offer.or(before);
            *sessions.of(by.other()) = answer.or(heard);
        }
    }
    changes
}

/// What the requester and the other side say in a transaction. Where the offer
/// comes in the response, the requester's answer is in the ACK.
fn exchange<'a>(
    reading: &Reading<'a>,
    request: u32,
    transaction: &Transaction,
) -> (Option<&'a str>, Option<&'a str>) {
    let good = transaction.last(reading.conversation).filter(|(_, status)| *status < 300);
    let final_one = good.and_then(|(index, _)| reading.session(index));
    let earlier =
        || transaction.provisionals.iter().rev().find_map(|index| reading.session(*index));
    let theirs = final_one.or_else(earlier);
    let ours =
        reading.session(request).or_else(|| transaction.ack.and_then(|ack| reading.session(ack)));
    (ours, theirs)
}

fn kinds(
    before: Option<&str>,
    after: Option<&str>,
    heard: Option<&str>,
    answer: Option<&str>,
) -> Vec<Kind> {
    let mut kinds = Vec::new();
    if let (Some(before), Some(after)) = (before, after) {
        let (before, after): (Vec<_>, Vec<_>) =
            (sections(before).collect(), sections(after).collect());
        compare(&before, &after, &mut kinds);
    }
    if let (Some(heard), Some(answer)) = (heard, answer) {
        let (heard, answer): (Vec<_>, Vec<_>) =
            (sections(heard).collect(), sections(answer).collect());
        let main = |list: &[Section<'_>]| {
            list.iter()
                .find(|section| section.is_live())
                .map(|section| (section.codec.to_owned(), section.address.to_owned()))
        };
        if let (Some(heard), Some(answer)) = (main(&heard), main(&answer)) {
            if !heard.0.eq_ignore_ascii_case(&answer.0) {
                kinds.push(Kind::Codec);
            }
            if heard.1 != answer.1 {
                kinds.push(Kind::Address);
            }
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() {
        kinds.push(Kind::Refresh);
    }
    kinds
}

fn compare(before: &[Section<'_>], after: &[Section<'_>], kinds: &mut Vec<Kind>) {
    for (place, new) in after.iter().enumerate() {
        // Sections keep their places (RFC 3264 section 8).
        let Some(old) = before.get(place) else {
            if new.is_live() {
                kinds.push(Kind::MediaAdded);
            }
            continue;
        };
        match (old.is_live(), new.is_live()) {
            (true, false) => kinds.push(Kind::MediaRemoved),
            (false, true) => kinds.push(Kind::MediaAdded),
            (true, true) if old.kind != new.kind => {
                kinds.extend([Kind::MediaAdded, Kind::MediaRemoved]);
            }
            (true, true) => {
                match (old.is_hold(), new.is_hold()) {
                    (false, true) => kinds.push(Kind::Hold),
                    (true, false) => kinds.push(Kind::Resume),
                    _ if old.direction != new.direction => kinds.push(Kind::Direction),
                    _ => {}
                }
                // An address of all zeros is a hold of old (RFC 2543 section B.5), no address.
                let zeros = old.is_nowhere() || new.is_nowhere();
                if old.address != new.address && !zeros {
                    kinds.push(Kind::Address);
                }
            }
            (false, false) => {}
        }
    }
}

/// The sections of a description in a line.
fn sections(text: &str) -> impl Iterator<Item = Section<'_>> {
    text.split("; ").map(|section| {
        let mut words = section.split(' ');
        let mut next = || words.next().unwrap_or_default();
        Section { kind: next(), address: next(), direction: next(), codec: next() }
    })
}

impl Section<'_> {
    fn is_live(&self) -> bool {
        self.address != "-"
    }

    fn is_nowhere(&self) -> bool {
        self.address.starts_with("0.0.0.0:") || self.address.starts_with("[::]:")
    }

    /// Whether its sender does not want to receive.
    fn is_hold(&self) -> bool {
        matches!(self.direction, "sendonly" | "inactive") || self.is_nowhere()
    }
}

impl Verdict {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::Glare => "glare",
            Self::Challenged => "challenged",
            Self::Unanswered => "unanswered",
        }
    }
}

impl Kind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Resume => "resume",
            Self::Direction => "direction",
            Self::Address => "address",
            Self::Codec => "codec",
            Self::MediaAdded => "media_added",
            Self::MediaRemoved => "media_removed",
            Self::Refresh => "refresh",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told() {
        let plain = "audio 192.0.2.1:4000 sendrecv PCMU PCMA";
        let told = |after: &str, answer: &str| {
            kinds(
                Some(plain),
                Some(after),
                Some("audio 192.0.2.2:5000 sendrecv PCMU"),
                Some(answer),
            )
        };
        let same = "audio 192.0.2.2:5000 sendrecv PCMU";
        assert_eq!(told("audio 192.0.2.1:4000 sendonly PCMU PCMA", same), [Kind::Hold]);
        assert_eq!(told("audio 0.0.0.0:4000 sendrecv PCMU PCMA", same), [Kind::Hold]);
        assert_eq!(told("audio 192.0.2.1:4002 sendrecv PCMU", same), [Kind::Address]);
        assert_eq!(told("audio 192.0.2.1:4000 recvonly PCMU", same), [Kind::Direction]);
        assert_eq!(told(plain, "audio 192.0.2.2:5000 sendrecv PCMA"), [Kind::Codec]);
        assert_eq!(told(plain, same), [Kind::Refresh]);
        let video = format!("{plain}; video 192.0.2.1:4004 sendrecv H264");
        assert_eq!(told(&video, same), [Kind::MediaAdded]);
        let fax = "image 192.0.2.1:4008 sendrecv udptl";
        assert_eq!(
            told(fax, "image 192.0.2.2:5008 sendrecv udptl"),
            [Kind::Address, Kind::Codec, Kind::MediaAdded, Kind::MediaRemoved]
        );
    }
}
