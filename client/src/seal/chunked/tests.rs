use futures::{AsyncReadExt, AsyncWriteExt, FutureExt};
use ohttp::Server;

use super::{super::tests::server, *};

const PARTS: [&[u8]; 3] = [b"one", b"two", b"three"];

fn done<T, E: std::fmt::Debug>(work: impl Future<Output = Result<T, E>>) -> T {
    work.now_or_never().expect("nothing is waited for").unwrap()
}

/// What the standard's library opens, and its answer: each part a chunk, and an empty last one.
fn answered(server: &Server, sealed: &[u8], parts: &[&[u8]]) -> (Vec<u8>, Vec<u8>) {
    let (mut question, mut answer) = (Vec::new(), Vec::new());
    let mut request = server.clone().decapsulate_stream(sealed);
    done(request.read_to_end(&mut question));
    let mut writer = request.response(&mut answer).unwrap();
    parts.iter().for_each(|part| done(writer.write_all(part)));
    done(writer.close());
    drop(writer);
    (question, answer)
}

/// A call, and its answer cut where its chunks end: the nonce, [`PARTS`], and the last one.
fn call() -> (Opener, Vec<Vec<u8>>) {
    let (server, key) = server();
    let ChunkedCall { bytes, opener } = ChunkedCall::seal(&key, b"question").unwrap();
    let (question, answer) = answered(&server, &bytes, &PARTS);
    assert_eq!(question, b"question");
    let lengths = [NONCE].into_iter().chain(PARTS.map(|part| 1 + part.len() + TAG)).chain([1 + TAG]);
    let (mut rest, mut pieces) = (&answer[..], Vec::new());
    for length in lengths {
        let (piece, after) = rest.split_at(length);
        pieces.push(piece.to_vec());
        rest = after;
    }
    assert!(rest.is_empty());
    (opener, pieces)
}

/// What opens of an answer that comes `width` bytes at a time, and ends there.
fn opened(mut opener: Opener, answer: &[u8], width: usize) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    for bytes in answer.chunks(width) {
        plain.extend(opener.open(bytes)?);
    }
    plain.extend(opener.finish()?);
    Ok(plain)
}

#[test]
fn what_is_sealed_here_opens_with_the_standards_library_whatever_its_length() {
    let (server, key) = server();
    for length in [0, 1, MAX_CHUNK - 1, MAX_CHUNK, MAX_CHUNK + 1, 2 * MAX_CHUNK, 40_000] {
        let message: Vec<u8> = (0..length).map(|number| number as u8).collect();
        let call = ChunkedCall::seal(&key, &message).unwrap();
        let (question, answer) = answered(&server, &call.bytes, &[&message]);
        assert_eq!(question, message, "{length}");
        assert_eq!(opened(call.opener, &answer, 5000).unwrap(), message, "{length}");
    }
}

#[test]
fn an_answer_opens_however_it_is_cut_on_its_way() {
    for width in [1, 2, 7, 32, 33, 1000] {
        let (opener, pieces) = call();
        assert_eq!(opened(opener, &pieces.concat(), width).unwrap(), b"onetwothree", "{width}");
    }
}

#[test]
fn each_part_opens_as_soon_as_it_is_there() {
    let (mut opener, pieces) = call();
    assert_eq!(opener.open(&pieces[0]).unwrap(), b"");
    for (piece, part) in pieces[1..].iter().zip(PARTS) {
        assert_eq!(opener.open(&piece[..piece.len() - 1]).unwrap(), b"");
        assert_eq!(opener.open(&piece[piece.len() - 1..]).unwrap(), part);
    }
    assert_eq!(opener.open(&pieces[4]).unwrap(), b"");
    assert_eq!(opener.finish().unwrap(), b"");
}

#[test]
fn an_answer_that_ends_after_any_chunk_but_the_last_broke_off() {
    for end in 0..5 {
        let (opener, pieces) = call();
        assert!(matches!(opened(opener, &pieces[..end].concat(), 1000), Err(Error::BrokenOff)), "{end}");
    }
}

