//! The ceiling: an axum handler that answers at once, in a process of its own, which is this program once more.

use std::process::Command;

use anyhow::{Context, Result};
use axum::{Router, routing::get};

use super::{
    hello,
    subject::{Subject, free_port},
};

/// Starts the ceiling.
pub fn start() -> Result<Subject> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe().context("this program's own file")?);
    command.args(["plain", "--port", &port.to_string()]);
    Subject::start("axum, a plain handler", "axum", port, command)
}

/// What the process does.
pub fn serve(port: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("a runtime")?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.context("listening")?;
        let router = Router::new().fallback(get(async || hello::ANSWER));
        axum::serve(listener, router).await.context("serving")
    })
}
