//! Servers as they are, each with a folder of its own and TLS by the test's authority; skipped where there is none.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::NAME;
use crate::server::Authority;

/// Whom a server runs as where the tests run as root, which databases refuse.
const NOBODY: u32 = 65_534;
/// Where Debian puts servers that are not on everybody's path.
const ELSEWHERE: [&str; 2] = ["/usr/sbin", "/usr/lib/postgresql"];

/// A server's folder, before it runs.
pub struct Place {
    pub port: u16,
    pub root: Vec<u8>,
    folder: TempDir,
}

/// A server that runs until this is dropped.
pub struct Running {
    pub port: u16,
    pub root: Vec<u8>,
    child: Child,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        // What is gone already needs no end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Place {
    /// A folder with `certificate.pem` and `key.pem`, and a port that is free.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let authority = Authority::new();
        let (certificate, key) = authority.issue_texts(NAME);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let place = Self { port, root: authority.root, folder };
        place.write("certificate.pem", &certificate);
        place.write("key.pem", &key);
        if is_root() {
            chown(place.folder.path(), Some(NOBODY), Some(NOBODY)).expect("root may");
        }
        place
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().expect("a path of text").to_owned()
    }

    /// Writes a file that the server alone reads.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("it is there");
        if is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).expect("root may");
        }
    }

    /// Runs a program to its end.
    pub fn prepare(&self, program: &Path, arguments: &[String]) {
        let output = self.command(program, arguments).output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {said}", program.display());
    }

    /// Runs the server.
    pub fn run(self, program: &Path, arguments: &[String]) -> Running {
        let mut command = self.command(program, arguments);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        Running { port: self.port, root: self.root, child, _folder: self.folder }
    }

    fn command(&self, program: &Path, arguments: &[String]) -> Command {
        let mut command = match is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args([&format!("--reuid={NOBODY}"), &format!("--regid={NOBODY}"), "--clear-groups"]);
                command.arg(program);
                command
            }
            false => Command::new(program),
        };
        command.args(arguments).current_dir(self.folder.path()).env("HOME", self.folder.path());
        command
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|of_this_process| of_this_process.uid() == 0)
}

/// Where a server's program is; none, with a line that says so, where it is not installed.
pub fn program(name: &str) -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()).collect();
    for folder in ELSEWHERE.map(PathBuf::from) {
        let versions = fs::read_dir(&folder).into_iter().flatten().flatten().map(|version| version.path().join("bin"));
        folders.extend(versions.filter(|bin| bin.is_dir()));
        folders.push(folder);
    }
    let found = folders.into_iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: {name} is not installed");
    }
    found
}
