//! A thread for each interface: waits for packets, copies them into batches,
//! asks each second what was dropped, and opens an interface again that went
//! away.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::feed::{Feed, Gone, Health};
use crate::app::clock::present;
use crate::base::time::Timestamp;
use crate::source::live::{Capture, Drops, LiveError, RETIRE, Setting};

/// How often it is asked what was dropped.
const ASK: Duration = Duration::from_secs(1);
/// Between the first attempts to open an interface again.
const FIRST: Duration = Duration::from_millis(250);
/// Between later ones, at most.
const SLOWEST: Duration = Duration::from_secs(15);
/// A batch of so many bytes is sent.
const BATCH: usize = 256 << 10;

/// An interface that is open, before its thread begins.
#[derive(Debug)]
pub(super) struct Interface {
    pub(super) name: String,
    pub(super) capture: Capture,
    pub(super) setting: Setting,
}

/// Begins to capture. When `stop` is set, what came until then is read, and the
/// thread ends.
pub(super) fn begin(
    interface: Interface,
    feed: Feed,
    stop: Arc<AtomicBool>,
) -> std::io::Result<()> {
    let name = format!("capture {}", interface.name);
    let mut thread =
        Thread { interface, feed, stop, health: Health::default(), before: Drops::default() };
    thread::Builder::new().name(name).spawn(move || thread.run()).map(drop)
}

struct Thread {
    interface: Interface,
    feed: Feed,
    stop: Arc<AtomicBool>,
    health: Health,
    /// What was dropped before the interface was opened anew.
    before: Drops,
}

impl Thread {
    fn run(&mut self) {
        loop {
            match self.read() {
                Ok(()) | Err(None) => return,
                Err(Some(error)) => {
                    if self.open_again(&error).is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// Reads until the interface goes away, or to the end.
    fn read(&mut self) -> Result<(), Option<LiveError>> {
        let mut ask = Instant::now();
        while !self.is_stopped() {
            self.interface.capture.wait(RETIRE)?;
            self.pass_on(None)?;
            if Instant::now() >= ask {
                ask = Instant::now() + ASK;
                self.say().map_err(|Gone| None)?;
            }
        }
        self.drain()?;
        self.say().map_err(|Gone| None)
    }

    /// Sends what the kernel has ready; whether that goes beyond a moment.
    fn pass_on(&mut self, until: Option<Timestamp>) -> Result<bool, Option<LiveError>> {
        let mut beyond = false;
        loop {
            let mut batch = self.feed.batch();
            let link = self.interface.capture.link();
            let mut last = 1;
            let mut read = Ok(0);
            while batch.size() < BATCH && last > 0 {
                read = self.interface.capture.read(|packet| {
                    if until.is_some_and(|until| packet.at > until) {
                        beyond = true;
                    } else {
                        batch.push(packet.at, link, packet.wire_len, packet.bytes);
                    }
                });
                last = *read.as_ref().unwrap_or(&0);
            }
            let is_empty = batch.is_empty();
            self.feed.send(batch).map_err(|Gone| None)?;
            read?;
            if last == 0 || is_empty || beyond {
                return Ok(beyond);
            }
        }
    }

    /// Reads what was captured before the end was asked for: until a later
    /// packet comes, or the kernel has handed over all it held back.
    fn drain(&mut self) -> Result<(), Option<LiveError>> {
        let until = present();
        let end = Instant::now() + 2 * RETIRE;
        while Instant::now() < end {
            self.interface.capture.wait(RETIRE / 4)?;
            if self.pass_on(until)? {
                break;
            }
        }
        Ok(())
    }

    fn say(&mut self) -> Result<(), Gone> {
        let Drops { kernel, interface } = self.interface.capture.drops();
        self.health.at = present();
        self.health.dropped = Some(self.before.kernel + kernel);
        self.health.dropped_by_interface = Some(self.before.interface + interface);
        self.feed.say(self.health.clone())
    }

    /// Tries to open the interface until it succeeds, or the end is asked for.
    fn open_again(&mut self, error: &LiveError) -> Result<(), Gone> {
        self.health.down = Some(error.to_string());
        self.say()?;
        let Drops { kernel, interface } = self.interface.capture.drops();
        self.before.kernel += kernel;
        self.before.interface += interface;
        let mut pause = FIRST;
        loop {
            self.sleep(pause);
            if self.is_stopped() {
                return Err(Gone);
            }
            match Capture::open(&self.interface.name, &self.interface.setting) {
                Ok(capture) => {
                    self.interface.capture = capture;
                    self.health.down = None;
                    self.health.reopened += 1;
                    return self.feed.say(self.health.clone());
                }
                Err(error) => {
                    self.health.down = Some(error.to_string());
                    self.feed.say(self.health.clone())?;
                }
            }
            pause = (2 * pause).min(SLOWEST);
        }
    }

    /// Sleeps, and wakes up when the end is asked for.
    fn sleep(&self, long: Duration) {
        let end = Instant::now() + long;
        while Instant::now() < end && !self.is_stopped() {
            thread::sleep(RETIRE.min(long));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
