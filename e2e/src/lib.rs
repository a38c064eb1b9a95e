//! A local network of the real programs, for tests that look at it as a user or an attacker would.
//!
//! The programs are those in the folder that `ADYTON_BIN` names; without it a test says so and is skipped.

pub mod proxy;

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Condvar, Mutex, OnceLock, PoisonError},
    time::{Duration, Instant},
};

use adyton_client::NetworkFile;
use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long a network may take to start, on a slow machine that has other things to do.
const START: Duration = Duration::from_secs(300);
/// How long one may take to stop.
const STOP: Duration = Duration::from_secs(90);

/// The folder of the programs, or a line that says why the test is skipped.
pub fn programs() -> Option<PathBuf> {
    let folder = std::env::var_os("ADYTON_BIN").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: ADYTON_BIN names no folder of programs; `make test` sets it");
    }
    folder
}

/// Where everything in this repository is built.
fn targets() -> PathBuf {
    let variable = |name| std::env::var_os(name).map(PathBuf::from);
    let cache = variable("XDG_CACHE_HOME").or_else(|| variable("HOME").map(|home| home.join(".cache")));
    let base = variable("ADYTON_TARGET").or_else(|| cache.map(|cache| cache.join("adyton/target")));
    base.unwrap_or_else(std::env::temp_dir)
}

/// Cargo's folder for guests, shared by everything in this repository that builds some.
pub fn guests_target() -> PathBuf {
    targets().join("guests")
}

/// The WebAssembly of a runtime, as the test's build left it: `adyton-runtime`, or `adyton-next-runtime`.
pub fn runtime(name: &str) -> Result<PathBuf> {
    let file = format!("{}.compact.compressed.wasm", name.replace('-', "_"));
    let path = targets().join("chain/release/wbuild").join(name).join(file);
    ensure!(path.is_file(), "{} is not there; `make test-build` builds it", path.display());
    Ok(path)
}

/// The folder of one of the contracts that are written for these tests.
pub fn guest(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/guests").join(name)
}

/// How many networks run at a time. Most of the time a network waits for its blocks; more than two would only slow each
/// other.
const NETWORKS: usize = 2;

/// The ports that a network takes where they are free. They are kept from those of these tests: two that start at the
/// same time would choose the same ones, and a program that starts again could find its port taken. Others are chosen by
/// the system, which does not give the same ones soon.
const WANTED_PORTS: [u16; 5] = [9944, 8700, 8701, 8702, 9690];

/// The right to run a network, until it is dropped.
pub struct Place(());

static TAKEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());
static WANTED: OnceLock<Vec<TcpListener>> = OnceLock::new();

/// Waits for the right to run a network. To be held by every test that starts one.
pub fn place() -> Place {
    // What is taken already is kept as well.
    WANTED
        .get_or_init(|| WANTED_PORTS.iter().filter_map(|port| TcpListener::bind(("127.0.0.1", *port)).ok()).collect());
    let (taken, left) = &TAKEN;
    let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    let mut taken = left.wait_while(taken, |taken| *taken >= NETWORKS).unwrap_or_else(PoisonError::into_inner);
    *taken += 1;
    Place(())
}

impl Drop for Place {
    fn drop(&mut self) {
        let (taken, left) = &TAKEN;
        *taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        left.notify_one();
    }
}

/// The user's own cache, so that not every network compiles the runtime anew.
pub fn cache() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    let caches = folder("XDG_CACHE_HOME").or_else(|| folder("HOME").map(|home| home.join(".cache")))?;
    Some(folder("ADYTON_CACHE").unwrap_or_else(|| caches.join("adyton")))
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
            .envs(cache().map(|cache| ("ADYTON_CACHE", cache)))
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
        let mut network = Self { programs: programs.to_path_buf(), home, data, up, description: Value::Null };
        match receive.recv_timeout(START) {
            Ok(description) => network.description = description,
            Err(_) => bail!("the network did not start; its logs: {}", network.data.join("log").display()),
        }
        Ok(network)
    }

    /// The folder of its programs.
    pub fn programs(&self) -> &Path {
        &self.programs
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

    /// What clients of this network start from.
    pub fn file(&self) -> Result<NetworkFile> {
        let path = self.home.join("networks/local.json");
        let bytes = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        Ok(NetworkFile::from_json(&bytes)?)
    }

    /// Adds this network to its user's once more, under another name and changed: for `--network NAME`.
    pub fn add(&self, name: &str, change: impl FnOnce(&mut NetworkFile)) -> Result<()> {
        let mut file = self.file()?;
        change(&mut file);
        let path = self.home.join(format!("{name}.json"));
        fs::write(&path, file.to_json())?;
        let path = path.to_str().context("the folder's name is no text")?;
        self.json(&["network", "add", path, "--name", name, "--json"]).map(drop)
    }

    /// A command of `adyton` as a user of this network.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join("adyton"));
        command.args(arguments).env("ADYTON_HOME", &self.home).stdin(Stdio::null());
        command
    }

    /// Runs a command of `adyton` as a user of this network.
    pub fn adyton(&self, arguments: &[&str]) -> Result<Done> {
        Done::of(&mut self.command(arguments))
    }

    /// A command that has to succeed; its JSON.
    pub fn json(&self, arguments: &[&str]) -> Result<Value> {
        self.adyton(arguments)?.json().with_context(|| format!("adyton {arguments:?}"))
    }

    /// Builds one of the contracts that are written for these tests, as its author does; its component.
    pub fn build(&self, name: &str) -> Result<Vec<u8>> {
        self.build_in(&guest(name), name)
    }

    /// Builds the contract of this name in a folder of Rust; its component.
    pub fn build_in(&self, folder: &Path, name: &str) -> Result<Vec<u8>> {
        let project = folder.to_str().context("the folder's name is no text")?;
        let mut build = self.command(&["build", "--locked", "--dir", project, "--json"]);
        Done::of(build.env("CARGO_TARGET_DIR", guests_target()))?.json()?;
        Ok(fs::read(folder.join(format!("{name}.wasm")))?)
    }

    /// Kills a program of this network at once.
    pub fn kill(&self, program: &str) -> Result<()> {
        self.signal(program, Signal::KILL)
    }

    /// Tells a program of this network to end in order.
    pub fn terminate(&self, program: &str) -> Result<()> {
        self.signal(program, Signal::TERM)
    }

    fn signal(&self, program: &str, signal: Signal) -> Result<()> {
        let mut told = 0;
        for (id, line) in self.processes()? {
            if line.split('\0').next().is_some_and(|name| name.ends_with(program)) {
                kill_process(id, signal)?;
                told += 1;
            }
        }
        ensure!(told > 0, "no {program} runs");
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
        let status = self.end(Signal::INT)?;
        ensure!(status.success(), "adyton up ended with {status}");
        self.await_end()
    }

    /// Asks `adyton up` to end, and waits until it has.
    fn end(&mut self, signal: Signal) -> Result<ExitStatus> {
        if let Some(status) = self.up.try_wait()? {
            return Ok(status);
        }
        tell(&self.up, signal)?;
        wait(STOP, || self.up.try_wait()?.context("adyton up does not end"))
    }

    /// Waits until nothing of this network runs any more.
    fn await_end(&self) -> Result<()> {
        wait(STOP, || {
            let left = self.processes()?;
            ensure!(left.is_empty(), "still running: {left:?}");
            Ok(())
        })
    }

    /// Everything that was started with this network's folder.
    fn processes(&self) -> Result<Vec<(Pid, String)>> {
        processes(&self.data)
    }
}

