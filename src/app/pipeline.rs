//! The engine on several threads. Whoever has time takes what is next: streams
//! of a chunk before the signalling of the next, that before sorting another;
//! the thread that reads helps when enough has been read.
//!
//! What comes out does not depend on the number of threads: chunks are folded in
//! their order, and the streams of a chunk are followed after its fold and before
//! the next one's.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};

use crate::base::chunk::{Chunk, STRETCH};
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::engine::{self, Fold, Notices, Settings, Shard, Snapshot, Sorted, Wanted, Whole};

/// A chunk on its way, with room for what it holds.
struct Load {
    chunk: Chunk,
    sorted: Sorted,
    notices: Notices,
}

impl Load {
    fn new(fold: &Fold) -> Self {
        let (chunk, notices) = (Chunk::default(), Notices::default());
        Self { chunk, sorted: fold.sorted(), notices }
    }
}

/// Where a load is, from its reading on.
enum Place {
    /// It waits to be sorted.
    Read(Load),
    /// A thread is sorting it.
    InWork,
    /// It waits for its turn to be folded.
    Sorted(Load),
}

/// What there is to do.
#[derive(Default)]
struct Queue {
    /// Loads that are not folded.
    loads: VecDeque<Place>,
    /// The number of the first of them.
    first: u64,
    /// Whether a thread is folding.
    folding: bool,
    /// Shards for which the load folded last has something, waiting for a thread.
    shards: Vec<usize>,
    /// How many threads are working on shards.
    on_shards: usize,
    /// Empty loads.
    spare: Vec<Load>,
    /// Threads that wait for something to do.
    idle: usize,
    /// No more loads come.
    closed: bool,
    /// A thread has panicked, and nothing matters any more.
    failed: bool,
}

/// A piece of work.
enum Job {
    Shards(Vec<usize>),
    Fold(Load),
    Sort(u64, Load),
}

/// The parts of an engine, and the work for them.
struct Works {
    queue: Mutex<Queue>,
    /// Something has changed.
    news: Condvar,
    fold: RwLock<Fold>,
    shards: Vec<Mutex<Shard>>,
    /// The load folded last.
    folded: RwLock<Load>,
    threads: usize,
    /// Loads that may be under way at once.
    most: usize,
}

impl Queue {
    /// What one of `threads` is to do next, if anything can be done now.
    fn next(&mut self, threads: usize) -> Option<Job> {
        if !self.shards.is_empty() {
            self.on_shards += 1;
            // A share of what is left: few times to ask, and the last to finish is soon done.
            let share = self.shards.len().div_ceil(threads);
            return Some(Job::Shards(self.shards.split_off(self.shards.len() - share)));
        }
        let can_fold = !self.folding && self.on_shards == 0;
        if can_fold && self.loads.front().is_some_and(|load| matches!(load, Place::Sorted(_))) {
            let Some(Place::Sorted(load)) = self.loads.pop_front() else { return None };
            self.first += 1;
            self.folding = true;
            return Some(Job::Fold(load));
        }
        for (number, place) in (self.first..).zip(&mut self.loads) {
            if matches!(place, Place::Read(_))
                && let Place::Read(load) = std::mem::replace(place, Place::InWork)
            {
                return Some(Job::Sort(number, load));
            }
        }
        None
    }

    /// Whether nothing is to be done, now and later.
    fn is_done(&self) -> bool {
        let is_idle = self.loads.is_empty() && !self.folding && self.shards.is_empty();
        self.failed || self.closed && is_idle
    }

    /// Whether everything has been done that could be.
    fn is_at_rest(&self) -> bool {
        let is_idle = self.loads.is_empty() && !self.folding && self.shards.is_empty();
        self.failed || is_idle && self.on_shards == 0
    }
}

/// A lock that a thread has panicked with: the panic is passed on when the
/// threads are joined, what it left does not matter any more.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where frames go in.
pub(super) struct Intake<'a> {
    works: &'a Works,
    load: Load,
    /// Frames taken.
    turn: u64,
    /// When the capture ended, if that is known.
    until: Option<Timestamp>,
}

/// Drives an engine with that many threads, of which the present one is one:
/// `read` puts frames in, until it returns. The messages `wanted` are kept.
pub(super) fn drive<T>(
    settings: Settings,
    wanted: Option<Wanted>,
    threads: NonZeroUsize,
    read: impl FnOnce(&mut Intake<'_>) -> T,
) -> (T, Snapshot) {
    let (mut fold, shards) = engine::parts(settings);
    if let Some(wanted) = wanted {
        fold.want(wanted);
    }
    let (load, folded) = (Load::new(&fold), Load::new(&fold));
    let works = Works {
        queue: Mutex::default(),
        news: Condvar::new(),
        fold: RwLock::new(fold),
        shards: shards.into_iter().map(Mutex::new).collect(),
        folded: RwLock::new(folded),
        threads: threads.get(),
        most: if threads.get() == 1 { 1 } else { threads.get() + 2 },
    };
    let (result, until) = std::thread::scope(|scope| {
        for _ in 1..threads.get() {
            scope.spawn(|| works.work());
        }
        let mut intake = Intake { works: &works, load, turn: 0, until: None };
        let end = OnPanic(&works);
        let result = read(&mut intake);
        intake.flush();
        drop(end);
        lock(&works.queue).closed = true;
        works.work();
        (result, intake.until)
    });
    let mut fold = works.fold.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(until) = until {
        fold.handle_time(until);
    }
    let shards = works.shards.into_iter();
    let shards = shards.map(|shard| shard.into_inner().unwrap_or_else(PoisonError::into_inner));
    (result, engine::finish(fold, shards.collect()))
}

/// Ends the other threads when this one panics.
struct OnPanic<'a>(&'a Works);

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            lock(&self.0.queue).failed = true;
            self.0.news.notify_all();
        }
    }
}

