//! What a message says by itself, told before anything is known of the messages
//! before it: the part of taking a message that any number of threads can do.

use std::hash::{BuildHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;
use hashbrown::DefaultHashBuilder;

use super::fact::describe;
use super::offer::{self, Basis, MediaSection};
use crate::base::flow::{Endpoint, Flow};
use crate::wire::sdp;
use crate::wire::sip::{self, Name, StartLine, body};

/// Media sections that are remembered: most calls offer one of a few.
const RECENT: usize = 8;

/// What messages say by themselves, one after another in the same memory.
#[derive(Clone, Debug, Default)]
pub struct Digests {
    hasher: DefaultHashBuilder,
    list: Vec<Digest>,
    lines: String,
    endpoints: Vec<(Endpoint, Basis)>,
    sections: Vec<Section>,
    /// Sections built last, the latest first.
    recent: Vec<Arc<MediaSection>>,
}

/// What one message says.
#[derive(Clone, Debug)]
struct Digest {
    call_id: u64,
    fingerprint: u64,
    session: Option<Session>,
}

/// What the session description of one message says.
#[derive(Clone, Debug)]
struct Session {
    /// Where its line is; `None` when it cannot be read.
    line: Option<Range<usize>>,
    sections: Range<usize>,
}

/// A media section that is not rejected, and where its media are received.
#[derive(Clone, Debug)]
struct Section {
    section: Arc<MediaSection>,
    endpoints: Range<usize>,
}

/// What a message says by itself.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    digests: &'a Digests,
    digest: &'a Digest,
}

impl Digests {
    /// None yet; `hasher` is that of the table of Call-IDs.
    pub(super) fn with_hasher(hasher: DefaultHashBuilder) -> Self {
        Self { hasher, ..Self::default() }
    }

    /// Forgets all messages.
    pub fn clear(&mut self) {
        self.list.clear();
        self.lines.clear();
        self.endpoints.clear();
        self.sections.clear();
    }

    /// Adds a message that went that way.
    pub fn push(&mut self, message: &sip::Message<'_>, flow: Flow) {
        let call_id = message.call_id().map_or(0, |id| hash_of(&self.hasher, id));
        let fingerprint = fingerprint(message, flow);
        let session = body::session_description(message).map(|text| self.session(text));
        self.list.push(Digest { call_id, fingerprint, session });
    }

    fn session(&mut self, text: &[u8]) -> Session {
        let first = self.sections.len();
        let description = sdp::parse(text);
        let line = description.as_ref().map(|description| {
            let start = self.lines.len();
            describe(description, &mut self.lines);
            start..self.lines.len()
        });
        for (description, media) in
            description.iter().flat_map(|all| all.media.iter().map(move |media| (all, media)))
        {
            if media.is_rejected() {
                continue;
            }
            let start = self.endpoints.len();
            offer::endpoints(description, media, &mut self.endpoints);
            let endpoints = start..self.endpoints.len();
            if !endpoints.is_empty() {
                let section = self.section(description, media);
                self.sections.push(Section { section, endpoints });
            }
        }
        Session { line, sections: first..self.sections.len() }
    }

    fn section(
        &mut self,
        description: &sdp::Description<'_>,
        media: &sdp::Media<'_>,
    ) -> Arc<MediaSection> {
        if let Some(known) = self.recent.iter().position(|one| one.is_of(description, media)) {
            self.recent.swap(0, known);
        } else {
            self.recent.truncate(RECENT - 1);
            self.recent.insert(0, Arc::new(MediaSection::of(description, media)));
        }
        Arc::clone(&self.recent[0])
    }

    /// What the `index`-th message says.
    #[inline]
    pub fn get(&self, index: usize) -> Option<Told<'_>> {
        Some(Told { digests: self, digest: self.list.get(index)? })
    }

    /// How many messages there are.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

impl<'a> Told<'a> {
    /// The hash of the Call-ID.
    pub(super) const fn call_id(self) -> u64 {
        self.digest.call_id
    }

