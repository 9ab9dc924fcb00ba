//! What is captured, to a collector: mirrored on the engine's thread, sent by one of
//! its own. What the collector does not take in time is dropped and counted.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpStream, UdpSocket, lookup_host};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsConnector;

use crate::app::live::net;
use crate::app::live::net::address::{Carrier, Target};
use crate::app::live::observe::{Tap, Tick};
use crate::app::output::{Failure, say};
use crate::base::frame::Frame;
use crate::engine::mirroring::{Mirroring, Setting};
use crate::view::prometheus::Extra;

/// Packets are handed over in parts of so many bytes, or when one has waited so long.
const PART: usize = 16 << 10;
const WAIT: Duration = Duration::from_millis(20);
/// A connection is made, and takes a part, in no more than this.
const PATIENCE: Duration = Duration::from_secs(10);
/// Pauses between attempts to connect: from the first to the longest.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(30);
/// How long the end waits for what is queued.
const FAREWELL: Duration = Duration::from_secs(5);

/// Packets that go to the collector together.
#[derive(Debug, Default)]
struct Part {
    bytes: Vec<u8>,
    /// Where each packet ends.
    ends: Vec<usize>,
}

/// What both threads count.
#[derive(Debug, Default)]
pub(super) struct Figures {
    queued: AtomicUsize,
    sent: AtomicU64,
    dropped: AtomicU64,
    connects: AtomicU64,
    is_up: AtomicBool,
    /// Set when nothing more comes: when to give up.
    until: Mutex<Option<Instant>>,
}

impl Figures {
    pub(super) fn extra(&self) -> Vec<Extra> {
        let row =
            |name, help, is_counter, value| Extra { name, help, is_counter, label: None, value };
        let count = |count: &AtomicU64| count.load(Relaxed) as f64;
        vec![
            row(
                "siplens_hep_sent_packets_total",
                "HEP packets sent to the collector.",
                true,
                count(&self.sent),
            ),
            row(
                "siplens_hep_unsent_packets_total",
                "HEP packets that the collector did not take in time, or that were too long.",
                true,
                count(&self.dropped),
            ),
            row(
                "siplens_hep_connects_total",
                "How often the collector was connected to.",
                true,
                count(&self.connects),
            ),
            row(
                "siplens_hep_queued_bytes",
                "Bytes that wait for the collector.",
                false,
                self.queued.load(Relaxed) as f64,
            ),
            row(
                "siplens_hep_collector_up",
                "Whether the collector takes packets.",
                false,
                f64::from(self.is_up.load(Relaxed)),
            ),
        ]
    }

    /// Whether it is time to give up.
    fn is_over(&self) -> bool {
        self.until.lock().is_ok_and(|until| until.is_some_and(|until| Instant::now() >= until))
    }
}

/// The engine's side.
pub(super) struct Sender {
    mirroring: Mirroring,
    part: Part,
    begun: Instant,
    most: usize,
    too_long: u64,
    figures: Arc<Figures>,
    to: Option<UnboundedSender<Part>>,
    thread: Option<JoinHandle<()>>,
}

impl Sender {
    /// Begins to send, with at most so many bytes waiting.
    pub(super) fn begin(
        setting: Setting,
        target: Target,
        tls: Option<TlsConnector>,
        most: usize,
        figures: Arc<Figures>,
    ) -> Result<Self, Failure> {
        let (to, from) = unbounded_channel();
        let link =
            Link { target, tls, figures: figures.clone(), way: None, pause: FIRST, said: None };
        let thread = net::spawn("hep send", move || link.run(from))?;
        Ok(Self {
            mirroring: Mirroring::new(setting),
            part: Part::default(),
            begun: Instant::now(),
            most,
            too_long: 0,
            figures,
            to: Some(to),
            thread: Some(thread),
        })
    }

