//! What a private call costs the client: the seal, the opening, and the check of the receipt, beside the work
//! of the worker's side of the seal. Run with `cargo run --release -p adyton-client --example call_cost`.
#![allow(clippy::unwrap_used)]

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/world/mod.rs"]
mod world;

use std::time::{Duration, Instant};

use adyton_client::{Account, AccountScheme, Request, chain::extrinsic::Signer};
use world::*;

const CALLS: usize = 2_000;

#[tokio::main]
async fn main() {
    let world = world().await;
    let alice = Account::from_secret("//Alice", AccountScheme::Sr25519).unwrap();
    println!("{:<44} {:>9} {:>9}", "a call over loopback, worker's seal included", "p50", "p99");
    for (name, size, caller) in [
        ("64 bytes, not signed", 64, None),
        ("64 bytes, signed by an account", 64, Some(&alice as &dyn Signer)),
        ("64 KiB, not signed", 64 * 1024, None),
    ] {
        let request = Request::post("/", vec![7; size]).unwrap();
        let mut taken = Vec::with_capacity(CALLS);
        for _ in 0..CALLS {
            let start = Instant::now();
            world.client.call(&CONTRACT, &request, caller).await.unwrap();
            taken.push(start.elapsed());
        }
        print(name, &mut taken);
    }
    println!();
    println!("{:<44} {:>9} {:>9}", "parts", "p50", "p99");
    parts(&world).await;
}

async fn parts(world: &World) {
    let answer = world.client.call(&CONTRACT, &request(), None).await.unwrap();
    let bundle = answer.bundle(&world.network, true).unwrap();
    let mut verify: Vec<_> = (0..CALLS / 10)
        .map(|_| timed(|| bundle.verify(adyton_client::bundle::Trust::Network(&world.network))))
        .collect();
    print("a bundle verified offline", &mut verify);
    let receipt = answer.receipt();
    let mut open: Vec<_> = (0..CALLS)
        .map(|_| timed(|| adyton_client::check::OpenReceipt::open(receipt.clone(), &NETWORK).unwrap()))
        .collect();
    print("a receipt's signature and leaves", &mut open);
    let boot = boot(21);
    let message = vec![7; 512];
    let mut seal: Vec<_> =
        (0..CALLS).map(|_| timed(|| adyton_client::seal::Sealed::seal(&boot.encryption, &message).unwrap())).collect();
    print("a seal of 512 bytes", &mut seal);
    let mut prove = Vec::new();
    for _ in 0..CALLS / 10 {
        let client = world.new_client(|_| {});
        let start = Instant::now();
        client.contract(&CONTRACT).await.unwrap();
        prove.push(start.elapsed());
    }
    print("a record proven anew (node in this process)", &mut prove);
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    let done = work();
    let taken = start.elapsed();
    drop(done);
    taken
}

fn print(name: &str, taken: &mut [Duration]) {
    taken.sort();
    let at = |part: f64| taken[((taken.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e6;
    println!("{name:<44} {:>6.0} µs {:>6.0} µs", at(0.5), at(0.99));
}
