//! Connections and requests: HTTP/1.1, with limits on all that a visitor can hold.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr, TcpListener as StdListener};
use std::sync::Arc;
use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue,
    REFERRER_POLICY, RETRY_AFTER, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::answers::{Answer, Path, answer};
use super::body::Reply;
use super::door::Door;
use super::store::Store;
use crate::app::live::net::moving::Moving;
use crate::view::dashboard;

/// Connections at a time.
const CONNECTIONS: usize = 128;
/// A request's head takes no longer, nor does the wait for the next one.
const HEAD: Duration = Duration::from_secs(10);
/// A TLS handshake takes no longer.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Who takes nothing of an answer for so long is left.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of a request's head, and fields in it.
const HEAD_BYTES: usize = 16 << 10;
const HEAD_FIELDS: usize = 64;
/// Answers that are worked on at a time.
const WORKERS: usize = 2;
/// Whoever else waits for them longer is sent away.
const QUEUE: Duration = Duration::from_secs(10);

/// What answers requests.
pub(super) struct Server {
    store: Arc<Store>,
    door: Door,
    workers: Arc<Semaphore>,
    page: Bytes,
    page_policy: HeaderValue,
}

impl Server {
    pub(super) fn new(store: Arc<Store>, door: Door) -> Self {
        let (page, policy) = dashboard::page();
        let none = HeaderValue::from_static("default-src 'none'");
        let page_policy = HeaderValue::try_from(policy).unwrap_or(none);
        Self {
            store,
            door,
            workers: Arc::new(Semaphore::new(WORKERS)),
            page: page.into(),
            page_policy,
        }
    }

    /// Serves whoever comes to the listeners, until told to end.
    pub(super) async fn run(
        self: Arc<Self>,
        listeners: Vec<StdListener>,
        tls: Option<TlsAcceptor>,
        end: watch::Receiver<bool>,
    ) {
        let room = Arc::new(Semaphore::new(CONNECTIONS));
        for listener in listeners {
            let Ok(listener) = TcpListener::from_std(listener) else { continue };
            let (server, tls, room) = (self.clone(), tls.clone(), room.clone());
            tokio::spawn(async move { server.accept(listener, tls, room).await });
        }
        let mut end = end;
        // Who tells the end may be gone instead.
        let _ = end.wait_for(|end| *end).await;
        // Answers that are on their way, and the last event, still go out.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }

    async fn accept(
        self: Arc<Self>,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        room: Arc<Semaphore>,
    ) {
        loop {
            let Ok((stream, from)) = listener.accept().await else {
                // No more files can be opened: wait for some to be closed.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let Ok(permit) = room.clone().try_acquire_owned() else {
                turn_away(&stream, tls.is_some());
                continue;
            };
            // Small answers are not held back; it is no loss where this cannot be set.
            let _ = stream.set_nodelay(true);
            let (server, tls) = (self.clone(), tls.clone());
            tokio::spawn(async move {
                let stream = Moving::new(stream, PATIENCE);
                match tls {
                    None => server.serve(stream, from).await,
                    Some(tls) => {
                        if let Ok(Ok(stream)) = timeout(HANDSHAKE, tls.accept(stream)).await {
                            server.serve(stream, from).await;
                        }
                    }
                }
                drop(permit);
            });
        }
    }

    async fn serve(self: Arc<Self>, stream: impl AsyncRead + AsyncWrite + Unpin, from: SocketAddr) {
        let service = service_fn(|request| {
            let server = self.clone();
            async move { Ok::<_, Infallible>(server.reply(request, from.ip().to_canonical()).await) }
        });
        // Whatever ends a connection is its visitor's affair.
        let _ = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .max_buf_size(HEAD_BYTES)
            .max_headers(HEAD_FIELDS)
            .half_close(false)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn reply(&self, request: Request<Incoming>, from: IpAddr) -> Response<Reply> {
        let (head, _) = request.into_parts();
        let path = Path::of(head.uri.path());
        let open = path.as_ref().is_none_or(Path::is_open);
        let is_head = head.method == Method::HEAD;
        if let Some((status, why)) = self.door.refuses(&head, from, open) {
            return respond(Answer::bad(status, why), is_head);
        }
        let Some(path) = path else {
            return respond(
                Answer::bad(StatusCode::NOT_FOUND, "there is nothing here; see /openapi.json"),
                is_head,
            );
        };
        match path {
            Path::Page => {
                let answer = Answer {
                    status: StatusCode::OK,
                    media_type: "text/html; charset=utf-8",
                    body: self.page.clone(),
                };
                let mut response = respond(answer, is_head);
                response.headers_mut().insert(CONTENT_SECURITY_POLICY, self.page_policy.clone());
                response
            }
            Path::Events if !is_head => self.events(),
            path => respond(self.answer(path, head.uri.query().map(str::to_owned)).await, is_head),
        }
    }

    fn events(&self) -> Response<Reply> {
        let Some(events) = self.store.listen() else {
            return respond(
                Answer::bad(StatusCode::SERVICE_UNAVAILABLE, "too many listen already"),
                false,
            );
        };
        let mut response = Response::new(Reply::Events(events));
        headers(&mut response, "text/event-stream");
        response
    }

    /// An answer, made on a thread for such work if it takes some.
    async fn answer(&self, path: Path, query: Option<String>) -> Answer {
        if !path.is_work() {
            return answer(&path, query.as_deref(), &self.store);
        }
        let busy = || Answer::bad(StatusCode::SERVICE_UNAVAILABLE, "too busy; later, please");
        let Ok(Ok(permit)) = timeout(QUEUE, self.workers.clone().acquire_owned()).await else {
            return busy();
        };
        let store = self.store.clone();
        let work = spawn_blocking(move || {
            let answer = answer(&path, query.as_deref(), &store);
            drop(permit);
            answer
        });
        work.await.unwrap_or_else(|_| busy())
    }
}

/// Says to one visitor too many that it is one.
fn turn_away(stream: &tokio::net::TcpStream, is_tls: bool) {
    const FULL: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    if !is_tls {
        // Whether it hears that is its own affair.
        let _ = stream.try_write(FULL);
    }
}

fn respond(answer: Answer, is_head: bool) -> Response<Reply> {
    let length = answer.body.len();
    let mut response = Response::new(Reply::Whole(Some(answer.body).filter(|_| !is_head)));
    *response.status_mut() = answer.status;
    headers(&mut response, answer.media_type);
    let headers = response.headers_mut();
    if is_head {
        headers.insert(hyper::header::CONTENT_LENGTH, HeaderValue::from(length));
    }
    let say = |name: HeaderName, value| (name, HeaderValue::from_static(value));
    let further = match answer.status {
        StatusCode::UNAUTHORIZED => Some(say(WWW_AUTHENTICATE, "Bearer realm=\"siplens\"")),
        StatusCode::METHOD_NOT_ALLOWED => Some(say(ALLOW, "GET, HEAD")),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            Some(say(RETRY_AFTER, "5"))
        }
        _ => None,
    };
    headers.extend(further);
    response
}

/// What every answer says: its type and no other, for nobody to keep, to embed or to run.
fn headers(response: &mut Response<Reply>, media_type: &'static str) {
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, media_type),
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
