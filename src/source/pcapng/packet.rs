//! Packets of pcapng blocks: Enhanced, Simple and the obsolete Packet Block.

use super::PcapNg;
use super::head::{Head, kind};
use super::interface::Interface;
use crate::base::chunk::Chunk;
use crate::source::error::SourceErrorKind;
use crate::source::limits::MAX_FRAME;
use crate::source::record::{Fault, Packet};
use crate::source::tally::Tally;
use crate::source::window::Window;

impl PcapNg {
    /// The short way for nearly every block: an Enhanced Packet Block (section
    /// 4.3) that is held whole and has nothing wrong. `None` leaves it to
    /// [`block`](Self::block), which reads any.
    #[inline]
    pub(super) fn usual_packet(&mut self, window: &mut Window) -> Option<Packet> {
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

    /// Puts packets into a chunk that can be read the short way, as many as there are and it
    /// takes.
    pub(in crate::source) fn fill(
        &mut self,
        window: &mut Window,
        tally: &mut Tally,
        chunk: &mut Chunk,
    ) {
        while !chunk.is_full()
            && let Some(packet) = self.usual_packet(window)
        {
            let bytes = window.lent(packet.bytes.clone());
            chunk.push_place(&tally.frame(&packet, bytes), packet.bytes);
        }
    }

    /// An Enhanced Packet Block (section 4.3), or the obsolete Packet Block
    /// (appendix A), whose interface is the first half of the same word.
    /// The packet's bytes are given from the content on.
    pub(super) fn packet(
        &self,
        head: Head,
        content: &[u8],
        tally: &mut Tally,
    ) -> Result<Packet, Fault> {
        const FIXED: u32 = 20;
        let [interface, high, low, captured, wire_len, ..] = content.as_chunks().0 else {
            return Err(head.short_of(FIXED));
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
            tally.time_out_of_range();
            nearest
        });
        let wire_len = self.order.u32(*wire_len);
        let bytes = FIXED as usize..(FIXED + captured) as usize;
        Ok(Packet { at, timed: true, link: from.link, wire_len, bytes })
    }

    /// A Simple Packet Block (section 4.4): of interface 0 and without a time;
    /// its captured length is the least of what it could be.
    pub(super) fn simple_packet(
        &self,
        head: Head,
        content: &[u8],
        tally: &mut Tally,
    ) -> Result<Packet, Fault> {
        let Some((wire_len, rest)) = content.split_first_chunk() else {
            return Err(head.short_of(4));
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

    /// The interface that a packet names.
    fn declared(&self, head: Head, interface: u32) -> Result<&Interface, Fault> {
        self.interfaces.get(interface as usize).ok_or_else(|| {
            let declared = self.interfaces.len();
            let kind = SourceErrorKind::UndeclaredInterface { interface, declared };
            Fault { offset: head.offset, kind }
        })
    }
}
