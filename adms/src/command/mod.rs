//! Commands to a terminal, and their results.
//!
//! A terminal fetches commands with its heartbeat, never otherwise, and sends a result for each id. Only what is safe to
//! offer exists here: no shell, no file transfer, no firmware, which the protocol has too (§3 of the protocol notes). Every
//! value is a type that refuses what could end a line, so that a person's name cannot become a second command.
//!
//! [`Command`] says what to do, [`Command::encode`] how that is said in a dialect and a charset, [`CommandQueue`] when it
//! is sent and whether it was done, [`results`] reads what came back.

mod action;
mod encode;
mod id;
mod queue;
mod queues;
mod result;
mod row;
mod user;
mod values;

pub use action::{Action, Effect};
pub use encode::Encoded;
pub use id::CommandId;
pub use queue::{CommandQueue, Entry, Outcome, QueuePolicy, State};
pub use queues::CommandQueues;
pub use result::{Class, CommandResult, ReturnCode, results};
pub use row::Row;
pub use user::UserUpdate;
pub use values::{Base64, Field, OptionKey, OptionValue, Pin, TableName, Window};

/// A command with its id.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Command {
    /// What the result will name.
    pub id: CommandId,
    /// What to do.
    pub action: Action,
}

impl Command {
    /// A command.
    ///
    /// ```
    /// use punchclock_adms::command::{Action, Command};
    /// use punchclock_adms::{Charset, Dialect};
    /// let command = Command::new(7, Action::Log);
    /// assert_eq!(command.encode(Dialect::Att, Charset::Utf8)?.as_bytes(), b"C:7:LOG\n");
    /// # Ok::<(), punchclock_adms::CommandError>(())
    /// ```
    #[must_use]
    pub fn new(id: impl Into<CommandId>, action: Action) -> Self {
        Self {
            id: id.into(),
            action,
        }
    }
}
