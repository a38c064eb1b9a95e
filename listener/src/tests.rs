//! Strangers over real connections; addresses of 127.0.0.0/8 stand for different ones.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Extension, body,
    extract::Request,
    routing::{any, get},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
    sync::oneshot,
    task::JoinHandle,
    time::{sleep, timeout},
};

use super::*;

const GENEROUS: Limits = Limits {
    connections: 16,
    connections_per_address: 16,
    head: Duration::from_secs(20),
    stall: Duration::from_secs(20),
    contents: usize::MAX,
};
/// Long enough for whatever has to happen.
const PATIENCE: Duration = Duration::from_secs(10);
const BRIEF: Duration = Duration::from_millis(300);
const HELLO: &str = "GET /hello HTTP/1.1\r\nhost: x\r\n\r\n";
/// More than sockets hold by themselves.
const LARGE: usize = 32 << 20;

struct Server {
    listener: Arc<Listener>,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

fn router() -> Router {
    let content = async |request: Request| match body::to_bytes(request.into_body(), LARGE).await {
        Ok(content) => content.len().to_string(),
        Err(error) if is_slow(&error) => "slow".into(),
        Err(error) if matches!(ContentError::of(&error), Some(ContentError::NoRoom)) => "no room".into(),
        Err(error) => error.to_string(),
    };
    let waits = async || {
        sleep(BRIEF).await;
        "done"
    };
    let peer = async |Extension(peer): Extension<Peer>| format!("{:?}", peer.bytes());
    Router::new()
        .route("/hello", get(async || "hello"))
        .route("/peer", get(peer))
        .route("/content", any(content))
        .route("/waits", get(waits))
        .route("/large", get(async || vec![0_u8; LARGE]))
}

async fn server(limits: Limits) -> Server {
    server_behind(limits, Proxies::default()).await
}

async fn server_behind(limits: Limits, proxies: Proxies) -> Server {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let listener = Arc::new(Listener::new(limits).behind(proxies));
    let (stop, stopped) = oneshot::channel();
    let serving = tokio::spawn({
        let listener = listener.clone();
        async move { listener.serve(socket, router(), async { drop(stopped.await) }).await }
    });
    Server { listener, address, stop, serving }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn connect_from(&self, address: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(address.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Waits until `count` connections are open.
    async fn settle(&self, count: usize) {
        let settled = async {
            while self.listener.connections() != count {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, settled).await.expect("as many connections are open in the end");
    }
}

/// What comes on `stream` after `text` was sent, until it is closed; a reset is an end, too.
async fn said(stream: &mut TcpStream, text: &str) -> String {
    let _closed_already = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the connection ends");
    let _reset = read;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The answer to `text` on a connection that stays open.
async fn answered(stream: &mut TcpStream, text: &str, end: &str) -> String {
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let read = async {
        let mut chunk = [0; 1024];
        while !answer.ends_with(end) {
            let read = stream.read(&mut chunk).await.unwrap();
            assert!(read > 0, "the connection ended after {answer:?}");
            answer.push_str(&String::from_utf8_lossy(&chunk[..read]));
        }
    };
    timeout(PATIENCE, read).await.expect("an answer");
    answer
}

#[tokio::test]
async fn an_address_gets_no_more_connections_than_its_share_and_another_is_served() {
    let server = server(Limits { connections_per_address: 2, ..GENEROUS }).await;
    let (first, _second) = (server.connect().await, server.connect().await);
    server.settle(2).await;
    assert_eq!(said(&mut server.connect().await, HELLO).await, "", "closed unread");
    assert_eq!((server.listener.connections(), server.listener.refused()), (2, 1));
    assert!(answered(&mut server.connect_from("127.0.0.2").await, HELLO, "hello").await.starts_with("HTTP/1.1 200"));
    drop(first);
    server.settle(1).await;
    answered(&mut server.connect().await, HELLO, "hello").await;
}

#[tokio::test]
async fn beyond_the_bound_in_all_a_connection_is_closed_at_once() {
    let server = server(Limits { connections: 2, connections_per_address: 1, ..GENEROUS }).await;
    let _held = (server.connect().await, server.connect_from("127.0.0.2").await);
    server.settle(2).await;
    assert_eq!(said(&mut server.connect_from("127.0.0.3").await, HELLO).await, "");
    assert_eq!(server.listener.refused(), 1);
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed() {
    let server = server(Limits { head: BRIEF, ..GENEROUS }).await;
    said(&mut server.connect().await, "").await;
    server.settle(0).await;
}

#[tokio::test]
async fn a_head_that_comes_too_slowly_is_not_waited_for() {
    let server = server(Limits { head: BRIEF, ..GENEROUS }).await;
    let mut stream = server.connect().await;
    let trickle = async {
        while stream.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
        said(&mut stream, "").await
    };
    assert_eq!(timeout(PATIENCE, trickle).await.expect("it ends"), "");
    server.settle(0).await;
}

#[tokio::test]
async fn a_connection_that_stays_idle_after_an_answer_is_closed() {
    let server = server(Limits { head: BRIEF, ..GENEROUS }).await;
    let mut stream = server.connect().await;
    answered(&mut stream, HELLO, "hello").await;
    sleep(BRIEF / 4).await;
    answered(&mut stream, HELLO, "hello").await;
    assert_eq!(said(&mut stream, "").await, "");
    server.settle(0).await;
}

#[tokio::test]
async fn a_head_of_too_many_bytes_or_fields_is_refused() {
    let server = server(GENEROUS).await;
    let long = format!("GET /hello HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(MAX_HEAD));
    assert!(said(&mut server.connect().await, &long).await.starts_with("HTTP/1.1 431"));
    let many = format!("GET /hello HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101));
    assert!(said(&mut server.connect().await, &many).await.starts_with("HTTP/1.1 431"));
    let most = format!("GET /hello HTTP/1.1\r\nhost: x\r\nlong: {}\r\n\r\n", "x".repeat(MAX_HEAD - 200));
    assert!(answered(&mut server.connect().await, &most, "hello").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_content_that_comes_too_slowly_is_not_waited_for() {
    let server = server(Limits { stall: BRIEF, ..GENEROUS }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"POST /content HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\n").await.unwrap();
    let (mut reads, mut writes) = stream.split();
    let trickle = async {
        while writes.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    let read = async {
        let mut answer = Vec::new();
        let _reset = reads.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    };
    let answer = tokio::select! {
        answer = timeout(PATIENCE, read) => answer.expect("the connection ends"),
        () = async { trickle.await; std::future::pending().await } => String::new(),
    };
    assert!(answer.ends_with("slow"), "{answer:?}");
}

#[tokio::test]
async fn a_content_that_comes_fast_enough_is_read_however_long_it_takes() {
    let server = server(Limits { stall: BRIEF, ..GENEROUS }).await;
    let mut stream = server.connect().await;
    let part = vec![b'x'; 16 * 1024];
    let head = format!("POST /content HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 12 * part.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    for _ in 0..12 {
        stream.write_all(&part).await.unwrap();
        sleep(BRIEF / 6).await;
    }
    assert!(answered(&mut stream, "", &(12 * part.len()).to_string()).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn the_largest_content_under_way_gives_way_where_all_are_too_large_together() {
    let server = server(Limits { contents: 100_000, ..GENEROUS }).await;
    let head = "POST /content HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n";
    let mut streams = [server.connect().await, server.connect().await];
    for (stream, bytes) in streams.iter_mut().zip([80_000, 50_000]) {
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&vec![b'x'; bytes]).await.unwrap();
    }
    let [mut large, mut small] = streams;
    assert!(said(&mut large, "").await.ends_with("no room"));
    let rest = "x".repeat(40_000);
    assert!(answered(&mut small, &rest, "90000").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn an_answer_that_nobody_takes_is_given_up() {
    let server = server(Limits { stall: BRIEF, ..GENEROUS }).await;
    let mut stream = server.connect().await;
    stream.write_all(b"GET /large HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    server.settle(1).await;
    server.settle(0).await;
}

#[tokio::test]
async fn a_large_answer_comes_whole_where_there_is_just_room_for_it() {
    let server = server(Limits { contents: LARGE, ..GENEROUS }).await;
    for _ in 0..2 {
        let request = "GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        let answer = said(&mut server.connect().await, request).await;
        assert_eq!(answer.split_once("\r\n\r\n").map(|(_, content)| content.len()), Some(LARGE));
    }
}

#[tokio::test]
async fn a_large_answer_that_nobody_takes_gives_way_to_what_is_smaller_and_keeps_out_what_is_not() {
    let server = server(Limits { contents: LARGE + (1 << 20), ..GENEROUS }).await;
    let large = "GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
    let [mut slow, mut other, mut small] = [server.connect().await, server.connect().await, server.connect().await];
    slow.write_all(large.as_bytes()).await.unwrap();
    slow.read_exact(&mut [0]).await.unwrap();
    let refused = answered(&mut other, large, "}").await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("answer-dropped"), "{refused}");
    assert!(!refused.contains("retry-after"), "{refused}");
    let content = "x".repeat(2 << 20);
    let request = format!("POST /content HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{content}", 2 << 20);
    assert!(answered(&mut small, &request, "2097152").await.starts_with("HTTP/1.1 200"));
    assert!(said(&mut slow, "").await.len() < LARGE);
}

#[tokio::test]
async fn a_request_carries_whose_it_is() {
    let server = server(GENEROUS).await;
    let peer = Peer::of([127, 0, 0, 2].into());
    let request = "GET /peer HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let answer = said(&mut server.connect_from("127.0.0.2").await, request).await;
    assert!(answer.ends_with(&format!("{:?}", peer.bytes())), "{answer}");
}

#[tokio::test]
async fn behind_a_trusted_proxy_a_request_is_whose_the_proxy_says_and_anybody_elses_is_its_senders() {
    let server = server_behind(GENEROUS, Proxies::parse(["127.0.0.2"]).unwrap()).await;
    let request = "GET /peer HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 192.0.2.9, 192.0.2.1\r\nconnection: close\r\n\r\n";
    for (from, whose) in [("127.0.0.2", [192, 0, 2, 1]), ("127.0.0.3", [127, 0, 0, 3])] {
        let answer = said(&mut server.connect_from(from).await, request).await;
        assert!(answer.ends_with(&format!("{:?}", Peer::of(whose.into()).bytes())), "{from}: {answer}");
    }
    let broken = request.replace("192.0.2.1", "nobody");
    let answer = said(&mut server.connect_from("127.0.0.2").await, &broken).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad-forwarded"), "{answer}");
}

#[tokio::test]
async fn a_trusted_proxy_has_as_many_connections_as_there_are() {
    let limits = Limits { connections: 3, connections_per_address: 1, ..GENEROUS };
    let server = server_behind(limits, Proxies::parse(["127.0.0.2"]).unwrap()).await;
    let _held = (server.connect_from("127.0.0.2").await, server.connect_from("127.0.0.2").await);
    server.settle(2).await;
    let _another = server.connect_from("127.0.0.3").await;
    server.settle(3).await;
    assert_eq!(said(&mut server.connect_from("127.0.0.2").await, HELLO).await, "");
}

#[tokio::test]
async fn told_to_stop_it_answers_what_is_under_way_and_closes_the_rest() {
    let server = server(GENEROUS).await;
    let (mut silent, mut idle, mut busy) = (server.connect().await, server.connect().await, server.connect().await);
    answered(&mut idle, HELLO, "hello").await;
    busy.write_all(b"GET /waits HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    server.settle(3).await;
    sleep(BRIEF / 3).await;
    let Server { address, stop, serving, .. } = server;
    stop.send(()).unwrap();
    assert!(said(&mut busy, "").await.ends_with("done"));
    assert_eq!((said(&mut idle, "").await, said(&mut silent, "").await), (String::new(), String::new()));
    timeout(PATIENCE, serving).await.expect("it ends").unwrap();
    assert!(TcpStream::connect(address).await.is_err());
}
