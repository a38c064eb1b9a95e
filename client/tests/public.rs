//! Calls in the open: everybody reads them, and nobody alters them.

use adyton_client::{Error, RecordRefusal, Request, VerifiedAnswer};
use adyton_protocol::{
    manifest::{Limits, Manifest},
    receipt::Caller,
    record::ContractRecord,
    storage,
};
use codec::Encode;

use crate::world::*;

fn public() -> Manifest {
    Manifest { public_calls: true, ..manifest() }
}

/// The network whose contract has this manifest.
async fn world_of(manifest: &Manifest) -> World {
    let world = world().await;
    let record = ContractRecord { manifest: manifest.encode(), ..contract_record() };
    world.change(|chain| chain.set(storage::contracts(&CONTRACT), record.encode()));
    // What the worker signs here by itself is the manifest of other tests.
    world.manners(|manners| manners.lie = Some(|receipt| receipt.manifest = public().digest()));
    world
}

async fn called(world: &World) -> Result<VerifiedAnswer, Error> {
    world.client.call_public(&CONTRACT, &request()).await
}

#[tokio::test]
async fn a_public_call_is_read_by_the_gateway_and_its_receipt_is_checked_like_any_others() {
    let world = world_of(&public()).await;
    let answer = called(&world).await.unwrap();
    assert_eq!(answer.response().text(), "echo: content");
    assert_eq!((answer.fields().caller, answer.checks().len()), (Caller::Anonymous, 14));
    let seen = world.shared.previous.lock().unwrap().clone().unwrap();
    assert!(seen.windows(13).any(|bytes| bytes == b"echo: content"), "it is not sealed");
    assert!(world.shared.calls.lock().unwrap()[0].caller.is_none());
    assert!(answer.bundle(&world.network, true).is_ok());
}

#[tokio::test]
async fn a_public_answer_that_was_altered_is_not_given_out() {
    let world = world_of(&public()).await;
    world.manners(|manners| manners.other_content = true);
    let altered = called(&world).await;
    assert!(matches!(altered, Err(Error::Check { check: "response", .. })), "{altered:?}");
    world.manners(|manners| (manners.other_content, manners.no_receipt) = (false, true));
    assert!(matches!(called(&world).await, Err(Error::NoReceipt)));
    world.manners(|manners| (manners.no_receipt, manners.other_key) = (false, true));
    assert!(matches!(called(&world).await, Err(Error::Check { check: "worker", .. })));
    world.manners(|manners| manners.other_key = false);
    world.mischief(Mischief::Cut);
    assert!(called(&world).await.is_err());
    world.mischief(Mischief::Plain);
    assert!(matches!(called(&world).await, Err(Error::Gateway { .. })));
}

#[tokio::test]
async fn what_is_said_in_the_open_in_the_workers_place_is_nobodys_word() {
    let world = world_of(&public()).await;
    world.manners(|manners| manners.refuse = Some("busy"));
    match called(&world).await {
        Err(Error::Gateway { status: 421, code, message }) => {
            assert_eq!((&code[..], &message[..]), ("busy", "because"))
        }
        other => panic!("not the gateway's word: {other:?}"),
    }
}

#[tokio::test]
async fn nothing_is_sent_in_the_open_to_a_contract_or_a_path_that_is_answered_in_a_seal_alone() {
    let world = world().await;
    let sealed = called(&world).await;
    assert!(matches!(sealed, Err(Error::Record(RecordRefusal::SealedOnly))), "{sealed:?}");
    let world = world_of(&public()).await;
    let own = world.client.call_public(&CONTRACT, &Request::get("/.adyton/logs").unwrap()).await;
    assert!(matches!(own, Err(Error::BadRequest(_))), "{own:?}");
    assert_eq!(world.arrived(), 0);
}

#[tokio::test]
async fn nothing_is_sealed_that_everybody_is_shown() {
    let limits = Limits { storage: 1 << 20, ..manifest().limits };
    let disputable = Manifest { deterministic: true, disputable: true, limits, ..public() };
    assert_eq!(disputable.validate(), Ok(()));
    let world = world_of(&disputable).await;
    let sealed = world.call().await;
    assert!(matches!(sealed, Err(Error::Record(RecordRefusal::PublicOnly))), "{sealed:?}");
    assert_eq!(world.arrived(), 0);
}
