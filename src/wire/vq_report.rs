//! Voice quality reports that end points send by PUBLISH or NOTIFY (RFC 6035,
//! `application/vq-rtcpxr`).

use std::net::IpAddr;

use super::bytes::{decimal, split_once, trim};
use super::sip::unfold;
use crate::base::flow::Endpoint;
use crate::base::id::Ssrc;

/// What prompted a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A session, at its end or within.
    Session {
        /// Whether it is the last of its call.
        ends_call: bool,
    },
    /// An interval of a session.
    Interval,
    /// A threshold was crossed.
    Alert,
}

/// An end of the stream reported on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct End {
    /// Its address and port.
    pub endpoint: Endpoint,
    /// Its source, with or without `0x` in the report.
    pub ssrc: Option<Ssrc>,
}

/// Names and values of a metrics section, in order, as sent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Metrics(Vec<(String, String)>);

/// A report.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct VqReport {
    /// What prompted it.
    pub kind: Kind,
    /// The call.
    pub call_id: Option<String>,
    /// Who reports.
    pub local: Option<End>,
    /// The other end.
    pub remote: Option<End>,
    /// Of the stream that the reporter received.
    pub local_metrics: Metrics,
    /// Of the stream that the other end received, as it told the reporter.
    pub remote_metrics: Metrics,
}

/// Values of one report that are kept; RFC 6035 defines some forty.
const MAX_VALUES: usize = 256;

impl Metrics {
    /// A value as sent; names are compared without case.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// A value that is a number.
    pub fn number(&self, name: &str) -> Option<f64> {
        self.text(name)?.parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the section was not there.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes `NAME=value` pairs that blanks separate; a value may be quoted.
    fn take(&mut self, pairs: &[u8]) {
        let mut rest = pairs;
        while let Some(equals) = memchr::memchr(b'=', rest) {
            let (name, value) = rest.split_at(equals);
            let value = value.get(1..).unwrap_or_default();
            let end = match value.strip_prefix(b"\"") {
                Some(quoted) => memchr::memchr(b'"', quoted).map_or(value.len(), |end| end + 2),
                None => value.iter().position(u8::is_ascii_whitespace).unwrap_or(value.len()),
            };
            let (value, after) = value.split_at(end);
            let name = trim(name).rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
            if self.0.len() < MAX_VALUES {
                let text =
                    |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_matches('"').to_owned();
                self.0.push((text(name), text(value)));
            }
            rest = after;
        }
    }
}

/// Reads a report; `None` when its first line is none of RFC 6035's.
pub fn parse(body: &[u8]) -> Option<VqReport> {
    let mut report: Option<VqReport> = None;
    let mut remote = false;
    for line in logical_lines(body) {
        let (name, value) = split_once(&line, b':');
        let (name, value) = (trim(name).to_ascii_lowercase(), trim(value.unwrap_or_default()));
        let Some(report) = &mut report else {
            report = Some(VqReport {
                kind: match name.as_slice() {
                    b"vqsessionreport" => {
                        Kind::Session { ends_call: value.eq_ignore_ascii_case(b"CallTerm") }
                    }
                    b"vqintervalreport" => Kind::Interval,
                    b"vqalertreport" => Kind::Alert,
                    _ => return None,
                },
                call_id: None,
                local: None,
                remote: None,
                local_metrics: Metrics::default(),
                remote_metrics: Metrics::default(),
            });
            continue;
        };
        match name.as_slice() {
            b"callid" => report.call_id = Some(String::from_utf8_lossy(value).into_owned()),
            b"localaddr" => report.local = end(value),
            b"remoteaddr" => report.remote = end(value),
            b"localmetrics" => remote = false,
            b"remotemetrics" => remote = true,
            // Times are told by two names of their own; the rest are sections.
            b"timestamps" | b"sessiondesc" | b"jitterbuffer" | b"packetloss" | b"burstgaploss"
            | b"delay" | b"signal" | b"qualityest" => {
                if remote { &mut report.remote_metrics } else { &mut report.local_metrics }
                    .take(value);
            }
            _ => {}
        }
    }
    report
}

/// The lines, folded ones joined.
fn logical_lines(body: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in body.split(|b| *b == b'\n').take(1_024) {
        let folded = matches!(line.first(), Some(b' ' | b'\t'));
        match lines.last_mut() {
            Some(last) if folded => {
                last.push(b' ');
                last.extend_from_slice(trim(line));
            }
            _ if trim(line).is_empty() => {}
            _ => lines.push(unfold(line).into_owned()),
        }
    }
    lines
}

/// `IP=10.10.1.100 PORT=5000 SSRC=0x1a3b5c7d`
fn end(value: &[u8]) -> Option<End> {
    let mut fields = Metrics::default();
    fields.take(value);
    let ip: IpAddr = fields.text("IP")?.trim_matches(['[', ']']).parse().ok()?;
    let port = u16::try_from(decimal(fields.text("PORT")?.as_bytes())?).ok()?;
    let ssrc = fields.text("SSRC").and_then(|text| {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        u32::from_str_radix(digits, 16).ok().map(Ssrc)
    });
    Some(End { endpoint: Endpoint::new(ip, port), ssrc })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn sections_of_both_ends_are_kept_apart() {
        let body = b"VQSessionReport\r\nCallID: 1@a\r\nLocalMetrics:\r\nPacketLoss:NLR=5.0 JDR=2.0\r\n\
            RemoteMetrics:\r\nPacketLoss:NLR=1.5\r\nQualityEst:MOSLQ=4.1\r\n QoEEstAlg=\"P.564 x\" MOSCQ=3.9\r\n";
        let report = parse(body).unwrap();
        assert_eq!(report.kind, Kind::Session { ends_call: false });
        assert_eq!(report.local_metrics.number("nlr"), Some(5.0));
        assert_eq!(report.remote_metrics.number("NLR"), Some(1.5));
        assert_eq!(report.remote_metrics.text("QoEEstAlg"), Some("P.564 x"));
        assert_eq!(report.remote_metrics.number("MOSCQ"), Some(3.9));
        assert_eq!(report.remote_metrics.number("QoEEstAlg"), None);
    }

    #[test]
    fn other_bodies_are_none() {
        assert_eq!(parse(b"v=0\r\n"), None);
        assert_eq!(parse(b""), None);
        assert_eq!(
            parse(b"VQAlertReport: Type=NLR Severity=Critical Dir=local").map(|r| r.kind),
            Some(Kind::Alert)
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&[b"VQIntervalReport\r\nLocalAddr:".as_slice(), &body].concat());
        }
    }
}
