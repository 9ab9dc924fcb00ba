//! A window that moves over the input: large reads into one buffer, from which
//! records are lent without being copied.

use std::io::Read;
use std::ops::Range;

use super::error::SourceErrorKind;
use super::input::Input;
use super::limits::READ_BYTES;
use super::magic::MAGIC_BYTES;
use super::record::Fault;
use super::unpack::{PackedEnd, Packing, Unpacking};

/// The bytes of the input from [`offset`](Window::offset) on, as far as they
/// have been read. Its buffer grows only to what [`want`](Window::want) asks
/// for, which the callers bound.
pub(super) struct Window {
    input: Input,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Bytes of the input that came before the buffer's first.
    passed: u64,
    ended: bool,
    /// In which to go on when this one is full, so that what was lent of it stays.
    next: Option<Vec<u8>>,
    /// The one before, of which something is lent.
    full: Option<Vec<u8>>,
}

impl Window {
    pub(super) fn new(input: Box<dyn Read + Send>) -> Self {
        Self::over(Input::Plain(input), READ_BYTES)
    }

    /// A window whose buffer has this many bytes to begin with.
    pub(super) fn of(input: Box<dyn Read + Send>, bytes: usize) -> Self {
        Self::over(Input::Plain(input), bytes)
    }

    fn over(input: Input, bytes: usize) -> Self {
        let buffer = vec![0; bytes];
        Self { input, buffer, start: 0, end: 0, passed: 0, ended: false, next: None, full: None }
    }

    /// Takes all bytes held and to come for compressed ones, and goes on with
    /// those that they hold.
    pub(super) fn unpack(&mut self, packing: Packing) -> Result<(), Fault> {
        let nothing = Self::over(Input::Plain(Box::new(std::io::empty())), 0);
        let packed = std::mem::replace(self, nothing);
        let unpacking = Unpacking::new(packed, packing)?;
        *self = Self::over(Input::Packed(Box::new(unpacking)), READ_BYTES);
        Ok(())
    }

    pub(super) const fn is_packed(&self) -> bool {
        matches!(self.input, Input::Packed(_))
    }

    /// Bytes of the file that have been read.
    pub(super) fn bytes_read(&self) -> u64 {
        match &self.input {
            Input::Plain(_) => self.passed + self.end as u64,
            Input::Packed(unpacking) => unpacking.packed().bytes_read(),
        }
    }

    /// After its end the input may have more.
    pub(super) fn resume(&mut self) {
        self.ended = false;
        if let Input::Packed(unpacking) = &mut self.input {
            unpacking.resume();
        }
    }

    /// How compressed bytes have ended, as far as they have.
    pub(super) fn packed_end(&self) -> PackedEnd {
        match &self.input {
            Input::Plain(_) => PackedEnd::Whole,
            Input::Packed(unpacking) => unpacking.end(),
        }
    }

    /// The offset in the input of the first byte held.
    #[inline]
    pub(super) const fn offset(&self) -> u64 {
        self.passed + self.start as u64
    }

    /// Where in the buffer the first byte held is.
    pub(super) const fn place(&self) -> usize {
        self.start
    }

