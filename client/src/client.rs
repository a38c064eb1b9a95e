//! The client: proves the contract's record, seals the call, opens the answer, and gives it out only when its
//! receipt holds.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use adyton_chain_client::{
    extrinsic::{self, Call, Inclusion, Signer},
    facts::Facts,
    rpc::{HttpSource, Reader, Source},
    verifier::{FinalizedHeader, check_clock, verify_storage},
};
use adyton_protocol::{
    call::{CallFields, RESERVED_PATH},
    ids::{AccountId, ContractId, RequestId},
    receipt::Caller,
    storage,
};
use rand_core::RngCore;

use crate::{
    answer::{Evidence, Sent, VerifiedAnswer},
    attempt::{Tried, Viewer, authorize, refused, require_way},
    check::OpenReceipt,
    contract::{ExpectedNetwork, ProvenContract, check_network, missing_keys, wanted_keys},
    error::{Error, RecordRefusal},
    gateway::Gateway,
    message::{Incoming, Opened, Provisional, Request, Response},
    network::NetworkFile,
    recorder::Recorder,
    seal::{Sealed, chunked::ChunkedCall},
    worker::Demanded,
};

/// For how long a proven record is used for further calls before it is proven again.
const RECORD_AGE: Duration = Duration::from_secs(6);
/// For how long a call may be on its way, in seconds: its not-after lies that far ahead.
const CALL_LIFETIME: u64 = 120;
/// How much of that a second attempt needs to have left.
const SECOND_ATTEMPT: u64 = 10;

/// Unix milliseconds from this machine's clock.
pub type Clock = Box<dyn Fn() -> u64 + Send + Sync>;

/// A client of one network.
pub struct Client<S = HttpSource> {
    network: NetworkFile,
    reader: Reader<Recorder<S>>,
    gateway: Gateway,
    clock: Clock,
    proven: Mutex<HashMap<ContractId, Arc<Evidence>>>,
    pub(crate) demanded: Option<Demanded>,
}

impl Client<HttpSource> {
    /// A client of the network that `network` describes, over its node and gateway.
    pub fn new(network: NetworkFile) -> Result<Self, Error> {
        let source = HttpSource::new(&network.rpc)?;
        Self::over(network, source, Box::new(system_clock))
    }
}

impl<S: Source> Client<S> {
    /// A client over another source of the chain's data, and another clock.
    pub fn over(network: NetworkFile, source: S, clock: Clock) -> Result<Self, Error> {
        network.validate()?;
        network.checkpoint.check_age(clock())?;
        let gateway = Gateway::new(&network.gateway)?;
        let reader = Reader::new(Recorder::new(source), network.checkpoint.clone());
        Ok(Self { network, reader, gateway, clock, proven: Mutex::default(), demanded: None })
    }

    /// The network.
    pub fn network(&self) -> &NetworkFile {
        &self.network
    }

    /// The gateway.
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// The reader of proven facts.
    pub fn reader(&self) -> &Reader<Recorder<S>> {
        &self.reader
    }

    /// Calls a contract, signed by `caller` if there is one, and gives the answer when it is verified.
    pub async fn call(
        &self,
        contract: &ContractId,
        request: &Request,
        caller: Option<&dyn Signer>,
    ) -> Result<VerifiedAnswer, Error> {
        let sent = self.to_be_sent(request, caller, fresh_request_id())?;
        self.call_with(contract, sent, caller, true, None).await
    }

    /// Calls a contract in the open: gateway and whoever is on the way read request and answer, and of a disputable
    /// contract everybody. What the receipt proves is the same. Nobody is named as the caller: their signature would be
    /// anybody's to show again.
    pub async fn call_public(&self, contract: &ContractId, request: &Request) -> Result<VerifiedAnswer, Error> {
        let sent = Sent { sealed: false, ..self.to_be_sent(request, None, fresh_request_id())? };
        self.call_with(contract, sent, None, true, None).await
    }

