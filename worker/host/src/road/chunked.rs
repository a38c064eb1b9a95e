//! Oblivious HTTP in chunks (draft-ietf-ohai-chunked-ohttp): a request that is all there when it is opened, and an answer
//! that is sealed piece by piece while it is made.
//!
//! Each chunk is sealed under its place in the answer, and the last one is marked as such: chunks that are left out, come
//! in another order or are missing at the end do not open.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use adyton_protocol::{call::MAX_CHUNK, framing::varint};
use futures::{AsyncReadExt, AsyncWrite, AsyncWriteExt, FutureExt};
use ohttp::Server;
use zeroize::Zeroizing;

use super::{
    receiver::HEAD,
    seal::{ENCAPSULATED, HEADER},
};
use crate::error::Refusal;

/// What an authentication tag adds to a chunk.
const TAG: usize = 16;
/// The most chunks of a request, many times as many as fill the largest: each costs some time to open.
const MAX_CHUNKS: usize = 8192;

/// Opens a request that is all there.
pub fn open(server: Server, sealed: &[u8]) -> Result<(Zeroizing<Vec<u8>>, ChunkedReply), Refusal> {
    // The library's reader of chunks takes any cipher that it knows.
    let chunks = sealed.get(HEADER + ENCAPSULATED..).unwrap_or_default();
    if !sealed.starts_with(&HEAD) || !is_framed(chunks) {
        return Err(Refusal::Sealed);
    }
    let mut request = server.decapsulate_stream(sealed);
    // With room for all of it: what it outgrew would be left behind as it is.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    // Nothing is waited for.
    request.read_to_end(&mut plain).now_or_never().and_then(Result::ok).ok_or(Refusal::Sealed)?;
    let sink = Sink::default();
    let writer = request.response(sink.clone()).map_err(|_| Refusal::Sealed)?;
    Ok((plain, ChunkedReply { writer: Box::pin(writer), sink }))
}

/// Whether there is a last chunk, and nothing else that the library takes for the end (ohttp 0.8.0): it stops at an empty
/// chunk, as if that were the last one, and reads nothing behind a last one that is full.
fn is_framed(mut chunks: &[u8]) -> bool {
    for _ in 0..MAX_CHUNKS {
        let length = varint(&mut chunks).and_then(|length| usize::try_from(length).ok());
        match length {
            Some(0) => return chunks.len() <= MAX_CHUNK + TAG,
            Some(length) if length > TAG && length <= chunks.len() => chunks = chunks.get(length..).unwrap_or_default(),
            Some(_) | None => return false,
        }
    }
    false
}

/// Seals one answer.
pub struct ChunkedReply {
    writer: Pin<Box<dyn AsyncWrite + Send>>,
    sink: Sink,
}

impl ChunkedReply {
    /// The chunks of these next bytes, which are not the last.
    pub fn seal(&mut self, plain: &[u8]) -> Result<Vec<u8>, Refusal> {
        let written = self.writer.write_all(plain).now_or_never().and_then(Result::ok);
        written.map(|()| self.sink.take()).ok_or(Refusal::Worker)
    }

    /// The last chunk, which is empty.
    pub fn finish(&mut self) -> Result<Vec<u8>, Refusal> {
        let closed = self.writer.close().now_or_never().and_then(Result::ok);
        closed.map(|()| self.sink.take()).ok_or(Refusal::Worker)
    }
}

