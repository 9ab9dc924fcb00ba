//! Opus payloads: the table-of-contents octet (RFC 6716 section 3.1).

/// What the octet tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Contents {
    /// Audio bandwidth.
    pub bandwidth: Bandwidth,
    /// Duration of a frame, in microseconds.
    pub frame_us: u32,
    /// Frames in the packet; `None` when the count octet is missing.
    pub frames: Option<u8>,
    /// Two channels.
    pub stereo: bool,
}

/// Audio bandwidth (RFC 6716 section 2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Bandwidth {
    /// 4 kHz
    Narrow,
    /// 6 kHz
    Medium,
    /// 8 kHz
    Wide,
    /// 12 kHz
    SuperWide,
    /// 20 kHz
    Full,
}

impl Bandwidth {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Narrow => "narrowband",
            Self::Medium => "mediumband",
            Self::Wide => "wideband",
            Self::SuperWide => "super-wideband",
            Self::Full => "fullband",
        }
    }
}

/// Reads the first octets of a payload; `None` when it is empty.
pub fn contents(payload: &[u8]) -> Option<Contents> {
    let toc = *payload.first()?;
    let config = toc >> 3;
    let silk = [10_000, 20_000, 40_000, 60_000];
    let celt = [2_500, 5_000, 10_000, 20_000];
    let pick = |durations: [u32; 4]| durations[usize::from(config & 3)];
    let (bandwidth, frame_us) = match config {
        0..=3 => (Bandwidth::Narrow, pick(silk)),
        4..=7 => (Bandwidth::Medium, pick(silk)),
        8..=11 => (Bandwidth::Wide, pick(silk)),
        12 | 14 => (if config == 12 { Bandwidth::SuperWide } else { Bandwidth::Full }, 10_000),
        13 | 15 => (if config == 13 { Bandwidth::SuperWide } else { Bandwidth::Full }, 20_000),
        16..=19 => (Bandwidth::Narrow, pick(celt)),
        20..=23 => (Bandwidth::Wide, pick(celt)),
        24..=27 => (Bandwidth::SuperWide, pick(celt)),
        _ => (Bandwidth::Full, pick(celt)),
    };
    let frames = match toc & 3 {
        0 => Some(1),
        1 | 2 => Some(2),
        _ => payload.get(1).map(|count| count & 0x3f),
    };
    Some(Contents { bandwidth, frame_us, frames, stereo: toc & 4 != 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_follow_the_table() {
        let read = |toc: u8| contents(&[toc << 3]).map(|c| (c.bandwidth, c.frame_us));
        assert_eq!(read(0), Some((Bandwidth::Narrow, 10_000)));
        assert_eq!(read(7), Some((Bandwidth::Medium, 60_000)));
        assert_eq!(read(9), Some((Bandwidth::Wide, 20_000)));
        assert_eq!(read(13), Some((Bandwidth::SuperWide, 20_000)));
        assert_eq!(read(14), Some((Bandwidth::Full, 10_000)));
        assert_eq!(read(16), Some((Bandwidth::Narrow, 2_500)));
        assert_eq!(read(31), Some((Bandwidth::Full, 20_000)));
        let several = contents(&[0xff, 0x83]).unwrap();
        assert_eq!((several.frames, several.stereo), (Some(3), true));
        assert_eq!(contents(&[0xff]).unwrap().frames, None);
        assert_eq!(contents(&[]), None);
    }
}
