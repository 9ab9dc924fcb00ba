//! Mutations of seeds, the same on every run.

use crate::traffic::random::Random;

/// Numbers at which arithmetic goes wrong.
const EDGES: [u32; 12] = [0, 1, 2, 3, 7, 8, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fff_ffff, 0xffff_ffff];
/// Words that parsers look for.
const WORDS: [&[u8]; 14] = [
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b"\"",
    b"<",
    b">",
    b";",
    b",",
    b"\\",
    b"\0",
    b"SIP/2.0",
    b"Content-Length: 99",
    b"\xff\xfe",
    b"INVITE sip:a SIP/2.0\r\n",
];
/// Longest input; seeds are shorter.
const LONGEST: usize = 8 << 10;

/// Makes one mutation after another.
pub(super) struct Mutator(Random);

impl Mutator {
    /// The mutations of a target's name.
    pub(super) fn new(name: &str) -> Self {
        Self(Random::new(name.bytes().fold(7, |seed, byte| seed * 31 + u64::from(byte))))
    }

    /// A number of 0..`bound`.
    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.0.below(bound as u64)).unwrap()
    }

    /// One of the seeds with one to six changes.
    pub(super) fn next(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(6) {
            self.change(&mut bytes, seeds);
        }
        bytes.truncate(LONGEST);
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let length = self.below(16).min(bytes.len() - at);
        match self.below(10) {
            0 | 1 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << (self.0.number() & 7);
                }
            }
            2 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = self.0.number().to_le_bytes()[0];
                }
            }
            3 => self.overwrite(bytes, at),
            4 => drop(bytes.drain(at..at + length)),
            5 => bytes.truncate(at),
            6 => {
                let again = bytes[at..at + length].to_vec();
                bytes.splice(at..at, again);
            }
            7 => {
                let word = WORDS[self.below(WORDS.len())];
                bytes.splice(at..at, word.iter().copied());
            }
            8 => {
                // The rest of another seed.
                let other = &seeds[self.below(seeds.len())];
                bytes.truncate(at);
                bytes.extend(other.iter().skip(self.below(other.len() + 1)));
            }
            _ => {
                // A byte many times.
                let (byte, times) = (self.0.number().to_le_bytes()[0], self.below(300));
                bytes.splice(at..at, std::iter::repeat_n(byte, times));
            }
        }
    }

    /// Writes an edge, of one, two or four bytes in either order.
    fn overwrite(&mut self, bytes: &mut [u8], at: usize) {
        let edge = EDGES[self.below(EDGES.len())];
        let edge = if self.below(2) == 0 { edge.to_be_bytes() } else { edge.to_le_bytes() };
        let width = 1 << self.below(3);
        for (to, from) in bytes.iter_mut().skip(at).zip(edge.iter().rev().take(width)) {
            *to = *from;
        }
    }
}
