//! Capture files: pcap (draft-ietf-opsawg-pcap) and pcapng
//! (draft-ietf-opsawg-pcapng), written frame by frame in little-endian order.

use std::io::{self, Write};

use crate::base::time::Timestamp;

/// The format of a capture that is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Container {
    /// The classic format, of one link type.
    Pcap,
    /// The next generation, of any.
    PcapNg,
}

/// An interface of a capture that is written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Interface {
    /// The number of its link type.
    pub link: u16,
    /// What is said of it: the name of the capture that it is from.
    pub description: String,
}

/// A frame that is written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'a> {
    /// The place of its interface.
    pub interface: usize,
    /// When it was captured.
    pub at: Timestamp,
    /// Length on the wire.
    pub wire_len: u32,
    /// What was captured.
    pub bytes: &'a [u8],
}

/// How far a capture has been written.
#[derive(Clone, Debug)]
pub struct CaptureWriter {
    container: Container,
    /// Whether times have nanoseconds, or microseconds.
    nanos: bool,
    /// Places of interfaces among all, in the order in which they were described.
    described: Vec<usize>,
    begun: bool,
}

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const IF_DESCRIPTION: u16 = 3;
const IF_TSRESOL: u16 = 9;
const SHB_USERAPPL: u16 = 4;
const ISB_STARTTIME: u16 = 2;
const ISB_ENDTIME: u16 = 3;
/// Bytes of a frame that readers take; tcpdump's own bound.
const SNAP_LEN: u32 = 262_144;

impl CaptureWriter {
    /// A writer that has written nothing.
    pub fn new(container: Container, nanos: bool) -> Self {
        Self { container, nanos, described: Vec::new(), begun: false }
    }

    /// Writes a frame, and before it what has to come before.
    ///
    /// # Errors
    /// Those of `out`; pcap has one link type, and times from 1970 to 2106.
    pub fn frame(
        &mut self,
        interfaces: &[Interface],
        frame: Written<'_>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some(interface) = interfaces.get(frame.interface) else { return Ok(()) };
        self.begin(interface.link, out)?;
        let place = match self.described.iter().position(|known| *known == frame.interface) {
            Some(place) => place,
            None => self.describe(interfaces, frame.interface, out)?,
        };
        match self.container {
            Container::Pcap => self.record(frame, out),
            Container::PcapNg => self.packet(place, frame, out),
        }
    }

