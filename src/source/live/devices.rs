//! The interfaces that can be captured.

use std::net::IpAddr;

use super::LiveError;

/// An interface.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Device {
    /// Its name, such as `eth0`.
    pub name: String,
    /// What libpcap says of it, if it says something.
    pub description: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Whether it is up.
    pub up: bool,
    /// Whether it is connected to something.
    pub running: bool,
    /// Whether it is the host's own loopback.
    pub loopback: bool,
}

/// The interfaces that can be captured, in libpcap's order: the likeliest first.
///
/// # Errors
///
/// libpcap is not there.
pub fn devices() -> Result<Vec<Device>, LiveError> {
    let all = pcap::Device::list().map_err(|error| LiveError::of("interfaces", error))?;
    let known = |device: pcap::Device| Device {
        up: device.flags.is_up(),
        running: device.flags.is_running(),
        loopback: device.flags.is_loopback(),
        addresses: device.addresses.iter().map(|address| address.addr).collect(),
        description: device.desc,
        name: device.name,
    };
    Ok(all.into_iter().map(known).collect())
}
