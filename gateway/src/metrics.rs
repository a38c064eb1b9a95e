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
    /// A component stored.
    PutCode,
    /// A component served.
    GetCode,
}

impl Route {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Call, "call"),
        (Self::Public, "public"),
        (Self::Status, "status"),
        (Self::Anchor, "anchor"),
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
    in_flight: AtomicU64,
}

#[derive(Default)]
struct PerRoute {
    answers: [AtomicU64; CLASSES],
    microseconds: AtomicU64,
}

/// Counts a call as in flight for as long as it lives.
pub struct InFlight<'a>(&'a AtomicU64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Counts a call as in flight until the guard is dropped.
    pub fn enter(&self) -> InFlight<'_> {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
        InFlight(&self.in_flight)
    }

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

    /// Everything, with `remembered` contracts in the directory and `stored` bytes of components.
    pub fn text(&self, remembered: usize, stored: u64) -> String {
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
        for (name, help, value) in [
            ("adyton_gateway_in_flight", "Calls on their way.", self.in_flight.load(Ordering::Relaxed)),
            (
                "adyton_gateway_contracts_remembered",
                "Contracts whose worker's address is remembered.",
                remembered as u64,
            ),
            ("adyton_gateway_code_bytes", "Bytes of stored components.", stored),
        ] {
            let _infallible = writeln!(out, "# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}");
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
        let _one = metrics.enter();
        let text = metrics.text(7, 9);
        assert!(text.contains("adyton_gateway_answers_total{route=\"public\",class=\"4xx\"} 1"));
        assert!(text.contains("adyton_gateway_answers_total{route=\"call\",class=\"4xx\"} 0"));
        assert!(text.contains("adyton_gateway_answer_seconds_total{route=\"public\"} 1.5"));
        assert!(
            text.contains("adyton_gateway_in_flight 1\n") && text.contains("adyton_gateway_contracts_remembered 7\n")
        );
    }
}
