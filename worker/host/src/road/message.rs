//! A message that an account sent to a contract on the chain, and how far the contract has come with them, in its
//! sealed state.
//!
//! The number of the last message that is over is part of the one commit of the message's run: who finds a number after
//! it has not run that message. So each takes effect once, whichever worker has the contract, and whatever the chain
//! still keeps.

use std::sync::Arc;

use adyton_protocol::{
    call::CallFields,
    ids::RequestId,
    message::{self, Message},
    receipt::Caller,
};
use adyton_state::{StateError, Transaction};
use codec::{Decode, Encode};

use super::{
    answer::{Along, Answer, Asker, Begun, Origin, Trigger, carry_out, commit_noted, in_turn, state},
    host::WORKER,
    request::Call,
    schedule::{WAITS, room},
};
use crate::{code, contract::Contract, error::Refusal, worker::Worker};

/// The store's key of the number of the last message that is over.
const OVER: &[u8] = &[WORKER, b'm', b's', b'g'];
/// What cannot be read is not what this worker wrote.
const UNREADABLE: StateError = StateError::Unreadable { what: "number of the last message" };

/// The number of the last message that is over; 0: there was none.
pub async fn over(transaction: &mut Transaction) -> Result<u64, StateError> {
    let Some(entry) = transaction.get(OVER).await? else { return Ok(0) };
    let mut bytes = &entry.value[..];
    let number = u64::decode(&mut bytes).map_err(|_| UNREADABLE)?;
    if bytes.is_empty() { Ok(number) } else { Err(UNREADABLE) }
}

/// Notes that the message of this number is over, and all before it. Nothing if it was already.
async fn advance(transaction: &mut Transaction, number: u64) -> Result<bool, StateError> {
    if number <= over(transaction).await? {
        return Ok(false);
    }
    transaction.set(OVER, &number.encode())?;
    Ok(true)
}

/// Has the contract answer the message and commits what that did, if the message is not over; none if it is.
pub async fn run(
    worker: &Arc<Worker>,
    contract: &Arc<Contract>,
    number: u64,
    message: &Message,
) -> Result<Option<Answer>, Refusal> {
    contract.life.check()?;
    let _inside = room(contract).await?;
    let module = code::of(worker, contract).await?;
    let module = &module;
    in_turn(contract, |turn| async move {
        let view = worker.right(contract).view()?;
        let not_after = view.now_ms() / 1000 + WAITS;
        let mut begun = Begun::next(worker, contract, not_after, turn).await?;
        if !advance(&mut begun.transaction, number).await.map_err(state)? {
            return Ok(None);
        }
        let call = self::call(worker, contract, number, message, not_after);
        let origin =
            Origin { caller: Caller::Account(message.sender), asker: Asker::NOBODY, trigger: Trigger::Message(number) };
        carry_out(worker, contract, module, &call, origin, begun).await.map(Some)
    })
    .await
}

/// Leaves the message behind without a run. A contract at its storage limit comes past it, too: its first message,
/// whose number is a new entry, would be run for ever otherwise.
pub async fn pass_over(worker: &Arc<Worker>, contract: &Arc<Contract>, number: u64) -> Result<(), Refusal> {
    in_turn(contract, |turn| async move {
        worker.right(contract).check()?;
        let mut transaction = contract.store.begin().await.map_err(state)?;
        if !advance(&mut transaction, number).await.map_err(state)? {
            return Ok(());
        }
        transaction.beyond_quota();
        let prepared = contract.store.prepare(transaction).await.map_err(state)?;
        commit_noted(worker, contract, turn, prepared, Along::default()).await.map(drop)
    })
    .await
}

/// The request id of a message's run.
pub fn request_id(worker: &Worker, contract: &Contract, number: u64) -> RequestId {
    let digest = message::digest(&worker.network, &contract.id, number);
    message::request_id(&worker.network, &contract.id, &contract.secrets.calling_secret(&digest))
}

/// The request of a run. Its path and field are reserved: nobody who calls from outside can send them.
fn call(worker: &Worker, contract: &Contract, number: u64, message: &Message, not_after: u64) -> Call {
    let fields = CallFields {
        network: worker.network,
        contract: contract.id,
        code: contract.code,
        lease: contract.lease,
        request_id: request_id(worker, contract, number),
        not_after,
        caller: None,
    };
    let content = message.payload.to_vec();
    Call::own(fields, "POST".into(), message::PATH.into(), message::fields(number), content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::road::answer::tests::store;

    #[tokio::test]
    async fn a_message_is_over_with_the_commit_of_its_run_and_not_before() {
        let store = store().await;
        let mut lost = store.begin().await.expect("begins");
        assert_eq!(over(&mut lost).await.expect("reads"), 0);
        assert!(advance(&mut lost, 1).await.expect("reads"));
        // As by a crash between the run and its commit.
        drop(lost);
        let mut again = store.begin().await.expect("begins");
        assert!(advance(&mut again, 1).await.expect("reads"));
        let prepared = store.prepare(again).await.expect("prepares");
        store.commit(prepared, None).await.expect("commits");
        let mut after = store.begin().await.expect("begins");
        assert_eq!(over(&mut after).await.expect("reads"), 1);
        assert!(!advance(&mut after, 1).await.expect("reads"));
        assert!(after.is_read_only(), "nothing of it is left to commit");
        assert!(advance(&mut after, 5).await.expect("reads"), "those between were withdrawn");
        assert!(!advance(&mut after, 4).await.expect("reads"));
    }

    #[tokio::test]
    async fn of_two_runs_of_one_message_only_one_is_committed() {
        let store = store().await;
        let (mut one, mut two) = (store.begin().await.expect("begins"), store.begin().await.expect("begins"));
        for transaction in [&mut one, &mut two] {
            assert!(advance(transaction, 1).await.expect("reads"));
        }
        let one = store.prepare(one).await.expect("prepares");
        store.commit(one, None).await.expect("commits");
        let two = match store.prepare(two).await {
            Ok(prepared) => store.commit(prepared, None).await.map(drop),
            Err(error) => Err(error),
        };
        assert!(matches!(two, Err(StateError::Conflict)), "{two:?}");
    }

    #[tokio::test]
    async fn a_number_that_this_worker_did_not_write_is_not_read() {
        let store = store().await;
        for bytes in [&b"1234567"[..], b"123456789"] {
            let mut transaction = store.begin().await.expect("begins");
            transaction.set(OVER, bytes).expect("sets");
            assert!(over(&mut transaction).await.is_err());
        }
    }
}
