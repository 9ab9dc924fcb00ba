//! Tells systemd that the session has begun, goes on and ends (sd_notify(3)): by the
//! engine's thread, so that a watchdog notices when packets are no longer looked at.

use std::env;
use std::io;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use super::observe::{Tap, Tick};
use crate::base::frame::Frame;

/// A service's socket to its manager.
#[derive(Debug)]
pub(super) struct Notify {
    socket: UnixDatagram,
    begun: bool,
}

impl Notify {
    /// The socket that systemd named; `None` when this is no service.
    pub(super) fn from_environment() -> Option<Self> {
        let name = env::var_os("NOTIFY_SOCKET")?;
        let address = address(name.as_encoded_bytes()).ok()?;
        let socket = UnixDatagram::unbound().ok()?;
        socket.connect_addr(&address).ok()?;
        // A manager that does not read must not hold up the engine.
        socket.set_nonblocking(true).ok()?;
        Some(Self { socket, begun: false })
    }

    fn say(&self, text: &str) {
        // Who does not hear it now hears the next one.
        let _ = self.socket.send(text.as_bytes());
    }
}

/// A path, or a name of Linux's abstract namespace, which begins with `@`.
fn address(name: &[u8]) -> io::Result<SocketAddr> {
    #[cfg(target_os = "linux")]
    if let Some(name) = name.strip_prefix(b"@") {
        use std::os::linux::net::SocketAddrExt;
        return SocketAddr::from_abstract_name(name);
    }
    let path = std::str::from_utf8(name).map_err(io::Error::other)?;
    SocketAddr::from_pathname(path)
}

impl Tap for Notify {
    fn frame(&mut self, _: &Frame<'_>) {}

    fn tick(&mut self, tick: &Tick) {
        let down = tick.sources.iter().filter(|source| source.health.down.is_some()).count();
        let (packets, messages) = (tick.counters.packets, tick.counters.sip_messages);
        let sources = tick.sources.len();
        let begin = if self.begun { "" } else { "READY=1\n" };
        self.begun = true;
        self.say(&format!(
            "{begin}WATCHDOG=1\nSTATUS={packets} packets, {messages} SIP messages; {down} of {sources} sources down"
        ));
    }

    fn end(&mut self) {
        self.say("STOPPING=1");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_paths_or_names() {
        assert_eq!(address(b"/run/x").unwrap().as_pathname(), Some(std::path::Path::new("/run/x")));
        assert!(address(b"@name").is_ok());
        assert!(address(b"/\xff").is_err());
    }
}
