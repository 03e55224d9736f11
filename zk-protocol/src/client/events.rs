//! The events of a connection, on their way to whoever listens.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use crate::session::TerminalEvent;

/// Events kept for a slow listener.
const KEPT: usize = 1024;

/// The end of the driver.
#[derive(Debug)]
pub(super) struct Feed {
    events: mpsc::Sender<TerminalEvent>,
    missed: Arc<AtomicU64>,
}

impl Feed {
    /// Hands on an event; one for which there is no room is counted. The driver never waits here: the listener may be waiting for it.
    pub(super) fn give(&self, event: TerminalEvent) {
        if let Err(mpsc::error::TrySendError::Full(_)) = self.events.try_send(event) {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// The events of a terminal, in order. Up to 1,024 are kept for a slow listener; what does not fit is counted, see
/// [`Events::take_missed`].
#[derive(Debug)]
pub struct Events {
    events: mpsc::Receiver<TerminalEvent>,
    missed: Arc<AtomicU64>,
}

impl Events {
    pub(super) fn new() -> (Feed, Self) {
        let (sender, events) = mpsc::channel(KEPT);
        let missed = Arc::new(AtomicU64::new(0));
        let feed = Feed {
            events: sender,
            missed: missed.clone(),
        };
        (feed, Self { events, missed })
    }

    /// The next event; `None` when the connection is gone, or when someone else listens now. Cancel safe.
    ///
    /// [`LiveEvent::decode`](crate::wire::LiveEvent::decode) reads it.
    pub async fn next(&mut self) -> Option<TerminalEvent> {
        self.events.recv().await
    }

    /// An event that is here already.
    pub fn try_next(&mut self) -> Option<TerminalEvent> {
        self.events.try_recv().ok()
    }

    /// How many events were lost since the last call because nobody took them: read the log to find them.
    pub fn take_missed(&mut self) -> u64 {
        self.missed.swap(0, Ordering::Relaxed)
    }
}
