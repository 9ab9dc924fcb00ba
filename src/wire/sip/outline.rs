//! What reading a message found, without the message: kept beside its bytes
//! until somebody else looks at them.

use super::header::Field;
use super::heads::Heads;
use super::message::Message;
use super::name_addr::{Form, NameAddr};
use super::param::Params;
use super::start_line::{Method, StartLine};
use super::{Cseq, Via};
use crate::wire::malformed::Reasons;

/// A message that has been read, to be had again without reading it anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outline {
    len: u32,
    /// Bytes of the body, with which the message ends.
    body: u32,
    faults: Reasons,
    names: u64,
    start: Start,
    cseq: Option<(u32, Method, Place)>,
    from: Option<Address>,
    to: Option<Address>,
    via: Option<Hop>,
    vias: u32,
}

/// Where a part of the message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Place {
    start: u32,
    len: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Start {
    Request { method: Method, text: Place, uri: Place },
    Response { status: u16, reason: Place },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Address {
    display: Place,
    form: Form,
    uri: Place,
    params: Place,
    tag: Option<Place>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Hop {
    transport: Place,
    host: Place,
    port: Option<u16>,
    params: Place,
    branch: Option<Place>,
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl Place {
    /// Where `part` is in `whole`, which it is a part of.
    fn of(whole: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr().addr().saturating_sub(whole.as_ptr().addr());
        Self { start: number(start), len: number(part.len()) }
    }

    #[inline]
    fn get(self, whole: &[u8]) -> Option<&[u8]> {
        whole.get(self.start as usize..)?.get(..self.len as usize)
    }
}

impl Start {
    fn of(whole: &[u8], start: &StartLine<'_>) -> Self {
        match *start {
            StartLine::Request { method, method_text, uri } => {
                let (text, uri) = (Place::of(whole, method_text), Place::of(whole, uri));
                Self::Request { method, text, uri }
            }
            StartLine::Response { status, reason } => {
                Self::Response { status, reason: Place::of(whole, reason) }
            }
        }
    }

    fn get(self, whole: &[u8]) -> Option<StartLine<'_>> {
        Some(match self {
            Self::Request { method, text, uri } => {
                StartLine::Request { method, method_text: text.get(whole)?, uri: uri.get(whole)? }
            }
            Self::Response { status, reason } => {
                StartLine::Response { status, reason: reason.get(whole)? }
            }
        })
    }
}

impl Address {
    fn of(whole: &[u8], address: &NameAddr<'_>, tag: Option<&[u8]>) -> Self {
        let place = |part| Place::of(whole, part);
        Self {
            display: place(address.display),
            form: address.form,
            uri: place(address.uri),
            params: place(address.params.0),
            tag: tag.map(place),
        }
    }

    fn get(self, whole: &[u8]) -> Option<NameAddr<'_>> {
        Some(NameAddr {
            display: self.display.get(whole)?,
            form: self.form,
            uri: self.uri.get(whole)?,
            params: Params(self.params.get(whole)?),
        })
    }
}

impl Hop {
    fn of(whole: &[u8], via: &Via<'_>, branch: Option<&[u8]>) -> Self {
        let place = |part| Place::of(whole, part);
        Self {
            transport: place(via.transport),
            host: place(via.host),
            port: via.port,
            params: place(via.params.0),
            branch: branch.map(place),
        }
    }

    fn get(self, whole: &[u8]) -> Option<Via<'_>> {
        Some(Via {
            transport: self.transport.get(whole)?,
            host: self.host.get(whole)?,
            port: self.port,
            params: Params(self.params.get(whole)?),
        })
    }
}

impl<'a> Message<'a> {
    /// What was found, but for the fields, which are kept by whoever calls.
    pub fn outline(&self) -> (Outline, &'a [Field]) {
        let (whole, heads) = (self.bytes, &self.heads);
        let cseq = heads.cseq.map(|of| (of.number, of.method, Place::of(whole, of.method_text)));
        let outline = Outline {
            len: number(whole.len()),
            body: number(self.body.len()),
            faults: self.faults,
            names: self.names,
            start: Start::of(whole, &self.start),
            cseq,
            from: heads.from.map(|from| Address::of(whole, &from, heads.from_tag)),
            to: heads.to.map(|to| Address::of(whole, &to, heads.to_tag)),
            via: heads.via.map(|via| Hop::of(whole, &via, heads.branch)),
            vias: number(heads.vias),
        };
        (outline, self.fields)
    }

    /// The message again, of the bytes that it was read from, what was found
    /// and its fields. `None` if they do not belong together.
    #[inline]
    pub fn of_outline(bytes: &'a [u8], outline: &Outline, fields: &'a [Field]) -> Option<Self> {
        let bytes = bytes.get(..outline.len as usize)?;
        let part = |place: Place| place.get(bytes);
        let cseq = outline.cseq.and_then(|(number, method, text)| {
            Some(Cseq { number, method, method_text: part(text)? })
        });
        let heads = Heads {
            cseq,
            from: outline.from.and_then(|from| from.get(bytes)),
            from_tag: outline.from.and_then(|from| part(from.tag?)),
            to: outline.to.and_then(|to| to.get(bytes)),
            to_tag: outline.to.and_then(|to| part(to.tag?)),
            via: outline.via.and_then(|via| via.get(bytes)),
            branch: outline.via.and_then(|via| part(via.branch?)),
            vias: outline.vias as usize,
        };
        Some(Self {
            bytes,
            start: outline.start.get(bytes)?,
            body: bytes.get(bytes.len().checked_sub(outline.body as usize)?..)?,
            faults: outline.faults,
            names: outline.names,
            fields,
            heads,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sip::{HeaderIndex, parse};

    #[test]
    fn a_message_comes_back_as_it_was_read() {
        for text in [
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=x\r\nl: 4\r\n\r\nbodyMORE",
            "SIP/2.0 200 OK\r\nl: 9\r\n\r\nshort",
            "BYE sip:a SIP/2.0\r\nv: SIP/2.0/TCP a:5, SIP/2.0/UDP b\r\nf: \"A\" < sip:a >;tag=1\r\n\
             t: sip:b;tag=2\r\nCSeq: 7 BYE\r\ni: x\r\n\r\n",
            "ACK sip:a SIP/2.0\r\nCSeq: 1 ACK",
        ] {
            let (mut index, bytes) = (HeaderIndex::default(), text.as_bytes());
            let message = parse(bytes, &mut index).unwrap();
            let (outline, fields) = message.outline();
            let again = Message::of_outline(bytes, &outline, fields).unwrap();
            assert_eq!(
                (again.bytes, again.start, again.body),
                (message.bytes, message.start, message.body)
            );
            assert_eq!((again.faults, again.heads), (message.faults, message.heads));
            assert!(again.fields().eq(message.fields()));
        }
    }
}
