//! Arguments of the server.

use std::path::PathBuf;

use clap::Args;

use crate::app::live::net::address::Listen;

/// Where metrics, the API and the page are served.
#[derive(Clone, Debug, Default, Args)]
#[group(skip)]
pub(in crate::app::live) struct Arguments {
    /// Serve metrics, an API and a page at this address, 127.0.0.1:9300 for example; may be
    /// given several times. Any address but the loopback's takes --token-file
    #[arg(long, value_name = "ADDRESS:PORT", help_heading = "Server")]
    pub(super) listen: Vec<Listen>,

    /// Serve only who has the bearer token on the first line of this file, of 16 characters
    /// or more
    #[arg(long, value_name = "FILE", requires = "listen", help_heading = "Server")]
    pub(super) token_file: Option<PathBuf>,

    /// Serve over TLS with this certificate and its chain
    #[arg(long, value_name = "PEM", requires_all = ["tls_key", "listen"], help_heading = "Server")]
    pub(super) tls_cert: Option<PathBuf>,

    /// Private key of that certificate
    #[arg(long, value_name = "PEM", requires = "tls_cert", help_heading = "Server")]
    pub(super) tls_key: Option<PathBuf>,

    /// Without a token, also serve who calls the server by this name; may be given several
    /// times. Any other name but localhost is refused, so that pages of others cannot read it
    #[arg(long, value_name = "NAME", requires = "listen", help_heading = "Server")]
    pub(super) allow_host: Vec<String>,

    /// Finished calls that the page and the API keep
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2_000,
        requires = "listen",
        help_heading = "Server"
    )]
    pub(super) keep_calls: usize,

    /// Addresses that metrics tell apart; what comes of others is `other`
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 50,
        requires = "listen",
        help_heading = "Server"
    )]
    pub(super) metric_peers: usize,
}

impl Arguments {
    /// Whether anything is served.
    pub(in crate::app::live) fn serves(&self) -> bool {
        !self.listen.is_empty()
    }
}
