//! HEP: received from servers and agents as a source of packets, sent to a
//! collector as a tap.

mod arguments;
mod gate;
mod send;
mod stream;
mod udp;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use tokio::sync::Semaphore;
use tokio_rustls::{TlsAcceptor, TlsConnector};

pub(in crate::app::live) use self::arguments::Arguments;
use self::arguments::{Form, What};
use self::gate::Gate;
use self::send::{Figures, Sender};
use super::feed::{About, Feeds};
use super::net::address::{Carrier, Listen, Target};
use super::net::{self, Secret, tls};
use super::observe::Tap;
use crate::app::output::{Failure, say};
use crate::base::frame::Link;
use crate::base::limits::Limits;
use crate::engine::mirroring::{RtcpForm, Setting};
use crate::view::prometheus::Extra;

/// What is open, before privileges are given up and threads begin.
pub(in crate::app::live) struct Opened {
    datagrams: Vec<udp::Listener>,
    streams: Vec<(&'static str, stream::Listener)>,
    gate: Arc<Gate>,
    most: usize,
    sending: Option<Sending>,
    figures: Arc<Figures>,
}

struct Sending {
    setting: Setting,
    target: Target,
    tls: Option<TlsConnector>,
    queue: usize,
}

/// Figures of what is received and sent.
#[derive(Clone)]
pub(in crate::app::live) struct Counts {
    gate: Option<Arc<Gate>>,
    figures: Option<Arc<Figures>>,
}

impl Counts {
    pub(in crate::app::live) fn extra(&self) -> Vec<Extra> {
        let received = self.gate.as_deref().map(Gate::extra);
        let sent = self.figures.as_deref().map(Figures::extra);
        received.into_iter().chain(sent).flatten().collect()
    }
}

/// Opens what is asked for.
///
/// # Errors
/// An address that cannot be listened at, a certificate that cannot be read.
pub(in crate::app::live) fn open(arguments: &Arguments, limits: Limits) -> Result<Opened, Failure> {
    let each = |all: &[Listen]| -> Result<Vec<SocketAddr>, Failure> {
        let mut addresses = Vec::new();
        for listen in all {
            addresses.extend(listen.resolve()?);
        }
        Ok(addresses)
    };
    let mut datagrams = Vec::new();
    for address in each(&arguments.hep)? {
        datagrams.push(udp::Listener::open(address)?);
    }
    let mut streams = Vec::new();
    for address in each(&arguments.hep_tcp)? {
        streams.push(("tcp", stream::Listener::open(address, None)?));
    }
    if let (Some(certificate), Some(key)) = (&arguments.hep_cert, &arguments.hep_key) {
        let acceptor = TlsAcceptor::from(tls::server(certificate, key)?);
        for address in each(&arguments.hep_tls)? {
            streams.push(("tls", stream::Listener::open(address, Some(acceptor.clone()))?));
        }
    }
    let secret = arguments.secret()?;
    let gate = Arc::new(Gate::new(secret.as_deref().map(Secret::new)));
    let sending = arguments
        .hep_to
        .clone()
        .map(|target| sending(arguments, target, secret, limits))
        .transpose()?;
    let figures = Arc::new(Figures::default());
    Ok(Opened { datagrams, streams, gate, most: arguments.hep_connections, sending, figures })
}

fn sending(
    arguments: &Arguments,
    target: Target,
    key: Option<String>,
    limits: Limits,
) -> Result<Sending, Failure> {
    let tls = (target.carrier == Carrier::Tls)
        .then(|| tls::client(arguments.hep_ca.as_deref()).map(TlsConnector::from))
        .transpose()?;
    let sends = |what| arguments.hep_send.contains(&what);
    let form = match arguments.hep_rtcp {
        Form::Packet => RtcpForm::Packet,
        Form::Json => RtcpForm::Json,
    };
    let setting = Setting {
        agent: arguments.hep_id,
        key,
        sip: sends(What::Sip),
        rtcp: Some(form).filter(|_| sends(What::Rtcp)),
        rtp: sends(What::Rtp),
        limits,
    };
    Ok(Sending {
        setting,
        target,
        tls,
        queue: usize::try_from(arguments.hep_queue).unwrap_or(usize::MAX),
    })
}

impl Opened {
    /// What it counts.
    pub(in crate::app::live) fn counts(&self) -> Counts {
        let receives = !(self.datagrams.is_empty() && self.streams.is_empty());
        Counts {
            gate: receives.then(|| self.gate.clone()),
            figures: self.sending.is_some().then(|| self.figures.clone()),
        }
    }

    /// Begins to receive, until `stop` is set, and to send.
    ///
    /// # Errors
    /// When a thread cannot begin.
    pub(in crate::app::live) fn begin(
        self,
        feeds: &mut Feeds,
        taps: &mut Vec<Box<dyn Tap>>,
        stop: &Arc<AtomicBool>,
    ) -> Result<(), Failure> {
        let mut feed = |carrier: &str, local: SocketAddr| {
            let name = format!("{carrier}://{local}");
            say(&format!("receiving HEP at {name}"));
            feeds.add(About { name, format: "hep", link_number: Some(Link::RawIp.number()) })
        };
        for listener in self.datagrams {
            let feed = feed("udp", listener.local);
            listener
                .begin(feed, self.gate.clone(), stop.clone())
                .map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
        }
        let room = Arc::new(Semaphore::new(self.most));
        for (carrier, listener) in self.streams {
            let feed = feed(carrier, listener.local);
            let (gate, room, stop) = (self.gate.clone(), room.clone(), stop.clone());
            net::spawn(&format!("hep {carrier}"), move || listener.run(feed, gate, room, stop))?;
        }
        if let Some(Sending { setting, target, tls, queue }) = self.sending {
            taps.push(Box::new(Sender::begin(setting, target, tls, queue, self.figures)?));
        }
        Ok(())
    }
}
