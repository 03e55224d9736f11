//! A stand-in for Odoo: the methods an edge calls, over real JSON-2, for machines without an Odoo. It keeps
//! what it gets in memory and checks each fingerprint; it has no employees, no days and no access rights. The tests
//! of the project run against a real Odoo.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use chrono::NaiveDateTime;
use punchclock_queue::{Fingerprint, normalise_pin, normalise_serial};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::error::EdgeError;
use crate::http::{Gate, serve};

/// A punch as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrived {
    /// Normalised serial.
    pub serial: String,
    /// Normalised PIN.
    pub pin: String,
    /// The terminal's wall clock.
    pub local: NaiveDateTime,
}

/// The stand-in.
#[derive(Debug, Clone)]
pub struct OdooStandIn {
    key: Arc<str>,
    zones: Arc<BTreeMap<String, String>>,
    events: Arc<Mutex<BTreeMap<String, Arrived>>>,
}

#[derive(Debug, Deserialize)]
struct Ingest {
    events: Vec<Event>,
}

#[derive(Debug, Deserialize)]
struct Event {
    fingerprint: String,
    serial: String,
    pin: String,
    local_time: NaiveDateTime,
}

#[derive(Debug, Serialize)]
struct Outcome {
    fingerprint: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
}

impl OdooStandIn {
    /// Serves on a free loopback port until `shutdown`, for one API key, knowing the zones of some terminals.
    ///
    /// # Errors
    /// No port could be opened.
    pub async fn start(
        key: &str,
        zones: BTreeMap<String, String>,
        shutdown: CancellationToken,
    ) -> Result<(Self, SocketAddr), EdgeError> {
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .map_err(|error| EdgeError::io("cannot open a loopback port for the stand-in", error))?;
        let address = listener
            .local_addr()
            .map_err(|error| EdgeError::io("the stand-in has no address", error))?;
        let stand_in = Self {
            key: key.into(),
            zones: Arc::new(zones),
            events: Arc::default(),
        };
        let router = Router::new()
            .route("/json/2/punchclock.event/ingest", post(ingest))
            .route("/json/2/punchclock.gateway/report", post(report))
            .route("/json/2/punchclock.gateway/report_users", post(report_users))
            .route("/json/2/punchclock.gateway/wanted_users", post(wanted_users))
            .layer(middleware::from_fn_with_state(stand_in.clone(), authenticate))
            .with_state(stand_in.clone());
        tokio::spawn(serve(
            listener,
            Gate::new(None, 64, 64),
            router,
            shutdown,
            |_, _| {},
        ));
        Ok((stand_in, address))
    }

    /// Every event that arrived, in the order of the fingerprints, which is that of the clocks.
    #[must_use]
    pub fn arrived(&self) -> Vec<Arrived> {
        self.events
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn store(&self, event: Event) -> Outcome {
        let expected = Fingerprint::of(&event.serial, &event.pin, event.local_time).to_string();
        if expected != event.fingerprint {
            let code = Some("bad_fingerprint");
            return Outcome {
                fingerprint: event.fingerprint,
                outcome: "rejected",
                code,
            };
        }
        let arrived = Arrived {
            serial: normalise_serial(&event.serial).into_owned(),
            pin: normalise_pin(&event.pin).to_owned(),
            local: event.local_time,
        };
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = match events.insert(event.fingerprint.clone(), arrived) {
            None => "accepted",
            Some(_) => "duplicate",
        };
        Outcome {
            fingerprint: event.fingerprint,
            outcome,
            code: None,
        }
    }
}

async fn authenticate(
    State(stand_in): State<OdooStandIn>,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let expected = format!("bearer {}", stand_in.key);
    let given = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if given.eq_ignore_ascii_case(&expected) {
        return next.run(request).await;
    }
    let body =
        Json(serde_json::json!({ "name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey" }));
    (StatusCode::UNAUTHORIZED, body).into_response()
}

async fn ingest(State(stand_in): State<OdooStandIn>, Json(body): Json<Ingest>) -> Json<serde_json::Value> {
    let outcomes: Vec<Outcome> = body
        .events
        .into_iter()
        .map(|event| stand_in.store(event))
        .collect();
    Json(serde_json::json!({ "outcomes": outcomes }))
}

async fn report_users() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "users": 0 }))
}

async fn wanted_users() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "users": [] }))
}

async fn report(State(stand_in): State<OdooStandIn>) -> Json<serde_json::Value> {
    let terminals: Vec<_> = stand_in
        .zones
        .iter()
        .map(|(serial, zone)| serde_json::json!({ "serial": serial, "name": serial, "tz": zone }))
        .collect();
    Json(serde_json::json!({ "schema": 1, "terminals": terminals }))
}
