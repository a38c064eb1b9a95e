//! A vendor's service on loopback, and the program beside it.

use std::{
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;

use super::program::{Ran, run};

/// A service that answers each path and body with what a function makes of them, and remembers the paths.
pub struct Service {
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Service {
    pub async fn start(answer: impl Fn(&str, &[u8]) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let handler = move |uri: Uri, body: Bytes| {
            let path = uri.path_and_query().unwrap().as_str().to_owned();
            let response = answer(&path, &body);
            kept.lock().unwrap().push(path);
            async move { response }
        };
        tokio::spawn(async move { axum::serve(listener, Router::new().fallback(handler)).await.unwrap() });
        Self { url, asked }
    }

    pub async fn failing() -> Self {
        Self::start(|_, _| StatusCode::NOT_FOUND.into_response()).await
    }

    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// Runs the program while the services go on.
pub async fn run_beside<'a>(folder: &Path, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
    let folder = folder.to_owned();
    let arguments: Vec<String> = arguments.into_iter().map(String::from).collect();
    let run = move || run(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
    tokio::task::spawn_blocking(run).await.unwrap()
}
