//! How long verification takes, by backend: `cargo run --release -p adyton-attestation --features ring --example
//! bench`. Prints a table; the minimum is what the machine can do, the median what it did.

use adyton_attestation::{
    Collateral, Policy, Root, signature::SignatureVerifier, verify_collateral_with, verify_tdx_with,
};
use adyton_development_root::{DevelopmentRoot, EVALUATION_NUMBER, Role};
use std::time::{Duration, Instant};

const NOW: u64 = 1_790_000_000;
const ROUNDS: usize = 300;

fn main() {
    let development = DevelopmentRoot::insecure_from_seed([1; 32]);
    let root = development.root();
    let collateral = development.collateral(NOW);
    let quote = development.device(Role::new("worker").expect("a valid name")).quote([0; 64]);

    println!("{:<10} {:<22} {:>12} {:>12}", "backend", "what", "minimum µs", "median µs");
    table("portable", &adyton_attestation::signature::Portable, &root, &collateral, &quote);
    #[cfg(feature = "ring")]
    table("ring", &adyton_attestation::signature::Ring, &root, &collateral, &quote);
}

fn table(name: &str, verifier: &impl SignatureVerifier, root: &Root, collateral: &Collateral, quote: &[u8]) {
    let policy = Policy::strict(EVALUATION_NUMBER);
    let checked = verify_collateral_with(verifier, collateral, root, NOW).expect("good collateral");
    row(name, "verify_collateral", || verify_collateral_with(verifier, collateral, root, NOW).is_ok());
    row(name, "verify_tdx", || verify_tdx_with(verifier, quote, &checked, root, &policy, NOW).is_ok());
    let (key, signature) = (&quote[700..764], &quote[636..700]);
    let key = key.try_into().expect("64 bytes");
    let signature = signature.try_into().expect("64 bytes");
    row(name, "one P-256 signature", || verifier.verify(key, &quote[..632], signature));
}

fn row(backend: &str, what: &str, mut work: impl FnMut() -> bool) {
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            assert!(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    let micros = |time: Duration| time.as_nanos() as f64 / 1000.0;
    println!("{backend:<10} {what:<22} {:>12.1} {:>12.1}", micros(times[0]), micros(times[ROUNDS / 2]));
}
