//! SIP over WebSocket (RFC 7118): frames of a connection to messages (RFC 6455),
//! masked, fragmented and compressed (RFC 7692) ones included.

use flate2::{Decompress, FlushDecompress, Status};

use super::sip_stream::Piece;
use crate::wire::bytes::{be16, split_once, trim};
use crate::wire::malformed::Reason;
use crate::wire::sip::{self, Beginning};

/// The frames of one direction.
#[derive(Debug, Default)]
pub(super) struct WebSocket {
    buffer: Vec<u8>,
    message: Vec<u8>,
    compressed: bool,
    /// The decompressor keeps what earlier messages taught it; one that starts
    /// afresh each time needs none of it, and is not disturbed by it.
    inflater: Option<Box<Decompress>>,
}

impl Clone for WebSocket {
    /// A copy without the decompressor's memory, which cannot be copied.
    fn clone(&self) -> Self {
        Self {
            buffer: self.buffer.clone(),
            message: self.message.clone(),
            compressed: self.compressed,
            inflater: None,
        }
    }
}

/// A frame's header and payload.
struct Frame<'a> {
    last: bool,
    compressed: bool,
    opcode: u8,
    mask: Option<[u8; 4]>,
    payload: &'a [u8],
    /// Length of header and payload.
    length: usize,
}

/// What a decompressor takes: its window of 32 KiB, its tables and its state.
const INFLATER: usize = 48 << 10;

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;

/// What a handshake's bytes are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Handshake {
    /// No handshake of SIP over WebSocket.
    No,
    /// Perhaps one whose end has not come.
    Incomplete,
    /// One of this length.
    Done(usize),
}

/// Longest handshake that is waited for.
const MAX_HANDSHAKE: usize = 16 << 10;

/// Recognises the request or the answer that opens a WebSocket for SIP.
pub(super) fn handshake(bytes: &[u8]) -> Handshake {
    let starts = |start: &[u8]| bytes.starts_with(start) || start.starts_with(bytes);
    if !starts(b"GET ") && !starts(b"HTTP/1.1 101") {
        return Handshake::No;
    }
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return if bytes.len() < MAX_HANDSHAKE { Handshake::Incomplete } else { Handshake::No };
    };
    let is_sip = bytes.get(..end).unwrap_or_default().split(|b| *b == b'\n').any(|line| {
        let (name, value) = split_once(line, b':');
        trim(name).eq_ignore_ascii_case(b"sec-websocket-protocol")
            && value
                .unwrap_or_default()
                .split(|b| *b == b',')
                .any(|word| trim(word).eq_ignore_ascii_case(b"sip"))
    });
    if is_sip { Handshake::Done(end + 4) } else { Handshake::No }
}

/// Whether a segment of a connection whose beginning was not seen is a frame
/// that carries SIP in clear.
pub(super) fn begins_frame(bytes: &[u8]) -> bool {
    frame(bytes).is_ok_and(|frame| {
        frame.is_some_and(|frame| {
            matches!(frame.opcode, TEXT | BINARY)
                && !frame.compressed
                && sip::beginning(&frame.unmasked()) == Beginning::Message
        })
    })
}

/// The frame that bytes begin with: `None` while it is not whole, an error when
/// it cannot be one.
fn frame(bytes: &[u8]) -> Result<Option<Frame<'_>>, ()> {
    let Some([first, second]) = bytes.first_chunk().copied() else { return Ok(None) };
    let opcode = first & 0x0f;
    if first & 0x30 != 0 || !matches!(opcode, 0..=2 | 8..=10) {
        return Err(());
    }
    let (length, mut at) = match second & 0x7f {
        126 => match be16(bytes, 2) {
            Some(length) => (u64::from(length), 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..).and_then(<[u8]>::first_chunk) {
            Some(length) => (u64::from_be_bytes(*length), 10),
            None => return Ok(None),
        },
        length => (u64::from(length), 2),
    };
    let mask = if second & 0x80 == 0 {
        None
    } else {
        let Some(mask) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return Ok(None) };
        at += 4;
        Some(*mask)
    };
    let length = usize::try_from(length).map_err(|_| ())?;
    let end = at.checked_add(length).ok_or(())?;
    let Some(payload) = bytes.get(at..end) else { return Ok(None) };
    Ok(Some(Frame {
        last: first & 0x80 != 0,
        compressed: first & 0x40 != 0,
        opcode,
        mask,
        payload,
        length: end,
    }))
}

