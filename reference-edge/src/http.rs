//! The accept loop under both listeners. `axum::serve` has no header timeout (tokio-rs/axum#2741), so that a few
//! hundred silent sockets would hold it for ever; hyper with a timer and counted connections does not.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use ipnet::IpNet;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;

/// The address of the other side, as an extension of each request.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who may connect, and how often at once.
#[derive(Debug)]
pub struct Gate {
    allow: Option<Vec<IpNet>>,
    total: Arc<Semaphore>,
    per_address: usize,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// A place at the gate, given back when dropped.
#[derive(Debug)]
struct Place {
    _slot: OwnedSemaphorePermit,
    address: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.remove(&self.address);
            }
        }
    }
}

impl Gate {
    /// A gate for `total` connections, `per_address` of them from one address, from the networks of `allow`
    /// (`None`: from anywhere).
    #[must_use]
    pub fn new(allow: Option<Vec<IpNet>>, total: usize, per_address: usize) -> Self {
        Self {
            allow,
            total: Arc::new(Semaphore::new(total)),
            per_address,
            open: Arc::default(),
        }
    }

    fn admit(&self, address: IpAddr) -> Result<Place, &'static str> {
        if let Some(allow) = &self.allow
            && !allow.iter().any(|network| network.contains(&address))
        {
            return Err("not in the allowed networks");
        }
        let Ok(slot) = Arc::clone(&self.total).try_acquire_owned() else {
            return Err("too many connections");
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(address).or_default();
        if *count >= self.per_address {
            return Err("too many connections from one address");
        }
        *count = count.saturating_add(1);
        drop(open);
        Ok(Place {
            _slot: slot,
            address,
            open: Arc::clone(&self.open),
        })
    }
}

/// Serves `router` until `shutdown`, then lets open requests finish for up to five seconds. A refused connection
/// is closed before a byte of it is read, and reported to `refused`.
pub async fn serve(
    listener: TcpListener,
    gate: Gate,
    router: Router,
    shutdown: CancellationToken,
    refused: impl Fn(SocketAddr, &'static str),
) {
    let graceful = GracefulShutdown::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                // An IPv4 peer of a dual-stack socket shows as ::ffff:a.b.c.d; the allowlist means the IPv4 form.
                let address = peer.ip().to_canonical();
                match gate.admit(address) {
                    Ok(place) => one_connection(stream, Peer(address), place, router.clone(), &graceful),
                    Err(reason) => refused(peer, reason),
                }
            }
            Err(error) => {
                // Out of file descriptors or the like: wait instead of spinning, the listener stays usable.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    if tokio::time::timeout(Duration::from_secs(5), graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("some requests did not finish within five seconds; they were not acknowledged");
    }
}

fn one_connection(stream: TcpStream, peer: Peer, place: Place, router: Router, graceful: &GracefulShutdown) {
    // Small answers to small requests: waiting to fill a segment only delays them.
    let _ = stream.set_nodelay(true);
    let service =
        TowerToHyperService::new(router.map_request(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(peer);
            request
        }));
    let mut builder = hyper::server::conn::http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(10))
        .max_buf_size(64 * 1024)
        // A terminal sets its clock from this header: it is sent on purpose or not at all.
        .auto_date_header(false);
    let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, peer = %peer.0, "connection ended early");
        }
        drop(place);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_counts_and_gives_back() {
        let gate = Gate::new(Some(vec!["10.0.0.0/8".parse().unwrap()]), 2, 1);
        let (one, two, three) = (
            "10.0.0.1".parse().unwrap(),
            "10.0.0.2".parse().unwrap(),
            "10.0.0.3".parse().unwrap(),
        );
        assert!(gate.admit("192.168.1.1".parse().unwrap()).is_err());
        let first = gate.admit(one).unwrap();
        assert!(gate.admit(one).is_err(), "one connection an address");
        let _second = gate.admit(two).unwrap();
        assert!(gate.admit(three).is_err(), "two in all");
        drop(first);
        assert!(gate.admit(three).is_ok());
        assert!(
            gate.open.lock().unwrap().len() <= 2,
            "addresses are forgotten with their connections"
        );
    }
}
