//! The last packets in memory, up to a number of bytes.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::base::chunk::Chunk;
use crate::base::time::Timestamp;

/// The last packets.
#[derive(Debug)]
pub(super) struct LookBack {
    chunks: VecDeque<Arc<Chunk>>,
    bytes: usize,
    most: usize,
}

impl LookBack {
    pub(super) const fn new(most: usize) -> Self {
        Self { chunks: VecDeque::new(), bytes: 0, most }
    }

    pub(super) fn push(&mut self, chunk: Arc<Chunk>) {
        self.bytes += chunk.size();
        self.chunks.push_back(chunk);
    }

    /// The oldest packets if there are too many, which go.
    pub(super) fn overflow(&mut self) -> Option<Arc<Chunk>> {
        if self.bytes <= self.most {
            return None;
        }
        let chunk = self.chunks.pop_front()?;
        self.bytes -= chunk.size();
        Some(chunk)
    }

    /// The packets of a stretch of time, and some around it.
    pub(super) fn around(&self, from: Timestamp, to: Timestamp) -> Vec<Arc<Chunk>> {
        let overlaps = |chunk: &&Arc<Chunk>| {
            chunk.span().is_some_and(|(first, last)| first <= to && last >= from)
        };
        self.chunks.iter().filter(overlaps).cloned().collect()
    }
}
