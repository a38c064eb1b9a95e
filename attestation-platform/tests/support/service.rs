//! A vendor's or cloud's service on loopback, and a patience for tests.

use adyton_attestation_platform::Patience;
use axum::{
    Router,
    body::Bytes,
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// What a service is asked: `GET /path?query` or `POST /path`, and the body.
pub type Question = (String, Vec<u8>);

/// A service that answers every question with what a function makes of it.
pub struct Service {
    pub url: String,
    questions: Arc<Mutex<Vec<Question>>>,
}

impl Service {
    pub async fn start(answer: impl Fn(&str, &[u8]) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let questions = Arc::new(Mutex::new(Vec::new()));
        let (kept, answer) = (Arc::clone(&questions), Arc::new(answer));
        let handler = move |request: Request| {
            let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
            async move {
                let (parts, body) = request.into_parts();
                let body: Bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap();
                let path = parts.uri.path_and_query().unwrap().as_str();
                let method = if parts.method == Method::POST { "POST" } else { "GET" };
                let question = format!("{method} {path}");
                kept.lock().unwrap().push((question.clone(), body.to_vec()));
                answer(&question, &body)
            }
        };
        let router = Router::new().fallback(handler);
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, questions }
    }

    /// A service that fails in the same way always.
    pub async fn failing(status: StatusCode) -> Self {
        Self::start(move |_, _| status.into_response()).await
    }

    pub fn questions(&self) -> Vec<Question> {
        self.questions.lock().unwrap().clone()
    }

    pub fn asked(&self) -> Vec<String> {
        self.questions().into_iter().map(|(question, _)| question).collect()
    }
}

/// Two attempts with hardly a pause.
pub fn impatience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        answer: Duration::from_secs(2),
        attempts: 2,
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
    }
}
