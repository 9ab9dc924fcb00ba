//! Builds capture files byte by byte: pcap (draft-ietf-opsawg-pcap), pcapng
//! (draft-ietf-opsawg-pcapng) and Microsoft Network Monitor. A file is the
//! concatenation of what these functions return.
#![allow(dead_code, reason = "each test or bench binary uses a part of it")]

/// The byte order that numbers are written in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    fn u16(self, number: u16) -> [u8; 2] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    fn u32(self, number: u32) -> [u8; 4] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    fn u64(self, number: u64) -> [u8; 8] {
        match self {
            Self::Little => number.to_le_bytes(),
            Self::Big => number.to_be_bytes(),
        }
    }

    /// Numbers one after the other.
    fn words(self, numbers: &[u32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| self.u32(*number)).collect()
    }
}

/// `LINKTYPE_ETHERNET`.
pub(crate) const ETHERNET: u16 = 1;
/// `LINKTYPE_LINUX_SLL`.
pub(crate) const LINUX_SLL: u16 = 113;

// --- pcap -----------------------------------------------------------------

/// The magic number of times in microseconds.
pub(crate) const MICROS: u32 = 0xa1b2_c3d4;
/// The magic number of times in nanoseconds.
pub(crate) const NANOS: u32 = 0xa1b2_3c4d;
/// The magic number of the "modified" format, with longer record headers.
pub(crate) const MODIFIED: u32 = 0xa1b2_cd34;

/// The 24 bytes that a pcap file begins with: version 2.4, snapshot length 262,144.
pub(crate) fn pcap_header(order: Order, magic: u32, link: u16) -> Vec<u8> {
    let version = [order.u16(2), order.u16(4)].concat();
    let rest = order.words(&[0, 0, 262_144, u32::from(link)]);
    [order.u32(magic).to_vec(), version, rest].concat()
}

/// A packet captured whole, `fraction` microseconds or nanoseconds after `seconds`.
pub(crate) fn pcap_record(order: Order, seconds: u32, fraction: u32, bytes: &[u8]) -> Vec<u8> {
    pcap_cut_record(order, seconds, fraction, length(bytes), bytes)
}

/// A packet of `wire_len` bytes of which `bytes` were captured.
pub(crate) fn pcap_cut_record(
    order: Order,
    seconds: u32,
    fraction: u32,
    wire_len: u32,
    bytes: &[u8],
) -> Vec<u8> {
    [order.words(&[seconds, fraction, length(bytes), wire_len]), bytes.to_vec()].concat()
}

/// A packet of the "modified" format: interface 2, protocol 0x0800, type 0.
pub(crate) fn modified_record(order: Order, seconds: u32, micros: u32, bytes: &[u8]) -> Vec<u8> {
    let header = order.words(&[seconds, micros, length(bytes), length(bytes), 2]);
    [header, order.u16(0x0800).to_vec(), vec![0, 0], bytes.to_vec()].concat()
}

// --- pcapng ---------------------------------------------------------------

/// `if_tsresol`, a byte.
pub(crate) const IF_TSRESOL: u16 = 9;
/// `if_tsoffset`, eight bytes.
pub(crate) const IF_TSOFFSET: u16 = 14;
/// `isb_ifdrop`, eight bytes.
pub(crate) const ISB_IFDROP: u16 = 5;

/// A block of any type around `content`, which is padded.
pub(crate) fn block(order: Order, kind: u32, content: &[u8]) -> Vec<u8> {
    let content = padded(content);
    let total = order.u32(12 + length(&content));
    [&order.u32(kind)[..], &total, &content, &total].concat()
}

/// A Section Header Block of version 1.0 and unstated length.
pub(crate) fn section(order: Order) -> Vec<u8> {
    let version = [order.u16(1), order.u16(0)].concat();
    let content = [&order.u32(0x1a2b_3c4d)[..], &version, &[0xff; 8]].concat();
    block(order, 0x0a0d_0d0a, &content)
}

/// An Interface Description Block; a snapshot length of 0 is none.
pub(crate) fn interface(order: Order, link: u16, snap_len: u32, options: &[u8]) -> Vec<u8> {
    let fixed = [&order.u16(link)[..], &[0, 0], &order.u32(snap_len)].concat();
    block(order, 1, &[&fixed, options].concat())
}

/// An option, padded.
pub(crate) fn option(order: Order, code: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap_or(u16::MAX);
    [&order.u16(code)[..], &order.u16(length), &padded(value)].concat()
}

