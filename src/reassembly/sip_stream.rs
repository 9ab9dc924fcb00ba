//! The bytes of one direction of a connection, cut into SIP messages (RFC 3261
//! section 18.3), or into the HEP packets that mirror some.

use super::websocket::{self, Handshake, WebSocket};
use crate::wire::hep;
use crate::wire::malformed::Reason;
use crate::wire::sip::{self, Beginning, Framing, Method};

/// What a direction of a connection carries.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Carries {
    /// Too few bytes to say.
    #[default]
    Unknown,
    /// SIP.
    Sip,
    /// SIP in WebSocket frames.
    WebSocket,
    /// Something else, as far as was seen.
    Foreign,
}

/// Bytes held of a direction that may yet turn out to carry SIP: the longest
/// first line that is waited for there.
const UNDECIDED: usize = 4_096;

/// Cuts bytes, which come in order, into messages.
#[derive(Clone, Debug, Default)]
pub struct SipStream {
    carries: Carries,
    /// A message that is not whole yet.
    buffer: Vec<u8>,
    /// Up to where the end of the headers has been looked for.
    searched: usize,
    /// The message's length, once its headers are whole.
    length: Option<usize>,
    /// The frames, where there are any.
    frames: Option<Box<WebSocket>>,
}

/// What comes out of a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Piece<'a> {
    /// A message.
    Message(&'a [u8]),
    /// A message that came over WebSocket.
    WebSocketMessage(&'a [u8]),
    /// A HEP packet.
    Mirrored(&'a [u8]),
    /// Something that could not be read.
    Problem(Reason),
}

impl SipStream {
    /// Takes the next bytes. Whole messages, and what could not be read, go to `out`.
    /// A message longer than `longest` is given up.
    pub fn push(&mut self, bytes: &[u8], longest: usize, out: &mut impl FnMut(Piece<'_>)) {
        match self.carries {
            Carries::WebSocket => return self.push_frames(bytes, longest, out),
            Carries::Foreign => {
                if websocket::begins_frame(bytes) {
                    return self.push_frames(bytes, longest, out);
                }
                let begins = bytes.starts_with(hep::MAGIC).then_some(0);
                let Some(at) = begins.or_else(|| start_line_within(bytes)) else { return };
                self.carries = Carries::Sip;
                return self.push(bytes.get(at..).unwrap_or_default(), longest, out);
            }
            Carries::Unknown | Carries::Sip => {}
        }
        if self.buffer.is_empty() {
            let rest = self.cut(bytes, longest, out);
            self.hold(rest);
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.is_waiting(longest) {
            return;
        }
        let buffer = std::mem::take(&mut self.buffer);
        let rest = self.cut(&buffer, longest, out);
        self.hold(rest);
    }

    fn push_frames(&mut self, bytes: &[u8], longest: usize, out: &mut impl FnMut(Piece<'_>)) {
        self.carries = Carries::WebSocket;
        if !self.frames.get_or_insert_default().push(bytes, longest, out) {
            self.frames = None;
            self.carries = Carries::Foreign;
        }
    }

    /// Whether the buffered message cannot be whole yet. Looks at each byte once.
    fn is_waiting(&mut self, longest: usize) -> bool {
        if self.buffer.len() > longest {
            return false;
        }
        if let Some(length) = self.length {
            return self.buffer.len() < length;
        }
        if self.carries != Carries::Sip {
            return false;
        }
        // An empty line ends the headers: LF CR LF, or LF LF.
        let from = self.searched.saturating_sub(2);
        self.searched = self.buffer.len();
        let unseen = self.buffer.get(from..).unwrap_or_default();
        let ends =
            |at: usize| matches!(unseen.get(at + 1..), Some([b'\n', ..] | [b'\r', b'\n', ..]));
        !memchr::memchr_iter(b'\n', unseen).any(ends)
    }

    fn hold(&mut self, rest: &[u8]) {
        self.searched = 0;
        if self.buffer.is_empty() {
            self.buffer.extend_from_slice(rest);
        }
    }

    /// Cuts the messages off the front of `bytes`; what is left may be the
    /// beginning of another.
    fn cut<'a>(
        &mut self,
        bytes: &'a [u8],
        longest: usize,
        out: &mut impl FnMut(Piece<'_>),
    ) -> &'a [u8] {
        let mut rest = bytes;
        self.length = None;
        loop {
            // Line breaks between messages keep the connection alive (RFC 5626 section 3.5.1).
            let breaks = rest.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
            rest = rest.get(breaks..).unwrap_or_default();
            if rest.is_empty() {
                return rest;
            }
            match mirrored(rest) {
                Some(Ok(packet)) => {
                    self.carries = Carries::Sip;
                    out(Piece::Mirrored(packet));
                    rest = rest.get(packet.len()..).unwrap_or_default();
                    continue;
                }
                Some(Err(length)) => {
                    self.length = Some(length);
                    return rest;
                }
                None => {}
            }
            if self.carries == Carries::Unknown {
                match websocket::handshake(rest) {
                    Handshake::Done(length) => {
                        self.carries = Carries::WebSocket;
                        let frames = rest.get(length..).unwrap_or_default();
                        self.push_frames(frames, longest, out);
                        return &[];
                    }
                    Handshake::Incomplete => return rest,
                    Handshake::No => {}
                }
            }
            match sip::framing(rest) {
                Framing::Complete(length) => {
                    self.carries = Carries::Sip;
                    let (message, after) = rest.split_at_checked(length).unwrap_or((rest, &[]));
                    out(Piece::Message(message));
                    rest = after;
                    continue;
                }
                Framing::Incomplete { at_least } if at_least.unwrap_or(rest.len()) <= longest => {
                    if self.carries == Carries::Unknown
                        && sip::beginning(rest) == Beginning::Message
                    {
                        self.carries = Carries::Sip;
                    }
                    if self.carries == Carries::Sip
                        || rest.len() <= UNDECIDED && may_become_start_line(rest)
                    {
                        self.length = at_least;
                        return rest;
                    }
                }
                Framing::Incomplete { at_least } => {
                    out(Piece::Problem(Reason::SipTooLong));
                    if at_least.is_none() {
                        // No header section ends here, so no message is whole. What is
                        // kept is short enough that giving up stays rare.
                        rest = rest.get(rest.len() / 2..).unwrap_or_default();
                    }
                }
                Framing::NotSip => {}
            }
            // What stands here is no message: go on at the next start line.
            if self.carries == Carries::Sip {
                out(Piece::Problem(Reason::SipResync));
            }
            let next = start_line_within(rest.get(1..).unwrap_or_default());
            self.carries = if next.is_some() { Carries::Sip } else { Carries::Foreign };
            let Some(at) = next else { return &[] };
            rest = rest.get(at + 1..).unwrap_or_default();
        }
    }

    /// Bytes are missing here: what was begun cannot be finished. Its headers
    /// may be whole, so that it is still worth reading.
    pub fn gap(&mut self, out: &mut impl FnMut(Piece<'_>)) {
        let buffer = std::mem::take(&mut self.buffer);
        if mirrored(&buffer).is_some() {
            out(Piece::Problem(Reason::HepCut));
        } else if self.length.is_some() {
            out(Piece::Message(&buffer));
        } else if self.carries == Carries::Sip && !buffer.is_empty() {
            out(Piece::Problem(Reason::SipNoHeaderEnd));
        }
        self.length = None;
        self.searched = 0;
        self.frames = None;
        if matches!(self.carries, Carries::Sip | Carries::WebSocket) {
            self.carries = Carries::Foreign;
        }
    }

    /// Bytes held.
    pub fn held(&self) -> usize {
        self.buffer.capacity() + self.frames.as_ref().map_or(0, |frames| frames.held())
    }

    /// Whether it is known to carry something else than SIP.
    pub fn is_foreign(&self) -> bool {
        self.carries == Carries::Foreign
    }

    /// Whether SIP has been found in it.
    pub fn is_sip(&self) -> bool {
        matches!(self.carries, Carries::Sip | Carries::WebSocket)
    }
}

/// The HEP packet that bytes begin with, or how many bytes there have to be to say
/// more; `None` when they begin with none.
fn mirrored(bytes: &[u8]) -> Option<Result<&[u8], usize>> {
    let length = if bytes.len() < hep::HEADER {
        let seen = bytes.get(..bytes.len().min(hep::MAGIC.len()))?;
        (!seen.is_empty() && hep::MAGIC.starts_with(seen)).then_some(hep::HEADER)?
    } else {
        hep::length(bytes)?
    };
    Some(bytes.get(..length).ok_or(length))
}

/// Whether bytes without a line end may be the beginning of a start line: they
/// begin as a status line or a known method does. Where nothing was seen before,
/// any other word is more likely the middle of something.
fn may_become_start_line(bytes: &[u8]) -> bool {
    let word = bytes.split(|b| *b == b' ').next().unwrap_or_default();
    let whole = word.len() < bytes.len();
    let fits = |start: &[u8]| if whole { start == word } else { start.starts_with(word) };
    fits(b"SIP/2.0") || Method::KNOWN.iter().any(|method| fits(method.name().as_bytes()))
}

/// The offset of the first start line in `bytes`.
fn start_line_within(bytes: &[u8]) -> Option<usize> {
    // Each line is looked at once, however often it names the version.
    let (mut line, mut searched, mut looked_at) = (0, 0, None);
    memchr::memmem::find_iter(bytes, b"SIP/2.0").find_map(|found| {
        if let Some(newline) = memchr::memrchr(b'\n', bytes.get(searched..found)?) {
            line = searched + newline + 1;
        }
        searched = found;
        if looked_at.replace(line) == Some(line) {
            return None;
        }
        (sip::beginning(bytes.get(line..)?) == Beginning::Message).then_some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const LONGEST: usize = 1 << 20;

    fn message(n: usize, body: usize) -> String {
        format!(
            "OPTIONS sip:{n} SIP/2.0\r\nCall-ID: {n}\r\nContent-Length: {body}\r\n\r\n{}",
            "x".repeat(body)
        )
    }

    fn read(chunks: &[&[u8]]) -> (Vec<String>, Vec<Reason>) {
        let (mut messages, mut problems) = (Vec::new(), Vec::new());
        let mut stream = SipStream::default();
        for chunk in chunks {
            stream.push(chunk, LONGEST, &mut |piece| match piece {
                Piece::Message(bytes) | Piece::WebSocketMessage(bytes) => {
                    messages.push(String::from_utf8_lossy(bytes).into_owned());
                }
                Piece::Mirrored(packet) => messages.push(format!("HEP of {}", packet.len())),
                Piece::Problem(reason) => problems.push(reason),
            });
        }
        (messages, problems)
    }

    #[test]
    fn several_messages_and_keep_alives_in_one_segment() {
        let (a, b) = (message(1, 3), message(2, 0));
        let segment = format!("\r\n\r\n{a}{b}\r\n\r\n{a}");
        assert_eq!(read(&[segment.as_bytes()]), (vec![a.clone(), b, a], vec![]));
    }

    #[test]
    fn other_protocols_are_left_alone() {
        assert_eq!(read(&[b"GET / HTTP/1.1\r\n\r\n", b"more"]), (vec![], vec![]));
        assert_eq!(read(&[b"\x16\x03\x01\x02"]), (vec![], vec![]));
        assert_eq!(read(&[&[b'a'; 3000], &[b'b'; 3000], &[b'c'; 3000]]), (vec![], vec![]));
    }

    #[test]
    fn a_capture_that_begins_inside_a_message_finds_the_next() {
        let next = message(7, 2);
        let text = format!("half a body\r\nVia: SIP/2.0/TCP x\r\n{next}");
        assert_eq!(read(&[text.as_bytes()]), (vec![next.clone()], vec![]));
        assert_eq!(read(&[b"half a body", next.as_bytes()]), (vec![next], vec![]));
    }

    #[test]
    fn rubbish_between_messages_is_counted_and_skipped() {
        let (a, b) = (message(1, 0), message(2, 0));
        let text = format!("{a}rubbish\r\n{b}");
        assert_eq!(read(&[text.as_bytes()]), (vec![a, b], vec![Reason::SipResync]));
    }

    #[test]
    fn a_websocket_opens_with_its_handshake() {
        let request = "GET / HTTP/1.1\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
        let text = message(1, 0);
        let frame = [&[0x81, u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat();
        let mut found = Vec::new();
        let mut stream = SipStream::default();
        for chunk in
            [&request.as_bytes()[..9], &request.as_bytes()[9..], &frame, &frame[..7], &frame[7..]]
        {
            stream.push(chunk, LONGEST, &mut |piece| match piece {
                Piece::WebSocketMessage(bytes) => found.push(bytes.to_vec()),
                other => panic!("{other:?}"),
            });
        }
        assert_eq!(found, [text.as_bytes(), text.as_bytes()]);
        let mut late = SipStream::default();
        late.push(b"\x81\x05hello", LONGEST, &mut |piece| panic!("{piece:?}"));
        late.push(&frame, LONGEST, &mut |piece| {
            assert!(matches!(piece, Piece::WebSocketMessage(_)));
        });
        assert!(late.is_sip());
    }

    #[test]
    fn mirrored_packets_are_cut_by_their_length() {
        let packet = |length: u16| {
            let mut packet = [&hep::MAGIC[..], &length.to_be_bytes()].concat();
            packet.resize(length.into(), b'x');
            packet
        };
        let (a, b) = (packet(40), packet(6));
        let whole = [&a[..], &b, &a].concat();
        let found = ["HEP of 40", "HEP of 6", "HEP of 40"].map(str::to_owned).to_vec();
        assert_eq!(read(&[&whole]), (found.clone(), vec![]));
        let single: Vec<_> = whole.chunks(1).collect();
        assert_eq!(read(&single), (found, vec![]));
        // A hole, and the next packet at the beginning of a segment.
        let mut stream = SipStream::default();
        let mut found = Vec::new();
        stream.push(&a[..30], LONGEST, &mut |_| panic!("not whole"));
        stream.gap(&mut |piece| found.push(format!("{piece:?}")));
        stream.push(b"rest", LONGEST, &mut |_| panic!("nothing"));
        stream.push(&b, LONGEST, &mut |piece| found.push(format!("{piece:?}")));
        assert_eq!(found.len(), 2);
        assert!(found[0].contains("HepCut") && found[1].contains("Mirrored"), "{found:?}");
    }

    #[test]
    fn a_message_beyond_the_limit_is_given_up() {
        let huge = "OPTIONS sip:a SIP/2.0\r\nContent-Length: 99999999\r\n\r\n";
        let after = message(3, 0);
        let text = format!("{huge}{after}");
        assert_eq!(read(&[text.as_bytes()]).1[0], Reason::SipTooLong);
        assert_eq!(read(&[text.as_bytes()]).0, [after]);
        let endless = [b"OPTIONS sip:a SIP/2.0\r\n".to_vec(), b"X: y\r\n".repeat(200_000)].concat();
        let chunks: Vec<_> = endless.chunks(1_400).collect();
        assert!(read(&chunks).1.contains(&Reason::SipTooLong));
    }

    #[test]
    fn a_gap_gives_the_message_whose_headers_are_whole() {
        let text = message(1, 100);
        let (mut messages, mut stream) = (0, SipStream::default());
        stream.push(&text.as_bytes()[..text.len() - 50], LONGEST, &mut |_| {});
        stream.gap(&mut |piece| messages += usize::from(matches!(piece, Piece::Message(_))));
        assert_eq!((messages, stream.held()), (1, 0));
    }

    proptest! {
        /// However the bytes are cut into segments, the same messages come out.
        #[test]
        fn cuts_do_not_matter(bodies in proptest::collection::vec(0_usize..40, 1..5), cuts in proptest::collection::vec(1_usize..60, 0..40)) {
            let whole: Vec<_> = bodies.iter().enumerate().map(|(n, body)| message(n, *body)).collect();
            let bytes = whole.concat().into_bytes();
            let (mut chunks, mut rest) = (Vec::new(), &bytes[..]);
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                chunks.push(chunk);
                rest = after;
            }
            chunks.push(rest);
            prop_assert_eq!(read(&chunks), (whole, vec![]));
        }

        #[test]
        fn any_bytes_are_survived(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..10)) {
            let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
            let _ = read(&chunks);
        }
    }
}
