//! The walk through the headers of a frame, one after another, to a transport.

use super::bytes::from;
use super::frame::{Decoded, Tunnel};
use super::malformed::{Malformed, Reason};
use super::{ip, link};
use crate::base::frame::{Frame, Link};

/// Headers inside one another that are followed. A mobile network's mirror
/// has a dozen (Ethernet, VLANs, MPLS, IP, GRE, ERSPAN, Ethernet, IP, UDP,
/// GTP-U, IP, UDP); a packet that nests more is hostile.
pub(super) const MAX_DEPTH: usize = 24;

/// What the next header is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// The link header of a frame.
    Link(Link),
    /// An Ethernet frame.
    Ethernet,
    /// What an EtherType announces.
    EtherType(u16),
    /// A PPP frame.
    Ppp,
    /// An MPLS label.
    Mpls,
    /// An IP packet, whose version its first nibble tells.
    Ip,
    /// A protocol that carries no calls (ARP, spanning tree, routing ...).
    Foreign,
}

/// The next header, and how long the one before it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Step {
    pub(super) next: Next,
    pub(super) length: usize,
}

impl Step {
    pub(super) const fn to(next: Next, length: usize) -> Self {
        Self { next, length }
    }
}

/// What an IP packet leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Inside<'a> {
    /// The end of the walk.
    Decoded(Decoded<'a>),
    /// A tunnel: its kind, the next header, the bytes it begins, and where they are.
    Tunnel(Tunnel, Next, &'a [u8], usize),
}

/// A header that is longer than the bytes.
pub(super) fn truncated(bytes: &[u8], at: usize) -> Malformed {
    Malformed::at(Reason::LinkTruncated, at + bytes.len())
}

/// Walks from the header that `bytes` begin with, which is at offset `at` of the
/// frame and inside `tunnel`.
pub(super) fn walk(
    next: Next,
    bytes: &[u8],
    at: usize,
    tunnel: Tunnel,
) -> Result<Decoded<'_>, Malformed> {
    walk_by(next, bytes, at, tunnel, &mut |_, _| ())
}

/// The headers of a frame, outermost first: what each is, and where it begins.
/// After the first that cannot be read there are no more.
pub fn headers(frame: &Frame<'_>) -> Vec<(Next, usize)> {
    let mut found = Vec::with_capacity(4);
    let mut visit = |next, at| found.push((next, at));
    // What the last one leads to is not asked here.
    let _ = walk_by(Next::Link(frame.link), frame.bytes, 0, Tunnel::None, &mut visit);
    found
}

fn walk_by<'a>(
    next: Next,
    bytes: &'a [u8],
    at: usize,
    tunnel: Tunnel,
    visit: &mut impl FnMut(Next, usize),
) -> Result<Decoded<'a>, Malformed> {
    let (mut next, mut bytes, mut at, mut tunnel) = (next, bytes, at, tunnel);
    for _ in 0..MAX_DEPTH {
        visit(next, at);
        let step = match next {
            Next::Link(kind) => link::link(kind, bytes, at)?,
            Next::Ethernet => link::ethernet(bytes, at)?,
            Next::EtherType(ethertype) => link::ethertype(ethertype, bytes, at)?,
            Next::Ppp => {
                tunnel = Tunnel::Ppp;
                link::ppp(bytes, at)?
            }
            Next::Mpls => {
                tunnel = Tunnel::Mpls;
                link::mpls(bytes, at)?
            }
            Next::Foreign => return Ok(Decoded::Foreign),
            Next::Ip => match ip::packet(bytes, at, tunnel)? {
                Inside::Decoded(decoded) => return Ok(decoded),
                Inside::Tunnel(kind, inner, payload, offset) => {
                    (next, bytes, at, tunnel) = (inner, payload, offset, kind);
                    continue;
                }
            },
        };
        next = step.next;
        bytes = from(bytes, step.length).ok_or_else(|| truncated(bytes, at))?;
        at += step.length;
    }
    Err(Malformed::at(Reason::LinkTooDeep, at))
}
