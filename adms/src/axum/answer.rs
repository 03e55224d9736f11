//! From a request to its answer.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use ::axum::Router;
use ::axum::body::Body;
use ::axum::extract::{Request as HttpRequest, State};
use ::axum::http::{HeaderValue, StatusCode, header};
use ::axum::response::Response;
use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;

use super::body::{Memory, Missing, PhotoBody};
use super::handler::{Batch, Handler, NotStored};
use super::limits::Limits;
use super::serve::Peer;
use crate::body;
use crate::command;
use crate::dialect::Dialect;
use crate::error::{BodyError, JoinError};
use crate::querydata::{JoinLimits, Joined, Joiner, QueryData};
use crate::reply::{Receipt, Reply};
use crate::request::{Kind, Request, parse_head};
use crate::semantics;
use crate::table::{Table, count_lines, settings};
use crate::text::Charset;

/// What all requests share.
struct Shared<H> {
    handler: H,
    limits: Limits,
    memory: Memory,
    joiner: Mutex<Joiner>,
    started: Instant,
}

/// A router that answers every path with `/iclock/` in it, whatever stands before and behind: terminals put prefixes and
/// suffixes around.
///
/// Serve it with [`serve`](super::serve), which sends no `Date` by itself and puts an end to slow heads;
/// `axum::serve` does neither.
pub fn router<H: Handler>(handler: H, limits: Limits) -> Router {
    let shared = Shared {
        handler,
        memory: Memory::new(&limits),
        joiner: Mutex::new(Joiner::new(JoinLimits {
            bytes: limits.body,
            ..JoinLimits::default()
        })),
        limits,
        started: Instant::now(),
    };
    Router::new().fallback(respond::<H>).with_state(Arc::new(shared))
}

async fn respond<H: Handler>(State(shared): State<Arc<Shared<H>>>, request: HttpRequest) -> Response {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let (parts, body) = request.into_parts();
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let (reply, date) = match parse_head(parts.method.as_str(), target) {
        Ok(request) => {
            let reply = shared.answer(&request, peer, body).await;
            // A terminal sets its clock by the replies that it gets when it starts and at each heartbeat.
            let tells_time = matches!(
                request.kind,
                Kind::Handshake(_) | Kind::GetRequest(_) | Kind::Time
            );
            let clock = shared.handler.clock(&request.serial).filter(|_| tells_time);
            (reply, clock.map(|clock| clock.now))
        }
        Err(error) => (error.reply(), None),
    };
    response(reply, date)
}

