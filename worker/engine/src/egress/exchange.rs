//! One exchange: resolve, judge, connect, encrypt, send, read.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use super::{
    Bounds, EgressError, EgressRecord, Permit, Prepared, Recorder, Resolver,
    address::{AddressClass, classify},
    record::response_digest,
    tls::Trust,
};

/// The most header fields of an answer.
pub const MAX_ANSWER_FIELDS: usize = 100;
/// The most bytes of an answer's head: status line and header fields.
pub const MAX_ANSWER_HEAD: usize = 32 * 1024;
/// The most addresses of a host that are looked at; a host with more is refused.
const MAX_ADDRESSES: usize = 32;

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
    /// SHA-256 of the peer's certificate, DER; none over plain HTTP.
    pub certificate: Option<[u8; 32]>,
}

/// Runs the exchange; see [`super::Carrier::carry`].
pub(super) async fn run(
    resolver: &dyn Resolver,
    trust: &Trust,
    request: Prepared,
    bounds: Bounds,
    record: Recorder<'_>,
) -> Result<Answer, EgressError> {
    let host = request.permit.destination().host();
    let addresses = judged_addresses(resolver, &request.permit).await?;
    let stream = connect(&host, &addresses).await?;
    if !request.permit.destination().encrypted() {
        let left = request.record(None);
        return exchange(stream, &host, request, bounds, left, record).await;
    }
    let stream = encrypt(stream, &host, trust, bounds.now_ms).await?;
    let certificate = stream.get_ref().1.peer_certificates().and_then(|chain| chain.first());
    let left = request.record(certificate.map(AsRef::as_ref));
    exchange(stream, &host, request, bounds, left, record).await
}

/// The addresses of the host, all of them allowed. One that is not refuses the host: it would be reached
/// whenever the others are not.
async fn judged_addresses(resolver: &dyn Resolver, permit: &Permit) -> Result<Vec<SocketAddr>, EgressError> {
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

async fn connect(host: &str, addresses: &[SocketAddr]) -> Result<TcpStream, EgressError> {
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

async fn encrypt(
    stream: TcpStream,
    host: &str,
    trust: &Trust,
    now_ms: u64,
) -> Result<tokio_rustls::client::TlsStream<TcpStream>, EgressError> {
    let unavailable = |reason: String| EgressError::Unavailable { host: host.to_owned(), reason };
    let config = trust.config(now_ms).map_err(|error| unavailable(error.to_string()))?;
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

/// Sends the request over `stream` and reads the answer. The connection lives as long as this future.
async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    host: &str,
    request: Prepared,
    bounds: Bounds,
    mut left: EgressRecord,
    record: Recorder<'_>,
) -> Result<Answer, EgressError> {
    let unavailable =
        |error: hyper::Error| EgressError::Unavailable { host: host.to_owned(), reason: describe(&error) };
    record(left.clone());
    let (mut sender, connection) = http1::Builder::new()
        .max_headers(MAX_ANSWER_FIELDS)
        .max_buf_size(MAX_ANSWER_HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(unavailable)?;
    let answer = async {
        let response = sender.send_request(head(request)).await.map_err(unavailable)?;
        read(response, host, bounds.answer_bytes).await
    };
    let mut answer = alongside(connection, answer).await?;
    answer.certificate = left.certificate.map(|digest| digest.0);
    left.response = response_digest(answer.status, &answer.fields, &answer.body);
    record(left);
    Ok(answer)
}

/// Polls `connection`, whose own end tells nothing, until `answer` is there.
async fn alongside<C: Future, A: Future>(connection: C, answer: A) -> A::Output {
    tokio::pin!(connection, answer);
    tokio::select! {
        biased;
        answer = &mut answer => answer,
        _ = &mut connection => answer.await,
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

async fn read(response: http::Response<hyper::body::Incoming>, host: &str, limit: u64) -> Result<Answer, EgressError> {
    let status = response.status().as_u16();
    let field =
        |(name, value): (&http::HeaderName, &http::HeaderValue)| (name.as_str().to_owned(), value.as_bytes().to_vec());
    let fields = response.headers().iter().map(field).collect();
    let mut content = response.into_body();
    let mut body = Vec::new();
    while let Some(frame) = content.frame().await {
        let frame =
            frame.map_err(|error| EgressError::Unavailable { host: host.to_owned(), reason: describe(&error) })?;
        let Ok(data) = frame.into_data() else { continue };
        if (body.len() + data.len()) as u64 > limit {
            return Err(EgressError::TooLarge { host: host.to_owned(), limit });
        }
        body.extend_from_slice(&data);
    }
    Ok(Answer { status, fields, body, certificate: None })
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
