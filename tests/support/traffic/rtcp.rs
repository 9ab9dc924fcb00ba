//! The reports of one party of a call (RFC 3550 section 6).

use super::media::Talk;
use super::plan::{MS, Nanos, SECOND};

/// Seconds from the epoch of NTP to that of capture times.
const NTP_EPOCH: u64 = 2_208_988_800;
const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const DESCRIPTION: u8 = 202;
const BYE: u8 = 203;
const CNAME: u8 = 1;
/// What a report takes from the sender to the receiver, the capture point being
/// at the sender.
const LEG: Nanos = 10 * MS;

/// A compound packet of the sender of `own` about `own` and what it receives,
/// `other`: SR and SDES, or at the `end` RR, SDES and BYE. `at` counts from the
/// capture's beginning, which is `epoch` seconds after 1970.
pub(crate) fn compound(
    own: &mut Talk,
    other: &Talk,
    at: Nanos,
    epoch: u64,
    end: bool,
    jitter_ticks: u32,
    out: &mut Vec<u8>,
) {
    out.clear();
    let ssrc = own.truth.ssrc;
    if end {
        packet(out, 1, RECEIVER_REPORT, |out| {
            words(out, [ssrc]);
            block(other, at, jitter_ticks, out);
        });
    } else {
        let (seconds, fraction) = ntp(at, epoch);
        packet(out, 1, SENDER_REPORT, |out| {
            words(out, [ssrc, seconds, fraction, own.time, own.sent, own.octets]);
            block(other, at, jitter_ticks, out);
        });
        own.reported = Some((seconds << 16 | fraction >> 16, at));
    }
    packet(out, 1, DESCRIPTION, |out| {
        words(out, [ssrc]);
        let name = own.truth.src.to_string();
        out.extend([CNAME, u8::try_from(name.len()).unwrap_or(0)]);
        out.extend(name.bytes());
        // The list of items ends with a null byte and the padding to a word.
        out.push(0);
    });
    if end {
        packet(out, 1, BYE, |out| words(out, [ssrc]));
    }
}

/// A packet of one type, its length in words and filled up with null bytes.
fn packet(out: &mut Vec<u8>, count: u8, kind: u8, content: impl FnOnce(&mut Vec<u8>)) {
    let at = out.len();
    out.extend([0x80 | count, kind, 0, 0]);
    content(out);
    out.resize(at + (out.len() - at).next_multiple_of(4), 0);
    let words = u16::try_from((out.len() - at) / 4 - 1).unwrap_or(u16::MAX);
    out[at + 2..at + 4].copy_from_slice(&words.to_be_bytes());
}

fn words<const N: usize>(out: &mut Vec<u8>, words: [u32; N]) {
    out.extend(words.iter().flat_map(|word| word.to_be_bytes()));
}

/// A report block about what is received (RFC 3550 section 6.4.1).
fn block(about: &Talk, at: Nanos, jitter_ticks: u32, out: &mut Vec<u8>) {
    let lost = u32::try_from(about.truth.lost).unwrap_or(0).min(0x7f_ffff);
    let fraction = (lost * 256).checked_div(about.sent).map_or(0, |fraction| fraction.min(255));
    let (last, delay) = about.reported.map_or((0, 0), |(middle, reported)| {
        // In units of 1/65536 s.
        let held = at.saturating_sub(reported + 2 * LEG);
        let delay = u128::from(held) * 65_536 / u128::from(SECOND);
        (middle, u32::try_from(delay).unwrap_or(u32::MAX))
    });
    let loss = fraction << 24 | lost;
    words(out, [about.truth.ssrc, loss, about.extended_seq(), jitter_ticks, last, delay]);
}

/// Seconds and their binary fraction.
fn ntp(at: Nanos, epoch: u64) -> (u32, u32) {
    let seconds = NTP_EPOCH + epoch + at / SECOND;
    let fraction = u128::from(at % SECOND) << 32;
    let fraction = u32::try_from(fraction / u128::from(SECOND)).unwrap_or(0);
    (u32::try_from(seconds & 0xffff_ffff).unwrap_or(0), fraction)
}
