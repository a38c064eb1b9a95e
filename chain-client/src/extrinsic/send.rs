//! From a call to its finalized effect.
//!
//! A signature names the version of the runtime. When the chain's code is replaced, what waits is void, and nobody else
//! tells its sender so: that is noticed here, from the proven version, and signed again under the same nonce, so that it
//! is done once.
//!
//! Round trips: signing costs a head, one proof, and two questions that need no proof, asked at once;
//! submitting one; waiting costs a head and one proof for each new finalized block, and in the end two for
//! each block that may carry the extrinsic (its body, its events).

use std::time::{Duration, Instant};

use adyton_protocol::{
    ids::{AccountId, BlockNumber},
    storage,
};
use tokio::sync::Mutex;

use super::{
    Call, Era, Outcome, SPECIFICATION_NAME, SPECIFICATION_VERSION, Signer, TRANSACTION_VERSION, Terms, encoding,
    outcome,
};
use crate::{
    Error,
    facts::{Facts, RuntimeCode, runtime_code_key},
    rpc::{Reader, Source},
    verifier::{FinalizedHeader, extrinsics_root_matches},
};

/// The most extrinsics of one account that may wait before another is signed.
const MAX_WAITING: u32 = 64;
/// When an extrinsic has not been seen for this long, it is submitted again.
const SUBMIT_AGAIN: Duration = Duration::from_secs(6);

/// How to sign and to wait.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// What the author gets on top, in units of 10^-12 PHA.
    pub tip: u128,
    /// For how many blocks it may wait (see [`Era::mortal`]).
    pub period: u32,
    /// The nonce; none: the account's next.
    pub nonce: Option<u32>,
    /// How often to ask for a new head.
    pub poll: Duration,
    /// How long to wait for its inclusion at the most.
    pub limit: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { tip: 0, period: 128, nonce: None, poll: Duration::from_millis(100), limit: Duration::from_secs(120) }
    }
}

/// A signed extrinsic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What is submitted.
    pub bytes: Vec<u8>,
    /// Who signed.
    pub account: AccountId,
    /// Under which nonce.
    pub nonce: u32,
    /// For which version of the runtime's logic; under any other one it counts for nothing.
    pub specification: u32,
    /// The finalized head at which it was signed: it stands in no earlier block.
    pub born: BlockNumber,
    /// The last block that can carry it.
    pub until: Option<BlockNumber>,
}

/// A finalized block carries the extrinsic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inclusion {
    /// The block.
    pub block: FinalizedHeader,
    /// The extrinsic's number in it.
    pub index: u32,
    /// What became of it.
    pub outcome: Outcome,
}

/// Signs `call` for the chain as it is at the newest finalized head. Refuses a runtime that this version does
/// not know; its specification is proven, its transaction version is what the node says (a lie makes the
/// signature worthless, not misused, because the known version is what is signed). Refuses, too, where the node says
/// that its newest block has other code already, until that is final.
pub async fn sign<S: Source>(
    reader: &Reader<S>,
    signer: &dyn Signer,
    call: &Call,
    options: &Options,
) -> Result<Signed, Error> {
    let account = signer.account();
    let tip = reader.read(&[storage::account(&account), runtime_code_key()]).await?;
    let facts = Facts::from(tip.values);
    let proven = facts.account(&account)?.nonce;
    let source = reader.source();
    let (version, next) = tokio::join!(source.runtime_version(), source.next_nonce(&account));
    let (code, version) = (facts.runtime_code()?, version?);
    check_runtime(&code, version.transaction)?;
    let specification = code.specification;
    if version.specification != specification {
        return Err(Error::Upgraded { from: specification, to: version.specification });
    }
    let nonce = match options.nonce {
        Some(nonce) => nonce,
        None => next_nonce(proven, next?)?,
    };
    let era = Era::mortal(tip.head.block(), options.period);
    let terms = Terms { genesis_hash: tip.head.genesis_hash(), specification, nonce, era, tip: options.tip };
    let bytes = encoding::signed(&call.encoded(), &terms, signer);
    Ok(Signed { bytes, account, nonce, specification, born: tip.head.number(), until: era.until() })
}

