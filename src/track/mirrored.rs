//! What servers that mirror packets (HEP) tell of calls: who mirrored them, by
//! which ids, and what they or the ends say of media that may not be in the capture.

use hashbrown::HashMap;

use crate::base::flow::Flow;
use crate::base::id::{FrameNo, Ssrc};
use crate::base::time::Timestamp;
use crate::wire::hep::media_report::MediaReport;
use crate::wire::rtcp::{self, Packet, ReportBlock, SenderReport};

/// Who says something of a stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Teller {
    /// An end, by RTCP.
    Rtcp,
    /// The agent that mirrors.
    Agent,
}

/// What is said of one stream.
#[derive(Clone, PartialEq, Debug)]
pub struct Account {
    /// Who says it.
    pub teller: Teller,
    /// The agent that mirrored it.
    pub agent: Option<u32>,
    /// From whom to whom the stream goes; of RTCP, between the ports of RTCP.
    pub flow: Flow,
    /// The stream's source.
    pub ssrc: Option<Ssrc>,
    /// Reports of it.
    pub reports: u64,
    /// The first of them.
    pub first: (FrameNo, Timestamp),
    /// When the last came.
    pub last_at: Timestamp,
    /// Packets that its sender says it sent (RFC 3550 section 6.4.1).
    pub sent: Option<u32>,
    /// What its receiver said last.
    pub block: Option<ReportBlock>,
    /// The greatest fraction lost between two reports, of 256.
    pub worst_fraction: Option<u8>,
    /// The greatest jitter that its receiver said, in units of its clock.
    pub max_jitter: Option<u32>,
    /// What the agent said last.
    pub report: Option<MediaReport>,
}

/// What is told of one call.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Told {
    /// Numbers of the agents that mirrored it.
    pub agents: Vec<u32>,
    /// Ids by which they relate other packets to it, where these are not its Call-ID.
    pub correlations: Vec<Box<str>>,
    /// What is said of its streams.
    pub accounts: Vec<Account>,
    /// When something was told last.
    pub last_at: Timestamp,
}

/// What is told of calls, by Call-ID.
#[derive(Clone, Debug, Default)]
pub struct Mirrored {
    told: HashMap<Box<str>, Told>,
    kept: usize,
}

/// Agents and ids of one call that are kept.
const NAMES: usize = 16;
/// Streams of one call of which is kept what is said.
const ACCOUNTS: usize = 64;
/// Longest id that is kept.
const LONGEST: usize = 256;

/// A mirrored packet.
#[derive(Clone, Copy, Debug)]
pub struct Packed<'a> {
    /// Its flow.
    pub flow: Flow,
    /// The agent that mirrored it.
    pub agent: Option<u32>,
    /// The id by which the agent relates it to a call.
    pub correlation: Option<&'a [u8]>,
    /// The frame that brought it, and when.
    pub origin: (FrameNo, Timestamp),
}

impl Mirrored {
    /// A message of a call; `false` when there was no room for what is new in it.
    pub fn message(&mut self, call_id: &[u8], packed: &Packed<'_>, most: usize) -> bool {
        let Some(told) = self.of(call_id, most) else { return false };
        told.last_at = told.last_at.max(packed.origin.1);
        if let Some(agent) = packed.agent
            && !told.agents.contains(&agent)
            && told.agents.len() < NAMES
        {
            told.agents.push(agent);
        }
        if let Some(id) = packed.correlation
            && id != call_id
            && !id.is_empty()
            && id.len() <= LONGEST
            && told.correlations.len() < NAMES
        {
            let id = String::from_utf8_lossy(id);
            if !told.correlations.iter().any(|known| **known == id) {
                told.correlations.push(id.into());
            }
        }
        true
    }

