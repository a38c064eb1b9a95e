//! PostgreSQL's protocol 3.0 (PostgreSQL's documentation, part "Frontend/Backend Protocol"): the extended query with
//! texts both ways, one statement in one flight.

use adyton_protocol::manifest::Protocol;
use bytes::BytesMut;
use postgres_protocol::{
    IsNull,
    authentication::{
        md5_hash,
        sasl::{ChannelBinding, SCRAM_SHA_256, SCRAM_SHA_256_PLUS, ScramSha256},
    },
    message::frontend,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::{
    super::{
        address::{Address, Form},
        bindings::spin::postgres::postgres::{Column, DbValue, ParameterValue, RowSet},
        connection::Session,
        failure::Failure,
        reader::Reader,
        wire::{Opening, Wire},
    },
    binding, values,
};
use crate::egress::Dialled;

/// The request for TLS: its length and its number.
const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
/// What the server may ask for before it lets anyone in, and say after it: a few messages each.
const MAX_MESSAGES: usize = 1000;
/// The most rounds of a proof, which the server chooses: PostgreSQL's own are 4096, and so many take a tenth of a second.
const MAX_ROUNDS: u32 = 100_000;
/// The longest password that is proven, in bytes: each round takes time for all of it.
const MAX_PROVEN: usize = 256;

/// A connection to a server of PostgreSQL.
pub struct Postgres {
    wire: Wire,
}

/// A message of the server.
struct Message {
    tag: u8,
    body: Vec<u8>,
}

/// What came of a statement.
#[derive(Default)]
struct Done {
    columns: Vec<Column>,
    /// The identifiers of the columns' types.
    types: Vec<u32>,
    rows: Vec<Vec<DbValue>>,
    values: usize,
    affected: u64,
}

impl Session for Postgres {
    const PROTOCOL: &'static str = "postgres";
    const FORM: Form = Form {
        protocol: Protocol::Postgres,
        schemes: &["postgres", "postgresql"],
        port: 5432,
        options: &["application_name", "channel_binding", "options"],
        ignored: &["connect_timeout", "sslmode", "sslnegotiation"],
        list: true,
    };

    async fn begin(mut dialled: Dialled, address: Address, opening: Opening) -> Result<Self, Failure> {
        let plain = dialled.plain();
        plain.write_all(&TLS_REQUEST).await?;
        // Not a byte more: what somebody put behind the answer would else count as the server's.
        if plain.read_u8().await? != b'S' {
            return Err(Failure::Unavailable("the server offers no TLS".into()));
        }
        let mut session = Self { wire: Wire::begin(dialled, opening).await? };
        session.log_in(&address).await?;
        Ok(session)
    }

    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }
}

