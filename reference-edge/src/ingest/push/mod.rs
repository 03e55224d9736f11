//! The push endpoint: known serials from allowed networks, acknowledged after the commit and not before.

mod body;
mod doors;
mod greeting;
mod store;
mod tables;
mod users;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use punchclock_adms::{Kind, Receipt, Reply, semantics};

use self::body::{Budget, Received};
use crate::config::Push;
use crate::http::Peer;
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::site::Site;

/// Serves `/iclock/…`.
#[derive(Debug, Clone)]
pub struct Endpoint {
    config: Push,
    site: Arc<Site>,
    metrics: Arc<Metrics>,
    intake: Intake,
    budget: Budget,
    commands: Arc<AtomicU32>,
}

/// A reply, and the `Date` header with it where the terminal may set its clock.
#[derive(Debug)]
struct Answer {
    reply: Reply,
    date: Option<DateTime<Utc>>,
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Self { reply, date: None }
    }
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

    async fn answer(&self, peer: Peer, request: Request) -> Answer {
        let (parts, body) = request.into_parts();
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        // Who it is stands in the target. A stranger's body is not read: it would take memory from the terminals.
        let head = match punchclock_adms::parse_head(parts.method.as_str(), target) {
            Ok(head) => head,
            Err(error) => {
                self.metrics.refused("not_a_terminal");
                tracing::debug!(%error, peer = %peer.0, "a request that no terminal sends");
                return Reply::bad_request().into();
            }
        };
        self.metrics.requested(head.kind.name());
        let Some(terminal) = self.site.terminal(head.serial.as_str()) else {
            self.metrics.refused("unknown_serial");
            if self.site.stranger(head.serial.as_str(), peer.0) {
                tracing::warn!(
                    serial = head.serial.as_str(),
                    peer = %peer.0,
                    "an unknown terminal connects: add it to the configuration, until then its punches stay on it"
                );
            }
            return semantics::for_unknown_serial(&head.serial, &head.kind).into();
        };
        let received = self.budget.read(body).await;
        match &received {
            Received::Whole(..) | Received::TooLarge { .. } => {}
            Received::CutOff => {
                self.metrics.refused("cut_off");
                tracing::warn!(peer = %peer.0, "an upload was cut off; nothing of it is acknowledged");
                return semantics::for_short_body().into();
            }
            Received::Busy => {
                self.metrics.refused("busy");
                return semantics::for_overload(&head.kind).into();
            }
        }
        let now = self.site.clock.now();
        Self::note_dialect(terminal, &head.kind);
        let answer = match &head.kind {
            Kind::Handshake(handshake) => self.handshake(terminal, &head.serial, handshake, now).await,
            Kind::Upload(upload) => self.upload(terminal, upload, &received, now).await.into(),
            Kind::GetRequest(_) => self.heartbeat(terminal, now),
            Kind::Time => self.time(terminal, now),
            Kind::Registry => self.register(terminal).await.into(),
            Kind::PushConfig => self.configuration(terminal, None).into(),
            Kind::CommandResult => {
                self.take_results(terminal, &head, &received, now);
                Reply::stored(Receipt::recorded()).into()
            }
            Kind::Ping | Kind::SelfService | Kind::KeyExchange => Reply::pong().into(),
            Kind::Verify => Reply::not_verified().into(),
            // How a door terminal wants the time is proven on none; a wrong answer would shift its clock.
            Kind::AccTime => Reply::unavailable().into(),
            _ => self.unknown(terminal, &received, now).await.into(),
        };
        // A terminal that is kept waiting brings nothing: its channel must go on counting as silent, so that the
        // other one takes over.
        if answer.reply.status == 200 {
            terminal.pushed(self.site.clock.elapsed());
        }
        answer
    }
}

async fn serve(State(endpoint): State<Endpoint>, request: Request) -> Response {
    let peer = request.extensions().get::<Peer>().copied();
    let answer = match peer {
        Some(peer) => endpoint.answer(peer, request).await,
        None => Reply::unavailable().into(),
    };
    let mut response = Response::new(Body::from(answer.reply.body));
    *response.status_mut() =
        StatusCode::from_u16(answer.reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(answer.reply.content_type),
    );
    if let Some(date) = answer.date
        && let Ok(value) = HeaderValue::from_str(&date.format("%a, %d %b %Y %H:%M:%S GMT").to_string())
    {
        response.headers_mut().insert(header::DATE, value);
    }
    response
}
