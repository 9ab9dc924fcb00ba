//! Blocks of the pcapng format (draft-ietf-opsawg-pcapng): sections, each with
//! its byte order and interfaces, and the packets of these.

mod interface;
mod options;

use self::interface::Interface;
use crate::base::time::Timestamp;
use crate::source::error::SourceErrorKind;
use crate::source::info::Format;
use crate::source::limits::{MAX_BUFFERED_BLOCK, MAX_FRAME, MAX_INTERFACES, MAX_SKIPPED_BLOCK};
use crate::source::order::Order;
use crate::source::record::{Cut, Fault, Outcome, Packet};
use crate::source::tally::Tally;
use crate::source::window::Window;

/// Type and length before a block's content, the length again after it.
const FRAMING: u32 = 12;
/// Type and length.
const LEADING: usize = 8;

/// Block types (section 11.1).
mod kind {
    pub(super) const SECTION: u32 = 0x0a0d_0d0a;
    pub(super) const INTERFACE: u32 = 1;
    /// The obsolete Packet Block (appendix A).
    pub(super) const PACKET: u32 = 2;
    pub(super) const SIMPLE_PACKET: u32 = 3;
    pub(super) const STATISTICS: u32 = 5;
    pub(super) const ENHANCED_PACKET: u32 = 6;
    /// Blocks without packets that Wireshark 4.0 gives a frame number all the
    /// same: systemd journal entries, sysdig events, custom blocks.
    pub(super) const NUMBERED: [u32; 6] = [9, 0x204, 0x216, 0x221, 0xbad, 0x4000_0bad];
}

/// The bytes of 1a2b3c4d as they stand in a big-endian section (section 4.1).
const BIG_MAGIC: [u8; 4] = [0x1a, 0x2b, 0x3c, 0x4d];
const LITTLE_MAGIC: [u8; 4] = [0x4d, 0x3c, 0x2b, 0x1a];

/// A pcapng file, in the section that has been reached.
pub(in crate::source) struct PcapNg {
    order: Order,
    interfaces: Vec<Interface>,
    /// The time of the packet before, for packets without one.
    latest: Timestamp,
}

/// The start of a block.
#[derive(Clone, Copy)]
struct Head {
    offset: u64,
    kind: u32,
    /// Its length as it states it.
    stated: u32,
}

