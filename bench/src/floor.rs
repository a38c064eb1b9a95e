//! What a sealed call cannot do without on this machine: its cryptography, and its way over loopback.
//!
//! The floor of a call is the sum of both, measured in the same run as the call, because both depend on the machine: a
//! virtual processor that fell asleep between two messages can take longer to wake than to do the work.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use aws_lc_rs::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey},
    agreement::{PrivateKey, UnparsedPublicKey, X25519, agree},
    signature::Ed25519KeyPair,
};
use ed25519_dalek::{Signer, SigningKey};
use ohttp::{
    ClientRequest, KeyConfig, Server, SymmetricSuite,
    hpke::{Aead, Kdf, Kem},
};

use crate::table::{Table, Times};

const ROUNDS: usize = 500;
/// Bytes of a small call's sealed request, and of its sealed answer with a receipt.
const REQUEST: usize = 512;
const ANSWER: usize = 2048;

/// Adds the floor's rows, and gives their sum.
pub fn measure(table: &mut Table) -> Result<Duration> {
    let cryptography = cryptography()?.at(0.5);
    table.time("floor of a call: seal, open, sign, verify; p50", cryptography, None);
    let way = loopback()?.at(0.5);
    table.time("floor of a call: loopback through a relay; p50", way, None);
    Ok(cryptography + way)
}

/// Oblivious HTTP there and back (one X25519 agreement on each side), one Ed25519 signature and its check.
fn cryptography() -> Result<Times> {
    let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
    let config = KeyConfig::derive(1, Kem::X25519Sha256, vec![suite], &[7; 32])?;
    let (public, server) = (config.encode()?, Server::new(config)?);
    let signing = SigningKey::from_bytes(&[7; 32]);
    let round = || -> Result<()> {
        let (sealed, opener) = ClientRequest::from_encoded_config(&public)?.encapsulate(&[1; REQUEST])?;
        let (plain, answer) = server.decapsulate(&sealed)?;
        let signature = signing.sign(&plain);
        let answer = answer.encapsulate(&[2; ANSWER])?;
        let plain_answer = opener.decapsulate(&answer)?;
        signing.verifying_key().verify_strict(&plain, &signature)?;
        anyhow::ensure!(plain_answer.len() == ANSWER, "what was sealed opens");
        Ok(())
    };
    times(round)
}

/// What a worker's processor cannot do without for a sealed call, by the fastest library here: one X25519 agreement, one
/// Ed25519 signature, and the cipher there and back; half of all rounds take no longer.
pub fn of_worker() -> Result<Duration> {
    let (own, peer) = (PrivateKey::generate(&X25519)?, PrivateKey::generate(&X25519)?.compute_public_key()?);
    let signing = Ed25519KeyPair::generate()?;
    let round = || -> Result<()> {
        let agreed = agree(&own, UnparsedPublicKey::new(&X25519, peer.as_ref()), anyhow!("no agreement"), |agreed| {
            Ok(UnboundKey::new(&CHACHA20_POLY1305, agreed)?)
        });
        let cipher = LessSafeKey::new(agreed?);
        for bytes in [REQUEST, ANSWER] {
            let mut content = vec![1; bytes];
            cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key([1; 12]), Aad::empty(), &mut content)?;
        }
        anyhow::ensure!(signing.sign(&[1; REQUEST]).as_ref().len() == 64, "what is signed has a signature");
        Ok(())
    };
    Ok(times(round)?.at(0.5))
}

/// A request to a relay, from there to a server, and the answer back: threads that block, over plain sockets.
fn loopback() -> Result<Times> {
    let server = TcpListener::bind("127.0.0.1:0")?;
    let relay = TcpListener::bind("127.0.0.1:0")?;
    let (to_server, to_relay) = (server.local_addr()?, relay.local_addr()?);
    thread::spawn(move || serve(&server));
    thread::spawn(move || pass_on(&relay, TcpStream::connect(to_server)?));
    let mut stream = TcpStream::connect(to_relay)?;
    stream.set_nodelay(true)?;
    let mut answer = [0; ANSWER];
    times(|| {
        stream.write_all(&[1; REQUEST])?;
        stream.read_exact(&mut answer).context("the relay answers")
    })
}

fn serve(listener: &TcpListener) -> std::io::Result<()> {
    let (mut stream, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    let mut request = [0; REQUEST];
    loop {
        stream.read_exact(&mut request)?;
        stream.write_all(&[2; ANSWER])?;
    }
}

fn pass_on(listener: &TcpListener, mut server: TcpStream) -> std::io::Result<()> {
    let (mut client, _) = listener.accept()?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (mut request, mut answer) = ([0; REQUEST], [0; ANSWER]);
    loop {
        client.read_exact(&mut request)?;
        server.write_all(&request)?;
        server.read_exact(&mut answer)?;
        client.write_all(&answer)?;
    }
}

fn times(mut round: impl FnMut() -> Result<()>) -> Result<Times> {
    let mut times = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        round()?;
        times.push(started.elapsed());
    }
    Ok(Times::new(times))
}
