//! Records of Microsoft Network Monitor captures: a header, frames one after
//! another, and a table of their places at the end.
//!
//! The format is that of the help of Network Monitor 3 ("Capture File Format");
//! versions 1.x begin with `RTSS`, 2.x with `GMBU`. The frames are read in the
//! order they stand in; the table then tells whether there are others.

mod header;
mod media;
mod table;

use self::header::Header;
use self::media::Media;
use self::table::FrameTable;
use super::error::SourceErrorKind;
use super::limits::MAX_FRAME;
use super::order::Order;
use super::record::{Fault, Outcome, Packet};
use super::tally::Tally;
use super::window::Window;
use crate::base::frame::Link;
use crate::base::time::Timestamp;

const ORDER: Order = Order::Little;

/// From 1601-01-01T00:00:00Z, where Windows counts from, to 1970, in units of 100 ns.
const WINDOWS_EPOCH: i128 = 116_444_736_000_000_000;

/// A Network Monitor capture whose header has been read.
pub(super) struct NetMon {
    header: Header,
    table: FrameTable,
    /// The media type last met, and what it is.
    latest: Option<(u16, Media)>,
}

/// What stands before the bytes of a frame.
struct Before {
    /// Milliseconds (1.x) or microseconds (2.x) since the start.
    since_start: u64,
    captured: u32,
    wire_len: u32,
}

impl NetMon {
    /// Reads the file header.
    pub(super) fn open(window: &mut Window, tally: &mut Tally) -> Result<Self, Fault> {
        let header = Header::read(window, tally)?;
        let table = FrameTable::new(header.table_at, header.frames);
        let mut file = Self { header, table, latest: None };
        if !file.header.has_media_per_frame() {
            file.meaning(file.header.media, tally);
        }
        Ok(file)
    }

    /// The next packet.
    pub(super) fn next(
        &mut self,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Outcome, Fault> {
        loop {
            let offset = window.offset();
            if self.table.is_reached(offset) {
                return self.table.check(window, tally);
            }
            let before_size = self.header.record_header();
            window.want(before_size)?;
            let Some(before) = self.before(window.held()) else {
                // Between two frames too, the table tells that there is more.
                return Ok(match self.table.missing_at(offset) {
                    Some(missing) if window.held().is_empty() => table::cut(offset, 0, missing),
                    _ => Outcome::ends(window, before_size, false),
                });
            };
            let captured = before.captured;
            if captured > MAX_FRAME {
                let kind = SourceErrorKind::FrameLength { captured, most: MAX_FRAME };
                return Err(Fault { offset, kind });
            }
            let after_at = before_size + captured as usize;
            let size = after_at + self.header.record_trailer();
            let room = self.table.room_after(offset);
            if size > room {
                return Err(Fault {
                    offset,
                    kind: SourceErrorKind::PacketLength { captured, room },
                });
            }
            if !window.want(size)? {
                return Ok(Outcome::ends(window, size, true));
            }
            self.table.found(offset);
            let record = window.take(size);
            let trailer = window.lent(record.start + after_at..record.end);
            if let Some(link) = self.link(trailer, tally) {
                let at = self.time(&before, trailer, tally);
                let bytes = record.start + before_size..record.start + after_at;
                let wire_len = before.wire_len;
                return Ok(Outcome::Packet(Packet { at, timed: true, link, wire_len, bytes }));
            }
        }
    }

    /// Reads what stands before a frame; `None` when not all of it is held.
    fn before(&self, held: &[u8]) -> Option<Before> {
        if self.header.major == 1 {
            let [millis, lengths, ..] = held.as_chunks().0 else { return None };
            let (wire_len, captured) = ORDER.u16_pair(*lengths);
            let since_start = ORDER.u32(*millis).into();
            return Some(Before {
                since_start,
                captured: captured.into(),
                wire_len: wire_len.into(),
            });
        }
        let [low, high, wire_len, captured, ..] = held.as_chunks().0 else { return None };
        let since_start = u64::from(ORDER.u32(*high)) << 32 | u64::from(ORDER.u32(*low));
        let (captured, wire_len) = (ORDER.u32(*captured), ORDER.u32(*wire_len));
        Some(Before { since_start, captured, wire_len })
    }

    /// The time of a frame: its own, which it carries since version 2.3, or
    /// that since the start.
    fn time(&self, before: &Before, trailer: &[u8], tally: &mut Tally) -> Timestamp {
        let own = trailer.get(6..).and_then(<[u8]>::first_chunk);
        let nanos = if let Some(hundreds) = own {
            (i128::from(ORDER.u64(*hundreds)) - WINDOWS_EPOCH) * 100
        } else if self.header.major == 1 {
            self.header.start_nanos + i128::from(before.since_start) * 1_000_000
        } else {
            // A frame may come before the start: ten times the number, kept to
            // 64 bits, is then a negative count of 100 ns.
            let hundreds = before.since_start.wrapping_mul(10).cast_signed();
            self.header.start_nanos + i128::from(hundreds) * 100
        };
        i64::try_from(nanos).map_or_else(
            |_| {
                tally.time_out_of_range();
                Timestamp::from_nanos(if nanos < 0 { i64::MIN } else { i64::MAX })
            },
            Timestamp::from_nanos,
        )
    }

    /// The link of a frame; `None` when the record holds no frame.
    fn link(&mut self, trailer: &[u8], tally: &mut Tally) -> Option<Link> {
        let media = trailer.first_chunk().map_or(self.header.media, |media| ORDER.u16(*media));
        match self.meaning(media, tally) {
            Media::Link(number) => Some(Link::from_number(number)),
            Media::Unknown => {
                let text = format!(
                    "frames of Network Monitor's media type {media:#06x} have no known link type"
                );
                tally.problem("file.link-type", Some(tally.next_frame()), &text);
                Some(Link::Other(media::NO_NUMBER))
            }
            Media::Event => {
                let text = "records of events, which hold no frame, were left out";
                tally.problem("file.event-record", Some(tally.next_frame()), text);
                tally.other_record();
                None
            }
            Media::Note => None,
        }
    }

    /// What a media type is; a link is declared when it is not that of the frame before.
    fn meaning(&mut self, media: u16, tally: &mut Tally) -> Media {
        if let Some((latest, meaning)) = self.latest
            && latest == media
        {
            return meaning;
        }
        let meaning = Media::of(media);
        if let Media::Link(number) = meaning {
            tally.declared(number, self.header.fraction_digits());
        }
        self.latest = Some((media, meaning));
        meaning
    }
}
