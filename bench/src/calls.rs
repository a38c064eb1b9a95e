//! Warm sealed calls on loopback, the client's work included: seal, post, run, commit, receipt, open, verify.

use std::time::{Duration, Instant};

use adyton_client::{Client, ContractId, Provisional, Request};
use anyhow::{Context, Result, ensure};

use crate::table::{Table, Times};

const WARM_UP: usize = 50;
const ROUNDS: usize = 500;
/// Of calls whose answers are streamed, which take longer.
const STREAMED: usize = 100;
const STREAMED_WARM_UP: usize = 10;

/// Adds the rows of calls, and how many times the `floor` a call without a state write takes.
pub async fn measure(client: &Client, counter: &ContractId, floor: Duration, table: &mut Table) -> Result<()> {
    let read = times(client, counter, &Request::get("/count")?).await?;
    table.times("sealed call, no state write", &read, Some(Duration::from_millis(1)));
    table.ratio("sealed call, no state write, p50, to its floor", read.at(0.5), floor);
    let write = times(client, counter, &Request::post("/increment", "")?).await?;
    table.times("sealed call, durable state write", &write, Some(Duration::from_millis(2)));
    Ok(())
}

/// Adds the rows of an answer that is seen before its end: when its first bytes come, and when all of it is verified.
pub async fn streamed(client: &Client, contract: &ContractId, table: &mut Table) -> Result<()> {
    // Between the two the contract computes for some tens of milliseconds.
    let request = Request::get("/stream?times=20000")?;
    let (mut firsts, mut wholes) = (Vec::new(), Vec::new());
    for round in 0..STREAMED_WARM_UP + STREAMED {
        let (started, mut first) = (Instant::now(), None);
        let mut show = |part: Provisional| {
            if matches!(part, Provisional::Content(_)) {
                first.get_or_insert(started.elapsed());
            }
        };
        let answer = client.call_streamed(contract, &request, None, &mut show).await?;
        let whole = started.elapsed();
        ensure!(answer.response().content == b"the beginningand the end", "the whole answer is verified");
        if round >= STREAMED_WARM_UP {
            firsts.push(first.context("nothing was seen before the end")?);
            wholes.push(whole);
        }
    }
    table.times("sealed and streamed call, to its first byte", &Times::new(firsts), None);
    table.times("sealed and streamed call, to its verified end", &Times::new(wholes), None);
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
