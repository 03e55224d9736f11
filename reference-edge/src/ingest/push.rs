//! The push endpoint: known serials from allowed networks, acknowledged after the commit and not before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use punchclock_adms::{Command, HandshakeOptions, Incoming, Kind, Receipt, Reply, Upload, Verb, semantics};
use punchclock_rules::ZoneTable;
use sha2::{Digest as _, Sha256};

use super::body::{Budget, Received};
use super::upload;
use crate::clock::host_is_synchronised;
use crate::config::{Mode, Push, TerminalClock};
use crate::http::Peer;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::punch::Channel;
use crate::site::{Site, TerminalState};

/// Serves `/iclock/…`.
#[derive(Debug, Clone)]
pub struct Endpoint {
    config: Push,
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    intake: Intake,
    budget: Budget,
    commands: Arc<AtomicU64>,
}

impl Endpoint {
    /// An endpoint with the settings of `[push]`.
    #[must_use]
    pub fn new(config: Push, site: Arc<Site>, metrics: Arc<Metrics>, intake: Intake) -> Self {
        Self {
            config,
            site,
            metrics,
            intake,
            budget: Budget::new(),
            commands: Arc::default(),
        }
    }

    /// The route: every path, since terminals put prefixes and suffixes around `/iclock/…`.
    pub fn router(self) -> Router {
        Router::new().fallback(serve).with_state(self)
    }

