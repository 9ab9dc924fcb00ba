//! What a scenario keeps of its calls: dialogs and transactions (RFC 3261
//! sections 12 and 17).

use std::collections::BTreeMap;

use super::hosts::{Host, Hosts};
use super::message::Message;
use super::words::Words;

/// What every line has.
pub(crate) struct At<'a> {
    pub(crate) label: String,
    pub(crate) src: &'a Host,
    pub(crate) dst: &'a Host,
    pub(crate) hosts: &'a Hosts,
}

/// A request on one hop.
#[derive(Clone, Debug)]
pub(crate) struct Transaction {
    pub(crate) src: String,
    pub(crate) dst: String,
    pub(crate) method: String,
    pub(crate) cseq: String,
    /// Via values, topmost first.
    pub(crate) vias: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) uri: String,
    /// The contact that a REGISTER binds.
    pub(crate) contact: Option<String>,
    /// The final response on this hop, and its To.
    pub(crate) last: Option<(u16, String)>,
}

/// What is kept of a Call-ID.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: String,
    /// The host that sent the first request.
    pub(crate) caller: String,
    pub(crate) from: String,
    pub(crate) to: String,
    /// Tags of hosts that differ from the usual.
    pub(crate) tags: BTreeMap<String, String>,
    /// The callee's tag, and whether a 2xx confirmed it.
    pub(crate) remote: Option<(String, bool)>,
    pub(crate) cseq: BTreeMap<String, u32>,
    pub(crate) transactions: Vec<Transaction>,
    /// Responses with a To tag: receiver, status, CSeq, that tag.
    pub(crate) responses: Vec<(String, u16, String, String)>,
    /// The latest challenge: who received it, and with which status.
    pub(crate) challenge: Option<(String, u16)>,
    pub(crate) rseq: u32,
}

impl Call {
    /// The call that a first request opens.
    pub(crate) fn open(at: &At<'_>, method: &str) -> Self {
        let callee = match at.hosts.find("B") {
            _ if matches!(method, "REGISTER" | "PUBLISH") => at.src,
            Some(b) if at.dst.is_proxy() && b != at.src => b,
            _ => at.dst,
        };
        Self {
            id: format!("call-{}@example.com", at.label),
            caller: at.src.name.clone(),
            from: format!("<{}>", at.src.uri()),
            to: format!("<{}>", callee.uri()),
            tags: BTreeMap::new(),
            remote: None,
            cseq: BTreeMap::new(),
            transactions: Vec::new(),
            responses: Vec::new(),
            challenge: None,
            rseq: 1,
        }
    }

    /// `b1` is B's tag in call 1.
    pub(crate) fn tag_of(&self, host: &Host, label: &str) -> String {
        let usual = || format!("{}{label}", host.name.to_lowercase());
        self.tags.get(&host.name).cloned().unwrap_or_else(usual)
    }

    /// A request that its sender begins.
    pub(crate) fn begin(&mut self, at: &At<'_>, method: &str, own_via: String) -> Transaction {
        let number = self.cseq.entry(at.src.name.clone()).or_default();
        *number += 1;
        let number = *number;
        let outside = matches!(method, "REGISTER" | "PUBLISH" | "MESSAGE");
        let early = matches!(method, "PRACK" | "UPDATE" | "BYE" | "INFO");
        let (from, to) = if self.caller == at.src.name {
            let known = self.remote.as_ref().filter(|(_, confirmed)| *confirmed || early);
            let tag = known.filter(|_| !outside).map(|(tag, _)| format!(";tag={tag}"));
            let own = self.tag_of(at.src, &at.label);
            let to = format!("{}{}", self.to, tag.unwrap_or_default());
            (format!("{};tag={own}", self.from), to)
        } else {
            let own = self.tag_of(at.src, &at.label);
            let own = self.remote.as_ref().map_or(own, |(tag, _)| tag.clone());
            let caller = at.hosts.find(&self.caller);
            let theirs = caller.map(|caller| self.tag_of(caller, &at.label));
            let to = format!("{};tag={}", self.from, theirs.unwrap_or_default());
            (format!("{};tag={own}", self.to), to)
        };
        let uri = to.split(['<', '>']).nth(1).unwrap_or(&to).to_owned();
        Transaction {
            src: String::new(),
            dst: String::new(),
            method: String::new(),
            cseq: format!("{number} {method}"),
            vias: vec![own_via],
            from,
            to,
            uri,
            contact: None,
            last: None,
        }
    }

