//! The server of a live session: metrics, an API, events, and a page.

mod answers;
mod arguments;
mod body;
mod door;
mod figures;
mod http;
mod store;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

pub(in crate::app::live) use self::arguments::Arguments;
use self::door::Door;
use self::http::Server;
use self::store::{Keep, Keeper, Store};
use super::hep::Counts;
use super::net::{self, Secret, tls};
use super::observe::Observer;
use crate::app::output::Failure;
use crate::report::Names;
use crate::view::prometheus::Finished;

/// Characters that a token has at least.
const SHORTEST: usize = 16;

/// What is open, before privileges are given up and the thread begins.
pub(in crate::app::live) struct Opened {
    listeners: Vec<TcpListener>,
    tls: Option<TlsAcceptor>,
    door: Door,
    keep: Keep,
    peers: usize,
}

/// The serving thread.
pub(super) struct Serving {
    end: watch::Sender<bool>,
    thread: JoinHandle<()>,
}

impl Serving {
    /// Ends it, with what it has to say still said.
    fn end(self) {
        // Who is gone needs no telling.
        let _ = self.end.send(true);
        let _ = self.thread.join();
    }
}

/// Opens what is asked for; `None` when nothing is. Of finished calls so many bytes are kept.
///
/// # Errors
/// An address that cannot be listened at or that takes a token, and files that cannot be read.
pub(in crate::app::live) fn open(
    arguments: &Arguments,
    bytes: usize,
) -> Result<Option<Opened>, Failure> {
    let mut addresses = Vec::new();
    for listen in &arguments.listen {
        for address in listen.resolve()? {
            if !address.ip().is_loopback() && arguments.token_file.is_none() {
                return Err(Failure::Usage(format!(
                    "--listen {}: whoever reaches this address could read every call; give a --token-file, or listen at 127.0.0.1",
                    listen.text()
                )));
            }
            addresses.push(address);
        }
    }
    if addresses.is_empty() {
        return Ok(None);
    }
    let token = arguments.token_file.as_deref().map(net::secret).transpose()?;
    if token.as_ref().is_some_and(|token| token.len() < SHORTEST) {
        return Err(Failure::Usage(format!(
            "--token-file: the token is shorter than {SHORTEST} characters"
        )));
    }
    let tls = match (&arguments.tls_cert, &arguments.tls_key) {
        (Some(certificate), Some(key)) => Some(TlsAcceptor::from(tls::server(certificate, key)?)),
        _ => None,
    };
    let mut listeners = Vec::new();
    for address in addresses {
        let opened = || {
            let listener = TcpListener::bind(address)?;
            listener.set_nonblocking(true)?;
            Ok(listener)
        };
        listeners.push(
            opened().map_err(|error: io::Error| {
                Failure::Fault(format!("--listen {address}: {error}"))
            })?,
        );
    }
    let door = Door::new(token.as_deref().map(Secret::new), &arguments.allow_host);
    let keep = Keep { calls: arguments.keep_calls, bytes };
    let peers = arguments.metric_peers;
    Ok(Some(Opened { listeners, tls, door, keep, peers }))
}

impl Opened {
    /// Begins to serve what the observer is told.
    ///
    /// # Errors
    /// When the thread cannot begin.
    pub(in crate::app::live) fn begin(
        self,
        counts: Counts,
        names: Names,
        observers: &mut Vec<Box<dyn Observer>>,
    ) -> Result<(), Failure> {
        for listener in &self.listeners {
            if let Ok(address) = listener.local_addr() {
                let scheme = if self.tls.is_some() { "https" } else { "http" };
                crate::app::output::say(&format!("serving {scheme}://{address}/"));
            }
        }
        let store = Arc::new(Store::new());
        let server = Arc::new(Server::new(store.clone(), self.door));
        let (end, ended) = watch::channel(false);
        let (listeners, tls) = (self.listeners, self.tls);
        let thread = net::spawn("serve", move || server.run(listeners, tls, ended))?;
        let metrics = Finished::new(self.peers);
        let keeper = Keeper::new(store, metrics, counts, names, self.keep);
        observers.push(Box::new(keeper.with(Serving { end, thread })));
        Ok(())
    }
}
