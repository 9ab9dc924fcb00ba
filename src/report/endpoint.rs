//! Hosts: who signals and who sends media, over all conversations of a report.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::Report;
use super::call::{CallRow, PartyRow};
use super::message::MessageRow;
use super::stream::StreamRow;

/// Ports and user agents kept of one host.
const MOST_NAMED: usize = 16;

/// A host: an IP address that signals or sends or receives media.
#[derive(Clone, PartialEq, Debug)]
pub struct EndpointRow {
    /// Its address.
    pub ip: IpAddr,
    /// Ports that it signals from, in the order of appearance; the first 16.
    pub ports: Vec<u16>,
    /// What it does: `caller`, `callee`, `proxy`, `client` and `registrar` (of
    /// registrations), `media`.
    pub roles: Vec<&'static str>,
    /// User-Agent and Server of calls that it is an end of; the first 16.
    pub user_agents: Vec<String>,
    /// Transports that it signals over.
    pub transports: Vec<&'static str>,
    /// When the first message or packet from or to it came.
    pub first_time: String,
    /// When the last one did.
    pub last_time: String,
    /// Calls that it placed.
    pub calls_placed: u64,
    /// Calls that it received.
    pub calls_received: u64,
    /// Of these, placed or received, those that were answered.
    pub calls_answered: u64,
    /// Those that were neither answered nor cancelled nor are in progress.
    pub calls_failed: u64,
    /// Registrations in which it takes part.
    pub registrations: u64,
    /// SIP messages that it sent.
    pub messages_sent: u64,
    /// SIP messages that it was sent.
    pub messages_received: u64,
    /// Messages that it sent again.
    pub retransmissions: u64,
    /// RTP streams that it sent.
    pub streams_sent: u64,
    /// RTP streams that it was sent.
    pub streams_received: u64,
    /// RTP packets that it sent.
    pub packets_sent: u64,
    /// RTP packets that reached it.
    pub packets_received: u64,
    /// Lowest MOS-LQ of the streams that it was sent.
    pub mos_received: Option<f64>,
}

/// The hosts of a report, in the order in which they appear.
pub fn endpoints(report: &Report<'_>) -> Vec<EndpointRow> {
    let mut hosts = Hosts::default();
    for call in report.calls.iter() {
        hosts.call(&call);
    }
    for registration in report.registrations.iter() {
        hosts.messages(&registration.messages);
        let ends = registration.messages.first().map(|first| (first.src, first.dst));
        if let Some((client, registrar)) = ends {
            for (address, role) in [(client, "client"), (registrar, "registrar")] {
                let Some(host) = address.and_then(|address| hosts.known(address.ip)) else {
                    continue;
                };
                host.registrations += 1;
                push(&mut host.roles, role);
            }
        }
    }
    for dialog in report.dialogs.iter() {
        hosts.messages(&dialog.messages);
    }
    for stream in report.streams.iter() {
        hosts.stream(&stream);
    }
    hosts.rows.sort_by(|a, b| a.first_time.cmp(&b.first_time));
    hosts.rows
}

#[derive(Default)]
struct Hosts {
    rows: Vec<EndpointRow>,
    places: HashMap<IpAddr, usize>,
}

impl Hosts {
    fn known(&mut self, ip: IpAddr) -> Option<&mut EndpointRow> {
        self.rows.get_mut(*self.places.get(&ip)?)
    }

    /// The host of an address, seen from `first` to `last`.
    fn seen(&mut self, ip: IpAddr, first: &str, last: &str) -> Option<&mut EndpointRow> {
        let place = *self.places.entry(ip).or_insert_with(|| {
            self.rows.push(EndpointRow::new(ip, first));
            self.rows.len() - 1
        });
        let host = self.rows.get_mut(place)?;
        // All times of a report have the same number of digits.
        if first < host.first_time.as_str() {
            first.clone_into(&mut host.first_time);
        }
        if last > host.last_time.as_str() {
            last.clone_into(&mut host.last_time);
        }
        Some(host)
    }

    fn messages(&mut self, messages: &[MessageRow<'_>]) {
        for message in messages {
            for (address, sends) in [(message.src, true), (message.dst, false)] {
                let Some(address) = address else { continue };
                let Some(host) = self.seen(address.ip, &message.time, &message.time) else {
                    continue;
                };
                push_few(&mut host.ports, address.port);
                push(&mut host.transports, message.transport);
                host.messages_sent += u64::from(sends);
                host.messages_received += u64::from(!sends);
                host.retransmissions += u64::from(sends && message.retransmission_of.is_some());
            }
        }
    }

    fn call(&mut self, call: &CallRow<'_>) {
        self.messages(&call.messages);
        let answered = matches!(call.state, "answered" | "completed");
        let failed = matches!(call.state, "rejected" | "failed" | "timed_out" | "redirected");
        let ends = [(&call.caller, "caller"), (&call.callee, "callee")];
        for (party, role) in ends {
            let Some(host) = party.address.and_then(|address| self.known(address.ip)) else {
                continue;
            };
            push(&mut host.roles, role);
            host.calls_placed += u64::from(role == "caller");
            host.calls_received += u64::from(role == "callee");
            host.calls_answered += u64::from(answered);
            host.calls_failed += u64::from(failed);
            if let Some(agent) = &party.user_agent {
                push_few(&mut host.user_agents, agent.clone());
            }
        }
        let is_end = |ip: IpAddr| {
            let is = |party: &PartyRow| party.address.is_some_and(|address| address.ip == ip);
            is(&call.caller) || is(&call.callee)
        };
        for address in call.messages.iter().flat_map(|message| [message.src, message.dst]).flatten()
        {
            if !is_end(address.ip)
                && let Some(host) = self.known(address.ip)
            {
                push(&mut host.roles, "proxy");
            }
        }
    }

    fn stream(&mut self, stream: &StreamRow) {
        let (first, last) = (&stream.first_time, &stream.last_time);
        if let Some(host) = self.seen(stream.src.ip, first, last) {
            push(&mut host.roles, "media");
            host.streams_sent += 1;
            host.packets_sent += stream.packets;
        }
        if let Some(host) = self.seen(stream.dst.ip, first, last) {
            push(&mut host.roles, "media");
            host.streams_received += 1;
            host.packets_received += stream.packets;
            let (known, here) = (host.mos_received, stream.quality.mos_lq);
            host.mos_received = known.into_iter().chain(here).min_by(f64::total_cmp);
        }
    }
}

impl EndpointRow {
    fn new(ip: IpAddr, first: &str) -> Self {
        Self {
            ip,
            ports: Vec::new(),
            roles: Vec::new(),
            user_agents: Vec::new(),
            transports: Vec::new(),
            first_time: first.to_owned(),
            last_time: first.to_owned(),
            calls_placed: 0,
            calls_received: 0,
            calls_answered: 0,
            calls_failed: 0,
            registrations: 0,
            messages_sent: 0,
            messages_received: 0,
            retransmissions: 0,
            streams_sent: 0,
            streams_received: 0,
            packets_sent: 0,
            packets_received: 0,
            mos_received: None,
        }
    }
}

/// Adds what is not there yet.
fn push<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if !list.contains(&one) {
        list.push(one);
    }
}

/// The same, up to a bound.
fn push_few<T: PartialEq>(list: &mut Vec<T>, one: T) {
    if list.len() < MOST_NAMED {
        push(list, one);
    }
}
