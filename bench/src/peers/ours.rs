//! A local network of our own: a contract that answers always the same, in Rust, in JavaScript and as the component of
//! `wasi:http/proxy` that `wasmtime serve` runs, and the counter.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use adyton_client::{Client, ContractId, Request};
use adyton_e2e::Network;
use anyhow::{Context, Result, ensure};

use super::{
    Arguments, growth, hello,
    load::{self, WARM_UP, per_answer},
    process,
    subject::Subject,
    table::Figures,
};
use crate::{network, table::Times};

/// The network, and who is asked.
pub struct Ours {
    network: Network,
    client: Arc<Client>,
    hello: ContractId,
    counter: ContractId,
    at_worker: Subject,
    others: Vec<Subject>,
    processes: Vec<(&'static str, u32)>,
}

impl Ours {
    /// Starts a network below `folder`, and deploys the contracts.
    pub fn start(folder: &Path) -> Result<Self> {
        let programs = crate::programs()?;
        let network = Network::start(&programs, folder)?;
        let counter = network::deploy(&network, folder, "examples/counter")?;
        let hello = hello::rust(&network, folder)?;
        let proxy = network::deploy(&network, folder, "examples/wasi-proxy")?;
        let client = Arc::new(network::client(&folder.join("home"))?);
        let worker = ("worker", process::of(&network, "adyton-worker")?);
        let gateway = ("gateway", process::of(&network, "adyton-gateway")?);
        let public = |contract: &ContractId| {
            Ok::<_, anyhow::Error>(format!("{}/v1/public/{contract}/hello", network.url("worker")?))
        };
        let at_worker = Subject::of("ours, public with receipt, at the worker", public(&hello)?, vec![worker]);
        let through = format!("{}/v1/contracts/{hello}/public/hello", network.url("gateway")?);
        let mut others = vec![Subject::of("ours, public with receipt, gateway", through, vec![worker, gateway])];
        let name = "ours, component of wasi:http, public with receipt, at the worker";
        others.push(Subject::of(name, public(&proxy)?, vec![worker]));
        let scripts = [
            ("ours, JavaScript, public with receipt, at the worker", hello::javascript(&network, folder)),
            (
                "ours, JavaScript with reuse, public with receipt, at the worker",
                hello::reusing_javascript(&network, folder),
            ),
        ];
        for (name, script) in scripts {
            match script {
                Ok(script) => others.push(Subject::of(name, public(&script)?, vec![worker])),
                Err(error) => eprintln!("bench-peers: left out, our JavaScript: {error:#}"),
            }
        }
        Ok(Self { network, client, hello, counter, at_worker, others, processes: vec![worker, gateway] })
    }

    /// The rows of one number of callers.
    pub fn rows(&self, arguments: &Arguments, callers: u16) -> Result<Vec<(String, Figures)>> {
        let mut rows = Vec::new();
        for subject in std::iter::once(&self.at_worker).chain(&self.others) {
            rows.push((subject.name.clone(), load::of(subject, arguments, callers)?));
        }
        let sealed = [
            ("ours, sealed, no write, gateway", self.hello, Request::get("/")?),
            ("ours, sealed, durable write, gateway", self.counter, Request::post("/increment", "")?),
        ];
        for (name, contract, request) in sealed {
            self.sealed(contract, &request, callers, Duration::from_secs(WARM_UP.into()))?;
            let figures = self.sealed(contract, &request, callers, Duration::from_secs(arguments.seconds.into()))?;
            rows.push((name.into(), figures));
        }
        Ok(rows)
    }

    /// The table of what a call costs beside idle contracts, where one is asked for.
    pub fn beside_idle(&self, arguments: &Arguments) -> Result<()> {
        growth::measure(self.client.network(), &self.hello, &self.at_worker, arguments)
    }

    /// Stops the network.
    pub fn stop(self) -> Result<()> {
        self.network.stop()
    }

    /// Sealed calls by `callers` that each call again at once; the client's own work is the generator's.
    fn sealed(&self, contract: ContractId, request: &Request, callers: u16, duration: Duration) -> Result<Figures> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
        let before = self.times()?;
        let started = Instant::now();
        let all = runtime.block_on(async {
            let callers: Vec<_> = (0..callers)
                .map(|_| {
                    let (client, request) = (self.client.clone(), request.clone());
                    tokio::spawn(async move { call_for(&client, &contract, &request, duration).await })
                })
                .collect();
            let mut all = Vec::new();
            for caller in callers {
                all.extend(caller.await.context("a caller panicked")??);
            }
            anyhow::Ok(all)
        })?;
        let (elapsed, after, answers) = (started.elapsed(), self.times()?, all.len() as u64);
        let processor = self
            .processes
            .iter()
            .zip(before.iter().zip(&after))
            .map(|((what, _), (before, after))| (*what, per_answer(after.saturating_sub(*before), answers)));
        let memory = self.processes.iter().map(|(_, id)| process::memory(*id)).sum::<Result<u64>>()?;
        let times = Times::new(all);
        Ok(Figures {
            rate: answers as f64 / elapsed.as_secs_f64(),
            p50: times.at(0.5),
            p99: times.at(0.99),
            processor: processor.collect(),
            memory,
        })
    }

    fn times(&self) -> Result<Vec<Duration>> {
        self.processes.iter().map(|(_, id)| process::processor_time(*id)).collect()
    }
}

async fn call_for(
    client: &Client,
    contract: &ContractId,
    request: &Request,
    duration: Duration,
) -> Result<Vec<Duration>> {
    let (begun, mut times) = (Instant::now(), Vec::new());
    while begun.elapsed() < duration {
        let started = Instant::now();
        let answer = client.call(contract, request, None).await?;
        times.push(started.elapsed());
        ensure!(answer.response().status == 200, "the contract answered {}", answer.response().status);
    }
    Ok(times)
}
