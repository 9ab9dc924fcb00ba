//! SIP and SDP to their values.

use divan::{Bencher, black_box};
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::sdp;
use siplens::wire::sip::{self, HeaderIndex, Message, body};
use siplens::wire::sniff::{Content, classify};

use crate::traffic::{Held, Plan};

/// The payload of the first INVITE: 823 bytes, 20 header fields.
fn invite() -> Vec<u8> {
    let frames = Held::new(&Plan { calls: 1, media: false, ..Plan::default() });
    let frame = frames.get(0).unwrap();
    let Ok(Decoded::Udp(datagram)) = decode(&frame) else { unreachable!("SIP over UDP") };
    let mut index = HeaderIndex::default();
    let message = sip::parse(datagram.payload, &mut index).unwrap();
    let (bytes, fields) = (message.bytes.len(), message.fields().count());
    assert_eq!((bytes, fields), (823, 20));
    datagram.payload.to_vec()
}

fn parsed(bencher: Bencher<'_, '_>, read: impl Fn(&Message<'_>)) {
    let (invite, mut index) = (invite(), HeaderIndex::default());
    bencher.bench_local(|| {
        if let Ok(message) = sip::parse(black_box(&invite), &mut index) {
            read(&message);
        }
    });
}

#[divan::bench(sample_size = 2_000)]
fn classify_an_invite(bencher: Bencher<'_, '_>) {
    let invite = invite();
    bencher.bench_local(|| matches!(classify(black_box(&invite), 0), Content::Sip(_)));
}

#[divan::bench(sample_size = 2_000)]
fn index_an_invite(bencher: Bencher<'_, '_>) {
    parsed(bencher, |message| {
        black_box(message.faults);
    });
}

#[divan::bench(sample_size = 2_000)]
fn index_an_invite_and_read_from_to_via_cseq(bencher: Bencher<'_, '_>) {
    parsed(bencher, |message| {
        black_box((message.from(), message.to(), message.via(), message.cseq()));
    });
}

#[divan::bench(sample_size = 2_000)]
fn parse_its_session_description(bencher: Bencher<'_, '_>) {
    let (invite, mut index) = (invite(), HeaderIndex::default());
    let message = sip::parse(&invite, &mut index).unwrap();
    let description = body::session_description(&message).unwrap();
    bencher.bench_local(|| sdp::parse(black_box(description)));
}
