//! An answer from outside: whole, or as it comes.

use adyton_protocol::ids::Digest;
use bytes::Bytes;
use futures::{
    StreamExt as _,
    stream::{self, BoxStream},
};
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, timeout_at};

use super::{
    EgressError, EgressRecord,
    record::{Extent, response_digest},
};

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub fields: Vec<(String, Vec<u8>)>,
    /// The content.
    pub body: Vec<u8>,
    /// SHA-256 of the peer's certificate, DER; none over plain HTTP.
    pub certificate: Option<[u8; 32]>,
}

/// An answer without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Header fields, names in lower case.
    pub fields: Vec<(String, Vec<u8>)>,
    /// SHA-256 of the peer's certificate, DER; none over plain HTTP.
    pub certificate: Option<[u8; 32]>,
}

impl Head {
    /// Bytes of its header fields.
    pub(crate) fn size(&self) -> usize {
        self.fields.iter().map(|(name, value)| name.len() + value.len()).sum()
    }

    fn with(self, body: Vec<u8>) -> Answer {
        Answer { status: self.status, fields: self.fields, body, certificate: self.certificate }
    }
}

/// An answer whose head is there; its content is what a [`super::Carrier`] still brings.
pub struct Coming {
    head: Head,
    content: BoxStream<'static, Result<Bytes, EgressError>>,
    left: Option<EgressRecord>,
}

impl Coming {
    /// With what left, where anything did.
    pub(super) fn new(
        head: Head,
        content: BoxStream<'static, Result<Bytes, EgressError>>,
        left: Option<EgressRecord>,
    ) -> Self {
        Self { head, content, left }
    }

    /// One that is there as a whole, and for which nothing left.
    pub fn of(answer: Answer) -> Self {
        let Answer { status, fields, body, certificate } = answer;
        let pieces = Some(Bytes::from(body)).filter(|body| !body.is_empty()).map(Ok);
        Self::new(Head { status, fields, certificate }, stream::iter(pieces).boxed(), None)
    }

    /// All of it, with content of at most `limit` bytes; and one with the same content, as it was recorded.
    pub async fn whole(self, limit: u64) -> Result<(Answer, Self), EgressError> {
        let Self { head, mut content, left } = self;
        let host = left.as_ref().map(|left| left.host.clone()).unwrap_or_default();
        let mut body = Vec::new();
        while let Some(piece) = content.next().await.transpose()? {
            if (body.len() + piece.len()) as u64 > limit {
                return Err(EgressError::TooLarge { host, limit });
            }
            body.extend_from_slice(&piece);
        }
        let answer = head.with(body);
        Ok((answer.clone(), Self { left, ..Self::of(answer) }))
    }
}

/// Is told what left and what came of it, as long as the answer is open.
pub(crate) type Recording = Box<dyn Fn(EgressRecord) + Send + Sync>;

/// An answer that is being read, within its bounds. How far it was read is recorded at its end, or by [`Open::cut`].
pub(crate) struct Open {
    coming: Coming,
    /// What came and was not read.
    rest: Bytes,
    /// Over what was read.
    read: Sha256,
    /// Bytes that came.
    came: u64,
    limit: u64,
    host: String,
    deadline: Instant,
    recording: Recording,
    recorded: bool,
}

impl Open {
    pub(super) fn new(coming: Coming, (host, limit): (String, u64), deadline: Instant, recording: Recording) -> Self {
        let (rest, read) = (Bytes::new(), Sha256::new());
        Self { coming, rest, read, came: 0, limit, host, deadline, recording, recorded: false }
    }

    pub(crate) fn head(&self) -> &Head {
        &self.coming.head
    }

    /// The next bytes of the content, 1 to `most`; none at its end.
    pub(crate) async fn read(&mut self, most: usize) -> Result<Option<Bytes>, EgressError> {
        while self.rest.is_empty() {
            let next = timeout_at(self.deadline, self.coming.content.next()).await;
            let Some(piece) = next.map_err(|_elapsed| EgressError::Timeout)?.transpose()? else {
                self.record(Extent::Whole);
                return Ok(None);
            };
            self.came = self.came.saturating_add(piece.len() as u64);
            if self.came > self.limit {
                return Err(EgressError::TooLarge { host: self.host.clone(), limit: self.limit });
            }
            self.rest = piece;
        }
        let bytes = self.rest.split_to(most.min(self.rest.len()));
        self.read.update(&bytes);
        Ok(Some(bytes))
    }

    /// All of it.
    pub(super) async fn whole(mut self) -> Result<Answer, EgressError> {
        let mut body = Vec::new();
        while let Some(bytes) = self.read(usize::MAX).await? {
            body.extend_from_slice(&bytes);
        }
        Ok(self.coming.head.with(body))
    }

    /// It is not read any further.
    pub(crate) fn cut(&mut self) {
        self.record(Extent::Cut);
    }

