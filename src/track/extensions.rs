//! Header extensions and contributing sources of a stream's packets.

use crate::base::id::Ssrc;
use crate::wire::bytes::be32;
use crate::wire::header_extension::elements;
pub use crate::wire::header_extension::{AUDIO_LEVEL, Form};
use crate::wire::rtp::Rtp;

/// An element that packets carry.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ElementCount {
    /// Its local identifier.
    pub id: u8,
    /// Packets with it.
    pub packets: u64,
    /// Of elements of one octet, which the audio level is (RFC 6464 section 4):
    /// how many had the first bit set, and the sum of the other seven.
    pub voice: u64,
    sum: u64,
    octets: u64,
}

impl ElementCount {
    /// The mean of the audio level in dBov (0 is the loudest, -127 silence), if
    /// the element is one.
    pub fn mean_level_dbov(&self) -> Option<f64> {
        (self.octets > 0).then(|| -(self.sum as f64 / self.octets as f64))
    }

    /// Elements of one octet.
    pub const fn levels(&self) -> u64 {
        self.octets
    }
}

/// What packets carry between the fixed header and the payload.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Extensions {
    /// Packets with a header extension.
    pub extended: u64,
    /// The profile number of the latest.
    pub profile: u16,
    elements: Vec<ElementCount>,
    /// Packets with contributing sources.
    pub mixed: u64,
    /// The greatest number of them in one packet.
    pub most_sources: u8,
    sources: Vec<Ssrc>,
}

/// Elements, and contributing sources, that are told apart.
const MOST: usize = 16;

impl Extensions {
    /// Takes a packet that has either.
    pub(super) fn take(&mut self, rtp: &Rtp<'_>) {
        if rtp.csrc_count > 0 {
            self.mixed += 1;
            self.most_sources = self.most_sources.max(rtp.csrc_count);
            for source in rtp.csrc.chunks_exact(4).filter_map(|source| be32(source, 0)) {
                if self.sources.len() < MOST && !self.sources.contains(&Ssrc(source)) {
                    self.sources.push(Ssrc(source));
                }
            }
        }
        let Some((profile, data)) = rtp.extension else { return };
        self.extended += 1;
        self.profile = profile;
        for element in elements(profile, data) {
            let known = self.elements.iter_mut().position(|known| known.id == element.id);
            let index = known.unwrap_or_else(|| {
                if self.elements.len() < MOST {
                    let (id, none) = (element.id, 0);
                    let count = ElementCount { id, packets: 0, voice: 0, sum: none, octets: none };
                    self.elements.push(count);
                }
                self.elements.len() - 1
            });
            let Some(count) = self.elements.get_mut(index).filter(|c| c.id == element.id) else {
                continue;
            };
            count.packets += 1;
            if let [level] = element.data {
                count.octets += 1;
                count.voice += u64::from(level >> 7);
                count.sum += u64::from(level & 0x7f);
            }
        }
    }

    /// The form of the header extensions.
    pub const fn form(&self) -> Form {
        Form::of(self.profile)
    }

    /// The elements seen, in order of appearance.
    pub fn elements(&self) -> &[ElementCount] {
        &self.elements
    }

    /// The contributing sources seen, in order of appearance.
    pub fn sources(&self) -> &[Ssrc] {
        &self.sources
    }
}