    /// Calls a contract, and gives `show` the answer's parts as they come. They are provisional: what they say is nothing
    /// until this gives the verified answer, which begins with exactly them, and void if it gives an error instead
    /// ([`Error::Void`]).
    pub async fn call_streamed(
        &self,
        contract: &ContractId,
        request: &Request,
        caller: Option<&dyn Signer>,
        show: &mut (dyn FnMut(Provisional) + Send),
    ) -> Result<VerifiedAnswer, Error> {
        let mut viewer = Viewer { show, begun: false };
        let sent = self.to_be_sent(request, caller, fresh_request_id())?;
        let answer = self.call_with(contract, sent, caller, true, Some(&mut viewer)).await;
        answer.map_err(|error| if viewer.begun { Error::Void(Box::new(error)) } else { error })
    }

    /// Calls with a request id of one's own: the same one again, for some minutes, gets the answer that was
    /// stored for it, whose state may be older than what was anchored since.
    pub async fn call_as(
        &self,
        contract: &ContractId,
        request: &Request,
        caller: Option<&dyn Signer>,
        request_id: RequestId,
    ) -> Result<VerifiedAnswer, Error> {
        let sent = self.to_be_sent(request, caller, request_id)?;
        self.call_with(contract, sent, caller, false, None).await
    }

    /// A call that the contract itself answers, in a seal.
    fn to_be_sent(&self, request: &Request, caller: Option<&dyn Signer>, request_id: RequestId) -> Result<Sent, Error> {
        if request.path().starts_with(RESERVED_PATH) {
            return Err(Error::BadRequest(format!("paths that begin with {RESERVED_PATH} are the worker's own")));
        }
        let caller = caller.map_or(Caller::Anonymous, |signer| Caller::Account(signer.account()));
        let (network, request) = (self.network.network_id, request.clone());
        Ok(Sent { network, request, request_id, caller, sealed: true })
    }

    async fn call_with(
        &self,
        contract: &ContractId,
        sent: Sent,
        caller: Option<&dyn Signer>,
        first: bool,
        viewer: Option<&mut Viewer<'_>>,
    ) -> Result<VerifiedAnswer, Error> {
        let (tried, opened) = self.exchange(contract, &sent, caller, viewer).await?;
        let (response, receipt) = match opened {
            Opened::Worker(response, code) => return Err(refused(&sent, &response, code)),
            Opened::Answer(response, receipt) => (response, receipt),
        };
        let receipt = OpenReceipt::open(receipt, &sent.network)?;
        let mut proof = tried.for_receipt(&receipt).clone();
        if receipt.fields().block.number > proof.contract.worker().active_until {
            proof = self.newer(proof).await?;
        }
        let head = tried.first.contract.head().filter(|_| first);
        VerifiedAnswer::check(sent, response, receipt, proof, head)
    }

    /// Asks the worker itself, under a reserved path, signed by the contract's owner. The seal vouches for the
    /// answer: only the worker whose proven key it was sealed to can have given it. There is no receipt.
    pub async fn ask_worker(
        &self,
        contract: &ContractId,
        request: &Request,
        owner: &dyn Signer,
    ) -> Result<Response, Error> {
        if !request.path().starts_with(RESERVED_PATH) {
            return Err(Error::BadRequest(format!("the worker itself answers only under {RESERVED_PATH}")));
        }
        let caller = Caller::Account(owner.account());
        let (network, request) = (self.network.network_id, request.clone());
        let sent = Sent { network, request, request_id: fresh_request_id(), caller, sealed: true };
        match self.exchange(contract, &sent, Some(owner), None).await?.1 {
            Opened::Worker(response, None) if response.status < 400 => Ok(response),
            Opened::Worker(response, code) => Err(refused(&sent, &response, code)),
            Opened::Answer(..) => Err(Error::Malformed("the contract answered in the worker's place".into())),
        }
    }

    /// The contract as the newest finalized head proves it, not older than a few seconds.
    pub async fn contract(&self, contract: &ContractId) -> Result<ProvenContract, Error> {
        Ok(self.evidence(contract).await?.contract.clone())
    }

    /// Values of `keys` at the newest finalized head, which is this network's and of this moment.
    pub async fn facts(&self, keys: &[Vec<u8>]) -> Result<Facts, Error> {
        let head = self.reader.head().await?;
        self.facts_at(&head, keys).await
    }

