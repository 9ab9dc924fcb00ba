//! The parts of the engine, driven as files are read, on one thread.

use siplens::base::chunk::Chunk;
use siplens::base::frame::Frame;
use siplens::engine::{self, Fold, Notices, Settings, Shard, Snapshot, Sorted};

use crate::streams::Follows;

/// Chunk by chunk, as files are read, on one thread.
pub(crate) struct Chunks {
    chunk: Chunk,
    sorted: Sorted,
    notices: Notices,
    fold: Fold,
    shards: Vec<Shard>,
    turn: u64,
}

impl Default for Chunks {
    fn default() -> Self {
        let (fold, shards) = engine::parts(Settings::default());
        let (chunk, sorted, notices) = (Chunk::default(), fold.sorted(), Notices::default());
        Self { chunk, sorted, notices, fold, shards, turn: 0 }
    }
}

impl Follows for Chunks {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.chunk.push(frame);
        if self.chunk.is_full() {
            self.take();
        }
    }
}

impl Chunks {
    fn take(&mut self) {
        let Self { chunk, sorted, notices, fold, shards, turn } = self;
        sorted.sort(chunk);
        let room = fold.room(shards.iter().map(Shard::used));
        fold.take(chunk, sorted, notices);
        for shard in shards.iter_mut() {
            shard.allow(&room);
            shard.take(chunk, sorted, notices, fold.announced());
        }
        *turn += chunk.len() as u64;
        chunk.begin(*turn);
    }

    pub(crate) fn finish(mut self) -> Snapshot {
        self.take();
        engine::finish(self.fold, self.shards)
    }
}
