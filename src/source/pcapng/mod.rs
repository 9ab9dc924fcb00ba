//! Blocks of the pcapng format (draft-ietf-opsawg-pcapng): sections, each with
//! its byte order and interfaces, and the packets of these.

mod head;
mod interface;
mod options;
mod packet;

use self::head::{FRAMING, Head, LEADING, kind};
use self::interface::{Interface, Statistics};
use crate::base::time::Timestamp;
use crate::source::error::SourceErrorKind;
use crate::source::info::Format;
use crate::source::limits::{MAX_BUFFERED_BLOCK, MAX_INTERFACES, MAX_SKIPPED_BLOCK};
use crate::source::order::Order;
use crate::source::record::{Cut, Fault, Outcome};
use crate::source::tally::Tally;
use crate::source::window::Window;

/// The bytes of 1a2b3c4d as they stand in a big-endian section (section 4.1).
const BIG_MAGIC: [u8; 4] = [0x1a, 0x2b, 0x3c, 0x4d];
const LITTLE_MAGIC: [u8; 4] = [0x4d, 0x3c, 0x2b, 0x1a];

/// Bytes of the length after a block's content.
const TRAILER: usize = size_of::<u32>();

/// A pcapng file, in the section that has been reached.
pub(in crate::source) struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
    /// The time of the packet before, for packets without one.
    latest: Timestamp,
    /// A block that is being passed over, and bytes until its trailer. While
    /// there is one the window holds a part of a trailer at most.
    passing: Option<(Head, usize)>,
}

impl PcapNg {
    /// Reads the first section's header.
    pub(in crate::source) fn open(window: &mut Window, tally: &mut Tally) -> Result<Self, Fault> {
        let latest = Timestamp::default();
        let (order, interfaces) = (Order::Little, Vec::new());
        let mut file = Self { order, interfaces, latest, passing: None };
        match file.block(window, tally)? {
            Some(Outcome::Cut(Cut { offset, found, missing, .. })) => {
                let expected = found + missing;
                Err(Fault { offset, kind: SourceErrorKind::HeaderCut { expected, found } })
            }
            _ => Ok(file),
        }
    }

