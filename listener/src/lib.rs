//! Serves HTTP/1.1 to strangers. Gateway, worker and keyholder listen through it and through nothing else.
//!
//! It stands between a socket and an [`axum::Router`]. What must always hold: connections are bounded, in all and for
//! each [`Peer`]; nobody keeps one by doing nothing, or almost nothing. It refuses connections beyond the bounds (they
//! are closed unread, and counted), heads of more than 64 KiB or 100 fields (status 431), heads that are not there in
//! time, contents that come and answers that are taken more slowly than [`RATE`], and the largest contents and answers
//! where all together would be too large: an answer that finds no room is a status 503 in its place (`answer-dropped`:
//! what was asked for is done all the same), and one that has to give way while it is taken ends before its end. Answers
//! of up to 64 KiB, and those of an unknown size, which are passed on as they come, do not count. A program that makes an
//! answer while it is taken has what is left of it counted, by the request's [`Room`].
//!
//! Each request carries its [`Peer`] as an extension, so that the program can share other things the same way, by
//! [`Places`]. Behind a proxy, it is whoever the proxy says ([`Listener::behind`]); nobody else is believed.
//!
//! ```
//! use std::time::Duration;
//! use adyton_listener::{Limits, Listener};
//!
//! # tokio::runtime::Runtime::new().unwrap().block_on(async {
//! let limits = Limits {
//!     connections: 4096,
//!     connections_per_address: 1024,
//!     head: Duration::from_secs(30),
//!     stall: Duration::from_secs(30),
//!     contents: 1 << 30,
//! };
//! let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
//! let stop = async {}; // at once, here
//! Listener::new(limits).serve(socket, axum::Router::new(), stop).await;
//! # });
//! ```
#![forbid(unsafe_code)]

mod answer;
mod contents;
mod descriptors;
mod forwarded;
mod pace;
mod places;

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, response::IntoResponse, serve};
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    time::Instant,
};

pub use answer::Room;
pub use forwarded::{BadNetwork, Proxies};
pub use pace::{ContentError, RATE, is_slow};
pub use places::{NoPlace, Peer, Place, Places};

use contents::Contents;
use pace::{Content, Pace, Steady};

/// The most bytes of a request's head. hyper itself takes at most 100 fields.
const MAX_HEAD: usize = 64 * 1024;
/// The most bytes that hyper holds of what one connection reads or writes.
const MAX_BUFFER: usize = 128 * 1024;
/// How often refused connections are mentioned in the log.
const MENTION: Duration = Duration::from_secs(60);

/// What strangers may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Open connections.
    pub connections: usize,
    /// Open connections of one [`Peer`].
    pub connections_per_address: usize,
    /// From a connection's beginning, or from the answer before, until a request's head is there.
    pub head: Duration,
    /// How far a content, or the reader of an answer, may be behind [`RATE`].
    pub stall: Duration,
    /// Bytes of contents, from their coming until their requests are answered, and of large answers, until they are taken.
    /// Without a bound for a program that passes them on as they come.
    pub contents: usize,
}

/// Serves within [`Limits`].
pub struct Listener {
    limits: Limits,
    places: Arc<Places>,
    contents: Arc<Contents>,
    proxies: Arc<Proxies>,
}

impl Listener {
    /// Within `limits`.
    pub fn new(limits: Limits) -> Self {
        let places = Places::new(limits.connections, limits.connections_per_address);
        Self { limits, places, contents: Contents::new(limits.contents), proxies: Arc::default() }
    }

    /// Behind these proxies: whose a request is, they say (status 400 where that cannot be read), and how many
    /// connections each has is bounded by those in all.
    pub fn behind(self, proxies: Proxies) -> Self {
        Self { proxies: Arc::new(proxies), ..self }
    }

    /// Open connections.
    pub fn connections(&self) -> usize {
        self.places.taken()
    }

    /// Connections that were refused so far.
    pub fn refused(&self) -> u64 {
        self.places.refused()
    }

    /// Answers connections to `socket` until `stop` is done. Then none is taken any more, idle ones are closed, and
    /// this comes back when the requests under way are answered.
    pub async fn serve(&self, mut socket: TcpListener, router: Router, stop: impl Future<Output = ()> + Send) {
        descriptors::make_room(self.limits.connections);
        let (stopping, stopped) = watch::channel(());
        let (ended, running) = watch::channel(());
        let mut mentioned = None;
        let mut stop = std::pin::pin!(stop);
        loop {
            // Waits a second where the system has no more descriptors.
            let (stream, address) = tokio::select! {
                accepted = serve::Listener::accept(&mut socket) => accepted,
                () = &mut stop => break,
            };
            let address = address.ip();
            match self.place(address) {
                Ok(place) => {
                    let (router, contents, proxies) = (router.clone(), self.contents.clone(), self.proxies.clone());
                    let connection = Connection { stream, address, limits: self.limits, router, contents, proxies };
                    let (stopped, running) = (stopped.clone(), running.clone());
                    tokio::spawn(async move {
                        connection.serve(stopped).await;
                        drop((place, running));
                    });
                }
                Err(no_place) => self.mention(no_place, &mut mentioned),
            }
        }
        drop((socket, stopping, stopped, running));
        ended.closed().await;
    }

    fn place(&self, address: IpAddr) -> Result<Place, NoPlace> {
        let peer = Peer::of(address);
        if self.proxies.trusts(address) { self.places.take_for_others(peer) } else { self.places.take(peer) }
    }

    fn mention(&self, no_place: NoPlace, last: &mut Option<Instant>) {
        if last.is_none_or(|last| last.elapsed() >= MENTION) {
            *last = Some(Instant::now());
            tracing::warn!(reason = %no_place, refused = self.refused(), "a connection is refused");
        }
    }
}

struct Connection {
    stream: TcpStream,
    address: IpAddr,
    limits: Limits,
    router: Router,
    contents: Arc<Contents>,
    proxies: Arc<Proxies>,
}

impl Connection {
    /// Until it is closed, or `stopped` and its last answer sent.
    async fn serve(self, mut stopped: watch::Receiver<()>) {
        let Self { stream, address, limits, router, contents, proxies } = self;
        // An answer leaves at once, not when the peer has acknowledged what came before.
        let _without_it_is_slower = stream.set_nodelay(true);
        let router = TowerToHyperService::new(router);
        let service = service_fn(move |request: Request<Incoming>| {
            let held = Arc::new(contents.begin());
            let mut request = request.map(|body| Body::new(Content::new(body, Pace::new(limits.stall), held.clone())));
            request.extensions_mut().insert(Room::new(&contents, &held));
            let answer = proxies.mark(&mut request, address).map(|()| router.call(request));
            let contents = contents.clone();
            async move {
                let answer = match answer {
                    Ok(answer) => answer.await,
                    Err(bad) => Ok(bad.into_response()),
                };
                drop(held);
                answer.map(|answer| answer::counted(answer, &contents))
            }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(limits.head);
        http.max_header_size(MAX_HEAD).max_buf_size(MAX_BUFFER);
        let stream = TokioIo::new(Steady::new(stream, Pace::new(limits.stall)));
        let mut connection = std::pin::pin!(http.serve_connection(stream, service));
        let served = tokio::select! {
            served = &mut connection => served,
            // The sender is gone.
            _ = stopped.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection ends");
        }
    }
}

#[cfg(test)]
mod tests;
