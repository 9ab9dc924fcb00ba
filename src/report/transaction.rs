//! Rows of transactions, and of the hops over which messages went.

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::message::CseqRow;
use super::value::{Address, FrameRef};
use crate::base::time::{Span, Timestamp};
use crate::base::units::rounded;
use crate::track::conversation::Conversation;
use crate::track::hops::Travels;
use crate::track::message::{Message, Start};
use crate::track::transaction::{Oddity, Transaction, transactions};

/// A transaction as it looks from outside (RFC 3261 section 17, RFC 6026).
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct TransactionRow<'a> {
    /// Its place in the list that it stands in, 1-based.
    pub number: usize,
    /// Call-ID.
    pub call_id: &'a str,
    /// The method of its CSeq.
    pub method: Option<&'a str>,
    /// Branch of the topmost Via; null where there is none (RFC 2543).
    pub branch: Option<&'a str>,
    /// CSeq.
    pub cseq: Option<CseqRow<'a>>,
    /// Which hop, counted from the sender of the request.
    pub hop: u16,
    /// Who sent the request on this hop.
    pub client: Address,
    /// Who answers it on this hop.
    pub server: Address,
    /// `calling`, `trying`, `proceeding`, `completed`, `confirmed`, `accepted` or `terminated`.
    #[schemars(extend("enum" = ["calling", "trying", "proceeding", "completed", "confirmed", "accepted", "terminated"]))]
    pub state: &'static str,
    /// `succeeded`, `redirected`, `challenged`, `cancelled`, `refused`,
    /// `timed_out` or `unfinished`.
    #[schemars(extend("enum" = ["succeeded", "redirected", "challenged", "cancelled", "refused", "timed_out", "unfinished"]))]
    pub outcome: &'static str,
    /// The request; null when only responses were seen.
    pub request_frame: Option<FrameRef>,
    /// The first response.
    pub first_response_frame: Option<FrameRef>,
    /// The final response that decided it.
    pub final_frame: Option<FrameRef>,
    /// Its status code.
    pub final_status: Option<u16>,
    /// The ACK of the final response to an INVITE.
    pub ack_frame: Option<FrameRef>,
    /// Request to first response.
    pub response_ms: Option<f64>,
    /// Request to final response.
    pub final_ms: Option<f64>,
    /// What was sent again.
    pub retransmissions: Vec<RepeatRow>,
    /// `timer_b`: no response to an INVITE in 32 s; `timer_f`: no final response to another
    /// request; `timer_h`: no ACK to a refusal; `no_ack`: none to a 2xx.
    #[schemars(extend("enum" = ["timer_b", "timer_f", "timer_h", "no_ack", null]))]
    pub timeout: Option<&'static str>,
    /// The CANCEL of an INVITE.
    pub cancel_frame: Option<FrameRef>,
    /// The transaction of the hop before, whose request this one passes on, by its `number`.
    pub forwarded_from: Option<usize>,
    /// Reliable provisional responses and their PRACKs (RFC 3262).
    pub reliable: Vec<ReliableRow>,
    /// What is not as the RFCs have it.
    pub abnormal: Vec<&'static str>,
}

/// A message that was sent again.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RepeatRow {
    /// The copy.
    pub frame: FrameRef,
    /// Time since the copy before.
    pub interval_ms: f64,
    /// `timer_a`, `timer_e`, `timer_g`, `answer_without_ack`, `provisional_without_prack`,
    /// `request_came_again`; null where its time fits none.
    pub why: Option<&'static str>,
}

/// A reliable provisional response.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ReliableRow {
    /// Its RSeq.
    pub rseq: u32,
    /// Its frame.
    pub frame: FrameRef,
    /// The PRACK; null when none was seen.
    pub prack_frame: Option<FrameRef>,
}

/// What passed between two neighbours of a call.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct HopRow {
    /// Which hop, counted from the sender of the requests.
    pub hop: u16,
    /// Who sends requests.
    pub client: Address,
    /// Who receives them.
    pub server: Address,
    /// Messages that went over it in both directions, retransmissions included.
    pub messages: u64,
    /// From a request's arrival at the client to its leaving over this hop.
    pub request_delay_ms: HopDelayRow,
    /// From a response's arrival over this hop at the client to its leaving over the hop before.
    pub response_delay_ms: HopDelayRow,
}

/// How long an element took to pass messages on.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct HopDelayRow {
    /// Messages passed on.
    pub messages: u64,
    /// Mean.
    pub mean: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

