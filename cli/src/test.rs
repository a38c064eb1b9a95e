//! `adyton test`: the project's own tests against the real engine.
//!
//! The engine is another program's: this one builds the project, finds the tests, and starts it with what would be
//! deployed.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use adyton_component::build::Options;
use anyhow::{Context, Result, bail};
use clap::Args;
use codec::Encode;

use crate::{
    build,
    output::{Output, misuse},
    places::Places,
    project::{Project, manifest},
    up::programs,
};

/// The program that has the engine.
const TESTBED: &str = "adyton-testbed";
/// The folder of a project's tests.
const FOLDER: &str = "tests";
/// The most scenarios of a project.
const MAX_SCENARIOS: usize = 1000;

/// What to test.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  adyton test\n  adyton test counter --dir hello\n  adyton test prices --record\n  adyton test --database db.example.org:5432=127.0.0.1:5432 --database-root ca.pem\n\nA test is a file tests/NAME.toml:\n\n  [[step]]\n  request = \"POST /increment\"\n  expect.status = 200\n  expect.body = \"1\"\n\nWhat else it can say is in testbed/README.md."
)]
pub struct TestArgs {
    /// Only the files in tests/ whose names have one of these in them.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// The project's folder; by default the current one.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// Really send the requests that no test has an answer for, within the manifest's rules, and write the answers into
    /// the tests.
    #[arg(long)]
    record: bool,
    /// Let this server take the place of a database outside: db.example.org:5432=127.0.0.1:5432. What the tests write there
    /// stays there.
    #[arg(long, value_name = "HOST:PORT=ADDRESS:PORT")]
    database: Vec<String>,
    /// A root of such a server's certificate, PEM or DER, for these tests alone. The certificate has to be for the database's
    /// own name.
    #[arg(long, value_name = "FILE", requires = "database")]
    database_root: Vec<PathBuf>,
    /// Refuse to change the project's Cargo.lock.
    #[arg(long)]
    locked: bool,
    /// Build with the tools and packages that are on this machine.
    #[arg(long)]
    offline: bool,
}

/// Builds the project, runs its tests, and says what came out. The exit code is the tests'.
pub fn run(args: &TestArgs, output: Output, places: &Places) -> Result<ExitCode> {
    let project = Project::open(&args.dir)?;
    let scenarios = scenarios(&project.folder, &args.names)?;
    let testbed = testbed(&programs()?)?;
    let databases = databases(args)?;
    output.progress(project.preparation());
    let options =
        Options { cache: places.cache.clone(), offline: args.offline, locked: args.locked, quiet: output.is_json() };
    build::build(&project, &options)?;
    let component = std::path::absolute(project.component()).context("the current folder is gone")?;
    let mut command = Command::new(&testbed);
    command.arg("--component").arg(component).args(args.record.then_some("--record"));
    command.args(databases);
    command.args(output.is_json().then_some("--json")).args(scenarios).current_dir(&project.folder);
    play(command, &project.declared.manifest.encode()).map(ExitCode::from)
}

/// What the program is told of databases. Roots are given as they are: it reads no file but the tests and the components.
fn databases(args: &TestArgs) -> Result<Vec<String>> {
    let mut told: Vec<String> = args.database.iter().map(|place| format!("--database={place}")).collect();
    for path in &args.database_root {
        let name = path.display().to_string();
        let bytes = fs::read(path).map_err(|error| misuse(format!("cannot read {name}: {error}")))?;
        let root = manifest::certificate(&name, &bytes).map_err(misuse)?;
        told.push(format!("--database-root={}", hex::encode(root)));
    }
    Ok(told)
}