    /// RTCP about a call's media; `false` when there was no room for what is new in it.
    pub fn rtcp(&mut self, bytes: &[u8], packed: &Packed<'_>, most: usize) -> bool {
        let mut room = true;
        for packet in rtcp::packets(bytes).flatten() {
            match packet {
                Packet::Sender(report) => {
                    room &= self.sender(&report, packed, most);
                    for block in report.blocks() {
                        room &= self.receiver(block, packed, most);
                    }
                }
                Packet::Receiver(report) => {
                    for block in report.blocks() {
                        room &= self.receiver(block, packed, most);
                    }
                }
                _ => {}
            }
        }
        room
    }

    fn sender(&mut self, report: &SenderReport<'_>, packed: &Packed<'_>, most: usize) -> bool {
        let account = self.account(Teller::Rtcp, packed.flow, Some(report.ssrc), packed, most);
        account.map(|account| account.sent = Some(report.packets)).is_some()
    }

    fn receiver(&mut self, block: ReportBlock, packed: &Packed<'_>, most: usize) -> bool {
        // The receiver of the stream sends the report.
        let flow = Flow::new(packed.flow.dst, packed.flow.src);
        let account = self.account(Teller::Rtcp, flow, Some(block.ssrc), packed, most);
        let Some(account) = account else { return false };
        account.worst_fraction = account.worst_fraction.max(Some(block.fraction_lost));
        account.max_jitter = account.max_jitter.max(Some(block.jitter));
        account.block = Some(block);
        true
    }

    /// An agent's report; `false` when there was no room for it.
    pub fn report(&mut self, report: MediaReport, packed: &Packed<'_>, most: usize) -> bool {
        let flow = report.flow.unwrap_or(packed.flow);
        let call_id = report.call_id.clone();
        let of = call_id.as_deref().map(str::as_bytes).or(packed.correlation);
        let packed = Packed { correlation: of, ..*packed };
        let account = self.account(Teller::Agent, flow, report.ssrc, &packed, most);
        account.map(|account| account.report = Some(report)).is_some()
    }

    fn account(
        &mut self,
        teller: Teller,
        flow: Flow,
        ssrc: Option<Ssrc>,
        packed: &Packed<'_>,
        most: usize,
    ) -> Option<&mut Account> {
        let call_id = packed.correlation.filter(|id| !id.is_empty() && id.len() <= LONGEST)?;
        self.of(call_id, most)?;
        let room = self.kept < most;
        let told = self.told.get_mut(&*String::from_utf8_lossy(call_id))?;
        told.last_at = told.last_at.max(packed.origin.1);
        let same = |known: &Account| (known.teller, known.flow, known.ssrc) == (teller, flow, ssrc);
        let index = if let Some(index) = told.accounts.iter().position(same) {
            index
        } else if room && told.accounts.len() < ACCOUNTS {
            told.accounts.push(Account {
                teller,
                agent: packed.agent,
                flow,
                ssrc,
                reports: 0,
                first: packed.origin,
                last_at: packed.origin.1,
                sent: None,
                block: None,
                worst_fraction: None,
                max_jitter: None,
                report: None,
            });
            self.kept += 1;
            told.accounts.len().saturating_sub(1)
        } else {
            return None;
        };
        let account = told.accounts.get_mut(index)?;
        account.reports += 1;
        account.last_at = packed.origin.1;
        Some(account)
    }

    fn of(&mut self, call_id: &[u8], most: usize) -> Option<&mut Told> {
        let call_id = String::from_utf8_lossy(call_id);
        if !self.told.contains_key(&*call_id) {
            if self.kept >= most {
                return None;
            }
            self.kept += 1;
            self.told.insert(call_id.as_ref().into(), Told::default());
        }
        self.told.get_mut(&*call_id)
    }

    /// What is told of the call with this Call-ID.
    pub fn about(&self, call_id: &str) -> Option<&Told> {
        self.told.get(call_id)
    }

