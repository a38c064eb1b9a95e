//! `adyton new`: a project that builds as it is, away from this repository.

use std::path::PathBuf;

use adyton_component::{Language, template};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::output::{Output, misuse};

/// What to write.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  adyton new hello --lang rust\n  adyton new hello --lang ts --dir projects")]
pub struct NewArgs {
    /// The contract's name: a-z, 0-9 and -, beginning with a letter.
    name: String,
    /// The language.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Word,
    /// The folder in which the project's folder is made; by default the current one.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// The words for the languages that contracts are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Word {
    /// Rust.
    Rust,
    /// JavaScript.
    Js,
    /// TypeScript.
    Ts,
    /// Python.
    Python,
}

impl From<Word> for Language {
    fn from(word: Word) -> Self {
        match word {
            Word::Rust => Self::Rust,
            Word::Js => Self::JavaScript,
            Word::Ts => Self::TypeScript,
            Word::Python => Self::Python,
        }
    }
}

/// Writes the project.
pub fn run(args: &NewArgs, output: Output) -> Result<()> {
    let parent = match &args.dir {
        Some(folder) => folder.clone(),
        None => std::env::current_dir().context("the current folder is gone")?,
    };
    let language = Language::from(args.lang);
    let made = template::new_project(&parent, &args.name, language);
    let folder = made.map_err(|error| misuse(error.to_string()))?;
    let enter = if args.dir.is_some() { folder.display().to_string() } else { args.name.clone() };
    let tests = test_command(language).map_or_else(String::new, |command| format!("\n  {command}"));
    output.result(&json!({ "name": args.name, "language": language.name(), "folder": folder }), || {
        format!(
            "The project is in {}: its program in {}, what it may do in adyton.toml.\n\nNext:\n  cd {enter}\n  adyton test     # runs tests/counter.toml in the real engine\n  adyton dev      # on the local network of `adyton up`, again at each change\n\nOr, step by step:\n  adyton build{tests}\n  adyton deploy --from //Alice",
            folder.display(),
            language.program()
        )
    })?;
    Ok(())
}

/// The command for the tests that a new project has in its own language, if it has some; a build installs what they
/// need.
fn test_command(language: Language) -> Option<&'static str> {
    match language {
        Language::Rust => None,
        Language::JavaScript | Language::TypeScript => Some("npm test"),
        Language::Python => Some("PYTHONPATH=sdk:src python3 -m unittest discover tests"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_on_the_command_line_are_those_of_the_projects_file() {
        for word in Word::value_variants() {
            let name = word.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(name.as_deref(), Some(Language::from(*word).name()));
        }
        assert_eq!(Word::value_variants().len(), Language::ALL.len());
    }

    #[test]
    fn whoever_gets_tests_is_told_how_to_run_them() {
        let parent = tempfile::tempdir().unwrap();
        for language in Language::ALL {
            let folder = template::new_project(parent.path(), language.name(), language).unwrap();
            let tests = std::fs::read_dir(folder.join("tests")).unwrap().map(|entry| entry.unwrap().path());
            // Besides the scenarios, which `adyton test` plays in every language.
            let own = tests.filter(|path| path.extension().is_none_or(|extension| extension != "toml")).count();
            assert_eq!(own > 0, test_command(language).is_some(), "{language}");
        }
    }
}
