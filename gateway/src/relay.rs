//! Relays a request to a worker, most often the one that holds a contract, and its answer back, without looking into
//! either. Each goes on piece by piece as it comes, and nothing is kept of it; trailers go with it, to whoever takes them.

use std::{
    error::Error as _,
    pin::Pin,
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
    time::Duration,
};

use adyton_listener::is_slow;
use adyton_protocol::call::MAX_SEALED;
use axum::{
    body::{Body, HttpBody},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    response::Response,
};
use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Frame, SizeHint};
use reqwest::Url;

use crate::{
    directory::{Destination, Directory},
    error::Refusal,
};

/// Fields that belong to one connection (RFC 9110 §7.6.1), and the host's name. `trailer` only announces what comes.
const CONNECTION: [HeaderName; 7] = [
    header::CONNECTION,
    header::HOST,
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::TE,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// The most bytes of a refused body that are read.
const DRAINED: usize = 2 * MAX_SEALED;
/// For how long they are read.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// What is relayed.
pub struct Outgoing {
    /// To whom.
    pub to: Destination,
    /// The method.
    pub method: Method,
    /// Path and query at the worker.
    pub path: String,
    /// The fields; those of the connection are left out.
    pub headers: HeaderMap,
    /// The content.
    pub body: Body,
}

/// Carries requests to workers.
pub struct Relay {
    directory: Directory,
    http: reqwest::Client,
    timeout: Duration,
}

impl Relay {
    /// Finds workers by `directory`, reaches them by `http`, and gives each exchange `timeout`.
    pub fn new(directory: Directory, http: reqwest::Client, timeout: Duration) -> Self {
        Self { directory, http, timeout }
    }

    /// How many workers' addresses are remembered.
    pub fn remembered(&self) -> usize {
        self.directory.len()
    }

    /// Sends a request and gives the answer, whose body comes as the worker sends it.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Response, Refusal> {
        let announced =
            outgoing.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let url = match self.target(&outgoing.to, &outgoing.path, announced).await {
            Ok(url) => url,
            Err(refusal) => {
                drain(outgoing.body).await;
                return Err(refusal);
            }
        };
        let body = reqwest::Body::wrap(Exclusive(Mutex::new(Limited::new(outgoing.body, MAX_SEALED))));
        let request =
            self.http.request(outgoing.method, url).headers(forwarded(&outgoing.headers, announced.is_some()));
        let answer = match request.timeout(self.timeout).body(body).send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.broken(&outgoing.to, &error)),
        };
        if answer.status().is_client_error() || answer.status() == StatusCode::SERVICE_UNAVAILABLE {
            // It may be that it is not the holder any more.
            self.directory.forget(&outgoing.to);
        }
        Ok(returned(answer))
    }

    async fn target(&self, to: &Destination, path: &str, announced: Option<u64>) -> Result<Url, Refusal> {
        if announced.is_some_and(|length| length > MAX_SEALED as u64) {
            return Err(Refusal::TooLarge(MAX_SEALED as u64));
        }
        target(self.directory.worker(to).await?, path)
    }

    fn broken(&self, to: &Destination, error: &reqwest::Error) -> Refusal {
        if is_too_long(error) {
            return Refusal::TooLarge(MAX_SEALED as u64);
        }
        if is_slow(error) {
            return Refusal::SlowBody;
        }
        self.directory.forget(to);
        tracing::debug!(%to, %error, "the worker cannot be reached");
        if error.is_timeout() && !error.is_connect() { Refusal::Timeout } else { Refusal::WorkerUnreachable }
    }
}

/// A body that may be shared between threads, as reqwest asks, because only its owner ever polls it.
struct Exclusive(Mutex<Limited<Body>>);

impl Exclusive {
    fn inner(&mut self) -> &mut Limited<Body> {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpBody for Exclusive {
    type Data = Bytes;
    type Error = <Limited<Body> as HttpBody>::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        Pin::new(self.get_mut().inner()).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).size_hint()
    }
}

