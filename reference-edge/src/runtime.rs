//! Everything started from a configuration, and stopped in order: first what takes punches in, then the delivery,
//! then the queue, so that whatever was acknowledged is committed and the file is closed cleanly.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use punchclock_odoo::{ApiKey, Client};
use punchclock_queue::AsyncQueue;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::admin::Admin;
use crate::clock::Clock;
use crate::config::{Config, Secret};
use crate::deliver::{Worker, keep_zones};
use crate::error::EdgeError;
use crate::http::{Gate, serve};
use crate::ingest::{Endpoint, Poller};
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::site::Site;

/// Connections of terminals at once, in all and from one address.
const TERMINAL_CONNECTIONS: (usize, usize) = (512, 8);
/// Connections of operators at once, in all and from one address.
const ADMIN_CONNECTIONS: (usize, usize) = (64, 32);

/// A running edge.
#[derive(Debug)]
pub struct Edge {
    /// The branch.
    pub site: Arc<Site>,
    /// The queue.
    pub queue: AsyncQueue,
    /// The counters.
    pub metrics: Arc<Metrics>,
    /// Where terminals push to.
    pub push_address: Option<SocketAddr>,
    /// Where health and metrics are.
    pub admin_address: SocketAddr,
    intake_tasks: Tasks,
    delivery_tasks: Tasks,
    admin_tasks: Tasks,
}

/// Tasks that end together.
#[derive(Debug)]
struct Tasks {
    stop: CancellationToken,
    running: TaskTracker,
}

impl Tasks {
    fn new() -> Self {
        Self {
            stop: CancellationToken::new(),
            running: TaskTracker::new(),
        }
    }

    async fn end(&self, within: Duration, what: &str) {
        self.stop.cancel();
        self.running.close();
        if tokio::time::timeout(within, self.running.wait()).await.is_err() {
            tracing::warn!(what, "did not end in time; nothing acknowledged depends on it");
        }
    }
}

