//! Why the store refused, sorted by what the caller does next.

use std::{error::Error, io, sync::Arc};

use slatedb::{CloseReason, ErrorKind};

use crate::sealed::SealError;

/// Why an operation on the store did not happen.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The store on disk is older than what is pinned on chain: somebody put back an old copy.
    #[error("the store ends at sequence {found}, but {floor} is pinned on chain: this is an old copy")]
    OlderThanFloor {
        /// The last sequence in the store.
        found: u64,
        /// The sequence that is pinned on chain.
        floor: u64,
    },
    /// The store went another way than the chain knows.
    #[error("the store's head at sequence {sequence} is not the one pinned on chain: this is a fork")]
    Forked {
        /// Where the two differ.
        sequence: u64,
    },
    /// The pinned sequence lies so far back that the store no longer holds its head.
    #[error("the store no longer knows its head at sequence {sequence}, which is pinned on chain")]
    FloorForgotten {
        /// The pinned sequence.
        sequence: u64,
    },
    /// The commits in the store do not form one chain: parts of different copies were mixed.
    #[error("the chain of commits is broken at sequence {sequence}: parts of different copies were mixed")]
    BrokenChain {
        /// The first commit that does not follow from the one before it.
        sequence: u64,
    },
    /// The store is to keep a record of each commit, and has none of one that is there already.
    #[error("the store has no record of the commit at sequence {sequence}: it was begun without a history")]
    NoHistory {
        /// The commit.
        sequence: u64,
    },
    /// An object was altered, cut, moved, or is not this contract's.
    #[error("an object of the store was not written by this contract's workers: {0}")]
    Tampered(#[from] SealError),
    /// The store was written by a program with another layout of it.
    #[error("the store has layout {found}, which this version does not read; open it with the version that wrote it")]
    OtherLayout {
        /// The layout found.
        found: u8,
    },
    /// A record that opened correctly does not read as what it should be.
    #[error("the store's {what} cannot be read")]
    Unreadable {
        /// Which record.
        what: &'static str,
    },
    /// Another writer took over, so far as can be seen: this store can only be closed. The chain says who
    /// holds the lease; if it is still ours, open again. (A write that took place although the storage
    /// reported a failure looks the same when it is repeated.)
    #[error("a newer writer has taken over this store")]
    Fenced,
    /// The lease given at opening is older than one that already wrote.
    #[error("lease {lease} is not newer than lease {seen}, which has already written to this store")]
    Superseded {
        /// The lease given.
        lease: u64,
        /// The newest lease seen in the store.
        seen: u64,
    },
    /// A commit after this transaction's start changed what it had read. Run it again.
    #[error("a later commit changed what this transaction had read; run it again")]
    Conflict,
    /// The request has an answer already; send that one.
    #[error("this request has already been answered")]
    AlreadyAnswered,
    /// The transaction, key, value or answer is larger than allowed.
    #[error("{what} is {size}, more than the {limit} allowed")]
    TooLarge {
        /// What is too large, with its unit.
        what: &'static str,
        /// Its size.
        size: usize,
        /// The limit.
        limit: usize,
    },
    /// The entries would have more bytes together than the store may hold, and more than they have now.
    #[error("all entries would have {stored} bytes together, more than the {quota} that the store may hold")]
    Quota {
        /// Bytes that they would have.
        stored: u64,
        /// Bytes that they may have.
        quota: u64,
    },
    /// The store has as many commits as can be counted.
    #[error("the store has as many commits as can be counted")]
    Exhausted,
    /// The disk is full. Nothing that was acknowledged is lost; reopen the store when there is space.
    #[error("the disk is full; nothing acknowledged is lost, reopen the store when there is space")]
    StorageFull,
    /// An earlier failure left open what is durable. Reopen the store.
    #[error("the store failed earlier and has to be reopened: {0}")]
    Poisoned(#[source] Arc<StateError>),
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
    /// The disk or object store did not do as asked; whether the last commit is durable shows on reopening.
    #[error("the storage below failed: {0}")]
    Storage(#[source] Arc<dyn Error + Send + Sync>),
}

impl From<slatedb::Error> for StateError {
    fn from(error: slatedb::Error) -> Self {
        if let Some(reason) = root_cause(&error) {
            return reason;
        }
        match error.kind() {
            ErrorKind::Closed(CloseReason::Fenced) => Self::Fenced,
            ErrorKind::Closed(CloseReason::Clean) => Self::Closed,
            _ => Self::Storage(Arc::new(error)),
        }
    }
}

impl From<object_store::Error> for StateError {
    fn from(error: object_store::Error) -> Self {
        root_cause(&error).unwrap_or_else(|| Self::Storage(Arc::new(error)))
    }
}

/// Looks through an error's sources for the two causes that have a name of their own.
fn root_cause(error: &(dyn Error + 'static)) -> Option<StateError> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(reason) = error.downcast_ref::<SealError>() {
            return Some(match reason {
                SealError::LaterLease { .. } => StateError::Fenced,
                other => StateError::Tampered(other.clone()),
            });
        }
        if error.downcast_ref::<io::Error>().is_some_and(is_full) {
            return Some(StateError::StorageFull);
        }
        next = error.source();
    }
    None
}

fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
