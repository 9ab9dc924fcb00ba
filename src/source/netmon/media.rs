//! Network Monitor's media types, and the link types they stand for.

/// What a record of a media type holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Media {
    /// A frame of this link type (<https://www.tcpdump.org/linktypes.html>).
    Link(u16),
    /// A frame of a link type that the registry does not have, or nobody knows.
    Unknown,
    /// An event, a list of adapters or a filter, which Wireshark gives a frame
    /// number all the same.
    Event,
    /// A note of the program to itself, without a frame number.
    Note,
}

/// In [`Link::Other`](crate::base::frame::Link::Other): no number of the registry.
pub(super) const NO_NUMBER: u16 = u16::MAX;

impl Media {
    /// What the media type `number` is.
    pub(super) const fn of(number: u16) -> Self {
        match number {
            // Captures of virtual private networks say 0 and hold Ethernet.
            0 | 1 => Self::Link(1),
            2 => Self::Link(6),
            3 => Self::Link(10),
            // Tunnels, mobile broadband and raw IP.
            7..=9 => Self::Link(101),
            // 802.11 that was read from an event.
            0xe080 => Self::Link(105),
            // Events that hold a packet in wrappings of their own.
            0xe081..=0xe08a => Self::Unknown,
            // Converted from pcap.
            0xe000..=0xefff => Self::Link(number & 0x0fff),
            0xffe0 | 0xfffb | 0xffff => Self::Event,
            0xfffc..=0xfffe => Self::Note,
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_stand_for_link_types() {
        assert_eq!([0, 1, 2, 3].map(Media::of), [1, 1, 6, 10].map(Media::Link));
        assert_eq!([7, 8, 9].map(Media::of), [Media::Link(101); 3]);
        assert_eq!([0xe071, 0xe114].map(Media::of), [113, 276].map(Media::Link));
        assert_eq!(
            [0xe080, 0xe081, 0xe08a, 0xe08b].map(Media::of),
            [Media::Link(105), Media::Unknown, Media::Unknown, Media::Link(139)]
        );
        assert_eq!([4, 6, 12, 0xdfff, 0xf000].map(Media::of), [Media::Unknown; 5]);
    }

    #[test]
    fn some_records_hold_no_frame() {
        assert_eq!([0xffe0, 0xfffb, 0xffff].map(Media::of), [Media::Event; 3]);
        assert_eq!([0xfffc, 0xfffd, 0xfffe].map(Media::of), [Media::Note; 3]);
    }
}
