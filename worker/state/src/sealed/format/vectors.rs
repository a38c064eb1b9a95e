//! `specs/vectors/sealed-object.json`: objects with a data key and a salt that are not random.

use serde_json::{Value, json};

use super::*;

const SECRET: [u8; 32] = [2; 32];
const DATA_KEY: [u8; 32] = [3; 32];
const SALT: [u8; 32] = [4; 32];
const EPOCH: KeyEpoch = 5;
const LEASE: u64 = 6;

fn place() -> Place {
    Place { contract: ContractId([1; 32]), path: "wal/00000000000000000001.sst".into() }
}

/// What stands in an object of `size` bytes.
fn plain(size: u64) -> Vec<u8> {
    (0..size).map(|at| (at % 251) as u8).collect()
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    let mut sealer = Sealer::under(place(), Zeroizing::new(DATA_KEY));
    let mut out = Vec::new();
    plain.chunks(CHUNK as usize).for_each(|chunk| sealer.chunk(chunk, &mut out));
    sealer.finish_salted(SALT, &EpochKeys::new(EPOCH, SECRET), LEASE, &mut out);
    out
}

fn opened(object: &[u8]) -> Vec<u8> {
    let (chunks, trailer) = object.split_at(object.len() - TRAILER as usize);
    let keys = EpochKeys::new(EPOCH, SECRET);
    let opener = Opener::new(place(), &keys, LEASE, trailer, object.len() as u64).unwrap();
    let mut out = Vec::new();
    opener.open(0, chunks, &mut out).unwrap();
    out
}

/// An object as a whole where it is short, and its SHA-256.
fn vector(size: u64) -> Value {
    let object = sealed(&plain(size));
    assert_eq!(opened(&object), plain(size));
    let digest = ring::digest::digest(&ring::digest::SHA256, &object);
    let whole = (object.len() < 1000).then(|| hex::encode(&object));
    json!({ "size": size, "object": whole, "length": object.len(), "sha256": hex::encode(digest) })
}

#[test]
fn the_published_sealed_objects_are_what_this_code_makes() {
    let built = json!({
        "contract": place().contract, "path": place().path.as_ref(),
        "epoch": EPOCH, "epoch_secret": hex::encode(SECRET), "lease": LEASE,
        "data_key": hex::encode(DATA_KEY), "salt": hex::encode(SALT),
        "plain": "byte number n is n modulo 251",
        "objects": [vector(0), vector(5), vector(CHUNK), vector(CHUNK + 1), vector(3 * CHUNK)],
    });
    crate::vectors::check("sealed-object", &built);
}
