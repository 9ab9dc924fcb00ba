//! What something costs: processor time of this thread and memory, with the allocator of
//! the program.

use std::time::Duration;

use cap::Cap;
use mimalloc::MiMalloc;

/// The program's allocator, bounded by nothing; it counts bytes.
#[global_allocator]
static ALLOCATOR: Cap<MiMalloc> = Cap::new(MiMalloc, usize::MAX);

/// Sums of what was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// Processor time of this thread, which other processes do not disturb much.
    pub(crate) time: Duration,
    /// Bytes allocated; a list that grows allocates anew.
    pub(crate) allocated: u64,
    /// Bytes allocated and not freed; negative if more was freed.
    pub(crate) live: i64,
}

impl Meter {
    /// Adds what `step` costs.
    pub(crate) fn add<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let (allocated, live) = (ALLOCATOR.total_allocated(), ALLOCATOR.allocated());
        let start = thread_time();
        let result = step();
        self.time += thread_time().saturating_sub(start);
        self.allocated += (ALLOCATOR.total_allocated() - allocated) as u64;
        self.live += ALLOCATOR.allocated().cast_signed() as i64 - live.cast_signed() as i64;
        result
    }

    /// Nanoseconds for each of `count` things.
    pub(crate) fn nanos(&self, count: u64) -> f64 {
        self.time.as_nanos() as f64 / count as f64
    }
}

#[cfg(unix)]
fn thread_time() -> Duration {
    use rustix::time::{ClockId, clock_gettime};
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

/// Wall time, where no other is at hand.
#[cfg(not(unix))]
fn thread_time() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed()
}
