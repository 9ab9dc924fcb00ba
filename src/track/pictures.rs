//! The pictures of a video stream: packets of one timestamp are one.

use crate::base::codec::Codec;
use crate::base::id::RtpTime;
use crate::wire::payload::video::begins_key_picture;

/// Pictures of one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pictures {
    /// Timestamps seen, in order of arrival.
    pub frames: u64,
    /// Those among them that need no other picture; 0 when the payload is encrypted.
    pub key_frames: u64,
    last: Option<RtpTime>,
    last_key: Option<RtpTime>,
}

impl Pictures {
    /// Takes a packet of video; its payload if it is in clear.
    pub(super) fn take(&mut self, codec: Codec, time: RtpTime, payload: Option<&[u8]>) {
        // A packet that comes late belongs to a picture already counted.
        if self.last.is_none_or(|last| time.since(last) > 0) {
            self.frames += 1;
            self.last = Some(time);
        }
        if self.last_key != Some(time)
            && payload.is_some_and(|payload| begins_key_picture(codec, payload))
        {
            self.key_frames += 1;
            self.last_key = Some(time);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_of_one_time_are_one_picture() {
        let mut pictures = Pictures::default();
        for (time, first) in [(0, 0x65), (0, 0x41), (3_000, 0x41), (0, 0x41), (6_000, 0x65)] {
            pictures.take(Codec::H264, RtpTime(time), Some(&[first]));
        }
        assert_eq!((pictures.frames, pictures.key_frames), (3, 2));
    }
}
