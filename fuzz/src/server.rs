//! An HTTP server on this machine that answers with the bytes of an input, for readers that stand behind HTTP.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{LazyLock, Mutex, PoisonError},
    time::Duration,
};

use tokio::runtime::Runtime;

/// On which the clients run.
pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime starts")
});

/// One server, for one input at a time.
static SERVER: LazyLock<Mutex<Server>> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of this machine is free");
    let address = listener.local_addr().expect("a listener has an address");
    Mutex::new(Server { url: format!("http://{address}"), listener })
});

pub struct Server {
    url: String,
    listener: TcpListener,
}

impl Server {
    /// Runs `ask`, which sends one request to the address that it is given, and answers that with `body`.
    pub fn answering<T>(status: &str, content_type: &str, body: &[u8], ask: impl FnOnce(&str) -> T) -> T {
        let server = SERVER.lock().unwrap_or_else(PoisonError::into_inner);
        let head = format!(
            "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let (stream, _) = server.listener.accept().expect("the client comes");
                // The client may hang up first, which is its right.
                let _ = answer(stream, head.as_bytes(), body);
            });
            ask(&server.url)
        })
    }
}

fn answer(mut stream: TcpStream, head: &[u8], body: &[u8]) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    let mut request = [0; 16 * 1024];
    let _ = stream.read(&mut request)?;
    stream.write_all(&[head, body].concat())?;
    stream.shutdown(std::net::Shutdown::Write)?;
    // What is left unread would cut the answer off.
    while stream.read(&mut request)? > 0 {}
    Ok(())
}
