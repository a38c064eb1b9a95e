//! A keyholder's files over a small real chain, and over one that authorities of long ago forged.

use std::{fs, sync::Arc};

use adyton_chain_client::{
    Error,
    fixture::{FixtureChain, FixtureSource},
    rpc::Reader,
    verifier::Refusal,
};

use super::*;
use crate::boot::tests::{chain, config, start};

/// A folder with shares that were made on `chain`.
async fn made(chain: FixtureChain) -> (tempfile::TempDir, Arc<FixtureSource>) {
    let (folder, source) = (tempfile::tempdir().unwrap(), Arc::new(FixtureSource::new(chain)));
    start(&config(&folder), &source).await.unwrap();
    (folder, source)
}

fn open(folder: &tempfile::TempDir) -> anyhow::Result<Found> {
    let config = config(folder);
    Folder::new(&config.local.data, &config.measured, &[1; 32]).open()
}

/// The chain's authorities hand over to others, and the shares' checkpoint goes on with them.
async fn moved_on(folder: &tempfile::TempDir, source: &Arc<FixtureSource>) -> Checkpoint {
    source.chain().hand_over(FixtureChain::new(9).keys.split_off(5));
    source.chain().seal(&[], &[]);
    let (reader, shares) = start(&config(folder), source).await.unwrap();
    let newer = reader.renewed().await.unwrap();
    shares.checkpoints.renew(&newer).unwrap();
    newer
}

/// The chain with some blocks more.
fn longer(mut chain: FixtureChain) -> FixtureChain {
    for _ in 0..8 {
        chain.seal(&[], &[]);
    }
    chain
}

/// What a keyholder that starts from `checkpoint` says of the newest block of `chain`.
async fn believed(checkpoint: Checkpoint, chain: FixtureChain) -> Result<u32, Refusal> {
    let reader = Reader::new(Arc::new(FixtureSource::new(chain)), checkpoint);
    match reader.head().await {
        Ok(head) => Ok(head.number()),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("not refused: {other}"),
    }
}

#[tokio::test]
async fn a_share_that_was_just_made_starts_from_the_newest_block_then() {
    let (folder, source) = made(chain()).await;
    let begin = open(&folder).unwrap().start.unwrap();
    let head = source.chain().head().at;
    assert_eq!((begin.number, begin.hash, begin.set_id), (head.number, head.hash, source.chain().set_id));
    let sealed: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    for name in ["share", "beacon-share", "checkpoint"] {
        assert!(sealed.iter().any(|found| found == name), "{name} is missing");
    }
}

#[tokio::test]
async fn a_keyholder_without_a_share_starts_from_the_genesis() {
    let folder = tempfile::tempdir().unwrap();
    assert!(open(&folder).unwrap().start.is_none());
}

#[tokio::test]
async fn a_chain_that_authorities_of_long_ago_forge_is_refused_after_a_restart() {
    let (folder, source) = made(chain()).await;
    let newer = moved_on(&folder, &source).await;
    let begin = open(&folder).unwrap().start.unwrap();
    assert_eq!(begin, newer);
    let forged = || longer(chain());
    let number = forged().head().at.number;
    // Who started from the genesis would believe it.
    assert_eq!(believed(forged().checkpoint(), forged()).await, Ok(number));
    assert_eq!(believed(begin.clone(), forged()).await, Err(Refusal::UnknownSigner));
    // Also where they hand over to a set of the right number.
    let mut handed_over = chain();
    handed_over.hand_over(FixtureChain::new(5).keys.split_off(3));
    assert_eq!(believed(begin.clone(), longer(handed_over)).await, Err(Refusal::UnknownSigner));
    let older = Refusal::OlderThanCheckpoint { found: 1, checkpoint: begin.number };
    assert_eq!(believed(begin, chain()).await, Err(older));
}

#[tokio::test]
async fn the_real_chain_goes_on_from_an_older_checkpoint_as_well() {
    let (folder, source) = made(chain()).await;
    let older = fs::read(folder.path().join("checkpoint")).unwrap();
    let newer = moved_on(&folder, &source).await;
    fs::write(folder.path().join("checkpoint"), older).unwrap();
    assert!(open(&folder).unwrap().start.unwrap().number < newer.number);
    let (reader, _) = start(&config(&folder), &source).await.unwrap();
    assert_eq!(reader.head().await.unwrap().number(), source.chain().head().at.number);
}

#[tokio::test]
async fn taking_the_checkpoint_away_does_not_lead_back_to_the_genesis() {
    let (folder, source) = made(chain()).await;
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let refused = start(&config(&folder), &source).await.err().expect("there is no checkpoint");
    assert!(refused.to_string().contains("checkpoint is missing"), "{refused}");
    // Nor where the beacon's share is alone.
    fs::remove_file(folder.path().join("share")).unwrap();
    assert!(open(&folder).is_err());
}

#[tokio::test]
async fn a_checkpoint_that_this_machine_sealed_on_a_forged_chain_does_not_lead_the_real_shares_there() {
    let (real, _) = made(chain()).await;
    // The same machine and program, an empty folder, and a chain as somebody likes it.
    for share in ["share", "beacon-share"] {
        let (forged, _) = made(chain()).await;
        fs::copy(real.path().join(share), forged.path().join(share)).unwrap();
        let refused = open(&forged).err().expect("it is another share's checkpoint");
        assert!(refused.to_string().contains("belongs to another share"), "{refused}");
    }
}

#[tokio::test]
async fn a_beacon_share_that_does_not_open_is_not_made_anew_and_the_rest_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("beacon-share");
    fs::write(&path, b"damaged").unwrap();
    let source = Arc::new(FixtureSource::new(chain()));
    start(&config(&folder), &source).await.unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"damaged");
    assert!(open(&folder).unwrap().start.is_some());
}
