//! What the first octets of a media payload tell of it: modes, frame sizes,
//! redundancy. Nothing here decodes sound.

pub mod amr;
pub mod evs;
pub mod fec;
pub mod g723;
pub mod opus;
pub mod red;
pub mod speex;
pub mod video;
