//! The listener under the router.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use ::axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt as _;

use super::limits::Limits;

/// How long open requests may take to finish at the end.
const FAREWELL: Duration = Duration::from_secs(5);

/// The address of the other side, as an extension of each request that [`serve`] hands to a router.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "an address and nothing else")]
pub struct Peer(pub IpAddr);

/// Serves `router` until `shutdown`, then lets open requests finish for up to five seconds.
///
/// Unlike `axum::serve` it adds no `Date` header, by which terminals would set their clocks, closes
/// connections whose head takes too long, and takes no more at once than [`Limits::connections`].
///
/// # Errors
///
/// None so far: what fails at accepting a connection passes, and is waited for.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, peer)) = accepted else {
            // Out of file descriptors or the like: wait instead of spinning, the listener stays usable.
            tokio::time::sleep(Duration::from_millis(200)).await;
            continue;
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            // Closed before a byte is read; the terminal comes again.
            continue;
        };
        // Small answers to small requests: waiting to fill a segment only delays them.
        let _ = stream.set_nodelay(true);
        // An IPv4 peer of a dual-stack socket shows as ::ffff:a.b.c.d.
        let peer = Peer(peer.ip().to_canonical());
        let service = TowerToHyperService::new(router.clone().map_request(
            move |mut request: hyper::Request<Incoming>| {
                request.extensions_mut().insert(peer);
                request
            },
        ));
        let mut builder = hyper::server::conn::http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(limits.head_deadline)
            .max_buf_size(64 * 1024)
            .auto_date_header(false);
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // A connection that ends early acknowledged nothing: there is nothing to be done about it.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    let _ = tokio::time::timeout(FAREWELL, graceful.shutdown()).await;
    Ok(())
}
