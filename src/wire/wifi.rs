//! Wireless frames: IEEE 802.11, alone or behind a radiotap header.

use super::layer::{Next, Step, truncated};
use super::link::{SNAP_HEADER, snap};
use super::malformed::{Malformed, Reason};

/// Reads a radiotap header (radiotap.org): version, padding, and its length in
/// little-endian order.
pub(super) fn radiotap(bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let [_, _, low, high] = *bytes.first_chunk().ok_or_else(|| truncated(bytes, at))?;
    let length = usize::from(u16::from_le_bytes([low, high]));
    let frame = bytes.get(length..).ok_or_else(|| truncated(bytes, at))?;
    let inner = data_frame(frame, at + length)?;
    Ok(Step::to(inner.next, length + inner.length))
}

/// Reads the header of a data frame (IEEE 802.11 clause 9.3.2) to the type in
/// its SNAP header. Management and control frames carry no calls.
pub(super) fn data_frame(bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let [control, flags] = *bytes.first_chunk().ok_or_else(|| truncated(bytes, at))?;
    let (kind, subtype) = (control >> 2 & 3, control >> 4);
    let is_data = kind == 2 && subtype & 4 == 0;
    if !is_data {
        return Ok(Step::to(Next::Foreign, 0));
    }
    if flags & 0x40 != 0 {
        return Err(Malformed::at(Reason::LinkEncrypted, at));
    }
    let four_addresses = flags & 3 == 3;
    let quality_of_service = subtype & 8 != 0;
    let order = flags & 0x80 != 0;
    let header = 24
        + if four_addresses { 6 } else { 0 }
        + if quality_of_service { 2 } else { 0 }
        + if quality_of_service && order { 4 } else { 0 };
    let llc = bytes.get(header..).ok_or_else(|| truncated(bytes, at))?;
    Ok(snap(llc).map_or(Step::to(Next::Foreign, header), |ethertype| {
        Step::to(Next::EtherType(ethertype), header + SNAP_HEADER)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SNAP_IP: [u8; 8] = [0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0];

    #[test]
    fn data_frames_lead_to_their_type() {
        let plain = [&[0x08, 0x01][..], &[0; 22], &SNAP_IP].concat();
        assert_eq!(data_frame(&plain, 0), Ok(Step::to(Next::EtherType(0x0800), 32)));
        let qos = [&[0x88, 0x02][..], &[0; 24], &SNAP_IP].concat();
        assert_eq!(data_frame(&qos, 0), Ok(Step::to(Next::EtherType(0x0800), 34)));
        let bridged = [&[0x08, 0x03][..], &[0; 28], &SNAP_IP].concat();
        assert_eq!(data_frame(&bridged, 0), Ok(Step::to(Next::EtherType(0x0800), 38)));
        let behind = [&[0, 0, 9, 0, 1, 2, 3, 4, 5][..], &plain].concat();
        assert_eq!(radiotap(&behind, 0), Ok(Step::to(Next::EtherType(0x0800), 41)));
    }

    #[test]
    fn others_are_foreign_encrypted_or_cut() {
        assert_eq!(data_frame(&[0x80, 0], 0), Ok(Step::to(Next::Foreign, 0)), "a beacon");
        assert_eq!(data_frame(&[0x48, 0], 0), Ok(Step::to(Next::Foreign, 0)), "data without data");
        let encrypted = data_frame(&[0x08, 0x41], 0).map_err(|m| m.reason);
        assert_eq!(encrypted, Err(Reason::LinkEncrypted));
        assert!(data_frame(&[0x08, 0x01, 0], 0).is_err());
        assert!(radiotap(&[0, 0, 200, 0], 0).is_err());
    }
}