impl Intake<'_> {
    /// Takes the next frame.
    #[inline]
    pub(super) fn take(&mut self, frame: &Frame<'_>) {
        self.load.chunk.push(frame);
        if self.load.chunk.is_full() {
            self.flush();
        }
    }

    /// The chunk that is filled next, with what was taken of it.
    pub(super) const fn next_chunk(&mut self) -> &mut Chunk {
        &mut self.load.chunk
    }

    /// Looks at the parts of the engine when they have taken all frames so far; the
    /// other threads rest meanwhile.
    pub(super) fn at_rest<T>(&mut self, look: impl FnOnce(&mut Whole<'_>) -> T) -> T {
        self.flush();
        self.works.rest();
        let mut fold = self.works.fold.write().unwrap_or_else(PoisonError::into_inner);
        let mut shards: Vec<_> = self.works.shards.iter().map(lock).collect();
        look(&mut Whole::new(&mut fold, shards.iter_mut().map(|shard| &mut **shard).collect()))
    }

    /// Nothing more came until `at`.
    pub(super) const fn handle_time(&mut self, at: Timestamp) {
        self.until = Some(at);
    }

    /// Hands over the frames taken, without waiting for more.
    pub(super) fn flush(&mut self) {
        if self.load.chunk.is_empty() {
            return;
        }
        self.turn += self.load.chunk.len() as u64;
        let next = self.works.room();
        let full = std::mem::replace(&mut self.load, next);
        self.load.chunk.begin(self.turn);
        let mut queue = lock(&self.works.queue);
        queue.loads.push_back(Place::Read(full));
        self.works.tell(&queue);
    }
}

impl Works {
    /// Waits for room, helping meanwhile, and returns an empty load.
    fn room(&self) -> Load {
        let mut queue = lock(&self.queue);
        // A thread that is alone leaves nothing for later.
        let is_room = |queue: &Queue| {
            queue.failed
                || queue.loads.len() < self.most && (self.most > 1 || queue.shards.is_empty())
        };
        while !is_room(&queue) {
            queue = self.step(queue);
        }
        queue.spare.pop().unwrap_or_else(|| {
            drop(queue);
            Load::new(&self.fold.read().unwrap_or_else(PoisonError::into_inner))
        })
    }

    /// Works until everything is done that can be done now.
    fn rest(&self) {
        let mut queue = lock(&self.queue);
        while !queue.is_at_rest() {
            queue = self.step(queue);
        }
    }

    /// Works until everything is done.
    fn work(&self) {
        let _end = OnPanic(self);
        let mut queue = lock(&self.queue);
        while !queue.is_done() {
            queue = self.step(queue);
        }
        drop(queue);
        self.news.notify_all();
    }

    /// Does what is next, or waits for news.
    fn step<'a>(&'a self, mut queue: MutexGuard<'a, Queue>) -> MutexGuard<'a, Queue> {
        match queue.next(self.threads) {
            None => {
                queue.idle += 1;
                queue = self.news.wait(queue).unwrap_or_else(PoisonError::into_inner);
                queue.idle -= 1;
                return queue;
            }
            Some(Job::Sort(number, mut load)) => {
                drop(queue);
                let Load { chunk, sorted, .. } = &mut load;
                sorted.sort(chunk);
                queue = lock(&self.queue);
                let place = usize::try_from(number - queue.first).unwrap_or(usize::MAX);
                if let Some(place) = queue.loads.get_mut(place) {
                    *place = Place::Sorted(load);
                }
            }
            Some(Job::Fold(load)) => {
                drop(queue);
                let (before, shards) = self.fold(load);
                queue = lock(&self.queue);
                queue.folding = false;
                queue.shards = shards;
                queue.spare.push(before);
            }
            Some(Job::Shards(shards)) => {
                drop(queue);
                self.follow(&shards);
                queue = lock(&self.queue);
                queue.on_shards -= 1;
            }
        }
        self.tell(&queue);
        queue
    }

    /// Wakes threads that wait for something to do.
    fn tell(&self, queue: &Queue) {
        if queue.idle > 0 {
            self.news.notify_all();
        }
    }

    /// Folds a load; the one folded before, and the shards that have something of this.
    fn fold(&self, mut load: Load) -> (Load, Vec<usize>) {
        let Load { chunk, sorted, notices } = &mut load;
        let mut fold = self.fold.write().unwrap_or_else(PoisonError::into_inner);
        if chunk.turn().is_multiple_of(STRETCH) {
            let mut shards: Vec<_> = self.shards.iter().map(lock).collect();
            let room = fold.room(shards.iter().map(|shard| shard.used()));
            for shard in &mut shards {
                shard.allow(&room);
            }
        }
        fold.take(chunk, sorted, notices);
        drop(fold);
        let concerned = |shard: &usize| !notices.is_empty() || sorted.has_media(*shard);
        let shards = (0..self.shards.len()).rev().filter(concerned).collect();
        let mut folded = self.folded.write().unwrap_or_else(PoisonError::into_inner);
        (std::mem::replace(&mut *folded, load), shards)
    }

    /// Follows the streams of shards in the load folded last.
    fn follow(&self, shards: &[usize]) {
        let load = self.folded.read().unwrap_or_else(PoisonError::into_inner);
        let fold = self.fold.read().unwrap_or_else(PoisonError::into_inner);
        for shard in shards.iter().filter_map(|index| self.shards.get(*index)) {
            lock(shard).take(&load.chunk, &load.sorted, &load.notices, fold.announced());
        }
    }
}
