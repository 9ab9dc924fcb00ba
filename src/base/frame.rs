//! A captured frame as every source hands it over.

use super::id::FrameNo;
use super::time::Timestamp;

/// What a frame begins with: the link types of <https://www.tcpdump.org/linktypes.html>.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Link {
    /// `LINKTYPE_NULL` (0) and `LINKTYPE_LOOP` (108): four bytes of address family.
    Null,
    /// `LINKTYPE_ETHERNET` (1).
    Ethernet,
    /// `LINKTYPE_RAW` (101) and its twins 12, 14, 228, 229: an IP header.
    RawIp,
    /// `LINKTYPE_LINUX_SLL` (113): Linux cooked capture.
    LinuxSll,
    /// `LINKTYPE_LINUX_SLL2` (276): Linux cooked capture, version 2.
    LinuxSll2,
    /// `LINKTYPE_PPP` (9) and `LINKTYPE_PPP_HDLC` (50): a PPP frame.
    Ppp,
    /// `LINKTYPE_PPP_ETHER` (51): a PPPoE session packet without Ethernet.
    PppEther,
    /// `LINKTYPE_C_HDLC` (104): Cisco's HDLC.
    CiscoHdlc,
    /// `LINKTYPE_IEEE802_11` (105): a wireless frame.
    Wifi,
    /// `LINKTYPE_IEEE802_11_RADIOTAP` (127): a wireless frame behind a radiotap header.
    WifiRadiotap,
    /// A link type that is not read; its frames are counted.
    Other(u16),
}

impl Link {
    /// The link of a number of the registry.
    pub const fn from_number(number: u16) -> Self {
        match number {
            0 | 108 => Self::Null,
            1 => Self::Ethernet,
            12 | 14 | 101 | 228 | 229 => Self::RawIp,
            9 | 50 => Self::Ppp,
            51 => Self::PppEther,
            104 => Self::CiscoHdlc,
            105 => Self::Wifi,
            127 => Self::WifiRadiotap,
            113 => Self::LinuxSll,
            276 => Self::LinuxSll2,
            other => Self::Other(other),
        }
    }

    /// A number of the registry that means the link: the usual one of several.
    pub const fn number(self) -> u16 {
        match self {
            Self::Null => 0,
            Self::Ethernet => 1,
            Self::RawIp => 101,
            Self::Ppp => 9,
            Self::PppEther => 51,
            Self::CiscoHdlc => 104,
            Self::Wifi => 105,
            Self::WifiRadiotap => 127,
            Self::LinuxSll => 113,
            Self::LinuxSll2 => 276,
            Self::Other(other) => other,
        }
    }
}

/// One captured frame, borrowed from its source until the next one is read.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Its number in its source.
    pub no: FrameNo,
    /// When it was captured, as the capture says.
    pub at: Timestamp,
    /// What the bytes begin with.
    pub link: Link,
    /// Length on the wire in bytes; more than `bytes.len()` if the capture cut it.
    pub wire_len: u32,
    /// What was captured.
    pub bytes: &'a [u8],
}
