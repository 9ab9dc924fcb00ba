//! The rules, one a file.

mod authentication;
mod discards;
mod loss;
mod no_ack;
mod no_media;
mod no_response;
mod one_way;
mod private_address;
mod refused;
mod registration_refused;

use super::Rule;

/// Every rule, in the order in which findings of one call are listed.
pub const RULES: &[&dyn Rule] = &[
    &no_response::NoResponse,
    &authentication::Authentication,
    &refused::Refused,
    &no_ack::NoAck,
    &no_media::NoMedia,
    &one_way::OneWay,
    &private_address::PrivateAddress,
    &loss::Loss,
    &discards::Discards,
    &registration_refused::RegistrationRefused,
];
