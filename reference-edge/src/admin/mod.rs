//! The listener for operators: health and metrics, on loopback unless the configuration says otherwise.

mod health;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use punchclock_queue::AsyncQueue;
use subtle::ConstantTimeEq as _;

use crate::config::Secret;
use crate::metrics::Metrics;
use crate::punch::Channel;
use crate::site::Site;

pub(crate) use health::{problems, terminal_problem};

/// What the listener looks at.
#[derive(Debug, Clone)]
pub struct Admin {
    /// The branch.
    pub site: Arc<Site>,
    /// The queue.
    pub queue: AsyncQueue,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// The bearer token of `/metrics`; without one it refuses everybody.
    pub token: Option<Secret>,
}

impl Admin {
    /// The routes.
    pub fn router(self) -> Router {
        Router::new()
            .route("/livez", get(|| async { "alive\n" }))
            .route("/readyz", get(ready))
            .route("/health", get(health::report))
            .route("/metrics", get(metrics))
            .with_state(self)
    }

    fn authorised(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return false };
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| {
                value
                    .strip_prefix("Bearer ")
                    .or_else(|| value.strip_prefix("bearer "))
            })
            .is_some_and(|given| bool::from(given.as_bytes().ct_eq(token.expose().as_bytes())))
    }
}

/// Ready means able to acknowledge.
async fn ready(State(admin): State<Admin>) -> Response {
    let health = admin.queue.health();
    if health.can_commit() {
        return "ready\n".into_response();
    }
    let why = health
        .last_error
        .map_or_else(|| "the queue is closed".to_owned(), |error| error.to_string());
    (StatusCode::SERVICE_UNAVAILABLE, format!("{why}\n")).into_response()
}

async fn metrics(State(admin): State<Admin>, headers: HeaderMap) -> Response {
    if !admin.authorised(&headers) {
        admin.metrics.refused("metrics_token");
        let hint = "send the token of admin.metrics_token_file as `Authorization: Bearer …`\n";
        return (
            StatusCode::UNAUTHORIZED,
            [(header::WWW_AUTHENTICATE, "Bearer")],
            hint,
        )
            .into_response();
    }
    let now = admin.site.clock.elapsed();
    for (serial, terminal) in admin.site.terminals() {
        for channel in [Channel::Poll, Channel::Push] {
            let (silent, seen) =
                terminal.watch(|watch| (watch.silent(channel, now), watch.last_seen(channel)));
            admin
                .metrics
                .terminal(serial, channel, silent, seen.map(|seen| now.saturating_sub(seen)));
        }
    }
    if let Ok(stats) = admin.queue.stats().await {
        admin.metrics.queue(&stats);
    }
    match admin.metrics.encode() {
        Ok(text) => (
            [(
                header::CONTENT_TYPE,
                "application/openmetrics-text; version=1.0.0; charset=utf-8",
            )],
            text,
        )
            .into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
