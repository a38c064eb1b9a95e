//! One exchange: resolve, judge, connect, encrypt, send, read.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use futures::{
    FutureExt as _,
    future::{BoxFuture, Fuse},
    stream,
};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{
    Bounds, EgressError, EgressRecord, Permit, Prepared, Recorder, Resolver,
    address::{AddressClass, classify},
    answer::{Coming, Head},
    tls::Trust,
};

/// The most header fields of an answer.
pub const MAX_ANSWER_FIELDS: usize = 100;
/// The most bytes of an answer's head: status line and header fields.
pub const MAX_ANSWER_HEAD: usize = 32 * 1024;
/// The most addresses of a host that are looked at; a host with more is refused.
const MAX_ADDRESSES: usize = 32;

/// Runs the exchange; see [`super::Carrier::carry`].
pub(super) async fn run(
    resolver: &dyn Resolver,
    trust: &Trust,
    request: Prepared,
    bounds: Bounds,
    record: Recorder<'_>,
) -> Result<Coming, EgressError> {
    let host = request.permit.destination().host();
    let addresses = judged_addresses(resolver, &request.permit).await?;
    let stream = connect(&host, &addresses).await?;
    if !request.permit.destination().encrypted() {
        let left = request.record(None);
        return exchange(stream, host, request, left, record).await;
    }
    let stream = encrypt(stream, &host, trust.config(bounds.now_ms)).await?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let left = request.record(certificate.map(AsRef::as_ref));
    exchange(stream, host, request, left, record).await
}

/// The addresses of the host, all of them allowed. One that is not refuses the host: it would be reached
/// whenever the others are not.
pub(super) async fn judged_addresses(resolver: &dyn Resolver, permit: &Permit) -> Result<Vec<SocketAddr>, EgressError> {
    let destination = permit.destination();
    let host = destination.host();
    let addresses = match destination.address() {
        Some(address) => vec![address],
        None => resolver
            .resolve(&host)
            .await
            .map_err(|error| EgressError::Resolution { host: host.clone(), reason: error.to_string() })?,
    };
    if addresses.is_empty() || addresses.len() > MAX_ADDRESSES {
        return Err(EgressError::Resolution { host, reason: format!("it has {} addresses", addresses.len()) });
    }
    for address in &addresses {
        judge(&host, *address, permit.allows_private())?;
    }
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, destination.port())).collect())
}

fn judge(host: &str, address: IpAddr, allow_private: bool) -> Result<(), EgressError> {
    match classify(address) {
        AddressClass::Public => Ok(()),
        AddressClass::Private(_) if allow_private => Ok(()),
        AddressClass::Private(class) | AddressClass::Never(class) => {
            Err(EgressError::Address { host: host.to_owned(), address, class })
        }
    }
}

pub(super) async fn connect(host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, EgressError> {
    let mut reason = String::from("it has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it a small request may wait for the acknowledgement of the one before; not a failure.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => reason = error.to_string(),
        }
    }
    Err(EgressError::Unavailable { host: host.to_owned(), reason })
}

pub(super) async fn encrypt(
    stream: TcpStream,
    host: &str,
    config: Result<rustls::ClientConfig, rustls::Error>,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, EgressError> {
    let unavailable = |reason: String| EgressError::Unavailable { host: host.to_owned(), reason };
    let config = config.map_err(|error| unavailable(error.to_string()))?;
    let name = ServerName::try_from(host.to_owned()).map_err(|error| unavailable(error.to_string()))?;
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    connector.connect(name, stream).await.map_err(|error| {
        match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::InvalidCertificate(reason)) => {
                EgressError::Certificate { host: host.to_owned(), reason: reason.to_string() }
            }
            Some(_) | None => unavailable(error.to_string()),
        }
    })
}

/// A connection at work. Its own end tells nothing.
type Connection = Fuse<BoxFuture<'static, ()>>;

/// Sends the request over `stream` and reads the head of the answer. The connection lives as long as this future, and
/// then as long as the content that is coming.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    host: String,
    request: Prepared,
    left: EgressRecord,
    record: Recorder<'_>,
) -> Result<Coming, EgressError> {
    let unavailable = |error: hyper::Error| EgressError::Unavailable { host: host.clone(), reason: describe(&error) };
    record(left.clone());
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_ANSWER_FIELDS)
        .max_buf_size(MAX_ANSWER_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(unavailable)?;
    let mut connection: Connection = connection.map(drop).boxed().fuse();
    let response = alongside(&mut connection, sender.send_request(head(request))).await.map_err(unavailable)?;
    let (parts, body) = response.into_parts();
    let field =
        |(name, value): (&http::HeaderName, &http::HeaderValue)| (name.as_str().to_owned(), value.as_bytes().to_vec());
    let head = Head {
        status: parts.status.as_u16(),
        fields: parts.headers.iter().map(field).collect(),
        certificate: left.certificate.map(|digest| digest.0),
    };
    let begun = (connection, sender, body, host);
    let content = stream::try_unfold(begun, |(mut connection, sender, mut body, host)| async move {
        match alongside(&mut connection, next(&mut body)).await {
            Ok(piece) => Ok(piece.map(|piece| (piece, (connection, sender, body, host)))),
            Err(error) => Err(EgressError::Unavailable { host, reason: describe(&error) }),
        }
    });
    Ok(Coming::new(head, Box::pin(content), Some(left)))
}

/// The next piece of the content; none at its end. What comes after it, trailers, nobody gets.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, hyper::Error> {
    while let Some(frame) = body.frame().await {
        match frame?.into_data() {
            Ok(data) => return Ok(Some(data)),
            Err(_trailers) => {}
        }
    }
    Ok(None)
}

/// Polls `connection` until `answer` is there.
async fn alongside<A: Future>(connection: &mut Connection, answer: A) -> A::Output {
    tokio::pin!(answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        () = connection => answer.await,
    }
}

fn head(request: Prepared) -> http::Request<Full<Bytes>> {
    let destination = request.permit.destination();
    let mut head = http::Request::new(Full::new(Bytes::from(request.body)));
    *head.method_mut() = request.method;
    *head.uri_mut() = destination.path().parse().expect("a destination's path was parsed as one");
    let authority = destination.authority().parse().expect("a host and port are visible ASCII");
    head.headers_mut().insert(http::header::HOST, authority);
    for (name, value) in request.fields {
        head.headers_mut().append(name, value);
    }
    for field in request.secret_fields {
        head.headers_mut().append(field.name, field.value);
    }
    head
}

/// An error with its causes, in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
