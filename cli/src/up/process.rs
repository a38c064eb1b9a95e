//! The network's programs: started beside this one, logged to files, started again when they die, and gone
//! when this process is gone, however it ends.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{
    process::{Child, Command},
    sync::watch,
    task::JoinHandle,
};

/// How long a program may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(5);
/// The pause before a program is started again.
const PAUSE: Duration = Duration::from_millis(500);
/// How often a program may die within [`SETTLED`] before it is given up.
const DEATHS: u32 = 5;
/// After this long a program counts as running.
const SETTLED: Duration = Duration::from_secs(20);

/// What to start.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name in messages and of its log.
    pub name: &'static str,
    /// The executable.
    pub executable: PathBuf,
    /// Its arguments; never a secret.
    pub arguments: Vec<String>,
    /// The file that its output is appended to.
    pub log: PathBuf,
}

/// The programs that run.
#[derive(Default)]
pub struct Supervisor {
    keepers: Vec<(&'static str, watch::Sender<bool>, JoinHandle<()>)>,
    failed: Arc<AtomicBool>,
}

impl Supervisor {
    /// Starts a program and keeps it running.
    pub fn start(&mut self, program: Program) -> Result<()> {
        let child = spawn(&program)?;
        let (stop, stopped) = watch::channel(false);
        let name = program.name;
        let keeper = tokio::spawn(keep(program, child, stopped, self.failed.clone()));
        self.keepers.push((name, stop, keeper));
        Ok(())
    }

    /// Whether a program was given up.
    pub fn failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Asks all programs to end, the last one first, and waits for them.
    pub async fn stop(self) {
        for (name, stop, keeper) in self.keepers.into_iter().rev() {
            let _ = stop.send(true);
            if keeper.await.is_err() {
                tracing::warn!(name, "its keeper panicked");
            }
        }
    }
}

async fn keep(program: Program, mut child: Child, mut stopped: watch::Receiver<bool>, failed: Arc<AtomicBool>) {
    let mut deaths = 0;
    loop {
        let started = tokio::time::Instant::now();
        let ended = tokio::select! {
            status = child.wait() => Some(status),
            _ = async { stopped.wait_for(|stop| *stop).await.map(|_| ()) } => None,
        };
        let Some(status) = ended else {
            end(&mut child).await;
            return;
        };
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        deaths = if started.elapsed() > SETTLED { 1 } else { deaths + 1 };
        eprintln!("{} ended ({status}); its log: {}", program.name, program.log.display());
        if deaths > DEATHS {
            eprintln!("{} does not stay up; giving up", program.name);
            failed.store(true, Ordering::Relaxed);
            return;
        }
        tokio::time::sleep(PAUSE).await;
        if *stopped.borrow() {
            return;
        }
        match spawn(&program) {
            Ok(again) => child = again,
            Err(error) => {
                eprintln!("{} cannot be started again: {error:#}", program.name);
                failed.store(true, Ordering::Relaxed);
                return;
            }
        }
    }
}

/// Asks with SIGTERM, then kills.
async fn end(child: &mut Child) {
    if let Some(id) = child.id().and_then(|id| i32::try_from(id).ok()).and_then(rustix::process::Pid::from_raw) {
        let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
    }
    if tokio::time::timeout(GRACE, child.wait()).await.is_err() {
        let _ = child.kill().await;
    }
}

/// Starts a program that the kernel ends with its parent: util-linux's `setpriv` asks for that, where it is
/// there.
fn spawn(program: &Program) -> Result<Child> {
    ensure!(program.executable.is_file(), "{} is not there; build it with `make build`", program.executable.display());
    let log = fs::OpenOptions::new().create(true).append(true).open(&program.log);
    let log = log.with_context(|| format!("opening {}", program.log.display()))?;
    let mut command = match setpriv() {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--"]).arg(&program.executable);
            command
        }
        None => Command::new(&program.executable),
    };
    command.args(&program.arguments).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(true);
    // A Ctrl-C at the terminal is for this process: it ends the others in order.
    command.process_group(0);
    command.spawn().with_context(|| format!("starting {}", program.executable.display()))
}

fn setpriv() -> Option<&'static Path> {
    [Path::new("/usr/bin/setpriv"), Path::new("/bin/setpriv")].into_iter().find(|path| path.is_file())
}

/// The folder of this program: the others lie beside it.
pub fn programs() -> Result<PathBuf> {
    let own = std::env::current_exe().context("finding this program")?;
    Ok(own.parent().context("this program lies in no folder")?.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn program(folder: &Path, script: &str) -> Program {
        Program {
            name: "test",
            executable: "/bin/sh".into(),
            arguments: vec!["-c".into(), script.into()],
            log: folder.join("log"),
        }
    }

    #[tokio::test]
    async fn a_program_that_dies_is_started_again() {
        let folder = tempfile::tempdir().unwrap();
        let mut supervisor = Supervisor::default();
        supervisor.start(program(folder.path(), "echo started; sleep 0.05")).unwrap();
        tokio::time::sleep(Duration::from_millis(1500)).await;
        supervisor.stop().await;
        let log = fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(log.lines().count() >= 2, "{log}");
    }

    #[tokio::test]
    async fn stopping_ends_a_program_that_does_not_want_to() {
        let folder = tempfile::tempdir().unwrap();
        let child = spawn(&program(folder.path(), "trap '' TERM; sleep 60")).unwrap();
        let id = child.id().unwrap();
        drop(child);
        tokio::time::sleep(Duration::from_millis(200)).await;
        let gone = fs::read_to_string(format!("/proc/{id}/stat")).map_or(true, |stat| stat.contains(") Z "));
        assert!(gone, "dropping a child kills it");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_says_how_to_build_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = Program { executable: folder.path().join("nothing"), ..program(folder.path(), "") };
        assert!(spawn(&missing).unwrap_err().to_string().contains("make build"));
    }
}
