//! Application-defined packets (RFC 3550 section 6.7).

use crate::base::id::Ssrc;
use crate::wire::bytes::{be32, from};

/// APP: a name of four characters and data that only its application knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct App<'a> {
    /// Subtype, 0..31.
    pub subtype: u8,
    /// The source.
    pub ssrc: Ssrc,
    /// The application's name.
    pub name: [u8; 4],
    /// Its data.
    pub data: &'a [u8],
}

impl<'a> App<'a> {
    pub(super) fn parse(subtype: u8, body: &'a [u8]) -> Option<Self> {
        Some(Self {
            subtype,
            ssrc: Ssrc(be32(body, 0)?),
            name: *from(body, 4)?.first_chunk()?,
            data: from(body, 8)?,
        })
    }
}