    fn hand_over(&mut self) {
        let part = std::mem::take(&mut self.part);
        if part.ends.is_empty() {
            return;
        }
        let (bytes, packets) = (part.bytes.len(), part.ends.len() as u64);
        let room = self.figures.queued.load(Relaxed) + bytes <= self.most;
        if room && let Some(to) = &self.to {
            self.figures.queued.fetch_add(bytes, Relaxed);
            if to.send(part).is_ok() {
                return;
            }
        }
        self.figures.dropped.fetch_add(packets, Relaxed);
    }
}

impl Tap for Sender {
    fn frame(&mut self, frame: &Frame<'_>) {
        let Part { bytes, ends } = &mut self.part;
        let before = ends.len();
        self.mirroring.push(frame, &mut |packet| {
            bytes.extend_from_slice(packet);
            ends.push(bytes.len());
        });
        if ends.len() == before {
            return;
        }
        if before == 0 {
            self.begun = Instant::now();
        }
        if bytes.len() >= PART || self.begun.elapsed() >= WAIT {
            self.hand_over();
        }
    }

    fn idle(&mut self) {
        self.hand_over();
    }

    fn tick(&mut self, _: &Tick) {
        self.hand_over();
        let new = self.mirroring.too_long - self.too_long;
        self.too_long = self.mirroring.too_long;
        self.figures.dropped.fetch_add(new, Relaxed);
    }

    fn end(&mut self) {
        self.hand_over();
        if let Ok(mut until) = self.figures.until.lock() {
            *until = Some(Instant::now() + FAREWELL);
        }
        self.to = None;
        if let Some(thread) = self.thread.take() {
            // It ends by itself, and has said what it had to say.
            let _ = thread.join();
        }
    }
}

/// A way to the collector.
enum Way {
    Datagrams(UdpSocket),
    Stream(Box<dyn Both>),
}

/// A connection.
trait Both: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Both for T {}

/// The sending thread.
struct Link {
    target: Target,
    tls: Option<TlsConnector>,
    figures: Arc<Figures>,
    way: Option<Way>,
    pause: Duration,
    /// Whether it was said last that the collector takes packets.
    said: Option<bool>,
}

impl Link {
    async fn run(mut self, mut from: UnboundedReceiver<Part>) {
        self.connect().await;
        while let Some(part) = from.recv().await {
            let mut done = 0;
            while done < part.ends.len() && !self.figures.is_over() {
                done += self.send(&part, done).await;
                if self.way.is_none() {
                    self.connect().await;
                }
            }
            let left = part.ends.len().saturating_sub(done) as u64;
            self.figures.dropped.fetch_add(left, Relaxed);
            self.figures.queued.fetch_sub(part.bytes.len(), Relaxed);
        }
        if let Some(Way::Stream(stream)) = &mut self.way {
            // What is not taken now never is.
            let _ = timeout(PATIENCE, stream.shutdown()).await;
        }
    }

    /// Sends packets of a part from the one at `from` on; how many were.
    async fn send(&mut self, part: &Part, from: usize) -> usize {
        let mut sent = 0;
        let outcome = match &mut self.way {
            None => return 0,
            Some(Way::Datagrams(socket)) => {
                datagrams(socket, part, from, &mut sent, &self.figures).await
            }
            Some(Way::Stream(stream)) => stream_of(stream, part, from, &mut sent).await,
        };
        self.figures.sent.fetch_add(sent as u64, Relaxed);
        match outcome {
            Ok(skipped) => {
                self.well();
                sent + skipped
            }
            Err(error) => {
                self.way = None;
                self.unwell(&error);
                sent
            }
        }
    }

    /// Connects, with a pause before if the last attempt failed.
    async fn connect(&mut self) {
        if self.pause > FIRST {
            let end = Instant::now() + self.pause;
            while Instant::now() < end && !self.figures.is_over() {
                sleep(FIRST.min(self.pause)).await;
            }
        }
        self.pause = (2 * self.pause).min(LONGEST);
        match timeout(PATIENCE, self.open()).await.unwrap_or(Err(io::ErrorKind::TimedOut.into())) {
            Ok(way) => {
                self.figures.connects.fetch_add(1, Relaxed);
                if matches!(way, Way::Stream(_)) {
                    self.well();
                }
                self.way = Some(way);
            }
            Err(error) => self.unwell(&error),
        }
    }

