//! The dialogs of a user agent: `application/dialog-info+xml` (RFC 4235).

use super::{listed, xml};

/// Whose dialogs, and the state of each; `None` when it is no such document.
pub(super) fn line(body: &[u8]) -> Option<String> {
    let elements = xml::elements(body);
    let root = elements.first().filter(|root| root.name == "dialog-info")?;
    let dialogs: Vec<_> = xml::each(&elements, "dialog")
        .map(|(dialog, inside)| {
            let state = inside.iter().find(|element| element.name == "state");
            let mut text = state.map_or("state not said", |state| state.text.as_str()).to_owned();
            if let Some(event) = state.and_then(|state| state.attribute("event")) {
                text = format!("{text} ({event})");
            }
            if let Some(direction) = dialog.attribute("direction") {
                text = format!("{text} {direction}");
            }
            let remote = xml::each(inside, "remote").next().map(|(_, remote)| remote);
            if let Some(identity) = remote.and_then(|remote| xml::text_of(remote, "identity")) {
                text = format!("{text}, remote {identity}");
            }
            if let Some(call_id) = dialog.attribute("call-id") {
                text = format!("{text}, call {call_id}");
            }
            text
        })
        .collect();
    let dialogs = if dialogs.is_empty() { "no dialogs".to_owned() } else { listed(&dialogs) };
    let kind = root.attribute("state").map(|state| format!(" ({state})")).unwrap_or_default();
    Some(format!("{}{kind}: {dialogs}", root.attribute("entity").unwrap_or("dialogs")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_of_each_dialog() {
        // RFC 4235 section 6.1.
        let body = br#"<?xml version="1.0"?><dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="1" state="full"
            entity="sip:alice@example.com"><dialog id="as7d900as8" call-id="a84b4c76e66710" local-tag="1928301774"
            direction="initiator"><state event="rejected" code="486">terminated</state><remote><identity>sip:bob@example.com
            </identity></remote></dialog></dialog-info>"#;
        assert_eq!(
            line(body).unwrap(),
            "sip:alice@example.com (full): terminated (rejected) initiator, remote sip:bob@example.com, call a84b4c76e66710"
        );
        assert_eq!(line(b"<dialog-info entity='sip:a'/>").unwrap(), "sip:a: no dialogs");
        assert_eq!(line(b"<presence/>"), None);
    }
}
