//! RTP header extensions of several elements (RFC 8285), and the audio level
//! (RFC 6464).

/// The form of a header extension, by its profile number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Elements with a header of one octet (RFC 8285 section 4.2).
    OneByte,
    /// Elements with a header of two octets (section 4.3).
    TwoByte,
    /// Of a profile of its own (RFC 3550 section 5.3.1).
    Other,
}

impl Form {
    /// The form that a profile number means.
    pub const fn of(profile: u16) -> Self {
        match profile {
            0xbede => Self::OneByte,
            0x1000..=0x100f => Self::TwoByte,
            _ => Self::Other,
        }
    }

    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneByte => "one-byte",
            Self::TwoByte => "two-byte",
            Self::Other => "other",
        }
    }
}

/// The URI of the audio level in `a=extmap` (RFC 6464 section 5).
pub const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// An element.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Element<'a> {
    /// Its local identifier, which `a=extmap` explains.
    pub id: u8,
    /// Its data.
    pub data: &'a [u8],
}

/// The elements of an extension, in order; none of the form [`Form::Other`].
pub fn elements(profile: u16, data: &[u8]) -> Elements<'_> {
    Elements { form: Form::of(profile), rest: data }
}

/// Iterator of [`elements`].
#[derive(Clone, Debug)]
pub struct Elements<'a> {
    form: Form,
    rest: &'a [u8],
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        loop {
            let (first, rest) = self.rest.split_first()?;
            if *first == 0 {
                // Padding.
                self.rest = rest;
                continue;
            }
            let (id, length, rest) = match self.form {
                Form::OneByte if first >> 4 == 15 => return None,
                Form::OneByte => (first >> 4, usize::from(first & 0x0f) + 1, rest),
                Form::TwoByte => {
                    let (length, rest) = rest.split_first()?;
                    (*first, usize::from(*length), rest)
                }
                Form::Other => return None,
            };
            let (data, rest) = rest.split_at_checked(length)?;
            self.rest = rest;
            return Some(Element { id, data });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn both_forms_are_read() {
        let read = |profile, data: &'static [u8]| {
            elements(profile, data).map(|e| (e.id, e.data)).collect::<Vec<_>>()
        };
        assert_eq!(
            read(0xbede, &[0x10, 0x9a, 0, 0x32, 1, 2, 3, 0xf0]),
            [(1, &[0x9a][..]), (3, &[1, 2, 3][..])]
        );
        assert_eq!(read(0x1000, &[7, 2, 1, 2, 9, 0]), [(7, &[1, 2][..]), (9, &[][..])]);
        assert_eq!(read(0x1234, &[1, 2, 3, 4]), []);
        assert_eq!(read(0xbede, &[0x1f, 1]), [], "longer than what is there");
    }

    proptest! {
        #[test]
        fn any_data_ends(profile in any::<u16>(), data in proptest::collection::vec(any::<u8>(), 0..60)) {
            prop_assert!(elements(profile, &data).count() <= data.len());
            prop_assert!(elements(0xbede, &data).count() <= data.len());
        }
    }
}
