//! Packets of several sources in the order of their times.
//!
//! A packet is due when every source has one that is no earlier, or when it has
//! waited [`HOLD`]: a source without packets does not hold up the others for
//! longer. What comes later than that comes out of order, and is counted.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::feed::{About, Batch, Delivery, Feeds, Health, Spare};
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::track::drops::Dropped;

/// How long a packet waits for earlier ones of other sources: longer than the
/// kernel holds packets back, twice over.
pub(super) const HOLD: Duration = Duration::from_millis(250);
/// How often sources say how they are.
const ASKED: Span = Span::from_secs(1);
/// A packet that is so much earlier than one before it came too late; kernels
/// stamp packets on several processors and hand them over within less.
const LATE: Span = Span::from_millis(10);
/// Bytes that wait here; while there are more, sources wait.
const MOST_WAITING: usize = 64 << 20;

/// A source, and what of it waits.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) about: About,
    pub(super) health: Health,
    /// Packets handed on.
    pub(super) packets: u64,
    /// Their bytes as captured.
    pub(super) bytes: u64,
    /// When the earliest and the latest of them came.
    pub(super) span: Option<(Timestamp, Timestamp)>,
    /// Whether more may come.
    open: bool,
    waiting: VecDeque<(Instant, Batch)>,
    /// The place of the next packet in the first batch that waits.
    next: usize,
}

impl Lane {
    fn head(&self) -> Option<(Timestamp, Instant)> {
        let (received, batch) = self.waiting.front()?;
        Some((batch.records.get(self.next)?.at, *received))
    }
}

/// The packets of all sources.
#[derive(Debug)]
pub(super) struct Merge {
    from: Receiver<(u16, Delivery)>,
    spare: Spare,
    pub(super) lanes: Vec<Lane>,
    waiting: usize,
    last: Option<Timestamp>,
    /// Packets that came too late to be put in order.
    pub(super) late: u64,
    /// What was dropped, for the engine.
    pub(super) dropped: Vec<Dropped>,
    /// A batch that the last packet handed on was the last of.
    done: Option<Batch>,
}

impl Merge {
    pub(super) fn new(feeds: Feeds) -> Self {
        // The sender that new feeds are made of goes with `feeds`.
        let Feeds { from, spare, about, .. } = feeds;
        let lane = |about| Lane {
            about,
            health: Health::default(),
            packets: 0,
            bytes: 0,
            span: None,
            open: true,
            waiting: VecDeque::new(),
            next: 0,
        };
        let lanes = about.into_iter().map(lane).collect();
        Self {
            from,
            spare,
            lanes,
            waiting: 0,
            last: None,
            late: 0,
            dropped: Vec::new(),
            done: None,
        }
    }

    /// Takes what has come, waiting for it so long at most; whether more may
    /// come of any source.
    pub(super) fn receive(&mut self, most: Duration) -> bool {
        let mut most = most;
        while self.waiting < MOST_WAITING {
            match self.from.recv_timeout(most) {
                Ok((source, delivery)) => self.take(source, delivery),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => {
                    self.lanes.iter_mut().for_each(|lane| lane.open = false);
                    break;
                }
            }
            most = Duration::ZERO;
        }
        self.lanes.iter().any(|lane| lane.open)
    }

    fn take(&mut self, source: u16, delivery: Delivery) {
        let Some(lane) = self.lanes.get_mut(usize::from(source)) else { return };
        match delivery {
            Delivery::Packets(batch) if batch.is_empty() => self.spare.give(batch),
            Delivery::Packets(batch) => {
                self.waiting += batch.size();
                lane.waiting.push_back((Instant::now(), batch));
            }
            Delivery::Health(health) => {
                let count = |health: &Health| {
                    health.dropped.unwrap_or(0) + health.dropped_by_interface.unwrap_or(0)
                };
                let packets = count(&health).saturating_sub(count(&lane.health));
                if let Some(to) = health.at.filter(|_| packets > 0) {
                    let from = lane.health.at.unwrap_or(to - ASKED).min(to);
                    self.dropped.push(Dropped { from, to, packets });
                }
                lane.health = health;
            }
            Delivery::End => lane.open = false,
        }
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.lanes.iter().all(|lane| lane.waiting.is_empty())
    }