impl PcapNg {
    /// Reads the first section's header.
    pub(in crate::source) fn open(window: &mut Window, tally: &mut Tally) -> Result<Self, Fault> {
        let latest = Timestamp::default();
        let mut file = Self { order: Order::Little, interfaces: Vec::new(), latest };
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

    /// The short way for nearly every block: an Enhanced Packet Block (section
    /// 4.3) that is held whole and has nothing wrong. `None` leaves it to
    /// [`block`](Self::block), which reads any.
    #[inline]
    fn usual_packet(&mut self, window: &mut Window) -> Option<Packet> {
        const FIXED: usize = 28;
        let held = window.held();
        let [kind, length, interface, high, low, captured, wire_len, ..] = held.as_chunks().0
        else {
            return None;
        };
        let size = self.order.u32(*length) as usize;
        let captured = self.order.u32(*captured);
        let trailer_at = size.checked_sub(size_of_val(length))?;
        if self.order.u32(*kind) != kind::ENHANCED_PACKET
            || !size.is_multiple_of(4)
            || captured > MAX_FRAME
            || FIXED + captured as usize > trailer_at
            || held.get(trailer_at..size)? != length
        {
            return None;
        }
        let from = self.interfaces.get(self.order.u32(*interface) as usize)?;
        let ticks = u64::from(self.order.u32(*high)) << 32 | u64::from(self.order.u32(*low));
        let at = from.clock.at(ticks).ok()?;
        let (link, wire_len) = (from.link, self.order.u32(*wire_len));
        self.latest = at;
        let start = window.take(size).start + FIXED;
        let bytes = start..start + captured as usize;
        Some(Packet { at, timed: true, link, wire_len, bytes })
    }

    /// Reads one block; `None` when it holds no packet.
    #[cold]
    fn block(&mut self, window: &mut Window, tally: &mut Tally) -> Result<Option<Outcome>, Fault> {
        let offset = window.offset();
        let whole = window.want(FRAMING as usize)?;
        let (true, [kind, length, third, ..]) = (whole, window.held().as_chunks().0) else {
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
            _ => self.skipped(head, window, tally),
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
            return Err(head.bad_length(FRAMING, MAX_BUFFERED_BLOCK));
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

    /// Passes over a block that is not.
    fn skipped(
        &mut self,
        head: Head,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Option<Outcome>, Fault> {
        let size = head.size(MAX_SKIPPED_BLOCK)?;
        let trailer_size = size_of::<u32>();
        let mut missing = window.skip(size - trailer_size)?;
        window.want(trailer_size)?;
        let Some(trailer) = window.held().first_chunk() else {
            missing += trailer_size - window.held().len();
            let (offset, size, missing) = (head.offset, size as u64, missing as u64);
            let cut = Cut { offset, found: size - missing, missing, exact: true };
            return Ok(Some(Outcome::Cut(cut)));
        };
        head.check_trailer(self.order.u32(*trailer))?;
        window.take(trailer_size);
        if kind::NUMBERED.contains(&head.kind) {
            tally.other_record();
        }
        Ok(None)
    }

    /// A Section Header Block (section 4.1): a new section has no interfaces yet.
    fn section(&mut self, head: Head, content: &[u8]) -> Result<(), Fault> {
        let [_, version, _, _, ..] = content.as_chunks().0 else {
            return Err(head.bad_length(FRAMING + 16, MAX_BUFFERED_BLOCK));
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
            return Err(head.bad_length(FRAMING + 8, MAX_BUFFERED_BLOCK));
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
        let Some(read) = interface::Statistics::read(self.order, content) else {
            return Err(head.bad_length(FRAMING + 12, MAX_BUFFERED_BLOCK));
        };
        bad_options(read.bad_options, tally);
        let Some(interface) = self.interfaces.get_mut(read.interface as usize) else {
            let text = "interface statistics are of an interface that was not declared \
                        and were left out";
            tally.problem("file.undeclared-interface", None, text);
            return Ok(());
        };
        if let Some(drops) = read.drops {
            tally.dropped(interface.drops, drops);
            interface.drops = Some(drops);
        }
        Ok(())
    }

    /// An Enhanced Packet Block (section 4.3), or the obsolete Packet Block
    /// (appendix A), whose interface is the first half of the same word.
    /// The packet's bytes are given from the content on.
    fn packet(&self, head: Head, content: &[u8], tally: &mut Tally) -> Result<Packet, Fault> {
        const FIXED: u32 = 20;
        let [interface, high, low, captured, wire_len, ..] = content.as_chunks().0 else {
            return Err(head.bad_length(FRAMING + FIXED, MAX_BUFFERED_BLOCK));
        };
        let interface = if head.kind == kind::PACKET {
            u32::from(self.order.u16_pair(*interface).0)
        } else {
            self.order.u32(*interface)
        };
        let captured = self.order.u32(*captured);
        head.check_captured(captured, content.len() - FIXED as usize)?;
        let from = self.declared(head, interface)?;
        let ticks = u64::from(self.order.u32(*high)) << 32 | u64::from(self.order.u32(*low));
        let at = from.clock.at(ticks).unwrap_or_else(|nearest| {
            let text =
                "packet times before 1677-09-21 or after 2262-04-11 were moved to these ends";
            tally.problem("file.time-range", Some(tally.next_frame()), text);
            nearest
        });
        let wire_len = self.order.u32(*wire_len);
        let bytes = FIXED as usize..(FIXED + captured) as usize;
        Ok(Packet { at, timed: true, link: from.link, wire_len, bytes })
    }

    /// A Simple Packet Block (section 4.4): of interface 0 and without a time;
    /// its captured length is the least of what it could be.
    fn simple_packet(
        &self,
        head: Head,
        content: &[u8],
        tally: &mut Tally,
    ) -> Result<Packet, Fault> {
        let Some((wire_len, rest)) = content.split_first_chunk() else {
            return Err(head.bad_length(FRAMING + 4, MAX_BUFFERED_BLOCK));
        };
        let from = self.declared(head, 0)?;
        let wire_len = self.order.u32(*wire_len);
        let snap_len = if from.snap_len == 0 { u32::MAX } else { from.snap_len };
        let room = u32::try_from(rest.len()).unwrap_or(u32::MAX);
        let captured = wire_len.min(snap_len).min(room);
        head.check_captured(captured, rest.len())?;
        let text =
            "packets of Simple Packet Blocks have no time and take that of the packet before";
        tally.problem("file.no-timestamp", Some(tally.next_frame()), text);
        let start = content.len() - rest.len();
        let bytes = start..start + captured as usize;
        Ok(Packet { at: self.latest, timed: false, link: from.link, wire_len, bytes })
    }

    fn declared(&self, head: Head, interface: u32) -> Result<&Interface, Fault> {
        self.interfaces.get(interface as usize).ok_or_else(|| {
            let declared = self.interfaces.len();
            let kind = SourceErrorKind::UndeclaredInterface { interface, declared };
            Fault { offset: head.offset, kind }
        })
    }
}

impl Head {
    /// Its length in the file, where a writer that does not count the padding
    /// pads all the same.
    fn size(self, most: u32) -> Result<usize, Fault> {
        if !(FRAMING..=most).contains(&self.stated) {
            return Err(self.bad_length(FRAMING, most));
        }
        Ok(self.stated.next_multiple_of(4) as usize)
    }

    fn bad_length(self, least: u32, most: u32) -> Fault {
        let Self { offset, kind: block, stated: length } = self;
        Fault { offset, kind: SourceErrorKind::BlockLength { block, length, least, most } }
    }

    /// The length after the content repeats the one before it, padding counted or not.
    fn check_trailer(self, trailing: u32) -> Result<(), Fault> {
        let Self { offset, kind: block, stated: leading } = self;
        if trailing == leading || trailing == leading.next_multiple_of(4) {
            return Ok(());
        }
        Err(Fault { offset, kind: SourceErrorKind::BlockTrailer { block, leading, trailing } })
    }

    fn check_captured(self, captured: u32, room: usize) -> Result<(), Fault> {
        let kind = if captured > MAX_FRAME {
            SourceErrorKind::FrameLength { captured, most: MAX_FRAME }
        } else if captured as usize > room {
            SourceErrorKind::PacketLength { captured, room }
        } else {
            return Ok(());
        };
        Err(Fault { offset: self.offset, kind })
    }
}

fn bad_options(count: u32, tally: &mut Tally) {
    for _ in 0..count {
        let text = "options of pcapng blocks could not be read and were left out";
        tally.problem("file.bad-option", None, text);
    }
}
