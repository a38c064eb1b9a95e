//! A component of `wasi:http/proxy` with interfaces of `phat:contract` beside: one path for each thing that it does right
//! or wrong.

mod bindings {
    wit_bindgen::generate!({
        path: "../../../../../wit",
        inline: "
            package test:proxy;
            world guest {
                include wasi:http/proxy@0.2.12;
                import wasi:cli/environment@0.2.12;
                import wasi:cli/exit@0.2.12;
                import wasi:cli/terminal-stdout@0.2.12;
                import wasi:filesystem/preopens@0.2.12;
                import wasi:random/insecure@0.2.12;
                import wasi:random/insecure-seed@0.2.12;
                import wasi:sockets/instance-network@0.2.12;
                import wasi:sockets/ip-name-lookup@0.2.12;
                import wasi:sockets/tcp-create-socket@0.2.12;
                import phat:contract/env@0.1.0;
                import phat:contract/kv@0.1.0;
            }
        ",
        world: "test:proxy/guest",
        generate_all,
    });
}

use std::mem::forget;

use bindings::{
    exports::wasi::http::incoming_handler::Guest,
    phat::contract::{env, kv},
    wasi::{
        cli::{environment, exit, stderr, stdin, stdout, terminal_stdout},
        clocks::{monotonic_clock, wall_clock},
        filesystem::{preopens, types::filesystem_error_code},
        http::{
            outgoing_handler,
            types::{
                ErrorCode, Fields, FutureIncomingResponse, IncomingBody, IncomingRequest, IncomingResponse, Method,
                OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions, ResponseOutparam, Scheme,
                http_error_code,
            },
        },
        io::{
            error::Error as IoError,
            poll,
            streams::{InputStream, OutputStream, StreamError},
        },
        random::{insecure, insecure_seed, random},
        sockets::{instance_network, ip_name_lookup, network::IpAddressFamily, tcp_create_socket},
    },
};

struct Proxy;

impl Guest for Proxy {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        match target.split('?').next().unwrap_or_default() {
            "/echo" => echo(&request, out),
            "/never" => {}
            "/error" => ResponseOutparam::set(out, Err(ErrorCode::InternalError(Some("on purpose".into())))),
            "/twice" => twice(out),
            "/abandoned" => drop(begin(out, response(&[]), b"half")),
            "/open" => forget(begin(out, response(&[]), b"half")),
            "/empty" => ResponseOutparam::set(out, Ok(response(&[]))),
            "/panic-afterwards" => {
                answer(out, b"whole");
                panic!("after the answer");
            }
            "/mismatch" => {
                let body = begin(out, response(&[("content-length", "9")]), b"four");
                print_error(&format!("{:?}", OutgoingBody::finish(body, None)));
            }
            "/length" => {
                let body = begin(out, response(&[("content-length", "4")]), b"four");
                OutgoingBody::finish(body, None).expect("as long as it says");
            }
            "/length-without-content" => ResponseOutparam::set(out, Ok(response(&[("content-length", "9")]))),
            "/trailers" => {
                let body = begin(out, response(&[]), b"whole");
                let _ = OutgoingBody::finish(body, Some(fields(&[("x-trailer", "1")])));
            }
            "/status" => status(out),
            "/too-large" => too_large(out, &body(&request)),
            "/reserved" => ResponseOutparam::set(out, Ok(response(&[("adyton-receipt", "forged")]))),
            "/set" => {
                kv::set(b"key", &body(&request)).expect("granted");
                answer(out, b"set");
            }
            "/set-and-open" => {
                kv::set(b"key", b"lost").expect("granted");
                forget(begin(out, response(&[]), b"half"));
            }
            "/set-and-error" => {
                kv::set(b"key", b"lost").expect("granted");
                ResponseOutparam::set(out, Err(ErrorCode::InternalError(None)));
            }
            "/get" => answer(out, &kv::get(b"key").expect("granted").unwrap_or_default()),
            "/caller" => answer(out, format!("{:?}", env::get().caller).as_bytes()),
            "/clocks" => clocks(out),
            "/random" => {
                let bytes = [random::get_random_bytes(2), insecure::get_insecure_random_bytes(2)].concat();
                answer(out, format!("{bytes:?} {:?}", insecure_seed::insecure_seed()).as_bytes());
            }
            "/too-random" => forget(random::get_random_bytes(1 << 20)),
            "/print" => print(out),
            "/surroundings" => surroundings(out),
            "/exit" => exit::exit(Ok(())),
            "/hoard-fields" => (0..1000).for_each(|_| forget(Fields::new())),
            "/hoard-bodies" => hoard_bodies(),
            "/endless-fields" => {
                let fields = Fields::new();
                (0..1000).for_each(|_| fields.append("a", b"b").expect("well-formed"));
            }
            "/prices" => prices(out),
            "/write-too-much" => write_too_much(&request, out),
            "/splice" => splice(&request, out),
            "/loop" => loop {
                monotonic_clock::now();
            },
            "/sleep-for-ever" => monotonic_clock::subscribe_duration(u64::MAX).block(),
            "/poll-nothing" => forget(poll::poll(&[])),
            "/fetch" => fetch(&request, out),
            "/post" => post(&request, out),
            "/relay" => relay(&request, out),
            "/one-more" => one_more(&request, out),
            "/spin-for-content" => spin_for_content(&request, out),
            "/flush" => flush(out),
            "/fetch-without-end" => fetch_without_end(&request, out),
            "/fetch-wrong" => fetch_wrong(&request, out),
            _ => answer(out, b"0"),
        }
    }
}

