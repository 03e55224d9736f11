//! The commands of one terminal, from the moment they are given until it is known what became of them.

use std::collections::VecDeque;

use chrono::{DateTime, TimeDelta, Utc};

use super::action::{Action, Effect};
use super::encode::Encoded;
use super::result::{Class, CommandResult, ReturnCode};
use super::{Command, CommandId};
use crate::dialect::Dialect;
use crate::error::CommandError;
use crate::text::Charset;

/// Where a command stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum State {
    /// Not sent.
    Pending,
    /// Sent, which is not done.
    Sent,
    /// The terminal says that it did it.
    Confirmed,
    /// The terminal says that it did not, or no dialect has a word for it.
    Failed,
    /// Nothing came back in time. If it was sent, nobody knows whether it was done.
    Expired,
    /// Withdrawn before it was sent.
    Cancelled,
}

impl State {
    /// Whether nothing more is expected to happen.
    #[must_use]
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::Pending | Self::Sent)
    }
}

/// A command and what became of it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Entry {
    /// The command.
    pub command: Command,
    /// Where it stands.
    pub state: State,
    /// When it was given.
    pub given: DateTime<Utc>,
    /// When it was last sent.
    pub sent: Option<DateTime<Utc>>,
    /// How often it was sent.
    pub tries: u32,
    /// What the terminal said.
    pub code: Option<ReturnCode>,
}

/// How patient a queue is, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain limits, to be written out by the caller"
)]
pub struct QueuePolicy {
    /// How long to wait for a result before an idempotent command is sent again.
    pub retry_after: TimeDelta,
    /// How often a command is sent at most.
    pub tries: u32,
    /// How long after it was given a command is still sent.
    pub ttl: TimeDelta,
    /// The same for commands that act on doors and people: opened a minute late, a door is opened for somebody else.
    pub physical_ttl: TimeDelta,
    /// Commands in one reply.
    pub per_reply: usize,
    /// Bytes in one reply; the first command is sent whatever its size.
    pub reply_bytes: usize,
    /// Commands held, those whose end is known included; the oldest of these make room for new ones.
    pub entries: usize,
}

impl Default for QueuePolicy {
    /// Again after 10 minutes, three times at most, within a day (a minute for doors); 50 commands and 40 KB a reply, 1000
    /// commands in all.
    fn default() -> Self {
        Self {
            retry_after: TimeDelta::minutes(10),
            tries: 3,
            ttl: TimeDelta::days(1),
            physical_ttl: TimeDelta::minutes(1),
            per_reply: 50,
            reply_bytes: 40_000,
            entries: 1000,
        }
    }
}

/// What a result did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The command is confirmed now.
    Confirmed,
    /// The command has failed now.
    Failed,
    /// The terminal has accepted it and will say more.
    Accepted,
    /// Known already: terminals repeat results until they are acknowledged. Nothing changed.
    Repeated,
    /// No such command. Record and acknowledge it all the same.
    Unknown,
}

/// The commands of one terminal: given, sent with its heartbeats and only then, confirmed by their ids.
///
/// It knows neither clock nor store: pass `now` in, keep [`entries`](Self::entries) where they last, and
/// [`restore`](Self::restore) them. Sent at least once: if the reply with a command is lost, the terminal never had it and
/// it is sent again after a while, if doing it twice does no harm.
///
/// ```
/// use chrono::DateTime;
/// use punchclock_adms::command::{Action, CommandQueue, Outcome, QueuePolicy, State, results};
/// use punchclock_adms::{Charset, Dialect, Incoming};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let now = DateTime::UNIX_EPOCH;
/// let mut queue = CommandQueue::new(QueuePolicy::default());
/// let id = queue.give(Action::Info, now)?;
/// let sent = queue.take(now, Dialect::Att, Charset::Utf8);
/// assert_eq!(sent[0].as_bytes(), b"C:1:INFO\n");
/// assert!(queue.take(now, Dialect::Att, Charset::Utf8).is_empty(), "sent once");
///
/// let whole = punchclock_adms::parse(&Incoming {
///     method: "POST", target: "/iclock/devicecmd?SN=A1", headers: &[], body: b"ID=1&Return=0&CMD=INFO\n",
/// })?;
/// for result in results(&whole.body, &whole.request.parameters) {
///     assert_eq!(queue.settle(&result), Outcome::Confirmed);
///     assert_eq!(queue.settle(&result), Outcome::Repeated);
/// }
/// assert_eq!(queue.get(&id).map(|entry| entry.state), Some(State::Confirmed));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct CommandQueue {
    policy: QueuePolicy,
    entries: VecDeque<Entry>,
    next: u32,
}