    /// The INVITE that an ACK or CANCEL belongs to: of its hop; for an ACK to a
    /// 2xx, which goes past the proxies, else the sender's own.
    pub(crate) fn invite_of(&self, src: &str, dst: &str, ack: bool) -> Option<&Transaction> {
        let mut invites = self.transactions.iter().rev().filter(|known| known.method == "INVITE");
        let mut of_sender = invites.clone().filter(|known| known.src == src);
        let ended = |known: &&Transaction| !ack || known.last.is_some();
        let of_hop = invites.find(|known| known.src == src && known.dst == dst && ended(known));
        of_hop.or_else(|| of_sender.find(|known| ack && ended(known)))
    }

    pub(crate) fn open_request(
        &self,
        at: &At<'_>,
        status: u16,
        method: Option<&str>,
    ) -> Option<usize> {
        let of_hop = |known: &Transaction| {
            known.src == at.dst.name && known.dst == at.src.name && known.method != "ACK"
        };
        let find = |wanted: &dyn Fn(&Transaction) -> bool| {
            self.transactions.iter().rposition(|known| of_hop(known) && wanted(known))
        };
        let open = |known: &Transaction| known.last.is_none();
        match method {
            Some(method) => find(&|known| known.method == method && open(known))
                .or_else(|| find(&|known| known.method == method)),
            None if status < 200 => {
                find(&|known| known.method == "INVITE" && open(known)).or_else(|| find(&open))
            }
            None => find(&open),
        }
    }

    /// Takes what a response says of the dialog.
    pub(crate) fn learn(&mut self, at: &At<'_>, status: u16, index: usize, answered: &Transaction) {
        let tag = answered.to.split_once(";tag=").map(|(_, tag)| tag.to_owned());
        if let Some(tag) = &tag {
            let row = (at.dst.name.clone(), status, answered.cseq.clone(), tag.clone());
            self.responses.push(row);
        }
        if status >= 200 {
            self.transactions[index].last = Some((status, answered.to.clone()));
        }
        let dialog = matches!(&*answered.method, "INVITE" | "SUBSCRIBE" | "REFER");
        let by_caller = answered.from.starts_with(&self.from);
        let confirmed = self.remote.as_ref().is_some_and(|(_, confirmed)| *confirmed);
        if let (Some(tag), 101..=299, true, true, false) =
            (tag, status, dialog, by_caller, confirmed)
        {
            self.remote = Some((tag, status >= 200));
        }
    }
}

impl Transaction {
    pub(crate) fn identify(&self, call_id: &str, message: &mut Message) {
        message.add("From", &self.from);
        message.add("To", &self.to);
        message.add("Call-ID", call_id);
        message.add("CSeq", &self.cseq);
    }
}

/// What a line says otherwise than follows from the lines above it.
pub(crate) fn override_with(words: &mut Words, transaction: &mut Transaction, method: &str) {
    let retag = |address: &mut String, tag: String| {
        let bare = address.split(";tag=").next().unwrap_or_default();
        let tag = if tag == "-" { String::new() } else { format!(";tag={tag}") };
        *address = [bare, &tag].concat();
    };
    if let Some(tag) = words.value("from-tag") {
        retag(&mut transaction.from, tag);
    }
    if let Some(tag) = words.value("to-tag") {
        retag(&mut transaction.to, tag);
    }
    if let Some(cseq) = words.value("cseq") {
        let method = if method.is_empty() { &transaction.method } else { method };
        transaction.cseq = format!("{cseq} {method}");
    }
    transaction.uri = words.value("uri").unwrap_or_else(|| transaction.uri.clone());
}
