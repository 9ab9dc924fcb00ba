//! Lines as messages of syslog (RFC 5424), to the system's own by its socket or
//! to another host by UDP (RFC 5426).

use std::net::{ToSocketAddrs, UdpSocket};
use std::os::unix::net::UnixDatagram;

use crate::app::clock;
use crate::app::output::Failure;
use crate::base::time::Timestamp;
use crate::report::time::Resolution;

/// Facility `daemon` (3), severity `informational` (6): RFC 5424 section 6.2.1.
const PRIORITY: u8 = 3 * 8 + 6;
/// The system's own socket.
const LOCAL: &str = "/dev/log";
/// Most bytes of a message by UDP: what a datagram holds.
const MOST: usize = 65_000;

/// Where syslog is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// The system's own.
    Local,
    /// `HOST:PORT`.
    Udp(String),
}

#[derive(Debug)]
enum Socket {
    Local(UnixDatagram),
    Udp(UdpSocket),
}

/// A way to syslog.
#[derive(Debug)]
pub(super) struct Syslog {
    socket: Socket,
    host: String,
    /// Messages that were not taken.
    pub(super) lost: u64,
}

impl Syslog {
    /// Finds syslog.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub(super) fn connect(place: Place) -> Result<Self, Failure> {
        let socket = match place {
            Place::Local => UnixDatagram::unbound()
                .and_then(|socket| socket.connect(LOCAL).map(|()| Socket::Local(socket)))
                .map_err(|error| Failure::Fault(format!("{LOCAL}: {error}")))?,
            Place::Udp(name) => {
                let fault =
                    |error: std::io::Error| Failure::Fault(format!("syslog:{name}: {error}"));
                let address = name.to_socket_addrs().map_err(fault)?.next();
                let Some(address) = address else {
                    return Err(Failure::Fault(format!("syslog:{name}: no such host")));
                };
                let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
                let socket = UdpSocket::bind(any).map_err(fault)?;
                socket.connect(address).map_err(fault)?;
                Socket::Udp(socket)
            }
        };
        // A machine that cannot be told to wait does not hold up the others.
        if let Socket::Local(socket) = &socket {
            let _ = socket.set_nonblocking(true);
        }
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = host.trim();
        let host = if host.is_empty() { "-" } else { host }.to_owned();
        Ok(Self { socket, host, lost: 0 })
    }

    /// Sends a line. What cannot be sent is counted: syslog may be restarted.
    pub(super) fn send(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.get(..MOST).unwrap_or(line);
        let message =
            [header(clock::now(), &self.host, std::process::id()).as_bytes(), line].concat();
        let sent = match &self.socket {
            Socket::Local(socket) => socket.send(&message).or_else(|_| {
                // The socket is another one after a restart.
                socket.connect(LOCAL).and_then(|()| socket.send(&message))
            }),
            Socket::Udp(socket) => socket.send(&message),
        };
        self.lost += u64::from(sent.is_err());
    }
}

/// `<30>1 2026-01-31T08:00:00.123456Z host siplens 17 event - ` (section 6).
fn header(at: Timestamp, host: &str, process: u32) -> String {
    format!("<{PRIORITY}>1 {} {host} siplens {process} event - ", Resolution(6).format(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_as_rfc_5424_has_it() {
        let at = Timestamp::from_micros(1_065_910_455_003_000);
        assert_eq!(
            header(at, "mymachine.example.com", 17),
            "<30>1 2003-10-11T22:14:15.003000Z mymachine.example.com siplens 17 event - "
        );
    }
}
