//! Databases outside that keep to no protocol: each input is what a server says, to the engine as it is.
//!
//! The first byte chooses the protocol. Of what follows PostgreSQL's first byte and MySQL's first packet are said before
//! TLS, and the rest after it. Whatever it is, it ends in a result or in an error that the contract sees.

use std::{
    future::pending,
    io,
    path::Path,
    sync::{LazyLock, Mutex, PoisonError},
};

use adyton_engine::{Ending, Engine, EngineConfig, Module};
use adyton_protocol::manifest::{EgressRule, Limits, Manifest, Protocol};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
};
use tokio_rustls::TlsAcceptor;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::{
    host::{MemoryHost, compile, context, guest_module, manifest, request},
    server::RUNTIME,
    tls_server::{Authority, Names, acceptor},
};

/// The server's name.
const NAME: &str = "db.example.org";
/// The most bytes of an answer: twice as many and more fit the guest, which has one page of memory.
const MOST: u32 = 2_048;
/// What MySQL's client says before TLS.
const TLS_REQUEST: usize = 36;

/// What the guest imports and exports; see `wit/`.
const GUEST: &str = "
    package adyton:fuzz;

    world guest {
        import spin:postgres/postgres@3.0.0;
        import fermyon:spin/mysql@2.0.0;
        import fermyon:spin/redis@2.0.0;
        export phat:contract/service@0.1.0;
    }
";

static WORLD: LazyLock<Mutex<World>> = LazyLock::new(|| Mutex::new(World::new()));

/// A server, and contracts that ask it.
struct World {
    engine: Engine,
    listener: TcpListener,
    tls: TlsAcceptor,
    contracts: [Contract; 3],
}

/// A contract that opens a connection and asks two things. It answers 0 if the first one had a result.
struct Contract {
    protocol: Protocol,
    address: String,
    module: Module,
}

/// What a server says: nothing but the contract's own answer comes of it.
pub fn database_answers(data: &[u8]) {
    is_result(data);
}

/// Whether the contract's first question had a result.
pub fn is_result(data: &[u8]) -> bool {
    let Some((choice, said)) = data.split_first() else { return false };
    let world = WORLD.lock().unwrap_or_else(PoisonError::into_inner);
    let contract = &world.contracts[usize::from(*choice) % 3];
    let asked = request("POST", "/", contract.address.as_bytes());
    let call = world.engine.call(&contract.module, context(), MemoryHost::default(), asked);
    let outcome = RUNTIME.block_on(async {
        tokio::select! {
            outcome = call => outcome.expect("the call begins"),
            () = world.serve(contract.protocol, said) => panic!("a server has no end"),
        }
    });
    assert!(outcome.usage.egress_requests <= 3, "a connection and two questions");
    match outcome.ending {
        Ending::Answered(answer) => answer.response.body == [0],
        other => panic!("{other:?}"),
    }
}

impl World {
    fn new() -> Self {
        let listener = RUNTIME.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port of this machine is free");
        let port = listener.local_addr().expect("a listener has an address").port();
        let authority = Authority::new();
        let config = EngineConfig { concurrent_calls: 2, ..EngineConfig::default() };
        let engine = Engine::with_resolver(config, Names::new(&[(NAME, "127.0.0.1")])).expect("an engine starts");
        let contract = |protocol, scheme: &str, interface: &str, questions: [&str; 2]| {
            let (insecure_http, danger_allow_private) = (false, true);
            let rule =
                EgressRule { host: NAME.to_owned(), port: Some(port), insecure_http, danger_allow_private, protocol };
            let limits = Limits { egress_bytes: MOST, egress_ms: 5_000, ..manifest().limits };
            let extra_roots = vec![authority.root.clone()];
            let manifest = Manifest { egress: vec![rule], extra_roots, limits, ..manifest() };
            let module = compile(&engine, &guest(interface, questions), &manifest);
            Contract { protocol, address: format!("{scheme}://ann:pw@{NAME}:{port}/"), module }
        };
        let contracts = [
            contract(Protocol::Postgres, "postgres", "spin:postgres/postgres@3.0.0", ["query", "execute"]),
            contract(Protocol::Mysql, "mysql", "fermyon:spin/mysql@2.0.0", ["query", "execute"]),
            contract(Protocol::Redis, "redis", "fermyon:spin/redis@2.0.0", ["execute", "execute"]),
        ];
        let tls = acceptor(&authority.issue(NAME, 2020, 2100));
        Self { engine, listener, tls, contracts }
    }

