//! The program, run as a person would.

use std::{path::Path, process::Command};

/// What a run left.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Runs `adyton` in `folder` with a home of its own, which does not exist.
pub fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_adyton"))
        .args(arguments)
        .env_clear()
        .env("ADYTON_HOME", folder.join("no-home"))
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