    async fn answer(&self, peer: Peer, request: Request) -> (Reply, Option<DateTime<Utc>>) {
        let (parts, body) = request.into_parts();
        let received = self.budget.read(body).await;
        let now = self.site.clock.now();
        let empty: &[u8] = &[];
        let bytes = match &received {
            Received::Whole(bytes, _) => bytes.as_ref(),
            Received::TooLarge { .. } => empty,
            Received::CutOff => {
                self.metrics.refused("cut_off");
                tracing::warn!(peer = %peer.0, "an upload was cut off; nothing of it is acknowledged");
                return (Reply::bad_request(), None);
            }
            Received::Busy => {
                self.metrics.refused("busy");
                return (Reply::unavailable(), None);
            }
        };
        let headers: Vec<(&str, &[u8])> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_bytes()))
            .collect();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let incoming = Incoming {
            method: parts.method.as_str(),
            target,
            headers: &headers,
            body: bytes,
        };
        let request = match punchclock_adms::parse(&incoming) {
            Ok(request) => request,
            Err(error) => {
                self.metrics.refused("not_a_terminal");
                tracing::debug!(%error, peer = %peer.0, "a request that no terminal sends");
                return (Reply::bad_request(), None);
            }
        };
        self.metrics.requested(request.kind.name());
        let Some(terminal) = self.site.terminal(request.serial.as_str()) else {
            self.metrics.refused("unknown_serial");
            if self.site.stranger(request.serial.as_str(), peer.0) {
                tracing::warn!(
                    serial = request.serial.as_str(),
                    peer = %peer.0,
                    "an unknown terminal connects: add it to the configuration, until then its punches stay on it"
                );
            }
            return (
                semantics::for_unknown_serial(&request.serial, &request.kind),
                None,
            );
        };
        terminal.pushed(self.site.clock.elapsed());
        match &request.kind {
            Kind::Handshake(handshake) => self.handshake(
                terminal,
                &request.serial,
                handshake.push_version().as_deref(),
                now,
            ),
            Kind::Upload(upload) => (self.upload(terminal, upload, &received, now).await, None),
            Kind::GetRequest(_) => self.heartbeat(terminal, now),
            Kind::Time => self.time(terminal, now),
            // Commands that the edge sends only ask a terminal to send; their results need no record.
            Kind::CommandResult(_) | Kind::Ping => (Reply::ok(), None),
            _ => (self.unknown(terminal, &received, now).await, None),
        }
    }

    /// Minutes east of UTC where the terminal stands, if it may be told the time now.
    fn clock_of(&self, terminal: &TerminalState, now: DateTime<Utc>) -> Option<i32> {
        let allowed = match self.config.clock {
            TerminalClock::Never => false,
            TerminalClock::TrustHost => true,
            TerminalClock::WhenSynchronised => host_is_synchronised(),
        };
        let zone = terminal.zone().filter(|_| allowed)?;
        Some(ZoneTable::bundled(&zone).ok()?.offset_at(now.timestamp()) / 60)
    }

    /// The answer to a clock that asks for the time (protocol-adms §1.2, `type=time`).
    fn time(&self, terminal: &TerminalState, now: DateTime<Utc>) -> (Reply, Option<DateTime<Utc>>) {
        match self.clock_of(terminal, now) {
            Some(offset) => {
                let local = now.naive_utc() + chrono::TimeDelta::minutes(offset.into());
                (Reply::time(local, offset), Some(now))
            }
            None => (Reply::unavailable(), None),
        }
    }

    /// A request of a kind nobody has described. It may hold templates, so that only its digest is kept; refused, it
    /// would come again for ever.
    async fn unknown(&self, terminal: &TerminalState, received: &Received, now: DateTime<Utc>) -> Reply {
        let (length, digest) = match received {
            Received::Whole(body, _) if body.is_empty() => return Reply::ok(),
            Received::Whole(body, _) => (
                u64::try_from(body.len()).unwrap_or(u64::MAX),
                Sha256::digest(body).into(),
            ),
            Received::TooLarge { length, digest } => (*length, *digest),
            Received::CutOff | Received::Busy => return Reply::unavailable(),
        };
        let kept = upload::digest_of(&terminal.config.serial, "unknown request", length, &digest, now);
        match self.intake.store(Channel::Push, &[], vec![kept], None).await {
            Ok(_) => Reply::ok(),
            Err(_) => Reply::unavailable(),
        }
    }

    /// The options of a terminal, with its clock's zone where that may be sent.
    fn handshake(
        &self,
        terminal: &TerminalState,
        serial: &punchclock_adms::Serial,
        push_version: Option<&str>,
        now: DateTime<Utc>,
    ) -> (Reply, Option<DateTime<Utc>>) {
        let (date, offset) = match self.clock_of(terminal, now) {
            Some(offset) => (Some(now), Some(offset)),
            None if self.config.clock != TerminalClock::WhenSynchronised => (None, None),
            None => {
                tracing::info!(
                    terminal = terminal.config.label(),
                    "the handshake waits until the host clock is synchronised and the terminal's zone is known (push.clock)"
                );
                return (Reply::unavailable(), None);
            }
        };
        // A terminal that is polled sends by itself only while polling is silent.
        let takes_over = terminal.watch(|watch| watch.push_takes_over(self.site.clock.elapsed()));
        let realtime = terminal.config.mode != Mode::Poll || takes_over;
        let mut options = HandshakeOptions::new()
            .with_push_version(push_version)
            .with_delay_s(self.config.heartbeat_s)
            .with_realtime(realtime);
        if !realtime {
            options = options.with_trans_interval_min(0);
        }
        if let Some(minutes) = offset {
            options = options.with_time_zone_minutes(minutes);
        }
        (Reply::handshake(serial, &options), date)
    }

    /// The answer to a heartbeat: nothing to do, or, while polling is silent, the request to send at once.
    fn heartbeat(&self, terminal: &TerminalState, now: DateTime<Utc>) -> (Reply, Option<DateTime<Utc>>) {
        let date = self.clock_of(terminal, now).map(|_| now);
        if terminal.watch(|watch| watch.nudge(self.site.clock.elapsed())) {
            tracing::warn!(
                terminal = terminal.config.label(),
                "polling is silent; the terminal is asked to push"
            );
            let id = self.commands.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            return (Reply::commands(&[Command::new(id, Verb::Log)]), date);
        }
        (Reply::ok(), date)
    }

    /// Stores an upload, then acknowledges it.
    async fn upload(
        &self,
        terminal: &TerminalState,
        upload: &Upload<'_>,
        received: &Received,
        now: DateTime<Utc>,
    ) -> Reply {
        let serial = &terminal.config.serial;
        let (rows, acknowledge) = match received {
            Received::TooLarge { length, digest } => {
                self.metrics.refused("too_large");
                let table = upload.table.name();
                tracing::error!(
                    terminal = terminal.config.label(),
                    table,
                    length,
                    "an upload is too large; its digest is kept"
                );
                let kept =
                    upload::digest_of(serial, &format!("table {table}, too large"), *length, digest, now);
                // A photograph that is too large would come again for ever; punches must come again.
                let acknowledge = upload.table.is_secret();
                (
                    upload::Rows {
                        quarantine: vec![kept],
                        lines: 1,
                        ..upload::Rows::default()
                    },
                    acknowledge,
                )
            }
            _ => (upload::rows(serial, &upload.table, upload.body, now), true),
        };
        match self
            .intake
            .store(Channel::Push, &rows.punches, rows.quarantine, None)
            .await
        {
            Ok(stored) => {
                if stored.conflict > 0 {
                    tracing::warn!(
                        terminal = terminal.config.label(),
                        conflicts = stored.conflict,
                        "punches arrived again with another state; the first copy is kept"
                    );
                }
                if !acknowledge {
                    return Reply::too_large();
                }
                if upload.table.is_counted() {
                    Reply::ok_count(Receipt::stored(rows.lines))
                } else {
                    Reply::ok()
                }
            }
            Err(error) => {
                self.metrics.refused("not_stored");
                tracing::error!(%error, terminal = terminal.config.label(), "an upload was not stored; the terminal keeps it");
                Reply::unavailable()
            }
        }
    }
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let (reply, date) = match peer {
        Some(peer) => endpoint.answer(peer, request).await,
        None => (Reply::unavailable(), None),
    };
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    if let Some(date) = date
        && let Ok(value) = HeaderValue::from_str(&date.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}
