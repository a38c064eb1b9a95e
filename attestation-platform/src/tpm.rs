//! The few commands of a TPM 2.0 that evidence needs, marshalled here.
//! Source: TCG, "Trusted Platform Module Library" 2.0, parts 2 (structures) and 3 (commands).
//!
//! Every answer is bounded before it is read, and read to its end: what follows what was asked for is refused.

mod commands;
mod wire;

use std::{
    fs::OpenOptions,
    io::{self, Read, Write},
    path::PathBuf,
};

pub(crate) use commands::{PCRS, Quote, pcr_values, quote, read_nv, read_rsa_key};

/// The longest command or answer; TPMs have 4 KiB.
pub const MAX_TPM_MESSAGE_BYTES: usize = 4096;

/// One command to a TPM and its answer.
pub trait Tpm: Send + Sync {
    /// Sends `command`. The answer has at most [`MAX_TPM_MESSAGE_BYTES`].
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>>;
}

/// The kernel's device.
#[derive(Clone, Debug)]
pub struct TpmDevice {
    path: PathBuf,
}

impl TpmDevice {
    /// The device at `path`, usually `/dev/tpmrm0`: the one behind which the kernel keeps programs apart.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }
}

impl Tpm for TpmDevice {
    fn exchange(&self, command: &[u8]) -> io::Result<Vec<u8>> {
        let mut device = OpenOptions::new().read(true).write(true).open(&self.path)?;
        if device.write(command)? != command.len() {
            return Err(io::ErrorKind::WriteZero.into());
        }
        // One read takes one answer.
        let mut answer = vec![0; MAX_TPM_MESSAGE_BYTES];
        let length = device.read(&mut answer)?;
        answer.truncate(length);
        Ok(answer)
    }
}
