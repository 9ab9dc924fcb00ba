//! What is answered to which path.

use hyper::StatusCode;
use hyper::body::Bytes;

use super::store::{Listed, Seen, Store};
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::query::streams::{Stream, Streams};
use crate::report::CallFacts;
use crate::report::ladder::ladder as ladder_of;
use crate::view::{dashboard, svg};

/// Most rows of a list.
const MOST: usize = 1_000;
/// Rows unless asked for more.
const USUAL: usize = 100;
/// Longest expression.
const LONGEST: usize = 2_000;

/// An answer that is whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) media_type: &'static str,
    pub(super) body: Bytes,
}

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const PICTURE: &str = "image/svg+xml";

impl Answer {
    fn good(media_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status: StatusCode::OK, media_type, body: body.into() }
    }

    /// An answer that says in a sentence what is wrong.
    pub(super) fn bad(status: StatusCode, why: &str) -> Self {
        Self { status, media_type: JSON, body: dashboard::problem(why).into() }
    }

    fn plain(status: StatusCode, text: &'static str) -> Self {
        Self { status, media_type: TEXT, body: Bytes::from_static(text.as_bytes()) }
    }
}

/// What a path is of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Path {
    Page,
    Health,
    Ready,
    OpenApi,
    Metrics,
    Overview,
    Events,
    Calls,
    Call(String),
    Ladder(String),
    Streams,
}

impl Path {
    pub(super) fn of(path: &str) -> Option<Self> {
        Some(match path {
            "/" => Self::Page,
            "/health" => Self::Health,
            "/ready" => Self::Ready,
            "/openapi.json" => Self::OpenApi,
            "/metrics" => Self::Metrics,
            "/api/overview" => Self::Overview,
            "/api/events" => Self::Events,
            "/api/calls" => Self::Calls,
            "/api/streams" => Self::Streams,
            _ => {
                let rest = path.strip_prefix("/api/calls/")?;
                let (name, make): (_, fn(String) -> Self) = match rest.strip_suffix("/ladder.svg") {
                    Some(name) => (name, Self::Ladder),
                    None => (rest, Self::Call),
                };
                let number = name.strip_prefix("call-")?;
                let is_name = !number.is_empty()
                    && number.len() <= 12
                    && number.bytes().all(|b| b.is_ascii_digit());
                is_name.then(|| make(name.to_owned()))?
            }
        })
    }

    /// Whether it tells nothing of calls.
    pub(super) const fn is_open(&self) -> bool {
        matches!(self, Self::Page | Self::Health | Self::Ready | Self::OpenApi)
    }

    /// Whether the answer may take a while to make.
    pub(super) const fn is_work(&self) -> bool {
        matches!(
            self,
            Self::Calls | Self::Call(_) | Self::Ladder(_) | Self::Streams | Self::OpenApi
        )
    }
}

/// The session has said nothing for so many seconds: something is wrong with it.
const SILENT_S: u64 = 30;

/// The answer; that of the page and of events is made elsewhere.
pub(super) fn answer(path: &Path, query: Option<&str>, store: &Store) -> Answer {
    let made = match path {
        Path::Health => Ok(match store.health().silent {
            Some(silent) if silent.as_secs() >= SILENT_S => Answer::plain(
                StatusCode::SERVICE_UNAVAILABLE,
                "nothing was published for a while\n",
            ),
            _ => Answer::plain(StatusCode::OK, "ok\n"),
        }),
        Path::Ready => {
            let health = store.health();
            Ok(if health.silent.is_some() && health.is_ready {
                Answer::plain(StatusCode::OK, "ready\n")
            } else {
                Answer::plain(StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
            })
        }
        Path::OpenApi => Ok(Answer::good(JSON, dashboard::openapi(env!("CARGO_PKG_VERSION")))),
        Path::Metrics => Ok(match store.metrics() {
            Some(metrics) => Answer::good(crate::view::prometheus::MEDIA_TYPE, metrics),
            None => Answer::bad(StatusCode::SERVICE_UNAVAILABLE, "nothing is known yet"),
        }),
        Path::Overview => Ok(Answer::good(JSON, store.beginning())),
        Path::Calls => Asked::parse(query).and_then(|asked| calls(&asked, &store.seen())),
        Path::Streams => Asked::parse(query).and_then(|asked| streams(&asked, &store.seen())),
        Path::Call(name) => call(name, &store.seen()),
        Path::Ladder(name) => ladder(name, &store.seen()),
        Path::Page | Path::Events => Err(Answer::bad(StatusCode::NOT_FOUND, "not here")),
    };
    made.unwrap_or_else(|bad| bad)
}

/// What is asked of a list.
#[derive(Debug, PartialEq, Eq)]
struct Asked {
    offset: usize,
    limit: usize,
    only: Option<String>,
}

impl Asked {
    fn parse(query: Option<&str>) -> Result<Self, Answer> {
        let bad = |why: &str| Answer::bad(StatusCode::BAD_REQUEST, why);
        let mut asked = Self { offset: 0, limit: USUAL, only: None };
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value =
                decoded(value).ok_or_else(|| bad("a parameter is not encoded as it should be"))?;
            let number = || value.parse::<usize>().map_err(|_| bad(&format!("{key} is no number")));
            match key {
                "offset" => asked.offset = number()?,
                "limit" => asked.limit = number()?.clamp(1, MOST),
                "where" if value.len() > LONGEST => return Err(bad("the expression is too long")),
                "where" => asked.only = Some(value).filter(|only| !only.trim().is_empty()),
                _ => return Err(bad("there are only the parameters offset, limit and where")),
            }
        }
        Ok(asked)
    }

    fn filter<T: crate::query::Table>(&self) -> Result<Option<Filter<T>>, Answer> {
        let parse = |text: &String| {
            Filter::parse(text)
                .map_err(|error| Answer::bad(StatusCode::BAD_REQUEST, &error.to_string()))
        };
        self.only.as_ref().map(parse).transpose()
    }

    /// The part of all rows that is asked for.
    fn part(&self, name: &str, rows: impl Iterator<Item = serde_json::Value>) -> Answer {
        let (mut total, mut part) = (0, Vec::new());
        for row in rows {
            if total >= self.offset && part.len() < self.limit {
                part.push(row);
            }
            total += 1;
        }
        Answer::good(JSON, dashboard::part(name, total, self.offset, &part))
    }
}

