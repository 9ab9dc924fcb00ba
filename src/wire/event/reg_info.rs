//! The registrations of a user: `application/reginfo+xml` (RFC 3680).

use super::{listed, xml};

/// Each address of record with its contacts; `None` when it is no such document.
pub(super) fn line(body: &[u8]) -> Option<String> {
    let elements = xml::elements(body);
    elements.first().filter(|root| root.name == "reginfo")?;
    let registrations: Vec<_> = xml::each(&elements, "registration")
        .map(|(registration, inside)| {
            let aor = registration.attribute("aor").unwrap_or("?");
            let state = registration.attribute("state").unwrap_or("state not said");
            let contacts: Vec<_> = xml::each(inside, "contact").map(contact).collect();
            let contacts = if contacts.is_empty() {
                String::new()
            } else {
                format!(", {}", contacts.join(", "))
            };
            format!("{aor} {state}{contacts}")
        })
        .collect();
    Some(if registrations.is_empty() {
        "no registrations".to_owned()
    } else {
        listed(&registrations)
    })
}

/// `sip:a@192.0.2.1 active (registered, 3600 s)`
fn contact((contact, inside): (&xml::Element, &[xml::Element])) -> String {
    let expires = contact.attribute("expires").map(|seconds| format!("{seconds} s"));
    let why: Vec<_> =
        contact.attribute("event").map(str::to_owned).into_iter().chain(expires).collect();
    let why = if why.is_empty() { String::new() } else { format!(" ({})", why.join(", ")) };
    let uri = xml::text_of(inside, "uri").unwrap_or("?");
    format!("{uri} {}{why}", contact.attribute("state").unwrap_or("state not said"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_contacts() {
        // RFC 3680 section 6.
        let body = br#"<?xml version="1.0"?><reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="1" state="partial">
            <registration aor="sip:joe@example.com" id="a7" state="active"><contact id="76" state="active" event="registered"
            expires="7200" q="0.8"><uri>sip:joe@pc34.example.com</uri></contact></registration></reginfo>"#;
        assert_eq!(
            line(body).unwrap(),
            "sip:joe@example.com active, sip:joe@pc34.example.com active (registered, 7200 s)"
        );
        assert_eq!(line(b"<reginfo/>").unwrap(), "no registrations");
        assert_eq!(line(b"<x/>"), None);
    }
}