/// Hands a signed extrinsic to the node's pool.
pub async fn submit<S: Source>(reader: &Reader<S>, signed: &Signed) -> Result<(), Error> {
    let source = reader.source();
    let Err(error) = source.submit(&signed.bytes).await else { return Ok(()) };
    // The newest block may have got other code since it was signed; the node then only says that the signature is wrong.
    match source.runtime_version().await {
        Ok(version) if version.specification != signed.specification => {
            Err(Error::Upgraded { from: signed.specification, to: version.specification })
        }
        Ok(_) | Err(_) => Err(error),
    }
}

/// Waits until a finalized block carries the extrinsic, and says what became of it. That it is carried is
/// proven by the account's nonce and the block's body, what became of it by the block's events. Ends when the chain's
/// code is replaced before that, after which no block can carry it.
pub async fn wait<S: Source>(reader: &Reader<S>, signed: &Signed, options: &Options) -> Result<Inclusion, Error> {
    let keys = [storage::account(&signed.account), runtime_code_key()];
    let (start, mut submitted) = (Instant::now(), Instant::now());
    let mut before = signed.born;
    loop {
        let left = options.limit.saturating_sub(start.elapsed());
        let head = match reader.head_above(before, options.poll, left).await {
            Err(Error::TimedOut { .. }) => {
                let what = "the extrinsic was not finalized";
                return Err(Error::TimedOut { what, waited: options.limit });
            }
            other => other?,
        };
        let facts = Facts::from(reader.read_at(&head, &keys).await?);
        if facts.account(&signed.account)?.nonce > signed.nonce {
            return find(reader, signed, &head, before).await?.ok_or(Error::Replaced { block: head.number() });
        }
        let specification = facts.runtime_code()?.specification;
        if specification != signed.specification {
            return Err(Error::Upgraded { from: signed.specification, to: specification });
        }
        if let Some(until) = signed.until
            && head.number() > until
        {
            return Err(Error::Expired { until });
        }
        before = head.number();
        if submitted.elapsed() >= SUBMIT_AGAIN {
            // A node that was restarted forgot it; one that was not says that it knows it.
            let _known = reader.source().submit(&signed.bytes).await;
            submitted = Instant::now();
        }
    }
}

/// Signs, submits and waits; a refusal by the chain is an error. An outcome that the events do not show is
/// returned as [`Outcome::Unknown`]: read the state that the call should have changed.
pub async fn call<S: Source>(
    reader: &Reader<S>,
    signer: &dyn Signer,
    call: &Call,
    options: &Options,
) -> Result<Inclusion, Error> {
    let inclusion = carried(reader, signer, call, options, &Mutex::default()).await?;
    match inclusion.outcome {
        Outcome::Failed(failure) => Err(Error::Failed { block: inclusion.block.number(), failure }),
        Outcome::Succeeded | Outcome::Unknown => Ok(inclusion),
    }
}

/// Signs, submits and waits, whatever comes of it; once more when an upgrade of the chain's code has voided what was
/// signed. `turn` is held from signing to submission: two extrinsics of one account that are signed at the same time
/// would have the same nonce.
pub async fn carried<S: Source>(
    reader: &Reader<S>,
    signer: &dyn Signer,
    call: &Call,
    options: &Options,
    turn: &Mutex<()>,
) -> Result<Inclusion, Error> {
    let (start, mut voided) = (Instant::now(), None);
    loop {
        match attempt(reader, signer, call, options, turn, &mut voided).await {
            Err(Error::Upgraded { .. }) if start.elapsed() < options.limit => tokio::time::sleep(options.poll).await,
            other => return other,
        }
    }
}

