//! A simulated terminal on a real socket: integrators without hardware, tests and demos talk to it as to a terminal.
//!
//! It keeps users, an attendance log that can grow while it runs, options, a comm key and a clock given by the caller; it answers in
//! every framing terminals use, and misbehaves on demand ([`Fault`]). It is written after the protocol, not after the client beside it,
//! and serves other clients too.
//!
//! ```
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use chrono::NaiveDate;
//! use punchclock_zk::sim::Simulator;
//! use punchclock_zk::{Client, ConnectOptions, PunchState, User, VerifyMode};
//!
//! let morning = NaiveDate::from_ymd_opt(2026, 3, 2).and_then(|day| day.and_hms_opt(8, 0, 0)).ok_or("date")?;
//! let terminal = Simulator::builder()
//!     .serial("PUNCH0001")
//!     .users([User::new(1, "1001", "Ada")])
//!     .clock(move || morning)
//!     .listen("127.0.0.1:0")
//!     .await?;
//! terminal.punch("1001", morning, VerifyMode::Finger, PunchState::CheckIn)?;
//!
//! let (client, connection) = Client::connect(terminal.addr(), ConnectOptions::new()).await?;
//! tokio::spawn(connection.run());
//! assert_eq!(client.attendance().await?.good().count(), 1);
//! terminal.shutdown().await;
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(example()).unwrap();
//! ```

mod answer;
mod builder;
mod datagrams;
mod device;
mod event;
mod fault;
mod log;
mod server;
mod state;
mod write;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use chrono::NaiveDateTime;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::wire::event::mask;
use crate::wire::{AttendanceRecord, Command, Template, TimeError, User};

pub use builder::SimulatorBuilder;
pub use device::{Device, Lossy};
pub use fault::{EventForm, Fault, FrameLayout, Network, ParseLayoutError};

use event::Report;
use server::Mode;
use state::State;

/// A running simulated terminal. It stops when dropped.
#[derive(Debug)]
pub struct Simulator {
    addr: SocketAddr,
    state: Shared,
    mode: watch::Sender<Mode>,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Describes a terminal to start.
    #[must_use]
    pub fn builder() -> SimulatorBuilder {
        SimulatorBuilder::default()
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its serial number.
    #[must_use]
    pub fn serial(&self) -> String {
        self.state.lock().serial()
    }

    /// Someone punches: one more record in the log, at a local time.
    ///
    /// # Errors
    /// [`TimeError`] when a terminal's clock cannot show the time.
    pub fn punch(
        &self,
        user_id: &str,
        time: NaiveDateTime,
        verify: impl Into<u8>,
        punch: impl Into<u8>,
    ) -> Result<(), TimeError> {
        let report = {
            let mut state = self.state.lock();
            let uid = state.uid_of(user_id);
            let record = AttendanceRecord::new(uid, user_id, time, verify.into(), punch.into())?;
            state.punch(&record)?
        };
        report.into_iter().for_each(|report| self.state.tell(report));
        Ok(())
    }

    /// One more record in the log, whatever its bytes say, and no event.
    pub fn push_raw(&self, record: &[u8]) {
        self.state.lock().log.push_raw(record);
    }

    /// Reports any event: one kind of [`mask`], with any data.
    pub fn report(&self, kind: u32, data: impl Into<Bytes>) {
        self.state.tell(Report {
            code: u16::try_from(kind & mask::ALL).unwrap_or_default(),
            data: data.into(),
        });
    }

    /// Enrols someone, or replaces who has the same uid.
    pub fn enroll(&self, user: User) {
        self.state.lock().enroll(user);
    }

    /// How many records the log holds.
    #[must_use]
    pub fn record_count(&self) -> u32 {
        self.state.lock().log.count
    }

    /// Takes the terminal off the network, or back: while off, open connections are dropped and new ones closed at once.
    pub fn online(&self, online: bool) {
        self.mode
            .send_replace(if online { Mode::Online } else { Mode::Offline });
    }

    /// Makes the terminal misbehave from now on.
    pub fn inject(&self, fault: Fault) {
        self.state.lock().inject(fault);
    }

    /// Makes it behave again.
    pub fn clear_faults(&self) {
        self.state.lock().faults = fault::Faults::default();
    }

    /// Changes how answers are cut into frames and writes.
    pub fn set_layout(&self, layout: FrameLayout) {
        self.state.lock().layout = layout;
    }

    /// How often a command was received since the start, to see what a client did and did not do.
    #[must_use]
    pub fn requests(&self, command: Command) -> u64 {
        self.state.lock().requests.get(&command).copied().unwrap_or(0)
    }

    /// Who is enrolled.
    #[must_use]
    pub fn users(&self) -> Vec<User> {
        self.state.lock().users.clone()
    }

    /// The finger templates it holds.
    #[must_use]
    pub fn templates(&self) -> Vec<Template> {
        self.state.lock().templates.clone()
    }

    /// An option as it stands.
    #[must_use]
    pub fn option(&self, key: &str) -> Option<String> {
        self.state.lock().options.get(key).cloned()
    }

    /// Its local time.
    #[must_use]
    pub fn time(&self) -> NaiveDateTime {
        self.state.lock().clock.now()
    }

    /// Whether people can punch.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.state.lock().enabled
    }

    /// The ticks of every time the door was unlocked.
    #[must_use]
    pub fn unlocked(&self) -> Vec<u32> {
        self.state.lock().unlocked.clone()
    }

    /// Opens or closes the door.
    pub fn set_door(&self, open: bool) {
        self.state.lock().door_open = open;
    }

    /// Stops listening, drops every connection and waits until all of it is gone.
    pub async fn shutdown(self) {
        self.mode.send_replace(Mode::Stopped);
        if let Err(error) = self.server.await {
            tracing::warn!(%error, "the simulator did not end cleanly");
        }
    }
}

/// Events on their way to slow connections.
const REPORTS: usize = 256;

/// The state, shared by the handle and the connections.
#[derive(Debug, Clone)]
struct Shared {
    state: Arc<Mutex<State>>,
    reports: broadcast::Sender<Report>,
}

impl Shared {
    fn new(state: State) -> Self {
        Self {
            state: Arc::new(Mutex::new(state)),
            reports: broadcast::Sender::new(REPORTS),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change to the state is whole before anything can panic, so a poisoned lock is as good as any.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reports(&self) -> broadcast::Receiver<Report> {
        self.reports.subscribe()
    }

    fn tell(&self, report: Report) {
        // Nobody connected: nobody hears it.
        drop(self.reports.send(report));
    }
}
