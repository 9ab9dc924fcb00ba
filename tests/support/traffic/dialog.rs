//! The names of a call: addresses, users, Call-ID, tags and branches, all
//! distinct from those of the other calls.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::codec::Codec;
use super::plan::Plan;
use super::random::mixed;

/// What the messages of one call are written from.
#[derive(Clone, Debug)]
pub(crate) struct Dialog {
    /// The call's number, 0-based.
    pub(crate) number: u64,
    seed: u64,
    /// Where caller, proxy if any, and callee signal from.
    pub(crate) nodes: Vec<SocketAddr>,
    /// Where caller and callee receive media.
    pub(crate) media: [SocketAddr; 2],
    pub(crate) codec: Codec,
    pub(crate) tcp: bool,
}

/// Telephones, of which each calls again after all others have.
const PHONES: u64 = 50_000;
/// Gateways that the calls are spread over.
const GATEWAYS: u64 = 8;
/// Even ports of media that a gateway has.
const GATEWAY_PORTS: u64 = 20_000;
const GATEWAY_FIRST_PORT: u64 = 20_000;
const PHONE_FIRST_PORT: u64 = 16_384;
/// Even ports that a telephone uses one after the other.
const PHONE_PORTS: u64 = 8_000;
/// Ports that connections begin from.
const CONNECTION_FIRST_PORT: u64 = 9_000;
const CONNECTION_PORTS: u64 = 50_000;
const SIP_PORT: u16 = 5_060;
/// The network of telephones, of gateways and of the proxy within the addresses
/// for benchmarks (RFC 2544) and for documentation (RFC 3849).
const PHONE_NET: u8 = 18;
const GATEWAY_NET: u8 = 19;
const PROXY_HOST: u64 = 0xff01;

/// A branch or a Call-ID's first part.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token(u64);

/// A tag, which tells apart no more than the ends of one call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag(u64);

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}", self.0 >> 16)
    }
}

impl Dialog {
    /// The names of call `number` of a plan.
    pub(crate) fn new(plan: &Plan, number: u64, v6: bool, tcp: bool, two_hops: bool) -> Self {
        let (phone, gateway) = (number % PHONES, number % GATEWAYS);
        let gateway = if plan.one_port { 0 } else { gateway };
        let phone_ip = address(v6, PHONE_NET, phone + 1);
        let gateway_ip = address(v6, GATEWAY_NET, gateway + 1);
        let proxy = two_hops.then(|| address(v6, GATEWAY_NET, PROXY_HOST));
        let nodes = [Some(phone_ip), proxy, Some(gateway_ip)].into_iter().flatten();
        let phone_port = PHONE_FIRST_PORT + 2 * (number / PHONES % PHONE_PORTS);
        let place = if plan.one_port { 0 } else { number / GATEWAYS % GATEWAY_PORTS };
        let gateway_port = GATEWAY_FIRST_PORT + 2 * place;
        Self {
            number,
            seed: plan.seed,
            nodes: nodes.map(|ip| SocketAddr::new(ip, SIP_PORT)).collect(),
            media: [
                SocketAddr::new(phone_ip, port(phone_port)),
                SocketAddr::new(gateway_ip, port(gateway_port)),
            ],
            codec: plan.codec,
            tcp,
        }
    }

    /// A token that belongs to `part` of this call and to nothing else.
    fn token(&self, part: u64) -> Token {
        Token(mixed((self.number << 8 | part) ^ mixed(self.seed)))
    }

    pub(crate) fn call_id(&self) -> Token {
        self.token(0)
    }

    pub(crate) fn caller_tag(&self) -> Tag {
        Tag(self.token(1).0)
    }

    /// The callee's tag; whoever refuses another attempt has one of its own.
    pub(crate) fn callee_tag(&self, attempt: u32) -> Tag {
        Tag(self.token(2 + u64::from(attempt)).0)
    }

    /// The branch of a transaction that a node begins.
    pub(crate) fn branch(&self, transaction: u32, node: usize) -> Token {
        self.token(16 + 4 * u64::from(transaction) + node as u64)
    }

    /// Something secret-looking.
    pub(crate) fn digest(&self) -> [Token; 2] {
        [self.token(8), self.token(9)]
    }

    /// The place of the callee among the nodes.
    pub(crate) fn last(&self) -> usize {
        self.nodes.len() - 1
    }

    /// The port that the connection of hop `hop` begins from. It is free again
    /// when another call gets it.
    pub(crate) fn connection_port(&self, hop: usize) -> u16 {
        let number = if hop == 0 { self.number / PHONES } else { self.number };
        port(CONNECTION_FIRST_PORT + number % CONNECTION_PORTS)
    }
}

fn port(number: u64) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}

/// Host `host` of a network.
fn address(v6: bool, net: u8, host: u64) -> IpAddr {
    let [.., high, low] = host.to_be_bytes();
    if v6 {
        let host = u16::from_be_bytes([high, low]);
        Ipv6Addr::new(0x2001, 0xdb8, u16::from(net), 0, 0, 0, 0, host).into()
    } else {
        Ipv4Addr::new(198, net, high, low).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn calls_share_no_endpoint_and_no_token() {
        let (mut endpoints, mut tokens) = (HashSet::new(), HashSet::new());
        for number in 0..60_000 {
            let dialog = Dialog::new(&Plan::default(), number, false, true, true);
            assert!(dialog.media.iter().all(|endpoint| endpoints.insert(*endpoint)), "{number}");
            let connection = (dialog.nodes[0].ip(), dialog.connection_port(0));
            assert!(endpoints.insert(connection.into()), "{number}");
            let branches = [(1, 0), (1, 1), (2, 0), (3, 0), (4, 1), (4, 2)];
            let of_call = branches.map(|(transaction, node)| dialog.branch(transaction, node).0);
            let others = [dialog.call_id().0, dialog.caller_tag().0, dialog.callee_tag(1).0];
            assert!(of_call.into_iter().chain(others).all(|token| tokens.insert(token)));
        }
    }
}