    /// The next packet that is due.
    pub(super) fn next(&mut self, now: Instant) -> Option<Frame<'_>> {
        if let Some(batch) = self.done.take() {
            self.spare.give(batch);
        }
        let mut first: Option<(usize, Timestamp)> = None;
        let (mut all, mut waited) = (true, false);
        for (place, lane) in self.lanes.iter().enumerate() {
            let Some((at, received)) = lane.head() else {
                all &= !lane.open;
                continue;
            };
            waited |= now.saturating_duration_since(received) >= HOLD;
            if first.is_none_or(|(_, earliest)| at < earliest) {
                first = Some((place, at));
            }
        }
        let (place, at) = first.filter(|_| all || waited)?;
        self.late += u64::from(self.last.is_some_and(|last| at < last - LATE));
        self.last = self.last.max(Some(at));
        let lane = self.lanes.get_mut(place)?;
        lane.packets += 1;
        let no = FrameNo::new(u16::try_from(place).unwrap_or(u16::MAX), lane.packets);
        let (_, batch) = lane.waiting.front()?;
        let record = *batch.records.get(lane.next)?;
        let begin = lane.next.checked_sub(1).and_then(|before| batch.records.get(before));
        let bytes = begin.map_or(0, |before| before.end)..record.end;
        lane.bytes += bytes.len() as u64;
        lane.span = Some(lane.span.map_or((at, at), |(a, b)| (a.min(at), b.max(at))));
        lane.next += 1;
        if lane.next == batch.records.len() {
            lane.next = 0;
            let (_, batch) = lane.waiting.pop_front()?;
            self.waiting -= batch.size();
            self.done = Some(batch);
        }
        let batch = match &self.done {
            Some(batch) => batch,
            None => &self.lanes.get(place)?.waiting.front()?.1,
        };
        let bytes = batch.bytes.get(bytes)?;
        Some(Frame { no, at, link: record.link, wire_len: record.wire_len, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::frame::Link;

    fn about(name: &str) -> About {
        About { name: name.to_owned(), format: "live", link_number: Some(1) }
    }

    fn batch(times: &[i64]) -> Batch {
        let mut batch = Batch::default();
        for time in times {
            batch.push(Timestamp::from_nanos(*time), Link::Ethernet, 9, &time.to_le_bytes());
        }
        batch
    }

    fn drain(merge: &mut Merge, now: Instant) -> Vec<(i64, u64)> {
        let mut all = Vec::new();
        while let Some(frame) = merge.next(now) {
            assert_eq!(frame.bytes, frame.at.nanos().to_le_bytes(), "its own bytes");
            all.push((frame.at.nanos(), frame.no.number()));
        }
        all
    }

    #[test]
    fn two_sources_are_put_in_order_of_time() {
        let mut feeds = Feeds::new();
        let (a, b) = (feeds.add(about("a")), feeds.add(about("b")));
        let mut merge = Merge::new(feeds);
        a.send(batch(&[10, 30, 50])).unwrap();
        b.send(batch(&[20, 40])).unwrap();
        assert!(merge.receive(Duration::ZERO));
        let now = Instant::now();
        assert_eq!(drain(&mut merge, now), [(10, 1), (20, 1), (30, 2), (40, 2)]);
        assert_eq!(drain(&mut merge, now + HOLD), [(50, 3)], "after its time, nothing to wait for");
        assert_eq!((merge.late, merge.is_empty()), (0, true));
    }

    #[test]
    fn a_source_alone_or_ended_is_not_waited_for() {
        let mut feeds = Feeds::new();
        let (a, b) = (feeds.add(about("a")), feeds.add(about("b")));
        let mut merge = Merge::new(feeds);
        a.send(batch(&[10])).unwrap();
        drop(b);
        assert!(merge.receive(Duration::ZERO));
        assert_eq!(drain(&mut merge, Instant::now()), [(10, 1)]);
        drop(a);
        assert!(!merge.receive(Duration::ZERO));
    }

    #[test]
    fn what_comes_too_late_comes_all_the_same_and_is_counted() {
        let mut feeds = Feeds::new();
        let a = feeds.add(about("a"));
        let mut merge = Merge::new(feeds);
        let late = 30 - 2 * LATE.nanos();
        a.send(batch(&[30, 20, late])).unwrap();
        merge.receive(Duration::ZERO);
        assert_eq!(drain(&mut merge, Instant::now()), [(30, 1), (20, 2), (late, 3)]);
        assert_eq!(merge.late, 1);
    }
}
