//! Where a keyholder starts again: a checkpoint, sealed beside its shares.
//!
//! A share is as safe as the chain is true that its keyholder believes. Whoever has the keys of two thirds of an
//! authority set of long ago can go on from there with another chain, on which anybody may have a contract's keys; a
//! keyholder that proved the chain from its genesis at every start would believe it. So it goes on from where it last was.
//!
//! What must always hold: a share is used only by a process that started from a checkpoint which names that share, and a
//! checkpoint that names a share is on the disk before the share is. It names shares, and not only the machine, because
//! whoever shows a forged chain to a keyholder without a share gets a checkpoint of that chain sealed: with a new share,
//! which is worth nothing, and it must be worth nothing beside the old one. While the process runs, a newer checkpoint is
//! sealed only from a head that is fresh by a nonce of its own.
//!
//! It refuses a file that is missing beside a share, does not open, names other shares, or is of another genesis; there is
//! no way back to the genesis but to lose the share. What it cannot know is whether the host gives back an older file of
//! the same shares: `specs/finality.md` says what follows from that.

use std::{io, path::PathBuf, time::Duration};

use adyton_admission::counter;
use adyton_chain_client::{
    Error as ChainError,
    verifier::{Checkpoint, MAX_AUTHORITIES, Refusal},
};
use adyton_protocol::{
    domain,
    ids::{BlockHash, Digest},
};
use adyton_threshold::GroupPublic;
use codec::{Decode, DecodeAll, Encode};
use thiserror::Error;
use tracing::{debug, warn};

use crate::{
    chain::LightView,
    sealed_file::{SealedFile, Unopened},
};

/// The most shares that are named: of the master secret, and of the beacon's key.
const SHARES: usize = 2;
/// The most bytes of a checkpoint and the shares that it is for, encoded; an authority takes 40. There is room for one name
/// more, that of a share that a power failure kept from being sealed.
const MOST: usize = 128 + 32 * (SHARES + 1) + 40 * MAX_AUTHORITIES;
/// After how long a newer checkpoint is sealed though the authorities are the same.
const PERIOD: Duration = Duration::from_secs(60 * 60);
/// How often it is looked whether one is due.
const POLL: Duration = Duration::from_secs(5);
/// How long after a failure nothing is tried.
const PAUSE: Duration = Duration::from_secs(10);

/// Where the checkpoint is kept, and the shares that start from it.
pub struct CheckpointStore {
    file: SealedFile,
    genesis: BlockHash,
    shares: Vec<Digest>,
}

/// Why there is no checkpoint to start from, or none was sealed.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file system.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What it said.
        source: io::Error,
    },
    /// A share is here, and no file.
    #[error(
        "{} is missing. A share that is sealed beside it is used only from the block in it on, because whoever has keys of \
         earlier validators could show another chain to one that starts from the genesis. Put the file back as it was; if \
         it is lost, so is the share, which is replaced by resharing",
        .0.display()
    )]
    Missing(PathBuf),
    /// The file was sealed by another machine, measurement or configuration, or it is damaged.
    #[error(
        "{} does not open under this machine's sealing key: it was sealed by another machine, another release or under \
         another measured configuration, or it is damaged. Put the file back that lay beside the share; if it is lost, so \
         is the share, which is replaced by resharing",
        .0.display()
    )]
    Sealed(PathBuf),
    /// It was sealed for another share than the one that is here.
    #[error(
        "{} belongs to another share than one that is sealed beside it: one of the two was exchanged, and a share starts \
         only from its own. Put the file back that lay beside the share",
        .0.display()
    )]
    OtherShare(PathBuf),
    /// What was sealed makes no sense for this configuration; somebody who could seal wrote it.
    #[error("the checkpoint in {} is not sound: {problem}", path.display())]
    Unsound {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: &'static str,
    },
}

#[derive(Encode, Decode)]
struct Contents {
    /// Digests of the commitments of the shares that start from it.
    shares: Vec<Digest>,
    checkpoint: Checkpoint,
}

impl CheckpointStore {
    /// The store at `path` of a keyholder whose measured configuration has the digest `configuration` and names `genesis`;
    /// sealed under `sealing_key`, which the platform gives to this measurement on this machine alone.
    pub fn new(path: PathBuf, configuration: Digest, genesis: BlockHash, sealing_key: &[u8; 32]) -> Self {
        let file = SealedFile::new(domain::SEALED_CHECKPOINT, path, configuration, sealing_key, MOST);
        Self { file, genesis, shares: Vec::new() }
    }

