//! Many streams: each has its own place in memory, so that a list of them grows,
//! joins others and is sorted without moving what is large.

use super::Stream;

/// Streams in an order.
#[derive(Clone, Debug, Default)]
#[expect(clippy::vec_box, reason = "a stream is too large to be moved as a list grows")]
pub struct StreamList(Vec<Box<Stream>>);

impl StreamList {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The stream at a place.
    #[inline]
    pub fn get(&self, index: usize) -> Option<&Stream> {
        self.0.get(index).map(|stream| &**stream)
    }

    /// The stream at a place.
    #[inline]
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Stream> {
        self.0.get_mut(index).map(|stream| &mut **stream)
    }

    /// All in their order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Stream> + Clone {
        self.0.iter().map(|stream| &**stream)
    }

    /// All in their order.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut Stream> {
        self.0.iter_mut().map(|stream| &mut **stream)
    }

    pub(in crate::track) fn push(&mut self, stream: impl Into<Box<Stream>>) {
        self.0.push(stream.into());
    }

    pub(in crate::track) fn retain(&mut self, stays: impl Fn(&Stream) -> bool) {
        self.0.retain(|stream| stays(stream));
    }

    /// Adds others.
    pub(crate) fn append(&mut self, mut others: Self) {
        self.0.append(&mut others.0);
    }

    /// In the order of their first frames.
    pub(crate) fn sort(&mut self) {
        self.0.sort_by_key(|stream| stream.first_frame);
    }

    /// Gives memory back when most of it is not used.
    pub(in crate::track) fn give_back(&mut self) {
        if self.0.capacity() > 4 * self.0.len() {
            self.0.shrink_to(2 * self.0.len());
        }
    }

    /// Bytes in use, about.
    pub(in crate::track) fn bytes(&self) -> usize {
        let each = |stream: &Stream| size_of::<Stream>() + stream.heap_bytes();
        self.0.capacity() * size_of::<Box<Stream>>() + self.iter().map(each).sum::<usize>()
    }
}

impl IntoIterator for StreamList {
    type Item = Box<Stream>;
    type IntoIter = std::vec::IntoIter<Box<Stream>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a StreamList {
    type Item = &'a Stream;
    type IntoIter = std::iter::Map<std::slice::Iter<'a, Box<Stream>>, fn(&Box<Stream>) -> &Stream>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().map(|stream| stream)
    }
}