/// Runs the program to its end, and gives its exit code. It reads the manifest from its standard input.
fn play(mut command: Command, manifest: &[u8]) -> Result<u8> {
    // What a test comes to depends on nothing of this machine.
    command.env_clear().stdin(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start {TESTBED}"))?;
    let mut input = child.stdin.take().context("the program has an input")?;
    // If it is gone already, it has said why.
    let _unread = input.write_all(manifest);
    drop(input);
    let ended = child.wait().with_context(|| format!("waiting for {TESTBED}"))?;
    match ended.code().and_then(|code| u8::try_from(code).ok()) {
        Some(code @ 0..=2) => Ok(code),
        Some(_) | None => bail!("{TESTBED} broke off ({ended})"),
    }
}

/// The program that lies beside this one.
fn testbed(folder: &Path) -> Result<PathBuf> {
    let path = folder.join(TESTBED);
    if !path.is_file() {
        bail!("{} is not there, and only it has the engine; build it with `make build`", path.display());
    }
    Ok(path)
}

/// The tests, relative to the project's folder, in the order of their names.
fn scenarios(project: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let folder = project.join(FOLDER);
    let unreadable = |error: io::Error| misuse(format!("cannot read {}: {error}", folder.display()));
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        entries => entries.map_err(unreadable)?.collect::<Result<Vec<_>, _>>().map_err(unreadable)?,
    };
    let files = entries.into_iter().map(|entry| PathBuf::from(FOLDER).join(entry.file_name()));
    let mut found: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|end| end == "toml")).collect();
    if found.is_empty() {
        return Err(misuse(format!(
            "there are no tests in {}: write a file NAME.toml there, as `adyton test --help` shows",
            folder.display()
        )));
    }
    let wanted = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        names.is_empty() || names.iter().any(|wanted| name.contains(wanted.as_str()))
    };
    found.retain(wanted);
    found.sort();
    match found.len() {
        0 => Err(misuse(format!("no test in {} has such a name", folder.display()))),
        1..=MAX_SCENARIOS => Ok(found),
        _ => Err(misuse(format!("more than {MAX_SCENARIOS} tests; name some"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(FOLDER)).unwrap();
        for file in files {
            fs::write(folder.path().join(FOLDER).join(file), "").unwrap();
        }
        folder
    }

    #[test]
    fn the_tests_are_found_in_the_order_of_their_names_and_other_files_are_none() {
        let project = project(&["b.toml", "a.toml", "main.test.js"]);
        let all = scenarios(project.path(), &[]).unwrap();
        assert_eq!(all, [PathBuf::from("tests/a.toml"), PathBuf::from("tests/b.toml")]);
        assert_eq!(scenarios(project.path(), &["b.".into()]).unwrap(), [PathBuf::from("tests/b.toml")]);
    }

    #[test]
    fn a_project_without_tests_or_without_the_one_that_is_named_is_bad_use() {
        for (folder, names) in [
            (tempfile::tempdir().unwrap(), vec![]),
            (project(&["main.test.js"]), vec![]),
            (project(&["a.toml"]), vec!["b".to_owned()]),
        ] {
            let error = scenarios(folder.path(), &names).unwrap_err();
            assert!(error.is::<crate::output::Misuse>(), "{error}");
        }
    }

    #[test]
    fn a_root_reaches_the_program_in_hexadecimal_from_either_form() {
        let folder = tempfile::tempdir().unwrap();
        let place = "db.example.org:5432=127.0.0.1:5432";
        let pem = "-----BEGIN CERTIFICATE-----\nAQID\nBA==\n-----END CERTIFICATE-----\n";
        let args = |root: &str, bytes: &[u8]| {
            let path = folder.path().join(root);
            fs::write(&path, bytes).unwrap();
            TestArgs {
                names: Vec::new(),
                dir: ".".into(),
                record: false,
                database: vec![place.into()],
                database_root: vec![path],
                locked: false,
                offline: false,
            }
        };
        for args in [args("pem", pem.as_bytes()), args("der", &[1, 2, 3, 4])] {
            assert_eq!(databases(&args).unwrap(), [format!("--database={place}"), "--database-root=01020304".into()]);
        }
        let none = TestArgs { database_root: vec![folder.path().join("none")], ..args("der", &[]) };
        assert!(databases(&none).unwrap_err().is::<crate::output::Misuse>());
    }

    /// A program of this text in the place of the one that has the engine.
    fn script(text: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", text]);
        command
    }

    #[test]
    fn the_program_gets_the_manifest_and_nothing_of_this_ones_environment() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = script("IFS= read -r line && echo \"$line ${CARGO_MANIFEST_DIR:-none}\" > got");
        command.current_dir(folder.path());
        assert_eq!(play(command, b"manifest\n").unwrap(), 0);
        assert_eq!(fs::read_to_string(folder.path().join("got")).unwrap(), "manifest none\n");
    }

    #[test]
    fn the_exit_code_is_the_programs_and_anything_else_is_a_failure() {
        for code in 0..=2 {
            assert_eq!(play(script(&format!("exit {code}")), b"unread").unwrap(), code);
        }
        for text in ["exit 101", "kill -9 $$"] {
            let error = play(script(text), b"").unwrap_err();
            assert!(error.to_string().contains("broke off"), "{error}");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(testbed(folder.path()).unwrap_err().to_string().contains("make build"));
    }
}