    /// Where to start with `shares`, the commitments of all shares that are sealed here. None where there is no share: then
    /// whatever file is here counts for nothing, and the start is the genesis.
    pub fn open(&mut self, shares: &[&GroupPublic]) -> Result<Option<Checkpoint>, CheckpointError> {
        self.shares = shares.iter().map(|share| name(share)).collect();
        if self.shares.is_empty() {
            return Ok(None);
        }
        let path = || self.file.path().to_owned();
        let plain = match self.file.open() {
            Ok(Some(plain)) => plain,
            Ok(None) => return Err(CheckpointError::Missing(path())),
            Err(Unopened::Io(source)) => return Err(CheckpointError::Io { path: path(), source }),
            Err(Unopened::Sealed) => return Err(CheckpointError::Sealed(path())),
        };
        let unsound = |problem| CheckpointError::Unsound { path: path(), problem };
        let contents = Contents::decode_all(&mut &plain[..]).map_err(|_| unsound("it does not read as one"))?;
        if !self.shares.iter().all(|share| contents.shares.contains(share)) {
            return Err(CheckpointError::OtherShare(path()));
        }
        if contents.checkpoint.genesis_hash != self.genesis {
            return Err(unsound("it is of another chain than the configuration"));
        }
        // A share that cannot be opened now keeps its name: it starts from here when it can be again.
        if contents.shares.len() <= SHARES {
            self.shares = contents.shares;
        }
        Ok(Some(contents.checkpoint))
    }

    /// Seals `here` for the shares that are sealed already and for `share`, which is to be sealed right after.
    pub fn admit(&mut self, share: &GroupPublic, here: &Checkpoint) -> Result<(), CheckpointError> {
        self.shares.push(name(share));
        self.renew(here)
    }

    /// Seals `checkpoint` in the place of the one before.
    pub fn renew(&self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        let contents = Contents { shares: self.shares.clone(), checkpoint: checkpoint.clone() }.encode();
        self.file.replace(&contents).map_err(|source| CheckpointError::Io { path: self.file.path().to_owned(), source })
    }
}

/// What a share is known by.
fn name(share: &GroupPublic) -> Digest {
    Digest(domain::hash(domain::SEALED_CHECKPOINT, &[b"share", &share.to_bytes()]))
}

/// Seals newer checkpoints while the keyholder serves.
pub struct Keeper {
    store: CheckpointStore,
    /// The set of the last one that this process sealed, and when.
    last: Option<(u64, Duration)>,
}

/// Why no newer checkpoint was sealed. The one before stays.
#[derive(Debug, Error)]
pub enum KeeperError {
    /// The chain's newest head is not proven, or not fresh.
    #[error("reading the newest block: {0}")]
    Chain(#[from] ChainError),
    /// It could not be written.
    #[error(transparent)]
    Store(#[from] CheckpointError),
}

impl Keeper {
    /// For what `store` holds.
    pub fn new(store: CheckpointStore) -> Self {
        Self { store, last: None }
    }

    /// Seals a newer checkpoint whenever one is due, for ever. Failures are reported and tried again.
    pub(crate) async fn follow(mut self, view: &LightView) {
        loop {
            let pause = match self.step(view).await {
                Ok(_) => POLL,
                // As long as there is no nonce, the pulse says why.
                Err(KeeperError::Chain(ChainError::Refused(Refusal::NonceNotProven))) => POLL,
                Err(error) => {
                    warn!(%error, "no newer checkpoint is sealed");
                    PAUSE
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Seals the newest head as a checkpoint if one is due: the first of this process, when the authorities have changed
    /// since the last, and each hour. Says whether it did.
    pub async fn step(&mut self, view: &LightView) -> Result<bool, KeeperError> {
        let set = view.reader().followed().await.set_id;
        if self.last.is_some_and(|(last, at)| last == set && counter().saturating_sub(at) < PERIOD) {
            return Ok(false);
        }
        let checkpoint = view.checkpoint().await?;
        self.store.renew(&checkpoint)?;
        self.last = Some((checkpoint.set_id, counter()));
        debug!(block = checkpoint.number, set = checkpoint.set_id, "checkpoint sealed");
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
