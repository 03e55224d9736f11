//! What a simulated terminal holds.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use super::fault::{EventForm, Faults, FrameLayout};
use super::log::{Clock, Log};
use crate::wire::bulk::table;
use crate::wire::oplog::Operation;
use crate::wire::{
    BufferedRead, ChecksumPolicy, CommKey, Command, FreeSizes, OpRecord, PackedTime, Privilege, Template,
    User, UserWidth, option,
};

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
    pub(super) templates: Vec<Template>,
    pub(super) photos: BTreeMap<String, Bytes>,
    pub(super) log: Log,
    pub(super) op_log: Vec<OpRecord>,
    pub(super) clock: Clock,
    pub(super) checksum: ChecksumPolicy,
    pub(super) layout: FrameLayout,
    /// How long it waits between two writes.
    pub(super) gap: Duration,
    pub(super) event_form: EventForm,
    pub(super) faults: Faults,
    pub(super) requests: BTreeMap<Command, u64>,
    pub(super) next_session: u16,
    /// Whether people can punch.
    pub(super) enabled: bool,
    pub(super) door_open: bool,
    /// The ticks of every unlock.
    pub(super) unlocked: Vec<u32>,
    pub(super) messages: BTreeMap<u16, Bytes>,
    pub(super) given_messages: BTreeSet<(u16, u16)>,
    /// Access settings as written, by what they are and their number.
    pub(super) access: BTreeMap<(Command, u32), Bytes>,
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

    pub(super) fn store_template(&mut self, template: Template) {
        self.delete_templates(template.uid, Some(template.finger));
        self.templates.push(template);
    }

    pub(super) fn delete_templates(&mut self, uid: u16, finger: Option<u8>) {
        self.templates
            .retain(|other| other.uid != uid || finger.is_some_and(|finger| other.finger != finger));
    }

    /// Writes down what was done.
    pub(super) fn note(&mut self, operation: Operation, params: [u16; 4]) {
        let time = PackedTime::encode(self.clock.now()).map_or(0, PackedTime::raw);
        let mut record = OpRecord::new(operation, time);
        record.params = params;
        self.op_log.push(record);
    }

    /// A new session id.
    pub(super) fn open_session(&mut self) -> u16 {
        let session = self.next_session;
        self.next_session = session.checked_add(1).unwrap_or(1);
        session
    }

    /// The table a read asks for, as a body; `None` when there is no such table.
    pub(super) fn table(&self, read: BufferedRead) -> Option<Bytes> {
        match (read.command, read.arg1) {
            (Command::USERTEMP_RRQ | Command::DB_RRQ, table::USERS) => {
                let mut records = BytesMut::new();
                for user in &self.users {
                    records.put_slice(&user.encode(self.user_width));
                }
                Some(body(&records))
            }
            (Command::USERTEMP_RRQ | Command::DB_RRQ, table::TEMPLATES) => {
                let mut records = BytesMut::new();
                for template in &self.templates {
                    template.encode(&mut records);
                }
                Some(body(&records))
            }
            (Command::ATTLOG_RRQ, _) | (Command::DB_RRQ, table::ATTENDANCE) => Some(body(&self.log.bytes)),
            (Command::OPLOG_RRQ, _) | (Command::DB_RRQ, table::OP_LOG) => {
                let records: Vec<u8> = self.op_log.iter().flat_map(OpRecord::encode).collect();
                Some(body(&records))
            }
            (Command::ATTLOG_TIME, from) if !self.faults.no_windows => {
                let window = self.log.window(PackedTime::new(from), PackedTime::new(read.arg2));
                Some(body(&window))
            }
            _ => None,
        }
    }

    pub(super) fn sizes(&self) -> FreeSizes {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        let users = count(self.users.len());
        let fingers = count(self.templates.len());
        let records = self.faults.record_count.unwrap_or(self.log.count);
        let having = |what: fn(&&User) -> bool| Some(count(self.users.iter().filter(what).count()));
        FreeSizes {
            users: Some(users),
            fingers: Some(fingers),
            records: Some(records),
            op_records: Some(count(self.op_log.len())),
            admins: having(|user| user.role() != Privilege::User),
            passwords: having(|user| !user.password.is_empty()),
            user_capacity: Some(USER_CAPACITY),
            record_capacity: Some(RECORD_CAPACITY),
            finger_capacity: Some(FINGER_CAPACITY),
            fingers_free: Some(FINGER_CAPACITY.saturating_sub(fingers)),
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
