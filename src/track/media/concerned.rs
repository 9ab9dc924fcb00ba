//! For which streams an announcement may mean something. Load generators, echo tests and
//! conferences have one port for all calls: what an announcement costs must not grow with them.

use super::Media;
use crate::base::flow::Endpoint;
use crate::track::ConversationId;
use crate::track::announced::Known;

/// Streams of one endpoint at either end of their order that an announcement is held against.
const MOST: usize = 64;

impl Media {
    /// The streams for which an announcement of a call may mean something: those at the
    /// endpoint, of which there are few unless very many calls share it. Then it is those
    /// to and from the call's other endpoints, and of the rest the oldest and the latest.
    pub(super) fn concerned(
        &self,
        endpoint: Endpoint,
        call: ConversationId,
        known: Known<'_>,
    ) -> Vec<u32> {
        let at = |endpoint| self.by_endpoint.get(&endpoint).map(Vec::as_slice).unwrap_or_default();
        let here = at(endpoint);
        if here.len() <= 2 * MOST {
            return here.to_vec();
        }
        let (oldest, rest) = here.split_at(MOST);
        let (_, latest) = rest.split_at(rest.len().saturating_sub(MOST));
        let mut concerned = [oldest, latest].concat();
        for other in known.opposite(call, endpoint).take(MOST) {
            let there = at(other).iter().rev().take(MOST).copied();
            concerned.extend(there.filter(|index| here.binary_search(index).is_ok()));
        }
        concerned.sort_unstable();
        concerned.dedup();
        concerned
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::base::flow::Flow;
    use crate::base::id::FrameNo;
    use crate::base::limits::Limits;
    use crate::base::time::Timestamp;
    use crate::track::Side;
    use crate::track::announced::Announced;
    use crate::track::offer::{self, Announcement, MediaSection};
    use crate::track::stream::{Course, MediaPacket, Stream};
    use crate::wire::frame::IpFacts;
    use crate::wire::rtp::Rtp;
    use crate::wire::sdp;

    const ECHO: &str = "198.51.100.1";

    fn announce(announced: &mut Announced, call: u32, side: Side, ip: &str, port: u16) {
        let text = format!("v=0\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n");
        let description = sdp::parse(text.as_bytes()).unwrap();
        let media = description.media.first().unwrap();
        let mut endpoints = Vec::new();
        offer::endpoints(&description, media, &mut endpoints);
        let announcement = Announcement {
            call: ConversationId(call),
            side,
            at: Timestamp::from_nanos(0),
            frame: FrameNo::new(0, 1),
            endpoints: &endpoints,
            section: &Arc::new(MediaSection::of(&description, media)),
        };
        announced.take(&announcement, Limits::default().announcements, u64::from(call), |_| {});
    }

    /// Calls that all announce one endpoint of the callee, with a stream each: how many
    /// streams the last announcement is held against.
    fn looked_at(calls: u32) -> usize {
        let limits = Limits::default();
        let mut announced_so_far = Announced::default();
        let mut media = Media::new(Course::default(), (1, 1));
        let echo = Endpoint::new(ECHO.parse().unwrap(), 6_000);
        for call in 0..calls {
            let caller = format!("192.0.{}.{}", call / 250, call % 250 + 1);
            let own = Endpoint::new(caller.parse().unwrap(), 4_000);
            let sides = [(Side::Caller, &*caller, 4_000), (Side::Callee, ECHO, 6_000)];
            for (side, ip, port) in sides {
                announce(&mut announced_so_far, call, side, ip, port);
            }
            let bytes = [0x80, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 0xff];
            let packet = MediaPacket {
                rtp: Rtp::parse(&bytes, 0).unwrap(),
                octets: 1,
                flow: Flow { src: own, dst: echo },
                frame: FrameNo::new(0, 1),
                at: Timestamp::from_nanos(0),
                ip: IpFacts::default(),
            };
            let known = announced_so_far.whole();
            media.announced(echo, ConversationId(call), packet.at, known);
            media.rtp(&packet, known, &limits);
            let bound = media.streams.get(call).and_then(Stream::binding_call);
            assert_eq!(bound, Some(ConversationId(call)));
        }
        media.concerned(echo, ConversationId(calls / 2), announced_so_far.whole()).len()
    }

    #[test]
    fn an_announcement_costs_the_same_however_many_calls_share_its_endpoint() {
        assert_eq!(looked_at(20), 20);
        let most = 3 * MOST;
        assert!(looked_at(1_000) <= most && looked_at(4_000) <= most);
    }
}