/// Reads on what a client that is refused still sends, within bounds: otherwise it sees a broken connection in
/// the refusal's place.
pub async fn drain(mut body: Body) {
    let mut left = DRAINED;
    let read = async {
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, bytes::Bytes::len);
            match left.checked_sub(bytes) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    };
    let _in_time = tokio::time::timeout(DRAIN_TIMEOUT, read).await;
}

fn target(mut base: Url, path: &str) -> Result<Url, Refusal> {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let joined = format!("{}{path}", base.path().trim_end_matches('/'));
    base.set_path(&joined);
    base.set_query(query);
    // The path goes out as it came in, or not at all: `..` must not lead anywhere else.
    if base.path() == joined { Ok(base) } else { Err(Refusal::NoSuchPath) }
}

/// The fields that go on to the worker. A length that was announced is announced again; without one, the body
/// goes out in chunks. Whoever takes trailers gets the worker's.
fn forwarded(headers: &HeaderMap, sized: bool) -> HeaderMap {
    let mut out = without_connection(headers);
    out.remove(header::TRAILER);
    if !sized {
        out.remove(header::CONTENT_LENGTH);
    }
    if takes_trailers(headers) {
        out.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    out
}

/// Whether the client says that it does (RFC 9110 §10.1.4).
fn takes_trailers(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::TE).iter().filter_map(|value| value.to_str().ok());
    codings.flat_map(|value| value.split(',')).any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

fn returned(answer: reqwest::Response) -> Response {
    let (parts, body) = axum::http::Response::<reqwest::Body>::from(answer).into_parts();
    let mut response = Response::new(Body::new(Limited::new(body, MAX_SEALED)));
    *response.status_mut() = parts.status;
    *response.headers_mut() = without_connection(&parts.headers);
    response
}

fn without_connection(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<String> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let keep = |name: &HeaderName| {
        !CONNECTION.contains(name) && name.as_str() != "keep-alive" && !named.iter().any(|own| own == name.as_str())
    };
    headers.iter().filter(|(name, _)| keep(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn is_too_long(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.is::<LengthLimitError>() {
            return true;
        }
        cause = inner.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(base: &str, path: &str) -> Result<String, Refusal> {
        target(base.parse().unwrap(), path).map(|url| url.to_string())
    }

    #[test]
    fn a_path_is_put_behind_the_workers_own() {
        assert_eq!(joined("http://w:1", "/v1/call/0x1").unwrap(), "http://w:1/v1/call/0x1");
        assert_eq!(
            joined("http://w:1/base/", "/v1/public/0x1/a%2Fb?x=1&y=%20").unwrap(),
            "http://w:1/base/v1/public/0x1/a%2Fb?x=1&y=%20"
        );
    }

    #[test]
    fn a_path_that_climbs_is_refused() {
        for path in ["/v1/public/0x1/../../health", "/v1/public/0x1/%2e%2e/x", "/v1/public/0x1/./x"] {
            assert_eq!(joined("http://w:1", path), Err(Refusal::NoSuchPath), "{path}");
        }
    }

    #[test]
    fn fields_of_the_connection_stay_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in
            [("connection", "x-own, close"), ("x-own", "1"), ("host", "h"), ("keep-alive", "1"), ("accept", "*/*")]
        {
            headers.insert(name, value.parse().unwrap());
        }
        let kept: Vec<_> = without_connection(&headers).keys().map(|name| name.as_str().to_owned()).collect();
        assert_eq!(kept, ["accept"]);
    }

    #[test]
    fn the_worker_is_told_of_a_client_that_takes_trailers_and_of_nothing_else_that_it_takes() {
        let told = |te: &str| {
            let headers = HeaderMap::from_iter([(header::TE, HeaderValue::from_str(te).unwrap())]);
            forwarded(&headers, false).remove(header::TE)
        };
        assert_eq!(told("gzip;q=0.5, Trailers"), Some(HeaderValue::from_static("trailers")));
        assert_eq!(told("gzip"), None);
    }
}
