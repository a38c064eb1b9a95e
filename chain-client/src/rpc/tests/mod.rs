//! The reader against a lying source, and the HTTP transport against a broken server.

mod http;
mod reader;
