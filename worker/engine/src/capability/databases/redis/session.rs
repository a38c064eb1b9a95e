//! Redis's protocol RESP, version 2 (Redis's documentation, "Redis serialization protocol specification"): a command, and
//! its one reply.

use adyton_protocol::manifest::Protocol;

use super::super::{
    address::{Address, Form},
    connection::Session,
    failure::Failure,
    wire::{Opening, Wire},
};
use crate::egress::Dialled;

/// What every word of a command counts besides its bytes.
pub(super) const WORD: usize = 16;

/// A connection to a server of Redis.
pub struct Redis {
    wire: Wire,
}

/// A part of a reply that is no list. Lists, and lists in them, are told as what is in them.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Nil,
    Status(String),
    Number(i64),
    Bytes(Vec<u8>),
}

impl Session for Redis {
    const PROTOCOL: &'static str = "redis";
    const FORM: Form = Form {
        protocol: Protocol::Redis,
        schemes: &["rediss", "redis"],
        port: 6379,
        options: &[],
        ignored: &[],
        list: false,
    };

    async fn begin(dialled: Dialled, address: Address, opening: Opening) -> Result<Self, Failure> {
        let mut session = Self { wire: Wire::begin(dialled, opening).await? };
        if let Some(password) = &address.password {
            let words = ["AUTH"].into_iter().chain(address.user.as_deref()).chain([password.as_str()]);
            let words: Vec<_> = words.map(str::as_bytes).collect();
            session.command(&words).await.map_err(|failure| match failure {
                // What it says about the words that it got has no place in an error.
                Failure::Server(_) => Failure::Unavailable("the server refuses the user or the password".into()),
                other => other,
            })?;
        }
        if let Some(database) = &address.database {
            if !database.bytes().all(|digit| digit.is_ascii_digit()) {
                return Err(Failure::Address("its database is not a number".into()));
            }
            session.command(&[b"SELECT".as_slice(), database.as_bytes()]).await?;
        }
        Ok(session)
    }

    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

impl Redis {
    /// Runs a command; its reply, and of how many parts it is.
    pub(super) async fn command(&mut self, words: &[impl AsRef<[u8]>]) -> Result<(Vec<Reply>, usize), Failure> {
        self.wire.send(&written(words)).await?;
        let replies = self.reply().await?;
        let count = replies.len();
        Ok((replies, count))
    }

    async fn reply(&mut self) -> Result<Vec<Reply>, Failure> {
        let (mut replies, mut refused) = (Vec::new(), None);
        let mut expected: u64 = 1;
        while expected > 0 {
            expected -= 1;
            let line = self.wire.take_line().await?;
            let (kind, rest) = line.split_first().ok_or(Failure::Nonsense("a line is empty"))?;
            self.wire.hold(rest.len())?;
            match kind {
                b'+' => replies.push(Reply::Status(lossy(rest))),
                b'-' => refused = refused.or_else(|| Some(Failure::Server(lossy(rest)))),
                b':' => replies.push(Reply::Number(number(rest)?)),
                b'$' => match length(rest)? {
                    None => replies.push(Reply::Nil),
                    Some(length) => replies.push(Reply::Bytes(self.bytes(length).await?)),
                },
                b'*' => match length(rest)? {
                    None => replies.push(Reply::Nil),
                    // Each of them takes some bytes, of which only so many may come.
                    Some(length) => expected = expected.saturating_add(length),
                },
                _other => return Err(Failure::Nonsense("a reply of no kind that there is")),
            }
        }
        refused.map_or(Ok(replies), Err)
    }

    async fn bytes(&mut self, length: u64) -> Result<Vec<u8>, Failure> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        self.wire.hold(length)?;
        let bytes = self.wire.take(length).await?;
        if self.wire.take(2).await? != b"\r\n" {
            return Err(Failure::Nonsense("a value is longer than its length"));
        }
        Ok(bytes)
    }
}

fn written(words: &[impl AsRef<[u8]>]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        let word = word.as_ref();
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
    out
}

fn number(text: &[u8]) -> Result<i64, Failure> {
    let text = std::str::from_utf8(text).ok().and_then(|text| text.parse().ok());
    text.ok_or(Failure::Nonsense("a number is none"))
}

/// A length; none for the one that stands for nothing.
fn length(text: &[u8]) -> Result<Option<u64>, Failure> {
    match number(text)? {
        -1 => Ok(None),
        length => u64::try_from(length).map(Some).map_err(|_| Failure::Nonsense("a length is below zero")),
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_a_list_of_words_whatever_bytes_they_have() {
        assert_eq!(written(&[b"SET".as_slice(), b"a\r\nb", b""]), b"*3\r\n$3\r\nSET\r\n$4\r\na\r\nb\r\n$0\r\n\r\n");
    }

    #[test]
    fn a_length_below_zero_is_nothing_or_a_mistake() {
        assert_eq!((length(b"-1"), length(b"3")), (Ok(None), Ok(Some(3))));
        for text in [b"-2".as_slice(), b"", b"+", b"9223372036854775808", b"1 "] {
            assert!(length(text).is_err());
        }
    }
}
