//! Small servers on loopback that answer as the tests want, well or badly.
#![allow(dead_code)]

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use adyton_engine::egress::Resolver;
use futures::future::BoxFuture;
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};

/// What a server does with a connection, after the request's head.
#[derive(Clone)]
pub enum Reply {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing, for ever.
    Stall(Vec<u8>),
    /// These bytes, then zeros without end.
    Endless(Vec<u8>),
    /// The request's head, as the content of a good answer.
    Echo,
}

/// A running server: its port, and how many requests it has seen.
pub struct Server {
    pub port: u16,
    pub requests: Arc<AtomicUsize>,
}

impl Server {
    pub fn seen(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// An answer 200 with this content.
pub fn ok(content: &str) -> Reply {
    answer("200 OK", "", content)
}

/// An answer with these header fields (each ends in CRLF) and content.
pub fn answer(status: &str, fields: &str, content: &str) -> Reply {
    let length = content.len();
    Reply::Bytes(format!("HTTP/1.1 {status}\r\n{fields}content-length: {length}\r\n\r\n{content}").into_bytes())
}

/// Serves plain HTTP.
pub async fn plain(reply: Reply) -> Server {
    serve(reply, None).await
}

/// Serves HTTPS with this certificate.
pub async fn encrypted(reply: Reply, identity: &Identity) -> Server {
    serve(reply, Some(acceptor(identity))).await
}

/// What takes connections over TLS with this certificate.
pub fn acceptor(identity: &Identity) -> tokio_rustls::TlsAcceptor {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has the usual versions")
        .with_no_client_auth()
        .with_single_cert(vec![identity.certificate.clone()], identity.key.clone_key())
        .expect("key and certificate belong together");
    tokio_rustls::TlsAcceptor::from(Arc::new(config))
}

async fn serve(reply: Reply, tls: Option<tokio_rustls::TlsAcceptor>) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let requests = Arc::new(AtomicUsize::new(0));
    let seen = requests.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (reply, tls, seen) = (reply.clone(), tls.clone(), seen.clone());
            tokio::spawn(async move {
                // A client that goes away ends its connection, and the test looks at the client.
                let _ = match tls {
                    Some(tls) => match tls.accept(stream).await {
                        Ok(stream) => handle(stream, reply, seen).await,
                        Err(error) => Err(error),
                    },
                    None => handle(stream, reply, seen).await,
                };
            });
        }
    });
    Server { port, requests }
}

async fn handle(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    reply: Reply,
    seen: Arc<AtomicUsize>,
) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            length => head.extend_from_slice(&buffer[..length]),
        }
    }
    seen.fetch_add(1, Ordering::SeqCst);
    match reply {
        Reply::Bytes(bytes) => stream.write_all(&bytes).await?,
        Reply::Stall(bytes) => {
            stream.write_all(&bytes).await?;
            std::future::pending().await
        }
        Reply::Endless(bytes) => {
            stream.write_all(&bytes).await?;
            loop {
                stream.write_all(&[b'0'; 4096]).await?;
            }
        }
        Reply::Echo => {
            let Reply::Bytes(bytes) = ok(&String::from_utf8_lossy(&head)) else { return Ok(()) };
            stream.write_all(&bytes).await?;
        }
    }
    stream.shutdown().await
}

/// A certificate authority of the test's own.
pub struct Authority {
    pub root: Vec<u8>,
    issuer: Issuer<'static, KeyPair>,
}

/// A server's certificate and key.
pub struct Identity {
    pub certificate: CertificateDer<'static>,
    pub key: PrivateKeyDer<'static>,
}

impl Authority {
    pub fn new() -> Self {
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let root = params.self_signed(&key).expect("a root").der().to_vec();
        Self { root, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `name`, valid in the years `from` to `to`.
    pub fn issue(&self, name: &str, from: i32, to: i32) -> Identity {
        let (certificate, key) = self.sign(name, from, to);
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("PKCS #8");
        Identity { certificate: certificate.der().clone(), key }
    }

    /// A certificate for `name` and its key, as the texts that servers read (RFC 7468).
    pub fn issue_texts(&self, name: &str) -> (String, String) {
        let (certificate, key) = self.sign(name, 2020, 2100);
        (certificate.pem(), key.serialize_pem())
    }

    fn sign(&self, name: &str, from: i32, to: i32) -> (Certificate, KeyPair) {
        let mut params = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.issuer).expect("a certificate"), key)
    }
}

/// Answers as told; unknown names have no address.
#[derive(Default)]
pub struct Names(pub BTreeMap<&'static str, Vec<IpAddr>>);

impl Names {
    pub fn new(names: &[(&'static str, &str)]) -> Arc<Self> {
        let parse = |list: &str| list.split(' ').map(|address| address.parse().expect("an address")).collect();
        Arc::new(Self(names.iter().map(|(name, addresses)| (*name, parse(addresses))).collect()))
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, host: &'a str) -> BoxFuture<'a, io::Result<Vec<IpAddr>>> {
        let found = self.0.get(host).cloned().ok_or_else(|| io::Error::other("no such name"));
        Box::pin(async move { found })
    }
}
