//! Presence: `application/pidf+xml` (RFC 3863), with activities (RFC 4480).

use super::{listed, xml};

/// Whose presence, and the status of each tuple; `None` when it is no such document.
pub(super) fn line(body: &[u8]) -> Option<String> {
    let elements = xml::elements(body);
    let root = elements.first().filter(|root| root.name == "presence")?;
    let tuples: Vec<_> = xml::each(&elements, "tuple")
        .map(|(_, tuple)| {
            let mut text = xml::text_of(tuple, "basic").unwrap_or("status not said").to_owned();
            if let Some(contact) = xml::text_of(tuple, "contact") {
                text = format!("{text} at {contact}");
            }
            text
        })
        .collect();
    let activities = xml::each(&elements, "activities").flat_map(|(_, inside)| inside);
    let activities: Vec<_> = activities.map(|activity| activity.name.clone()).collect();
    let notes =
        elements.iter().filter(|element| element.name == "note" && !element.text.is_empty());
    let notes: Vec<_> = notes.map(|note| format!("\"{}\"", note.text)).collect();
    let location = location(&elements);
    let mut parts = vec![if tuples.is_empty() { "no tuples".to_owned() } else { listed(&tuples) }];
    parts.extend(
        [activities, notes].iter().filter(|list| !list.is_empty()).map(|list| listed(list)),
    );
    parts.extend(location.map(|location| format!("location {location}")));
    Some(format!("{}: {}", root.attribute("entity").unwrap_or("presence"), parts.join(", ")))
}

/// Where somebody is: coordinates (RFC 5491), else the parts of a civic address (RFC 5139).
fn location(elements: &[xml::Element]) -> Option<String> {
    if let Some(position) = xml::text_of(elements, "pos") {
        return Some(position.to_owned());
    }
    let civic = xml::each(elements, "civicAddress").next()?.1;
    let parts: Vec<_> =
        civic.iter().map(|part| part.text.clone()).filter(|text| !text.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_contact_activity_and_note() {
        let body = br#"<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf" entity="pres:someone@example.com">
            <tuple id="bs35r9"><status><basic>open</basic></status><contact priority="0.8">im:someone@mobilecarrier.net</contact>
            <note xml:lang="en">Don't Disturb Please!</note></tuple><tuple id="x"><status><basic>closed</basic></status></tuple>
            <dm:person id="p1"><rpid:activities><rpid:on-the-phone/></rpid:activities></dm:person></presence>"#;
        assert_eq!(
            line(body).unwrap(),
            "pres:someone@example.com: open at im:someone@mobilecarrier.net; closed, on-the-phone, \"Don't Disturb Please!\""
        );
        let body = b"<presence entity='sip:a'><tuple><status><gp:geopriv><gml:Point><gml:pos>42.5463 -73.2512</gml:pos>\
            </gml:Point></gp:geopriv></status></tuple></presence>";
        assert_eq!(line(body).unwrap(), "sip:a: status not said, location 42.5463 -73.2512");
        assert_eq!(line(b"<presence/>").unwrap(), "presence: no tuples");
        assert_eq!(line(b"<other/>"), None);
    }
}
