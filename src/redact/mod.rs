//! Pseudonyms in place of what names people and places.
//!
//! A [`Redactor`] stands before the engine: it takes each frame and gives a
//! frame of the same number and time in which numbers, names, domains,
//! addresses and identifiers are replaced. What comes after it, report or
//! capture, never held the originals, so that a new field of a report cannot
//! leak them.
//!
//! The same text has the same pseudonym under the same [`Key`], in every file,
//! and what is compared by the engine stays comparable: numbers that end alike
//! still do, subnets stay subnets, a Call-ID inside another stays inside it.
//! A frame is made anew from what was understood of it; what was not is blanked
//! and counted in [`Blanked`]. Which field of a report is what, [`fields`] lists.

mod address;
mod blanked;
mod body;
mod credentials;
mod digits;
mod dtmf;
mod frame;
mod header;
mod hep;
mod key;
mod lines;
mod links;
mod media;
mod multipart;
mod names;
mod network;
mod number;
mod originals;
mod params;
mod passport;
mod phrase;
mod rtcp;
mod sdp;
mod sdp_attribute;
mod silence;
mod sip;
mod streams;
mod token;
mod uri;
mod vocabulary;
mod xml;

#[doc = include_str!("fields.md")]
pub mod fields {}

pub use self::blanked::{Blanked, What};
pub use self::frame::Redactor;
pub use self::key::Key;
pub use self::media::Source;
pub use self::names::{Pseudonyms, Scope};
pub use self::originals::{Original, Originals};
