//! The rules, one a file.

mod authentication;
mod bad_stretch;
mod cancel_ignored;
mod capture_loss;
mod discards;
mod dscp_change;
mod looped;
mod loss;
mod loss_after;
mod mute;
mod no_ack;
mod no_media;
mod no_prack;
mod no_response;
mod one_way;
mod packet_time;
mod private_address;
mod refusal_not_acknowledged;
mod refused;
mod registration_flapping;
mod registration_refused;
mod request_timeout;
mod session_expired;
mod ssrc_collision;
mod stopped_at_hop;
mod stray_response;
mod transfer_failed;

use super::Rule;

/// Every rule, in the order in which findings of one call are listed.
pub const RULES: &[&dyn Rule] = &[
    &no_response::NoResponse,
    &authentication::Authentication,
    &refused::Refused,
    &refusal_not_acknowledged::RefusalNotAcknowledged,
    &no_ack::NoAck,
    &no_prack::NoPrack,
    &cancel_ignored::CancelIgnored,
    &request_timeout::RequestTimeout,
    &stopped_at_hop::StoppedAtHop,
    &stray_response::StrayResponse,
    &looped::Loop,
    &session_expired::SessionExpired,
    &transfer_failed::TransferFailed,
    &no_media::NoMedia,
    &one_way::OneWay,
    &private_address::PrivateAddress,
    &mute::Mute,
    &capture_loss::CaptureLoss,
    &loss::Loss,
    &loss_after::LossAfter,
    &discards::Discards,
    &bad_stretch::BadStretch,
    &packet_time::PacketTime,
    &dscp_change::DscpChange,
    &ssrc_collision::SsrcCollision,
    &registration_refused::RegistrationRefused,
    &registration_flapping::RegistrationFlapping,
];