fn fields(list: &[(&str, &str)]) -> Fields {
    let list: Vec<_> = list.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
    Fields::from_list(&list).expect("well-formed")
}

fn response(list: &[(&str, &str)]) -> OutgoingResponse {
    OutgoingResponse::new(fields(list))
}

/// Sets a response and writes some of its content.
fn begin(out: ResponseOutparam, response: OutgoingResponse, content: &[u8]) -> OutgoingBody {
    let body = response.body().expect("taken once");
    assert!(response.body().is_err(), "a body is taken once");
    ResponseOutparam::set(out, Ok(response));
    write(&body, content);
    body
}

fn write(body: &OutgoingBody, content: &[u8]) {
    let stream = body.write().expect("taken once");
    assert!(body.write().is_err(), "a stream is taken once");
    stream.subscribe().block();
    for part in content.chunks(stream.check_write().expect("open") as usize) {
        stream.write(part).expect("permitted");
    }
    stream.blocking_flush().expect("open");
}

fn answer(out: ResponseOutparam, content: &[u8]) {
    OutgoingBody::finish(begin(out, response(&[("content-type", "text/plain")]), content), None).expect("whole");
}

fn read(stream: &InputStream) -> Vec<u8> {
    try_read(stream).unwrap_or_else(|error| panic!("{}", error.to_debug_string()))
}

fn try_read(stream: &InputStream) -> Result<Vec<u8>, IoError> {
    let mut all = Vec::new();
    loop {
        match stream.blocking_read(u64::MAX) {
            Ok(bytes) => all.extend(bytes),
            Err(StreamError::Closed) => return Ok(all),
            Err(StreamError::LastOperationFailed(error)) => return Err(error),
        }
    }
}

fn body(request: &IncomingRequest) -> Vec<u8> {
    let body = request.consume().expect("taken once");
    assert!(request.consume().is_err(), "a body is taken once");
    let stream = body.stream().expect("taken once");
    assert!(body.stream().is_err(), "a stream is taken once");
    let all = read(&stream);
    drop(stream);
    let trailers = IncomingBody::finish(body);
    trailers.subscribe().block();
    assert!(matches!(trailers.get(), Some(Ok(Ok(None)))) && matches!(trailers.get(), Some(Err(()))));
    all
}

fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let fields = request.headers();
    assert!(fields.set("x", &[]).is_err(), "a request's fields cannot be changed");
    let listed: Vec<_> =
        fields.entries().iter().map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value))).collect();
    let head = format!(
        "{:?} {} {:?} {} [{}] ",
        request.method(),
        request.path_with_query().unwrap_or_default(),
        request.scheme(),
        request.authority().unwrap_or_default(),
        listed.join(", ")
    );
    let own = fields.clone();
    own.append("x-own", b"1").expect("a copy can be changed");
    let response = OutgoingResponse::new(own);
    response.set_status_code(201).expect("a status");
    let body = begin(out, response, &[head.as_bytes(), &body(request)].concat());
    OutgoingBody::finish(body, None).expect("whole");
}

/// Sets one response twice: the second time with a handle that is gone.
fn twice(out: ResponseOutparam) {
    let handle = out.take_handle();
    for _ in 0..2 {
        // SAFETY: of the two owners the second is one too many, which is for the host to find out.
        let out = unsafe { ResponseOutparam::from_handle(handle) };
        ResponseOutparam::set(out, Ok(response(&[])));
    }
}

fn status(out: ResponseOutparam) {
    let response = response(&[]);
    for status in [0, 99, 100, 103, 199, 600, 65_535] {
        assert!(response.set_status_code(status).is_err(), "{status}");
    }
    assert_eq!(response.status_code(), 200);
    response.set_status_code(599).expect("a status");
    ResponseOutparam::set(out, Ok(response));
}

/// Writes one byte more than the request's content says.
fn too_large(out: ResponseOutparam, limit: &[u8]) {
    let limit: usize = std::str::from_utf8(limit).expect("digits").parse().expect("a number");
    let body = begin(out, response(&[]), &vec![b'x'; limit + 1]);
    OutgoingBody::finish(body, None).expect("whole");
}

fn clocks(out: ResponseOutparam) {
    let (wall, start) = (wall_clock::now(), monotonic_clock::now());
    let (long, short) =
        (monotonic_clock::subscribe_duration(60_000_000_000), monotonic_clock::subscribe_duration(20_000_000));
    assert!(!short.ready());
    assert_eq!(poll::poll(&[&long, &short]), [1]);
    assert!(short.ready() && !long.ready());
    assert!(monotonic_clock::now() - start >= 20_000_000);
    assert!(monotonic_clock::subscribe_instant(start).ready());
    let (again, resolution) = (wall_clock::now(), wall_clock::resolution());
    assert_eq!((again.seconds, again.nanoseconds), (wall.seconds, wall.nanoseconds));
    assert_eq!((resolution.seconds, resolution.nanoseconds, monotonic_clock::resolution()), (0, 1_000_000, 1));
    answer(out, format!("{}", wall.seconds * 1000 + u64::from(wall.nanoseconds) / 1_000_000).as_bytes());
}

fn print(out: ResponseOutparam) {
    let printed = stdout::get_stdout();
    printed.blocking_write_and_flush(b"one\nt").expect("open");
    printed.write(b"wo\n\x1b[2Jthree").expect("open");
    print_error("wrong\n");
    answer(out, b"printed");
}

fn print_error(text: &str) {
    stderr::get_stderr().blocking_write_and_flush(text.as_bytes()).expect("open");
}

fn surroundings(out: ResponseOutparam) {
    assert!(environment::get_environment().is_empty() && environment::get_arguments().is_empty());
    assert!(environment::initial_cwd().is_none() && terminal_stdout::get_terminal_stdout().is_none());
    assert!(read(&stdin::get_stdin()).is_empty());
    assert!(preopens::get_directories().is_empty());
    let options = RequestOptions::new();
    assert!(options.set_connect_timeout(Some(1)).is_err() && options.connect_timeout().is_none());
    let fields = Fields::new();
    for (name, expected) in [("a b", "InvalidSyntax"), ("connection", "Forbidden"), ("Host", "Forbidden")] {
        let error = fields.append(name, b"x").expect_err(name);
        assert!(format!("{error:?}").contains(expected), "{name}: {error:?}");
    }
    assert!(!fields.has("connection") && fields.get("a b").is_empty());
    let refused = tcp_create_socket::create_tcp_socket(IpAddressFamily::Ipv4).err();
    answer(out, format!("{refused:?}").as_bytes());
}

