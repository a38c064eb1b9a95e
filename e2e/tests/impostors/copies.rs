//! Two processes that both think they are the worker that holds the lease: its operator starts a second one with a copy
//! of the first one's configuration, on the same store.

use adyton_e2e::wait;
use anyhow::{Context, Result, ensure};

use super::{PATIENCE, Stage, worker::Worker};

pub fn of_two_processes_of_one_worker_only_the_one_registered_last_answers(stage: &Stage) -> Result<()> {
    let copy = Worker::start(stage, "copy", &[])?;
    take_turns(stage, &copy).with_context(|| copy.said())
}

fn take_turns(stage: &Stage, copy: &Worker) -> Result<()> {
    let first = stage.network.url("worker")?;
    stage.update()?;
    // Nobody registered the copy yet: it has nothing to say.
    refuses(stage, &copy.url).context("the copy, before it was registered")?;
    let before = stage.history()?;
    stage.network.json(&["worker", "register", &copy.url, "--from", "//Bob", "--json"])?;
    wait(PATIENCE, || refuses(stage, &first)).context("the first, after the copy was registered")?;
    wait(PATIENCE, || stage.update()).context("by the copy")?;
    let before = stage.kept(&before).context("by the copy")?;
    // The first comes back as a new boot, and its operator registers that.
    stage.network.kill("adyton-worker")?;
    wait(PATIENCE, || refuses(stage, &copy.url)).context("the copy, after the first came back")?;
    wait(PATIENCE, || stage.update()).context("by the first again")?;
    stage.kept(&before).context("by the first again").map(drop)
}

/// Checks that the worker at `url` answers no call, though it is asked directly.
fn refuses(stage: &Stage, url: &str) -> Result<()> {
    let call = format!("{url}/v1/call/{}", stage.sample);
    let (status, body) = stage.runtime.block_on(async {
        let answer = stage.http.post(call).body(vec![0; 100]).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    })?;
    // One that may act looks at the bytes, and says that they do not open.
    ensure!(status == 503 && body.contains("\"not-fresh\""), "the worker at {url} says {status} {body}");
    Ok(())
}