impl CommandQueue {
    /// An empty queue.
    #[must_use]
    pub const fn new(policy: QueuePolicy) -> Self {
        Self {
            policy,
            entries: VecDeque::new(),
            next: 1,
        }
    }

    /// A queue as it was. Ids go on behind the highest number among `entries`, and never below `next`.
    #[must_use]
    pub fn restore(policy: QueuePolicy, entries: Vec<Entry>, next: u32) -> Self {
        let highest = entries
            .iter()
            .filter_map(|entry| entry.command.id.as_str().parse::<u32>().ok())
            .max();
        Self {
            policy,
            next: next.max(highest.map_or(1, |highest| highest.saturating_add(1))),
            entries: entries.into(),
        }
    }

    /// Gives a command; it is sent with one of the next heartbeats.
    ///
    /// # Errors
    ///
    /// [`CommandError::Full`] when the queue holds as many unfinished commands as it may.
    pub fn give(&mut self, action: Action, now: DateTime<Utc>) -> Result<CommandId, CommandError> {
        self.expire(now);
        while self.entries.len() >= self.policy.entries {
            let done = self.entries.iter().position(|entry| entry.state.is_final());
            self.entries.remove(done.ok_or(CommandError::Full)?);
        }
        let id = CommandId::from(self.next);
        self.next = self.next.checked_add(1).ok_or(CommandError::Full)?;
        self.entries.push_back(Entry {
            command: Command::new(id.clone(), action),
            state: State::Pending,
            given: now,
            sent: None,
            tries: 0,
            code: None,
        });
        Ok(id)
    }

    /// The commands for a heartbeat that arrives now, for [`Reply::commands`](crate::Reply::commands); they count as sent.
    ///
    /// A restart goes last and alone: what stands behind it would be lost. What the dialect has no word for fails.
    pub fn take(&mut self, now: DateTime<Utc>, dialect: Dialect, charset: Charset) -> Vec<Encoded> {
        self.expire(now);
        let policy = self.policy;
        let mut taken = Vec::new();
        let mut bytes = 0_usize;
        for entry in &mut self.entries {
            if taken.len() >= policy.per_reply || !entry.is_due(&policy, now) {
                continue;
            }
            if entry.command.action == Action::Reboot && !taken.is_empty() {
                break;
            }
            let Ok(encoded) = entry.command.encode(dialect, charset) else {
                entry.state = State::Failed;
                continue;
            };
            let with = bytes.saturating_add(encoded.as_bytes().len());
            if with > policy.reply_bytes && !taken.is_empty() {
                break;
            }
            bytes = with;
            entry.state = State::Sent;
            entry.sent = Some(now);
            entry.tries = entry.tries.saturating_add(1);
            let restarts = entry.command.action == Action::Reboot;
            taken.push(encoded);
            if restarts {
                break;
            }
        }
        taken
    }

    /// Takes a result. What was expired is confirmed or failed all the same: late is better than unknown.
    pub fn settle(&mut self, result: &CommandResult<'_>) -> Outcome {
        let Some(entry) = self.entry(result.id) else {
            return Outcome::Unknown;
        };
        let Some(code) = result.code else {
            // A result without a number says nothing about how it went.
            return if entry.state.is_final() {
                Outcome::Repeated
            } else {
                Outcome::Accepted
            };
        };
        entry.settle(code)
    }

