//! One wish on its way to a terminal.

use chrono::{DateTime, TimeDelta, Utc};
use punchclock_adms::command::{
    Action, Class, CommandId, CommandQueue, Field, Pin, ReturnCode, Row, State, UserUpdate,
};
use punchclock_adms::{CommandError, User};
use punchclock_queue::normalise_pin;

use super::TRIES;
use crate::registry::{self, Wish, Written};

/// "No such user", and what some firmware says instead.
const NOBODY: i64 = -10;
const NOTHING_DONE: i64 = -1;

/// A wish on its way.
#[derive(Debug)]
pub(super) struct Order {
    wish: Wish,
    step: Step,
    /// The commands of this step, the latest last.
    given: Vec<CommandId>,
}

/// How far an order is.
enum Step {
    /// The terminal is asked for the user's row; since when it has said that this is all.
    Ask(Option<DateTime<Utc>>),
    /// The user is written, with the row that the terminal had.
    Write(Option<Row>),
    /// The row that the terminal has cannot be sent back as it came, and must not be written over.
    Stuck(CommandError),
    /// The user is deleted.
    Remove,
}

impl std::fmt::Debug for Step {
    /// The row holds a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Ask(_) => "Ask",
            Self::Write(_) => "Write",
            Self::Stuck(_) => "Stuck",
            Self::Remove => "Remove",
        })
    }
}

impl Order {
    pub(super) const fn new(wish: Wish) -> Self {
        let step = match wish.action {
            registry::Action::Write => Step::Ask(None),
            registry::Action::Remove => Step::Remove,
        };
        Self {
            wish,
            step,
            given: Vec::new(),
        }
    }

    pub(super) const fn wish(&self) -> &Wish {
        &self.wish
    }

    /// Whether this is a command of its present step.
    pub(super) fn gave(&self, id: &CommandId) -> bool {
        self.given.contains(id)
    }

    /// The terminal told of a user, perhaps of the one that is asked for.
    pub(super) fn told(&mut self, user: &User<'_>, pin: &str) {
        if matches!(self.step, Step::Ask(_)) && normalise_pin(&self.wish.pin) == pin {
            self.step = match row(user, &self.wish) {
                Ok(row) => Step::Write(Some(row)),
                Err(error) => Step::Stuck(error),
            };
            self.given.clear();
        }
    }

    /// Gives the next command where one is due; why the wish ends where none will be.
    pub(super) fn advance(
        &mut self,
        queue: &mut CommandQueue,
        patience: TimeDelta,
        now: DateTime<Utc>,
    ) -> Result<(), String> {
        // Rows may come behind the answer to their question.
        if matches!(self.step, Step::Ask(Some(at)) if now.signed_duration_since(at) >= patience) {
            self.step = Step::Write(None);
            self.given.clear();
        }
        if matches!(self.step, Step::Ask(Some(_))) {
            return Ok(());
        }
        if let Some(last) = self.given.last().and_then(|id| queue.get(id)) {
            if !last.state.is_final() {
                return Ok(());
            }
            if last.state == State::Expired && last.tries == 0 {
                // It never went out: the terminal was away.
                self.given.pop();
            }
        }
        if self.given.len() >= TRIES {
            return Err(format!("the terminal was told {TRIES} times and has not done it"));
        }
        let action = self.action().map_err(|error| error.to_string())?;
        // A full queue has room later.
        if let Ok(id) = queue.give(action, now) {
            self.given.push(id);
        }
        Ok(())
    }

    fn action(&self) -> Result<Action, CommandError> {
        let pin = Pin::new(&self.wish.pin)?;
        Ok(match &self.step {
            Step::Ask(_) => Action::QueryUsers(Some(pin)),
            Step::Stuck(error) => return Err(*error),
            Step::Remove => Action::DeleteUser(pin),
            Step::Write(Some(row)) => Action::UpdateRow {
                table: "USERINFO".parse()?,
                row: row.clone(),
            },
            Step::Write(None) => {
                let name = Field::new(self.wish.name.as_deref().unwrap_or_default())?;
                let user = UserUpdate::new(pin).with_name(name);
                Action::UpdateUser(match self.wish.card {
                    Some(card) => user.with_card(card.into()),
                    None => user,
                })
            }
        })
    }

    /// The terminal answered; how the wish ended, if it has.
    pub(super) fn answered(
        &mut self,
        code: ReturnCode,
        done: bool,
        patience: TimeDelta,
        now: DateTime<Utc>,
    ) -> Option<Written> {
        let nobody = code.number() == NOBODY;
        let nothing = code.number() == NOTHING_DONE;
        match self.step {
            Step::Ask(_) if done => {
                // There is one by its number, and it has not come: it is asked for again. 0 says nothing.
                if code.number() == 0 {
                    self.step = Step::Ask(Some(now));
                }
                return None;
            }
            Step::Ask(_) if nobody || nothing => {
                self.step = Step::Ask(Some(now - patience));
                return None;
            }
            // Gone already, by an earlier command whose answer was lost for one.
            Step::Remove if nobody || nothing => return Some(Written::of(&self.wish, Ok(()))),
            _ if done => return Some(Written::of(&self.wish, Ok(()))),
            _ => {}
        }
        let action = self.action().ok()?;
        // What may do better another time is given again.
        (code.class(&action) == Class::Permanent).then(|| {
            let why = format!("the terminal says {}: {}", code.number(), code.meaning(&action));
            Written::of(&self.wish, Err(why))
        })
    }
}

/// The row of a user as the terminal told it, with the name and the card that are wanted.
fn row(user: &User<'_>, wish: &Wish) -> Result<Row, CommandError> {
    let mut row = Row::new("PIN", Field::new(user.pin)?)?
        .with("Name", Field::new(wish.name.as_deref().unwrap_or_default())?)?;
    for (key, value) in user.pairs.iter() {
        let replaced = ["PIN", "Name", "Card", "CardNo"];
        if !replaced.iter().any(|known| key.eq_ignore_ascii_case(known)) {
            row = row.with(key, Field::new(&value.to_str())?)?;
        }
    }
    let card = wish.card.map(|card| card.to_string()).unwrap_or_default();
    row.with("Card", Field::new(&card)?)
}
