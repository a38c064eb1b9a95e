//! A tool together with whatever it starts: a process group, which ends as one. Tools are often a script around the
//! program that does the work; with the script alone stopped, that one would go on writing, into a later build too.

use std::{
    io::{self, Write},
    os::unix::process::CommandExt,
    process::{Child, ChildStderr, ChildStdout, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How often a running tool is looked at.
const LOOK: Duration = Duration::from_millis(20);

/// A tool that runs, the first of its group. All of it is ended with the value.
pub(super) struct Group {
    first: Child,
    id: Pid,
    watch: Option<Child>,
    reaped: bool,
}

impl Group {
    /// Starts a tool in a group of its own.
    pub(super) fn start(command: &mut Command) -> io::Result<Self> {
        let first = command.process_group(0).spawn()?;
        let id = Pid::from_child(&first);
        let mut group = Self { first, id, watch: None, reaped: false };
        group.watch = Some(watch(id)?);
        Ok(group)
    }

    /// What the tool writes.
    pub(super) fn outputs(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.first.stdout.take(), self.first.stderr.take())
    }

    /// Whether the tool ends by itself within `limit`.
    pub(super) fn ends_within(&self, limit: Duration) -> io::Result<bool> {
        let start = Instant::now();
        // Its end is seen and not yet taken: as long as that is so, its number stands for this group and no other.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        while waitid(WaitId::Pid(self.id), options)?.is_none() {
            if start.elapsed() >= limit {
                return Ok(false);
            }
            thread::sleep(LOOK);
        }
        Ok(true)
    }

    /// Ends what still runs, and says how the tool itself ended.
    pub(super) fn end(&mut self) -> io::Result<ExitStatus> {
        // That there is nothing left to end is no failure.
        let _ = kill_process_group(self.id, Signal::KILL);
        let _ = self.first.kill();
        let status = self.first.wait()?;
        self.reaped = true;
        Ok(status)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.end();
        }
        if let Some(mut watch) = self.watch.take() {
            let _ = watch.stdin.take().map(|mut stdin| stdin.write_all(b"\n"));
            let _ = watch.wait();
        }
    }
}

/// Ends the group if this program ends before it says a line: Ctrl-C in a terminal reaches this program's own group
/// only.
fn watch(group: Pid) -> io::Result<Child> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "read line || kill -s KILL -- \"-$1\"", "sh", &group.as_raw_nonzero().to_string()]);
    command.env_clear().process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Group {
        Group::start(Command::new("/bin/sh").args(["-c", script]).stdin(Stdio::null())).expect("there is a shell")
    }

    #[test]
    fn a_tool_that_ends_by_itself_has_its_own_status() {
        let mut group = shell("exit 3");
        assert!(group.ends_within(PATIENCE).expect("it is a child"));
        assert_eq!(group.end().expect("it is a child").code(), Some(3));
    }

    #[test]
    fn a_tool_does_not_outlive_the_program_that_started_it() {
        let mut group = shell("sleep 600");
        assert!(!group.ends_within(Duration::from_millis(100)).expect("it is a child"));
        // What happens when the program ends, however it does.
        drop(group.watch.as_mut().and_then(|watch| watch.stdin.take()));
        assert!(group.ends_within(PATIENCE).expect("it is a child"));
        assert_eq!(group.end().expect("it is a child").code(), None);
    }
}
