//! Carries what contracts report to the chain. A report is kept in the contract's state until the chain has
//! dispatched it, so that a crash between the answer and the chain loses nothing.

use std::{sync::Arc, time::Duration};

use adyton_chain_client::extrinsic::calls::{Call, Contracts};
use adyton_protocol::{
    ids::{BlockRef, ContractId},
    receipt::{Earlier, Label, ReceiptFields, SignedReceipt},
};
use adyton_state::{Entry, Store, StoredAnswer};
use anyhow::Context;
use codec::Decode;

use crate::{
    contract::Contract,
    road::answer::{Answer, PendingReport, REPORTS, report_key},
    view::View,
    worker::{Slot, Worker},
};

/// The pause between two looks at a contract's reports.
const PAUSE: Duration = Duration::from_secs(1);
/// The most reports looked at for one that can be sent.
const LOOKED_AT: usize = 64;

/// Sends the reports of an open contract in order until it is closed; when it is opened again, this is called again.
pub fn resume(worker: &Arc<Worker>, id: ContractId, incarnation: u64) {
    let worker = Arc::clone(worker);
    tokio::spawn(async move {
        loop {
            let Some(Slot::Ready(contract)) = worker.slot(&id) else { return };
            if contract.incarnation != incarnation {
                return;
            }
            match send_next(&worker, &contract).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(contract = %id, error = format!("{error:#}"), "a report was not taken"),
            }
            drop(contract);
            tokio::time::sleep(PAUSE).await;
        }
    });
}

/// Sends the oldest report that the chain has not dispatched; false when there is none.
async fn send_next(worker: &Worker, contract: &Contract) -> anyhow::Result<bool> {
    let Some(view) = worker.view() else { return Ok(false) };
    let Some(facts) = view.contracts.get(&contract.id) else { return Ok(false) };
    let mut transaction = contract.store.begin().await?;
    let after = report_key(facts.reported);
    let entries = transaction.scan(REPORTS, Some(&after), LOOKED_AT).await?;
    let Some((pending, answer)) = first_answered(&contract.store, &entries).await? else { return Ok(false) };
    let answer = Answer::decode(&mut &answer.bytes[..]).context("reading an answer")?;
    let receipt = current(worker, contract, &view, SignedReceipt::from_bytes(&answer.receipt)?)?;
    let labels = [Label::Contract, Label::Lease, Label::Incarnation, Label::Report, Label::Extensions];
    let opened = receipt.open(&labels);
    let call = Contracts::Report { receipt: opened.to_bytes(), call: pending.call };
    worker.chain.call(Call::Contracts(call)).await?;
    tracing::info!(contract = %contract.id, number = pending.number, "reported to the chain");
    wait_for(worker, contract.id, pending.number).await;
    Ok(true)
}

/// The oldest report whose answer, which has the receipt, is still kept. A report that the chain did not take for so
/// long that its answer was forgotten is given up; the chain takes later numbers all the same.
async fn first_answered(store: &Store, entries: &[Entry]) -> anyhow::Result<Option<(PendingReport, StoredAnswer)>> {
    for entry in entries {
        let pending = PendingReport::decode(&mut &entry.value[..]).context("reading a report")?;
        match store.answer(pending.request).await? {
            Some(answer) => return Ok(Some((pending, answer))),
            None => tracing::debug!(number = pending.number, "a report's answer is gone"),
        }
    }
    Ok(None)
}

/// The receipt as the chain takes it: signed by the key of this boot, for the incarnation that is open. One that
/// an earlier boot signed is made again from what it says, and says so: the contract's own sealed state vouches for
/// it. It is for the chain alone; who called keeps the first one.
fn current(worker: &Worker, contract: &Contract, view: &View, receipt: SignedReceipt) -> anyhow::Result<SignedReceipt> {
    let fields = receipt.verify(&worker.network, &|key, message, signature| {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0);
        key.is_ok_and(|key| key.verify_strict(message, &signature.into()).is_ok())
    })?;
    let own = Earlier { worker: worker.signing_key(), lease: contract.lease, incarnation: contract.incarnation };
    match again(fields, own, view.block()) {
        None => Ok(receipt),
        Some(fields) => worker.boot.receipt(&fields),
    }
}

/// What the receipt says when it is signed in `own` boot, lease and incarnation; none if it was signed there.
fn again(fields: ReceiptFields, own: Earlier, block: BlockRef) -> Option<ReceiptFields> {
    let first = Earlier { worker: fields.worker, lease: fields.lease, incarnation: fields.incarnation };
    let Earlier { worker, lease, incarnation } = own;
    (first != own).then_some(ReceiptFields { worker, lease, incarnation, block, earlier: Some(first), ..fields })
}

/// Waits a while until the view shows the report, so that it is not sent twice.
async fn wait_for(worker: &Worker, id: ContractId, number: u64) {
    let mut views = worker.view.subscribe();
    let seen = views.wait_for(|view| {
        let facts = view.as_ref().and_then(|view| view.contracts.get(&id));
        facts.is_some_and(|facts| facts.reported >= number)
    });
    let _ = tokio::time::timeout(Duration::from_secs(10), seen).await;
}

#[cfg(test)]
mod tests {
    use adyton_protocol::ids::{BlockHash, RequestId, SigningKey};

    use super::*;
    use crate::road::answer::tests::{fields, store};

    #[test]
    fn a_receipt_that_is_signed_again_names_the_boot_that_signed_first() {
        let first = fields();
        let boot = Earlier { worker: first.worker, lease: first.lease, incarnation: first.incarnation };
        let block = BlockRef { number: 99, hash: BlockHash([9; 32]) };
        assert_eq!(again(first.clone(), boot, block), None, "this boot signed it");
        let own = Earlier { worker: SigningKey([9; 32]), incarnation: boot.incarnation + 1, ..boot };
        let again = again(first.clone(), own, block).expect("another boot signed it");
        assert_eq!((again.worker, again.incarnation, again.block), (own.worker, own.incarnation, block));
        assert_eq!((again.earlier, again.report, again.after), (Some(boot), first.report, first.after));
    }

    #[tokio::test]
    async fn a_report_whose_answer_was_forgotten_does_not_hold_up_those_after_it() {
        let store = store().await;
        let mut transaction = store.begin().await.expect("begins");
        for number in 1..=3u8 {
            let report = PendingReport { number: number.into(), request: RequestId([number; 16]), call: vec![] };
            transaction.set(&report_key(report.number), &codec::Encode::encode(&report)).expect("sets");
        }
        let kept = StoredAnswer { request: RequestId([2; 16]), bytes: b"x".as_slice().into(), expires_unix: 1 };
        let prepared = store.prepare(transaction).await.expect("prepares");
        store.commit(prepared, Some(kept)).await.expect("commits");
        let mut transaction = store.begin().await.expect("begins");
        let entries = transaction.scan(REPORTS, None, LOOKED_AT).await.expect("scans");
        let (first, _) = first_answered(&store, &entries).await.expect("reads").expect("one is left");
        assert_eq!((entries.len(), first.number), (3, 2));
    }
}