/// Where sealed bytes are until they are taken; it never makes anybody wait.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AsyncWrite for Sink {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::road::seal::{
        Seals,
        tests::{client, seals},
    };

    /// A call that is sealed in chunks, and what is inside: `specs/vectors/streamed-call.json`, made by the client.
    fn vector() -> (Vec<u8>, Vec<u8>) {
        let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/streamed-call.json"));
        let vector: Value = serde_json::from_slice(&file.expect("is published")).expect("is JSON");
        let bytes = |name: &str| hex::decode(vector[name].as_str().expect("a text")).expect("hexadecimal");
        assert_eq!(vector["worker_key_material"], hex::encode([7; 32]));
        (bytes("sealed_request"), bytes("request"))
    }

    #[test]
    fn the_published_call_opens_and_tells_itself_from_others_as_one_in_one_piece_does() {
        let (sealed, request) = vector();
        let opened = seals(7).open_chunked(&sealed).expect("opens");
        assert_eq!(opened.plain[..], request);
        assert_eq!(opened.encapsulation.0, sealed[HEADER..HEADER + 32]);
    }

    #[test]
    fn a_call_to_another_boot_or_altered_or_cut_anywhere_does_not_open() {
        let (sealed, _) = vector();
        assert_eq!(seals(8).open_chunked(&sealed).err(), Some(Refusal::Sealed));
        let seals = seals(7);
        for end in 0..sealed.len() {
            assert_eq!(seals.open_chunked(&sealed[..end]).err(), Some(Refusal::Sealed), "{end}");
        }
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert_eq!(seals.open_chunked(&altered).err(), Some(Refusal::Sealed), "byte {at}");
        }
    }

    #[test]
    fn a_call_in_one_piece_is_none_in_chunks_and_the_other_way_round() {
        let (sealed, _) = vector();
        let seals = seals(7);
        assert_eq!(seals.open(&sealed).err(), Some(Refusal::Sealed));
        let whole = crate::road::seal::tests::sealed(&seals);
        assert_eq!(seals.open_chunked(&whole).err(), Some(Refusal::Sealed));
    }

    /// A call whose chunks hold these parts, and the last one nothing.
    fn in_chunks(seals: &Seals, parts: &[&[u8]]) -> Vec<u8> {
        let mut sealed = Vec::new();
        let mut writer = client(seals).encapsulate_stream(&mut sealed).expect("begins");
        for part in parts {
            // Not all of it at once: that writes nothing where there is nothing.
            let written = writer.write(part).now_or_never().expect("nothing is waited for");
            assert_eq!(written.expect("writes"), part.len());
        }
        writer.close().now_or_never().expect("nothing is waited for").expect("closes");
        drop(writer);
        sealed
    }

    #[test]
    fn a_call_with_an_empty_chunk_before_its_last_one_does_not_open_not_even_as_far_as_that() {
        let seals = seals(7);
        let whole = in_chunks(&seals, &[b"one", b"two"]);
        assert_eq!(&seals.open_chunked(&whole).expect("opens").plain[..], b"onetwo");
        let cases: [&[&[u8]]; 4] = [&[b"one", b"", b"two"], &[b"", b"one"], &[b"one", b""], &[b""]];
        for parts in cases {
            assert_eq!(seals.open_chunked(&in_chunks(&seals, parts)).err(), Some(Refusal::Sealed));
        }
    }

    #[test]
    fn a_call_in_as_many_chunks_as_there_may_be_opens_and_in_one_more_it_does_not() {
        let seals = seals(7);
        let most = vec![&b"x"[..]; MAX_CHUNKS - 1];
        assert_eq!(seals.open_chunked(&in_chunks(&seals, &most)).expect("opens").plain.len(), MAX_CHUNKS - 1);
        let more = vec![&b"x"[..]; MAX_CHUNKS];
        assert_eq!(seals.open_chunked(&in_chunks(&seals, &more)).err(), Some(Refusal::Sealed));
    }

    #[test]
    fn bytes_behind_the_last_chunk_are_seen_whatever_their_length() {
        // Frames alone: a last chunk that is as long as it may be, and one byte more.
        assert!(is_framed(&[0; 1 + MAX_CHUNK + TAG]));
        assert!(!is_framed(&[0; 2 + MAX_CHUNK + TAG]));
        // A length that is more than there is, and none at all.
        assert!(!is_framed(&[0xff; 8]) && !is_framed(&[17; 17]) && !is_framed(&[]));
    }

    #[test]
    fn an_oversized_call_in_chunks_is_refused_before_anything_is_opened() {
        let large = vec![0; adyton_protocol::call::MAX_SEALED + 1];
        assert_eq!(seals(1).open_chunked(&large).err(), Some(Refusal::TooLarge("sealed request")));
    }

    #[test]
    fn an_answer_is_a_nonce_and_chunks_with_their_lengths_of_which_the_last_has_none() {
        let mut reply = seals(7).open_chunked(&vector().0).expect("opens").response;
        let first = reply.seal(b"hello").expect("seals");
        assert_eq!((first.len(), first[32]), (32 + 1 + 5 + 16, 5 + 16));
        // Four and two bytes of length (RFC 9000 §16).
        let second = reply.seal(&[1; 20_000]).expect("seals");
        assert_eq!(second.len(), 4 + 16_384 + 16 + 2 + 3_616 + 16);
        assert_eq!(reply.seal(b"").expect("seals"), b"");
        let last = reply.finish().expect("seals");
        assert_eq!((last.len(), last[0]), (1 + 16, 0));
        assert_eq!(reply.seal(b"more").err(), Some(Refusal::Worker));
    }
}
