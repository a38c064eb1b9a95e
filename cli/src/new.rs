//! `adyton new`: a project that builds as it is, away from this repository.

use std::path::PathBuf;

use adyton_component::template;
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use serde_json::json;

use crate::output::{Output, misuse};

/// What to write.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  adyton new hello --lang rust")]
pub struct NewArgs {
    /// The contract's name: a-z, 0-9 and -, beginning with a letter.
    name: String,
    /// The language.
    #[arg(long, value_enum, default_value = "rust")]
    lang: Language,
    /// The folder in which the project's folder is made; by default the current one.
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Languages that contracts are written in.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Language {
    /// Rust.
    Rust,
}

/// Writes the project.
pub fn run(args: &NewArgs, output: Output) -> Result<()> {
    let parent = match &args.dir {
        Some(folder) => folder.clone(),
        None => std::env::current_dir().context("the current folder is gone")?,
    };
    let folder = match args.lang {
        Language::Rust => template::new_rust_project(&parent, &args.name).map_err(|error| misuse(error.to_string()))?,
    };
    output.result(&json!({ "name": args.name, "folder": folder }), || {
        format!(
            "The project is in {}: its program in src/lib.rs, what it may do in adyton.toml.\n\nNext:\n  cd {}\n  adyton build\n  adyton deploy --from //Alice",
            folder.display(),
            args.name
        )
    });
    Ok(())
}
