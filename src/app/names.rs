//! What the user calls hosts: `--name` and files like `/etc/hosts`.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::output::Failure;
use crate::base::flow::Endpoint;
use crate::report::Names;

/// A host and its name, as the user gives them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    host: Host,
    name: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Host {
    Address(IpAddr),
    Endpoint(Endpoint),
}

/// More of a file of names is not one.
const MOST_BYTES: u64 = 16 << 20;

impl Named {
    /// Reads `192.0.2.5=PBX`, `192.0.2.5:5070=door` or `[2001:db8::5]:5060=PBX`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let form = "expected ADDRESS=NAME or ADDRESS:PORT=NAME";
        let (host, name) = text.split_once('=').ok_or(form)?;
        let host = Host::parse(host).ok_or(form)?;
        if name.trim().is_empty() {
            return Err(form.to_owned());
        }
        Ok(Self { host, name: name.trim().to_owned() })
    }
}

impl Host {
    fn parse(text: &str) -> Option<Self> {
        if let Ok(socket) = text.parse::<SocketAddr>() {
            return Some(Self::Endpoint(Endpoint::new(socket.ip(), socket.port())));
        }
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        bare.parse().ok().map(Self::Address)
    }
}

/// The names of files, then those given one by one, which count before them.
///
/// # Errors
///
/// A file cannot be read, or is not of the form of `/etc/hosts`.
pub(super) fn names(files: &[impl AsRef<Path>], single: &[Named]) -> Result<Names, Failure> {
    let mut names = Names::default();
    for file in files {
        let file = file.as_ref();
        let fault = |why: String| Failure::Fault(format!("{}: {why}", file.display()));
        let size = std::fs::metadata(file).map_err(|error| fault(error.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(fault("too large for a file of names".to_owned()));
        }
        let text = std::fs::read_to_string(file).map_err(|error| fault(error.to_string()))?;
        for (number, line) in (1..).zip(text.lines()) {
            let wrong = || fault(format!("line {number}: expected ADDRESS[:PORT] NAME"));
            if let Some(named) = from_line(line).map_err(|()| wrong())? {
                put(&mut names, named);
            }
        }
    }
    single.iter().cloned().for_each(|named| put(&mut names, named));
    Ok(names)
}

/// A line of a file: an address, blanks, its name; aliases may follow, and
/// comments after `#`. `None` for a line without a name.
fn from_line(line: &str) -> Result<Option<Named>, ()> {
    let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
    let Some(host) = words.next() else { return Ok(None) };
    let host = Host::parse(host).ok_or(())?;
    let name = words.next().ok_or(())?.to_owned();
    Ok(Some(Named { host, name }))
}

fn put(names: &mut Names, Named { host, name }: Named) {
    match host {
        Host::Address(address) => names.name_address(address, name),
        Host::Endpoint(endpoint) => names.name_endpoint(endpoint, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_named_with_and_without_port() {
        let named = |text: &str| Named::parse(text).unwrap();
        assert_eq!(named("192.0.2.5=PBX").host, Host::Address("192.0.2.5".parse().unwrap()));
        assert_eq!(named("[2001:db8::5]=SBC").host, Host::Address("2001:db8::5".parse().unwrap()));
        let endpoint = Endpoint::new("2001:db8::5".parse().unwrap(), 5061);
        assert_eq!(named("[2001:db8::5]:5061=A = B").host, Host::Endpoint(endpoint));
        assert_eq!(named("[2001:db8::5]:5061=A = B").name, "A = B");
        for wrong in ["PBX", "pbx.example.com=PBX", "192.0.2.5=", "192.0.2.5:x=PBX"] {
            assert!(Named::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_is_like_etc_hosts() {
        assert_eq!(from_line("  # nothing"), Ok(None));
        let named = Named::parse("192.0.2.5:5070=door").unwrap();
        assert_eq!(from_line("192.0.2.5:5070\tdoor alias # comment"), Ok(Some(named)));
        assert_eq!(from_line("192.0.2.5"), Err(()));
        assert_eq!(from_line("door 192.0.2.5"), Err(()));
    }
}