/// Fills bodies that are never sent.
fn hoard_bodies() {
    for _ in 0..100 {
        let request = OutgoingRequest::new(Fields::new());
        let body = request.body().expect("taken once");
        write(&body, &vec![0; 1 << 20]);
        forget((request, body));
    }
}

/// What each function takes for 10000 bytes more, or for a list that counts as many; one per line.
fn prices(out: ResponseOutparam) {
    let texts = ["x".repeat(100), "x".repeat(10_100)];
    let (methods, schemes) = (texts.clone().map(Method::Other), texts.clone().map(Scheme::Other));
    let lists = [Vec::new(), vec![(String::new(), Vec::new()); 313]];
    let requests = texts.each_ref().map(|text| {
        let request = OutgoingRequest::new(Fields::new());
        request.set_path_with_query(Some(&format!("/{text}"))).expect("a path");
        request.set_authority(Some(text)).expect("an authority");
        request
    });
    let (fields, network) = (Fields::new(), instance_network::instance_network());
    let more = |function: &dyn Fn(usize)| {
        let [less, more] = [0, 1].map(|which| {
            let before = env::gas_left();
            function(which);
            before - env::gas_left()
        });
        more - less
    };
    let all = [
        ("set-method", more(&|which| assert!(requests[0].set_method(&methods[which]).is_err()))),
        ("set-scheme", more(&|which| assert!(requests[0].set_scheme(Some(&schemes[which])).is_err()))),
        ("path-with-query", more(&|which| assert!(requests[which].path_with_query().is_some()))),
        ("authority", more(&|which| assert!(requests[which].authority().is_some()))),
        ("has", more(&|which| assert!(!fields.has(&texts[which])))),
        ("get", more(&|which| assert!(fields.get(&texts[which]).is_empty()))),
        ("set", more(&|which| assert!(fields.set(&texts[which], &[]).is_ok()))),
        ("delete", more(&|which| assert!(fields.delete(&texts[which]).is_ok()))),
        ("from-list", more(&|which| assert_eq!(Fields::from_list(&lists[which]).is_ok(), which == 0))),
        ("resolve", more(&|which| assert!(ip_name_lookup::resolve_addresses(&network, &texts[which]).is_err()))),
    ];
    answer(out, all.map(|(name, units)| format!("{name} {units}")).join("\n").as_bytes());
}

/// Writes one byte more than a stream takes at once, by the function that the request names.
fn write_too_much(request: &IncomingRequest, out: ResponseOutparam) {
    const TOO_MUCH: usize = (1 << 20) + 1;
    let name = body(request);
    let response = response(&[]);
    let content = response.body().expect("taken once");
    ResponseOutparam::set(out, Ok(response));
    let stream = content.write().expect("taken once");
    assert!(stream.check_write().is_ok_and(|most| most < TOO_MUCH as u64));
    let written = match name.as_slice() {
        b"write" => stream.write(&vec![b'x'; TOO_MUCH]),
        b"blocking-write-and-flush" => stream.blocking_write_and_flush(&vec![b'x'; TOO_MUCH]),
        b"write-zeroes" => stream.write_zeroes(TOO_MUCH as u64),
        b"blocking-write-zeroes-and-flush" => stream.blocking_write_zeroes_and_flush(u64::MAX),
        other => panic!("{}", String::from_utf8_lossy(other)),
    };
    written.expect("the call ends before");
}

