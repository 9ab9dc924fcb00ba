//! HEP over TCP and TLS: connections of agents, only so many, none of which may
//! stand still inside a packet.

use std::future::poll_fn;
use std::net::{SocketAddr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::gate::Gate;
use crate::app::clock;
use crate::app::live::feed::{Batch, Feed, Health};
use crate::app::output::Failure;
use crate::base::frame::Link;
use crate::engine::collecting::{self, Packets};

/// A TLS handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A packet that has begun is whole after so long.
const PATIENCE: Duration = Duration::from_secs(30);
/// An agent of which nothing comes for so long is gone.
const IDLE: Duration = Duration::from_secs(2 * 3600);
/// After so long without packets the kernel asks whether the agent is there.
const KEEP_ALIVE: Duration = Duration::from_secs(60);
/// A batch of so many bytes is sent, or one that began so long ago.
const BATCH: usize = 128 << 10;
const WAIT: Duration = Duration::from_millis(50);
/// Bytes read at once.
const READ: usize = 32 << 10;
/// How often health is said.
const ASK: Duration = Duration::from_secs(1);

/// A listener that is open, before its thread begins.
pub(super) struct Listener {
    pub(super) local: SocketAddr,
    socket: StdListener,
    tls: Option<TlsAcceptor>,
}

impl Listener {
    pub(super) fn open(address: SocketAddr, tls: Option<TlsAcceptor>) -> Result<Self, Failure> {
        let opened = || {
            let socket = StdListener::bind(address)?;
            socket.set_nonblocking(true)?;
            Ok(Self { local: socket.local_addr()?, socket, tls })
        };
        opened()
            .map_err(|error: std::io::Error| Failure::Fault(format!("HEP at {address}: {error}")))
    }

    /// Accepts agents until `stop` is set; what they sent until then is delivered.
    pub(super) async fn run(
        self,
        feed: Feed,
        gate: Arc<Gate>,
        room: Arc<Semaphore>,
        stop: Arc<AtomicBool>,
    ) {
        let inbox = Arc::new(Inbox {
            local: self.local,
            gate,
            gone: AtomicBool::new(false),
            held: Mutex::new(Held {
                batch: feed.batch(),
                begun: Instant::now(),
                frame: Vec::new(),
            }),
            feed: Mutex::new(feed),
        });
        let Ok(listener) = TcpListener::from_std(self.socket) else { return };
        let mut said = Instant::now();
        loop {
            if let Ok(Ok((stream, from))) = timeout(WAIT, listener.accept()).await {
                // A slot that is free goes to whoever comes first; nobody waits for one.
                if let Ok(permit) = Arc::clone(&room).try_acquire_owned() {
                    inbox.gate.connections.fetch_add(1, Relaxed);
                    let (inbox, tls) = (Arc::clone(&inbox), self.tls.clone());
                    tokio::spawn(async move {
                        agent(stream, from, tls, &inbox).await;
                        drop(permit);
                    });
                } else {
                    inbox.gate.turned_away.fetch_add(1, Relaxed);
                }
            }
            inbox.flush(false);
            if said.elapsed() >= ASK {
                said = Instant::now();
                inbox.say();
            }
            if stop.load(Relaxed) || inbox.gone.load(Relaxed) {
                // What has come is read by the connections' own tasks.
                sleep(2 * WAIT).await;
                inbox.flush(true);
                inbox.say();
                return;
            }
        }
    }
}

/// What all agents of a listener send.
struct Inbox {
    local: SocketAddr,
    gate: Arc<Gate>,
    /// Whether nobody reads any more.
    gone: AtomicBool,
    held: Mutex<Held>,
    feed: Mutex<Feed>,
}

struct Held {
    batch: Batch,
    begun: Instant,
    frame: Vec<u8>,
}

impl Inbox {
    fn take(&self, packet: &[u8], from: SocketAddr) {
        if !self.gate.admits(packet) {
            return;
        }
        let Ok(mut held) = self.held.lock() else { return };
        let Held { batch, begun, frame } = &mut *held;
        if batch.is_empty() {
            *begun = Instant::now();
        }
        if collecting::frame(packet, from, self.local, frame) {
            let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
            batch.push(clock::now(), Link::RawIp, length, frame);
        } else {
            self.gate.too_long();
        }
    }

    /// Sends what is held, if it is enough, old enough, or all. Agents wait while the engine
    /// is behind, so that TCP holds their packets back.
    fn flush(&self, all: bool) {
        let (Ok(mut held), Ok(feed)) = (self.held.lock(), self.feed.lock()) else { return };
        let Held { batch, begun, .. } = &mut *held;
        if batch.size() >= BATCH || !batch.is_empty() && (all || begun.elapsed() >= WAIT) {
            let batch = std::mem::replace(batch, feed.batch());
            if feed.send(batch).is_err() {
                self.gone.store(true, Relaxed);
            }
        }
    }

    fn say(&self) {
        let health = Health { dropped: Some(self.gate.dropped()), ..Health::default() };
        if let Ok(feed) = self.feed.lock()
            && feed.say(health).is_err()
        {
            self.gone.store(true, Relaxed);
        }
    }
}

async fn agent(stream: TcpStream, from: SocketAddr, tls: Option<TlsAcceptor>, inbox: &Inbox) {
    let keep_alive = TcpKeepalive::new().with_time(KEEP_ALIVE);
    // A system without it has IDLE left.
    let _ = SockRef::from(&stream).set_tcp_keepalive(&keep_alive);
    let well = match tls {
        None => read(stream, from, inbox).await,
        Some(tls) => match timeout(HANDSHAKE, tls.accept(stream)).await {
            Ok(Ok(stream)) => read(stream, from, inbox).await,
            _ => false,
        },
    };
    if !well {
        inbox.gate.closed.fetch_add(1, Relaxed);
    }
}

/// Reads an agent's packets to the end of its connection; whether that came between two
/// packets.
async fn read(mut stream: impl AsyncRead + Unpin, from: SocketAddr, inbox: &Inbox) -> bool {
    let (mut buffer, mut packets) = (vec![0; READ], Packets::default());
    let mut begun = Instant::now();
    loop {
        let patience =
            if packets.is_waiting() { PATIENCE.saturating_sub(begun.elapsed()) } else { IDLE };
        let mut filled = ReadBuf::new(&mut buffer);
        let reading = poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut filled));
        match timeout(patience, reading).await {
            Ok(Ok(())) if !filled.filled().is_empty() => {}
            Ok(Ok(())) => return !packets.is_waiting(),
            Ok(Err(_)) | Err(_) => return false,
        }
        let mut whole = 0;
        let taken = packets.push(filled.filled(), &mut |packet| {
            whole += 1;
            inbox.take(packet, from);
        });
        if taken.is_err() {
            return false;
        }
        if whole > 0 || !packets.is_waiting() {
            begun = Instant::now();
        }
        inbox.flush(false);
        if inbox.gone.load(Relaxed) {
            return true;
        }
    }
}
