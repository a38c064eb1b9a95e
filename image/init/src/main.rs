//! The first program of the worker's virtual machine: mounts what the worker needs, runs it, and ends the machine when
//! it ends.
//!
//! **Where it stands.** `/init` of the initial file system, which is all of the machine's software and is measured. The
//! kernel starts it; it starts `/bin/adyton-worker`, and nothing else.
//!
//! **What must always hold.** Nothing of the host's is executed: its folder is mounted without that right. There is no
//! way in: no shell, no login, no other program.
//!
//! **What it refuses.** To run the worker where a mount is missing: the machine ends.

use rustix::{
    fs::sync,
    io::Errno,
    mount::{MountFlags, mount},
    process::{WaitOptions, WaitStatus, getpid, wait},
    system::{RebootCommand, reboot},
};
use std::{
    ffi::CStr,
    fs,
    process::{Command, ExitCode},
};

const WORKER: &str = "/bin/adyton-worker";
/// In the host's folder. What the worker does for contracts stands in it too, and the worker attests to that half.
const CONFIGURATION: &str = "/data/worker.toml";

/// A mount: what, where, which file system, options.
struct Mount {
    source: &'static str,
    target: &'static str,
    kind: &'static str,
    data: Option<&'static CStr>,
}

const MOUNTS: [Mount; 6] = [
    Mount { source: "proc", target: "/proc", kind: "proc", data: None },
    Mount { source: "sysfs", target: "/sys", kind: "sysfs", data: None },
    Mount { source: "devtmpfs", target: "/dev", kind: "devtmpfs", data: Some(c"mode=0755") },
    // Where the kernel makes evidence.
    Mount { source: "configfs", target: "/sys/kernel/config", kind: "configfs", data: None },
    Mount { source: "tmpfs", target: "/tmp", kind: "tmpfs", data: Some(c"mode=1777,size=64m") },
    // The host's folder: configuration, collateral, sealed stores. Nothing in it is believed.
    Mount { source: "adyton", target: "/data", kind: "9p", data: Some(c"trans=virtio,version=9p2000.L,msize=131072") },
];

fn main() -> ExitCode {
    // Started by anybody but the kernel, it would mount over their machine.
    if !getpid().is_init() {
        eprintln!("adyton-init is the first program of a machine, and nothing else");
        return ExitCode::from(2);
    }
    match run() {
        Ok(status) => eprintln!("init: the worker ended: {status}"),
        Err(reason) => eprintln!("init: {reason}"),
    }
    sync();
    let error = reboot(RebootCommand::PowerOff);
    eprintln!("init: cannot end the machine: {error:?}");
    // The kernel panics when its first program ends, which ends the machine too.
    ExitCode::FAILURE
}

/// Runs the worker to its end.
fn run() -> Result<String, String> {
    for Mount { source, target, kind, data } in &MOUNTS {
        let failed = |error: &dyn std::fmt::Display| format!("cannot mount {kind} at {target}: {error}");
        if !fs::exists(target).unwrap_or(false) {
            fs::create_dir(target).map_err(|error| failed(&error))?;
        }
        let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
        let flags = if *kind == "devtmpfs" { flags } else { flags | MountFlags::NODEV };
        mount(*source, *target, *kind, flags, *data).map_err(|error| failed(&error))?;
    }
    let worker = Command::new(WORKER).arg("--config").arg(CONFIGURATION).env_clear().spawn();
    let worker = worker.map_err(|error| format!("cannot start {WORKER}: {error}"))?;
    loop {
        // Also those whose parents are gone: they are this program's now.
        match wait(WaitOptions::empty()) {
            Ok(Some((ended, status))) if u32::try_from(ended.as_raw_pid()) == Ok(worker.id()) => {
                return Ok(in_words(status));
            }
            Ok(_) | Err(Errno::INTR) => (),
            Err(error) => return Err(format!("cannot wait for the worker: {error}")),
        }
    }
}

fn in_words(status: WaitStatus) -> String {
    match (status.exit_status(), status.terminating_signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => format!("{status:?}"),
    }
}
