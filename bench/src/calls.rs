//! Warm sealed calls on loopback, the client's work included: seal, post, run, commit, receipt, open, verify.

use std::time::{Duration, Instant};

use adyton_client::{Client, ContractId, Request};
use anyhow::{Result, ensure};

use crate::table::{Table, Times};

const WARM_UP: usize = 50;
const ROUNDS: usize = 500;

/// Adds the rows of calls, and how many times the `floor` a call without a state write takes.
pub async fn measure(client: &Client, counter: &ContractId, floor: Duration, table: &mut Table) -> Result<()> {
    let read = times(client, counter, &Request::get("/count")?).await?;
    table.times("sealed call, no state write", &read, Some(Duration::from_millis(1)));
    table.ratio("sealed call, no state write, p50, to its floor", read.at(0.5), floor);
    let write = times(client, counter, &Request::post("/increment", "")?).await?;
    table.times("sealed call, durable state write", &write, Some(Duration::from_millis(2)));
    Ok(())
}

async fn times(client: &Client, contract: &ContractId, request: &Request) -> Result<Times> {
    let mut times = Vec::with_capacity(ROUNDS);
    for round in 0..WARM_UP + ROUNDS {
        let started = Instant::now();
        let answer = client.call(contract, request, None).await?;
        let elapsed = started.elapsed();
        ensure!(answer.response().status == 200, "the contract answered {}", answer.response().status);
        if round >= WARM_UP {
            times.push(elapsed);
        }
    }
    Ok(Times::new(times))
}
