//! What the terminal remembers: its log, how far it was sent, what it was told.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::ops::Range;

use super::columns::Record;
use super::orders::Report;

/// Counters of a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Status {
    /// Records in the log.
    pub made: usize,
    /// Records that were acknowledged at least once.
    pub acknowledged: usize,
    /// Records still to be sent, those of a replay included.
    pub unsent: usize,
    /// Uploads tried.
    pub posts: u64,
    /// Uploads that repeat one that was not acknowledged.
    pub resends: u64,
    /// Handshakes that were answered with options.
    pub handshakes: u64,
    /// Heartbeats that were answered.
    pub heartbeats: u64,
    /// Commands received, by their text.
    pub commands: Vec<String>,
    /// The options of the last handshake.
    pub options: BTreeMap<String, String>,
    /// The last reply to any request.
    pub last_reply: Option<LastReply>,
}

/// A reply as the terminal saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct LastReply {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: String,
}

/// The terminal's memory.
#[derive(Debug)]
pub(super) struct State {
    pub(super) server: SocketAddr,
    pub(super) log: Vec<Record>,
    acknowledged: Vec<bool>,
    /// First record that is not yet sent.
    cursor: usize,
    /// The batch under way or to be repeated.
    pub(super) batch: Option<Range<usize>>,
    /// Send all there is now, whatever `Realtime` says.
    pub(super) asked: bool,
    /// Shake hands before anything else.
    pub(super) must_shake: bool,
    /// Send the counters with the next heartbeat.
    pub(super) must_inform: bool,
    pub(super) cut_next: bool,
    /// Results of commands, and what they asked for, not yet reported.
    pub(super) reports: VecDeque<Report>,
    status: Status,
}

impl State {
    pub(super) fn new(server: SocketAddr) -> Self {
        Self {
            server,
            log: Vec::new(),
            acknowledged: Vec::new(),
            cursor: 0,
            batch: None,
            asked: false,
            must_shake: true,
            must_inform: true,
            cut_next: false,
            reports: VecDeque::new(),
            status: Status::default(),
        }
    }

    pub(super) fn record(&mut self, record: Record) {
        self.log.push(record);
        self.acknowledged.push(false);
    }

    /// Starts over at the first record. A batch under way may still be acknowledged, and is sent again.
    pub(super) fn replay(&mut self) {
        self.cursor = 0;
        self.batch = None;
        self.asked = true;
    }

    pub(super) fn has_unsent(&self) -> bool {
        self.cursor < self.log.len()
    }

    /// The next batch of up to `size` records: the one that failed, or a new one.
    pub(super) fn next_batch(&mut self, size: usize) -> Range<usize> {
        self.status.posts = self.status.posts.saturating_add(1);
        if let Some(batch) = &self.batch {
            self.status.resends = self.status.resends.saturating_add(1);
            return batch.clone();
        }
        let end = self.log.len().min(self.cursor.saturating_add(size.max(1)));
        self.batch = Some(self.cursor..end);
        self.cursor..end
    }

    pub(super) fn acknowledge(&mut self, batch: &Range<usize>) {
        for known in self.acknowledged.get_mut(batch.clone()).unwrap_or_default() {
            *known = true;
        }
        // After a replay was asked for, this batch is no longer the current one and moves nothing.
        if self.batch.as_ref() == Some(batch) {
            self.batch = None;
            self.cursor = batch.end;
        }
        if !self.has_unsent() {
            self.asked = false;
        }
    }

    pub(super) fn shaken(&mut self, server: SocketAddr, options: BTreeMap<String, String>) {
        // Meanwhile it may have been pointed at another server, which must be greeted too.
        self.must_shake = server != self.server;
        self.must_inform = true;
        self.status.options = options;
        self.status.handshakes = self.status.handshakes.saturating_add(1);
    }

    pub(super) fn beaten(&mut self) {
        self.must_inform = false;
        self.status.heartbeats = self.status.heartbeats.saturating_add(1);
    }

    pub(super) fn replied(&mut self, status: u16, body: &str) {
        self.status.last_reply = Some(LastReply {
            status,
            body: body.to_owned(),
        });
    }

    pub(super) fn received(&mut self, command: &str) {
        self.status.commands.push(command.to_owned());
    }

    /// A number among the options of the last handshake.
    pub(super) fn option(&self, key: &str) -> Option<u64> {
        self.status.options.get(key)?.trim().parse().ok()
    }

    pub(super) fn status(&self) -> Status {
        Status {
            made: self.log.len(),
            acknowledged: self.acknowledged.iter().filter(|known| **known).count(),
            unsent: self.log.len().saturating_sub(self.cursor),
            ..self.status.clone()
        }
    }
}
