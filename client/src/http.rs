//! HTTP to gateways: bounded in size and time, without redirects, proxies of the environment or cookies.

use std::{sync::Arc, time::Duration};

use crate::Error;

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a silent connection is kept.
const IDLE: Duration = Duration::from_secs(30);

/// The HTTP client. TLS trusts the public web's roots: that decides about privacy of metadata only, since
/// nothing that comes back is believed before it is verified.
pub(crate) fn client(timeout: Duration) -> Result<reqwest::Client, reqwest::Error> {
    let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the cipher suites of TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder()
        .use_preconfigured_tls(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .timeout(timeout)
        .build()
}

/// The whole body, if it is not longer than `limit`.
pub(crate) async fn body(mut response: reqwest::Response, limit: usize) -> Result<Vec<u8>, Error> {
    let url = response.url().clone();
    let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if expected > limit {
        return Err(Error::AnswerTooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(expected);
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(url.as_str(), &error))? {
        if bytes.len() + chunk.len() > limit {
            return Err(Error::AnswerTooLarge(limit));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// The innermost reason of a transport error.
pub(crate) fn unreachable(url: &str, error: &reqwest::Error) -> Error {
    let reason = if error.is_timeout() {
        "it takes too long".into()
    } else {
        let mut cause: &dyn std::error::Error = error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        cause.to_string()
    };
    Error::Unreachable { url: url.into(), reason }
}
