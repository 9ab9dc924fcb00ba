//! Two channels, written in pieces at their places, read as one sound.

use std::collections::VecDeque;

/// The channels of a call from some place on; what was not written is silence.
#[derive(Debug, Default)]
pub(super) struct Mixer {
    channels: [VecDeque<i16>; 2],
    /// The place of the first sample that was not read yet.
    from: u64,
}

impl Mixer {
    /// Writes a piece at its place. What lies before the place that was read
    /// to is lost; returns how many samples that were.
    pub(super) fn write(&mut self, channel: usize, place: u64, samples: &[i16]) -> usize {
        let late = usize::try_from(self.from.saturating_sub(place)).unwrap_or(usize::MAX);
        let samples = samples.get(late..).unwrap_or_default();
        let at = usize::try_from(place.saturating_sub(self.from)).unwrap_or(usize::MAX);
        if let Some(channel) = self.channels.get_mut(channel)
            && !samples.is_empty()
        {
            let end = at.saturating_add(samples.len());
            if channel.len() < end {
                channel.resize(end, 0);
            }
            for (old, new) in channel.iter_mut().skip(at).zip(samples) {
                *old = *new;
            }
        }
        late
    }

    /// Reads both channels, sample by sample, up to a place.
    pub(super) fn read(&mut self, until: u64, out: &mut Vec<i16>) {
        let [left, right] = &mut self.channels;
        while self.from < until {
            out.push(left.pop_front().unwrap_or_default());
            out.push(right.pop_front().unwrap_or_default());
            self.from += 1;
        }
    }

    /// The place behind the last sample written.
    pub(super) fn end(&self) -> u64 {
        let longest = self.channels.iter().map(VecDeque::len).max().unwrap_or_default();
        self.from + u64::try_from(longest).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_keep_their_places() {
        let mut mixer = Mixer::default();
        assert_eq!(mixer.write(0, 2, &[1, 2]), 0);
        assert_eq!(mixer.write(1, 0, &[7]), 0);
        let mut out = Vec::new();
        mixer.read(3, &mut out);
        assert_eq!(out, [0, 7, 0, 0, 1, 0]);
        assert_eq!(mixer.write(1, 1, &[8, 9, 10]), 2, "two of them come too late");
        let end = mixer.end();
        mixer.read(end, &mut out);
        assert_eq!(out[6..], [2, 10]);
    }
}