    /// Once: what stands first stays.
    fn record(&mut self, extent: Extent) {
        let Some(left) = self.coming.left.as_ref().filter(|_| !self.recorded) else { return };
        let content: [u8; 32] = self.read.clone().finalize().into();
        let Head { status, fields, .. } = &self.coming.head;
        let response: Digest = response_digest(*status, fields, (&content, extent));
        (self.recording)(EgressRecord { response, ..left.clone() });
        self.recorded = true;
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex},
        time::Duration,
    };

    use super::*;

    type Records = Arc<Mutex<Vec<EgressRecord>>>;

    fn pieces(pieces: &[&'static str]) -> Coming {
        let head = Head { status: 200, fields: vec![("a".into(), b"b".to_vec())], certificate: None };
        let content: Vec<_> = pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        let zero = Digest([0; 32]);
        let left = EgressRecord { host: "a:443".into(), certificate: None, request: zero, response: zero };
        Coming::new(head, stream::iter(content).boxed(), Some(left))
    }

    fn open(coming: Coming, limit: u64) -> (Open, Records) {
        let records = Records::default();
        let told = records.clone();
        let recording = Box::new(move |record| told.lock().expect("no test panics with the lock").push(record));
        let deadline = Instant::now() + Duration::from_secs(10);
        (Open::new(coming, ("a".into(), limit), deadline, recording), records)
    }

    fn responses(records: &Records) -> Vec<Digest> {
        records.lock().expect("no test panics with the lock").iter().map(|record| record.response).collect()
    }

    async fn drain(open: &mut Open, most: usize) -> Vec<Vec<u8>> {
        let mut read = Vec::new();
        while let Some(bytes) = open.read(most).await.expect("it comes") {
            read.push(bytes.to_vec());
        }
        read
    }

    #[tokio::test]
    async fn content_is_read_as_it_comes_and_in_the_pieces_that_are_asked_for() {
        let (mut open, _) = open(pieces(&["hel", "", "lo"]), 5);
        assert_eq!(drain(&mut open, 2).await, [&b"he"[..], b"l", b"lo"]);
        assert!(matches!(open.read(1).await, Ok(None)), "its end stays its end");
    }

    #[tokio::test]
    async fn however_it_was_read_a_whole_answer_has_one_digest() {
        let mut digests = Vec::new();
        for most in [1, 2, 100] {
            let (mut open, records) = open(pieces(&["hel", "lo"]), 5);
            drain(&mut open, most).await;
            open.cut();
            digests.extend(responses(&records));
        }
        let (open, records) = open(pieces(&["hello"]), 5);
        assert_eq!(open.whole().await.expect("an answer").body, b"hello");
        digests.extend(responses(&records));
        assert_eq!(digests.len(), 4, "once each");
        assert!(digests.iter().all(|digest| *digest == digests[0]));
    }

    #[tokio::test]
    async fn an_answer_that_was_cut_has_a_digest_of_what_was_read_and_of_nothing_else() {
        let cut = |parts: &'static [&'static str]| async move {
            let (mut open, records) = open(pieces(parts), 100);
            assert_eq!(open.read(3).await.expect("it comes").as_deref(), Some(&b"hel"[..]));
            open.cut();
            responses(&records)[0]
        };
        let (one, other) = (cut(&["hello"]).await, cut(&["hel", "p"]).await);
        assert_eq!(one, other, "what was not read is not in it");
        let (mut whole, records) = open(pieces(&["hel"]), 100);
        drain(&mut whole, 100).await;
        assert_ne!(one, responses(&records)[0], "a whole answer with the same content");
    }

    #[tokio::test]
    async fn content_beyond_the_limit_is_refused_and_what_came_before_was_read() {
        let (mut open, _) = open(pieces(&["hel", "lo"]), 4);
        assert!(open.read(100).await.is_ok_and(|read| read.is_some()));
        assert!(matches!(open.read(100).await, Err(EgressError::TooLarge { limit: 4, .. })));
    }

    #[tokio::test]
    async fn content_that_does_not_come_in_time_is_not_waited_for() {
        let coming = Coming { content: stream::pending().boxed(), ..pieces(&[]) };
        let (mut open, _) = open(coming, 4);
        open.deadline = Instant::now();
        assert!(matches!(open.read(100).await, Err(EgressError::Timeout)));
    }

    #[tokio::test]
    async fn what_is_there_as_a_whole_comes_as_a_whole() {
        let answer = Answer { status: 201, fields: Vec::new(), body: b"hello".to_vec(), certificate: Some([7; 32]) };
        let (whole, again) = Coming::of(answer.clone()).whole(5).await.expect("within its limit");
        assert_eq!(whole, answer);
        let (open, records) = open(again, 5);
        assert_eq!((open.whole().await.expect("an answer"), responses(&records).len()), (answer.clone(), 0));
        assert!(matches!(Coming::of(answer).whole(4).await, Err(EgressError::TooLarge { limit: 4, .. })));
    }
}
