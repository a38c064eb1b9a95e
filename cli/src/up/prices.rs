//! A small price server: what the sample contract asks instead of two exchanges, on a machine that may have no
//! way to the internet. Its prices move a little with time, and say that they are invented.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::{Json, Router, extract::Path, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::json;
use tokio::net::TcpListener;

/// Serves `/alpha`, `/beta` and `/gamma` until the process ends.
pub async fn serve(listener: TcpListener) -> std::io::Result<()> {
    axum::serve(listener, Router::new().route("/{source}", get(price))).await
}

async fn price(Path(source): Path<String>) -> impl IntoResponse {
    let offset = match source.as_str() {
        "alpha" => 0,
        "beta" => 3,
        "gamma" => -2,
        _ => return (StatusCode::NOT_FOUND, Json(json!({ "error": "the sources are alpha, beta and gamma" }))),
    };
    let second = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
    let price = invented(second) + offset;
    (StatusCode::OK, Json(json!({ "pair": "PHA/USD", "price": format!("0.{price:04}"), "invented": true })))
}

/// Ten-thousandths of a dollar: a slow wave around 0.1.
fn invented(second: u64) -> i64 {
    let phase = (second % 600) as i64;
    1000 + if phase < 300 { phase / 10 } else { (600 - phase) / 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_move_and_stay_four_digits() {
        assert!((0..600).all(|second| (1000..=1030).contains(&invented(second))));
        assert_ne!(invented(0), invented(250));
    }
}
