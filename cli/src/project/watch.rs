//! `[[watch]]` in `adyton.toml`: a value of the chain's state at whose changes the contract is called.

use adyton_client::{
    chain::address,
    protocol::{
        storage,
        watch::{Watch, Watched},
    },
};
use serde::Deserialize;

/// One of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchText {
    name: String,
    /// An account's address, or `own`.
    account: Option<String>,
    /// `Pallet.Item` of a single value.
    value: Option<String>,
    /// A whole storage key.
    key: Option<String>,
}

impl WatchText {
    /// What the manifest says.
    pub fn read(self) -> Result<Watch, String> {
        let named = |reason: String| format!("watch: '{}': {reason}", self.name);
        let what = match (&self.account, &self.value, &self.key) {
            (Some(text), None, None) if text == "own" => Watched::Own,
            (Some(text), None, None) => {
                let account = address::decode(text).map_err(|error| named(format!("account '{text}': {error}")))?;
                Watched::Key(storage::account(&account))
            }
            (None, Some(text), None) => Watched::Key(single(text).map_err(named)?),
            (None, None, Some(text)) => Watched::Key(digits(text).map_err(named)?),
            _none_or_several => return Err(named("say one of account, value and key".into())),
        };
        Ok(Watch { name: self.name, what })
    }
}

fn single(text: &str) -> Result<Vec<u8>, String> {
    let word = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match text.split_once('.') {
        Some((pallet, item)) if word(pallet) && word(item) => Ok(storage::single(pallet, item)),
        Some(_) | None => Err(format!("value '{text}' is no pallet and item: write \"Balances.TotalIssuance\"")),
    }
}

fn digits(text: &str) -> Result<Vec<u8>, String> {
    let bytes = text.strip_prefix("0x").and_then(|digits| hex::decode(digits).ok());
    bytes.ok_or_else(|| format!("key '{text}' is no storage key: 0x and hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Watch, String> {
        toml::from_str::<WatchText>(text).map_err(|error| error.to_string())?.read()
    }

    fn key(text: &str) -> Vec<u8> {
        let Ok(Watch { what: Watched::Key(key), .. }) = read(text) else { panic!("{text}") };
        key
    }

    #[test]
    fn a_watch_is_of_an_account_a_single_value_or_a_key() {
        let own = read("name = \"paid\"\naccount = \"own\"");
        assert_eq!(own, Ok(Watch { name: "paid".into(), what: Watched::Own }));
        let alice = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
        let account = address::decode(alice).expect("an address");
        assert_eq!(key(&format!("name = \"alice\"\naccount = \"{alice}\"")), storage::account(&account));
        assert_eq!(key("name = \"now\"\nvalue = \"Timestamp.Now\""), storage::timestamp());
        assert_eq!(key("name = \"raw\"\nkey = \"0x00ff\""), [0, 255]);
    }

    #[test]
    fn what_says_nothing_or_several_things_or_something_else_is_refused() {
        let refused = |text: &str| read(&format!("name = \"x\"\n{text}")).expect_err("must be refused");
        assert!(refused("").contains("say one of account, value and key"));
        assert!(refused("account = \"own\"\nkey = \"0x00\"").contains("say one of"));
        assert!(refused("account = \"bob\"").contains("account 'bob'"));
        for value in ["Timestamp", "Timestamp.", "Time stamp.Now", "A.B.C"] {
            assert!(refused(&format!("value = \"{value}\"")).contains("is no pallet and item"), "{value}");
        }
        for key in ["00ff", "0x0", "0xzz"] {
            assert!(refused(&format!("key = \"{key}\"")).contains("is no storage key"), "{key}");
        }
        assert!(refused("event = \"Balances.Transfer\"").contains("unknown field"));
    }
}