/// Answers with the request's content: without its first 3 bytes and 2 of the others, between zeros.
fn splice(request: &IncomingRequest, out: ResponseOutparam) {
    let blocking = request.path_with_query().is_some_and(|target| target.ends_with("?blocking"));
    let incoming = request.consume().expect("taken once");
    let from = incoming.stream().expect("taken once");
    let response = response(&[]);
    let content = response.body().expect("taken once");
    ResponseOutparam::set(out, Ok(response));
    let to = content.write().expect("taken once");
    type Functions = (
        fn(&InputStream, u64) -> Result<u64, StreamError>,
        fn(&OutputStream, &InputStream, u64) -> Result<u64, StreamError>,
        fn(&OutputStream, u64) -> Result<(), StreamError>,
    );
    let (skip, splice, write_zeroes): Functions = match blocking {
        false => (InputStream::skip, OutputStream::splice, OutputStream::write_zeroes),
        true => {
            (InputStream::blocking_skip, OutputStream::blocking_splice, OutputStream::blocking_write_zeroes_and_flush)
        }
    };
    assert!(matches!(skip(&from, 3), Ok(3)));
    write_zeroes(&to, 2).expect("open");
    assert!(matches!(splice(&to, &from, 4), Ok(4)));
    assert!(matches!(skip(&from, 2), Ok(2)));
    let rest = splice(&to, &from, u64::MAX).expect("there is more");
    assert!(rest > 0);
    write_zeroes(&to, 1).expect("open");
    assert!(matches!(splice(&to, &from, 1), Err(StreamError::Closed)));
    assert!(matches!(skip(&from, 1), Err(StreamError::Closed)));
    drop((from, to));
    OutgoingBody::finish(content, None).expect("whole");
}

fn request_to(url: &str, method: Method, list: &[(&str, &str)]) -> OutgoingRequest {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let request = OutgoingRequest::new(fields(list));
    request.set_method(&method).expect("a method");
    request.set_scheme(Some(&if scheme == "https" { Scheme::Https } else { Scheme::Http })).expect("a scheme");
    request.set_authority(Some(authority)).expect("an authority");
    request.set_path_with_query(Some(path)).expect("a path");
    request
}

fn said(future: Result<FutureIncomingResponse, ErrorCode>) -> String {
    let future = match future {
        Ok(future) => future,
        Err(code) => return format!("refused {code:?}"),
    };
    let pollable = future.subscribe();
    pollable.block();
    drop(pollable);
    let response = future.get().expect("ready").expect("taken once");
    assert!(matches!(future.get(), Some(Err(()))));
    match response {
        Ok(response) => {
            let body = response.consume().expect("taken once");
            let stream = body.stream().expect("taken once");
            let fields = response.headers().entries().len();
            match try_read(&stream) {
                Ok(content) => format!("{} {} {fields}", response.status(), String::from_utf8_lossy(&content)),
                Err(error) => format!("failed {:?}", http_error_code(&error)),
            }
        }
        Err(code) => format!("failed {code:?}"),
    }
}

/// One URL per line of the request; all are asked at once.
fn fetch(request: &IncomingRequest, out: ResponseOutparam) {
    let urls = String::from_utf8(body(request)).expect("text");
    let futures: Vec<_> =
        urls.lines().map(|url| outgoing_handler::handle(request_to(url, Method::Get, &[]), None)).collect();
    let said: Vec<_> = futures.into_iter().map(said).collect();
    answer(out, said.join("\n").as_bytes());
}

/// The content is written after the request was handed over, as most libraries do.
fn post(request: &IncomingRequest, out: ResponseOutparam) {
    let url = String::from_utf8(body(request)).expect("text");
    let request = request_to(&url, Method::Post, &[("content-length", "4"), ("x-name", "caf\u{e9}")]);
    let content = request.body().expect("taken once");
    let future = outgoing_handler::handle(request, Some(RequestOptions::new()));
    if let Ok(future) = &future {
        assert!(future.get().is_none() && !future.subscribe().ready(), "the content is not there yet");
    }
    write(&content, b"four");
    OutgoingBody::finish(content, None).expect("as long as it says");
    answer(out, said(future).as_bytes());
}

fn url_in(request: &IncomingRequest) -> String {
    String::from_utf8(body(request)).expect("text")
}

/// The stream of the answer to a request, behind what has to be dropped after it.
fn opened(url: &str) -> ((IncomingBody, IncomingResponse, FutureIncomingResponse), InputStream) {
    let future = outgoing_handler::handle(request_to(url, Method::Get, &[]), None).expect("permitted");
    future.subscribe().block();
    let response = future.get().expect("ready").expect("taken once").expect("an answer");
    let body = response.consume().expect("taken once");
    let stream = body.stream().expect("taken once");
    ((body, response, future), stream)
}

