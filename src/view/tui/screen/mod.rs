//! The pages, a file each.

pub(super) mod calls;
pub(super) mod capture;
pub(super) mod details;
pub(super) mod endpoints;
pub(super) mod findings;
pub(super) mod flow;
pub(super) mod help;
pub(super) mod ladder;
pub(super) mod message;
pub(super) mod registrations;
pub(super) mod start;
pub(super) mod statistics;
pub(super) mod streams;