    /// The bytes read and not taken.
    #[inline]
    pub(super) fn held(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Whether a header that is at fault may only not be there yet.
    pub(super) fn is_short_for(&self, fault: &Fault) -> bool {
        let few = self.held().len() < MAGIC_BYTES;
        fault.kind.is_short() || (few && matches!(fault.kind, SourceErrorKind::NotACapture { .. }))
    }

    /// Reads until `bytes` are held; `false` when the input ends before.
    #[inline]
    pub(super) fn want(&mut self, bytes: usize) -> Result<bool, Fault> {
        if self.end - self.start >= bytes { Ok(true) } else { self.fill(bytes) }
    }

    #[cold]
    fn fill(&mut self, bytes: usize) -> Result<bool, Fault> {
        let goes_on = self.next.is_some() && self.start + bytes <= self.buffer.len();
        if !goes_on && !self.turn() {
            self.buffer.copy_within(self.start..self.end, 0);
            self.moved_to_beginning();
        }
        if self.buffer.len() < bytes {
            self.buffer.resize(bytes.next_power_of_two(), 0);
        }
        while self.end - self.start < bytes && !self.ended {
            self.read_some()?;
        }
        Ok(self.end - self.start >= bytes)
    }

    /// What is held was moved to the beginning of the buffer.
    const fn moved_to_beginning(&mut self) {
        self.passed += self.start as u64;
        self.end -= self.start;
        self.start = 0;
    }

    /// Lends from now on until [`Self::full`] or [`Self::give`] has a buffer of what
    /// was lent; it goes on in `next`.
    pub(super) fn lend_in_full(&mut self, mut next: Vec<u8>) {
        if next.len() < READ_BYTES {
            next.resize(READ_BYTES, 0);
        }
        self.next = Some(next);
    }

    /// Goes on in the next buffer, if there is one.
    fn turn(&mut self) -> bool {
        let Some(mut next) = self.next.take() else { return false };
        let held = self.held();
        if next.len() < held.len() {
            next.resize(held.len(), 0);
        }
        if let Some(place) = next.get_mut(..held.len()) {
            place.copy_from_slice(held);
        }
        self.moved_to_beginning();
        self.full = Some(std::mem::replace(&mut self.buffer, next));
        true
    }

    /// The buffer of what was lent, when the window went on in the next one.
    #[inline]
    pub(super) fn full(&mut self) -> Option<Vec<u8>> {
        if self.full.is_some() { self.full.take() } else { None }
    }

    /// The buffer of what was lent.
    pub(super) fn give(&mut self) -> Option<Vec<u8>> {
        self.turn();
        self.full.take()
    }

    /// Moves past `bytes`, at most to the end of what is held, and returns
    /// where in the buffer they are until the next `want` or `skip`.
    #[inline]
    pub(super) fn take(&mut self, bytes: usize) -> Range<usize> {
        let taken = self.start..self.end.min(self.start.saturating_add(bytes));
        self.start = taken.end;
        taken
    }

    /// Bytes that were taken and not yet overwritten.
    #[inline]
    pub(super) fn lent(&self, range: Range<usize>) -> &[u8] {
        self.buffer.get(range).unwrap_or_default()
    }

    /// Moves past `bytes` without holding them, and returns how many of them
    /// the input does not have.
    pub(super) fn skip(&mut self, bytes: usize) -> Result<usize, Fault> {
        let mut left = bytes - self.take(bytes).len();
        while left > 0 && !self.ended {
            self.start = self.end;
            if !self.turn() {
                self.moved_to_beginning();
            }
            self.read_some()?;
            left -= self.take(left).len();
        }
        Ok(left)
    }

    /// One read into the free end of the buffer.
    fn read_some(&mut self) -> Result<(), Fault> {
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        match self.input.read(free, self.passed + self.end as u64)? {
            0 => self.ended = true,
            count => self.end += count,
        }
        Ok(())
    }

    /// Bytes of memory that the buffer takes.
    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.buffer.capacity()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// Gives `step` bytes a read, interrupted before each.
    struct Drip {
        bytes: Vec<u8>,
        at: usize,
        step: usize,
        interrupted: bool,
    }

    impl Read for Drip {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.interrupted = !self.interrupted;
            if self.interrupted {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let count = self.step.min(into.len()).min(self.bytes.len() - self.at);
            into[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
            self.at += count;
            Ok(count)
        }
    }

    /// The byte at `offset` of the input.
    fn byte(offset: usize) -> u8 {
        u8::try_from(offset % 251).unwrap()
    }

    fn drip(length: usize, step: usize) -> Window {
        let bytes = (0..length).map(byte).collect();
        Window::new(Box::new(Drip { bytes, at: 0, step, interrupted: false }))
    }

    fn wanted(window: &mut Window, bytes: usize) -> bool {
        window.want(bytes).unwrap_or_else(|_| panic!("no fault"))
    }

    #[test]
    fn what_is_taken_stays_lent_until_more_is_wanted() {
        let mut window = drip(1_000, 7);
        assert!(wanted(&mut window, 10));
        let first = window.take(10);
        assert_eq!(window.lent(first), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(window.offset(), 10);
        assert!(wanted(&mut window, 990));
        assert_eq!(window.held().len(), 990);
        assert_eq!(window.held().first(), Some(&10));
        assert!(!wanted(&mut window, 991), "the input ends");
    }

    #[test]
    fn the_buffer_grows_only_for_what_does_not_fit() {
        let mut window = drip(3 * READ_BYTES, 65_536);
        for _ in 0..10 {
            assert!(wanted(&mut window, READ_BYTES / 5));
            window.take(READ_BYTES / 5);
        }
        assert_eq!(window.capacity(), READ_BYTES);
        assert!(wanted(&mut window, READ_BYTES + 1));
        assert_eq!(window.capacity(), 2 * READ_BYTES);
    }

    /// Claims to have read more than it could.
    struct Boasting;

    impl Read for Boasting {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            Ok(into.len() + 1)
        }
    }

    #[test]
    fn a_reader_that_claims_too_much_is_not_believed() {
        let mut window = Window::new(Box::new(Boasting));
        assert!(wanted(&mut window, 2 * READ_BYTES));
        assert_eq!(window.held().len(), 2 * READ_BYTES);
    }

    #[test]
    fn skipping_holds_nothing_and_tells_what_is_missing() {
        let mut window = drip(5 * READ_BYTES, 65_536);
        assert!(wanted(&mut window, 100));
        assert_eq!(window.skip(4 * READ_BYTES).ok(), Some(0));
        assert_eq!(window.offset(), 4 * READ_BYTES as u64);
        assert!(wanted(&mut window, 1));
        assert_eq!(window.held().first(), Some(&byte(4 * READ_BYTES)));
        assert_eq!(window.skip(READ_BYTES + 3).ok(), Some(3));
        assert_eq!(window.capacity(), READ_BYTES);
    }
}
