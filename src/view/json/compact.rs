//! Values as JSON on one line, appended to bytes: what `serde_json` writes, at
//! half its cost for rows that are mostly short texts under names known when
//! siplens was built.

use std::fmt::Display;

use serde::ser::{self, Error as _};
use serde::{Serialize, Serializer};
use serde_json::{Error, Result};

/// Appends a value.
///
/// # Errors
/// When a map has keys that are no texts, numbers or booleans.
pub(super) fn append(value: &(impl Serialize + ?Sized), out: &mut Vec<u8>) -> Result<()> {
    value.serialize(Compact(out))
}

/// Appends one value to what is there.
struct Compact<'o>(&'o mut Vec<u8>);

/// Appends the elements or fields of a value.
struct Inside<'o> {
    out: &'o mut Vec<u8>,
    any: bool,
    end: &'static [u8],
}

/// Appends a text in quotes.
#[inline]
fn quoted(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    if is_plain(bytes) {
        out.extend_from_slice(bytes);
    } else {
        escaped(out, bytes);
    }
    out.push(b'"');
}

/// Whether nothing in a text needs an escape (RFC 8259 section 7).
#[inline]
fn is_plain(bytes: &[u8]) -> bool {
    let (words, rest) = bytes.as_chunks::<8>();
    let is_plain = |word: &[u8; 8]| has_no_escape(u64::from_ne_bytes(*word));
    if !words.iter().all(is_plain) {
        return false;
    }
    // What is looked at twice costs less than what is looked at byte by byte.
    if let Some(last) = bytes.last_chunk::<8>() {
        return rest.is_empty() || is_plain(last);
    }
    if let (Some(&[a, b, c, d]), Some(&[e, f, g, h])) = (rest.first_chunk(), rest.last_chunk()) {
        return is_plain(&[a, b, c, d, e, f, g, h]);
    }
    rest.iter().all(|byte| *byte >= b' ' && !matches!(byte, b'"' | b'\\'))
}

/// Whether none of eight bytes is below a blank, a quote or a backslash.
const fn has_no_escape(word: u64) -> bool {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    // The top bit of a byte is set where it was less than what is taken away;
    // what carries into the next byte matters only where that has happened.
    let quote = word ^ (ONES * b'"' as u64);
    let backslash = word ^ (ONES * b'\\' as u64);
    let below = word.wrapping_sub(ONES * b' ' as u64) & !word;
    let quotes = quote.wrapping_sub(ONES) & !quote;
    let backslashes = backslash.wrapping_sub(ONES) & !backslash;
    (below | quotes | backslashes) & TOPS == 0
}

/// Appends a text with its escapes.
#[cold]
fn escaped(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    for &byte in bytes {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..b' ' => {
                out.extend_from_slice(b"\\u00");
                out.extend([byte >> 4, byte & 15].map(|digit| HEX[usize::from(digit)]));
                continue;
            }
            _ => {
                out.push(byte);
                continue;
            }
        };
        out.extend([b'\\', short]);
    }
}

impl<'o> Compact<'o> {
    fn inside(self, begin: &[u8], end: &'static [u8]) -> Inside<'o> {
        self.0.extend_from_slice(begin);
        Inside { out: self.0, any: false, end }
    }

    /// Opens the object in which a variant with a value stands under its name.
    fn variant(self, name: &str) -> Self {
        self.0.push(b'{');
        quoted(self.0, name);
        self.0.push(b':');
        self
    }
}

/// Numbers are as `serde_json` writes them.
macro_rules! numbers {
    ($($method:ident $number:ty,)*) => {
        $(
            #[inline]
            fn $method(self, number: $number) -> Result<()> {
                serde_json::Serializer::new(self.0).$method(number)
            }
        )*
    };
}

impl<'o> Serializer for Compact<'o> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Inside<'o>;
    type SerializeTuple = Inside<'o>;
    type SerializeTupleStruct = Inside<'o>;
    type SerializeTupleVariant = Inside<'o>;
    type SerializeMap = Inside<'o>;
    type SerializeStruct = Inside<'o>;
    type SerializeStructVariant = Inside<'o>;