impl Frame<'_> {
    fn unmasked(&self) -> Vec<u8> {
        match self.mask {
            None => self.payload.to_vec(),
            Some(mask) => {
                self.payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect()
            }
        }
    }
}

impl WebSocket {
    /// Takes the next bytes of the direction; whether it can be read further.
    pub(super) fn push(
        &mut self,
        bytes: &[u8],
        longest: usize,
        out: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.extend_from_slice(bytes);
        let mut rest = buffer.as_slice();
        loop {
            match frame(rest) {
                Ok(Some(frame)) => {
                    self.take(&frame, longest, out);
                    rest = rest.get(frame.length..).unwrap_or_default();
                }
                Ok(None) if rest.len() <= longest => break,
                _ => {
                    out(Piece::Problem(Reason::WebsocketBad));
                    return false;
                }
            }
        }
        // A frame that is not whole stays where it is.
        let read = buffer.len() - rest.len();
        buffer.drain(..read);
        if !buffer.is_empty() {
            self.buffer = buffer;
        }
        true
    }

    fn take(&mut self, frame: &Frame<'_>, longest: usize, out: &mut impl FnMut(Piece<'_>)) {
        match frame.opcode {
            TEXT | BINARY => {
                self.message.clear();
                self.compressed = frame.compressed;
            }
            CONTINUATION => {}
            // Pings, pongs and closing come between the frames of a message.
            _ => return,
        }
        if self.message.len() + frame.payload.len() > longest {
            out(Piece::Problem(Reason::SipTooLong));
            self.message = Vec::new();
            return;
        }
        self.message.extend(frame.unmasked());
        if !frame.last {
            return;
        }
        let message = std::mem::take(&mut self.message);
        let message = if self.compressed { self.inflate(&message, longest) } else { Some(message) };
        match message {
            None => out(Piece::Problem(Reason::WebsocketBad)),
            Some(message) if sip::beginning(&message) == Beginning::Message => {
                out(Piece::WebSocketMessage(&message));
            }
            Some(_) => {}
        }
    }

    /// Inflates a message (RFC 7692 section 7.2.2); `None` when it cannot be, or
    /// becomes longer than `longest`.
    fn inflate(&mut self, message: &[u8], longest: usize) -> Option<Vec<u8>> {
        let inflater = self.inflater.get_or_insert_with(|| Box::new(Decompress::new(false)));
        let input = [message, &[0, 0, 0xff, 0xff]].concat();
        let mut output =
            Vec::with_capacity(message.len().saturating_mul(4).clamp(256, longest.max(256)));
        let start = inflater.total_in();
        loop {
            let used = usize::try_from(inflater.total_in() - start).ok()?;
            let rest = input.get(used..)?;
            let (in_before, out_before) = (inflater.total_in(), output.len());
            let status = inflater.decompress_vec(rest, &mut output, FlushDecompress::Sync);
            let moved = inflater.total_in() != in_before || output.len() != out_before;
            match status {
                Err(_) => {
                    self.inflater = None;
                    return None;
                }
                Ok(Status::StreamEnd) => {
                    // A final block: the next message begins afresh.
                    self.inflater = None;
                    return Some(output);
                }
                Ok(_) if output.len() > longest => {
                    self.inflater = None;
                    return None;
                }
                Ok(_) if output.len() == output.capacity() => output.reserve(output.len().max(256)),
                Ok(_)
                    if !moved
                        || usize::try_from(inflater.total_in() - start).ok()? == input.len() =>
                {
                    return Some(output);
                }
                Ok(_) => {}
            }
        }
    }

    /// Bytes held.
    pub(super) fn held(&self) -> usize {
        let inflater = if self.inflater.is_some() { INFLATER } else { 0 };
        self.buffer.capacity() + self.message.capacity() + inflater
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};
    use proptest::prelude::*;

    const MESSAGE: &str =
        "OPTIONS sip:a@example.com SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK1\r\n\r\n";
    const LONGEST: usize = 1 << 20;

    fn encoded(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
        let masked = if mask.is_some() { 0x80 } else { 0 };
        let mut bytes = vec![first];
        match payload.len() {
            0..=125 => bytes.push(masked | u8::try_from(payload.len()).unwrap()),
            length => {
                bytes.push(masked | 0x7e);
                bytes.extend(u16::try_from(length).unwrap().to_be_bytes());
            }
        }
        bytes.extend(mask.unwrap_or_default().iter().take(if mask.is_some() { 4 } else { 0 }));
        let key = mask.unwrap_or_default();
        bytes.extend(payload.iter().zip(key.iter().cycle()).map(|(byte, key)| byte ^ key));
        bytes
    }

    fn read(chunks: &[&[u8]]) -> Vec<String> {
        let (mut socket, mut messages) = (WebSocket::default(), Vec::new());
        for chunk in chunks {
            socket.push(chunk, LONGEST, &mut |piece| match piece {
                Piece::WebSocketMessage(bytes) => {
                    messages.push(String::from_utf8_lossy(bytes).into_owned());
                }
                other => messages.push(format!("{other:?}")),
            });
        }
        messages
    }

    #[test]
    fn masked_fragmented_and_plain_frames() {
        let bytes = MESSAGE.as_bytes();
        assert_eq!(read(&[&encoded(0x81, None, bytes)]), [MESSAGE]);
        assert_eq!(read(&[&encoded(0x82, Some([1, 2, 3, 4]), bytes)]), [MESSAGE]);
        let ping = encoded(0x89, None, b"x");
        let pieces = [
            encoded(0x01, Some([9; 4]), &bytes[..20]),
            ping,
            encoded(0x80, Some([7; 4]), &bytes[20..]),
        ]
        .concat();
        assert_eq!(read(&[&pieces]), [MESSAGE]);
        let one_by_one: Vec<_> = pieces.chunks(1).collect();
        assert_eq!(read(&one_by_one), [MESSAGE]);
        assert_eq!(read(&[&encoded(0x81, None, b"\r\n\r\n")]), [] as [&str; 0], "a keep-alive");
        assert_eq!(read(&[&[0xf1, 0]]), ["Problem(WebsocketBad)"]);
    }

    #[test]
    fn compressed_messages_use_what_came_before() {
        let mut compress = Compress::new(Compression::default(), false);
        let mut frames = Vec::new();
        let mut sizes = Vec::new();
        for _ in 0..3 {
            let mut deflated = Vec::with_capacity(1_000);
            compress.compress_vec(MESSAGE.as_bytes(), &mut deflated, FlushCompress::Sync).unwrap();
            deflated.truncate(deflated.len() - 4);
            sizes.push(deflated.len());
            frames.extend(encoded(0xc1, Some([5; 4]), &deflated));
        }
        assert!(sizes[1] < sizes[0] / 2, "{sizes:?}");
        assert_eq!(read(&[&frames]), [MESSAGE; 3]);
        assert_eq!(read(&[&encoded(0xc1, None, &[0xff; 9])]), ["Problem(WebsocketBad)"]);
    }

    #[test]
    fn a_bomb_does_not_go_off() {
        let mut compress = Compress::new(Compression::best(), false);
        let mut deflated = Vec::with_capacity(100_000);
        compress.compress_vec(&vec![b'a'; 20_000_000], &mut deflated, FlushCompress::Sync).unwrap();
        assert_eq!(read(&[&encoded(0xc1, None, &deflated)]), ["Problem(WebsocketBad)"]);
    }

    #[test]
    fn handshakes_of_sip_are_told_from_others() {
        let request =
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat, sip\r\n\r\n";
        assert_eq!(handshake(request), Handshake::Done(request.len()));
        assert_eq!(handshake(&request[..20]), Handshake::Incomplete);
        assert_eq!(handshake(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"), Handshake::No);
        let answer = b"HTTP/1.1 101 Switching Protocols\r\nsec-websocket-protocol: sip\r\n\r\n\x81";
        assert_eq!(handshake(answer), Handshake::Done(answer.len() - 1));
        assert_eq!(handshake(b"HTTP/1.1 200 OK\r\n\r\n"), Handshake::No);
        assert!(begins_frame(&encoded(0x81, Some([3; 4]), MESSAGE.as_bytes())));
        assert!(!begins_frame(&encoded(0x81, None, b"{}")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..8)) {
            let chunks: Vec<_> = chunks.iter().map(Vec::as_slice).collect();
            let _ = read(&chunks);
        }
    }
}