/// Sends a signal to a process that was started.
pub fn tell(process: &Child, signal: Signal) -> Result<()> {
    let id = i32::try_from(process.id()).ok().and_then(Pid::from_raw).context("no process")?;
    Ok(kill_process(id, signal)?)
}

/// Number and command line of every process that was started with this folder.
pub fn processes(folder: &Path) -> Result<Vec<(Pid, String)>> {
    let folder = folder.display().to_string();
    let mut all = Vec::new();
    for entry in fs::read_dir("/proc")? {
        let entry = entry?;
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let Some(id) = Pid::from_raw(id) else { continue };
        // One that has ended meanwhile is none.
        let Ok(line) = fs::read(entry.path().join("cmdline")) else { continue };
        let line = String::from_utf8_lossy(&line).into_owned();
        if line.contains(&folder) {
            all.push((id, line));
        }
    }
    Ok(all)
}

impl Drop for Network {
    /// Leaves no process behind, whatever the test came to.
    fn drop(&mut self) {
        if self.end(Signal::TERM).is_err() {
            let _ = self.up.kill();
            let _ = self.up.wait();
        }
        for (id, _) in self.processes().unwrap_or_default() {
            let _ = kill_process(id, Signal::KILL);
        }
        let _ = self.await_end();
    }
}

impl Done {
    /// What a command comes to.
    pub fn of(command: &mut Command) -> Result<Self> {
        let done = command.output().with_context(|| format!("running {command:?}"))?;
        Ok(Self {
            code: done.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&done.stdout).into_owned(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
        })
    }

    /// What it showed, if it succeeded.
    pub fn text(self) -> Result<String> {
        ensure!(self.code == 0, "it ended with {}: {}{}", self.code, self.out, self.err);
        Ok(self.out)
    }

    /// The JSON that it showed, if it succeeded.
    pub fn json(self) -> Result<Value> {
        let text = self.text()?;
        serde_json::from_str(&text).with_context(|| format!("it printed {text}"))
    }

    /// Checks that a check said no, in these words, and that nothing was shown.
    pub fn refused(&self, words: &str) -> Result<()> {
        ensure!(self.code == 1, "it ended with {}, not with 1: {}{}", self.code, self.out, self.err);
        ensure!(self.out.is_empty(), "it showed {}", self.out);
        ensure!(self.err.contains(words), "it did not say '{words}' but: {}", self.err);
        Ok(())
    }
}

/// A scenario's name and what happens in it.
pub type Scenario<S> = (&'static str, fn(&S) -> Result<()>);

/// Functions as scenarios under their own names.
#[macro_export]
macro_rules! scenarios {
    ($($scenario:path),* $(,)?) => { &[$((stringify!($scenario), $scenario as fn(&_) -> _)),*] };
}

/// Plays scenarios on one stage, all of them even where some fail; `honest` has to hold after each.
pub fn play<S>(stage: &S, scenarios: &[Scenario<S>], honest: impl Fn(&S) -> Result<()>) -> Result<()> {
    let mut failures = Vec::new();
    for (name, scenario) in scenarios {
        let start = Instant::now();
        let outcome = scenario(stage).and_then(|()| honest(stage).context("afterwards, an honest call"));
        let outcome = outcome.map_err(|error| format!("{error:#}"));
        println!("{:5.1} s  {name}: {}", start.elapsed().as_secs_f64(), outcome.as_ref().err().map_or("ok", |e| e));
        failures.extend(outcome.err().map(|error| format!("{name}: {error}")));
    }
    ensure!(failures.is_empty(), "{} of {} failed\n{}", failures.len(), scenarios.len(), failures.join("\n"));
    Ok(())
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
