//! The languages that contracts are written in.

use std::{fmt, str::FromStr};

/// A language, by the word for it in `adyton.toml` and on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// `rust`: compiled by cargo.
    #[default]
    Rust,
    /// `js`: JavaScript, bundled and put into a component together with an interpreter.
    JavaScript,
    /// `ts`: TypeScript, checked, then as JavaScript.
    TypeScript,
    /// `python`: put into a component together with an interpreter.
    Python,
}

/// The word stands for no language.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no language of contracts; there are rust, js, ts and python")]
pub struct UnknownLanguage(String);

impl Language {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rust, Self::JavaScript, Self::TypeScript, Self::Python];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::JavaScript => "js",
            Self::TypeScript => "ts",
            Self::Python => "python",
        }
    }

    /// The file in a project that its author begins with.
    pub fn program(self) -> &'static str {
        match self {
            Self::Rust => "src/lib.rs",
            Self::JavaScript => "src/main.js",
            Self::TypeScript => "src/main.ts",
            Self::Python => "src/main.py",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(word: &str) -> Result<Self, UnknownLanguage> {
        let found = Self::ALL.into_iter().find(|language| language.name() == word);
        found.ok_or_else(|| UnknownLanguage(word.escape_default().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_word() {
        for language in Language::ALL {
            assert_eq!(language.to_string().parse(), Ok(language));
        }
    }

    #[test]
    fn a_word_that_stands_for_no_language_is_refused_with_those_that_there_are() {
        for word in ["", "Rust", "javascript", "go\n"] {
            let error = word.parse::<Language>().expect_err(word).to_string();
            assert!(error.contains("rust, js, ts and python") && !error.contains('\n'), "{error}");
        }
    }
}
