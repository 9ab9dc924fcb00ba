//! What something costs: processor time of this thread and allocations.

use std::time::Duration;

use allocation_counter::measure;

/// Sums of what was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Meter {
    /// Processor time of this thread, which other processes do not disturb much.
    pub(crate) time: Duration,
    /// Allocations; a list that grows allocates anew.
    pub(crate) allocations: u64,
    /// Bytes of them.
    pub(crate) allocated: u64,
    /// Bytes allocated and not freed; negative if more was freed.
    pub(crate) live: i64,
    /// Most bytes allocated at once beyond those at the beginning of a step.
    pub(crate) peak: u64,
}

impl Meter {
    /// Adds what `step` costs.
    pub(crate) fn add<T>(&mut self, step: impl FnOnce() -> T) -> T {
        let (mut result, mut time) = (None, Duration::ZERO);
        let counted = measure(|| {
            let start = thread_time();
            result = Some(step());
            time = thread_time().saturating_sub(start);
        });
        self.time += time;
        self.allocations += counted.count_total;
        self.allocated += counted.bytes_total;
        self.live += counted.bytes_current;
        self.peak = self.peak.max(counted.bytes_max);
        result.expect("the step was taken")
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
