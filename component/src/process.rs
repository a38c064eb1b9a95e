//! Runs the tools that a build needs: for a limited time, with a bounded memory of what they said, and with nothing of
//! the user's environment but what they cannot work without. A token that lies in a variable is not theirs to read.

mod group;

use std::{
    ffi::OsStr,
    io::{self, Read},
    path::Path,
    process::{Command, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::build::BuildError;
use group::Group;

/// How long one tool may run.
pub(crate) const LIMIT: Duration = Duration::from_secs(600);
/// How many of the last bytes of a tool's output are kept, of each of its two streams.
const KEPT: usize = 64 * 1024;
/// How often a stream is looked at for its end.
const LOOK: Duration = Duration::from_millis(20);
/// How long a tool's output is waited for when it has ended itself: a child of its own may hold it open.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The variables that every tool gets.
const EVERY_TOOLS: [&str; 9] =
    ["PATH", "HOME", "USER", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"];
/// The variables that installers get besides: the way to the network, and whom to trust there.
const INSTALLERS: [&str; 12] = [
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "ALL_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "all_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
];
/// How the names of the installers' own settings begin.
const INSTALLERS_OWN: [&str; 3] = ["npm_config_", "NPM_CONFIG_", "PIP_"];

/// What a tool is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To make something of files that are there.
    Build,
    /// To fetch packages. It runs none of their code.
    Install,
}

/// How a tool ended.
#[derive(Debug)]
pub(crate) struct Done {
    /// Whether it says that it did what it was asked.
    pub(crate) success: bool,
    /// The end of its standard output.
    pub(crate) out: String,
    /// The end of its standard error.
    pub(crate) err: String,
}

impl Done {
    /// Everything that it said, for a person to read.
    pub(crate) fn said(&self) -> String {
        let parts = [self.err.trim(), self.out.trim()];
        printable(&parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n"))
    }
}

/// A tool to run in `folder`. A `program` with a folder in its name has to be absolute.
pub(crate) fn tool(program: impl AsRef<OsStr>, folder: &Path, purpose: Purpose) -> Command {
    let mut command = Command::new(program);
    let passed = std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(|name| passes(name, purpose)));
    command.current_dir(folder).env_clear().envs(passed);
    command
}

fn passes(name: &str, purpose: Purpose) -> bool {
    let installers =
        || INSTALLERS.contains(&name) || INSTALLERS_OWN.iter().any(|beginning| name.starts_with(beginning));
    EVERY_TOOLS.contains(&name) || purpose == Purpose::Install && installers()
}

/// Runs a tool to its end, or kills it after [`LIMIT`]; what it has started ends with it.
pub(crate) fn run(command: Command) -> Result<Done, BuildError> {
    run_within(command, LIMIT)
}

fn run_within(mut command: Command, limit: Duration) -> Result<Done, BuildError> {
    let program = command.get_program().to_string_lossy().into_owned();
    let failed = |source: io::Error| BuildError::Run { program: program.clone(), source };
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::start(&mut command).map_err(failed)?;
    let (out, err) = group.outputs();
    let (out, err) = (Tail::of(out), Tail::of(err));
    if !group.ends_within(limit).map_err(failed)? {
        return Err(BuildError::Timeout { program: program.clone(), seconds: limit.as_secs() });
    }
    let (out, err) = (out.text(), err.text());
    Ok(Done { success: group.end().map_err(failed)?.success(), out, err })
}

/// The end of a stream that somebody else writes.
struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Tail {
    fn of(stream: Option<impl Read + Send + 'static>) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&kept);
        let reader = stream.map(|stream| thread::spawn(move || follow(stream, &shared)));
        Self { kept, reader }
    }

    /// What was written, once the stream has ended or is not waited for any longer.
    fn text(&self) -> String {
        let start = Instant::now();
        while self.reader.as_ref().is_some_and(|reader| !reader.is_finished()) && start.elapsed() < LAST_WORDS {
            thread::sleep(LOOK);
        }
        String::from_utf8_lossy(&self.kept.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

fn follow(mut stream: impl Read, kept: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 8192];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(buffer.get(..length).unwrap_or_default());
                let excess = kept.len().saturating_sub(KEPT);
                kept.drain(..excess);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return,
        }
    }
}

/// Without what would move the cursor or colour the terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control() || matches!(character, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = tool("sh", &std::env::temp_dir(), Purpose::Build);
        command.args(["-c", script]);
        command
    }

    #[test]
    fn what_a_tool_said_and_how_it_ended_is_known() {
        let done = run(shell("echo out; echo err >&2; exit 3")).expect("there is a shell");
        assert_eq!((done.success, done.said().as_str()), (false, "err\nout"));
    }

    #[test]
    fn of_endless_output_only_the_end_is_kept() {
        let done = run(shell("yes | head -c 1000000; printf last")).expect("there is a shell");
        assert!(done.success && done.out.len() == KEPT && done.out.ends_with("last"));
    }

    #[test]
    fn a_tool_that_does_not_end_is_killed() {
        let start = Instant::now();
        let ended = run_within(shell("exec sleep 600"), Duration::from_millis(100));
        assert!(matches!(ended, Err(BuildError::Timeout { .. })) && start.elapsed() < Duration::from_secs(60));
    }

    /// Whether a file is there after what would write it has had its time.
    fn written_by(file: &Path) -> bool {
        thread::sleep(Duration::from_millis(2500));
        file.exists()
    }

    #[test]
    fn what_a_tool_has_started_is_killed_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("late");
        let script = format!("(sleep 1; touch '{}') & sleep 600", file.display());
        let ended = run_within(shell(&script), Duration::from_millis(100));
        assert!(matches!(ended, Err(BuildError::Timeout { .. })) && !written_by(&file));
    }

    #[test]
    fn what_a_tool_leaves_running_ends_with_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("late");
        let script = format!("(sleep 1; touch '{}') >/dev/null 2>&1 & echo done", file.display());
        let done = run(shell(&script)).expect("there is a shell");
        assert!(done.success && done.out == "done\n" && !written_by(&file));
    }

    #[test]
    fn output_that_a_tools_child_holds_open_is_not_waited_for() {
        let start = Instant::now();
        let done = run(shell("sleep 60 & echo done")).expect("there is a shell");
        assert!(done.out == "done\n" && start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_tool_that_is_not_there_is_named() {
        let missing = tool("adyton-no-such-tool", &std::env::temp_dir(), Purpose::Build);
        assert!(matches!(run(missing), Err(BuildError::Run { program, .. }) if program == "adyton-no-such-tool"));
    }

    #[test]
    fn a_tool_gets_no_variable_that_may_hold_a_secret() {
        let secret = ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "ADYTON_PASSWORD_FILE", "NPM_TOKEN", "NODE_OPTIONS"];
        for name in secret {
            assert!(!passes(name, Purpose::Build) && !passes(name, Purpose::Install), "{name}");
        }
        // An index's address may hold one, which only the installer may see.
        for name in ["PIP_INDEX_URL", "npm_config_registry", "HTTPS_PROXY"] {
            assert!(!passes(name, Purpose::Build) && passes(name, Purpose::Install), "{name}");
        }
        let done = run(shell("env")).expect("there is a shell");
        // What the shell itself adds.
        let added = ["PWD", "OLDPWD", "SHLVL", "_"];
        let names = done.out.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
        for name in names {
            assert!(added.contains(&name) || EVERY_TOOLS.contains(&name), "{name}");
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\tc\nd\r\u{9b}e"), "a[2Jb\tc\nde");
    }
}