impl Postgres {
    /// The rows of a statement, and how many values they have.
    pub(super) async fn query(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<(RowSet, usize), Failure> {
        let done = self.run(statement, parameters, true).await?;
        Ok((RowSet { columns: done.columns, rows: done.rows }, done.values))
    }

    /// How many rows a statement touched.
    pub(super) async fn execute(
        &mut self,
        statement: &str,
        parameters: &[ParameterValue],
    ) -> Result<(u64, usize), Failure> {
        let done = self.run(statement, parameters, false).await?;
        Ok((done.affected, 0))
    }

    async fn log_in(&mut self, address: &Address) -> Result<(), Failure> {
        let user = address.user.as_deref().ok_or_else(|| Failure::Address("it names no user".into()))?;
        let kept = ["application_name", "options"].into_iter().filter_map(|name| Some((name, address.option(name)?)));
        let database = address.database.as_deref().map(|database| ("database", database));
        // In this form values are read: dates of ISO 8601, moments of UTC.
        let usual = [("user", user), ("client_encoding", "UTF8"), ("DateStyle", "ISO"), ("TimeZone", "UTC")];
        let mut out = BytesMut::new();
        frontend::startup_message(usual.into_iter().chain(database).chain(kept), &mut out)
            .map_err(address_with_zero)?;
        self.wire.send(&out).await?;
        self.authenticate(address, user).await?;
        for _ in 0..MAX_MESSAGES {
            let message = self.message().await?;
            match message.tag {
                b'Z' => return Ok(()),
                b'K' => {}
                b'E' => return Err(refusal(&message.body)),
                _other => return Err(Failure::Nonsense("no message that comes before the first statement")),
            }
        }
        Err(Failure::Nonsense("messages without end before the first statement"))
    }

    /// Shows that the contract knows the password, if the server asks.
    async fn authenticate(&mut self, address: &Address, user: &str) -> Result<(), Failure> {
        let demanded = address.option("channel_binding") == Some("require");
        let mut bound = false;
        // A server asks once, and then says whether that was enough.
        for _ in 0..2 {
            let message = self.message().await?;
            if message.tag == b'E' {
                return Err(refusal(&message.body));
            }
            if message.tag != b'R' {
                return Err(Failure::Nonsense("no message of authentication"));
            }
            let mut body = Reader::new(&message.body);
            let kind = u32::from_be_bytes(body.array()?);
            if kind == 0 {
                return if bound || !demanded { Ok(()) } else { Err(unbound()) };
            }
            if demanded && kind != 10 {
                return Err(unbound());
            }
            let missing = || Failure::Unavailable("the server asks for a password; the address has none".into());
            let password = address.password.as_ref().ok_or_else(missing)?.as_bytes();
            match kind {
                3 => self.say(password).await?,
                5 => self.say(md5_hash(user.as_bytes(), password, body.array()?).as_bytes()).await?,
                10 => bound = self.prove(body, password, demanded).await?,
                _other => return Err(Failure::Unavailable("the server asks for another proof than a password".into())),
            }
        }
        Err(Failure::Nonsense("it asks again"))
    }

    async fn say(&mut self, password: &[u8]) -> Result<(), Failure> {
        let mut out = BytesMut::new();
        frontend::password_message(password, &mut out).map_err(address_with_zero)?;
        self.wire.send(&out).await
    }

    /// SCRAM (RFC 5802, RFC 7677), bound to the server's certificate if the server can; says whether it was.
    async fn prove(&mut self, mut offered: Reader<'_>, password: &[u8], demanded: bool) -> Result<bool, Failure> {
        if password.len() > MAX_PROVEN {
            return Err(Failure::Address(format!("a password of more than {MAX_PROVEN} bytes cannot be proven")));
        }
        let (mut simple, mut plus) = (false, false);
        loop {
            match offered.until_zero()? {
                b"" => break,
                name if name == SCRAM_SHA_256.as_bytes() => simple = true,
                name if name == SCRAM_SHA_256_PLUS.as_bytes() => plus = true,
                _other => {}
            }
        }
        let end_point = self.wire.certificate().and_then(binding::end_point);
        let (binding, mechanism, bound) = match end_point {
            Some(end_point) if plus => (ChannelBinding::tls_server_end_point(end_point), SCRAM_SHA_256_PLUS, true),
            _unbound if demanded => return Err(unbound()),
            Some(_) if simple => (ChannelBinding::unrequested(), SCRAM_SHA_256, false),
            None if simple => (ChannelBinding::unsupported(), SCRAM_SHA_256, false),
            Some(_) | None => return Err(Failure::Unavailable("the server asks for a proof that is not SCRAM".into())),
        };
        let unproven = |_| Failure::Unavailable("the server does not prove that it knows the password".into());
        let mut scram = ScramSha256::new(password, binding);
        let mut out = BytesMut::new();
        frontend::sasl_initial_response(mechanism, scram.message(), &mut out).map_err(unproven)?;
        self.wire.send(&out).await?;
        let first = self.next_of_proof(11).await?;
        if rounds(&first).is_none_or(|rounds| rounds > MAX_ROUNDS) {
            let text = format!("the server asks for a proof of more than {MAX_ROUNDS} rounds, or of no number of them");
            return Err(Failure::Unavailable(text));
        }
        let proof = self.wire.compute(move || scram.update(&first).map(|()| scram)).await?;
        let mut scram = proof.map_err(unproven)?;
        out.clear();
        frontend::sasl_response(scram.message(), &mut out).map_err(unproven)?;
        self.wire.send(&out).await?;
        let last = self.next_of_proof(12).await?;
        scram.finish(&last).map_err(unproven)?;
        Ok(bound)
    }

    async fn next_of_proof(&mut self, kind: u32) -> Result<Vec<u8>, Failure> {
        let message = self.message().await?;
        if message.tag == b'E' {
            return Err(refusal(&message.body));
        }
        let mut body = Reader::new(&message.body);
        if message.tag != b'R' || u32::from_be_bytes(body.array()?) != kind {
            return Err(Failure::Nonsense("no message of the proof"));
        }
        Ok(body.rest().to_vec())
    }

    /// The next message that answers something; notices come at any time.
    async fn message(&mut self) -> Result<Message, Failure> {
        loop {
            let head = self.wire.take(5).await?;
            let mut head = Reader::new(&head);
            let (tag, length) = (head.byte()?, u32::from_be_bytes(head.array()?));
            let length = length.checked_sub(4).ok_or(Failure::Nonsense("a message is shorter than its length"))?;
            let body = self.wire.take(length as usize).await?;
            if !matches!(tag, b'N' | b'S' | b'A') {
                return Ok(Message { tag, body });
            }
        }
    }

    async fn run(&mut self, statement: &str, parameters: &[ParameterValue], keep: bool) -> Result<Done, Failure> {
        self.wire.send(&flight(statement, parameters)?).await?;
        let (mut done, mut failed) = (Done::default(), None);
        loop {
            let message = self.message().await?;
            match message.tag {
                b'Z' => return failed.map_or(Ok(done), Err),
                b'E' => failed = Some(refusal(&message.body)),
                b'T' if keep => (done.columns, done.types) = self.columns(&message.body)?,
                b'D' if keep && failed.is_none() => match self.row(&message.body, &done.types)? {
                    Ok(row) => {
                        done.values += row.len();
                        done.rows.push(row);
                    }
                    Err(failure) => failed = Some(failure),
                },
                b'C' => done.affected = affected(&message.body),
                // Parsed, bound, no rows, an empty statement; and what nobody keeps.
                b'1' | b'2' | b'n' | b'I' | b'T' | b'D' => {}
                b'G' | b'H' | b'W' => return Err(Failure::Nonsense("COPY is not for here")),
                _other => return Err(Failure::Nonsense("no message that answers a statement")),
            }
        }
    }

    fn columns(&mut self, body: &[u8]) -> Result<(Vec<Column>, Vec<u32>), Failure> {
        let mut body = Reader::new(body);
        let count = u16::from_be_bytes(body.array()?);
        let (mut columns, mut types) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let name = text(body.until_zero()?);
            self.wire.hold(name.len())?;
            let [_table @ .., a, b, c, d] = body.array::<10>()?;
            // Its length, its modifier and its format.
            body.array::<8>()?;
            let data_type = u32::from_be_bytes([a, b, c, d]);
            columns.push(Column { name, data_type: values::data_type(data_type) });
            types.push(data_type);
        }
        Ok((columns, types))
    }

