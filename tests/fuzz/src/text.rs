//! Parsers of text: SIP messages and their parts, SDP, quality reports.

use siplens::wire::dtmf_info;

use siplens::wire::sip::body::{for_each_part, session_description};
use siplens::wire::sip::date;
use siplens::wire::sip::name_addr::NameAddr;
use siplens::wire::sip::passport::Identity;
use siplens::wire::sip::uri::{Uri, unescape};
use siplens::wire::sip::via::Via;
use siplens::wire::sip::{self, Framing, HeaderIndex, Name};
use siplens::wire::{event, isup, sdp as description, vq_report as quality};

/// Whether `part` lies within `whole`: parsers lend, they do not copy.
fn is_within(part: &[u8], whole: &[u8]) -> bool {
    let (part, whole) = (part.as_ptr_range(), whole.as_ptr_range());
    part.is_empty() || whole.start <= part.start && part.end <= whole.end
}

/// A whole SIP message with every part of it that is read.
pub fn sip_message(bytes: &[u8]) {
    if let Framing::Complete(length) = sip::framing(bytes) {
        assert!(0 < length && length <= bytes.len());
    }
    let mut index = HeaderIndex::default();
    let Ok(message) = sip::parse(bytes, &mut index) else { return };
    assert!(is_within(message.bytes, bytes) && is_within(message.body, bytes));
    for (name, value) in message.fields() {
        assert!(is_within(name, bytes) && is_within(value, bytes));
        name_addr(value);
        via(value);
        let _ = (date::parse(value), Identity::parse(value));
    }
    let _ = (message.cseq(), message.via(), message.via_count(), message.line(Name::Subject));
    for address in [message.from(), message.to()].into_iter().flatten() {
        let _ = (address.display_name(), address.tag(), address.parsed_uri());
    }
    for contact in message.elements(Name::Contact) {
        name_addr(contact);
    }
    for_each_part(&message, |part| {
        let _ = dtmf_info::parse(part.media_type, part.content);
        vq_report(part.content);
        let _ = event::line(part.media_type, part.content);
        let _ = isup::parse(part.content, isup::is_american(part.params));
    });
    if let Some(bytes) = session_description(&message) {
        sdp(bytes);
    }
    // What was cut off as one message is read as the same message again.
    let (start, faults) = (message.start, message.faults);
    let mut again = HeaderIndex::default();
    let repeated = sip::parse(message.bytes, &mut again).expect("it was a message before");
    assert_eq!(repeated.start, start);
    assert_eq!(repeated.body, message.body);
    assert!(repeated.faults == faults || repeated.bytes.len() < bytes.len());
}

/// A URI.
pub fn uri(bytes: &[u8]) {
    let plain = unescape(bytes);
    assert!(plain.len() <= bytes.len());
    let Some(uri) = Uri::parse(bytes) else { return };
    for part in [uri.raw, uri.scheme, uri.host] {
        assert!(is_within(part, bytes));
    }
    let _ = (uri.user_text(), uri.params.text("transport"), uri.params.has("lr"));
    assert!(uri.params.iter().count() <= bytes.len());
}

/// The value of a From, To, Contact or Route.
pub fn name_addr(bytes: &[u8]) {
    let Some(address) = NameAddr::parse(bytes) else { return };
    assert!(!address.uri.is_empty() && is_within(address.uri, bytes));
    let _ = (address.display_name(), address.tag());
    uri(address.uri);
}

/// The value of a Via.
pub fn via(bytes: &[u8]) {
    let Some(via) = Via::parse(bytes) else { return };
    assert!(!via.host.is_empty() && is_within(via.host, bytes));
    let _ = (via.branch(), via.params.text("received"), via.params.text("rport"));
}

/// A session description.
pub fn sdp(bytes: &[u8]) {
    let Some(description) = description::parse(bytes) else { return };
    for media in &description.media {
        let _ = (description.connection_of(media), description.direction_of(media));
        for payload_type in media.payload_types() {
            let _ = (media.format(payload_type), media.fmtp(payload_type));
        }
        let _ = (media.is_rejected(), media.is_rtp(), media.is_secure());
    }
}

/// A report of RFC 6035.
pub fn vq_report(bytes: &[u8]) {
    let Some(report) = quality::parse(bytes) else { return };
    for metrics in [&report.local_metrics, &report.remote_metrics] {
        for (name, _) in metrics.iter() {
            assert!(metrics.number(name).is_none_or(f64::is_finite));
        }
    }
}
