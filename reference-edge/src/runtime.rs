//! Everything started from a configuration, and stopped in order: first what takes punches in, then the delivery,
//! then the queue, so that whatever was acknowledged is committed and the file is closed cleanly.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use punchclock_odoo::{ApiKey, Client};
use punchclock_queue::{AsyncQueue, Recovery};
use tokio::net::TcpListener;

use crate::admin::Admin;
use crate::clock::Clock;
use crate::config::{Config, Secret};
use crate::deliver::{Reporter, Worker};
use crate::error::EdgeError;
use crate::http::{Gate, serve};
use crate::ingest::{CommKeys, Endpoint, Poller, comm_keys};
use crate::intake::Intake;
use crate::metrics::Metrics;
use crate::site::Site;
use crate::tasks::Tasks;

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
    fell: Arc<AtomicBool>,
}

impl Edge {
    /// Opens the queue and the listeners, then starts polling, receiving and delivering.
    ///
    /// # Errors
    /// A secret, the queue file, an address or the delivery is not usable; nothing is left running then.
    pub async fn start(config: &Config) -> Result<Self, EdgeError> {
        let Usable {
            client,
            comm_keys,
            token,
        } = Usable::read(config)?;
        let push_listener = match &config.push {
            Some(push) => Some(listen(push.listen, "terminals that push").await?),
            None => None,
        };
        let admin_listener = listen(config.admin.listen, "health and metrics").await?;
        let queue = open_queue(config).await?;

        let site = Arc::new(Site::new(config, Clock::start()));
        let metrics = Arc::new(Metrics::new());
        let intake = Intake::new(queue.clone(), Arc::clone(&metrics), Arc::clone(&site));
        let fell = Arc::default();
        let (intake_tasks, delivery_tasks, admin_tasks) =
            (Tasks::new(&fell), Tasks::new(&fell), Tasks::new(&fell));

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
            let refused = move |peer, reason| {
                counter.refused("connection");
                tracing::warn!(%peer, reason, "a connection to the push endpoint was refused");
            };
            intake_tasks.spawn(
                "push endpoint",
                serve(listener, gate, endpoint.router(), stop, refused),
            );
        }
        let poller = Poller::new(
            config.poll.clone(),
            Arc::clone(&site),
            Arc::clone(&metrics),
            intake,
            comm_keys,
        );
        poller.spawn(&intake_tasks);

        let worker = Worker::new(
            queue.clone(),
            client.clone(),
            Arc::clone(&site),
            Arc::clone(&metrics),
            &config.delivery,
        );
        delivery_tasks.spawn("delivery", worker.run(delivery_tasks.stop.clone()));
        let reporter = Reporter::new(client, Arc::clone(&site), queue.clone());
        delivery_tasks.spawn("reports", reporter.run(delivery_tasks.stop.clone()));

        let (total, per_address) = ADMIN_CONNECTIONS;
        let admin = Admin {
            site: Arc::clone(&site),
            queue: queue.clone(),
            metrics: Arc::clone(&metrics),
            token,
        };
        let gate = Gate::new(None, total, per_address);
        let stop = admin_tasks.stop.clone();
        admin_tasks.spawn(
            "admin listener",
            serve(admin_listener, gate, admin.router(), stop, |_, _| {}),
        );

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
            fell,
        })
    }

    /// Ends when the edge can no longer do its work: the queue cannot be used on this handle (a failed sync, a damaged
    /// file), or a task fell. The process has to be started again then: what was acknowledged is on disk, what was
    /// not is still on the terminals.
    pub async fn broken(&self) -> EdgeError {
        loop {
            let health = self.queue.health();
            if health.poisoned || health.closed {
                let error = match health.last_error {
                    Some(error) => Some(error),
                    None => self.queue.stats().await.err(),
                };
                if let Some(error) = error {
                    return error.into();
                }
            }
            if self.fell.load(Ordering::Relaxed) {
                let source = std::io::Error::other("a task ended that must not; the log names it");
                return EdgeError::io("the edge cannot go on", source);
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

/// What a configuration names, read and found usable; nothing is opened yet.
#[derive(Debug)]
pub struct Usable {
    client: Client,
    comm_keys: CommKeys,
    token: Option<Secret>,
}

impl Usable {
    /// Reads the secrets and builds the client for Odoo.
    ///
    /// # Errors
    /// What `run` would refuse: a secret file, a key, the URL of Odoo, its certificate authority.
    pub fn read(config: &Config) -> Result<Self, EdgeError> {
        let token = match &config.admin.metrics_token_file {
            Some(path) => Some(Secret::read(path, "the bearer token of /metrics")?),
            None => None,
        };
        Ok(Self {
            client: odoo(config)?,
            comm_keys: comm_keys(config)?,
            token,
        })
    }
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
    match queue.recovery() {
        // Polling reads every log anyway, and without a stamp a terminal that pushes is asked for all it has.
        Recovery::Quarantined(salvage) => {
            tracing::error!(path = %path.display(), %salvage, "the queue file was damaged; the terminals are read again");
        }
        recovery => tracing::info!(path = %path.display(), ?recovery, "the queue is open"),
    }
    Ok(queue)
}
