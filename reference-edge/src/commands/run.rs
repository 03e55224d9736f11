//! `run`: the edge until a signal.

use std::path::Path;

use punchclock_edge::config::Config;
use punchclock_edge::error::EdgeError;
use punchclock_edge::runtime::Edge;

pub(crate) async fn run(path: &Path) -> Result<(), EdgeError> {
    let config = Config::load(path)?;
    punchclock_edge::log::install(&config.log)?;
    let signals = Signals::install()?;
    let edge = Edge::start(&config).await?;
    let broken = tokio::select! {
        () = signals.wait() => None,
        error = edge.broken() => Some(error),
    };
    let stopped = edge.stop().await;
    match broken {
        Some(error) => Err(error),
        None => stopped,
    }
}

/// The signals that ask for an orderly stop. They are caught before anything is started, so that a stop during the
/// start is orderly too.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn install() -> Result<Self, EdgeError> {
        use tokio::signal::unix::{SignalKind, signal};
        let catch = |kind| signal(kind).map_err(|error| EdgeError::io("cannot catch signals", error));
        Ok(Self {
            terminate: catch(SignalKind::terminate())?,
            interrupt: catch(SignalKind::interrupt())?,
        })
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn install() -> Result<Self, EdgeError> {
        Ok(Self)
    }

    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
