//! Servers on loopback that behave badly towards a contract that asks them.

use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::Result;
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};

/// How a server ends a request.
#[derive(Clone)]
pub enum Manner {
    /// Sends the asker on to this URL.
    Redirects(String),
    /// Answers, and never stops.
    AnswersForEver,
    /// Never answers.
    KeepsSilent,
    /// Answers well, under a certificate that nobody vouches for.
    SelfSigned,
    /// Answers well.
    Behaves,
}

/// A server that runs until the test ends.
pub struct Server {
    pub port: u16,
    requests: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(manner: Manner) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let requests = Arc::new(AtomicUsize::new(0));
        let (seen, tls) = (requests.clone(), tls()?);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (manner, seen, tls) = (manner.clone(), seen.clone(), tls.clone());
                // An asker that goes away ends its connection, and the test looks at the asker.
                thread::spawn(move || serve(stream, &manner, &seen, tls));
            }
        });
        Ok(Self { port, requests })
    }

    /// How many requests have arrived.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// A certificate for this host's own address, signed by itself.
fn tls() -> Result<Arc<ServerConfig>> {
    let key = rcgen::KeyPair::generate()?;
    let certificate = rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()])?.self_signed(&key)?;
    let private = PrivateKeyDer::try_from(key.serialize_der()).map_err(anyhow::Error::msg)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    Ok(Arc::new(config))
}

fn serve(stream: TcpStream, manner: &Manner, seen: &AtomicUsize, tls: Arc<ServerConfig>) -> io::Result<()> {
    if matches!(manner, Manner::SelfSigned) {
        let connection = ServerConnection::new(tls).map_err(io::Error::other)?;
        return answer(StreamOwned::new(connection, stream), manner, seen);
    }
    answer(stream, manner, seen)
}

fn answer(mut stream: impl Read + Write, manner: &Manner, seen: &AtomicUsize) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer)? {
            0 => return Ok(()),
            length => head.extend_from_slice(&buffer[..length]),
        }
    }
    seen.fetch_add(1, Ordering::SeqCst);
    match manner {
        Manner::Redirects(url) => {
            write!(stream, "HTTP/1.1 302 Found\r\nlocation: {url}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
        Manner::AnswersForEver => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
            loop {
                stream.write_all(&[b'0'; 4096])?;
            }
        }
        Manner::KeepsSilent => loop {
            // The asker's patience ends first.
            thread::sleep(Duration::from_secs(3600));
        },
        Manner::SelfSigned | Manner::Behaves => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello")
        }
    }?;
    stream.flush()
}
