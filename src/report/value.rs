//! Small values that rows share.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use crate::base::flow::Endpoint;
use crate::base::id::FrameNo;

/// An IP address and a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Address {
    /// IPv4 or IPv6 address.
    pub ip: IpAddr,
    /// Port.
    pub port: u16,
}

impl From<Endpoint> for Address {
    fn from(endpoint: Endpoint) -> Self {
        Self { ip: endpoint.ip, port: endpoint.port }
    }
}

impl From<Address> for Endpoint {
    fn from(address: Address) -> Self {
        Self::new(address.ip, address.port)
    }
}

/// A frame by Wireshark's number, 1-based; with several inputs also by its input.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum FrameRef {
    /// The frame of the only input.
    Only(u64),
    /// A frame of one of several inputs.
    Of {
        /// The input, 0-based, as in `capture.sources`.
        source: u16,
        /// The frame in that input, 1-based.
        frame: u64,
    },
}

impl FrameRef {
    /// The frame as a report of one or several inputs names it.
    pub const fn new(frame: FrameNo, several_inputs: bool) -> Self {
        if several_inputs {
            Self::Of { source: frame.source(), frame: frame.number() }
        } else {
            Self::Only(frame.number())
        }
    }

    /// The frame as the engine names it.
    pub const fn number(self) -> FrameNo {
        match self {
            Self::Only(frame) => FrameNo::new(0, frame),
            Self::Of { source, frame } => FrameNo::new(source, frame),
        }
    }
}

/// A report that a packet was not delivered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct UndeliveredRow {
    /// The frame of the report.
    pub frame: FrameRef,
    /// Who reports.
    pub from: IpAddr,
    /// Why the packet was not delivered: `port unreachable`.
    pub why: &'static str,
}

impl std::fmt::Display for FrameRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Only(frame) => frame.fmt(f),
            Self::Of { source, frame } => f.pad(&format!("{source}:{frame}")),
        }
    }
}
