//! SIP messages as telephones and gateways write them.

use std::fmt::{self, Write};

use super::codec::EVENT_TYPE;
use super::dialog::Dialog;
use super::script::{Message, Step};

/// The domain of both users.
const DOMAIN: &str = "example.com";
/// What the gateways call themselves.
const GATEWAY: &str = "Example Gateway 7.4";

/// Writes a message of a call behind what `out` holds.
pub(crate) fn write(dialog: &Dialog, step: &Step, out: &mut String) {
    let text = Text { dialog, step };
    text.start_line(out);
    text.vias(out);
    text.dialog_fields(out);
    text.other_fields(out);
    match step.message {
        Message::Invite => text.description(0, out),
        Message::Answer => text.description(1, out),
        _ => line(out, format_args!("Content-Length: 0\r\n")),
    }
}

struct Text<'a> {
    dialog: &'a Dialog,
    step: &'a Step,
}

fn line(out: &mut String, text: fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = out.write_fmt(text);
    out.push_str("\r\n");
}

/// The request that a message is or answers, as CSeq names it.
const fn method(message: Message) -> &'static str {
    match message {
        Message::Cancel | Message::CancelOk => "CANCEL",
        Message::Bye { .. } | Message::ByeOk { .. } => "BYE",
        Message::Ack | Message::AckRefusal => "ACK",
        _ => "INVITE",
    }
}

/// The status code and phrase of a response.
const fn status(message: Message) -> Option<&'static str> {
    Some(match message {
        Message::Trying => "100 Trying",
        Message::Ringing => "180 Ringing",
        Message::Answer | Message::CancelOk | Message::ByeOk { .. } => "200 OK",
        Message::Challenge => "407 Proxy Authentication Required",
        Message::Unavailable => "480 Temporarily Unavailable",
        Message::Busy => "486 Busy Here",
        Message::Terminated => "487 Request Terminated",
        Message::Invite
        | Message::Ack
        | Message::AckRefusal
        | Message::Cancel
        | Message::Bye { .. } => return None,
    })
}

