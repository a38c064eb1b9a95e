//! How long a contract's first call takes whose compiled code is on the disk: opening the sealed code, linking it, and
//! the call. Prints a table.
//!
//! `cargo run --release -p adyton-engine --example cold_start [ROUNDS]`

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use adyton_engine::{Ending, Engine};
use support::{ANSWER_NOTHING, MemoryHost, call, engine, manifest, request, rust_guest, wat};

fn main() {
    let rounds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(200);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let engine = engine();
    let guests =
        [("answers nothing (WAT)", wat("", ANSWER_NOTHING)), ("counter", rust_guest("examples/counter").to_vec())];
    println!(
        "{:<24} {:>10} {:>12} {:>9} {:>9} {:>9}",
        "guest", "compile ms", "sealed bytes", "p50 ms", "p99 ms", "max ms"
    );
    for (name, component) in guests {
        let started = Instant::now();
        let module = engine.compile(&component, &manifest()).expect("it compiles");
        let compile = millis(started.elapsed());
        let (sealed, code) = (engine.seal(&module).expect("it is sealed"), module.code());
        // Otherwise the component that is in memory would be shared.
        drop(module);
        let mut times: Vec<Duration> = (0..rounds)
            .map(|_| {
                let sealed = sealed.clone();
                let started = Instant::now();
                let module = engine.open(sealed, &code, &manifest()).expect("it opens");
                runtime.block_on(first_call(&engine, &module));
                started.elapsed()
            })
            .collect();
        times.sort_unstable();
        let at = |share: f64| millis(times[((times.len() - 1) as f64 * share) as usize]);
        println!("{name:<24} {compile:>10.1} {:>12} {:>9.2} {:>9.2} {:>9.2}", sealed.len(), at(0.5), at(0.99), at(1.0));
    }
}

async fn first_call(engine: &Engine, module: &adyton_engine::Module) {
    let outcome = call(engine, module, &MemoryHost::default(), request("GET", "/count", b"")).await;
    assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
