//! Counters, in the text form that Prometheus reads.

use std::{
    fmt::Write as _,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// What a request was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// A sealed call.
    Call,
    /// A public call.
    Public,
    /// A contract's status.
    Status,
    /// The anchor of a receipt.
    Anchor,
    /// Part of a disputable contract's history.
    History,
    /// A worker's evidence.
    Evidence,
    /// The network's figures.
    Network,
    /// A component stored.
    PutCode,
    /// A component served.
    GetCode,
}

impl Route {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Call, "call"),
        (Self::Public, "public"),
        (Self::Status, "status"),
        (Self::Anchor, "anchor"),
        (Self::History, "history"),
        (Self::Evidence, "evidence"),
        (Self::Network, "network"),
        (Self::PutCode, "put_code"),
        (Self::GetCode, "get_code"),
    ];
}

/// Classes of status, by hundreds: 1xx to 5xx.
const CLASSES: usize = 5;

/// All counters.
#[derive(Default)]
pub struct Metrics {
    routes: [PerRoute; Route::ALL.len()],
}

/// What is so now.
#[derive(Debug, Clone, Copy, Default)]
pub struct Now {
    /// Calls, uploads and downloads under way.
    pub in_flight: usize,
    /// Contracts in the directory.
    pub remembered: usize,
    /// Bytes of components that the chain has.
    pub kept: u64,
    /// Bytes of other components.
    pub provisional: u64,
    /// Open connections.
    pub connections: usize,
    /// Connections that were refused, so far.
    pub refused: u64,
}

#[derive(Default)]
struct PerRoute {
    answers: [AtomicU64; CLASSES],
    microseconds: AtomicU64,
}

impl Metrics {
    /// Counts an answer. `took` is until its first byte.
    pub fn answered(&self, route: Route, status: u16, took: Duration) {
        let Some(counters) =
            Route::ALL.iter().position(|(known, _)| *known == route).and_then(|at| self.routes.get(at))
        else {
            return;
        };
        let class = usize::from(status / 100).clamp(1, CLASSES) - 1;
        counters.answers[class].fetch_add(1, Ordering::Relaxed);
        counters.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// Everything.
    pub fn text(&self, now: &Now) -> String {
        let mut out = String::new();
        out.push_str("# HELP adyton_gateway_answers_total Answers by route and class of status.\n");
        out.push_str("# TYPE adyton_gateway_answers_total counter\n");
        for ((_, name), counters) in Route::ALL.iter().zip(&self.routes) {
            for (class, count) in counters.answers.iter().enumerate() {
                let count = count.load(Ordering::Relaxed);
                let _infallible =
                    writeln!(out, "adyton_gateway_answers_total{{route=\"{name}\",class=\"{}xx\"}} {count}", class + 1);
            }
        }
        out.push_str("# HELP adyton_gateway_answer_seconds_total Time until the first byte of answers, by route.\n");
        out.push_str("# TYPE adyton_gateway_answer_seconds_total counter\n");
        for ((_, name), counters) in Route::ALL.iter().zip(&self.routes) {
            let seconds = counters.microseconds.load(Ordering::Relaxed) as f64 / 1e6;
            let _infallible = writeln!(out, "adyton_gateway_answer_seconds_total{{route=\"{name}\"}} {seconds}");
        }
        let remembered = "Contracts whose worker's address is remembered.";
        for (name, kind, help, value) in [
            ("in_flight", "gauge", "Calls, uploads and downloads under way.", now.in_flight as u64),
            ("contracts_remembered", "gauge", remembered, now.remembered as u64),
            ("code_bytes", "gauge", "Bytes of stored components that the chain has.", now.kept),
            ("provisional_code_bytes", "gauge", "Bytes of other stored components.", now.provisional),
            ("connections", "gauge", "Open connections.", now.connections as u64),
            ("connections_refused_total", "counter", "Connections refused for their number.", now.refused),
        ] {
            let name = format!("adyton_gateway_{name}");
            let _infallible = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}");
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_counted_under_its_route_and_class() {
        let metrics = Metrics::default();
        metrics.answered(Route::Public, 404, Duration::from_millis(1500));
        let text = metrics.text(&Now { in_flight: 1, remembered: 7, refused: 9, ..Now::default() });
        assert!(text.contains("adyton_gateway_answers_total{route=\"public\",class=\"4xx\"} 1"));
        assert!(text.contains("adyton_gateway_answers_total{route=\"call\",class=\"4xx\"} 0"));
        assert!(text.contains("adyton_gateway_answer_seconds_total{route=\"public\"} 1.5"));
        assert!(
            text.contains("adyton_gateway_in_flight 1\n") && text.contains("adyton_gateway_contracts_remembered 7\n")
        );
        assert!(text.contains("# TYPE adyton_gateway_connections_refused_total counter\n"));
        assert!(text.contains("adyton_gateway_connections_refused_total 9\n"));
    }
}