fn response(reply: Reply, date: Option<DateTime<Utc>>) -> Response {
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

impl<H: Handler> Shared<H> {
    async fn answer(&self, request: &Request<'_>, peer: Option<IpAddr>, body: Body) -> Reply {
        let kind = &request.kind;
        // A stranger's body is not read: it would take memory from the terminals.
        if !self.handler.admits(request, peer).await {
            return semantics::for_unknown_serial(&request.serial, kind);
        }
        match kind {
            Kind::Handshake(handshake) if Dialect::announced(handshake) == Dialect::Acc => {
                self.acc_handshake(request, handshake.push_version().as_deref())
                    .await
            }
            Kind::Handshake(handshake) => match self.handler.handshake(&request.serial, handshake).await {
                Ok(options) => Reply::handshake(&request.serial, &options),
                Err(NotStored) => Reply::unavailable(),
            },
            Kind::PushConfig => {
                let code = self.code(request).await;
                Reply::acc_options(&self.handler.acc_options(&request.serial, &code))
            }
            Kind::GetRequest(heartbeat) => {
                Reply::commands(&self.handler.commands(&request.serial, heartbeat).await)
            }
            Kind::Time => match self.handler.clock(&request.serial) {
                Some(clock) => {
                    let offset = TimeDelta::minutes(clock.offset_minutes.into());
                    match clock.now.naive_utc().checked_add_signed(offset) {
                        Some(local) => Reply::time(local, clock.offset_minutes),
                        None => Reply::unavailable(),
                    }
                }
                None => Reply::unavailable(),
            },
            // Which time an access control terminal wants is proven on none.
            Kind::AccTime => Reply::unavailable(),
            Kind::Ping | Kind::SelfService | Kind::KeyExchange => Reply::pong(),
            Kind::RemoteUser(_) => Reply::remote_user(None, Charset::Utf8),
            Kind::Verify => Reply::not_verified(),
            Kind::Upload(upload) if upload.table == Table::AttPhoto => {
                let photo = PhotoBody::new(&request.serial, upload.stamp, body, &self.limits);
                acknowledge(self.handler.photo(photo).await)
            }
            Kind::Upload(_) | Kind::QueryData(_) | Kind::CommandResult | Kind::Registry | Kind::Unknown => {
                self.with_body(request, body).await
            }
        }
    }

    async fn with_body(&self, request: &Request<'_>, body: Body) -> Reply {
        let held = match self.memory.read(body, &self.limits).await {
            Ok(held) => held,
            Err(Missing::Short) => return semantics::for_short_body(),
            Err(Missing::TooLarge(length)) => return self.too_large(request, length).await,
            Err(Missing::Busy) => return semantics::for_overload(&request.kind),
        };
        let body = match body::inflate((&held.bytes).into(), self.limits.body) {
            Ok(body) => body,
            Err(BodyError::TooLarge { .. }) => return Reply::too_large(),
            // What cannot be inflated may be damaged on the way: the terminal keeps it.
            Err(_) => return Reply::unavailable(),
        };
        let batch = |table, stamp| Batch {
            serial: &request.serial,
            table,
            stamp,
            command_id: None,
            body: &body,
            photo: None,
        };
        match &request.kind {
            Kind::Upload(upload) => acknowledge(self.handler.store(batch(upload.table, upload.stamp)).await),
            Kind::QueryData(packet) => self.packet(request, packet, &body).await,
            Kind::CommandResult => {
                let results = command::results(&body, &request.parameters).collect();
                acknowledge(self.handler.results(&request.serial, results).await)
            }
            Kind::Registry => {
                let settings = settings::pairs(&body);
                match self.handler.register(&request.serial, settings).await {
                    Ok(code) => Reply::registered(&code),
                    Err(NotStored) => Reply::unavailable(),
                }
            }
            _ if body.is_empty() => Reply::pong(),
            _ => acknowledge(self.handler.store(batch(Table::Unknown(""), None)).await),
        }
    }

    async fn too_large(&self, request: &Request<'_>, length: u64) -> Reply {
        let table = match &request.kind {
            Kind::Upload(upload) => upload.table,
            Kind::QueryData(packet) => packet.as_table(),
            _ => return Reply::too_large(),
        };
        match self.handler.too_large(&request.serial, table, length).await {
            Ok(()) => semantics::for_oversize(&table, Receipt::stored(&table, 1)),
            Err(NotStored) => Reply::too_large(),
        }
    }

    /// A packet of an answer. Those before the last are held in memory and acknowledged, since the terminal sends the next
    /// only then; if they are lost, the question can be asked again.
    async fn packet(&self, request: &Request<'_>, packet: &QueryData<'_>, body: &[u8]) -> Reply {
        let now =
            DateTime::UNIX_EPOCH + TimeDelta::from_std(self.started.elapsed()).unwrap_or(TimeDelta::MAX);
        let joined = self.joiner.lock().unwrap_or_else(PoisonError::into_inner).add(
            &request.serial,
            packet,
            body,
            now,
        );
        let (table, body) = match &joined {
            Ok(Joined::Waiting) => {
                let lines = packet.count.and_then(|count| count.try_into().ok());
                let lines = lines.unwrap_or_else(|| count_lines(body));
                return Reply::stored(Receipt::stored(&packet.as_table(), lines));
            }
            Ok(Joined::Complete(joined)) => (packet.as_table(), joined.as_slice()),
            Err(JoinError::TooMuch) => return semantics::for_overload(&request.kind),
            // It fits nowhere and would come again for ever: kept for review.
            Err(_) => (Table::Unknown("querydata"), body),
        };
        let batch = Batch {
            serial: &request.serial,
            table,
            stamp: None,
            command_id: packet.command_id,
            body,
            photo: None,
        };
        acknowledge(self.handler.store(batch).await)
    }

    async fn acc_handshake(&self, request: &Request<'_>, version: Option<&str>) -> Reply {
        let code = self.handler.registered(&request.serial).await;
        let options = code.as_ref().map(|code| {
            self.handler
                .acc_options(&request.serial, code)
                .with_push_version(version)
        });
        Reply::acc_handshake(code.as_ref().zip(options.as_ref()))
    }

    async fn code(&self, request: &Request<'_>) -> crate::acc::RegistryCode {
        let code = self.handler.registered(&request.serial).await;
        code.unwrap_or_else(|| crate::acc::RegistryCode::of(&request.serial))
    }
}

fn acknowledge(stored: Result<Receipt, NotStored>) -> Reply {
    match stored {
        Ok(receipt) => Reply::stored(receipt),
        Err(NotStored) => Reply::unavailable(),
    }
}
