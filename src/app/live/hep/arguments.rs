//! Arguments of HEP, received and sent.

use std::net::ToSocketAddrs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::app::live::arguments::parse_bytes;
use crate::app::live::net::address::{Listen, Target};
use crate::app::output::Failure;

/// Where HEP is received, and where it is sent.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub(in crate::app::live) struct Arguments {
    /// Receive HEP (versions 1 to 3) from servers and agents over UDP at this address, or
    /// at a port of every address; may be given several times
    #[arg(long, value_name = "[ADDRESS:]PORT", help_heading = "HEP")]
    pub(super) hep: Vec<Listen>,

    /// Receive HEP over TCP
    #[arg(long, value_name = "[ADDRESS:]PORT", help_heading = "HEP")]
    pub(super) hep_tcp: Vec<Listen>,

    /// Receive HEP over TLS
    #[arg(long, value_name = "[ADDRESS:]PORT", help_heading = "HEP", requires_all = ["hep_cert", "hep_key"])]
    pub(super) hep_tls: Vec<Listen>,

    /// Certificate for --hep-tls, with its chain
    #[arg(long, value_name = "PEM", help_heading = "HEP", requires = "hep_key")]
    pub(super) hep_cert: Option<PathBuf>,

    /// Private key of that certificate
    #[arg(long, value_name = "PEM", help_heading = "HEP", requires = "hep_cert")]
    pub(super) hep_key: Option<PathBuf>,

    /// Receive only HEP that has the authenticate key on the first line of this file; sent HEP
    /// has it too
    #[arg(long, value_name = "FILE", help_heading = "HEP")]
    pub(super) hep_secret: Option<PathBuf>,

    /// Most connections over TCP and TLS at a time
    #[arg(long, value_name = "COUNT", default_value_t = 256, help_heading = "HEP")]
    pub(super) hep_connections: usize,

    /// Send what is captured, with --redact under its pseudonyms, to this collector as HEP 3:
    /// host:port, or udp://, tcp:// or tls://host:port
    #[arg(long, value_name = "COLLECTOR", help_heading = "HEP")]
    pub(super) hep_to: Option<Target>,

    /// What is sent
    #[arg(
        long,
        value_name = "WHAT",
        value_delimiter = ',',
        default_value = "sip,rtcp",
        help_heading = "HEP"
    )]
    pub(super) hep_send: Vec<What>,

    /// As what RTCP is sent
    #[arg(long, value_name = "FORM", default_value = "packet", help_heading = "HEP")]
    pub(super) hep_rtcp: Form,

    /// Number of this agent in what it sends
    #[arg(long, value_name = "NUMBER", default_value_t = 2001, help_heading = "HEP")]
    pub(super) hep_id: u32,

    /// Certificate authorities by which the collector's certificate is checked
    /// [default: the system's]
    #[arg(long, value_name = "PEM", help_heading = "HEP")]
    pub(super) hep_ca: Option<PathBuf>,

    /// Most bytes that wait for the collector; what comes beyond is dropped and counted
    #[arg(long, value_name = "BYTES", default_value = "16M", value_parser = parse_bytes, help_heading = "HEP")]
    pub(super) hep_queue: u64,
}

/// What is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum What {
    /// SIP messages, whole
    Sip,
    /// RTCP
    Rtcp,
    /// RTP: every packet
    Rtp,
}

/// As what RTCP is sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, ValueEnum)]
pub(super) enum Form {
    /// As it was captured, for another siplens
    #[default]
    Packet,
    /// As JSON, for Homer
    Json,
}

impl Arguments {
    /// Whether HEP is received.
    pub(in crate::app::live) fn receives(&self) -> bool {
        !(self.hep.is_empty() && self.hep_tcp.is_empty() && self.hep_tls.is_empty())
    }

    /// A filter (pcap-filter(7)) for what is received and sent as HEP.
    pub(in crate::app::live) fn own_traffic(&self) -> Option<String> {
        let listens = self.hep.iter().chain(&self.hep_tcp).chain(&self.hep_tls);
        let ports = listens.filter_map(Listen::port).map(|port| format!("dst port {port}"));
        let sent = self.hep_to.iter().flat_map(|target| {
            // A collector that cannot be found now is found, and said to be missing, when it is sent to.
            let found = (target.host.as_str(), target.port).to_socket_addrs();
            let ends = found.into_iter().flatten();
            ends.map(|end| format!("(dst host {} and dst port {})", end.ip(), end.port()))
                .collect::<Vec<_>>()
        });
        let all: Vec<_> = ports.chain(sent).collect();
        (!all.is_empty()).then(|| all.join(" or "))
    }

    /// The authenticate key.
    pub(super) fn secret(&self) -> Result<Option<String>, Failure> {
        self.hep_secret.as_deref().map(crate::app::live::net::secret).transpose()
    }
}