/// A parameter's value without its percent signs.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(rest.next()?).to_digit(16);
                u8::try_from(digit()? * 16 + digit()?).ok()?
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).ok()
}

fn calls(asked: &Asked, seen: &Seen) -> Result<Answer, Answer> {
    let Some(filter) = asked.filter::<Calls>()? else {
        let rows =
            seen.lists().flat_map(|list| list.calls.iter().rev().map(|call| call.row().clone()));
        return Ok(asked.part("calls", rows));
    };
    let rows = seen.lists().flat_map(|list| {
        list.report.read(|context, report| {
            let matches = |place: usize| {
                let call = CallFacts::at(context, place)?;
                filter.matches(&call).then(|| list.calls.get(place))?
            };
            let found = (0..report.calls.len()).rev().filter_map(matches);
            found.map(|call| call.row().clone()).collect::<Vec<_>>()
        })
    });
    Ok(asked.part("calls", rows))
}

fn streams(asked: &Asked, seen: &Seen) -> Result<Answer, Answer> {
    let filter = asked.filter::<Streams>()?;
    let rows = seen.lists().flat_map(|list| {
        list.report.read(|context, report| {
            let rows =
                (0..report.streams.len()).rev().filter_map(|place| report.streams.get(place));
            let matches = |row: &_| {
                filter.as_ref().is_none_or(|filter| filter.matches(&Stream { row, of: context }))
            };
            rows.filter(matches).map(|row| dashboard::stream_in_brief(&row)).collect::<Vec<_>>()
        })
    });
    Ok(asked.part("streams", rows))
}

/// The list that has a call, and its place there.
fn find<'s>(name: &str, seen: &'s Seen) -> Result<(&'s Listed, usize), Answer> {
    let found = seen.lists().find_map(|list| {
        let place = list.calls.iter().position(|call| call.id == name)?;
        Some((&**list, place))
    });
    found.ok_or_else(|| {
        Answer::bad(StatusCode::NOT_FOUND, "there is no such call, or it is no longer kept")
    })
}

fn call(name: &str, seen: &Seen) -> Result<Answer, Answer> {
    let (list, place) = find(name, seen)?;
    list.report.read(|context, report| {
        let row = report.calls.get(place);
        let row = row.ok_or_else(|| Answer::bad(StatusCode::NOT_FOUND, "it is no longer there"))?;
        let streams: Vec<_> = row.streams.iter().filter_map(|name| context.stream(name)).collect();
        let findings: Vec<_> =
            row.findings.iter().filter_map(|name| context.finding(name)).collect();
        Ok(Answer::good(JSON, dashboard::call(&row, &streams, &findings)))
    })
}

fn ladder(name: &str, seen: &Seen) -> Result<Answer, Answer> {
    let (list, _) = find(name, seen)?;
    list.report.read(|context, _| {
        let mut picture = Vec::new();
        let drawn = context
            .named(name)
            .and_then(|id| ladder_of(context, id))
            .map(|ladder| svg::write(&ladder, &mut picture).is_ok());
        if drawn == Some(true) {
            Ok(Answer::good(PICTURE, picture))
        } else {
            Err(Answer::bad(StatusCode::NOT_FOUND, "it has no ladder"))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_what_they_are() {
        assert_eq!(Path::of("/api/calls/call-12"), Some(Path::Call("call-12".to_owned())));
        assert_eq!(
            Path::of("/api/calls/call-1/ladder.svg"),
            Some(Path::Ladder("call-1".to_owned()))
        );
        for wrong in [
            "/api/calls/",
            "/api/calls/call-",
            "/api/calls/../x",
            "/api/calls/call-1/x",
            "//",
            "/metrics/",
            "/api/calls/call-1234567890123",
        ] {
            assert_eq!(Path::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn parameters_are_read() {
        let asked = Asked::parse(Some("offset=5&limit=5000&where=mos+%3C%203.5")).unwrap();
        assert_eq!(asked, Asked { offset: 5, limit: MOST, only: Some("mos < 3.5".to_owned()) });
        for wrong in ["offset=x", "limit=-1", "where=%zz", "where=%e4", "other=1"] {
            assert_eq!(
                Asked::parse(Some(wrong)).unwrap_err().status,
                StatusCode::BAD_REQUEST,
                "{wrong}"
            );
        }
    }
}
