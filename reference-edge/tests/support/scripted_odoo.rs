//! A stand-in for Odoo that misbehaves on purpose: what it answers is the test's choice.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

/// What it does with the next calls.
#[derive(Clone, Debug)]
pub enum Mood {
    /// Stores and answers.
    Well,
    /// Stores, then answers an error: the outcome is lost.
    StoresAndFails,
    /// Answers an HTML page with this status.
    Html(u16),
    /// Refuses the key.
    WrongKey,
    /// Rejects the punches of one PIN, accepts the others.
    Rejects(String),
    /// Refuses every whole call that holds this PIN, as a validation error would.
    RefusesCallsWith(String),
}

#[derive(Clone)]
pub struct ScriptedOdoo {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    events: Arc<Mutex<BTreeMap<String, Value>>>,
    calls: Arc<Mutex<u32>>,
    /// Terminals that it knows, with their zones.
    zones: Arc<Mutex<BTreeMap<String, String>>>,
    /// Bodies of the calls of `punchclock.gateway`, by method.
    reports: Arc<Mutex<Vec<(String, Value)>>>,
    /// Users that HR wants written.
    wanted: Arc<Mutex<Vec<Value>>>,
    /// Names of batches, in the order they came.
    batches: Arc<Mutex<Vec<String>>>,
}

impl ScriptedOdoo {
    pub async fn start(mood: Mood) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let odoo = Self {
            address: listener.local_addr().unwrap(),
            mood: Arc::new(Mutex::new(mood)),
            events: Arc::default(),
            calls: Arc::default(),
            zones: Arc::default(),
            reports: Arc::default(),
            wanted: Arc::default(),
            batches: Arc::default(),
        };
        let router = Router::new().fallback(answer).with_state(odoo.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        odoo
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// Calls of `ingest` so far.
    pub fn calls(&self) -> u32 {
        *self.calls.lock().unwrap()
    }

    /// (PIN, local time) of everything stored, in the order of the fingerprints.
    pub fn stored(&self) -> Vec<(String, String)> {
        let text = |event: &Value, key: &str| event[key].as_str().unwrap().to_owned();
        self.events
            .lock()
            .unwrap()
            .values()
            .map(|event| (text(event, "pin"), text(event, "local_time")))
            .collect()
    }

    /// Has it know a terminal.
    pub fn knows(&self, serial: &str, zone: &str) {
        self.zones
            .lock()
            .unwrap()
            .insert(serial.to_owned(), zone.to_owned());
    }

    /// Has HR want something of a terminal.
    pub fn wants(&self, user: Value) {
        self.wanted.lock().unwrap().push(user);
    }

    /// The bodies of the calls of one method of `punchclock.gateway`.
    pub fn reports(&self, method: &str) -> Vec<Value> {
        let reports = self.reports.lock().unwrap();
        reports
            .iter()
            .filter(|(of, _)| of == method)
            .map(|(_, body)| body.clone())
            .collect()
    }

    /// The names of the batches that came.
    pub fn batches(&self) -> Vec<String> {
        self.batches.lock().unwrap().clone()
    }

    /// What the methods of `punchclock.gateway` answer.
    fn registry(&self, path: &str, body: &[u8]) -> Option<Value> {
        let method = path.strip_prefix("/json/2/punchclock.gateway/")?;
        let body = serde_json::from_slice(body).unwrap_or_default();
        self.reports.lock().unwrap().push((method.to_owned(), body));
        Some(match method {
            "report" => {
                let zones = self.zones.lock().unwrap();
                let terminals: Vec<Value> = zones
                    .iter()
                    .map(|(serial, tz)| json!({ "serial": serial, "tz": tz }))
                    .collect();
                let head = json!({ "seq": 41, "hash": "$1$4a7d" });
                json!({ "schema": 1, "key_expires": "2026-12-24 12:00:00", "audit": head, "terminals": terminals })
            }
            "wanted_users" => json!({ "users": *self.wanted.lock().unwrap() }),
            "report_writes" => {
                let reports = self.reports.lock().unwrap();
                let told = reports
                    .last()
                    .and_then(|(_, body)| body["results"].as_array().cloned());
                let told: Vec<Value> = told
                    .unwrap_or_default()
                    .iter()
                    .map(|result| result["id"].clone())
                    .collect();
                self.wanted
                    .lock()
                    .unwrap()
                    .retain(|wish| !told.contains(&wish["id"]));
                json!({ "taken": told.len() })
            }
            _ => json!({ "users": 0 }),
        })
    }

    fn store(&self, body: &Value) -> Vec<Value> {
        let mood = self.mood.lock().unwrap().clone();
        body["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| {
                let fingerprint = event["fingerprint"].as_str().unwrap().to_owned();
                if matches!(&mood, Mood::Rejects(pin) if event["pin"] == *pin) {
                    return json!({ "fingerprint": fingerprint, "outcome": "rejected", "code": "bad_pin", "message": "no such PIN" });
                }
                let new = self.events.lock().unwrap().insert(fingerprint.clone(), event.clone()).is_none();
                json!({ "fingerprint": fingerprint, "outcome": if new { "accepted" } else { "duplicate" } })
            })
            .collect()
    }
}

async fn answer(State(odoo): State<ScriptedOdoo>, uri: Uri, body: Bytes) -> Response {
    let mood = odoo.mood.lock().unwrap().clone();
    let error = |status: u16, name: &str, message: &str| {
        let body = json!({ "name": name, "message": message, "arguments": [message], "context": {}, "debug": "Traceback (most recent call last)" });
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    };
    if uri.path().ends_with("/ingest") {
        *odoo.calls.lock().unwrap() += 1;
    }
    match &mood {
        Mood::Html(status) => {
            return (
                StatusCode::from_u16(*status).unwrap(),
                [(header::CONTENT_TYPE, "text/html")],
                "<h1>nothing here</h1>",
            )
                .into_response();
        }
        Mood::WrongKey => return error(401, "werkzeug.exceptions.Unauthorized", "Invalid apikey"),
        _ => {}
    }
    if let Some(answer) = odoo.registry(uri.path(), &body) {
        return axum::Json(answer).into_response();
    }
    let body: Value = serde_json::from_slice(&body).unwrap();
    odoo.batches
        .lock()
        .unwrap()
        .push(body["batch_uuid"].as_str().unwrap().to_owned());
    if let Mood::RefusesCallsWith(pin) = &mood
        && body["events"]
            .as_array()
            .unwrap()
            .iter()
            .any(|event| event["pin"] == *pin)
    {
        return error(
            422,
            "odoo.exceptions.ValidationError",
            "this call cannot be stored",
        );
    }
    let outcomes = odoo.store(&body);
    if matches!(mood, Mood::StoresAndFails) {
        return error(
            500,
            "psycopg2.errors.SerializationFailure",
            "could not serialize access",
        );
    }
    axum::Json(json!({ "outcomes": outcomes })).into_response()
}
