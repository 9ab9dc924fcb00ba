//! The bodies of the fuzz targets: ordinary functions of bytes that must not
//! panic, must end soon, and must keep the promises that each one checks.
//!
//! `tests/it/fuzz.rs` runs them on every `cargo test` over mutated seeds;
//! cargo-fuzz runs them for as long as it is let:
//!
//! ```text
//! cargo fuzz run -s none --fuzz-dir tests/fuzz sip_message -- -max_total_time=600
//! ```

mod captures;
mod engine;
mod packets;
mod query;
mod streams;
mod text;

/// A target: its name, which is its binary's, and its body.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: &[Target] = &[
    ("dtmf", packets::dtmf),
    ("engine", engine::capture_file),
    ("fragments", streams::fragments),
    ("frame", packets::frame),
    ("hep", packets::hep),
    ("icmp", packets::icmp),
    ("name_addr", text::name_addr),
    ("netmon", captures::netmon),
    ("pcap", captures::pcap),
    ("pcapng", captures::pcapng),
    ("query", query::query),
    ("rtcp", packets::rtcp),
    ("rtp", packets::rtp),
    ("sctp", streams::sctp),
    ("sdp", text::sdp),
    ("sip_message", text::sip_message),
    ("sip_stream", streams::sip_stream),
    ("tcp", streams::tcp),
    ("tunnel", packets::tunnel),
    ("unpack", captures::unpack),
    ("uri", text::uri),
    ("via", text::via),
    ("vq_report", text::vq_report),
    ("websocket", streams::websocket),
];

/// Runs the target of that name; a name that is none is a mistake in the caller.
pub fn run(name: &str, bytes: &[u8]) {
    let body = TARGETS.iter().find(|(known, _)| *known == name).map(|(_, body)| body);
    body.unwrap_or_else(|| panic!("no target is named {name}"))(bytes);
}