    /// The next packet.
    #[inline]
    pub(in crate::source) fn next(
        &mut self,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Outcome, Fault> {
        loop {
            if let Some(packet) = self.usual_packet(window) {
                return Ok(Outcome::Packet(packet));
            }
            if let Some(outcome) = self.block(window, tally)? {
                return Ok(outcome);
            }
        }
    }

    /// Reads one block; `None` when it holds no packet.
    #[cold]
    fn block(&mut self, window: &mut Window, tally: &mut Tally) -> Result<Option<Outcome>, Fault> {
        if let Some((head, left)) = self.passing.take() {
            return self.pass(head, left, window, tally);
        }
        let offset = window.offset();
        window.want(FRAMING as usize)?;
        let [kind, length, third, ..] = window.held().as_chunks().0 else {
            return Ok(Some(Outcome::ends(window, FRAMING as usize, false)));
        };
        let kind = self.order.u32(*kind);
        if kind == kind::SECTION {
            self.order = match *third {
                LITTLE_MAGIC => Order::Little,
                BIG_MAGIC => Order::Big,
                found => {
                    let kind = SourceErrorKind::SectionByteOrder { found };
                    return Err(Fault { offset, kind });
                }
            };
        }
        let head = Head { offset, kind, stated: self.order.u32(*length) };
        match kind {
            kind::ENHANCED_PACKET
            | kind::PACKET
            | kind::SIMPLE_PACKET
            | kind::SECTION
            | kind::INTERFACE
            | kind::STATISTICS => self.buffered(head, window, tally),
            _ => {
                let size = head.size(MAX_SKIPPED_BLOCK)?;
                self.pass(head, size - TRAILER, window, tally)
            }
        }
    }

    /// Reads a block that is of interest.
    fn buffered(
        &mut self,
        head: Head,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Option<Outcome>, Fault> {
        let size = head.size(MAX_BUFFERED_BLOCK)?;
        if !window.want(size)? {
            return Ok(Some(Outcome::ends(window, size, true)));
        }
        let block = window.take(size);
        let Some((content, trailer)) =
            window.lent(block.start + LEADING..block.end).split_last_chunk()
        else {
            return Err(head.short_of(0));
        };
        head.check_trailer(self.order.u32(*trailer))?;
        let start = block.start + LEADING;
        let mut packet = match head.kind {
            kind::ENHANCED_PACKET | kind::PACKET => self.packet(head, content, tally)?,
            kind::SIMPLE_PACKET => self.simple_packet(head, content, tally)?,
            kind::SECTION => return self.section(head, content).map(|()| None),
            kind::INTERFACE => return self.interface(head, content, tally).map(|()| None),
            _ => return self.statistics(head, content, tally).map(|()| None),
        };
        packet.bytes.start += start;
        packet.bytes.end += start;
        self.latest = packet.at;
        Ok(Some(Outcome::Packet(packet)))
    }

    /// Passes over a block that is of none, without holding it; `left` bytes of
    /// it come before its trailer.
    fn pass(
        &mut self,
        head: Head,
        left: usize,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Option<Outcome>, Fault> {
        let left = window.skip(left)?;
        window.want(TRAILER)?;
        let Some(trailer) = window.held().first_chunk() else {
            self.passing = Some((head, left));
            let missing = (left + TRAILER - window.held().len()) as u64;
            let found = (window.offset() + window.held().len() as u64).saturating_sub(head.offset);
            let cut = Cut { offset: head.offset, found, missing, exact: true };
            return Ok(Some(Outcome::Cut(cut)));
        };
        head.check_trailer(self.order.u32(*trailer))?;
        window.take(TRAILER);
        if kind::NUMBERED.contains(&head.kind) {
            tally.other_record();
        }
        Ok(None)
    }

    /// A Section Header Block (section 4.1): a new section has no interfaces yet.
    fn section(&mut self, head: Head, content: &[u8]) -> Result<(), Fault> {
        let [_, version, _, _, ..] = content.as_chunks().0 else {
            return Err(head.short_of(16));
        };
        let (major, minor) = self.order.u16_pair(*version);
        if major != 1 {
            let kind = SourceErrorKind::Version { format: Format::PcapNg, major, minor };
            return Err(Fault { offset: head.offset, kind });
        }
        self.interfaces.clear();
        Ok(())
    }

    /// An Interface Description Block (section 4.2).
    fn interface(&mut self, head: Head, content: &[u8], tally: &mut Tally) -> Result<(), Fault> {
        let Some(read) = Interface::read(self.order, content) else {
            return Err(head.short_of(8));
        };
        if self.interfaces.len() >= MAX_INTERFACES {
            let kind = SourceErrorKind::TooManyInterfaces { most: MAX_INTERFACES };
            return Err(Fault { offset: head.offset, kind });
        }
        bad_options(read.bad_options, tally);
        tally.declared(read.link, read.interface.clock.fraction_digits);
        self.interfaces.push(read.interface);
        Ok(())
    }

    /// An Interface Statistics Block (section 4.6).
    fn statistics(&mut self, head: Head, content: &[u8], tally: &mut Tally) -> Result<(), Fault> {
        let Some(read) = Statistics::read(self.order, content) else {
            return Err(head.short_of(12));
        };
        bad_options(read.bad_options, tally);
        let Some(interface) = self.interfaces.get_mut(read.interface as usize) else {
            let text = "interface statistics are of an interface that was not declared \
                        and were left out";
            tally.problem("file.undeclared-interface", None, text);
            return Ok(());
        };
        if let Some(Ok(end)) = read.end.map(|end| interface.clock.at(end)) {
            tally.lasted(end);
        }
        if let Some(drops) = read.drops {
            tally.dropped(interface.drops, drops);
            interface.drops = Some(drops);
        }
        Ok(())
    }
}

fn bad_options(count: u32, tally: &mut Tally) {
    for _ in 0..count {
        let text = "options of pcapng blocks could not be read and were left out";
        tally.problem("file.bad-option", None, text);
    }
}