/// [`carried`] once. What an upgrade has voided leaves its nonce in `voided`, under which it is signed again.
async fn attempt<S: Source>(
    reader: &Reader<S>,
    signer: &dyn Signer,
    call: &Call,
    options: &Options,
    turn: &Mutex<()>,
    voided: &mut Option<u32>,
) -> Result<Inclusion, Error> {
    let options = Options { nonce: voided.or(options.nonce), ..*options };
    let (signed, taken) = {
        let _turn = turn.lock().await;
        let signed = sign(reader, signer, call, &options).await?;
        let taken = match submit(reader, &signed).await {
            // A node that has not yet seen that what was signed before is void keeps it in this one's place. It is
            // submitted again while it is waited for.
            Err(Error::Node { .. }) if voided.is_some() => true,
            // A node may say so and bring it to a block all the same: nothing else is signed until the chain proves that
            // it is void.
            Err(Error::Upgraded { .. }) => false,
            other => other.map(|()| true)?,
        };
        (signed, taken)
    };
    let included = wait(reader, &signed, &options).await;
    if taken && matches!(included, Err(Error::Upgraded { .. })) {
        *voided = Some(signed.nonce);
    }
    included
}

/// What `call` costs `account` now, in units of 10^-12 PHA, as the node says: nothing proves it, and the chain takes what
/// it takes. Nothing is signed for it.
pub async fn fee<S: Source>(reader: &Reader<S>, account: &AccountId, call: &Call) -> Result<u128, Error> {
    let head = reader.head().await?;
    let era = Era::mortal(head.block(), Options::default().period);
    let terms =
        Terms { genesis_hash: head.genesis_hash(), specification: SPECIFICATION_VERSION, nonce: 0, era, tip: 0 };
    reader.source().fee(&encoding::to_ask_about(&call.encoded(), &terms, *account)).await
}

/// Later versions of the logic take what this one signs, as long as the transaction version stays.
fn check_runtime(code: &RuntimeCode, transaction: u32) -> Result<(), Error> {
    if code.name == SPECIFICATION_NAME
        && code.specification >= SPECIFICATION_VERSION
        && transaction == TRANSACTION_VERSION
    {
        return Ok(());
    }
    Err(Error::OtherRuntime {
        found: format!("{} {}/{transaction}", code.name.escape_debug(), code.specification),
        known: format!("{SPECIFICATION_NAME} {SPECIFICATION_VERSION}/{TRANSACTION_VERSION}"),
    })
}

/// The nonce to sign with: what is proven, or what the node says when more wait. A node cannot make an account
/// sign far into the future.
fn next_nonce(proven: u32, said: u32) -> Result<u32, Error> {
    let waiting = said.saturating_sub(proven);
    if waiting > MAX_WAITING { Err(Error::TooManyWaiting { waiting }) } else { Ok(proven.max(said)) }
}

/// Looks for the extrinsic in the blocks after `before`, from `head` back.
async fn find<S: Source>(
    reader: &Reader<S>,
    signed: &Signed,
    head: &FinalizedHeader,
    before: BlockNumber,
) -> Result<Option<Inclusion>, Error> {
    let mut block = head.clone();
    while block.number() > before {
        let raw = reader.source().block(block.hash()).await?.ok_or(Error::Missing("finalized block"))?;
        if !extrinsics_root_matches(&block, &raw.extrinsics) {
            return Err(Error::BadAnswer("chain_getBlock"));
        }
        if let Some(index) = raw.extrinsics.iter().position(|bytes| *bytes == signed.bytes) {
            return inclusion(reader, block, index as u32).await.map(Some);
        }
        block = reader.parent(&block).await?;
    }
    Ok(None)
}

async fn inclusion<S: Source>(reader: &Reader<S>, block: FinalizedHeader, index: u32) -> Result<Inclusion, Error> {
    let key = storage::events();
    let values = reader.read_at(&block, std::slice::from_ref(&key)).await?;
    let outcome = outcome::of_events(values.value(&key)?.unwrap_or_default(), index);
    Ok(Inclusion { block, index, outcome })
}