impl Text<'_> {
    fn by_callee(&self) -> bool {
        matches!(
            self.step.message,
            Message::Bye { by_callee: true } | Message::ByeOk { by_callee: true }
        )
    }

    fn caller(&self) -> u64 {
        1_000 + self.dialog.number % 9_000
    }

    fn callee(&self) -> u64 {
        2_025_550_000 + self.dialog.number % 10_000
    }

    /// What a URI says of the transport; UDP goes without saying.
    fn transport_parameter(&self) -> &'static str {
        if self.dialog.tcp { ";transport=tcp" } else { "" }
    }

    fn start_line(&self, out: &mut String) {
        let (dialog, message) = (self.dialog, self.step.message);
        if let Some(status) = status(message) {
            line(out, format_args!("SIP/2.0 {status}"));
            return;
        }
        let method = method(message);
        match message {
            Message::Bye { by_callee: true } => {
                let (user, host) = (self.caller(), dialog.nodes[0]);
                line(out, format_args!("{method} sip:{user}@{host} SIP/2.0"));
            }
            Message::Ack | Message::Bye { .. } => {
                let (user, host) = (self.callee(), dialog.nodes[dialog.last()]);
                line(out, format_args!("{method} sip:+1{user}@{host} SIP/2.0"));
            }
            _ => {
                let user = self.callee();
                line(out, format_args!("{method} sip:+1{user}@{DOMAIN};user=phone SIP/2.0"));
            }
        }
    }

    /// One `Via` of each node that the request has passed, the latest on top.
    fn vias(&self, out: &mut String) {
        let Step { from, to, message, attempt, .. } = *self.step;
        let top = if status(message).is_some() { to } else { from };
        let (transaction, hop_by_hop) = match message {
            Message::Ack => (3, false),
            Message::Bye { .. } | Message::ByeOk { .. } => (4, false),
            Message::AckRefusal | Message::Cancel | Message::CancelOk => (attempt, true),
            _ => (attempt, false),
        };
        let mut via = |node: usize| {
            let transport = if self.dialog.tcp { "TCP" } else { "UDP" };
            let (host, branch) = (self.dialog.nodes[node], self.dialog.branch(transaction, node));
            // The port is asked for with the first `rport` and stated by whoever receives it.
            let stated = if node == top && status(message).is_none() {
                String::new()
            } else {
                format!("={};received={}", host.port(), host.ip())
            };
            line(
                out,
                format_args!(
                    "Via: SIP/2.0/{transport} {host};branch=z9hG4bK{branch};rport{stated}"
                ),
            );
        };
        if hop_by_hop {
            via(top);
        } else if self.by_callee() {
            (top..=self.dialog.last()).for_each(via);
        } else {
            (0..=top).rev().for_each(via);
        }
    }

    /// Max-Forwards, Route, Record-Route, From, To, Call-ID and CSeq.
    fn dialog_fields(&self, out: &mut String) {
        let (dialog, Step { from, to, message, attempt, .. }) = (self.dialog, *self.step);
        if status(message).is_none() {
            let passed = if self.by_callee() { dialog.last() - from } else { from };
            line(out, format_args!("Max-Forwards: {}", 70 - passed));
        }
        if dialog.nodes.len() == 3 {
            let (proxy, transport) = (dialog.nodes[1], self.transport_parameter());
            let to_proxy = matches!(message, Message::Ack | Message::Bye { .. }) && to == 1;
            let recorded = matches!(message, Message::Ringing | Message::Answer)
                || message == Message::Invite && from == 1;
            if to_proxy {
                line(out, format_args!("Route: <sip:{proxy}{transport};lr>"));
            } else if recorded {
                line(out, format_args!("Record-Route: <sip:{proxy}{transport};lr>"));
            }
        }
        let (caller, callee) = (self.caller(), self.callee());
        let (caller_tag, callee_tag) = (dialog.caller_tag(), dialog.callee_tag(attempt));
        if self.by_callee() {
            line(out, format_args!("From: <sip:+1{callee}@{DOMAIN}>;tag={callee_tag}"));
            line(
                out,
                format_args!("To: \"Desk {caller}\" <sip:{caller}@{DOMAIN}>;tag={caller_tag}"),
            );
        } else {
            line(
                out,
                format_args!("From: \"Desk {caller}\" <sip:{caller}@{DOMAIN}>;tag={caller_tag}"),
            );
            if matches!(message, Message::Invite | Message::Trying | Message::Cancel) {
                line(out, format_args!("To: <sip:+1{callee}@{DOMAIN}>"));
            } else {
                line(out, format_args!("To: <sip:+1{callee}@{DOMAIN}>;tag={callee_tag}"));
            }
        }
        line(out, format_args!("Call-ID: {}@{}", dialog.call_id(), dialog.nodes[0].ip()));
        let number = match message {
            Message::Bye { by_callee } | Message::ByeOk { by_callee } if !by_callee => attempt + 1,
            Message::Bye { .. } | Message::ByeOk { .. } => 1,
            _ => attempt,
        };
        line(out, format_args!("CSeq: {number} {}", method(message)));
    }

    fn other_fields(&self, out: &mut String) {
        let (dialog, attempt) = (self.dialog, self.step.attempt);
        let transport = self.transport_parameter();
        match self.step.message {
            Message::Invite => {
                let (user, host) = (self.caller(), dialog.nodes[0]);
                line(out, format_args!("Contact: <sip:{user}@{host}{transport}>"));
                out.push_str(PHONE_FIELDS);
                if attempt > 1 {
                    let [nonce, response] = dialog.digest();
                    line(
                        out,
                        format_args!(
                            "Proxy-Authorization: Digest username=\"{user}\",realm=\"{DOMAIN}\",\
                             nonce=\"{nonce}\",uri=\"sip:{DOMAIN}\",response=\"{nonce}{response}\",\
                             algorithm=MD5"
                        ),
                    );
                }
            }
            Message::Ringing | Message::Answer => {
                let (user, host) = (self.callee(), dialog.nodes[dialog.last()]);
                line(out, format_args!("Contact: <sip:+1{user}@{host}{transport}>"));
                line(out, format_args!("Server: {GATEWAY}"));
                if self.step.message == Message::Answer {
                    line(out, format_args!("Allow: INVITE, ACK, CANCEL, BYE, UPDATE, PRACK"));
                    line(out, format_args!("Supported: timer"));
                }
            }
            Message::Challenge => {
                let [nonce, _] = dialog.digest();
                line(
                    out,
                    format_args!(
                        "Proxy-Authenticate: Digest realm=\"{DOMAIN}\",nonce=\"{nonce}\",algorithm=MD5"
                    ),
                );
            }
            Message::Busy | Message::Unavailable => line(out, format_args!("Server: {GATEWAY}")),
            Message::Bye { .. } => {
                line(out, format_args!("Reason: Q.850;cause=16;text=\"Normal\""));
            }
            _ => {}
        }
    }

    /// The session description of a side (RFC 8866), and the fields that announce it.
    fn description(&self, side: usize, out: &mut String) {
        let (dialog, codec) = (self.dialog, self.dialog.codec);
        let media = dialog.media[side];
        let (ip, port, version) = (media.ip(), media.port(), if media.is_ipv4() { 4 } else { 6 });
        let (rtpmap, main) = (codec.rtpmap(), codec.payload_type());
        let clock = codec.clock_hz();
        let body = format!(
            "v=0\r\n\
             o=- {} 1 IN IP{version} {ip}\r\n\
             s=-\r\n\
             c=IN IP{version} {ip}\r\n\
             t=0 0\r\n\
             m=audio {port} RTP/AVP {main} {EVENT_TYPE}\r\n\
             a=rtpmap:{main} {rtpmap}\r\n\
             a=rtpmap:{EVENT_TYPE} telephone-event/{clock}\r\n\
             a=fmtp:{EVENT_TYPE} 0-16\r\n\
             a=ptime:20\r\n\
             a=sendrecv\r\n",
            dialog.number + 1
        );
        line(out, format_args!("Content-Type: application/sdp"));
        line(out, format_args!("Content-Length: {}\r\n", body.len()));
        out.push_str(&body);
    }
}

/// What a telephone says of itself in an INVITE.
const PHONE_FIELDS: &str = "User-Agent: Example T460\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, UPDATE\r\n\
    Supported: replaces, timer\r\n\
    Allow-Events: talk\r\n\
    Session-Expires: 1800\r\n\
    Min-SE: 90\r\n\
    Accept: application/sdp\r\n\
    Accept-Language: en\r\n\
    Subject: call\r\n\
    Organization: Desk\r\n\
    Privacy: none\r\n";
