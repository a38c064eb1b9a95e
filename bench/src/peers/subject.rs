//! A program that answers HTTP, started for the benchmark and ended with it.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use adyton_e2e::wait;
use anyhow::{Context, Result};

/// How long a program may take until it listens.
const START: Duration = Duration::from_secs(30);

/// What workerd runs: the same answer as everybody's.
const WORKER: &str = "export default { async fetch() { return new Response(\"0\"); } }\n";

/// One row of the table: where it is asked, and whose processor time counts.
pub struct Subject {
    /// The row's name.
    pub name: String,
    /// What is asked.
    pub url: String,
    /// The processes whose time is counted, by what they are.
    pub counted: Vec<(&'static str, u32)>,
    /// Ended with the subject.
    _child: Option<Running>,
}

/// Ends with its owner.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Subject {
    /// Something that runs already.
    pub fn of(name: &str, url: String, counted: Vec<(&'static str, u32)>) -> Self {
        Self { name: name.into(), url, counted, _child: None }
    }

    /// A program that was told to listen on `port`.
    pub fn start(name: &str, what: &'static str, port: u16, mut command: Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let child = Running(child.with_context(|| format!("starting {}", command.get_program().display()))?);
        let id = child.0.id();
        wait(START, || TcpStream::connect(("127.0.0.1", port)).with_context(|| format!("{name} does not listen")))?;
        let url = format!("http://127.0.0.1:{port}/");
        Ok(Self { name: name.into(), url, counted: vec![(what, id)], _child: Some(child) })
    }

    /// `wasmtime serve` of a component, with the options that it has by default.
    pub fn wasmtime(program: &Path, component: &Path) -> Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(program);
        command.args(["serve", "--addr", &format!("127.0.0.1:{port}")]).arg(component);
        Self::start("wasmtime serve", "wasmtime", port, command)
    }

    /// workerd with one worker, whose files are written below `folder`.
    pub fn workerd(program: &Path, folder: &Path) -> Result<Self> {
        let port = free_port()?;
        let folder = folder.join("workerd");
        fs::create_dir_all(&folder).context("workerd's folder")?;
        fs::write(folder.join("worker.js"), WORKER).context("workerd's worker")?;
        fs::write(folder.join("config.capnp"), configuration(port)).context("workerd's configuration")?;
        let mut command = Command::new(program);
        command.arg("serve").arg(folder.join("config.capnp"));
        Self::start("workerd, JavaScript", "workerd", port, command)
    }
}

/// A port that was free a moment ago.
pub fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("no free port")?;
    Ok(listener.local_addr().context("reading a port")?.port())
}

fn configuration(port: u16) -> String {
    format!(
        "using Workerd = import \"/workerd/workerd.capnp\";\n\
         const config :Workerd.Config = (\n  services = [(name = \"main\", worker = .worker)],\n  \
         sockets = [(name = \"http\", address = \"127.0.0.1:{port}\", http = (), service = \"main\")],\n);\n\
         const worker :Workerd.Worker = (\n  modules = [(name = \"worker\", esModule = embed \"worker.js\")],\n  \
         compatibilityDate = \"2026-01-01\",\n);\n"
    )
}