/// An option whose value is eight bytes of number.
pub(crate) fn number_option(order: Order, code: u16, value: u64) -> Vec<u8> {
    option(order, code, &order.u64(value))
}

/// An Enhanced Packet Block of a packet captured whole.
pub(crate) fn enhanced_packet(order: Order, interface: u32, ticks: u64, bytes: &[u8]) -> Vec<u8> {
    enhanced_cut_packet(order, interface, ticks, length(bytes), bytes)
}

/// An Enhanced Packet Block of a packet of `wire_len` bytes.
pub(crate) fn enhanced_cut_packet(
    order: Order,
    interface: u32,
    ticks: u64,
    wire_len: u32,
    bytes: &[u8],
) -> Vec<u8> {
    let [high, low] = halves(ticks);
    let fixed = order.words(&[interface, high, low, length(bytes), wire_len]);
    block(order, 6, &[&fixed, bytes].concat())
}

/// An obsolete Packet Block, which says that 3 packets were dropped before it.
pub(crate) fn obsolete_packet(order: Order, interface: u16, ticks: u64, bytes: &[u8]) -> Vec<u8> {
    let [high, low] = halves(ticks);
    let fixed = order.words(&[high, low, length(bytes), length(bytes)]);
    block(order, 2, &[&order.u16(interface)[..], &order.u16(3), &fixed, bytes].concat())
}

/// A Simple Packet Block of a packet of `wire_len` bytes.
pub(crate) fn simple_packet(order: Order, wire_len: u32, bytes: &[u8]) -> Vec<u8> {
    block(order, 3, &[&order.u32(wire_len)[..], bytes].concat())
}

/// An Interface Statistics Block.
pub(crate) fn statistics(order: Order, interface: u32, options: &[u8]) -> Vec<u8> {
    block(order, 5, &[&order.words(&[interface, 0, 0])[..], options].concat())
}

// --- Network Monitor ------------------------------------------------------

/// The 128 bytes that a Network Monitor capture begins with: of Ethernet,
/// begun on 2023-11-14 at 22:13:20.250, whose table of `frames` entries is at `table_at`.
pub(crate) fn netmon_header(major: u8, minor: u8, table_at: usize, frames: usize) -> Vec<u8> {
    let magic = if major == 1 { b"RTSS" } else { b"GMBU" };
    let start: [u16; 9] = [1, 2023, 11, 2, 14, 22, 13, 20, 250];
    let start: Vec<u8> = start.iter().flat_map(|number| number.to_le_bytes()).collect();
    let table = [table_at, 4 * frames].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    let mut header = [&magic[..], &[minor, major], &start, &Order::Little.words(&table)].concat();
    header.resize(128, 0);
    header
}

/// A record of version 1.x, `millis` after the start.
pub(crate) fn netmon_record_1(millis: u32, bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_le_bytes();
    [&millis.to_le_bytes()[..], &length, &length, bytes].concat()
}

/// A record of version 2.x, `micros` after the start, with what its minor
/// version puts after the frame.
pub(crate) fn netmon_record_2(micros: i64, bytes: &[u8], trailer: &[u8]) -> Vec<u8> {
    let lengths = Order::Little.words(&[length(bytes); 2]);
    [&micros.to_le_bytes()[..], &lengths, bytes, trailer].concat()
}

/// A whole capture of `records` and their table.
pub(crate) fn netmon(major: u8, minor: u8, records: &[Vec<u8>]) -> Vec<u8> {
    let table_at = 128 + records.iter().map(Vec::len).sum::<usize>();
    let header = netmon_header(major, minor, table_at, records.len());
    [header, records.concat(), netmon_table(records)].concat()
}

/// The table of `records` that follow the header.
pub(crate) fn netmon_table(records: &[Vec<u8>]) -> Vec<u8> {
    let mut at = 128;
    let entry = |record: &Vec<u8>| {
        let entry = u32::try_from(at).unwrap_or(u32::MAX);
        at += record.len();
        entry.to_le_bytes()
    };
    records.iter().flat_map(entry).collect()
}

fn halves(ticks: u64) -> [u32; 2] {
    [ticks >> 32, ticks & 0xffff_ffff].map(|half| u32::try_from(half).unwrap_or(u32::MAX))
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// `bytes` with zeros up to a multiple of four.
fn padded(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}
