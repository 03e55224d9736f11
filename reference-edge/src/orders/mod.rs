//! What a terminal that pushes is told about its users, command by command with its heartbeats: the wishes of HR, and once
//! a day the question who is on it. Pure: time is passed in.
//!
//! A row is written whole or the terminal resets what is left out (protocol-adms §1.6), so that it is asked for the user's
//! row first: password, privilege and times go back as they came. That row is in memory until it is written, and nowhere
//! else. A command whose answer does not come is given again; all of them do the same twice as once.

mod census;
mod order;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use punchclock_adms::command::{CommandId, CommandQueue, CommandResult, Encoded, Outcome, QueuePolicy};
use punchclock_adms::{Charset, Dialect, User};
use punchclock_queue::normalise_pin;

use self::census::Census;
use self::order::Order;
use crate::registry::{UserReading, Wish, Written};

/// How often a command is given when no answer comes.
const TRIES: usize = 3;
/// Heartbeats that an answer may take.
const PATIENCE: i32 = 6;

/// The commands of one terminal about its users.
pub(crate) struct Orders {
    policy: QueuePolicy,
    queue: CommandQueue,
    dialect: Dialect,
    charset: Charset,
    patience: TimeDelta,
    open: Vec<Order>,
    census: Census,
}

impl fmt::Debug for Orders {
    /// Commands hold names, cards and passwords.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Orders")
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}

impl Orders {
    /// For a terminal that comes every `heartbeat_s`.
    pub(crate) fn new(heartbeat_s: u32, now: DateTime<Utc>) -> Self {
        let patience = TimeDelta::seconds(heartbeat_s.into()) * PATIENCE;
        let policy = QueuePolicy {
            retry_after: patience,
            // Given again as a new command, also what a queue would not repeat by itself.
            tries: 1,
            ..QueuePolicy::default()
        };
        // Ids of an earlier run must not come again: its answers may still be on the way.
        let first = u32::try_from(now.timestamp()).unwrap_or(1);
        Self {
            policy,
            queue: CommandQueue::restore(policy, Vec::new(), first),
            dialect: Dialect::Att,
            charset: Charset::Utf8,
            patience,
            open: Vec::new(),
            census: Census::default(),
        }
    }

    /// The terminal showed which dialect it speaks, and perhaps its menu language.
    pub(crate) fn speaks(&mut self, dialect: Dialect, language: Option<u16>) {
        self.dialect = dialect;
        if language.is_some() {
            self.charset = Charset::of_language(language);
        }
    }

    /// The commands for a heartbeat that comes now, and the wishes that have ended without one.
    pub(crate) fn heartbeat(&mut self, wishes: &[Wish], now: DateTime<Utc>) -> (Vec<Encoded>, Vec<Written>) {
        self.follow(wishes);
        let mut ended = Vec::new();
        if self.dialect == Dialect::Acc {
            let why = "a terminal of this dialect is not written to by push: enrol the user at the terminal";
            ended.extend(
                self.open
                    .drain(..)
                    .map(|order| Written::of(order.wish(), Err(why.to_owned()))),
            );
            return (Vec::new(), ended);
        }
        self.queue.expire(now);
        let Self {
            queue,
            open,
            patience,
            ..
        } = self;
        open.retain_mut(|order| match order.advance(queue, *patience, now) {
            Ok(()) => true,
            Err(why) => {
                ended.push(Written::of(order.wish(), Err(why)));
                false
            }
        });
        // Who is asked for while users are being written is neither what was nor what is.
        if self.open.is_empty() {
            self.census.advance(&mut self.queue, now);
        }
        (self.queue.take(now, self.dialect, self.charset), ended)
    }

    /// Drops what is not wanted any more, and takes what is new.
    fn follow(&mut self, wishes: &[Wish]) {
        self.open.retain(|order| wishes.contains(order.wish()));
        for wish in wishes {
            if !self.open.iter().any(|order| order.wish() == wish) {
                self.open.push(Order::new(wish.clone()));
            }
        }
        // A queue keeps what has ended, and with it a password: only what an answer may still concern is left.
        let named = |id: &CommandId| {
            let of_orders = self.open.iter().any(|order| order.gave(id));
            of_orders || self.census.gave(id)
        };
        let entries = self.queue.entries().filter(|entry| named(&entry.command.id));
        self.queue = CommandQueue::restore(self.policy, entries.cloned().collect(), self.queue.next_number());
    }

    /// The terminal told of a user; returns everybody once the census is complete by it.
    pub(crate) fn told(&mut self, user: &User<'_>) -> Option<UserReading> {
        let pin = normalise_pin(user.pin);
        for order in &mut self.open {
            order.told(user, pin);
        }
        self.census.told(user, pin)
    }

    /// A result came: the wish that it ends, and everybody once the census is complete by it.
    pub(crate) fn result(
        &mut self,
        result: &CommandResult<'_>,
        now: DateTime<Utc>,
    ) -> (Option<Written>, Option<UserReading>) {
        let outcome = self.queue.settle(result);
        let (Some(code), Outcome::Confirmed | Outcome::Failed) = (result.code, outcome) else {
            return (None, None);
        };
        let done = outcome == Outcome::Confirmed;
        let Ok(id) = result.id.parse() else {
            return (None, None);
        };
        if self.census.gave(&id) {
            return (None, self.census.counted(code.number(), done));
        }
        let mut ended = None;
        let patience = self.patience;
        self.open.retain_mut(|order| {
            if order.gave(&id) {
                ended = order.answered(code, done, patience, now);
            }
            !order.gave(&id) || ended.is_none()
        });
        if ended.is_some() {
            self.census.start_again(now);
        }
        (ended, None)
    }
}
