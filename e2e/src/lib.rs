//! A local network of the real programs, for tests that look at it as a user or an attacker would.
//!
//! The programs are those in the folder that `ADYTON_BIN` names; without it a test says so and is skipped.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

/// How long a network may take to start.
const START: Duration = Duration::from_secs(120);

/// The folder of the programs, or a line that says why the test is skipped.
pub fn programs() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_BIN").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: ADYTON_BIN names no folder of programs; `make test` sets it");
    }
    folder
}

/// A network that runs.
pub struct Network {
    programs: PathBuf,
    home: PathBuf,
    data: PathBuf,
    up: Child,
    /// What `adyton up --json` said.
    pub description: Value,
}

/// What a command of `adyton` did.
#[derive(Debug)]
pub struct Done {
    /// Its exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Network {
    /// Starts one in `folder`, or the one that was there before.
    pub fn start(programs: &Path, folder: &Path) -> Result<Self> {
        let (home, data) = (folder.join("home"), folder.join("data"));
        let mut up = Command::new(programs.join("adyton"))
            .args(["up", "--json", "--data"])
            .arg(&data)
            .env("ADYTON_HOME", &home)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .context("starting adyton up")?;
        let out = up.stdout.take().context("no output")?;
        let (send, receive) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut text = String::new();
            let mut lines = BufReader::new(out);
            while lines.read_line(&mut text).is_ok_and(|read| read > 0) {
                if let Ok(value) = serde_json::from_str::<Value>(&text) {
                    let _ = send.send(value);
                    break;
                }
            }
            let _ = lines.read_to_string(&mut text);
        });
        let description = match receive.recv_timeout(START) {
            Ok(description) => description,
            Err(_) => {
                let _ = up.kill();
                bail!("the network did not start; its logs: {}", data.join("log").display());
            }
        };
        Ok(Self { programs: programs.to_path_buf(), home, data, up, description })
    }

    /// Where its state is.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// An address from its description.
    pub fn url(&self, part: &str) -> Result<String> {
        Ok(self.description[part].as_str().with_context(|| format!("no address of the {part}"))?.to_owned())
    }

    /// The sample contract's identifier.
    pub fn sample(&self) -> Result<String> {
        self.url("sample")
    }

    /// Runs a command of `adyton` as a user of this network.
    pub fn adyton(&self, arguments: &[&str]) -> Result<Done> {
        let done = Command::new(self.programs.join("adyton"))
            .args(arguments)
            .env("ADYTON_HOME", &self.home)
            .stdin(Stdio::null())
            .output()
            .context("running adyton")?;
        Ok(Done {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        })
    }

    /// A command that has to succeed; its JSON.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        let done = self.adyton(arguments)?;
        ensure!(done.code == 0, "adyton {arguments:?} ended with {}: {}", done.code, done.err);
        serde_json::from_str(&done.out).with_context(|| format!("adyton {arguments:?} printed {}", done.out))
    }

    /// Kills a program of this network at once.
    pub fn kill(&self, program: &str) -> Result<()> {
        let own = self.data.display().to_string();
        let mut killed = 0;
        for (id, line) in processes()? {
            if line.contains(&own) && line.split('\0').next().is_some_and(|name| name.ends_with(program)) {
                let id = rustix::process::Pid::from_raw(id).context("a process has no number")?;
                rustix::process::kill_process(id, rustix::process::Signal::KILL)?;
                killed += 1;
            }
        }
        ensure!(killed > 0, "no {program} runs");
        Ok(())
    }

    /// Kills everything at once, as a power cut would.
    pub fn kill_all(mut self) -> Result<()> {
        self.up.kill()?;
        self.up.wait()?;
        self.await_end()
    }

    /// Stops as Ctrl-C does.
    pub fn stop(mut self) -> Result<()> {
        let id = i32::try_from(self.up.id()).ok().and_then(rustix::process::Pid::from_raw).context("no process")?;
        rustix::process::kill_process(id, rustix::process::Signal::INT)?;
        let status = self.up.wait()?;
        ensure!(status.success(), "adyton up ended with {status}");
        self.await_end()
    }

    /// Waits until nothing of this network runs any more.
    fn await_end(&self) -> Result<()> {
        let own = self.data.display().to_string();
        wait(Duration::from_secs(20), || {
            let left: Vec<_> = processes()?.into_iter().filter(|(_, line)| line.contains(&own)).collect();
            ensure!(left.is_empty(), "still running: {left:?}");
            Ok(())
        })
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.up.kill();
        let _ = self.up.wait();
    }
}

/// Tries again until it works or the time is over.
pub fn wait<T>(limit: Duration, mut attempt: impl FnMut() -> Result<T>) -> Result<T> {
    let start = Instant::now();
    loop {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(error) if start.elapsed() > limit => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(200)),
        }
    }
}

/// Every process's number and command line.
fn processes() -> Result<Vec<(i32, String)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Ok(line) = std::fs::read(entry.path().join("cmdline")) {
            all.push((id, String::from_utf8_lossy(&line).into_owned()));
        }
    }
    Ok(all)
}
