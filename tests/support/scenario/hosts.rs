//! The hosts of a scenario, and how endpoints are written.

use std::net::{IpAddr, SocketAddr};

use super::words::Place;

/// A host: who signals from where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Host {
    pub(crate) name: String,
    /// Where it signals.
    pub(crate) at: SocketAddr,
    /// The user part of its URIs.
    pub(crate) user: String,
}

impl Host {
    /// Its address of record.
    pub(crate) fn uri(&self) -> String {
        format!("sip:{}@example.com", self.user)
    }

    /// Where it can be reached.
    pub(crate) fn contact(&self) -> String {
        format!("<sip:{}@{}>", self.user, self.at)
    }

    /// Whether it only passes on.
    pub(crate) fn is_proxy(&self) -> bool {
        self.name.starts_with('P')
    }
}

/// The hosts of a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Hosts(pub(crate) Vec<Host>);

const USUAL: &str = "A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, \
                     C 203.0.113.30:5060 carol, P 192.0.2.5:5060";

impl Default for Hosts {
    fn default() -> Self {
        Self::parse(USUAL, &Place { number: 0, text: USUAL.to_owned() })
    }
}

impl Hosts {
    /// Reads `A 192.0.2.10:5060 alice, B [2001:db8::20]:5060`.
    pub(crate) fn parse(list: &str, place: &Place) -> Self {
        let host = |text: &str| {
            let mut words = text.split_whitespace();
            let name = place.need(words.next(), "names no host").to_owned();
            let at = words.next().and_then(|at| at.parse().ok());
            let user = words.next().map_or_else(|| name.to_lowercase(), str::to_owned);
            Host { at: place.need(at, "has a host without address:port"), name, user }
        };
        Self(list.split(',').map(host).collect())
    }

    /// The host of that name.
    #[track_caller]
    pub(crate) fn get(&self, name: &str, place: &Place) -> &Host {
        place.need(self.find(name), &format!("names the unknown host {name}"))
    }

    /// The host of that name, if there is one.
    pub(crate) fn find(&self, name: &str) -> Option<&Host> {
        self.0.iter().find(|host| host.name == name)
    }

    /// Reads `A`, `A:4000`, `10.0.0.5:4000` or `[2001:db8::1]:4000`.
    #[track_caller]
    pub(crate) fn endpoint(&self, text: &str, place: &Place) -> SocketAddr {
        if let Ok(literal) = text.parse() {
            return literal;
        }
        match text.split_once(':') {
            Some((name, port)) => {
                SocketAddr::new(self.get(name, place).at.ip(), place.number(port))
            }
            None => self.get(text, place).at,
        }
    }

    /// An endpoint as a scenario would write it: `A`, `A:4000`, `10.0.0.5:4000`.
    pub(crate) fn name_of(&self, ip: IpAddr, port: u16) -> String {
        match self.0.iter().find(|host| host.at.ip() == ip) {
            Some(host) if host.at.port() == port => host.name.clone(),
            Some(host) => format!("{}:{port}", host.name),
            None => SocketAddr::new(ip, port).to_string(),
        }
    }
}