impl Edge {
    /// Opens the queue and the listeners, then starts polling, receiving and delivering.
    ///
    /// # Errors
    /// A secret, the queue file, an address or the delivery is not usable; nothing is left running then.
    pub async fn start(config: &Config) -> Result<Self, EdgeError> {
        let token = match &config.admin.metrics_token_file {
            Some(path) => Some(Secret::read(path, "the bearer token of /metrics")?),
            None => None,
        };
        let client = odoo(config)?;
        let pollers_keys = crate::ingest::comm_keys(config)?;
        let push_listener = match &config.push {
            Some(push) => Some(listen(push.listen, "terminals that push").await?),
            None => None,
        };
        let admin_listener = listen(config.admin.listen, "health and metrics").await?;
        let queue = open_queue(config).await?;

        let site = Arc::new(Site::new(config, Clock::start()));
        let metrics = Arc::new(Metrics::new());
        let intake = Intake::new(queue.clone(), Arc::clone(&metrics), Arc::clone(&site));
        let (intake_tasks, delivery_tasks, admin_tasks) = (Tasks::new(), Tasks::new(), Tasks::new());

        let address = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| EdgeError::io("a listener has no address", error))
        };
        let admin_address = address(&admin_listener)?;
        let mut push_address = None;
        if let (Some(listener), Some(push)) = (push_listener, &config.push) {
            push_address = Some(address(&listener)?);
            let (total, per_address) = TERMINAL_CONNECTIONS;
            let gate = Gate::new(Some(push.allow.clone()), total, per_address);
            let endpoint = Endpoint::new(
                push.clone(),
                Arc::clone(&site),
                Arc::clone(&metrics),
                intake.clone(),
            );
            let counter = Arc::clone(&metrics);
            let stop = intake_tasks.stop.clone();
            intake_tasks.running.spawn(serve(
                listener,
                gate,
                endpoint.router(),
                stop,
                move |peer, reason| {
                    counter.refused("connection");
                    tracing::warn!(%peer, reason, "a connection to the push endpoint was refused");
                },
            ));
        }
        let poller = Poller::new(
            config.poll.clone(),
            Arc::clone(&site),
            Arc::clone(&metrics),
            intake,
            pollers_keys,
        );
        poller.spawn(&intake_tasks.running, &intake_tasks.stop);

        let worker = Worker::new(
            queue.clone(),
            client.clone(),
            Arc::clone(&site),
            Arc::clone(&metrics),
            &config.delivery,
        );
        delivery_tasks
            .running
            .spawn(worker.run(delivery_tasks.stop.clone()));
        delivery_tasks
            .running
            .spawn(keep_zones(client, Arc::clone(&site), delivery_tasks.stop.clone()));

        let (total, per_address) = ADMIN_CONNECTIONS;
        let admin = Admin {
            site: Arc::clone(&site),
            queue: queue.clone(),
            metrics: Arc::clone(&metrics),
            token,
        };
        let gate = Gate::new(None, total, per_address);
        admin_tasks.running.spawn(serve(
            admin_listener,
            gate,
            admin.router(),
            admin_tasks.stop.clone(),
            |_, _| {},
        ));

        tracing::info!(
            node = config.node.name,
            terminals = config.terminals.len(),
            push = push_address.map(tracing::field::display),
            admin = %admin_address,
            odoo = config.delivery.url,
            "the edge is running"
        );
        Ok(Self {
            site,
            queue,
            metrics,
            push_address,
            admin_address,
            intake_tasks,
            delivery_tasks,
            admin_tasks,
        })
    }

    /// Ends when the queue can no longer be written on this handle (a failed sync, a damaged file). The process has
    /// to be started again then: what was acknowledged is on disk, what was not is still on the terminals.
    pub async fn broken(&self) -> punchclock_queue::Error {
        loop {
            let health = self.queue.health();
            if health.poisoned
                && let Some(error) = health.last_error
            {
                return error;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    /// Stops in order and closes the queue file.
    ///
    /// # Errors
    /// The queue could not be closed cleanly; the next start checks it.
    pub async fn stop(self) -> Result<(), EdgeError> {
        tracing::info!("stopping");
        self.intake_tasks.end(Duration::from_secs(10), "the intake").await;
        self.delivery_tasks
            .end(Duration::from_secs(10), "the delivery")
            .await;
        self.admin_tasks
            .end(Duration::from_secs(6), "the admin listener")
            .await;
        self.queue.close().await?;
        tracing::info!("stopped");
        Ok(())
    }
}

async fn listen(address: SocketAddr, purpose: &'static str) -> Result<TcpListener, EdgeError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| EdgeError::Listen {
            address,
            purpose,
            source,
        })
}

fn odoo(config: &Config) -> Result<Client, EdgeError> {
    let fault = |error: punchclock_odoo::Error| EdgeError::Delivery(error.to_string());
    let delivery = &config.delivery;
    let key = Secret::read(&delivery.api_key_file, "the API key of Odoo")?;
    let key = ApiKey::new(key.expose()).map_err(fault)?;
    let mut builder = Client::builder(&delivery.url, &delivery.database, key)
        .timeout(Duration::from_secs(delivery.timeout_s.into()))
        .user_agent(concat!("punchclock-edge/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &delivery.ca_file {
        let pem = std::fs::read(path)
            .map_err(|error| EdgeError::Delivery(format!("delivery.ca_file {}: {error}", path.display())))?;
        builder = builder.ca_pem(pem);
    }
    builder.build().map_err(fault)
}

async fn open_queue(config: &Config) -> Result<AsyncQueue, EdgeError> {
    let path = &config.storage.path;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| {
            EdgeError::io(format!("cannot create the folder {}", folder.display()), error)
        })?;
    }
    let limits = punchclock_queue::Config::new().quota_bytes(u64::from(config.storage.quota_mib) << 20);
    let queue = AsyncQueue::open(path, limits).await?;
    tracing::info!(path = %path.display(), recovery = ?queue.recovery(), "the queue is open");
    Ok(queue)
}
