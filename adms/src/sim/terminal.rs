//! The handle of a running terminal.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::NaiveDateTime;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use super::builder::Builder;
use super::columns::Record;
use super::state::{State, Status};
use super::worker::Worker;

/// A simulated terminal that pushes its log to a server. Dropping it switches it off at once.
pub struct Terminal {
    shared: Arc<Shared>,
    power: watch::Sender<Power>,
    task: Option<JoinHandle<()>>,
}

/// What handle and task share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    /// Told whenever there may be something to do.
    pub(super) changed: Notify,
}

impl Shared {
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // A poisoned log is still the log: there is no step of `State` that a panic could leave half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    On,
    /// Running, but without a network.
    Offline,
    Off,
}

impl Terminal {
    /// A terminal with this serial number that pushes to `server`. The serial is sent as it is, valid or not.
    pub fn builder(serial: impl Into<String>, server: SocketAddr) -> Builder {
        Builder::new(serial.into(), server)
    }

    pub(super) fn start(settings: Builder) -> Self {
        let shared = Arc::new(Shared {
            state: Mutex::new(State::new(settings.server)),
            changed: Notify::new(),
        });
        let (power, listener) = watch::channel(Power::On);
        let task = tokio::spawn(Worker::new(settings, Arc::clone(&shared)).run(listener));
        Self {
            shared,
            power,
            task: Some(task),
        }
    }

    /// A person punches: the record goes into the log, which never loses it, and is pushed when it is due.
    pub fn punch(&self, pin: impl Into<String>, time: NaiveDateTime, state: u8, verify: u8) {
        self.shared.state().record(Record {
            pin: pin.into(),
            time,
            status: state,
            verify,
        });
        self.shared.changed.notify_one();
    }

    /// Sends the whole log again, whatever was acknowledged.
    pub fn replay(&self) {
        self.shared.state().replay();
        self.shared.changed.notify_one();
    }

    /// Pulls the network cable, cutting off what is under way, or plugs it in again, upon which it shakes hands.
    pub fn online(&self, online: bool) {
        let wanted = if online { Power::On } else { Power::Offline };
        self.power.send_if_modified(|power| {
            let changes = *power != wanted;
            if changes {
                self.shared.state().must_shake |= online;
                *power = wanted;
            }
            changes
        });
    }

    /// Sets another server address. It shakes hands there before anything else.
    pub fn point_at(&self, server: SocketAddr) {
        let mut state = self.shared.state();
        state.server = server;
        state.must_shake = true;
        drop(state);
        self.shared.changed.notify_one();
    }

    /// Sends only half of the next upload's body, with the `Content-Length` of the whole, and hangs up.
    pub fn cut_next_body(&self) {
        self.shared.state().cut_next = true;
    }

    /// Counters, options and the last reply.
    #[must_use]
    pub fn status(&self) -> Status {
        self.shared.state().status()
    }

    /// The records of the log, in order.
    #[must_use]
    pub fn log(&self) -> Vec<Record> {
        self.shared.state().log.clone()
    }

    /// Switches the terminal off, cutting off what is under way.
    pub async fn stop(mut self) {
        self.power.send_replace(Power::Off);
        if let Some(task) = self.task.take() {
            // The only error is a panic of the task, which is reported where it happens.
            let _ = task.await;
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl fmt::Debug for Terminal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Terminal")
            .field("status", &self.status())
            .finish_non_exhaustive()
    }
}