#[test]
fn an_answer_that_ends_after_any_byte_is_none() {
    let length = call().1.concat().len();
    for end in 0..length {
        let (opener, pieces) = call();
        let refused = opened(opener, &pieces.concat()[..end], 1000);
        assert!(matches!(refused, Err(Error::BrokenOff | Error::NotOurs)), "{end}");
    }
}

#[test]
fn chunks_that_are_left_out_repeated_or_in_another_order_do_not_open() {
    for order in [
        &[0, 2, 3, 4][..],
        &[0, 1, 3, 4],
        &[0, 1, 2, 4],
        &[0, 1, 1, 2, 3, 4],
        &[0, 2, 1, 3, 4],
        &[0, 1, 3, 2, 4],
        &[1, 2, 3, 4],
    ] {
        let (opener, pieces) = call();
        let answer: Vec<u8> = order.iter().flat_map(|at| pieces[*at].clone()).collect();
        assert!(matches!(opened(opener, &answer, 1000), Err(Error::NotOurs | Error::BrokenOff)), "{order:?}");
    }
}

#[test]
fn a_chunk_is_not_the_last_one_because_it_is_said_to_be_nor_the_last_one_a_chunk() {
    let (opener, mut pieces) = call();
    pieces[1][0] = 0;
    assert!(matches!(opened(opener, &pieces[..2].concat(), 1000), Err(Error::NotOurs)));
    let (opener, mut pieces) = call();
    pieces[4][0] = TAG as u8;
    assert!(matches!(opened(opener, &pieces.concat(), 1000), Err(Error::NotOurs)));
}

#[test]
fn an_answer_that_is_altered_anywhere_or_goes_on_behind_its_end_does_not_open() {
    let length = call().1.concat().len();
    for at in 0..length {
        let (opener, pieces) = call();
        let mut answer = pieces.concat();
        answer[at] ^= 1;
        assert!(matches!(opened(opener, &answer, 1000), Err(Error::NotOurs | Error::BrokenOff)), "byte {at}");
    }
    let (opener, pieces) = call();
    let longer = [pieces.concat(), vec![0]].concat();
    assert!(matches!(opened(opener, &longer, 1000), Err(Error::NotOurs)));
}

#[test]
fn an_answer_to_another_call_does_not_open() {
    let ((opener, _), (_, others)) = (call(), call());
    assert!(matches!(opened(opener, &others.concat(), 1000), Err(Error::NotOurs)));
}

#[test]
fn a_chunk_that_is_too_long_is_refused_before_it_is_there() {
    let (mut opener, pieces) = call();
    opener.open(&pieces[0]).unwrap();
    // One byte more than a full one, as its length says.
    let length = (0x8000_0000 | (MAX_CHUNK + TAG + 1) as u32).to_be_bytes();
    assert!(matches!(opener.open(&length), Err(Error::NotOurs)));
    let (mut opener, pieces) = call();
    opener.open(&[&pieces[0][..], &[0]].concat()).unwrap();
    assert!(matches!(opener.open(&[0; MAX_CHUNK + TAG + 1]), Err(Error::NotOurs)));
}

#[test]
fn an_answer_of_too_many_bytes_is_cut_off_and_a_request_of_too_many_not_sealed() {
    let (mut opener, _) = call();
    assert!(matches!(opener.open(&vec![0; MAX_SEALED + 1]), Err(Error::AnswerTooLarge(MAX_SEALED))));
    let (_, key) = server();
    assert!(matches!(ChunkedCall::seal(&key, &vec![0; MAX_SEALED]), Err(Error::BadRequest(_))));
}

#[test]
fn a_key_of_small_order_is_not_sealed_to() {
    assert!(matches!(ChunkedCall::seal(&EncryptionKey([0; 32]), b"q"), Err(Error::Seal(_))));
}
