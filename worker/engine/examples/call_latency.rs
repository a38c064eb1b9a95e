//! How long a warm call takes: a fresh instance, the call itself, and taking it down. Prints a table.
//!
//! `cargo run --release -p adyton-engine --example call_latency [CALLS]`

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::{Duration, Instant};

use adyton_engine::{Ending, Engine, Module, Request};
use support::{ANSWER_NOTHING, MemoryHost, context, engine, manifest, request, rust_guest, wat};

fn main() {
    let calls = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let engine = engine();
    let spin = "(local $n i32) (loop (br_if 0 (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (i32.const 1000000))))";
    let guests: [(&str, Vec<u8>, Request); 5] = [
        ("answers nothing (WAT)", wat("", ANSWER_NOTHING), request("GET", "/", b"")),
        ("counter: GET /count", rust_guest("examples/counter").to_vec(), request("GET", "/count", b"")),
        ("counter: POST /increment", rust_guest("examples/counter").to_vec(), request("POST", "/increment", b"")),
        (
            "probe: 64 KiB echoed",
            rust_guest("worker/engine/tests/guests/probe").to_vec(),
            request("POST", "/echo", &[7; 65_536]),
        ),
        ("one million loops (WAT)", wat("", &format!("{spin} {ANSWER_NOTHING}")), request("GET", "/", b"")),
    ];
    println!("{:<28} {:>10} {:>9} {:>9} {:>9} {:>12}", "guest", "compile ms", "p50 us", "p99 us", "max us", "fuel");
    for (name, component, request) in guests {
        let started = Instant::now();
        let module = engine.compile(&component, &manifest()).expect("it compiles");
        let compile = started.elapsed();
        let (mut times, fuel) = runtime.block_on(measure(&engine, &module, &request, calls));
        times.sort_unstable();
        let at = |share: f64| micros(times[((times.len() - 1) as f64 * share) as usize]);
        let compile = compile.as_secs_f64() * 1e3;
        println!("{name:<28} {compile:>10.1} {:>9.1} {:>9.1} {:>9.1} {fuel:>12}", at(0.5), at(0.99), at(1.0));
    }
}

async fn measure(engine: &Engine, module: &Module, request: &Request, calls: usize) -> (Vec<Duration>, u64) {
    let host = MemoryHost::default();
    let (mut times, mut fuel) = (Vec::with_capacity(calls), 0);
    for round in 0..calls + calls / 10 {
        let (host, context, request) = (host.clone(), context(), request.clone());
        let started = Instant::now();
        let outcome = engine.call(module, context, host, request).await.expect("it begins");
        let elapsed = started.elapsed();
        assert!(matches!(outcome.ending, Ending::Answered(_)), "{:?}", outcome.ending);
        fuel = outcome.usage.fuel;
        if round >= calls / 10 {
            times.push(elapsed);
        }
    }
    (times, fuel)
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}
