//! Writes exchanges that took place into a scenario's file, below a line of its own. What stands above is its author's.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use toml::{Table, Value};

use crate::{outside::Recorded, scenario::Scenario};

/// The line above what is recorded.
const MARK: &str = "# Recorded with `adyton test --record`, which writes everything below this line anew.";
/// A field that is left out: it is the recorder's own session.
const PRIVATE: &str = "set-cookie";

#[derive(Serialize)]
struct File {
    exchange: Vec<ExchangeText>,
}

#[derive(Serialize)]
struct ExchangeText {
    request: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    answer: AnswerText,
}

#[derive(Serialize)]
struct AnswerText {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    headers: Table,
}

/// What stands above the line.
pub fn written_by_hand(text: &str) -> &str {
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_end() == MARK {
            return &text[..position];
        }
        position += line.len();
    }
    text
}

/// The file's text with `recorded` below the line, in the place of what was recorded before.
///
/// # Errors
/// Where the file cannot have them: it ends within something else, or writes its own exchanges in another form.
pub fn with_recorded(text: &str, recorded: &[Recorded]) -> Result<String, String> {
    let by_hand = written_by_hand(text).trim_end();
    only_recorded(&text[written_by_hand(text).len()..])?;
    let file = File { exchange: recorded.iter().map(ExchangeText::of).collect() };
    let below = toml::to_string(&file).map_err(|error| error.to_string())?;
    let whole = format!("{by_hand}\n\n{MARK}\n{below}");
    let before = Scenario::parse(by_hand)?.exchanges.len();
    let after = Scenario::parse(&whole)?.exchanges.len();
    if after == before + recorded.len() { Ok(whole) } else { Err("what was recorded would not be read again".into()) }
}

/// Requires that what stands below the line is what this program wrote there: it is about to go.
fn only_recorded(below: &str) -> Result<(), String> {
    let table: Table = below.parse().map_err(|_| "what stands below the line of recordings is no TOML".to_owned())?;
    match table.keys().find(|key| *key != "exchange") {
        Some(key) => Err(format!("below the line of recordings stands `{key}`; move it above, or it would be lost")),
        None => Ok(()),
    }
}

impl ExchangeText {
    fn of(recorded: &Recorded) -> Self {
        let Recorded { method, url, body, answer } = recorded;
        let mut headers = Table::new();
        for (name, value) in answer.fields.iter().filter(|(name, _)| name != PRIVATE) {
            let value = Value::String(String::from_utf8_lossy(value).into_owned());
            match headers.get_mut(name) {
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = Value::Array(vec![first.clone(), value]),
                None => drop(headers.insert(name.clone(), value)),
            }
        }
        let certificate = answer.certificate.map(|digest| format!("0x{}", hex::encode(digest)));
        let answer = AnswerText { status: answer.status, certificate, body: content(&answer.body), headers };
        Self { request: format!("{method} {url}"), body: content(body), answer }
    }
}

/// Bytes in a form of [`crate::scenario::content::Content`]; none for none.
fn content(bytes: &[u8]) -> Option<Value> {
    match std::str::from_utf8(bytes) {
        Ok("") => None,
        Ok(text) => Some(Value::String(text.to_owned())),
        Err(_) => {
            let encoded = ("base64".to_owned(), Value::String(STANDARD.encode(bytes)));
            Some(Value::Table([encoded].into_iter().collect()))
        }
    }
}

#[cfg(test)]
mod tests {
    use adyton_engine::egress::Answer;

    use super::*;

    const BY_HAND: &str = "# Mine.\n[[step]]\nrequest = \"GET /\"   # as it is\n";

    fn recorded(body: &[u8]) -> Recorded {
        let field = |name: &str, value: &str| (name.to_owned(), value.as_bytes().to_vec());
        let fields = vec![
            field("content-type", "text/plain"),
            field("vary", "a"),
            field("vary", "b"),
            field("set-cookie", "session=secret"),
        ];
        Recorded {
            method: "POST".into(),
            url: "https://example.org/a".into(),
            body: b"asked".to_vec(),
            answer: Answer { status: 201, fields, body: body.to_vec(), certificate: Some([7; 32]) },
        }
    }

    #[test]
    fn what_was_recorded_is_read_again_and_what_was_written_stays() {
        for body in [&b"a \"text\"\nin lines"[..], b"\xff\x00", b""] {
            let text = with_recorded(BY_HAND, &[recorded(body), recorded(body)]).expect("a text");
            assert!(text.starts_with(BY_HAND) && !text.contains("session"), "{text}");
            let scenario = Scenario::parse(&text).expect("a scenario");
            assert_eq!(scenario.exchanges.len(), 2);
            let exchange = &scenario.exchanges[1];
            assert_eq!((exchange.method.as_str(), exchange.url.as_str()), ("POST", "https://example.org/a"));
            assert!(exchange.body.as_ref().is_some_and(|body| body.accepts(b"asked")));
            let answer = exchange.outcome.as_ref().expect("an answer");
            assert_eq!((answer.status, answer.body.as_slice(), answer.certificate), (201, body, Some([7; 32])));
            assert_eq!(answer.fields.len(), 3);
        }
    }

    #[test]
    fn what_was_recorded_before_is_replaced() {
        let first = with_recorded(BY_HAND, &[recorded(b"1"), recorded(b"2")]).expect("a text");
        assert_eq!(written_by_hand(&first).trim_end(), BY_HAND.trim_end());
        let second = with_recorded(&first, &[recorded(b"3")]).expect("a text");
        assert_eq!(Scenario::parse(&second).expect("a scenario").exchanges.len(), 1);
    }

    #[test]
    fn what_its_author_wrote_below_the_line_is_not_lost() {
        let text = with_recorded(BY_HAND, &[recorded(b"1")]).expect("a text") + "\n[[step]]\nrequest = \"GET /b\"\n";
        let refused = with_recorded(&text, &[recorded(b"2")]).expect_err("it would be lost");
        assert!(refused.contains("`step`"), "{refused}");
    }

    #[test]
    fn a_file_that_writes_its_exchanges_in_another_form_is_left_alone() {
        let inline = "exchange = []\n[[step]]\nrequest = \"GET /\"\n";
        assert!(with_recorded(inline, &[recorded(b"")]).is_err());
    }
}
