//! Where the local network keeps what, and what it remembers between two starts.

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    net::TcpListener,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use adyton_client::protocol::ids::{ContractId, NetworkId};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

/// The network's folder.
#[derive(Debug, Clone)]
pub struct Layout {
    /// The folder.
    pub root: PathBuf,
}

/// The form of what the programs of a local network keep. Every change after which those of before cannot go on counts
/// it up.
pub const FORMAT: u32 = 2;

/// What is remembered, as `network.json` in the folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Memory {
    /// [`FORMAT`] of the program that made the network; none before there was one.
    #[serde(default)]
    pub format: u32,
    /// The network's identity, made at its first start.
    pub network: NetworkId,
    /// When its collateral was issued last, Unix seconds.
    pub collateral_at: u64,
    /// Ports of the services.
    pub ports: Ports,
    /// The sample contract, once it is deployed.
    pub sample: Option<ContractId>,
}

/// Ports on the loopback interface.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ports {
    /// The node's RPC interface.
    pub node: u16,
    /// The gateway.
    pub gateway: u16,
    /// The worker.
    pub worker: u16,
    /// The keyholder.
    pub keyholder: u16,
    /// The price server that the sample contract asks.
    pub prices: u16,
}

impl Layout {
    /// The folder, made if it is not there, readable by this user alone.
    pub fn at(root: PathBuf) -> Result<Self> {
        for folder in ["", "log", "node", "keyholder", "worker", "gateway"] {
            let path = root.join(folder);
            fs::create_dir_all(&path).with_context(|| format!("making the folder {}", path.display()))?;
        }
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        fs::set_permissions(&root, private).with_context(|| format!("closing {} to other users", root.display()))?;
        let root = root.canonicalize().with_context(|| format!("finding {}", root.display()))?;
        Ok(Self { root })
    }

    /// A file or folder inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// What was remembered; nothing at the first start.
    ///
    /// # Errors
    /// Also where another version of the programs made the network: these would not open what those have kept.
    pub fn memory(&self) -> Result<Option<Memory>> {
        let path = self.path("network.json");
        match fs::read(&path) {
            Ok(bytes) => {
                let memory: Memory =
                    serde_json::from_slice(&bytes).with_context(|| format!("reading {}", path.display()))?;
                ensure!(
                    memory.format == FORMAT,
                    "the local network in {} was made by another version of these programs; remove the folder to begin anew, or name another one with --data",
                    self.root.display()
                );
                Ok(Some(memory))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("reading {}", path.display())),
        }
    }

    /// Remembers.
    pub fn remember(&self, memory: &Memory) -> Result<()> {
        let text = serde_json::to_string_pretty(memory).context("encoding what is remembered")?;
        self.write("network.json", text.as_bytes())
    }

    /// Writes a file whole or not at all, readable by this user alone.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (path, draft) = (self.path(name), self.path(&format!("{name}.new")));
        let write = || -> std::io::Result<()> {
            let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&draft, &path)
        };
        write().with_context(|| format!("writing {}", path.display()))
    }

    /// The development root's seed, made at the first start. A file, because whoever reads it can only make
    /// evidence that no real network accepts.
    pub fn seed(&self) -> Result<[u8; 32]> {
        let path = self.path("development-root.seed");
        if let Ok(bytes) = fs::read(&path) {
            let seed = bytes.try_into().ok();
            return seed.with_context(|| {
                format!("{} does not have 32 bytes; remove the network's folder to begin anew", path.display())
            });
        }
        let mut seed = [0; 32];
        rand_core::RngCore::try_fill_bytes(&mut rand_core::OsRng, &mut seed).context("drawing a seed")?;
        self.write("development-root.seed", &seed)?;
        Ok(seed)
    }
}

impl Ports {
    /// Those given if they are free, else others that are.
    pub fn choose(wanted: Option<Self>) -> Result<(Self, Reserved)> {
        let wanted = wanted.unwrap_or(Self { node: 9944, gateway: 8700, worker: 8701, keyholder: 8702, prices: 9690 });
        let mut reserved = Reserved::default();
        let ports = Self {
            node: reserved.choose(wanted.node)?,
            gateway: reserved.choose(wanted.gateway)?,
            worker: reserved.choose(wanted.worker)?,
            keyholder: reserved.choose(wanted.keyholder)?,
            prices: reserved.choose(wanted.prices)?,
        };
        Ok((ports, reserved))
    }
}

/// Ports that nobody else gets before the program that each is for is started.
#[derive(Default)]
pub struct Reserved(BTreeMap<u16, TcpListener>);

impl Reserved {
    fn choose(&mut self, wanted: u16) -> Result<u16> {
        let listener = TcpListener::bind(("127.0.0.1", wanted)).or_else(|_| TcpListener::bind(("127.0.0.1", 0)));
        let listener = listener.context("no free port on the loopback interface")?;
        let port = listener.local_addr().context("reading a port")?.port();
        self.0.insert(port, listener);
        Ok(port)
    }

    /// Frees a port: its program is started next.
    pub fn free(&mut self, port: u16) {
        self.0.remove(&port);
    }
}

/// A lock that the running network holds on its folder; the system drops it with the process.
pub fn lock(path: &Path) -> Result<fs::File> {
    let file = fs::OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            anyhow::bail!(
                "a local network already runs in this folder; stop it (Ctrl-C there), or give another one with --data"
            )
        }
        Err(fs::TryLockError::Error(error)) => Err(error).with_context(|| format!("locking {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_network_in_the_same_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let held = lock(&path).unwrap();
        assert!(lock(&path).unwrap_err().to_string().contains("already runs"));
        drop(held);
        lock(&path).unwrap();
    }

    #[test]
    fn a_taken_port_is_replaced_and_none_is_chosen_twice() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = taken.local_addr().unwrap().port();
        let wanted = Ports { node: port, gateway: port, worker: port, keyholder: port, prices: port };
        let (ports, mut reserved) = Ports::choose(Some(wanted)).unwrap();
        let mut all = [ports.node, ports.gateway, ports.worker, ports.keyholder, ports.prices, port];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(TcpListener::bind(("127.0.0.1", ports.node)).is_err(), "it is kept for the node");
        reserved.free(ports.node);
        TcpListener::bind(("127.0.0.1", ports.node)).unwrap();
    }

    #[test]
    fn what_another_version_keeps_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::at(folder.path().to_owned()).unwrap();
        assert!(layout.memory().unwrap().is_none());
        let ports = Ports { node: 1, gateway: 2, worker: 3, keyholder: 4, prices: 5 };
        let memory = Memory { format: FORMAT, network: NetworkId([1; 32]), collateral_at: 1, ports, sample: None };
        layout.remember(&memory).unwrap();
        assert_eq!(layout.memory().unwrap().unwrap().network, memory.network);
        for format in [FORMAT - 1, FORMAT + 1] {
            layout.remember(&Memory { format, ..memory.clone() }).unwrap();
            let refused = layout.memory().unwrap_err().to_string();
            assert!(refused.contains("another version") && refused.contains("--data"), "{refused}");
        }
        // Those of before there was a format say nothing of it.
        let mut old = serde_json::to_value(&memory).unwrap();
        old.as_object_mut().unwrap().remove("format");
        layout.write("network.json", old.to_string().as_bytes()).unwrap();
        assert!(layout.memory().is_err());
    }

    #[test]
    fn the_seed_stays_the_same_and_is_private() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::at(folder.path().join("network")).unwrap();
        assert_eq!(layout.seed().unwrap(), layout.seed().unwrap());
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(layout.path("development-root.seed")).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
}
