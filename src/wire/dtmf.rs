//! Telephone events (RFC 4733 section 2.3).

use super::bytes::be16;

/// The payload of one telephone-event packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TelephoneEvent {
    /// Event number: 0..15 are the DTMF digits.
    pub event: u8,
    /// Whether the event has ended.
    pub end: bool,
    /// Power level of a tone, in dBm0 with the sign dropped (0..63).
    pub volume: u8,
    /// Duration so far, in ticks of the RTP clock.
    pub duration: u16,
}

impl TelephoneEvent {
    /// Reads the payload; `None` when it is shorter than four bytes.
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [event, flags] = *payload.first_chunk()?;
        Some(Self {
            event,
            end: flags & 0x80 != 0,
            volume: flags & 0x3f,
            duration: be16(payload, 2)?,
        })
    }

    /// The digit of a DTMF event (RFC 4733 section 3.2): `0`..`9`, `*`, `#`, `A`..`D`,
    /// and `!` for the hook flash (event 16).
    pub fn digit(self) -> Option<char> {
        "0123456789*#ABCD!".chars().nth(usize::from(self.event))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_read() {
        let event = TelephoneEvent::parse(&[11, 0x8a, 0x03, 0x20]).unwrap();
        assert_eq!(
            (event.digit(), event.end, event.volume, event.duration),
            (Some('#'), true, 10, 800)
        );
        assert_eq!(TelephoneEvent::parse(&[1, 2, 3]), None);
        assert_eq!(TelephoneEvent { event: 32, ..event }.digit(), None);
    }
}
