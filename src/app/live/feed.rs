//! From the threads that receive packets to the one that understands them.
//!
//! A source of packets is a thread that holds a [`Feed`]: it fills a [`Batch`],
//! sends it, and says from time to time how it is. [`super::merge`] puts the
//! batches of all sources in the order of their times.
//!
//! The queue is bounded. A source that sends into a full one waits; what comes
//! meanwhile is the kernel's to hold, and to count when it drops it.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use crate::base::frame::Link;
use crate::base::time::Timestamp;

/// Batches that wait, over all sources.
const QUEUE: usize = 64;
/// Empty batches that are kept to be filled again.
const SPARE: usize = 16;

/// Packets in the order in which they came.
#[derive(Debug, Default)]
pub(in crate::app) struct Batch {
    pub(super) records: Vec<Record>,
    pub(super) bytes: Vec<u8>,
}

/// Where a packet lies in its batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    pub(super) at: Timestamp,
    pub(super) link: Link,
    pub(super) wire_len: u32,
    pub(super) end: usize,
}

impl Batch {
    /// Adds a packet: what it begins with, its length on the wire, and what was
    /// captured of it.
    pub(in crate::app) fn push(&mut self, at: Timestamp, link: Link, wire_len: u32, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.records.push(Record { at, link, wire_len, end: self.bytes.len() });
    }

    /// Whether there is nothing in it.
    pub(in crate::app) const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of its packets.
    pub(in crate::app) const fn size(&self) -> usize {
        self.bytes.len()
    }

    fn clear(&mut self) {
        self.records.clear();
        self.bytes.clear();
    }
}

/// What a source is, once and for all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::app) struct About {
    /// What the user calls it: an interface, or where HEP is received.
    pub(in crate::app) name: String,
    /// What kind of source: `live`, `hep`.
    pub(in crate::app) format: &'static str,
    /// The number of its link type, if it has one.
    pub(in crate::app) link_number: Option<u16>,
}

/// How a source is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::app) struct Health {
    /// When this was so, by the clock that packets are stamped with.
    pub(in crate::app) at: Option<Timestamp>,
    /// Packets dropped so far because our side was too slow: by the kernel's
    /// buffer, or a queue of ours. `None`: the source cannot tell.
    pub(in crate::app) dropped: Option<u64>,
    /// Packets dropped so far by the interface or its driver.
    pub(in crate::app) dropped_by_interface: Option<u64>,
    /// Why nothing comes of it, if it is down.
    pub(in crate::app) down: Option<String>,
    /// How often it was opened anew.
    pub(in crate::app) reopened: u64,
}

/// What comes of a source.
#[derive(Debug)]
pub(super) enum Delivery {
    Packets(Batch),
    Health(Health),
    /// Nothing more comes.
    End,
}

/// A source's way to the engine. It ends when it is dropped.
#[derive(Debug)]
pub(in crate::app) struct Feed {
    source: u16,
    to: SyncSender<(u16, Delivery)>,
    spare: Spare,
}

/// The engine has gone: the source ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::app) struct Gone;

impl Feed {
    /// An empty batch.
    pub(in crate::app) fn batch(&self) -> Batch {
        self.spare.take()
    }

    /// Sends packets; waits while the queue is full.
    pub(in crate::app) fn send(&self, batch: Batch) -> Result<(), Gone> {
        self.to.send((self.source, Delivery::Packets(batch))).map_err(|_| Gone)
    }

    /// Says how the source is.
    pub(in crate::app) fn say(&self, health: Health) -> Result<(), Gone> {
        self.to.send((self.source, Delivery::Health(health))).map_err(|_| Gone)
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        // Whoever is gone need not know.
        let _ = self.to.send((self.source, Delivery::End));
    }
}

/// Batches to be filled again, so that packets are captured without allocation.
#[derive(Clone, Debug, Default)]
pub(super) struct Spare(Arc<Mutex<Vec<Batch>>>);

impl Spare {
    fn take(&self) -> Batch {
        self.0.lock().ok().and_then(|mut spare| spare.pop()).unwrap_or_default()
    }

    /// Gives a batch back.
    pub(super) fn give(&self, mut batch: Batch) {
        batch.clear();
        if let Ok(mut spare) = self.0.lock()
            && spare.len() < SPARE
        {
            spare.push(batch);
        }
    }
}

/// Sources before the session begins: each gets its feed here.
#[derive(Debug)]
pub(in crate::app) struct Feeds {
    to: SyncSender<(u16, Delivery)>,
    pub(super) from: Receiver<(u16, Delivery)>,
    pub(super) spare: Spare,
    pub(super) about: Vec<About>,
}

impl Feeds {
    pub(in crate::app) fn new() -> Self {
        let (to, from) = sync_channel(QUEUE);
        Self { to, from, spare: Spare::default(), about: Vec::new() }
    }

    /// The feed of one more source.
    pub(in crate::app) fn add(&mut self, about: About) -> Feed {
        let source = u16::try_from(self.about.len()).unwrap_or(u16::MAX);
        self.about.push(about);
        Feed { source, to: self.to.clone(), spare: self.spare.clone() }
    }
}
