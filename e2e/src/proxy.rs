//! A proxy in the place of a gateway or a node: it hands on what it is asked, or plays a trick.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    http::header::CONTENT_TYPE,
    response::Response,
};
use tokio::runtime::{Handle, Runtime};

/// The most bytes of a message that are taken.
const MOST: usize = 64 << 20;

/// What somebody asks.
#[derive(Clone)]
pub struct Asked {
    /// The method.
    pub method: reqwest::Method,
    /// Path and query.
    pub path: String,
    /// What the body says it is.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// What is answered.
#[derive(Clone)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// What the body says it is.
    pub content_type: String,
    /// The body.
    pub body: Vec<u8>,
}

/// The honest program behind the proxy.
#[derive(Clone)]
pub struct Target {
    url: String,
    http: reqwest::Client,
    runtime: Handle,
}

type Trick = Arc<dyn Fn(&Asked, &Target) -> Said + Send + Sync>;

/// A running proxy.
pub struct Proxy {
    /// Where it listens.
    pub url: String,
    trick: Arc<Mutex<Trick>>,
    /// Runs it until this is dropped.
    _runtime: Runtime,
}

impl Said {
    /// An answer in plain JSON.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json".into(), body: body.to_string().into_bytes() }
    }
}

impl Target {
    /// Asks it, and waits for the answer.
    pub fn ask(&self, asked: &Asked) -> Said {
        let failed =
            |error: reqwest::Error| Said { status: 502, content_type: String::new(), body: error.to_string().into() };
        self.runtime.block_on(self.exchange(asked)).unwrap_or_else(failed)
    }

    async fn exchange(&self, asked: &Asked) -> reqwest::Result<Said> {
        let request = self.http.request(asked.method.clone(), format!("{}{}", self.url, asked.path));
        let answer = request.header(CONTENT_TYPE, &asked.content_type).body(asked.body.clone()).send().await?;
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let content_type = content_type.unwrap_or_default().to_owned();
        Ok(Said { status: answer.status().as_u16(), content_type, body: answer.bytes().await?.to_vec() })
    }
}

impl Proxy {
    /// An honest one before `target`.
    pub fn start(target: &str) -> Result<Self> {
        // Another test of this program may have done so already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let runtime = Runtime::new()?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let target = Target { url: target.to_owned(), http, runtime: runtime.handle().clone() };
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let trick: Arc<Mutex<Trick>> = Arc::new(Mutex::new(Arc::new(honest)));
        let router = Router::new().fallback(handle).with_state((trick.clone(), target));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, trick, _runtime: runtime })
    }

    /// Plays a trick from now on.
    pub fn play(&self, trick: impl Fn(&Asked, &Target) -> Said + Send + Sync + 'static) {
        *self.trick.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(trick);
    }

    /// Is honest again.
    pub fn rest(&self) {
        self.play(honest);
    }
}

fn honest(asked: &Asked, target: &Target) -> Said {
    target.ask(asked)
}

async fn handle(State((trick, target)): State<(Arc<Mutex<Trick>>, Target)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, MOST).await else { return broken() };
    let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let asked = Asked {
        method: parts.method,
        path: parts.uri.path_and_query().map_or_else(String::new, ToString::to_string),
        content_type: content_type.unwrap_or_default().to_owned(),
        body: body.to_vec(),
    };
    let trick = trick.lock().unwrap_or_else(PoisonError::into_inner).clone();
    // Tricks wait, for the target or for one another.
    let Ok(said) = tokio::task::spawn_blocking(move || trick(&asked, &target)).await else { return broken() };
    let response = Response::builder().status(said.status).header(CONTENT_TYPE, said.content_type);
    response.body(Body::from(said.body)).unwrap_or_else(|_| broken())
}

/// The end of a connection over which nothing sensible can be said.
fn broken() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = reqwest::StatusCode::INTERNAL_SERVER_ERROR;
    response
}