    /// Takes the complete answer to a query ("acc"): `querydata` concludes its command as `devicecmd` does, some
    /// firmware sends both.
    pub fn answered(&mut self, id: &str, records: u32) -> Outcome {
        match self.entry(id) {
            Some(entry) => entry.settle(ReturnCode::new(records.into())),
            None => Outcome::Unknown,
        }
    }

    /// Withdraws a command that is not sent yet. A sent one cannot be had back.
    pub fn cancel(&mut self, id: &CommandId) -> bool {
        match self.entry(id.as_str()) {
            Some(entry) if entry.state == State::Pending => {
                entry.state = State::Cancelled;
                true
            }
            _ => false,
        }
    }

    /// Gives up on what is too old to be sent, or to be waited for. All other methods do it by themselves.
    pub fn expire(&mut self, now: DateTime<Utc>) {
        let policy = self.policy;
        for entry in &mut self.entries {
            if entry.is_over(&policy, now) {
                entry.state = State::Expired;
            }
        }
    }

    /// Whether a heartbeat that arrives now would get a command.
    #[must_use]
    pub fn has_due(&self, now: DateTime<Utc>) -> bool {
        self.entries
            .iter()
            .any(|entry| !entry.is_over(&self.policy, now) && entry.is_due(&self.policy, now))
    }

    /// All commands, the oldest first, to be kept where they last.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The number that the next id will have, to be kept with the entries: an id that was used must not come again.
    #[must_use]
    pub const fn next_number(&self) -> u32 {
        self.next
    }

    /// One command.
    #[must_use]
    pub fn get(&self, id: &CommandId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.command.id == *id)
    }

    fn entry(&mut self, id: &str) -> Option<&mut Entry> {
        self.entries
            .iter_mut()
            .find(|entry| entry.command.id.as_str() == id)
    }
}

impl Entry {
    fn ttl(&self, policy: &QueuePolicy) -> TimeDelta {
        match self.command.action.effect() {
            Effect::Physical => policy.physical_ttl,
            _ => policy.ttl,
        }
    }

    fn is_due(&self, policy: &QueuePolicy, now: DateTime<Utc>) -> bool {
        match (self.state, self.sent) {
            (State::Pending, _) => true,
            (State::Sent, Some(sent)) => {
                self.command.action.is_idempotent()
                    && self.tries < policy.tries
                    && now.signed_duration_since(sent) >= policy.retry_after
            }
            _ => false,
        }
    }

    fn is_over(&self, policy: &QueuePolicy, now: DateTime<Utc>) -> bool {
        let since = |then: DateTime<Utc>| now.signed_duration_since(then);
        match (self.state, self.sent) {
            (State::Pending, _) => since(self.given) > self.ttl(policy),
            (State::Sent, Some(sent)) => {
                let tried = !self.command.action.is_idempotent() || self.tries >= policy.tries;
                // Whatever it was, it is waited for as long as a repeated one would be.
                (tried && since(sent) >= policy.retry_after) || since(self.given) > policy.ttl
            }
            _ => false,
        }
    }

    fn settle(&mut self, code: ReturnCode) -> Outcome {
        if !matches!(self.state, State::Sent | State::Expired) || self.tries == 0 {
            return if self.state.is_final() {
                Outcome::Repeated
            } else {
                Outcome::Unknown
            };
        }
        self.code = Some(code);
        match code.class(&self.command.action) {
            Class::Done => {
                self.state = State::Confirmed;
                Outcome::Confirmed
            }
            Class::Accepted => Outcome::Accepted,
            Class::Temporary | Class::Permanent => {
                self.state = State::Failed;
                Outcome::Failed
            }
        }
    }
}
