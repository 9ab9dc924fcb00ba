//! Who may ask what how often.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hyper::header::{AUTHORIZATION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::{Method, StatusCode};

use crate::app::live::net::Secret;

/// Requests a second of one address, and how many may come at once.
const RATE: f64 = 50.0;
const BURST: f64 = 200.0;
/// Wrong tokens of one address in [`FORGIVEN`] before it has to wait.
const WRONG: u32 = 20;
const FORGIVEN: Duration = Duration::from_secs(60);
/// Addresses that are told apart.
const ADDRESSES: usize = 4_096;
/// Longest path with its query.
const LONGEST: usize = 4_096;

/// What keeps others out.
#[derive(Debug)]
pub(super) struct Door {
    token: Option<Secret>,
    /// Names by which the server may be called without a token.
    hosts: Vec<String>,
    visitors: Mutex<HashMap<IpAddr, Visitor>>,
}

#[derive(Clone, Copy, Debug)]
struct Visitor {
    allowance: f64,
    last: Instant,
    wrong: u32,
    wrong_since: Instant,
}

impl Door {
    pub(super) fn new(token: Option<Secret>, allowed: &[String]) -> Self {
        let mut hosts = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        hosts.extend(allowed.iter().map(|host| host.to_ascii_lowercase()));
        Self { token, hosts, visitors: Mutex::new(HashMap::new()) }
    }