    /// Writes what comes after the frames: until when each interface was captured.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(
        &mut self,
        span: Option<(Timestamp, Timestamp)>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        // A capture without frames is one all the same.
        self.begin(1, out)?;
        let Some((first, last)) = span.filter(|_| self.container == Container::PcapNg) else {
            return Ok(());
        };
        for place in 0..self.described.len() {
            let mut content = Vec::new();
            content.extend(index(place)?.to_le_bytes());
            content.extend(self.ticks(last));
            option(&mut content, ISB_STARTTIME, &self.ticks(first));
            option(&mut content, ISB_ENDTIME, &self.ticks(last));
            option(&mut content, 0, &[]);
            block(STATISTICS, &content, out)?;
        }
        Ok(())
    }

    fn begin(&mut self, link: u16, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        if self.container == Container::Pcap {
            let magic: u32 = if self.nanos { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
            out.write_all(&magic.to_le_bytes())?;
            out.write_all(&[2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0])?;
            out.write_all(&SNAP_LEN.to_le_bytes())?;
            return out.write_all(&u32::from(link).to_le_bytes());
        }
        let mut content = Vec::new();
        content.extend(0x1a2b_3c4d_u32.to_le_bytes());
        content.extend([1, 0, 0, 0]);
        content.extend((-1_i64).to_le_bytes());
        option(
            &mut content,
            SHB_USERAPPL,
            concat!("siplens ", env!("CARGO_PKG_VERSION")).as_bytes(),
        );
        option(&mut content, 0, &[]);
        block(SECTION, &content, out)
    }

    /// Describes an interface, and says which it is in the file.
    fn describe(
        &mut self,
        interfaces: &[Interface],
        which: usize,
        out: &mut dyn Write,
    ) -> io::Result<usize> {
        let link = |place: &usize| interfaces.get(*place).map(|interface| interface.link);
        let Some(interface) = interfaces.get(which) else { return Ok(0) };
        if self.container == Container::Pcap {
            let first = self.described.first().and_then(link);
            if first.is_some_and(|first| first != interface.link) {
                let why = "a pcap file has frames of one link type; name a .pcapng file";
                return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
            }
            self.described.push(which);
            return Ok(0);
        }
        let mut content = Vec::new();
        content.extend(interface.link.to_le_bytes());
        content.extend([0, 0]);
        content.extend(0_u32.to_le_bytes());
        option(&mut content, IF_DESCRIPTION, interface.description.as_bytes());
        option(&mut content, IF_TSRESOL, &[if self.nanos { 9 } else { 6 }]);
        option(&mut content, 0, &[]);
        block(INTERFACE, &content, out)?;
        self.described.push(which);
        Ok(self.described.len() - 1)
    }

    fn packet(&self, place: usize, frame: Written<'_>, out: &mut dyn Write) -> io::Result<()> {
        let length = index(frame.bytes.len())?;
        let padded = frame.bytes.len().next_multiple_of(4);
        let total = index(padded + 32)?;
        let mut head = [0; 28];
        let words =
            [ENHANCED_PACKET.to_le_bytes(), total.to_le_bytes(), index(place)?.to_le_bytes()];
        let ticks = self.ticks(frame.at);
        let parts =
            [&words.concat()[..], &ticks, &length.to_le_bytes(), &frame.wire_len.to_le_bytes()];
        head.copy_from_slice(&parts.concat());
        out.write_all(&head)?;
        out.write_all(frame.bytes)?;
        out.write_all(&[0; 3][..padded - frame.bytes.len()])?;
        out.write_all(&total.to_le_bytes())
    }

    fn record(&self, frame: Written<'_>, out: &mut dyn Write) -> io::Result<()> {
        let nanos = frame.at.nanos();
        let second = u32::try_from(nanos.div_euclid(1_000_000_000)).map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "a pcap file has no times before 1970 or after 2106; name a .pcapng file",
            )
        })?;
        let fraction = nanos.rem_euclid(1_000_000_000) / if self.nanos { 1 } else { 1_000 };
        out.write_all(&second.to_le_bytes())?;
        out.write_all(&u32::try_from(fraction).unwrap_or(0).to_le_bytes())?;
        out.write_all(&index(frame.bytes.len())?.to_le_bytes())?;
        out.write_all(&frame.wire_len.to_le_bytes())?;
        out.write_all(frame.bytes)
    }

    /// A time in ticks of the resolution: the high word, then the low one.
    fn ticks(&self, at: Timestamp) -> [u8; 8] {
        let ticks = if self.nanos { at.nanos() } else { at.nanos().div_euclid(1_000) };
        let ticks = ticks.max(0).cast_unsigned();
        let mut words = [0; 8];
        words[..4].copy_from_slice(&((ticks >> 32) as u32).to_le_bytes());
        words[4..].copy_from_slice(&((ticks & 0xffff_ffff) as u32).to_le_bytes());
        words
    }
}

/// A length or place as files have it.
fn index(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

/// Appends an option (section 3.5); code 0 ends them.
fn option(content: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = value.get(..usize::from(u16::MAX).min(value.len())).unwrap_or_default();
    content.extend(code.to_le_bytes());
    content.extend(u16::try_from(value.len()).unwrap_or(0).to_le_bytes());
    content.extend(value);
    content.resize(content.len().next_multiple_of(4), 0);
}

/// Writes a block (section 3.1) whose content is a multiple of four bytes.
fn block(kind: u32, content: &[u8], out: &mut dyn Write) -> io::Result<()> {
    let total = index(content.len() + 12)?.to_le_bytes();
    out.write_all(&kind.to_le_bytes())?;
    out.write_all(&total)?;
    out.write_all(content)?;
    out.write_all(&total)
}
