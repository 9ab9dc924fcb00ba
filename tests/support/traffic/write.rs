//! A plan's frames as a capture file.

use std::io::{self, Write};

use super::plan::{Nanos, Plan, SECOND};
use super::{EPOCH, Frames, StreamTruth, Truth};
use crate::capture_file::{
    ETHERNET, MICROS, Order, enhanced_packet, interface, pcap_header, pcap_record, section,
};

/// The format of a capture file; both have times of microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    Pcap,
    Pcapng,
}

const ORDER: Order = Order::Little;

/// Writes the capture of a plan. Each stream goes to `on_stream` when it has ended.
pub(crate) fn write(
    plan: &Plan,
    format: Format,
    out: &mut dyn Write,
    on_stream: &mut dyn FnMut(&StreamTruth) -> io::Result<()>,
) -> io::Result<Truth> {
    let (mut frames, mut frame) = (Frames::new(*plan), Vec::new());
    match format {
        Format::Pcap => out.write_all(&pcap_header(ORDER, MICROS, ETHERNET))?,
        Format::Pcapng => {
            out.write_all(&section(ORDER))?;
            out.write_all(&interface(ORDER, ETHERNET, 0, &[]))?;
        }
    }
    while let Some(at) = frames.next_frame(&mut frame) {
        out.write_all(&record(format, at, &frame))?;
        for stream in frames.ended() {
            on_stream(&stream)?;
        }
    }
    out.flush()?;
    Ok(*frames.truth())
}

fn record(format: Format, at: Nanos, frame: &[u8]) -> Vec<u8> {
    let (seconds, micros) = (EPOCH + at / SECOND, at % SECOND / 1_000);
    match format {
        Format::Pcap => {
            let [seconds, micros] = [seconds, micros].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            pcap_record(ORDER, seconds, micros, frame)
        }
        Format::Pcapng => enhanced_packet(ORDER, 0, seconds * 1_000_000 + micros, frame),
    }
}
