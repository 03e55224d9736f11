//! What a simulated terminal holds.

use std::collections::BTreeMap;
use std::fmt;

use bytes::{BufMut, Bytes, BytesMut};
use chrono::{NaiveDateTime, TimeDelta};

use super::fault::{Faults, FrameLayout};
use crate::wire::{ChecksumPolicy, CommKey, Command, FreeSizes, User, UserWidth, option};

/// Capacities a mid-range terminal reports.
const USER_CAPACITY: u32 = 10_000;
const RECORD_CAPACITY: u32 = 200_000;
const FINGER_CAPACITY: u32 = 6_000;

/// The state of a terminal.
#[derive(Debug)]
pub(super) struct State {
    pub(super) options: BTreeMap<String, String>,
    pub(super) firmware: String,
    pub(super) comm_key: Option<CommKey>,
    pub(super) users: Vec<User>,
    pub(super) user_width: UserWidth,
    pub(super) log: Log,
    pub(super) clock: Clock,
    pub(super) checksum: ChecksumPolicy,
    pub(super) layout: FrameLayout,
    pub(super) faults: Faults,
    pub(super) requests: BTreeMap<Command, u64>,
    pub(super) next_session: u16,
}

/// The attendance log as bytes, so that it can hold any width and any nonsense.
#[derive(Debug, Default)]
pub(super) struct Log {
    pub(super) bytes: Vec<u8>,
    pub(super) count: u32,
}

impl Log {
    pub(super) fn push(&mut self, record: &[u8]) {
        self.bytes.extend_from_slice(record);
        self.count = self.count.saturating_add(1);
    }
}

/// The caller's clock, and how far a client has set it off.
pub(super) struct Clock {
    source: Box<dyn Fn() -> NaiveDateTime + Send + Sync>,
    offset: TimeDelta,
}

impl Clock {
    pub(super) fn new(source: impl Fn() -> NaiveDateTime + Send + Sync + 'static) -> Self {
        Self {
            source: Box::new(source),
            offset: TimeDelta::zero(),
        }
    }

    pub(super) fn now(&self) -> NaiveDateTime {
        let now = (self.source)();
        now.checked_add_signed(self.offset).unwrap_or(now)
    }

    pub(super) fn set(&mut self, time: NaiveDateTime) {
        self.offset = time - (self.source)();
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now())
    }
}

impl State {
    pub(super) fn serial(&self) -> String {
        self.options
            .get(option::SERIAL_NUMBER)
            .cloned()
            .unwrap_or_default()
    }

    pub(super) fn uid_of(&self, user_id: &str) -> u16 {
        self.users
            .iter()
            .find(|user| user.user_id == user_id)
            .map_or(0, |user| user.uid)
    }

    pub(super) fn enroll(&mut self, user: User) {
        self.users.retain(|other| other.uid != user.uid);
        self.users.push(user);
    }

    /// A new session id.
    pub(super) fn open_session(&mut self) -> u16 {
        let session = self.next_session;
        self.next_session = session.checked_add(1).unwrap_or(1);
        session
    }

    /// The table a read asks for, as a body; `None` when there is no such table.
    pub(super) fn table(&self, command: Command) -> Option<Bytes> {
        match command {
            Command::READ_USERS => {
                let mut records = BytesMut::new();
                for user in &self.users {
                    records.put_slice(&user.encode(self.user_width));
                }
                Some(body(&records))
            }
            Command::ATTLOG_RRQ => Some(body(&self.log.bytes)),
            _ => None,
        }
    }

    pub(super) fn sizes(&self) -> FreeSizes {
        let users = u32::try_from(self.users.len()).unwrap_or(u32::MAX);
        let records = self.faults.record_count.unwrap_or(self.log.count);
        FreeSizes {
            users: Some(users),
            records: Some(records),
            user_capacity: Some(USER_CAPACITY),
            record_capacity: Some(RECORD_CAPACITY),
            finger_capacity: Some(FINGER_CAPACITY),
            fingers_free: Some(FINGER_CAPACITY),
            users_free: Some(USER_CAPACITY.saturating_sub(users)),
            records_free: Some(RECORD_CAPACITY.saturating_sub(records)),
            ..FreeSizes::default()
        }
    }
}

/// A body: the byte count and the records. Nothing at all for an empty table.
fn body(records: &[u8]) -> Bytes {
    if records.is_empty() {
        return Bytes::new();
    }
    let mut out = BytesMut::with_capacity(4 + records.len());
    out.put_u32_le(u32::try_from(records.len()).unwrap_or(u32::MAX));
    out.put_slice(records);
    out.freeze()
}