/// The row of a transaction; `first` transactions of the call come before those
/// of its conversation.
pub(super) fn row<'a>(
    context: &Context<'_>,
    conversation: &'a Conversation,
    transaction: &Transaction,
    list: &[Transaction],
    (index, first): (usize, usize),
) -> TransactionRow<'a> {
    let message = |index: u32| conversation.messages.get(index as usize);
    let frame = |index: u32| message(index).map(|message| context.frame(message.frame));
    let at = |index: u32| message(index).map(|message| message.at);
    let begin: Option<&'a Message> = message(transaction.first);
    let last = transaction.last(conversation);
    let sent = transaction.request.and_then(at);
    let after = |index: Option<u32>| Some(index.and_then(at)?.since(sent?).as_ms());
    TransactionRow {
        number: first + index + 1,
        call_id: conversation.call_id(),
        method: begin.and_then(|message| conversation.cseq_of(message)).map(|(_, method)| method),
        branch: begin.and_then(|message| conversation.branch_of(message)),
        cseq: begin
            .and_then(|message| conversation.cseq_of(message))
            .map(|(number, method)| CseqRow { number, method }),
        hop: transaction.hop,
        client: transaction.client.into(),
        server: transaction.server.into(),
        state: transaction.state.name(),
        outcome: transaction.outcome.name(),
        request_frame: transaction.request.and_then(frame),
        first_response_frame: transaction.first_response().and_then(frame),
        final_frame: last.and_then(|(index, _)| frame(index)),
        final_status: last.map(|(_, status)| status),
        ack_frame: transaction.ack.and_then(frame),
        response_ms: after(transaction.first_response()),
        final_ms: after(last.map(|(index, _)| index)),
        retransmissions: transaction
            .repeats
            .iter()
            .filter_map(|repeat| {
                Some(RepeatRow {
                    frame: frame(repeat.message)?,
                    interval_ms: repeat.interval.as_ms(),
                    why: repeat.why.map(crate::track::retransmission::Why::name),
                })
            })
            .collect(),
        timeout: transaction.timeout.map(crate::track::transaction::Timeout::name),
        cancel_frame: transaction.cancel.and_then(|at| list.get(at)?.request).and_then(frame),
        forwarded_from: transaction.upstream.map(|at| first + at + 1),
        reliable: transaction
            .reliable
            .iter()
            .filter_map(|one| {
                Some(ReliableRow {
                    rseq: one.rseq,
                    frame: frame(one.response)?,
                    prack_frame: one.prack.and_then(frame),
                })
            })
            .collect(),
        abnormal: transaction.oddities.iter().map(|oddity| Oddity::name(*oddity)).collect(),
    }
}

/// The transactions and hops of a conversation that is no call.
pub(super) fn all<'a>(
    context: &Context<'_>,
    conversation: &'a Conversation,
    travels: &Travels,
) -> (Vec<TransactionRow<'a>>, Vec<HopRow>) {
    let list = transactions(conversation, travels, context.snapshot.now());
    let rows = list
        .iter()
        .enumerate()
        .map(|(index, one)| row(context, conversation, one, &list, (index, 0)))
        .collect();
    (rows, hops(conversation, travels))
}

#[derive(Default)]
struct Delays {
    messages: u64,
    sum: f64,
    max: Option<Span>,
}

impl Delays {
    fn add(&mut self, delay: Span) {
        self.messages += 1;
        self.sum += delay.as_ms();
        self.max = self.max.max(Some(delay));
    }

    fn row(&self) -> HopDelayRow {
        HopDelayRow {
            messages: self.messages,
            mean: (self.messages > 0).then(|| self.sum / self.messages as f64).and_then(rounded),
            max: self.max.map(Span::as_ms),
        }
    }
}

/// The branches of a parallel fork leave within this of each other.
const AT_ONCE: Span = Span::from_millis(200);
/// Hops of one call that are listed; a call that was forked to more has its messages.
const MAX_HOPS: usize = 256;

/// The hops of a conversation, nearest the sender of the first request first.
pub(super) fn hops(conversation: &Conversation, travels: &Travels) -> Vec<HopRow> {
    struct Hop {
        row: HopRow,
        first: Timestamp,
        requests: Delays,
        responses: Delays,
    }
    let mut hops: Vec<Hop> = Vec::new();
    let mut sent: HashMap<u32, Timestamp> = HashMap::new();
    for (index, message) in (0_u32..).zip(&conversation.messages) {
        let Some(flow) = conversation.flow_of(message).filter(|_| message.copy_of.is_none()) else {
            continue;
        };
        let is_request = matches!(message.start, Start::Request(_));
        let (client, server) = if is_request { (flow.src, flow.dst) } else { (flow.dst, flow.src) };
        let number = travels.get(index).hop;
        let same = |hop: &&mut Hop| {
            hop.row.hop == number
                && hop.row.client == Address::from(client)
                && hop.row.server == Address::from(server)
        };
        if hops.iter_mut().find(same).is_none() {
            if hops.len() >= MAX_HOPS {
                continue;
            }
            hops.push(Hop {
                row: HopRow {
                    hop: number,
                    client: client.into(),
                    server: server.into(),
                    messages: 0,
                    request_delay_ms: HopDelayRow::default(),
                    response_delay_ms: HopDelayRow::default(),
                },
                first: message.at,
                requests: Delays::default(),
                responses: Delays::default(),
            });
        }
        if let Some(hop) = hops.iter_mut().find(same) {
            hop.row.messages += 1;
            // What is sent once another branch has failed did not wait in the element.
            let before = travels.get(index).before.filter(|_| is_request);
            let again = before.is_some_and(|(before, _)| {
                let first = *sent.entry(before).or_insert(message.at);
                message.at.since(first) > AT_ONCE
            });
            if let (true, false, Some(delay)) =
                (is_request, again, travels.delay(conversation, index))
            {
                hop.requests.add(delay);
            }
        }
        // A response left the element that it reached over the hop beyond.
        let beyond = travels.get(index).before.filter(|_| !is_request);
        let beyond = beyond.and_then(|(before, _)| {
            let of = conversation.messages.get(before as usize)?;
            Some((travels.get(before).hop, conversation.flow_of(of)?))
        });
        if let (Some((number, flow)), Some(delay)) = (beyond, travels.delay(conversation, index)) {
            let hop = hops.iter_mut().find(|hop| {
                hop.row.hop == number
                    && hop.row.client == Address::from(flow.dst)
                    && hop.row.server == Address::from(flow.src)
            });
            if let Some(hop) = hop {
                hop.responses.add(delay);
            }
        }
    }
    hops.sort_by_key(|hop| (hop.row.hop, hop.first));
    let row = |hop: Hop| HopRow {
        request_delay_ms: hop.requests.row(),
        response_delay_ms: hop.responses.row(),
        ..hop.row
    };
    hops.into_iter().map(row).collect()
}