/// Reads as many answers as may be under way at once, holds them, and sends one request more.
fn one_more(request: &IncomingRequest, out: ResponseOutparam) {
    let url = url_in(request);
    let all: Vec<_> = (0..16).map(|_| opened(&url)).map(|(held, from)| (from, held)).collect();
    for (from, _held) in &all {
        assert_eq!(read(from), b"hello");
    }
    let more = outgoing_handler::handle(request_to(&url, Method::Get, &[]), None);
    answer(out, said(more).as_bytes());
}

/// Gives on what comes, as it comes.
fn relay(request: &IncomingRequest, out: ResponseOutparam) {
    let (_held, from) = opened(&url_in(request));
    let response = response(&[]);
    let content = response.body().expect("taken once");
    ResponseOutparam::set(out, Ok(response));
    let to = content.write().expect("taken once");
    loop {
        let there = from.subscribe();
        there.block();
        assert!(there.ready());
        drop(there);
        match from.read(1000) {
            Ok(bytes) => to.blocking_write_and_flush(&bytes).expect("open"),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => panic!("{:?}", http_error_code(&error)),
        }
    }
    drop(to);
    OutgoingBody::finish(content, None).expect("whole");
}

/// Asks for content again and again, and never waits.
fn spin_for_content(request: &IncomingRequest, out: ResponseOutparam) {
    let (_held, from) = opened(&url_in(request));
    let mut all = Vec::new();
    while let Ok(bytes) = from.read(1000) {
        all.extend(bytes);
    }
    answer(out, &all);
}

/// Writes three pieces: the first is flushed, behind the second the guest waits, and behind the third it ends.
fn flush(out: ResponseOutparam) {
    let response = response(&[("x-one", "1"), ("content-length", "3")]);
    let content = response.body().expect("taken once");
    let to = content.write().expect("taken once");
    to.blocking_write_and_flush(b"a").expect("open");
    ResponseOutparam::set(out, Ok(response));
    to.flush().expect("open");
    to.write(b"b").expect("permitted");
    monotonic_clock::subscribe_duration(1).block();
    to.write(b"c").expect("permitted");
    drop(to);
    OutgoingBody::finish(content, None).expect("as long as it says");
}

fn fetch_without_end(request: &IncomingRequest, out: ResponseOutparam) {
    let url = String::from_utf8(body(request)).expect("text");
    let request = request_to(&url, Method::Post, &[]);
    let content = request.body().expect("taken once");
    let future = outgoing_handler::handle(request, None);
    drop(content);
    answer(out, said(future).as_bytes());
}

/// Requests that are wrong in themselves, one per line of the answer.
fn fetch_wrong(request: &IncomingRequest, out: ResponseOutparam) {
    let url = String::from_utf8(body(request)).expect("text");
    let mut all = Vec::new();
    for method in [Method::Connect, Method::Trace, Method::Other("BREW".into())] {
        all.push(said(outgoing_handler::handle(request_to(&url, method, &[]), None)));
    }
    all.push(said(outgoing_handler::handle(OutgoingRequest::new(Fields::new()), None)));
    all.push(said(outgoing_handler::handle(request_to(&url, Method::Post, &[("content-length", "3")]), None)));
    let request = request_to(&url, Method::Post, &[]);
    assert!(
        request.set_path_with_query(Some("no-slash")).is_err() && request.set_path_with_query(Some("/a b")).is_err()
    );
    assert!(request.set_authority(Some("bad authority")).is_err());
    assert!(request.set_scheme(Some(&Scheme::Other("ftp".into()))).is_err());
    assert!(request.set_method(&Method::Other("a b".into())).is_err());
    let content = request.body().expect("taken once");
    let stream = content.write().expect("taken once");
    let (part, mut written) = (vec![0; 1 << 16], Ok(()));
    while written.is_ok() {
        written = stream.write(&part);
    }
    let Err(StreamError::LastOperationFailed(error)) = written else { panic!("not closed") };
    assert!(filesystem_error_code(&error).is_none(), "it is none of the file system's");
    all.push(format!("{} {:?}", error.to_debug_string(), http_error_code(&error).is_some()));
    answer(out, all.join("\n").as_bytes());
}

bindings::export!(Proxy with_types_in bindings);
