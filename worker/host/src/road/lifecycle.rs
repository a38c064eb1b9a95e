//! A contract's `init` and `migrate` (`wit/lifecycle.wit`): which of the two its code is owed, by the worker's mark in
//! the contract's sealed state, and one run of it. The mark is part of the run's one commit: whoever finds it there has
//! nothing to run.

use std::sync::Arc;

use adyton_engine::Module;
use adyton_protocol::{
    call::{self, CallFields, RESERVED_PATH},
    ids::{CodeHash, RequestId},
    receipt::{Caller, Transition},
};
use adyton_state::{StateError, Transaction};
use codec::{Decode, Encode};
use rand_core::{OsRng, RngCore};

use super::{
    answer::{Answer, Asker, Begun, Origin, Trigger, carry_out, in_turn, state},
    host::WORKER,
    request::Call,
};
use crate::{code, contract::Contract, error::Refusal, worker::Worker};

/// For how many seconds a run may wait for its place before it asks again.
const WAITS: u64 = 60;
/// The store's key of the mark.
const MARK: &[u8] = &[WORKER, b'l', b'i', b'f', b'e'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "mark of the contract's life" };

/// Which code the state is ready for.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// The version's number.
    pub version: u32,
    /// The code.
    pub code: CodeHash,
    /// The request id of the run, whose answer has the receipt as long as it is kept.
    pub request: RequestId,
}

/// The newest mark.
pub async fn mark(transaction: &mut Transaction) -> Result<Option<Mark>, StateError> {
    let Some(entry) = transaction.get(MARK).await? else { return Ok(None) };
    let mut bytes = &entry.value[..];
    let mark = Mark::decode(&mut bytes).map_err(|_| UNREADABLE)?;
    if bytes.is_empty() { Ok(Some(mark)) } else { Err(UNREADABLE) }
}

/// What `module` is owed as this version of its contract, before it answers; none if it exports nothing of the kind.
pub async fn owed(
    transaction: &mut Transaction,
    module: &Module,
    version: u32,
) -> Result<Option<Transition>, StateError> {
    if !module.has_lifecycle() {
        return Ok(None);
    }
    Ok(match mark(transaction).await? {
        None => Some(Transition::Init),
        // By the number too: what came between, and is gone, may have had no lifecycle and changed the state.
        Some(mark) if (mark.version, mark.code) == (version, module.code()) => None,
        Some(Mark { version, code, .. }) => Some(Transition::Migrate { version, code }),
    })
}

/// Runs what the contract's code is owed, and commits what it did; none if that is nothing.
pub async fn run(worker: &Arc<Worker>, contract: &Arc<Contract>) -> Result<Option<Answer>, Refusal> {
    let module = code::of(worker, contract).await?;
    let module = &module;
    // One for both attempts: other contracts that the second one calls answer it as they answered the first one.
    let request = random_id()?;
    in_turn(contract, |turn| async move {
        let view = worker.right(contract).view()?;
        let not_after = view.now_ms() / 1000 + WAITS;
        let mut begun = Begun::new(worker, contract, not_after, turn).await?;
        let owed = owed(&mut begun.transaction, module, contract.version).await.map_err(state)?;
        let Some(transition) = owed else { return Ok(None) };
        let call = self::call(worker, contract, transition, request, not_after);
        let mark = Mark { version: contract.version, code: contract.code, request };
        begun.transaction.set(MARK, &mark.encode()).map_err(state)?;
        let origin = Origin { caller: Caller::Anonymous, asker: Asker::NOBODY, trigger: Trigger::Life(transition) };
        carry_out(worker, contract, module, &call, origin, begun).await.map(Some)
    })
    .await
}

/// The name of what a transition runs.
pub fn name(transition: Transition) -> &'static str {
    match transition {
        Transition::Init => "init",
        Transition::Migrate { .. } => "migrate",
    }
}

fn random_id() -> Result<RequestId, Refusal> {
    let mut id = [0; 16];
    OsRng.try_fill_bytes(&mut id).map_err(|_| Refusal::Worker)?;
    Ok(RequestId(id))
}

/// The request that stands for a run in its receipt. Its path is reserved, and its id random: nobody outside can use
/// either up.
fn call(worker: &Worker, contract: &Contract, transition: Transition, request_id: RequestId, not_after: u64) -> Call {
    let fields = CallFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        request_id,
        not_after,
        caller: None,
    };
    let (method, path) = ("POST".to_owned(), format!("{RESERVED_PATH}lifecycle/{}", name(transition)));
    let digest = call::request_digest(
        &worker.network,
        &contract.id,
        &fields.request_id,
        method.as_bytes(),
        path.as_bytes(),
        &Vec::new(),
        &[],
    );
    Call { fields, method, path, headers: Vec::new(), content: Vec::new(), digest, fresh: false }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::road::answer::tests::store;

    /// Leaves a mark as if this version had made its state ready.
    pub(crate) async fn set_mark(store: &adyton_state::Store, version: u32, code: CodeHash) {
        let mark = Mark { version, code, request: RequestId([1; 16]) };
        let mut transaction = store.begin().await.expect("begins");
        transaction.set(MARK, &mark.encode()).expect("sets");
        let prepared = store.prepare(transaction).await.expect("prepares");
        store.commit(prepared, None).await.expect("commits");
    }

    #[tokio::test]
    async fn what_is_no_mark_is_not_read_as_one() {
        for bytes in [Vec::new(), vec![1; 51], vec![1; 53]] {
            let store = store().await;
            let mut transaction = store.begin().await.expect("begins");
            assert_eq!(mark(&mut transaction).await.expect("reads"), None);
            transaction.set(MARK, &bytes).expect("sets");
            assert!(mark(&mut transaction).await.is_err(), "{} bytes", bytes.len());
        }
        let store = store().await;
        set_mark(&store, 3, CodeHash([9; 32])).await;
        let found = mark(&mut store.begin().await.expect("begins")).await.expect("reads");
        assert_eq!(found.map(|mark| (mark.version, mark.code)), Some((3, CodeHash([9; 32]))));
    }
}
