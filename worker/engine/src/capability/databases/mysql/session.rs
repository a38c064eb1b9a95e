//! The beginning of a connection to MySQL or MariaDB: the greeting, TLS, and who is there.

use adyton_protocol::manifest::Protocol;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    super::{
        address::{Address, Form},
        connection::Session,
        failure::Failure,
        reader::Reader,
        wire::{Opening, Wire},
    },
    packet::{Sequence, refusal},
};
use crate::egress::Dialled;

/// The longest greeting: more than any server says, and said before anybody is authenticated.
const MAX_GREETING: usize = 1024;
/// Characters are UTF-8 of up to four bytes (`utf8mb4_general_ci`).
const CHARACTERS: u8 = 45;
/// The most packets of authentication.
const MAX_ROUNDS: usize = 8;

/// What client and server can do ("Capabilities Flags").
mod can {
    pub(super) const LONG_PASSWORD: u32 = 1;
    pub(super) const CONNECT_WITH_DATABASE: u32 = 1 << 3;
    pub(super) const PROTOCOL_41: u32 = 1 << 9;
    pub(super) const TLS: u32 = 1 << 11;
    pub(super) const TRANSACTIONS: u32 = 1 << 13;
    pub(super) const SECURE_CONNECTION: u32 = 1 << 15;
    pub(super) const PLUGIN_AUTHENTICATION: u32 = 1 << 19;

    /// What this client does. Neither files of its own nor several statements in one.
    pub(super) const HERE: u32 =
        LONG_PASSWORD | PROTOCOL_41 | TLS | TRANSACTIONS | SECURE_CONNECTION | PLUGIN_AUTHENTICATION;
    /// Without these there is nothing to say to a server.
    pub(super) const NEEDED: u32 = PROTOCOL_41 | SECURE_CONNECTION | PLUGIN_AUTHENTICATION;
}

/// A connection to a server of MySQL or MariaDB.
pub struct Mysql {
    pub(super) wire: Wire,
}

/// What the server says first.
struct Greeting {
    challenge: Vec<u8>,
    method: Vec<u8>,
}

impl Session for Mysql {
    const PROTOCOL: &'static str = "mysql";
    const FORM: Form = Form {
        protocol: Protocol::Mysql,
        schemes: &["mysql"],
        port: 3306,
        options: &[],
        ignored: &["require_ssl", "ssl-mode", "sslmode"],
        list: false,
    };

