//! Addresses to listen at and to send to.

use std::net::{SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use crate::app::output::Failure;

/// Where to listen: `9060`, `:9060`, `127.0.0.1:9060`, `[::1]:9060` or `localhost:9060`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::app::live) struct Listen(String);

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let whole = match text.strip_prefix(':').unwrap_or(text) {
            port if port.parse::<u16>().is_ok() => format!("[::]:{port}"),
            _ => text.to_owned(),
        };
        let port = whole.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
        if !matches!(port, Some(Ok(_))) {
            return Err("an address has a port: 127.0.0.1:9300".to_owned());
        }
        Ok(Self(whole))
    }
}

impl Listen {
    /// The addresses that this means, `wide` for a port alone.
    pub(in crate::app::live) fn resolve(&self) -> Result<Vec<SocketAddr>, Failure> {
        let failure = |why: &str| Failure::Usage(format!("{}: {why}", self.0));
        let found = self.0.to_socket_addrs().map_err(|error| failure(&error.to_string()))?;
        let found: Vec<_> = found.collect();
        if found.is_empty() { Err(failure("no such address")) } else { Ok(found) }
    }

    /// The port.
    pub(in crate::app::live) fn port(&self) -> Option<u16> {
        self.0.rsplit_once(':')?.1.parse().ok()
    }

    /// As it is told.
    pub(in crate::app::live) fn text(&self) -> &str {
        &self.0
    }
}

/// Over what to send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::app::live) enum Carrier {
    Udp,
    Tcp,
    Tls,
}

/// Where to send: `udp://192.0.2.5:9060`, `tcp://...`, `tls://...`; UDP unless said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::app::live) struct Target {
    pub(in crate::app::live) carrier: Carrier,
    pub(in crate::app::live) host: String,
    pub(in crate::app::live) port: u16,
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (carrier, rest) = match text.split_once("://") {
            None => (Carrier::Udp, text),
            Some(("udp", rest)) => (Carrier::Udp, rest),
            Some(("tcp", rest)) => (Carrier::Tcp, rest),
            Some(("tls", rest)) => (Carrier::Tls, rest),
            Some((other, _)) => {
                return Err(format!("{other}:// is none of udp://, tcp:// and tls://"));
            }
        };
        let (host, port) =
            rest.rsplit_once(':').ok_or("a collector has a host and a port: 192.0.2.5:9060")?;
        let port = port.parse().map_err(|_| format!("{port} is no port"))?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.is_empty() {
            return Err("a collector has a host and a port: 192.0.2.5:9060".to_owned());
        }
        Ok(Self { carrier, host: host.to_owned(), port })
    }
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let carrier = match self.carrier {
            Carrier::Udp => "udp",
            Carrier::Tcp => "tcp",
            Carrier::Tls => "tls",
        };
        if self.host.contains(':') {
            write!(f, "{carrier}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{carrier}://{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_alone_is_every_address() {
        let text = |text: &str| text.parse::<Listen>().map(|listen| listen.text().to_owned());
        assert_eq!(text("9060").as_deref(), Ok("[::]:9060"));
        assert_eq!(text(":9060").as_deref(), Ok("[::]:9060"));
        assert_eq!(text("127.0.0.1:9300").as_deref(), Ok("127.0.0.1:9300"));
        assert!(text("127.0.0.1").is_err() && text("localhost:x").is_err() && text("").is_err());
    }

    #[test]
    fn targets_name_their_carrier() {
        let target = |text: &str| text.parse::<Target>().map(|target| target.to_string());
        assert_eq!(target("192.0.2.5:9060").as_deref(), Ok("udp://192.0.2.5:9060"));
        assert_eq!(target("tls://homer.example:9061").as_deref(), Ok("tls://homer.example:9061"));
        assert_eq!(target("tcp://[2001:db8::1]:9060").as_deref(), Ok("tcp://[2001:db8::1]:9060"));
        for wrong in ["http://a:1", "a", "a:b", ":9060", "a:70000"] {
            assert!(target(wrong).is_err(), "{wrong}");
        }
    }
}
