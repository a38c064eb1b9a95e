//! Outgoing HTTP and connections to databases: the only way from a contract to the world, and everything that stands in
//! it.
//!
//! The order is the safety: a URL is parsed once ([`Destination`]), matched against the manifest's rules
//! ([`Permit`], which only a match makes), its host is resolved here, every address is judged
//! ([`address::classify`]), and the connection goes to an address that was judged; the name is never
//! resolved again. Redirects are the contract's to follow, with another request that is judged again.

pub mod address;
mod answer;
mod destination;
mod dial;
mod exchange;
mod record;
pub mod resolver;
mod tls;

use std::sync::Arc;

use adyton_protocol::manifest::EgressRule;
use futures::future::BoxFuture;
use tokio::time::{Instant, timeout_at};
use zeroize::Zeroizing;

pub use adyton_protocol::receipt::EgressRecord;
pub use answer::{Answer, Coming, Head};
pub use destination::{Destination, InvalidUrl, Permit};
pub use dial::Dialled;
pub(crate) use dial::certificate;
pub use exchange::{MAX_ANSWER_FIELDS, MAX_ANSWER_HEAD};
pub use resolver::{Resolver, SystemResolver};
pub use tls::InvalidRoot;

pub(crate) use answer::{Open, Recording};

/// A request that may leave: everything about it has been checked but the addresses of its host.
pub struct Prepared {
    /// Where it may go.
    pub permit: Permit,
    /// The method.
    pub method: http::Method,
    /// Header fields that the contract wrote.
    pub fields: Vec<(http::HeaderName, http::HeaderValue)>,
    /// Header fields with secrets.
    pub secret_fields: Vec<SecretField>,
    /// The content.
    pub body: Vec<u8>,
}

/// A header field filled with a secret. Its value is in no digest: a digest of a guessable secret would
/// confirm guesses.
pub struct SecretField {
    /// The field's name.
    pub name: http::HeaderName,
    /// The text before the secret.
    pub prefix: String,
    /// The secret's name.
    pub secret: String,
    /// The whole value, marked as sensitive.
    pub value: http::HeaderValue,
}

impl SecretField {
    /// Composes the value; nothing if the secret has bytes that no header field may have.
    pub fn new(name: http::HeaderName, prefix: String, secret: String, value: &[u8]) -> Option<Self> {
        let whole = Zeroizing::new([prefix.as_bytes(), value].concat());
        let mut value = http::HeaderValue::from_bytes(&whole).ok()?;
        value.set_sensitive(true);
        Some(Self { name, prefix, secret, value })
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum EgressError {
    /// An address of the host is not allowed.
    #[error("{host} has the address {address}, which is {class}")]
    Address {
        /// The host.
        host: String,
        /// The address.
        address: std::net::IpAddr,
        /// What it is.
        class: &'static str,
    },
    /// The host's name could not be resolved.
    #[error("{host} could not be resolved: {reason}")]
    Resolution {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// No connection, or it broke.
    #[error("{host} is unavailable: {reason}")]
    Unavailable {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// The TLS certificate is not good for this host now.
    #[error("{host} has a bad certificate: {reason}")]
    Certificate {
        /// The host.
        host: String,
        /// Why.
        reason: String,
    },
    /// The answer's content is larger than allowed.
    #[error("the answer of {host} has more than {limit} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        limit: u64,
    },
    /// It took too long.
    #[error("no complete answer in time")]
    Timeout,
}

/// What a contract's manifest says about outgoing HTTP, ready for use.
pub struct Policy {
    rules: Vec<EgressRule>,
    tls: tls::Trust,
}

impl Policy {
    /// Takes the manifest's rules and its extra root certificates (DER).
    pub fn new(rules: Vec<EgressRule>, extra_roots: &[Vec<u8>]) -> Result<Self, InvalidRoot> {
        Ok(Self { rules, tls: tls::Trust::new(extra_roots)? })
    }

    /// Allows a destination if a rule covers it.
    pub fn permit(&self, destination: Destination) -> Option<Permit> {
        Permit::by_rules(&self.rules, destination)
    }
}

/// How much and how long one exchange may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Bytes of the answer's content.
    pub answer_bytes: u64,
    /// For the whole exchange.
    pub time: std::time::Duration,
    /// Milliseconds since 1970, against which certificates are checked.
    pub now_ms: u64,
}

/// Is told what leaves, as soon as anything of it may.
pub type Recorder<'a> = &'a (dyn Fn(EgressRecord) + Send + Sync);

/// Who carries requests out: the [`Network`] in a worker; what was recorded, where a contract's own tests run.
pub trait Carrier: Send + Sync {
    /// Carries a request out and the head of its answer in. The content comes as it is asked for.
    fn carry<'a>(
        &'a self,
        policy: &'a Policy,
        request: Prepared,
        bounds: Bounds,
        record: Recorder<'a>,
    ) -> BoxFuture<'a, Result<Coming, EgressError>>;

    /// Connects to a database's server. Where there is no world, there are no databases either.
    fn dial<'a>(
        &'a self,
        policy: &'a Policy,
        permit: &'a Permit,
        now_ms: u64,
    ) -> BoxFuture<'a, Result<Dialled, EgressError>> {
        let (_, _) = (policy, now_ms);
        let (host, reason) = (permit.destination().host(), "no database can be reached here".to_owned());
        Box::pin(std::future::ready(Err(EgressError::Unavailable { host, reason })))
    }
}

