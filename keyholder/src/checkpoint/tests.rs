use adyton_chain_client::fixture::FixtureChain;
use adyton_threshold::deal_insecure_single;
use rand_core::OsRng;
use std::fs;

use super::*;

fn share() -> GroupPublic {
    deal_insecure_single(&mut OsRng).0
}

/// A checkpoint at block `number` of the fixture's chain.
fn at(number: u32) -> Checkpoint {
    Checkpoint { number, hash: BlockHash([number as u8; 32]), ..FixtureChain::new(3).checkpoint() }
}

fn store_of(folder: &tempfile::TempDir, configuration: u8, key: u8) -> CheckpointStore {
    let (path, genesis) = (folder.path().join("checkpoint"), at(0).genesis_hash);
    CheckpointStore::new(path, Digest([configuration; 32]), genesis, &[key; 32])
}

fn store(folder: &tempfile::TempDir) -> CheckpointStore {
    store_of(folder, 1, 1)
}

#[test]
fn a_share_starts_from_the_checkpoint_that_was_sealed_last() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    let mut first = store(&folder);
    assert_eq!(first.open(&[]).unwrap(), None);
    first.admit(&own, &at(1)).unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(at(1)));
    first.renew(&at(2)).unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(at(2)));
    assert!(!folder.path().join("checkpoint.new").exists());
}

#[test]
fn a_share_without_its_file_is_refused_and_not_started_from_the_genesis() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    let refused = store(&folder).open(&[&own]).unwrap_err();
    assert!(matches!(refused, CheckpointError::Missing(_)));
    assert!(refused.to_string().contains("Put the file back"));
}

#[test]
fn without_a_share_a_file_counts_for_nothing() {
    let folder = tempfile::tempdir().unwrap();
    store(&folder).admit(&share(), &at(1)).unwrap();
    assert_eq!(store(&folder).open(&[]).unwrap(), None);
    fs::write(folder.path().join("checkpoint"), b"damaged").unwrap();
    assert_eq!(store(&folder).open(&[]).unwrap(), None);
}

#[test]
fn a_checkpoint_that_was_sealed_for_another_share_is_refused() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    store(&folder).admit(&share(), &at(1)).unwrap();
    assert!(matches!(store(&folder).open(&[&own]), Err(CheckpointError::OtherShare(_))));
}

#[test]
fn each_share_that_is_here_has_to_be_named() {
    let (folder, master, beacon) = (tempfile::tempdir().unwrap(), share(), share());
    let mut first = store(&folder);
    first.admit(&master, &at(1)).unwrap();
    assert!(matches!(store(&folder).open(&[&master, &beacon]), Err(CheckpointError::OtherShare(_))));
    first.admit(&beacon, &at(2)).unwrap();
    assert_eq!(store(&folder).open(&[&master, &beacon]).unwrap(), Some(at(2)));
    // What a power failure left: it names a share that was never sealed.
    assert_eq!(store(&folder).open(&[&master]).unwrap(), Some(at(2)));
}

#[test]
fn a_share_that_cannot_be_opened_for_a_while_starts_from_the_checkpoints_sealed_meanwhile() {
    let (folder, master, beacon) = (tempfile::tempdir().unwrap(), share(), share());
    let mut first = store(&folder);
    first.admit(&master, &at(1)).unwrap();
    first.admit(&beacon, &at(1)).unwrap();
    let mut without = store(&folder);
    without.open(&[&master]).unwrap();
    without.renew(&at(2)).unwrap();
    assert_eq!(store(&folder).open(&[&master, &beacon]).unwrap(), Some(at(2)));
}

#[test]
fn a_name_that_stands_for_no_share_goes_when_there_would_be_too_many() {
    let (folder, master, beacon) = (tempfile::tempdir().unwrap(), share(), share());
    let mut first = store(&folder);
    first.admit(&master, &at(1)).unwrap();
    first.admit(&share(), &at(1)).unwrap();
    // The power failed before the second was sealed; another one is made.
    let mut again = store(&folder);
    again.open(&[&master]).unwrap();
    let authorities = vec![at(0).authorities[0]; MAX_AUTHORITIES];
    let largest = Checkpoint { authorities, time_ms: Some(u64::MAX), ..at(2) };
    again.admit(&beacon, &largest).unwrap();
    let mut third = store(&folder);
    assert_eq!(third.open(&[&master, &beacon]).unwrap(), Some(largest));
    assert_eq!(third.shares, [name(&master), name(&beacon)]);
}

#[test]
fn another_sealing_key_or_measured_configuration_opens_nothing() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    store(&folder).admit(&own, &at(1)).unwrap();
    assert!(matches!(store_of(&folder, 1, 2).open(&[&own]), Err(CheckpointError::Sealed(_))));
    assert!(matches!(store_of(&folder, 2, 1).open(&[&own]), Err(CheckpointError::Sealed(_))));
}

#[test]
fn a_damaged_cut_or_oversized_file_is_refused() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    store(&folder).admit(&own, &at(1)).unwrap();
    let path = folder.path().join("checkpoint");
    let whole = fs::read(&path).unwrap();
    for bytes in [
        Vec::new(),
        vec![1],
        whole[..whole.len() - 1].to_vec(),
        [&whole[..30], &[whole[30] ^ 1], &whole[31..]].concat(),
        vec![1; MOST + 100],
    ] {
        fs::write(&path, bytes).unwrap();
        assert!(matches!(store(&folder).open(&[&own]), Err(CheckpointError::Sealed(_))));
    }
}

#[test]
fn a_checkpoint_of_another_genesis_is_refused() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    store(&folder).admit(&own, &Checkpoint { genesis_hash: BlockHash([9; 32]), ..at(1) }).unwrap();
    assert!(matches!(store(&folder).open(&[&own]), Err(CheckpointError::Unsound { .. })));
}

#[test]
fn a_file_that_something_else_was_sealed_into_is_not_sound() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    store(&folder).file.replace(b"something else").unwrap();
    assert!(matches!(store(&folder).open(&[&own]), Err(CheckpointError::Unsound { .. })));
}

#[test]
fn the_largest_set_of_authorities_fits() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    let authorities = vec![at(0).authorities[0]; MAX_AUTHORITIES];
    let largest = Checkpoint { authorities, time_ms: Some(u64::MAX), ..at(1) };
    let mut first = store(&folder);
    first.admit(&own, &largest).unwrap();
    first.admit(&share(), &largest).unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(largest));
}

#[test]
fn what_a_crash_left_beside_the_file_does_not_matter() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    fs::write(folder.path().join("checkpoint.new"), b"half").unwrap();
    let mut first = store(&folder);
    first.admit(&own, &at(1)).unwrap();
    fs::write(folder.path().join("checkpoint.new"), b"half").unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(at(1)));
    first.renew(&at(2)).unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(at(2)));
}

#[test]
fn an_older_file_of_the_same_share_opens_because_nothing_here_counts_what_was_sealed() {
    let (folder, own) = (tempfile::tempdir().unwrap(), share());
    let mut first = store(&folder);
    first.admit(&own, &at(1)).unwrap();
    let path = folder.path().join("checkpoint");
    let older = fs::read(&path).unwrap();
    first.renew(&at(2)).unwrap();
    fs::write(&path, older).unwrap();
    assert_eq!(store(&folder).open(&[&own]).unwrap(), Some(at(1)));
}