    /// [`Client::facts`] at a head that was proven before.
    pub async fn facts_at(&self, head: &FinalizedHeader, keys: &[Vec<u8>]) -> Result<Facts, Error> {
        let mut all = vec![storage::timestamp(), storage::network()];
        all.extend_from_slice(keys);
        let facts = Facts::from(self.reader.read_at(head, &all).await?);
        check_network(&facts, &self.expected())?;
        check_clock(facts.values(), (self.clock)(), self.tolerance())?;
        Ok(facts)
    }

    /// Signs a call to the chain, hands it in, and waits until it is finalized and has succeeded.
    pub async fn submit(&self, signer: &dyn Signer, call: &Call) -> Result<Inclusion, Error> {
        // A chain that is not this network's, or stands still, gets no signature.
        self.facts(&[]).await?;
        Ok(extrinsic::call(&self.reader, signer, call, &extrinsic::Options::default()).await?)
    }

    /// What `call` costs `account` now in units of 10^-12 PHA, as the node says; nothing proves it.
    pub async fn fee(&self, account: &AccountId, call: &Call) -> Result<u128, Error> {
        Ok(extrinsic::fee(&self.reader, account, call).await?)
    }

    /// Seals, posts and opens; once more when the record has changed meanwhile, or the connection broke: the
    /// request id makes that the same call, and the same not-after makes what it asks of other contracts the same.
    async fn exchange(
        &self,
        contract: &ContractId,
        sent: &Sent,
        signer: Option<&dyn Signer>,
        mut viewer: Option<&mut Viewer<'_>>,
    ) -> Result<(Tried, Opened), Error> {
        let first = self.evidence(contract).await?;
        let not_after = self.unix_seconds() + CALL_LIFETIME;
        let error = match self.attempt(&first.contract, sent, signer, not_after, viewer.as_deref_mut()).await {
            Ok(Opened::Worker(response, Some(code))) => refused(sent, &response, Some(code)),
            Err(error @ (Error::Gateway { .. } | Error::Unreachable { .. } | Error::BrokenOff)) => error,
            Ok(opened) => return Ok((Tried { first, second: None }, opened)),
            Err(error) => return Err(error),
        };
        // Another run need not begin with what was shown of this one.
        if viewer.as_ref().is_some_and(|viewer| viewer.begun) {
            return Err(error);
        }
        let second = self.prove(contract).await?;
        let broke = matches!(error, Error::Unreachable { .. } | Error::BrokenOff);
        if !broke && !second.contract.differs_for_calls(&first.contract) {
            return Err(error);
        }
        let now = self.unix_seconds();
        let not_after = if not_after > now + SECOND_ATTEMPT { not_after } else { now + CALL_LIFETIME };
        let opened = self.attempt(&second.contract, sent, signer, not_after, viewer).await?;
        Ok((Tried { first, second: Some(second) }, opened))
    }

    async fn attempt(
        &self,
        contract: &ProvenContract,
        sent: &Sent,
        signer: Option<&dyn Signer>,
        not_after: u64,
        viewer: Option<&mut Viewer<'_>>,
    ) -> Result<Opened, Error> {
        let (limit, found) = (contract.manifest().limits.request, sent.request.body().len());
        if found > limit as usize {
            return Err(Error::ContentTooLarge { found, limit });
        }
        require_way(contract, sent)?;
        self.require_demanded(contract).await?;
        let fields = CallFields {
            network: sent.network,
            contract: contract.id(),
            code: contract.record().code,
            lease: contract.lease().number,
            request_id: sent.request_id,
            not_after,
            caller: signer.map(|signer| authorize(signer, contract, sent, not_after)),
        };
        let (key, message) = (&contract.worker().encryption_key, sent.request.encode(&fields)?);
        if !sent.sealed {
            return Opened::read(&self.gateway.call_in_the_open(&contract.id(), message).await?, false);
        }
        if let Some(viewer) = viewer {
            return self.stream(&contract.id(), ChunkedCall::seal(key, &message)?, viewer).await;
        }
        let sealed = Sealed::seal(key, &message)?;
        let answer = self.gateway.call(&contract.id(), sealed.bytes()).await?;
        let plain = sealed.open(&answer)?;
        Opened::read(&plain, sent.request.path().starts_with(RESERVED_PATH))
    }