    async fn open(&self) -> io::Result<Way> {
        let place = (self.target.host.as_str(), self.target.port);
        match self.target.carrier {
            Carrier::Udp => {
                let address = lookup_host(place).await?.next().ok_or(io::ErrorKind::NotFound)?;
                let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any).await?;
                socket.connect(address).await?;
                Ok(Way::Datagrams(socket))
            }
            Carrier::Tcp | Carrier::Tls => {
                let stream = TcpStream::connect(place).await?;
                stream.set_nodelay(true)?;
                let Some(tls) = &self.tls else { return Ok(Way::Stream(Box::new(stream))) };
                let name =
                    ServerName::try_from(self.target.host.clone()).map_err(io::Error::other)?;
                Ok(Way::Stream(Box::new(tls.connect(name, stream).await?)))
            }
        }
    }

    fn well(&mut self) {
        self.pause = FIRST;
        self.figures.is_up.store(true, Relaxed);
        if self.said == Some(false) {
            say(&format!("HEP: {} takes packets again", self.target));
        }
        self.said = Some(true);
    }

    fn unwell(&mut self, error: &io::Error) {
        self.figures.is_up.store(false, Relaxed);
        if self.said != Some(false) {
            say(&format!("HEP: {} takes no packets: {error}; trying again", self.target));
        }
        self.said = Some(false);
    }
}

/// Packets of a part, from the one at `from` on.
fn packets(part: &Part, from: usize) -> impl Iterator<Item = &[u8]> {
    (from..part.ends.len()).filter_map(|place| {
        let begin = place.checked_sub(1).and_then(|before| part.ends.get(before));
        part.bytes.get(begin.copied().unwrap_or(0)..*part.ends.get(place)?)
    })
}

/// Sends each packet as a datagram; how many were skipped because none can be so long.
async fn datagrams(
    socket: &UdpSocket,
    part: &Part,
    from: usize,
    sent: &mut usize,
    figures: &Figures,
) -> io::Result<usize> {
    /// Longer than a datagram can be (Linux, `EMSGSIZE`).
    const TOO_LONG: i32 = 90;
    let mut skipped = 0;
    for packet in packets(part, from) {
        match socket.send(packet).await {
            Ok(_) => *sent += 1,
            Err(error) if error.raw_os_error() == Some(TOO_LONG) => {
                figures.dropped.fetch_add(1, Relaxed);
                skipped += 1;
            }
            Err(error) => {
                *sent += skipped;
                return Err(error);
            }
        }
    }
    Ok(skipped)
}

/// Writes packets to a connection, after a look whether the collector has closed it.
async fn stream_of(
    stream: &mut Box<dyn Both>,
    part: &Part,
    from: usize,
    sent: &mut usize,
) -> io::Result<usize> {
    if is_closed(stream).await {
        return Err(io::ErrorKind::ConnectionAborted.into());
    }
    let write = async {
        for packet in packets(part, from) {
            stream.write_all(packet).await?;
            *sent += 1;
        }
        stream.flush().await
    };
    timeout(PATIENCE, write).await.unwrap_or(Err(io::ErrorKind::TimedOut.into()))?;
    Ok(0)
}

/// Whether the other side has closed; what it sends is nothing of ours.
async fn is_closed(stream: &mut Box<dyn Both>) -> bool {
    let mut bytes = [0; 256];
    poll_fn(|cx| {
        let mut buffer = ReadBuf::new(&mut bytes);
        Poll::Ready(match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => buffer.filled().is_empty(),
            Poll::Ready(Err(_)) => true,
            Poll::Pending => false,
        })
    })
    .await
}
