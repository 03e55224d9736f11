//! Describing a simulated terminal.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDateTime;
use tokio::net::{TcpListener, ToSocketAddrs, UdpSocket};
use tokio::sync::watch;

use super::device::Device;
use super::fault::{EventForm, Fault, Faults, FrameLayout};
use super::log::{Clock, Log};
use super::server::{self, Mode};
use super::state::State;
use super::{Shared, Simulator, datagrams};
use crate::session::Transport;
use crate::wire::{
    AttendanceLayout, AttendanceRecord, ChecksumPolicy, CommKey, OpRecord, PackedTime, Template, TimeError,
    User, UserWidth, option,
};

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
                templates: Vec::new(),
                photos: BTreeMap::new(),
                log: Log::default(),
                op_log: Vec::new(),
                clock: Clock::new(|| PackedTime::new(0).decode().unwrap_or_default()),
                checksum: ChecksumPolicy::Strict,
                layout: FrameLayout::One,
                gap: Duration::ZERO,
                event_form: EventForm::default(),
                enabled: true,
                door_open: false,
                unlocked: Vec::new(),
                messages: BTreeMap::new(),
                given_messages: BTreeSet::new(),
                access: BTreeMap::new(),
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

    /// The layout of the log, before anything is in it.
    #[must_use]
    pub fn attendance_layout(mut self, layout: AttendanceLayout) -> Self {
        self.state.log.layout = layout;
        self
    }

    /// Records already in the log.
    ///
    /// # Errors
    /// [`TimeError`] when a terminal's clock cannot show the time of one.
    pub fn attendance(
        mut self,
        records: impl IntoIterator<Item = AttendanceRecord>,
    ) -> Result<Self, TimeError> {
        for record in records {
            self.state.log.push(&record)?;
        }
        Ok(self)
    }

    /// A log of any bytes, said to hold this many records.
    #[must_use]
    pub fn raw_log(mut self, bytes: Vec<u8>, count: u32) -> Self {
        let layout = self.state.log.layout;
        self.state.log = Log { bytes, count, layout };
        self
    }

    /// Finger templates.
    #[must_use]
    pub fn templates(mut self, templates: impl IntoIterator<Item = Template>) -> Self {
        self.state.templates.extend(templates);
        self
    }

    /// The photo of a user.
    #[must_use]
    pub fn photo(mut self, user_id: &str, jpeg: impl Into<Bytes>) -> Self {
        self.state.photos.insert(format!("{user_id}.jpg"), jpeg.into());
        self
    }

    /// What was done in the menu.
    #[must_use]
    pub fn op_log(mut self, records: impl IntoIterator<Item = OpRecord>) -> Self {
        self.state.op_log.extend(records);
        self
    }

    /// How long it waits between two writes, as real terminals do; some clients take what comes at once for one packet.
    #[must_use]
    pub fn gap(mut self, time: Duration) -> Self {
        self.state.gap = time;
        self
    }

    /// The data of attendance events.
    #[must_use]
    pub fn event_form(mut self, form: EventForm) -> Self {
        self.state.event_form = form;
        self
    }

    /// Misbehaves from the start.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.state.inject(fault);
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

    /// Starts the terminal over TCP: binds the address (port 0 for any free one) and serves connections on tasks of the current runtime.
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

    /// As [`SimulatorBuilder::listen`], over UDP.
    ///
    /// # Errors
    /// When the address cannot be bound.
    pub async fn listen_udp(self, address: impl ToSocketAddrs) -> io::Result<Simulator> {
        let socket = UdpSocket::bind(address).await?;
        let addr = socket.local_addr()?;
        let state = Shared::new(self.state);
        let (mode, watched) = watch::channel(Mode::Online);
        let server = tokio::spawn(datagrams::serve(socket, state.clone(), watched));
        Ok(Simulator {
            addr,
            state,
            mode,
            server,
        })
    }

    /// The terminal without a socket.
    #[must_use]
    pub fn device(self, transport: Transport) -> Device {
        Device::new(self.state, transport)
    }
}