/// The world outside, by names that `resolver` resolves.
pub struct Network {
    resolver: Arc<dyn Resolver>,
}

impl Network {
    /// With the given resolver; [`SystemResolver`] in a worker.
    pub fn new(resolver: Arc<dyn Resolver>) -> Self {
        Self { resolver }
    }
}

impl Carrier for Network {
    fn carry<'a>(
        &'a self,
        policy: &'a Policy,
        request: Prepared,
        bounds: Bounds,
        record: Recorder<'a>,
    ) -> BoxFuture<'a, Result<Coming, EgressError>> {
        Box::pin(exchange::run(self.resolver.as_ref(), &policy.tls, request, bounds, record))
    }

    fn dial<'a>(
        &'a self,
        policy: &'a Policy,
        permit: &'a Permit,
        now_ms: u64,
    ) -> BoxFuture<'a, Result<Dialled, EgressError>> {
        Box::pin(dial::run(self.resolver.as_ref(), &policy.tls, permit, now_ms))
    }
}

/// Sends requests. One for all contracts; it keeps no connection and no state between requests.
#[derive(Clone)]
pub struct Egress {
    carrier: Arc<dyn Carrier>,
}

impl Egress {
    /// Carried by the [`Network`] in a worker.
    pub fn new(carrier: Arc<dyn Carrier>) -> Self {
        Self { carrier }
    }

    /// Sends a request and reads the whole answer. `recording` is told what left: first without an answer, as soon as
    /// anything of the request may leave, and again with the answer. What it was told last is true even if this future
    /// is dropped.
    pub(crate) async fn send(
        &self,
        policy: &Policy,
        request: Prepared,
        bounds: Bounds,
        recording: Recording,
    ) -> Result<Answer, EgressError> {
        self.open(policy, request, bounds, recording).await?.whole().await
    }

    /// Connects to a database's server. How long that may take, who calls this decides.
    pub(crate) async fn dial(&self, policy: &Policy, permit: &Permit, now_ms: u64) -> Result<Dialled, EgressError> {
        self.carrier.dial(policy, permit, now_ms).await
    }

    /// Sends a request and reads the head of the answer. The rest is to be read within the same bounds.
    pub(crate) async fn open(
        &self,
        policy: &Policy,
        request: Prepared,
        bounds: Bounds,
        recording: Recording,
    ) -> Result<Open, EgressError> {
        let deadline = Instant::now() + bounds.time;
        let host = request.permit.destination().host();
        let exchange = self.carrier.carry(policy, request, bounds, recording.as_ref());
        let coming = timeout_at(deadline, exchange).await.unwrap_or(Err(EgressError::Timeout))?;
        Ok(Open::new(coming, (host, bounds.answer_bytes), deadline, recording))
    }
}