    /// Takes out what is told of the calls for which `goes` says so, and forgets what was
    /// last told before `before` of calls that it does not know.
    #[must_use]
    pub fn take_out(&mut self, goes: impl Fn(&str) -> Option<bool>, before: Timestamp) -> Self {
        let mut out = Self::default();
        let gone =
            self.told.extract_if(|call_id, told| goes(call_id).unwrap_or(told.last_at < before));
        for (call_id, told) in gone {
            out.kept += 1 + told.accounts.len();
            if goes(&call_id).is_some() {
                out.told.insert(call_id, told);
            }
        }
        self.kept = self.kept.saturating_sub(out.kept);
        out
    }

    /// Bytes in use, about.
    pub const fn bytes(&self) -> usize {
        self.kept * (size_of::<Account>() + size_of::<Told>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::flow::Endpoint;

    fn end(host: u8, port: u16) -> Endpoint {
        Endpoint::new([192, 0, 2, host].into(), port)
    }

    fn packed(id: &[u8]) -> Packed<'_> {
        Packed {
            flow: Flow::new(end(2, 4001), end(1, 4001)),
            agent: Some(2001),
            correlation: Some(id),
            origin: (FrameNo::new(0, 3), Timestamp::from_micros(5)),
        }
    }

    fn receiver_report(jitter: u32) -> Vec<u8> {
        let words = [0x81c9_0007, 1, 7, 0x4000_0003, 900, jitter, 0, 0];
        words.into_iter().flat_map(u32::to_be_bytes).collect()
    }

    #[test]
    fn what_receivers_say_is_added_up_by_stream() {
        let mut mirrored = Mirrored::default();
        assert!(mirrored.rtcp(&receiver_report(80), &packed(b"call-1"), 10));
        assert!(mirrored.rtcp(&receiver_report(40), &packed(b"call-1"), 10));
        let [account] = &mirrored.about("call-1").unwrap().accounts[..] else { panic!() };
        assert_eq!((account.ssrc, account.reports), (Some(Ssrc(7)), 2));
        assert_eq!(account.flow, Flow::new(end(1, 4001), end(2, 4001)));
        assert_eq!((account.max_jitter, account.worst_fraction), (Some(80), Some(64)));
        assert_eq!(account.block.unwrap().cumulative_lost, 3);
        let late = Timestamp::from_micros(9);
        let stays = mirrored.take_out(|_| Some(false), late);
        assert!(stays.about("call-1").is_none() && mirrored.about("call-1").is_some());
        let left = mirrored.take_out(|_| Some(true), late);
        assert!(left.about("call-1").is_some());
        assert_eq!((mirrored.about("call-1"), mirrored.kept), (None, 0));
        // Of what nobody knows only the latest is kept.
        assert!(mirrored.rtcp(&receiver_report(80), &packed(b"nobody"), 10));
        let _ = mirrored.take_out(|_| None, Timestamp::from_micros(5));
        assert!(mirrored.about("nobody").is_some());
        assert!(mirrored.take_out(|_| None, late).about("nobody").is_none());
        assert_eq!((mirrored.about("nobody"), mirrored.kept), (None, 0));
    }

    #[test]
    fn a_message_tells_its_agent_and_the_id_of_others() {
        let mut mirrored = Mirrored::default();
        for id in ["call-1", "other", "other"] {
            assert!(mirrored.message(b"call-1", &packed(id.as_bytes()), 10));
        }
        let told = mirrored.about("call-1").unwrap();
        assert_eq!((&*told.agents, &*told.correlations), (&[2001][..], &["other".into()][..]));
    }

    #[test]
    fn what_there_is_no_room_for_is_said() {
        let mut mirrored = Mirrored::default();
        assert!(mirrored.rtcp(&receiver_report(1), &packed(b"call-1"), 2));
        assert!(!mirrored.rtcp(&receiver_report(1), &packed(b"call-2"), 2));
        assert!(!mirrored.message(b"call-3", &packed(b"call-3"), 2));
        assert!(mirrored.message(b"call-1", &packed(b"call-1"), 2));
        assert!(!mirrored.rtcp(&receiver_report(1), &packed(b""), 2));
    }
}
