//! What the user calls hosts.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::base::flow::Endpoint;

/// Names of addresses, and of single ports of them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Names {
    of_address: BTreeMap<IpAddr, String>,
    of_endpoint: BTreeMap<Endpoint, String>,
}

impl Names {
    /// Names an address; a later name replaces an earlier one.
    pub fn name_address(&mut self, address: IpAddr, name: String) {
        self.of_address.insert(address, name);
    }

    /// Names one port of an address; that counts before the address's own name.
    pub fn name_endpoint(&mut self, endpoint: Endpoint, name: String) {
        self.of_endpoint.insert(endpoint, name);
    }

    /// The name of an endpoint, if it or its address has one.
    pub fn of(&self, endpoint: Endpoint) -> Option<&str> {
        let name = self.of_endpoint.get(&endpoint).or_else(|| self.of_address.get(&endpoint.ip));
        name.map(String::as_str)
    }

    /// The same with other addresses and names.
    #[must_use]
    pub fn replaced(
        self,
        mut address: impl FnMut(IpAddr) -> IpAddr,
        mut name: impl FnMut(&str) -> String,
    ) -> Self {
        let addresses = self.of_address.into_iter();
        let of_address = addresses.map(|(ip, text)| (address(ip), name(&text))).collect();
        let endpoints = self.of_endpoint.into_iter().map(|(endpoint, text)| {
            (Endpoint::new(address(endpoint.ip), endpoint.port), name(&text))
        });
        Self { of_address, of_endpoint: endpoints.collect() }
    }

    /// Whether nothing has a name.
    pub fn is_empty(&self) -> bool {
        self.of_address.is_empty() && self.of_endpoint.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_may_have_a_name_of_its_own() {
        let (pbx, door) = ("192.0.2.5:5060", "192.0.2.5:5070");
        let endpoint = |text: &str| {
            let (ip, port) = text.split_once(':').unwrap();
            Endpoint::new(ip.parse().unwrap(), port.parse().unwrap())
        };
        let mut names = Names::default();
        assert!(names.is_empty());
        names.name_address(endpoint(pbx).ip, "PBX".to_owned());
        names.name_endpoint(endpoint(door), "door".to_owned());
        assert_eq!(names.of(endpoint(pbx)), Some("PBX"));
        assert_eq!(names.of(endpoint(door)), Some("door"));
        assert_eq!(names.of(endpoint("192.0.2.6:5060")), None);
    }
}
