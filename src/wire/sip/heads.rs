//! The fields that everybody asks for, taken apart once.

use super::Cseq;
use super::header::Name;
use super::message::Message;
use super::name_addr::NameAddr;
use super::via::Via;

/// What the fields say that every message has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Heads<'a> {
    pub(super) cseq: Option<Cseq<'a>>,
    pub(super) from: Option<NameAddr<'a>>,
    pub(super) from_tag: Option<&'a [u8]>,
    pub(super) to: Option<NameAddr<'a>>,
    pub(super) to_tag: Option<&'a [u8]>,
    /// The topmost Via, and its branch.
    pub(super) via: Option<Via<'a>>,
    pub(super) branch: Option<&'a [u8]>,
    /// How many Vias there are.
    pub(super) vias: usize,
}

impl<'a> Heads<'a> {
    pub(super) fn of(message: &Message<'a>) -> Self {
        let (mut heads, mut seen) = (Self::default(), [false; 3]);
        let mut first = |name: usize| seen.get_mut(name).is_some_and(|seen| !replace(seen));
        for (name, value) in message.named() {
            match name {
                Name::Cseq if first(0) => heads.cseq = Cseq::parse(value),
                Name::From if first(1) => heads.from = NameAddr::parse(value),
                Name::To if first(2) => heads.to = NameAddr::parse(value),
                _ => {}
            }
        }
        heads.from_tag = heads.from.as_ref().and_then(NameAddr::tag);
        heads.to_tag = heads.to.as_ref().and_then(NameAddr::tag);
        for element in message.elements(Name::Via) {
            if heads.vias == 0 {
                heads.via = Via::parse(element);
            }
            heads.vias += 1;
        }
        heads.branch = heads.via.and_then(|via| via.branch());
        heads
    }
}

/// Sets a flag; whether it was set before.
fn replace(flag: &mut bool) -> bool {
    std::mem::replace(flag, true)
}
