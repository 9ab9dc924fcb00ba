//! siplens reads packets and tells what happened on a call: who called whom,
//! what each side answered and when, how it sounded, what went wrong, and which
//! frames show it.
//!
//! This page is the map. Read it once, then open the room you need.
//!
//! # Bird's-eye view
//!
//! ```text
//! source ─ Frame ─▶ wire::frame ─┬─ TCP ─▶ reassembly ─▶ wire::sip ─┐
//!                                ├─ SIP over UDP ─────▶ wire::sip ──┴─▶ track::signalling
//!                                │                                        │ Announcement (SDP)
//!                                │                                        ▼
//!                                └─ RTP, RTCP ──────────────────────▶ track::media ⊃ metrics
//! engine owns both planes ─ finish() ─▶ Snapshot ─▶ diagnosis ─▶ report ─▶ view
//! app: arguments, files, terminal, exit codes; the only layer that meets the world
//! ```
//!
//! # The rooms, lowest first
//!
//! | layer | what it is |
//! |---|---|
//! | [`base`] | words that all share: times, endpoints, frames, codecs, limits |
//! | [`wire`] | bytes to borrowed views: links, IP, SIP, SDP, RTP, RTCP; stateless, total, zero-copy |
//! | [`metrics`] | arithmetic on arrivals, numbers and timestamps: loss, jitter, playout, E-model |
//! | [`reassembly`] | TCP segments into order, their bytes into messages; every buffer capped |
//! | [`redact`] | pseudonyms in place of what names people and places, in frames before the engine has them |
//! | [`track`] | state: conversations by Call-ID, calls, registrations, streams and their binding; read from it transactions, hops, dialogs, legs |
//! | [`sound`] | RTP payloads to samples, and samples in their place in the call |
//! | [`engine`] | the only composition of the above: frames in, a snapshot out |
//! | [`diagnosis`] | rules that look at a call and cite the frames that show a fault |
//! | [`report`] | the model that every view reads, and the only serialised types; a call as a vCon |
//! | [`query`] | expressions, columns, order and billing records over the report's rows, from one table of fields |
//! | [`view`] | the report as JSON, as text, as ladders, as pages, as metrics, as tables for SQL, as the screens of a terminal |
//! | [`source`] | capture files and standard input to frames |
//! | [`app`] | the command line |
//!
//! A layer names only layers below it; `tests/architecture.rs` reads the source
//! and fails on an upward look, on a crate outside its home, on a clock or a
//! print in a pure layer, on a long file and on one that does not say what it is.
//!
//! # Invariants
//!
//! * **The engine is pure.** It does no I/O, reads no clock, starts no thread; a
//!   report is a function of the capture's bytes and the options
//!   (`pure_layers_do_no_io_and_read_no_clock` in `tests/architecture.rs`).
//! * **Bad input is data.** Nothing below `source` returns an error to its caller's
//!   caller, nothing panics; what cannot be read is counted by
//!   [`wire::malformed::Reason`] and shown (property tests beside each parser).
//! * **Everything kept has a cap** in [`base::limits::Limits`]; what a cap turns
//!   away is counted, and totals go on counting it.
//! * **What is over leaves** where the engine is asked to let it go
//!   ([`engine::Engine::retire`]): what it holds depends on what is alive, and
//!   [`report::Totals`] go on counting what has passed (`tests/it/retirement.rs`). What has to
//!   leave before it is over leaves a [`track::remnant::Remnant`], which goes on taking its messages,
//!   so that they count it right (`tests/it/evictions.rs`).
//! * **Media do not look up calls.** Every plausible RTP packet updates a stream by
//!   its own key; what SDP announced reaches the streams as
//!   [`track::offer::Announcement`], before or after their packets.
//! * **What is not known is `None`**, in JSON `null`: never 0, never a guess.
//! * **Frames are Wireshark's.** Numbers are 1-based within their source.
//! * **Text from packets is foreign.** It becomes valid UTF-8 in [`report`], is
//!   escaped by every view for a terminal ([`view::terminal::safe`]), and is
//!   never interpreted.
//!
//! # Deliberately absent
//!
//! No async runtime but on the threads of the network (`app::live`), no global
//! state, no configuration below [`app`]; no thread in a layer below [`view`], which
//! makes rows of JSON on several, and [`app`], which drives the parts of the
//! [`engine`] on several.

pub mod app;
pub mod base;
pub mod diagnosis;
pub mod engine;
pub mod metrics;
pub mod query;
pub mod reassembly;
pub mod redact;
pub mod report;
pub mod sound;
pub mod source;
pub mod track;
pub mod view;
pub mod wire;
