//! The question who is on a terminal.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use punchclock_adms::User;
use punchclock_adms::command::{Action, CommandId, CommandQueue, State};

use super::TRIES;
use crate::registry::{TerminalUser, UserReading};

/// Between two questions: a terminal tells changes by itself.
const EVERY: TimeDelta = TimeDelta::days(1);
/// Users of one terminal; the addon takes as many.
const MOST_USERS: usize = 50_000;

/// The question who is on the terminal, and the answers so far.
#[derive(Debug, Default)]
pub(super) struct Census {
    due: DateTime<Utc>,
    began: DateTime<Utc>,
    given: Vec<CommandId>,
    seen: BTreeMap<String, TerminalUser>,
    /// How many there are, by the terminal's word.
    count: Option<i64>,
}

impl Census {
    /// Whether this is one of its commands.
    pub(super) fn gave(&self, id: &CommandId) -> bool {
        self.given.contains(id)
    }

    /// The terminal told of a user; returns everybody if that completes it.
    pub(super) fn told(&mut self, user: &User<'_>, pin: &str) -> Option<UserReading> {
        if !self.given.is_empty()
            && self.seen.len() < MOST_USERS
            && let Some(user) = TerminalUser::pushed(user)
        {
            self.seen.insert(pin.to_owned(), user);
        }
        self.complete()
    }

    /// The terminal answered how many there are; returns everybody if that completes it.
    pub(super) fn counted(&mut self, number: i64, done: bool) -> Option<UserReading> {
        self.count = done.then_some(number);
        self.complete()
    }

    /// Asks when it is time.
    pub(super) fn advance(&mut self, queue: &mut CommandQueue, now: DateTime<Utc>) {
        let unanswered = self
            .given
            .last()
            .and_then(|id| queue.get(id))
            .is_some_and(|entry| entry.state == State::Expired);
        let again = unanswered && self.given.len() < TRIES;
        if now < self.due && !again {
            return;
        }
        let Ok(id) = queue.give(Action::QueryUsers(None), now) else {
            return;
        };
        if !again {
            *self = Self {
                due: now + EVERY,
                began: now,
                ..Self::default()
            };
        }
        self.given.push(id);
    }

    /// The terminal's users have changed under a question that is not answered yet.
    pub(super) fn start_again(&mut self, now: DateTime<Utc>) {
        if !self.given.is_empty() {
            *self = Self {
                due: now,
                ..Self::default()
            };
        }
    }

    /// Everybody, once as many have been told of as the terminal says there are: who is missing then is gone. Firmware that
    /// gives another number never completes one, and nobody is called gone.
    fn complete(&mut self) -> Option<UserReading> {
        let told = i64::try_from(self.seen.len()).ok()?;
        (told > 0 && self.count == Some(told)).then(|| {
            self.given.clear();
            self.count = None;
            UserReading {
                read_at: self.began,
                users: std::mem::take(&mut self.seen).into_values().collect(),
                complete: true,
            }
        })
    }
}