    /// The values of a row; the outer error is the connection's end.
    fn row(&mut self, body: &[u8], types: &[u32]) -> Result<Result<Vec<DbValue>, Failure>, Failure> {
        let mut body = Reader::new(body);
        if usize::from(u16::from_be_bytes(body.array()?)) != types.len() {
            return Err(Failure::Nonsense("a row has other columns than it should have"));
        }
        self.wire.hold(0)?;
        let mut row = Vec::with_capacity(types.len());
        for data_type in types {
            let value = match i32::from_be_bytes(body.array()?) {
                -1 => None,
                length => {
                    let length = usize::try_from(length).map_err(|_| Failure::Nonsense("a value has no length"))?;
                    Some(body.bytes(length)?)
                }
            };
            self.wire.hold(value.map_or(0, <[u8]>::len))?;
            match values::read(*data_type, value) {
                Ok(value) => row.push(value),
                Err(failure) => return Ok(Err(failure)),
            }
        }
        Ok(Ok(row))
    }
}

/// How many rounds the server's first message of a proof asks for: its last attribute (RFC 5802 §7).
fn rounds(first: &[u8]) -> Option<u32> {
    let number = first.rsplit(|byte| *byte == b',').next()?.strip_prefix(b"i=")?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

/// Everything that is sent for a statement.
fn flight(statement: &str, parameters: &[ParameterValue]) -> Result<BytesMut, Failure> {
    let parameters = parameters.iter().map(values::write).collect::<Result<Vec<_>, _>>()?;
    let unsendable = || Failure::Parameter("the statement has a zero in it, or more than 65535 parameters".into());
    let mut out = BytesMut::new();
    let types = parameters.iter().map(|parameter| parameter.data_type);
    frontend::parse("", statement, types, &mut out).map_err(|_| unsendable())?;
    let formats = parameters.iter().map(|parameter| parameter.format);
    let texts = parameters.iter().map(|parameter| parameter.value.as_deref());
    let write = |value: Option<&[u8]>, out: &mut BytesMut| {
        out.extend_from_slice(value.unwrap_or_default());
        Ok(if value.is_none() { IsNull::Yes } else { IsNull::No })
    };
    // Results as text, whatever their type.
    frontend::bind("", "", formats, texts, write, [0], &mut out).map_err(|_| unsendable())?;
    frontend::describe(b'P', "", &mut out).map_err(|_| unsendable())?;
    frontend::execute("", 0, &mut out).map_err(|_| unsendable())?;
    frontend::sync(&mut out);
    Ok(out)
}

/// The last number of a command's tag, as in `INSERT 0 3`.
fn affected(body: &[u8]) -> u64 {
    let tag = text(body.strip_suffix(&[0]).unwrap_or(body));
    tag.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// An error as the server says it: severity, text and code.
fn refusal(body: &[u8]) -> Failure {
    let (mut severity, mut message, mut code) = (String::new(), String::new(), String::new());
    let mut body = Reader::new(body);
    while let (Ok(kind @ 1..), Ok(value)) = (body.byte(), body.until_zero()) {
        match kind {
            b'S' => severity = text(value),
            b'M' => message = text(value),
            b'C' => code = text(value),
            _other => {}
        }
    }
    Failure::Server(format!("{severity}: {message} ({code})"))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unbound() -> Failure {
    Failure::Unavailable("the server does not bind the proof to its certificate, which the address demands".into())
}

fn address_with_zero(_: std::io::Error) -> Failure {
    Failure::Address("it has a zero in it".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_touched_as_many_rows_as_its_tag_says() {
        let number = |tag: &[u8]| affected(tag);
        assert_eq!(
            [number(b"INSERT 0 3\0"), number(b"SELECT 7\0"), number(b"CREATE TABLE\0"), number(b"")],
            [3, 7, 0, 0]
        );
    }

    #[test]
    fn the_rounds_of_a_proof_are_its_last_attribute() {
        assert_eq!(rounds(b"r=abc,s=c2FsdA==,i=4096"), Some(4096));
        for none in [&b"r=abc,s=c2FsdA=="[..], b"i=4096,m=x", b"r=a,i=4294967296", b"r=a,i=", b""] {
            assert_eq!(rounds(none), None);
        }
    }

    #[test]
    fn an_error_is_said_as_the_server_says_it_and_a_broken_one_as_far_as_it_goes() {
        let error = refusal(b"SERROR\0C23505\0Mduplicate key\0Dthe detail\0\0");
        assert_eq!(error, Failure::Server("ERROR: duplicate key (23505)".into()));
        assert_eq!(refusal(b"SERROR\0Mcut"), Failure::Server("ERROR:  ()".into()));
    }

    #[test]
    fn a_statement_that_cannot_be_said_is_the_contracts_mistake() {
        assert!(matches!(flight("SELECT \0", &[]), Err(Failure::Parameter(_))));
        assert!(matches!(flight("SELECT 1", &vec![ParameterValue::DbNull; 65_536]), Err(Failure::Parameter(_))));
    }
}