    /// Says it to the next client, and then no more.
    async fn serve(&self, protocol: Protocol, said: &[u8]) {
        // The client may go away at any time, which is its right.
        let _ = self.say(protocol, said).await;
        pending().await
    }

    async fn say(&self, protocol: Protocol, said: &[u8]) -> io::Result<()> {
        let (mut stream, _) = self.listener.accept().await?;
        let Some((plain, encrypted)) = parts(protocol, said) else { return Ok(()) };
        match protocol {
            Protocol::Postgres => {
                stream.read_exact(&mut [0; 8]).await?;
                stream.write_all(plain).await?;
            }
            Protocol::Mysql => {
                stream.write_all(plain).await?;
                stream.read_exact(&mut [0; TLS_REQUEST]).await?;
            }
            Protocol::Redis | Protocol::Http => {}
        }
        let mut stream = self.tls.accept(stream).await?;
        stream.write_all(encrypted).await?;
        stream.shutdown().await?;
        // What is left unread would cut off what was said.
        let mut unread = [0; 4096];
        while stream.read(&mut unread).await? > 0 {}
        Ok(())
    }
}

/// What is said before TLS, and after it.
fn parts(protocol: Protocol, said: &[u8]) -> Option<(&[u8], &[u8])> {
    match protocol {
        Protocol::Postgres => said.split_at_checked(1),
        Protocol::Mysql => {
            let [low, middle, high] = *said.first_chunk::<3>()?;
            said.split_at_checked(4 + u32::from_le_bytes([low, middle, high, 0]) as usize)
        }
        Protocol::Redis | Protocol::Http => Some((&[], said)),
    }
}

