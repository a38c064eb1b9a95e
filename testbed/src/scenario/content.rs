//! Bytes as a scenario writes them: `"text"`, `{ json = … }`, `{ hex = "…" }` or `{ base64 = "…" }`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::Value;

use crate::difference;

/// Bytes that are given, or that are expected.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Content {
    /// These.
    Bytes(Vec<u8>),
    /// JSON. Where it is expected, more members of an object are no difference.
    Json(Value),
}

/// What is expected under a key of the state.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub enum Stored {
    /// `false`: there is nothing.
    Nothing,
    /// This value.
    Value(Content),
}

impl Content {
    /// The bytes themselves. JSON is written without spaces.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Json(value) => value.to_string().into_bytes(),
        }
    }

    /// How `found` differs from this; `what` names it.
    pub fn differences(&self, what: &str, found: &[u8]) -> Vec<String> {
        match self {
            Self::Bytes(bytes) if bytes == found => Vec::new(),
            Self::Bytes(bytes) => vec![difference::line(what, &difference::text(bytes), &difference::text(found))],
            Self::Json(expected) => match serde_json::from_slice::<Value>(found) {
                Ok(found) => difference::json(what, expected, &found),
                Err(_) => vec![difference::line(what, &expected.to_string(), &difference::text(found))],
            },
        }
    }

    /// Whether `found` is what is expected.
    pub fn accepts(&self, found: &[u8]) -> bool {
        self.differences("", found).is_empty()
    }
}

impl TryFrom<toml::Value> for Content {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        const FORMS: &str = "neither a text nor { json = … }, { hex = \"…\" } or { base64 = \"…\" }";
        let table = match value {
            toml::Value::String(text) => return Ok(Self::Bytes(text.into_bytes())),
            toml::Value::Table(table) if table.len() == 1 => table,
            _other => return Err(FORMS.into()),
        };
        let (form, value) = table.into_iter().next().ok_or(FORMS)?;
        match (form.as_str(), value) {
            ("json", value) => Ok(Self::Json(json(value)?)),
            ("hex", toml::Value::String(text)) => {
                hex::decode(&text).map(Self::Bytes).map_err(|error| format!("hex: {error}"))
            }
            ("base64", toml::Value::String(text)) => {
                STANDARD.decode(&text).map(Self::Bytes).map_err(|error| format!("base64: {error}"))
            }
            _other => Err(FORMS.into()),
        }
    }
}

impl TryFrom<toml::Value> for Stored {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        match value {
            toml::Value::Boolean(false) => Ok(Self::Nothing),
            value => Content::try_from(value).map(Self::Value),
        }
    }
}

/// The same value in JSON, which has no times. TOML has no `null`: a text says it (`body = "null"`).
fn json(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => number.into(),
        toml::Value::Float(number) => {
            serde_json::Number::from_f64(number).map(Value::Number).ok_or("json: JSON has no such number")?
        }
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Datetime(_) => return Err("json: JSON has no times; write a text".into()),
        toml::Value::Array(list) => Value::Array(list.into_iter().map(json).collect::<Result<_, _>>()?),
        toml::Value::Table(table) => {
            let member = |(name, value)| Ok::<_, String>((name, json(value)?));
            Value::Object(table.into_iter().map(member).collect::<Result<_, _>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct File {
        it: Content,
    }

    fn content(text: &str) -> Result<Content, String> {
        toml::from_str::<File>(&format!("it = {text}")).map(|file| file.it).map_err(|error| error.to_string())
    }

    #[test]
    fn each_form_gives_its_bytes() {
        for (text, bytes) in [
            ("\"a\"", &b"a"[..]),
            ("{ hex = \"00ff\" }", b"\x00\xff"),
            ("{ base64 = \"AP8=\" }", b"\x00\xff"),
            ("{ json = { a = [1, 2.5, true] } }", b"{\"a\":[1,2.5,true]}"),
        ] {
            assert_eq!(content(text).map(|content| content.bytes()), Ok(bytes.to_vec()), "{text}");
        }
    }

    #[test]
    fn another_form_is_refused() {
        for (text, reason) in [
            ("1", "neither"),
            ("{}", "neither"),
            ("{ text = \"a\" }", "neither"),
            ("{ hex = \"00\", base64 = \"AA==\" }", "neither"),
            ("{ hex = \"0\" }", "hex"),
            ("{ base64 = \"?\" }", "base64"),
            ("{ json = 2026-01-01 }", "no times"),
            ("{ json = nan }", "no such number"),
        ] {
            let error = content(text).expect_err(text);
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn expected_json_is_a_part_of_what_is_found_and_bytes_are_all_of_it() {
        let expected = content("{ json = { a = 1 } }").expect("a form");
        assert!(expected.accepts(b"{\"b\":2,\"a\":1}"));
        assert!(!expected.accepts(b"{\"b\":2}") && !expected.accepts(b"no JSON"));
        assert!(!content("\"a\"").expect("a form").accepts(b"ab"));
    }
}
