//! Servers that let everybody in, and then say what a test wants.

use std::{io, sync::Arc};

use adyton_protocol::manifest::Protocol;
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::NAME;
use crate::server::{Authority, acceptor};

/// What a server says to the first statement, and what it does then.
#[derive(Clone)]
pub enum Says {
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// These bytes, then nothing, for ever.
    Stall(Vec<u8>),
    /// These bytes again and again.
    Endless(Vec<u8>),
    /// PostgreSQL's challenge of SCRAM with this attribute, before it lets anyone in, and then a wrong proof of its own.
    Challenge(&'static str),
}

/// A running server.
pub struct Fake {
    pub port: u16,
    pub root: Vec<u8>,
}

/// A server with a certificate for its name.
pub async fn serve(protocol: Protocol, says: Says) -> Fake {
    serve_as(protocol, NAME, says).await
}

/// A server with a certificate for any name.
pub async fn serve_as(protocol: Protocol, name: &str, says: Says) -> Fake {
    let authority = Authority::new();
    let tls = acceptor(&authority.issue(name, 2020, 2100));
    let fake = listen(move |mut stream| {
        let (tls, says) = (tls.clone(), says.clone());
        async move {
            before(protocol, &mut stream).await?;
            let mut stream = tls.accept(stream).await?;
            if let Says::Challenge(rounds) = says {
                return challenge(&mut stream, rounds).await;
            }
            let_in(protocol, &mut stream).await?;
            // The statement itself is of no matter.
            let _length = stream.read(&mut [0; 4096]).await?;
            say(&mut stream, says).await
        }
    })
    .await;
    Fake { root: authority.root, ..fake }
}

/// A server that says this before TLS, whatever is asked.
pub async fn serve_plain(says: Says) -> Fake {
    listen(move |mut stream| {
        let says = says.clone();
        async move { say(&mut stream, says).await }
    })
    .await
}

/// A server that does this with each connection.
pub async fn listen<F: Future<Output = io::Result<()>> + Send>(
    serve: impl Fn(TcpStream) -> F + Send + Sync + 'static,
) -> Fake {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    let serve = Arc::new(serve);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let serve = serve.clone();
            // A client that goes away ends its connection, and the test looks at the client.
            tokio::spawn(async move { serve(stream).await.is_ok() });
        }
    });
    Fake { port, root: Authority::new().root }
}

/// What the protocol says before TLS.
async fn before(protocol: Protocol, stream: &mut TcpStream) -> io::Result<()> {
    match protocol {
        Protocol::Postgres => {
            stream.read_exact(&mut [0; 8]).await?;
            stream.write_all(b"S").await
        }
        Protocol::Mysql => {
            stream.write_all(&greeting()).await?;
            stream.read_exact(&mut [0; 36]).await.map(drop)
        }
        Protocol::Redis | Protocol::Http => Ok(()),
    }
}

/// A greeting of MySQL, with TLS.
pub fn greeting() -> Vec<u8> {
    let parts: [&[u8]; 5] = [
        b"\x0a8.0.36\0\x01\0\0\0ABCDEFGH\0",
        &[0x01, 0xaa, 45, 2, 0, 0x08, 0, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        b"IJKLMNOPQRST\0",
        b"mysql_native_password",
        b"\0",
    ];
    packet(0, &parts.concat())
}

/// A packet of MySQL.
pub fn packet(number: u8, content: &[u8]) -> Vec<u8> {
    let [low, middle, high, _] = (content.len() as u32).to_le_bytes();
    [&[low, middle, high, number], content].concat()
}

/// The content of the next packet of a client of MySQL.
pub async fn take_packet(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let [low, middle, high, _] = {
        let mut head = [0; 4];
        stream.read_exact(&mut head).await?;
        head
    };
    let mut content = vec![0; u32::from_le_bytes([low, middle, high, 0]) as usize];
    stream.read_exact(&mut content).await?;
    Ok(content)
}

/// A message of PostgreSQL.
pub fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag][..], &(content.len() as u32 + 4).to_be_bytes(), content].concat()
}

/// Asks nobody for a password.
async fn let_in(protocol: Protocol, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
    match protocol {
        Protocol::Postgres => {
            let _length = stream.read(&mut [0; 4096]).await?;
            let said = [message(b'R', &[0; 4]), message(b'K', &[0; 8]), message(b'Z', b"I")];
            stream.write_all(&said.concat()).await
        }
        Protocol::Mysql => {
            let _length = stream.read(&mut [0; 4096]).await?;
            stream.write_all(&packet(3, &[0, 0, 0, 2, 0, 0, 0])).await
        }
        Protocol::Redis | Protocol::Http => Ok(()),
    }
}

/// Asks for a proof of so many rounds, takes it as it is, and gives a wrong one.
async fn challenge(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), rounds: &str) -> io::Result<()> {
    let asked = |kind: u8, content: &[u8]| message(b'R', &[&[0, 0, 0, kind][..], content].concat());
    let mut said = [0; 4096];
    let _startup = stream.read(&mut said).await?;
    stream.write_all(&asked(10, b"SCRAM-SHA-256\0\0")).await?;
    let length = stream.read(&mut said).await?;
    let first = String::from_utf8_lossy(&said[..length]).into_owned();
    let Some((_, nonce)) = first.split_once("r=") else { return Err(io::ErrorKind::InvalidData.into()) };
    stream.write_all(&asked(11, format!("r={nonce}more,s=c2FsdA==,{rounds}").as_bytes())).await?;
    let _proof = stream.read(&mut said).await?;
    stream.write_all(&asked(12, b"v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")).await?;
    std::future::pending().await
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), says: Says) -> io::Result<()> {
    match says {
        Says::Challenge(_) => Ok(()),
        Says::Bytes(bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await
        }
        Says::Stall(bytes) => {
            stream.write_all(&bytes).await?;
            stream.flush().await?;
            std::future::pending().await
        }
        Says::Endless(bytes) => loop {
            stream.write_all(&bytes).await?;
        },
    }
}