    numbers! {
        serialize_i8 i8,
        serialize_i16 i16,
        serialize_i32 i32,
        serialize_i64 i64,
        serialize_i128 i128,
        serialize_u8 u8,
        serialize_u16 u16,
        serialize_u32 u32,
        serialize_u64 u64,
        serialize_u128 u128,
        serialize_f32 f32,
        serialize_f64 f64,
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<()> {
        self.0.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<()> {
        quoted(self.0, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<()> {
        quoted(self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<()> {
        self.collect_seq(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<()> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<()> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        let Compact(out) = self.variant(variant);
        append(value, out)?;
        out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Inside<'o>> {
        Ok(self.inside(b"[", b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Inside<'o>> {
        Ok(self.inside(b"[", b"]"))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Inside<'o>> {
        Ok(self.inside(b"[", b"]"))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'o>> {
        Ok(self.variant(variant).inside(b"[", b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Inside<'o>> {
        Ok(self.inside(b"{", b"}"))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Inside<'o>> {
        Ok(self.inside(b"{", b"}"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Inside<'o>> {
        Ok(self.variant(variant).inside(b"{", b"}}"))
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<()> {
        self.serialize_str(&value.to_string())
    }
}

impl Inside<'_> {
    #[inline]
    fn next(&mut self) {
        if self.any {
            self.out.push(b',');
        }
        self.any = true;
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.next();
        value.serialize(Compact(self.out))
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<()> {
        debug_assert!(is_plain(key.as_bytes()), "names of fields need no escapes");
        self.out.extend_from_slice(if self.any { b",\"" } else { b"\"" });
        self.any = true;
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        value.serialize(Compact(self.out))
    }

    /// Keys are texts: what is none is put in quotes.
    fn key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.next();
        let begin = self.out.len();
        key.serialize(Compact(self.out))?;
        match self.out.get(begin) {
            Some(b'"') => {}
            Some(b'{' | b'[' | b'n') | None => {
                return Err(Error::custom("a key is no text"));
            }
            Some(_) => {
                self.out.insert(begin, b'"');
                self.out.push(b'"');
            }
        }
        self.out.push(b':');
        Ok(())
    }

    fn close(self) {
        self.out.extend_from_slice(self.end);
    }
}

/// What all sequences have in common.
macro_rules! sequences {
    ($($kind:ident $method:ident,)*) => {
        $(
            impl ser::$kind for Inside<'_> {
                type Ok = ();
                type Error = Error;

                fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
                    self.element(value)
                }

                fn end(self) -> Result<()> {
                    self.close();
                    Ok(())
                }
            }
        )*
    };
}

sequences! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

/// What all objects with known fields have in common.
macro_rules! objects {
    ($($kind:ident)*) => {
        $(
            impl ser::$kind for Inside<'_> {
                type Ok = ();
                type Error = Error;

                fn serialize_field<T: Serialize + ?Sized>(
                    &mut self,
                    key: &'static str,
                    value: &T,
                ) -> Result<()> {
                    self.field(key, value)
                }

                fn end(self) -> Result<()> {
                    self.close();
                    Ok(())
                }
            }
        )*
    };
}

objects! { SerializeStruct SerializeStructVariant }

impl ser::SerializeMap for Inside<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(Compact(self.out))
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct Unit;
    #[derive(Serialize)]
    struct Newtype(f64);
    #[derive(Serialize)]
    struct Pair(u8, i64);
    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(&'static str),
        Pair(bool, Option<u16>),
        Struct { key: char },
    }

    fn same(value: &impl Serialize) {
        let mut out = b"before".to_vec();
        append(value, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            format!("before{}", serde_json::to_string(value).unwrap())
        );
    }

    #[test]
    fn every_kind_of_value_is_written_as_serde_json_writes_it() {
        same(&(Unit, Newtype(1.0), Pair(7, i64::MIN), (), None::<u8>, Some(0.1_f32)));
        same(&[
            Kind::Unit,
            Kind::Newtype("a\"b"),
            Kind::Pair(true, None),
            Kind::Struct { key: '\n' },
        ]);
        same(&(f64::NAN, f64::INFINITY, -0.0, 1e300, 5e-324, u128::MAX, i128::MIN));
        same(&BTreeMap::from([(1, vec![1, 2]), (2, Vec::new())]));
        same(&BTreeMap::from([(true, "a"), (false, "\u{1}")]));
        same(&BTreeMap::from([("k\\", std::net::IpAddr::from([192, 0, 2, 1]))]));
        same(&BTreeMap::<String, u8>::new());
        assert!(append(&BTreeMap::from([(vec![1], 1)]), &mut Vec::new()).is_err());
        assert!(append(&BTreeMap::from([((), 1)]), &mut Vec::new()).is_err());
    }

    proptest! {
        #[test]
        fn texts_are_written_as_serde_json_writes_them(
            text in "([ -~]|[\u{0}-\u{20}]|[\"\\\\\u{7f}\u{80}é漢🦀]){0,40}",
            number in any::<f64>(),
        ) {
            same(&(&text, number));
        }

        #[test]
        fn a_text_is_plain_when_no_byte_needs_an_escape(
            bytes in proptest::collection::vec(
                prop_oneof![4 => b' '..=b'~', 1 => any::<u8>()], 0..24),
        ) {
            let each = bytes.iter().all(|byte| *byte >= b' ' && !b"\"\\".contains(byte));
            prop_assert_eq!(is_plain(&bytes), each);
        }
    }
}
