//! SIP messages (RFC 3261 section 25): a tolerant reader that never copies.
//!
//! [`parse`] finds the start line, the header fields and the body of a message
//! and indexes the fields; what a field says is read only when somebody asks.
//! What breaks the grammar but can be read is read, and put into
//! [`Message::faults`].

pub mod body;
mod check;
mod cseq;
pub mod date;
mod header;
mod heads;
mod message;
pub mod name_addr;
mod outline;
pub mod param;
pub mod passport;
mod reason;
mod start_line;
mod text;
pub mod uri;
pub mod via;

pub use cseq::Cseq;
pub use header::{Field, HeaderIndex, Name};
pub use message::{Beginning, Framing, Message, beginning, framing, parse};
pub use name_addr::NameAddr;
pub use outline::Outline;
pub use param::Params;
pub use reason::ReasonHeader;
pub use start_line::{Method, StartLine};
pub use text::{list, lossy, unfold};
pub use uri::Uri;
pub use via::Via;
