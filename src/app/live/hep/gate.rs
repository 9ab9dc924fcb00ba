//! What is let in, and what was counted at the door.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::app::live::net::Secret;
use crate::engine::collecting;
use crate::view::prometheus::Extra;

/// Lets HEP in that has the key, where one is wanted.
#[derive(Debug, Default)]
pub(super) struct Gate {
    secret: Option<Secret>,
    /// Packets let in.
    received: AtomicU64,
    /// Packets that are no HEP.
    foreign: AtomicU64,
    /// HEP without the key.
    refused: AtomicU64,
    /// HEP longer than a datagram can be.
    too_long: AtomicU64,
    /// Connections that were open at some time.
    pub(super) connections: AtomicU64,
    /// Connections closed at once because there were too many.
    pub(super) turned_away: AtomicU64,
    /// Connections closed for what came over them, or because nothing came.
    pub(super) closed: AtomicU64,
}

impl Gate {
    pub(super) fn new(secret: Option<Secret>) -> Self {
        Self { secret, ..Self::default() }
    }

    /// Whether a packet is let in.
    pub(super) fn admits(&self, packet: &[u8]) -> bool {
        let Some(key) = collecting::key(packet) else {
            self.foreign.fetch_add(1, Relaxed);
            return false;
        };
        let known = self.secret.as_ref().is_none_or(|secret| secret.is(key));
        if known { &self.received } else { &self.refused }.fetch_add(1, Relaxed);
        known
    }

    /// A packet is too long to be passed on.
    pub(super) fn too_long(&self) {
        self.too_long.fetch_add(1, Relaxed);
    }

    /// Packets that were let in and not passed on.
    pub(super) fn dropped(&self) -> u64 {
        self.too_long.load(Relaxed)
    }

    /// The figures.
    pub(super) fn extra(&self) -> Vec<Extra> {
        let packets = [
            ("accepted", &self.received),
            ("not_hep", &self.foreign),
            ("wrong_key", &self.refused),
            ("too_long", &self.too_long),
        ];
        let connections = [
            ("accepted", &self.connections),
            ("too_many", &self.turned_away),
            ("closed_for_cause", &self.closed),
        ];
        let row = |name, help, (result, count): (&str, &AtomicU64)| Extra {
            name,
            help,
            is_counter: true,
            label: Some(("result", result.to_owned())),
            value: count.load(Relaxed) as f64,
        };
        let packets = packets.into_iter().map(|counted| {
            row(
                "siplens_hep_received_packets_total",
                "HEP packets that came, by what became of them.",
                counted,
            )
        });
        let connections = connections.into_iter().map(|counted| {
            row(
                "siplens_hep_connections_total",
                "Connections of HEP agents, by what became of them.",
                counted,
            )
        });
        packets.chain(connections).collect()
    }
}
