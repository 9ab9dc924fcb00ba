//! The system's clock, which nothing below this layer reads.

use std::time::SystemTime;

use crate::base::time::Timestamp;

/// The time of day; `None` where the clock is before 1970 or after 2262.
pub(super) fn present() -> Option<Timestamp> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos()).ok().map(Timestamp::from_nanos)
}

/// The same, and the epoch where it is not known.
pub(super) fn now() -> Timestamp {
    present().unwrap_or_default()
}
