//! The records of a capture, in whichever format it is of.

use super::error::SourceErrorKind;
use super::info::Format;
use super::magic::{self, MAGIC_BYTES, Magic};
use super::netmon::NetMon;
use super::pcap::Pcap;
use super::pcapng::PcapNg;
use super::record::{Fault, Outcome};
use super::tally::Tally;
use super::window::Window;
use crate::base::chunk::Chunk;

/// How the records of the file are laid out.
pub(super) enum Records {
    /// Nobody knows yet: the header is still to come.
    Awaited,
    Pcap(Pcap),
    PcapNg(PcapNg),
    NetMon(Box<NetMon>),
}

impl Records {
    /// Reads the header of a capture, decompressing it if need be: what is
    /// compressed is then read decompressed from `window`.
    pub(super) fn open(window: &mut Window, tally: &mut Tally) -> Result<Self, Fault> {
        loop {
            window.want(MAGIC_BYTES)?;
            let offset = window.offset();
            match magic::recognise(window.held()).map_err(|kind| Fault { offset, kind })? {
                Magic::Pcap(variant) => {
                    tally.info.format = Format::Pcap;
                    return Pcap::open(window, variant, tally).map(Self::Pcap);
                }
                Magic::PcapNg => {
                    tally.info.format = Format::PcapNg;
                    return PcapNg::open(window, tally).map(Self::PcapNg);
                }
                Magic::NetMon => {
                    tally.info.format = Format::NetMon;
                    return NetMon::open(window, tally).map(|file| Self::NetMon(Box::new(file)));
                }
                Magic::Packed(packing) if window.is_packed() => {
                    let (with, undo) = (packing.name(), packing.undo());
                    let kind = SourceErrorKind::Compressed { with, undo };
                    return Err(Fault { offset, kind });
                }
                Magic::Packed(packing) => {
                    tally.info.compression = Some(packing.name());
                    window.unpack(packing)?;
                }
            }
        }
    }

    /// The next record.
    #[inline]
    pub(super) fn next(
        &mut self,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Outcome, Fault> {
        match self {
            Self::Awaited => self.begin(window, tally),
            Self::Pcap(pcap) => pcap.next(window),
            Self::PcapNg(pcapng) => pcapng.next(window, tally),
            Self::NetMon(netmon) => netmon.next(window, tally),
        }
    }

    /// Puts packets into a chunk as far as that can be done at once; the rest comes one by one.
    #[inline]
    pub(super) fn fill(&mut self, window: &mut Window, tally: &mut Tally, chunk: &mut Chunk) {
        match self {
            Self::Pcap(pcap) => pcap.fill(window, tally, chunk),
            Self::PcapNg(pcapng) => pcapng.fill(window, tally, chunk),
            Self::Awaited | Self::NetMon(_) => {}
        }
    }

    /// Reads the header if it has come, and then the first record.
    #[cold]
    fn begin(&mut self, window: &mut Window, tally: &mut Tally) -> Result<Outcome, Fault> {
        match Self::open(window, tally) {
            Ok(records) => *self = records,
            Err(fault) if window.is_short_for(&fault) => return Ok(Outcome::End),
            Err(fault) => return Err(fault),
        }
        self.next(window, tally)
    }
}
