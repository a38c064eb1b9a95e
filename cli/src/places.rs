//! Where this user's networks, accounts and the local network's state lie.

use std::path::{Path, PathBuf};

/// Folders, decided once in `main` from the environment.
#[derive(Debug, Clone)]
pub struct Places {
    /// Networks and accounts: `ADYTON_HOME`, or `adyton` in the user's configuration folder.
    pub config: PathBuf,
    /// What programs of this user keep: state of the local network.
    pub data: PathBuf,
    /// What can be made again: the tools that builds of contracts install, and the local chain's compiled runtime.
    /// `ADYTON_CACHE`, so that several homes can share it, or `adyton` in the user's cache folder.
    pub cache: PathBuf,
    /// The file that holds the keystore's password, where nobody can type it.
    pub password_file: Option<PathBuf>,
    /// Where programs are looked for.
    pub path: Option<PathBuf>,
}

impl Places {
    /// Reads the environment through `variable`. None when there is no home folder to fall back to.
    pub fn of(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        let home = variable("HOME");
        let under_home = |path: &str| home.as_ref().map(|home| home.join(path));
        let own = variable("ADYTON_HOME");
        let config = match &own {
            Some(own) => own.clone(),
            None => variable("XDG_CONFIG_HOME").or_else(|| under_home(".config"))?.join("adyton"),
        };
        let data = match &own {
            Some(own) => own.join("data"),
            None => variable("XDG_DATA_HOME").or_else(|| under_home(".local/share"))?.join("adyton"),
        };
        let cache = match (variable("ADYTON_CACHE"), &own) {
            (Some(cache), _) => cache,
            (None, Some(own)) => own.join("cache"),
            (None, None) => variable("XDG_CACHE_HOME").or_else(|| under_home(".cache"))?.join("adyton"),
        };
        Some(Self { config, data, cache, password_file: variable("ADYTON_PASSWORD_FILE"), path: variable("PATH") })
    }

    /// The folder of `program`, if a prompt that knows only its name would not find it.
    pub fn off_path<'a>(&self, program: &'a Path) -> Option<&'a Path> {
        let name = program.file_name()?;
        let found = self
            .path
            .iter()
            .flat_map(std::env::split_paths)
            .map(|folder| folder.join(name))
            .find(|path| path.is_file());
        let same = found.and_then(|found| found.canonicalize().ok()) == Some(program.canonicalize().ok()?);
        if same { None } else { program.parent() }
    }

    /// The folder of network files, `NAME.json` each.
    pub fn networks(&self) -> PathBuf {
        self.config.join("networks")
    }

    /// The file that names the network in use.
    pub fn network_in_use(&self) -> PathBuf {
        self.config.join("network")
    }

    /// The folder in which the vendors' answers are kept.
    pub fn endorsements(&self) -> PathBuf {
        self.data.join("endorsements")
    }

    /// The folder in which local chains keep their runtimes compiled, by their hash.
    pub fn runtimes(&self) -> PathBuf {
        self.cache.join("runtimes")
    }

    /// The folder of encrypted keys, `NAME.json` each.
    pub fn accounts(&self) -> PathBuf {
        self.config.join("accounts")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(pairs: &[(&str, &str)]) -> Option<Places> {
        Places::of(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value)))
    }

    #[test]
    fn the_home_folder_is_the_last_resort() {
        let places = places(&[("HOME", "/h")]).unwrap();
        assert_eq!(places.networks(), PathBuf::from("/h/.config/adyton/networks"));
        assert_eq!(places.data, PathBuf::from("/h/.local/share/adyton"));
        assert_eq!(places.cache, PathBuf::from("/h/.cache/adyton"));
    }

    #[test]
    fn the_users_configuration_folder_is_respected() {
        let places = places(&[("HOME", "/h"), ("XDG_CONFIG_HOME", "/c")]).unwrap();
        assert_eq!(places.accounts(), PathBuf::from("/c/adyton/accounts"));
    }

    #[test]
    fn a_folder_for_adyton_alone_wins() {
        let set = [("HOME", "/h"), ("XDG_CONFIG_HOME", "/c"), ("XDG_CACHE_HOME", "/d"), ("ADYTON_HOME", "/a")];
        let places = places(&set).unwrap();
        assert_eq!(places.cache, PathBuf::from("/a/cache"));
        assert_eq!((places.accounts(), places.data), (PathBuf::from("/a/accounts"), PathBuf::from("/a/data")));
    }

    #[test]
    fn a_cache_of_several_homes_wins() {
        let places = places(&[("HOME", "/h"), ("ADYTON_HOME", "/a"), ("ADYTON_CACHE", "/e")]).unwrap();
        assert_eq!((places.cache, places.data), (PathBuf::from("/e"), PathBuf::from("/a/data")));
    }

    #[test]
    fn a_program_that_a_prompt_would_not_find_is_told_from_one_that_it_would() {
        let folder = tempfile::tempdir().unwrap();
        let [here, there] = ["here", "there"].map(|name| folder.path().join(name));
        for folder in [&here, &there] {
            std::fs::create_dir(folder).unwrap();
            std::fs::write(folder.join("adyton"), "").unwrap();
        }
        let program = here.join("adyton");
        let path = |folders: &[&PathBuf]| {
            let path = std::env::join_paths(folders).unwrap();
            places(&[("HOME", "/h"), ("PATH", path.to_str().unwrap())]).unwrap()
        };
        assert_eq!(path(&[&here, &there]).off_path(&program), None);
        assert_eq!(path(&[&there, &here]).off_path(&program), Some(&*here), "another one would be found");
        assert_eq!(places(&[("HOME", "/h")]).unwrap().off_path(&program), Some(&*here));
    }

    #[test]
    fn without_any_folder_there_is_no_place() {
        assert!(places(&[]).is_none());
    }
}