    async fn stream(&self, contract: &ContractId, call: ChunkedCall, viewer: &mut Viewer<'_>) -> Result<Opened, Error> {
        let ChunkedCall { bytes, mut opener } = call;
        let mut answer = self.gateway.call_in_chunks(contract, bytes).await?;
        let mut incoming = Incoming::default();
        while let Some(bytes) = answer.next().await? {
            viewer.show(incoming.read(&opener.open(&bytes)?)?);
        }
        viewer.show(incoming.read(&opener.finish()?)?);
        incoming.finish()
    }

    /// A newer proof, if it is of the same lease and boot: the worker acted on a block that lies behind what is
    /// proven of its life so far.
    async fn newer(&self, known: Arc<Evidence>) -> Result<Arc<Evidence>, Error> {
        let newer = self.prove(&known.contract.id()).await?;
        Ok(if newer.contract.differs_for_calls(&known.contract) { known } else { newer })
    }

    async fn evidence(&self, contract: &ContractId) -> Result<Arc<Evidence>, Error> {
        let known = self.known(contract);
        if let Some(known) = known.filter(|known| known.at.elapsed() < RECORD_AGE)
            && known.contract.check_age((self.clock)(), self.tolerance()).is_ok()
        {
            return Ok(known);
        }
        self.prove(contract).await
    }

    /// Why there is no such contract.
    async fn missing(&self, contract: &ContractId) -> Result<Error, Error> {
        let retired = self.facts(&[storage::retired(contract)]).await?.retired(contract)?;
        Ok(RecordRefusal::missing(contract, retired).into())
    }

    async fn prove(&self, contract: &ContractId) -> Result<Arc<Evidence>, Error> {
        let at = Instant::now();
        let head = self.reader.head().await?;
        // What was true before says what to ask for: most often, one round trip is enough.
        let guess = self.known(contract);
        let mut keys = wanted_keys(contract, guess.as_ref().map(|known| &known.facts))?;
        let mut facts: Option<Facts> = None;
        let mut nodes = BTreeSet::new();
        let facts = loop {
            let proof = self.reader.source().read_proof(&keys, head.hash()).await?;
            let values = verify_storage(&head, &proof, &keys)?;
            nodes.extend(proof);
            let known = match facts {
                None => Facts::from(values),
                Some(facts) => facts.and(values)?,
            };
            keys = missing_keys(wanted_keys(contract, Some(&known))?, Some(&known));
            if keys.is_empty() {
                break known;
            }
            facts = Some(known);
        };
        let proven = match ProvenContract::check(&facts, *contract, &self.expected()) {
            Err(Error::Record(RecordRefusal::NoContract(_))) => return Err(self.missing(contract).await?),
            checked => checked?,
        };
        proven.check_age((self.clock)(), self.tolerance())?;
        let finality = self.reader.source().finality_of(&head.hash()).await?;
        let handovers = self.reader.handovers(&head).await;
        let nodes = nodes.into_iter().collect();
        let evidence = Arc::new(Evidence { contract: proven, facts, nodes, finality, handovers, at });
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).insert(*contract, evidence.clone());
        Ok(evidence)
    }

    fn known(&self, contract: &ContractId) -> Option<Arc<Evidence>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner).get(contract).cloned()
    }

    pub(crate) fn expected(&self) -> ExpectedNetwork {
        ExpectedNetwork { id: self.network.network_id, development: self.network.development }
    }

    /// This machine's clock.
    pub(crate) fn unix_seconds(&self) -> u64 {
        (self.clock)() / 1000
    }

    fn tolerance(&self) -> Duration {
        Duration::from_secs(self.network.clock_tolerance_seconds)
    }
}

fn fresh_request_id() -> RequestId {
    let mut id = [0; 16];
    rand_core::OsRng.fill_bytes(&mut id);
    RequestId(id)
}

fn system_clock() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
