//! Who signs, and whether they really want to.

use std::io::{self, BufRead, IsTerminal};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::output::{Output, misuse};

/// Who signs.
#[derive(Debug, Args)]
pub struct Signing {
    /// The account that signs and pays.
    #[arg(long, value_name = "ACCOUNT")]
    pub from: Option<String>,
    /// Do not ask, as scripts need it: what will happen is said all the same, on standard error.
    #[arg(long)]
    pub yes: bool,
}

impl Signing {
    /// Says what will happen, and goes on when the person agrees.
    ///
    /// # Errors
    /// They do not; or nobody can be asked and nothing was said beforehand.
    pub fn confirm(&self, what: &str, output: Output) -> Result<()> {
        output.progress(what);
        if self.yes {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            return Err(misuse("nobody can be asked on this terminal; agree beforehand with --yes"));
        }
        output.progress("Go on? [y/N]");
        let mut said = String::new();
        io::stdin().lock().read_line(&mut said).context("cannot read from the terminal")?;
        if !agrees(&said) {
            bail!("nothing was sent");
        }
        Ok(())
    }
}

fn agrees(said: &str) -> bool {
    ["y", "yes"].contains(&said.trim().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for (said, agreed) in
            [("y\n", true), (" Yes \n", true), ("\n", false), ("", false), ("n", false), ("yess", false)]
        {
            assert_eq!(agrees(said), agreed, "{said:?}");
        }
    }
}
