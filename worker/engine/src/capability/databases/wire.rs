//! The encrypted connection, and what is counted, bounded and recorded of it.
//!
//! What opening a connection says has the password in it, so that its record has digests of nothing. Every statement
//! after it has a record with digests of the bytes that were sent for it and came back.

use std::{panic::resume_unwind, sync::Arc};

use adyton_protocol::{
    domain,
    ids::{ContractId, Digest},
    receipt::EgressRecord,
};
use sha2::{Digest as _, Sha256};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    task::spawn_blocking,
};
use tokio_rustls::client::TlsStream;

use super::failure::Failure;
use crate::{
    capability::http::Slot,
    egress::{Dialled, certificate},
    places::Places,
};

/// What every value of a result counts besides its bytes.
const VALUE: usize = 32;
/// The longest line of a protocol that has lines.
const MAX_LINE: usize = 64 * 1024;

/// What is known about a connection before there is one.
pub(super) struct Opening {
    /// The name of the protocol.
    pub(super) protocol: &'static str,
    /// `host:port`.
    pub(super) host: String,
    /// Its place in the ledger.
    pub(super) slot: Slot,
    /// The most bytes each way, and of a result that is kept: for opening it, and for each statement.
    pub(super) limit: u64,
    /// Where what a server asks for is computed, and for whom.
    pub(super) computing: (Arc<Places>, ContractId),
}

/// See the module.
pub(super) struct Wire {
    stream: BufReader<TlsStream<TcpStream>>,
    opening: Opening,
    certificate: Option<Digest>,
    /// Whether a statement is under way, which is recorded.
    statement: bool,
    sent: Flow,
    received: Flow,
    held: u64,
}

/// Bytes in one direction.
#[derive(Default)]
struct Flow {
    bytes: u64,
    hash: Sha256,
}

impl Flow {
    fn admit(&self, length: usize, limit: u64) -> Result<(), Failure> {
        let bytes = self.bytes.saturating_add(length as u64);
        if bytes > limit { Err(Failure::TooLarge(limit)) } else { Ok(()) }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }
}

impl Wire {
    /// Begins TLS, and records the connection before anything of the contract's leaves.
    pub(super) async fn begin(dialled: Dialled, opening: Opening) -> Result<Self, Failure> {
        let stream = dialled.encrypt().await?;
        let certificate = certificate(&stream).map(|der| Digest(Sha256::digest(der).into()));
        let (sent, received) = (Flow::default(), Flow::default());
        let stream = BufReader::new(stream);
        let wire = Self { stream, opening, certificate, statement: false, sent, received, held: 0 };
        wire.record(false);
        Ok(wire)
    }

    /// Begins a statement.
    pub(super) fn begin_statement(&mut self, slot: Slot) {
        self.opening.slot = slot;
        (self.statement, self.held) = (true, 0);
        (self.sent, self.received) = (Flow::default(), Flow::default());
    }

    /// Ends it: with what came, if all of it did. Says how many bytes came.
    pub(super) fn end_statement(&mut self, whole: bool) -> usize {
        if whole && self.sent.bytes > 0 {
            self.record(true);
        }
        self.statement = false;
        self.received.bytes as usize
    }

    /// The peer's certificate, DER.
    pub(super) fn certificate(&self) -> Option<&[u8]> {
        certificate(self.stream.get_ref()).map(AsRef::as_ref)
    }

    /// Sends bytes; what they are is recorded before.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.sent.admit(bytes.len(), self.opening.limit)?;
        self.sent.add(bytes);
        if self.statement {
            self.record(false);
        }
        self.opening.slot.count(bytes.len());
        self.stream.write_all(bytes).await?;
        Ok(self.stream.flush().await?)
    }

    /// Takes exactly `length` bytes, if so many may come.
    pub(super) async fn take(&mut self, length: usize) -> Result<Vec<u8>, Failure> {
        self.received.admit(length, self.opening.limit)?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes).await?;
        self.came(&bytes);
        Ok(bytes)
    }

    /// Takes a line, and leaves its CRLF out.
    pub(super) async fn take_line(&mut self) -> Result<Vec<u8>, Failure> {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if line.len() >= MAX_LINE {
                return Err(Failure::Nonsense("a line is too long"));
            }
            self.received.admit(1, self.opening.limit)?;
            let byte = self.stream.read_u8().await?;
            self.came(&[byte]);
            line.push(byte);
        }
        line.truncate(line.len() - 2);
        Ok(line)
    }

    /// Does what keeps a processor for long in the places for that. Nobody can end it early: it must be bounded itself.
    pub(super) async fn compute<T: Send + 'static>(
        &mut self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (places, contract) = &self.opening.computing;
        let place = places.take(*contract).await.map_err(|error| Failure::Unavailable(error.to_string()))?;
        let job = spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        match job.await {
            Ok(done) => Ok(done),
            Err(error) if error.is_panic() => resume_unwind(error.into_panic()),
            Err(error) => Err(Failure::Unavailable(error.to_string())),
        }
    }

    /// Makes sure that one more value of so many bytes may be kept.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Failure> {
        self.held = self.held.saturating_add(VALUE.saturating_add(bytes) as u64);
        if self.held > self.opening.limit { Err(Failure::TooLarge(self.opening.limit)) } else { Ok(()) }
    }

    fn came(&mut self, bytes: &[u8]) {
        self.received.add(bytes);
        self.opening.slot.count(bytes.len());
    }

    /// Writes down what left, and what came if that is all of it.
    fn record(&self, whole: bool) {
        let digest = |direction: &str, flow: Option<&Flow>| {
            let hash = flow.map_or_else(Sha256::new, |flow| flow.hash.clone()).finalize();
            let parts = [self.opening.protocol.as_bytes(), direction.as_bytes(), hash.as_slice()];
            Digest(domain::hash(domain::EGRESS_DATABASE, &parts))
        };
        self.opening.slot.record(EgressRecord {
            host: self.opening.host.clone(),
            certificate: self.certificate,
            request: digest("sent", Some(&self.sent).filter(|_| self.statement)),
            response: digest("received", Some(&self.received).filter(|_| whole)),
        });
    }
}