    /// What two copies of a message have in common on the same hop, and two
    /// different messages have not.
    pub(super) const fn fingerprint(self) -> u64 {
        self.digest.fingerprint
    }

    /// Whether there is a session description.
    pub(super) const fn has_sdp(self) -> bool {
        self.digest.session.is_some()
    }

    /// What the session description says, in a line; `None` if there is none that
    /// can be read.
    pub(super) fn line(self) -> Option<&'a str> {
        let line = self.digest.session.as_ref()?.line.as_ref()?;
        self.digests.lines.get(line.clone())
    }

    /// The media sections, each with the endpoints at which media are received.
    pub fn sections(
        self,
    ) -> impl Iterator<Item = (&'a Arc<MediaSection>, &'a [(Endpoint, Basis)])> {
        let sections = self.digest.session.as_ref().map(|session| session.sections.clone());
        let sections = self.digests.sections.get(sections.unwrap_or_default());
        sections.unwrap_or_default().iter().map(move |section| {
            let endpoints = self.digests.endpoints.get(section.endpoints.clone());
            (&section.section, endpoints.unwrap_or_default())
        })
    }
}

/// The hash of a Call-ID; bytes that are not UTF-8 count as what replaces them.
pub(super) fn hash_of(hasher: &DefaultHashBuilder, call_id: &[u8]) -> u64 {
    hasher.hash_one(sip::lossy(call_id).as_bytes())
}

/// Of hop, kind, CSeq, branch, tags, RSeq and body.
fn fingerprint(sip: &sip::Message<'_>, flow: Flow) -> u64 {
    let mut hash = FixedState::default().build_hasher();
    flow.hash(&mut hash);
    match sip.start {
        StartLine::Request { method_text, .. } => hash.write(method_text),
        StartLine::Response { status, .. } => status.hash(&mut hash),
    }
    for name in [Name::Cseq, Name::From, Name::To, Name::RSeq] {
        sip.value(name).hash(&mut hash);
    }
    sip.branch().hash(&mut hash);
    sip.body.hash(&mut hash);
    hash.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sip::{HeaderIndex, parse};

    fn with_body(body: &str) -> String {
        format!(
            "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
             To: <sip:b@h>\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn flow() -> Flow {
        let end = |last, port| Endpoint::new([192, 0, 2, last].into(), port);
        Flow { src: end(1, 5060), dst: end(2, 5060) }
    }

    #[test]
    fn sections_that_say_the_same_are_one() {
        let mut digests = Digests::default();
        let audio = |port: u16, format: &str| {
            format!(
                "v=0\r\nc=IN IP4 192.0.2.9\r\nm=audio {port} RTP/AVP {format}\r\na=ptime:20\r\n"
            )
        };
        let bodies = [audio(4000, "0 8"), audio(4002, "0 8"), audio(4000, "8"), audio(4004, "0 8")];
        for body in bodies.iter().map(String::as_str).chain(["", "no description"]) {
            let mut index = HeaderIndex::default();
            let text = with_body(body);
            digests.push(&parse(text.as_bytes(), &mut index).unwrap(), flow());
        }
        let told = |index| digests.get(index).unwrap();
        let section = |index| Arc::clone(told(index).sections().next().unwrap().0);
        assert!(Arc::ptr_eq(&section(0), &section(1)) && Arc::ptr_eq(&section(0), &section(3)));
        assert_ne!(section(0), section(2));
        assert_eq!(told(1).line(), Some("audio 192.0.2.9:4002 sendrecv PCMU PCMA"));
        let ports: Vec<_> =
            (0..4).map(|of| told(of).sections().next().unwrap().1[0].0.port).collect();
        assert_eq!(ports, [4000, 4002, 4000, 4004]);
        assert!(!told(4).has_sdp());
        assert_eq!(
            (told(5).has_sdp(), told(5).line(), told(5).sections().count()),
            (true, None, 0)
        );
        assert_eq!((told(0).call_id(), digests.len()), (told(5).call_id(), 6));
        assert_ne!(told(0).fingerprint(), told(1).fingerprint());
    }
}