    /// Why a request is refused; `None` when it is not. What is `open` needs no token.
    pub(super) fn refuses(
        &self,
        request: &Parts,
        from: IpAddr,
        open: bool,
    ) -> Option<(StatusCode, &'static str)> {
        if !self.is_within_rate(from) {
            return Some((StatusCode::TOO_MANY_REQUESTS, "too many requests; slower, please"));
        }
        if request.method != Method::GET && request.method != Method::HEAD {
            return Some((StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD"));
        }
        let length = request.headers.get(CONTENT_LENGTH).is_some_and(|length| length != "0");
        if length || request.headers.contains_key(TRANSFER_ENCODING) {
            return Some((StatusCode::PAYLOAD_TOO_LARGE, "requests have no body here"));
        }
        if request.uri.path_and_query().is_some_and(|path| path.as_str().len() > LONGEST) {
            return Some((StatusCode::URI_TOO_LONG, "the path is too long"));
        }
        let Some(token) = &self.token else {
            return (!self.is_called_right(request)).then_some((
                StatusCode::MISDIRECTED_REQUEST,
                "the server is not called so; see --allow-host",
            ));
        };
        if open {
            return None;
        }
        let told = request.headers.get(AUTHORIZATION).map(hyper::header::HeaderValue::as_bytes);
        let told = told.and_then(|told| {
            let (scheme, token) = told.split_at_checked(7)?;
            scheme.eq_ignore_ascii_case(b"bearer ").then_some(token.trim_ascii())
        });
        if told.is_some_and(|told| token.is(told)) {
            return None;
        }
        if told.is_some() && self.is_guessing(from) {
            return Some((StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; wait a minute"));
        }
        Some((StatusCode::UNAUTHORIZED, "a bearer token is needed"))
    }

    /// Whether the request names a host that is ours: a page of others whose name was made to
    /// point here names theirs.
    fn is_called_right(&self, request: &Parts) -> bool {
        let host = request.uri.authority().map(hyper::http::uri::Authority::as_str);
        let header = request.headers.get(HOST).and_then(|host| host.to_str().ok());
        let Some(host) = host.or(header) else { return true };
        let name = match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        };
        self.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    fn is_within_rate(&self, from: IpAddr) -> bool {
        self.visit(from, |visitor, now| {
            let earned = now.duration_since(visitor.last).as_secs_f64() * RATE;
            visitor.allowance = (visitor.allowance + earned).min(BURST);
            visitor.last = now;
            let within = visitor.allowance >= 1.0;
            if within {
                visitor.allowance -= 1.0;
            }
            within
        })
    }

    /// Whether an address has told too many wrong tokens.
    fn is_guessing(&self, from: IpAddr) -> bool {
        self.visit(from, |visitor, now| {
            if now.duration_since(visitor.wrong_since) >= FORGIVEN {
                (visitor.wrong, visitor.wrong_since) = (0, now);
            }
            visitor.wrong += 1;
            visitor.wrong > WRONG
        })
    }

    fn visit<R>(&self, from: IpAddr, look: impl FnOnce(&mut Visitor, Instant) -> R) -> R {
        let now = Instant::now();
        let mut visitors = self.visitors.lock().unwrap_or_else(PoisonError::into_inner);
        if visitors.len() >= ADDRESSES && !visitors.contains_key(&from) {
            // Who has been quiet has its full allowance again.
            visitors.retain(|_, visitor| now.duration_since(visitor.last) < FORGIVEN);
            if visitors.len() >= ADDRESSES {
                visitors.clear();
            }
        }
        let new = Visitor { allowance: BURST, last: now, wrong: 0, wrong_since: now };
        look(visitors.entry(from).or_insert(new), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::Request;

    const FROM: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    fn request(uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    fn status(door: &Door, request: &Parts, open: bool) -> u16 {
        door.refuses(request, FROM, open).map_or(200, |(status, _)| status.as_u16())
    }

    #[test]
    fn without_a_token_only_its_own_names_are_served() {
        let door = Door::new(None, &["siplens.example".to_owned()]);
        for (host, expected) in [
            ("localhost:9300", 200),
            ("127.0.0.1:9300", 200),
            ("[::1]:9300", 200),
            ("SIPLENS.example", 200),
            ("rebound.example:9300", 421),
            ("127.0.0.1.nip.example", 421),
        ] {
            assert_eq!(status(&door, &request("/", &[("host", host)]), false), expected, "{host}");
        }
    }

    #[test]
    fn with_a_token_only_who_tells_it_is_served() {
        let door = Door::new(Some(Secret::new("0123456789abcdef")), &[]);
        let with =
            |told: &str| request("/metrics", &[("host", "far.example"), ("authorization", told)]);
        assert_eq!(status(&door, &with("Bearer 0123456789abcdef"), false), 200);
        assert_eq!(status(&door, &with("bearer 0123456789abcdef "), false), 200);
        for wrong in ["Bearer 0123456789abcde", "Basic 0123456789abcdef", "Bearer", ""] {
            assert_eq!(status(&door, &with(wrong), false), 401, "{wrong}");
        }
        assert_eq!(status(&door, &request("/health", &[]), true), 200);
        assert_eq!(status(&door, &request("/metrics", &[]), false), 401);
        let guesses: Vec<_> = (0..WRONG).map(|_| status(&door, &with("Bearer x"), false)).collect();
        assert!(guesses.contains(&429), "{guesses:?}");
        assert_eq!(status(&door, &with("Bearer 0123456789abcdef"), false), 200);
    }

    #[test]
    fn bodies_and_other_methods_are_refused() {
        let door = Door::new(None, &[]);
        assert_eq!(status(&door, &request("/", &[("content-length", "1")]), false), 413);
        assert_eq!(status(&door, &request("/", &[("content-length", "0")]), false), 200);
        assert_eq!(status(&door, &request("/", &[("transfer-encoding", "chunked")]), false), 413);
        let mut post = request("/", &[]);
        post.method = Method::POST;
        assert_eq!(status(&door, &post, false), 405);
        let long = format!("/?where={}", "a".repeat(LONGEST));
        assert_eq!(status(&door, &request(&long, &[]), false), 414);
    }

    #[test]
    fn who_asks_too_often_waits() {
        let door = Door::new(None, &[]);
        let statuses: Vec<_> = (0..300).map(|_| status(&door, &request("/", &[]), false)).collect();
        assert_eq!((statuses[0], statuses[299]), (200, 429));
    }
}
