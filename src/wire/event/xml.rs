//! XML bodies as a flat list of elements, as far as event packages need it.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

/// An element with what belongs to it alone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Element {
    /// How many elements it is inside; 0 for the root.
    pub(super) depth: usize,
    /// Its name without prefix.
    pub(super) name: String,
    /// Its attributes without prefixes, in order.
    attributes: Vec<(String, String)>,
    /// Its own text, without that of the elements in it, trimmed.
    pub(super) text: String,
}

/// Elements of one body that are read; real ones have tens.
const MAX_ELEMENTS: usize = 4_096;
/// Elements inside one another that are read.
const MAX_DEPTH: usize = 32;
/// Attributes of one element, and bytes of a text, that are kept.
const MAX_ATTRIBUTES: usize = 32;
const MAX_TEXT: usize = 1_024;

impl Element {
    /// An attribute that is there and not empty.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn of(start: &BytesStart<'_>, depth: usize) -> Self {
        let mut attributes = start.attributes();
        let attributes = attributes.with_checks(false).flatten().take(MAX_ATTRIBUTES);
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            depth,
            name: text(start.local_name().as_ref().as_bytes()),
            attributes: attributes
                .map(|attribute| {
                    let value = text(attribute.value.as_bytes());
                    let value = quick_xml::escape::unescape(&value)
                        .map_or_else(|_| value.clone(), std::borrow::Cow::into_owned);
                    (text(attribute.key.local_name().as_ref().as_bytes()), cut(value))
                })
                .collect(),
            text: String::new(),
        }
    }
}

fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// The elements of a document in order, as far as it can be read; none when it
/// does not begin as XML. Entities that a document declares itself are not resolved.
pub(super) fn elements(body: &[u8]) -> Vec<Element> {
    let text = String::from_utf8_lossy(body);
    let mut reader = Reader::from_str(&text);
    reader.config_mut().check_end_names = false;
    let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    while elements.len() < MAX_ELEMENTS {
        let more: String = match reader.read_event() {
            Ok(Event::Start(start)) => {
                if open.len() >= MAX_DEPTH {
                    break;
                }
                elements.push(Element::of(&start, open.len()));
                open.push(elements.len() - 1);
                continue;
            }
            Ok(Event::Empty(start)) => {
                elements.push(Element::of(&start, open.len()));
                continue;
            }
            Ok(Event::End(_)) => {
                open.pop();
                continue;
            }
            Ok(Event::Text(text)) => text.xml_content(quick_xml::XmlVersion::Implicit1_0).into(),
            Ok(Event::CData(text)) => text.xml_content(quick_xml::XmlVersion::Implicit1_0).into(),
            Ok(Event::GeneralRef(reference)) => resolved(&reference),
            Ok(Event::Eof) | Err(_) => break,
            Ok(_) => continue,
        };
        if let Some(element) = open.last().and_then(|index| elements.get_mut(*index))
            && element.text.len() < MAX_TEXT
        {
            element.text.push_str(&more);
        }
    }
    for element in &mut elements {
        element.text = cut(element.text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    elements
}

/// `&amp;` and `&#38;`; others as they stand.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.into();
    }
    let name = String::from_utf8_lossy(reference.as_bytes()).into_owned();
    quick_xml::escape::resolve_predefined_entity(&name)
        .map_or_else(|| format!("&{name};"), str::to_owned)
}

/// The elements inside the one at `index`, at any depth.
pub(super) fn inside(elements: &[Element], index: usize) -> &[Element] {
    let Some(depth) = elements.get(index).map(|element| element.depth) else { return &[] };
    let rest = elements.get(index + 1..).unwrap_or_default();
    let end = rest.iter().position(|element| element.depth <= depth).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// Every element of that name with those inside it.
pub(super) fn each<'a>(
    elements: &'a [Element],
    name: &'a str,
) -> impl Iterator<Item = (&'a Element, &'a [Element])> {
    let named = elements.iter().enumerate().filter(move |(_, element)| element.name == name);
    named.map(|(index, element)| (element, inside(elements, index)))
}

/// The text of the first element of that name, if it has any.
pub(super) fn text_of<'a>(elements: &'a [Element], name: &str) -> Option<&'a str> {
    let found = elements.iter().find(|element| element.name == name)?;
    Some(found.text.as_str()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn elements_have_their_own_text_and_attributes() {
        let list = elements(
            b"<?xml version='1.0'?>\n<a:p xmlns:a='u' x:e=\"1 &amp; 2\"><b>one &lt;&#33;</b>\n<c d=''/>two</a:p>",
        );
        let names: Vec<_> =
            list.iter().map(|e| (e.depth, e.name.as_str(), e.text.as_str())).collect();
        assert_eq!(names, [(0, "p", "two"), (1, "b", "one <!"), (1, "c", "")]);
        assert_eq!((list[0].attribute("e"), list[2].attribute("d")), (Some("1 & 2"), None));
        assert_eq!(inside(&list, 0).len(), 2);
        assert!(elements(b"v=0").is_empty());
    }

    #[test]
    fn what_breaks_off_is_read_so_far() {
        assert_eq!(elements(b"<a><b>x</b><c").len(), 2);
        assert_eq!(elements("<a>".repeat(100).as_bytes()).len(), MAX_DEPTH);
        assert_eq!(elements("<a/>".repeat(9_000).as_bytes()).len(), MAX_ELEMENTS);
        let bomb = b"<!DOCTYPE x [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>";
        assert_eq!(text_of(&elements(bomb), "x"), Some("&b;"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = elements(&[b"<a b=\"".as_slice(), &body].concat());
            let _ = elements(&[b"<a>".as_slice(), &body].concat());
        }
    }
}