/// A contract that connects to the address in its request, and calls these functions with the request's path.
fn guest(interface: &str, [first, second]: [&str; 2]) -> Vec<u8> {
    let import = |function: &str, name: &str, parameters: &str| {
        format!(r#"(import "{interface}" "{function}" (func ${name} (param {parameters})))"#)
    };
    let mut imports = import("[static]connection.open", "open", "i32 i32 i32");
    imports += &import(&format!("[method]connection.{first}"), first, "i32 i32 i32 i32 i32 i32");
    if second != first {
        imports += &import(&format!("[method]connection.{second}"), second, "i32 i32 i32 i32 i32 i32");
    }
    let ask = |function: &str, result: u32| {
        let nothing = "(i32.const 0) (i32.const 0)";
        format!(
            "(call ${function} (i32.load (i32.const 68)) (local.get 2) (local.get 3) {nothing} (i32.const {result}))"
        )
    };
    let body = format!(
        "(i32.store8 (i32.const 128) (i32.const 1))
        (call $open (local.get 6) (local.get 7) (global.get $ignored))
        (if (i32.eqz (i32.load8_u (global.get $ignored)))
            (then {} {}))
        (call $answer (i32.const 128) (i32.const 1))",
        ask(first, 128),
        ask(second, 256)
    );
    let mut module = guest_module(&imports, &body);
    let wit = Path::new(env!("CARGO_MANIFEST_DIR")).join("../wit");
    let mut types = Resolve::default();
    types.push_dir(wit).expect("the interfaces are there");
    let package = types.push_str("guest.wit", GUEST).expect("a world of them");
    let world = types.select_world(&[package], Some("guest")).expect("it is there");
    embed_component_metadata(&mut module, &types, world, StringEncoding::UTF8).expect("types");
    adyton_component::from_core_module(&module).expect("a component")
}

/// Seeds of [`database_answers`]: of each protocol one that is whole, and others that take other ways.
pub fn answers() -> Vec<Vec<u8>> {
    let redis = |said: &str| [&[2_u8][..], said.as_bytes()].concat();
    vec![
        postgres(&[], &rows_of_postgres()),
        mysql(&[packet(3, &[0, 0, 0, 2, 0, 0, 0]), rows_of_mysql(), rows_of_mysql()].concat()),
        redis("+OK\r\n*4\r\n:1\r\n$2\r\nab\r\n$-1\r\n*1\r\n+OK\r\n+OK\r\n"),
        postgres(&message(b'R', &[0, 0, 0, 5, 1, 2, 3, 4]), &message(b'E', b"SERROR\0C23505\0Mduplicate\0\0")),
        postgres(&message(b'R', b"\0\0\0\x0aSCRAM-SHA-256\0SCRAM-SHA-256-PLUS\0\0"), &[]),
        mysql(&packet(3, b"\xfecaching_sha2_password\0ABCDEFGHIJKLMNOPQRST\0")),
        mysql(&packet(3, b"\xff\x15\x04#28000Access denied")),
        redis("-NOAUTH Authentication required\r\n"),
    ]
}

/// How many of the first seeds have a result.
pub const WHOLE: usize = 3;

/// A server that asks for this and then lets the client in.
fn postgres(asks: &[u8], says: &[u8]) -> Vec<u8> {
    let in_now = [message(b'R', &[0; 4]), message(b'K', &[0; 8]), message(b'Z', b"I")].concat();
    [&b"\x00S"[..], asks, &in_now, says].concat()
}

/// A message of PostgreSQL.
fn message(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag][..], &(content.len() as u32 + 4).to_be_bytes(), content].concat()
}

/// One row with a number, and what a statement without rows has.
fn rows_of_postgres() -> Vec<u8> {
    let begun = [message(b'1', b""), message(b'2', b"")].concat();
    let column = message(b'T', b"\0\x01n\0\0\0\0\0\0\0\0\0\0\x17\0\x04\xff\xff\xff\xff\0\0");
    let row = message(b'D', &[0, 1, 0, 0, 0, 1, b'7']);
    let ready = message(b'Z', b"I");
    let touched = [message(b'n', b""), message(b'C', b"UPDATE 3\0")].concat();
    [&begun, &column, &row, &message(b'C', b"SELECT 1\0"), &ready, &begun, &touched, &ready].map(Vec::as_slice).concat()
}

/// A greeting of MySQL with TLS, and what follows it.
fn mysql(says: &[u8]) -> Vec<u8> {
    let greeting: [&[u8]; 5] = [
        b"\x0a8.0.36\0\x01\0\0\0ABCDEFGH\0",
        &[0x01, 0xaa, 45, 2, 0, 0x08, 0, 21, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        b"IJKLMNOPQRST\0",
        b"mysql_native_password",
        b"\0",
    ];
    [&[1_u8][..], &packet(0, &greeting.concat()), says].concat()
}

/// A packet of MySQL.
fn packet(number: u8, content: &[u8]) -> Vec<u8> {
    let [low, middle, high, _] = (content.len() as u32).to_le_bytes();
    [&[low, middle, high, number], content].concat()
}

/// A prepared statement, and its one row with a number.
fn rows_of_mysql() -> Vec<u8> {
    let column = b"\x03def\0\0\0\x01n\0\x0c\x3f\0\x0b\0\0\0\x03\0\0\0\0\0";
    let end = [0xfe, 0, 0, 2, 0];
    [
        packet(1, &[0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
        packet(2, column),
        packet(3, &end),
        packet(1, &[1]),
        packet(2, column),
        packet(3, &end),
        packet(4, &[0, 0, 7, 0, 0, 0]),
        packet(5, &end),
    ]
    .concat()
}
