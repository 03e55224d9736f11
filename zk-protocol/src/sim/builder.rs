//! Describing a simulated terminal.

use std::collections::BTreeMap;
use std::io;

use chrono::NaiveDateTime;
use tokio::net::{TcpListener, ToSocketAddrs};
use tokio::sync::watch;

use super::fault::{Faults, FrameLayout};
use super::server::{self, Mode};
use super::state::{Clock, Log, State};
use super::{Shared, Simulator};
use crate::wire::{AttendanceRecord, ChecksumPolicy, CommKey, PackedTime, User, UserWidth, option};

/// The session id a terminal starts with; any will do.
const FIRST_SESSION: u16 = 0x1F2E;

/// A terminal to be started: no comm key, no users, an empty log, its clock at 2000-01-01 until one is given.
#[derive(Debug)]
pub struct SimulatorBuilder {
    state: State,
}

impl Default for SimulatorBuilder {
    fn default() -> Self {
        let options = [
            (option::SERIAL_NUMBER, "SIM0000000001"),
            (option::PLATFORM, "ZMM220_TFT"),
            (option::DEVICE_NAME, "Simulated terminal"),
            (option::OEM_VENDOR, "Punchclock"),
            (option::MAC, "02:00:00:00:00:01"),
            ("~OS", "1"),
            ("~ExtendFmt", "1"),
            ("~UserExtFmt", "1"),
            ("~ZKFPVersion", "10"),
            ("~PIN2Width", "14"),
            ("IPAddress", "127.0.0.1"),
            ("NetMask", "255.0.0.0"),
            ("GATEIPAddress", "127.0.0.1"),
            ("CompatOldFirmware", "0"),
            ("FaceFunOn", "0"),
            ("WorkCode", "0"),
        ];
        let options = options.map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self {
            state: State {
                options: BTreeMap::from(options),
                firmware: "Ver 6.60 Apr 26 2016".to_owned(),
                comm_key: None,
                users: Vec::new(),
                user_width: UserWidth::Long,
                log: Log::default(),
                clock: Clock::new(|| PackedTime::new(0).decode().unwrap_or_default()),
                checksum: ChecksumPolicy::Strict,
                layout: FrameLayout::One,
                faults: Faults::default(),
                requests: BTreeMap::new(),
                next_session: FIRST_SESSION,
            },
        }
    }
}

impl SimulatorBuilder {
    /// The serial number.
    #[must_use]
    pub fn serial(self, serial: &str) -> Self {
        self.option(option::SERIAL_NUMBER, serial)
    }

    /// The model name.
    #[must_use]
    pub fn device_name(self, name: &str) -> Self {
        self.option(option::DEVICE_NAME, name)
    }

    /// Any option.
    #[must_use]
    pub fn option(mut self, key: &str, value: &str) -> Self {
        self.state.options.insert(key.to_owned(), value.to_owned());
        self
    }

    /// An option the terminal does not know.
    #[must_use]
    pub fn without_option(mut self, key: &str) -> Self {
        self.state.options.remove(key);
        self
    }

    /// Asks every client for this key.
    #[must_use]
    pub fn comm_key(mut self, key: CommKey) -> Self {
        self.state.comm_key = Some(key);
        self
    }

    /// Enrolled users.
    #[must_use]
    pub fn users(mut self, users: impl IntoIterator<Item = User>) -> Self {
        self.state.users.extend(users);
        self
    }

    /// The layout of the user table.
    #[must_use]
    pub fn user_width(mut self, width: UserWidth) -> Self {
        self.state.user_width = width;
        self
    }

    /// Records already in the log.
    #[must_use]
    pub fn attendance(mut self, records: impl IntoIterator<Item = AttendanceRecord>) -> Self {
        for record in records {
            self.state.log.push(&record.raw);
        }
        self
    }

    /// A log of any bytes, said to hold this many records.
    #[must_use]
    pub fn raw_log(mut self, bytes: Vec<u8>, count: u32) -> Self {
        self.state.log = Log { bytes, count };
        self
    }

    /// Where the local time comes from; called whenever a client asks.
    #[must_use]
    pub fn clock(mut self, now: impl Fn() -> NaiveDateTime + Send + Sync + 'static) -> Self {
        self.state.clock = Clock::new(now);
        self
    }

    /// How answers are cut into frames and writes.
    #[must_use]
    pub fn layout(mut self, layout: FrameLayout) -> Self {
        self.state.layout = layout;
        self
    }

    /// What to do with requests whose checksum is wrong: strict terminals drop them silently.
    #[must_use]
    pub fn checksum(mut self, policy: ChecksumPolicy) -> Self {
        self.state.checksum = policy;
        self
    }

    /// Starts the terminal: binds the address (port 0 for any free one) and serves connections on tasks of the current runtime.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen(self, address: impl ToSocketAddrs) -> io::Result<Simulator> {
        let listener = TcpListener::bind(address).await?;
        let addr = listener.local_addr()?;
        let state = Shared::new(self.state);
        let (mode, watched) = watch::channel(Mode::Online);
        let server = tokio::spawn(server::serve(listener, state.clone(), watched));
        Ok(Simulator {
            addr,
            state,
            mode,
            server,
        })
    }
}