    async fn begin(mut dialled: Dialled, address: Address, opening: Opening) -> Result<Self, Failure> {
        let user = address.user.as_deref().ok_or_else(|| Failure::Address("it names no user".into()))?;
        let mut sequence = Sequence::default();
        let plain = dialled.plain();
        let mut head = [0; 4];
        plain.read_exact(&mut head).await?;
        let length = sequence.length(head)?;
        if length > MAX_GREETING {
            return Err(Failure::Nonsense("the greeting is too long"));
        }
        let mut greeting = vec![0; length];
        plain.read_exact(&mut greeting).await?;
        let greeting = Greeting::read(&greeting)?;
        let can = can::HERE | if address.database.is_some() { can::CONNECT_WITH_DATABASE } else { 0 };
        plain.write_all(&sequence.frame(&head_of_answer(can))?).await?;
        let mut session = Self { wire: Wire::begin(dialled, opening).await? };
        let password = address.password.as_ref().map_or(&[][..], |password| password.as_bytes());
        let answer = answer(can, user, address.database.as_deref(), &greeting, password)?;
        sequence.send(&mut session.wire, &answer).await?;
        session.authenticate(sequence, greeting, password).await?;
        Ok(session)
    }

    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

impl Greeting {
    fn read(packet: &[u8]) -> Result<Self, Failure> {
        let mut reader = Reader::new(packet);
        match reader.byte()? {
            10 => {}
            0xff => return Err(refusal(packet)),
            _other => return Err(Failure::Nonsense("a greeting of another protocol")),
        }
        let _version = reader.until_zero()?;
        let _connection = reader.array::<4>()?;
        let mut challenge = reader.bytes(8)?.to_vec();
        reader.byte()?;
        let low = u16::from_le_bytes(reader.array()?);
        let _characters_and_status = reader.array::<3>()?;
        let high = u16::from_le_bytes(reader.array()?);
        let length = reader.byte()?;
        let _reserved = reader.array::<10>()?;
        let can = u32::from(high) << 16 | u32::from(low);
        if can & can::TLS == 0 {
            return Err(Failure::Unavailable("the server offers no TLS".into()));
        }
        if can & can::NEEDED != can::NEEDED {
            return Err(Failure::Unavailable("the server is too old".into()));
        }
        let rest = reader.bytes(usize::from(length).saturating_sub(8).max(13))?;
        challenge.extend_from_slice(rest.strip_suffix(&[0]).unwrap_or(rest));
        let method = reader.rest();
        let method = method.strip_suffix(&[0]).unwrap_or(method).to_vec();
        Ok(Self { challenge, method })
    }
}

/// How an answer begins, and all of it that is said before TLS.
fn head_of_answer(can: u32) -> Vec<u8> {
    let mut out = can.to_le_bytes().to_vec();
    // The longest packet that is taken.
    out.extend_from_slice(&0xff_ffff_u32.to_le_bytes());
    out.push(CHARACTERS);
    out.extend_from_slice(&[0; 23]);
    out
}

fn answer(
    can: u32,
    user: &str,
    database: Option<&str>,
    greeting: &Greeting,
    password: &[u8],
) -> Result<Vec<u8>, Failure> {
    let mut out = head_of_answer(can);
    put_text(&mut out, user)?;
    // Another method than these the server is asked to change.
    let (method, proof) = match proof(&greeting.method, &greeting.challenge, password) {
        Some(proof) => (greeting.method.as_slice(), proof),
        None => (NATIVE, Vec::new()),
    };
    out.push(proof.len() as u8);
    out.extend_from_slice(&proof);
    if let Some(database) = database {
        put_text(&mut out, database)?;
    }
    out.extend_from_slice(method);
    out.push(0);
    Ok(out)
}

fn put_text(out: &mut Vec<u8>, text: &str) -> Result<(), Failure> {
    if text.contains('\0') {
        return Err(Failure::Address("it has a zero in it".into()));
    }
    out.extend_from_slice(text.as_bytes());
    out.push(0);
    Ok(())
}

const NATIVE: &[u8] = b"mysql_native_password";
const CACHING: &[u8] = b"caching_sha2_password";

/// What shows that the contract knows the password; none for a method that is not known here.
fn proof(method: &[u8], challenge: &[u8], password: &[u8]) -> Option<Vec<u8>> {
    let xor = |a: &[u8], b: &[u8]| a.iter().zip(b).map(|(a, b)| a ^ b).collect();
    match method {
        NATIVE | CACHING if password.is_empty() => Some(Vec::new()),
        NATIVE => {
            let once = Sha1::digest(password);
            let twice = Sha1::digest(once);
            let mask = Sha1::new().chain_update(challenge).chain_update(twice).finalize();
            Some(xor(&once, &mask))
        }
        CACHING => {
            let once = Sha256::digest(password);
            let twice = Sha256::digest(once);
            let mask = Sha256::new().chain_update(twice).chain_update(challenge).finalize();
            Some(xor(&once, &mask))
        }
        _other => None,
    }
}

impl Mysql {
    async fn authenticate(
        &mut self,
        mut sequence: Sequence,
        greeting: Greeting,
        password: &[u8],
    ) -> Result<(), Failure> {
        let mut method = greeting.method;
        for _ in 0..MAX_ROUNDS {
            let packet = sequence.take(&mut self.wire).await?;
            let mut reader = Reader::new(&packet);
            match reader.byte()? {
                0 => return Ok(()),
                0xff => return Err(refusal(&packet)),
                0xfe => {
                    method = reader.until_zero()?.to_vec();
                    let challenge = reader.rest();
                    let challenge = challenge.strip_suffix(&[0]).unwrap_or(challenge);
                    let proof = proof(&method, challenge, password).ok_or_else(unknown)?;
                    sequence.send(&mut self.wire, &proof).await?;
                }
                // It knows the password from another time, and says so; or it does not, and wants to see it: it is
                // authenticated, and TLS hides what is said.
                1 if method == CACHING => match reader.rest() {
                    [3] => {}
                    [4] => {
                        let shown = [password, &[0]].concat();
                        sequence.send(&mut self.wire, &shown).await?;
                    }
                    _other => return Err(Failure::Nonsense("no message of authentication")),
                },
                _other => return Err(Failure::Nonsense("no message of authentication")),
            }
        }
        Err(Failure::Nonsense("authentication without end"))
    }
}

fn unknown() -> Failure {
    Failure::Unavailable(
        "the server asks for another proof than mysql_native_password and caching_sha2_password".into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A greeting with these abilities and method.
    fn greeting(can: u32, method: &[u8]) -> Vec<u8> {
        let [a, b, c, d] = can.to_le_bytes();
        let challenge = (b'A'..=b'T').collect::<Vec<u8>>();
        let head: &[u8] = b"\x0a8.0.36\0\x01\0\0\0";
        let middle: &[u8] = &[0, a, b, 45, 2, 0, c, d, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        [head, &challenge[..8], middle, &challenge[8..], &[0], method, &[0]].concat()
    }

    #[test]
    fn a_greeting_is_read_whole() {
        let read = Greeting::read(&greeting(can::HERE, CACHING)).expect("a greeting");
        assert_eq!((read.challenge.as_slice(), read.method.as_slice()), (&b"ABCDEFGHIJKLMNOPQRST"[..], CACHING));
    }

    #[test]
    fn a_server_without_tls_is_refused_before_anything_is_said() {
        let refused = Greeting::read(&greeting(can::HERE & !can::TLS, CACHING)).err().expect("refused");
        assert!(refused.to_string().contains("no TLS"), "{refused}");
    }

    #[test]
    fn a_greeting_that_is_cut_short_or_of_another_protocol_is_refused() {
        let whole = greeting(can::HERE, CACHING);
        for length in 0..whole.len() - CACHING.len() - 1 {
            assert!(Greeting::read(&whole[..length]).is_err(), "{length}");
        }
        assert!(Greeting::read(&[9, 0]).is_err());
        assert!(matches!(Greeting::read(b"\xff\x10\x04Too many").err(), Some(Failure::Server(_))));
        assert!(Greeting::read(&greeting(can::TLS, CACHING)).is_err(), "too old");
    }

    #[test]
    fn proofs_are_those_of_the_documentation() {
        // SHA1(password) XOR SHA1(challenge ‖ SHA1(SHA1(password))), computed with another program.
        let challenge = b"ABCDEFGHIJKLMNOPQRST";
        let native = proof(NATIVE, challenge, b"secret").expect("known");
        let caching = proof(CACHING, challenge, b"secret").expect("known");
        assert_eq!(hex::encode(native), "28441590674285e7d03cae7af237504797f70e91");
        assert_eq!(hex::encode(caching), "d721e183c1f036a196c1389201b8d53f38064a16f1d0923683ab886763152d75");
        assert_eq!(proof(CACHING, challenge, b""), Some(Vec::new()));
        assert_eq!(proof(b"mysql_clear_password", challenge, b"secret"), None);
    }
}
