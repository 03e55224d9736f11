//! What can destroy data or stop a terminal. It takes the name of the terminal to get here, and none of it happens by itself.

use std::error::Error as StdError;
use std::future::Future;

use bytes::Bytes;

use super::Client;
use crate::error::Error;
use crate::wire::{AttendanceLog, Command};

/// The dangerous part of a client, for the one terminal that was named.
///
/// ```no_run
/// # async fn example(client: punchclock_zk::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use punchclock_zk::client::ClearOutcome;
///
/// let outcome = client
///     .dangerous("CQZ7223460123")
///     .await?
///     .clear_attendance(async |log| {
///         // Only when this returns Ok is anything cleared: write to disk, and flush.
///         std::fs::write("log.txt", format!("{:?}", log.records))
///     })
///     .await?;
/// if let ClearOutcome::Kept { before, after } = outcome {
///     println!("someone punched meanwhile ({before:?}, then {after:?} records): try again later");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Dangerous<'a> {
    client: &'a Client,
}

/// What became of a log that was to be cleared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClearOutcome {
    /// It is cleared: these many records were kept by the caller, and the terminal says it holds none.
    Cleared {
        /// Records.
        records: usize,
    },
    /// The count changed during the read, so nothing was cleared. What the caller kept is complete up to the read.
    Kept {
        /// The count before.
        before: Option<u32>,
        /// The count after.
        after: Option<u32>,
    },
    /// The terminal took the command and still holds records; some models do nothing.
    NotCleared {
        /// Records it says it holds.
        left: Option<u32>,
    },
}

/// Why a log was not cleared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClearError<E: StdError + 'static> {
    /// The terminal.
    #[error(transparent)]
    Terminal(#[from] Error),
    /// The caller could not keep the log, so nothing was cleared.
    #[error("the log could not be kept, so nothing was cleared")]
    Persist(#[source] E),
}

impl Client {
    /// The dangerous part, if this is the terminal with that serial number.
    ///
    /// # Errors
    /// [`Error::OtherTerminal`] when it is not or does not tell, and what can go wrong with any request.
    pub async fn dangerous(&self, serial: &str) -> Result<Dangerous<'_>, Error> {
        let found = self.option(crate::wire::option::SERIAL_NUMBER).await?;
        let same = |found: &String| found.trim().eq_ignore_ascii_case(serial.trim());
        if found.as_ref().is_some_and(same) && !serial.trim().is_empty() {
            return Ok(Dangerous { client: self });
        }
        Err(Error::OtherTerminal {
            expected: serial.to_owned(),
            found,
        })
    }
}

impl Dangerous<'_> {
    /// Clears the attendance log without losing a punch: locks the terminal, reads the log to the last byte, hands it to `persist`, and
    /// clears only when that says the log is safe and the terminal's count has not changed. The terminal goes back to work whatever
    /// happens.
    ///
    /// # Errors
    /// [`ClearError::Persist`] with the error of `persist`, and what can go wrong with any request. Nothing is cleared then.
    pub async fn clear_attendance<E, F>(
        &self,
        persist: impl FnOnce(AttendanceLog) -> F,
    ) -> Result<ClearOutcome, ClearError<E>>
    where
        E: StdError + 'static,
        F: Future<Output = Result<(), E>>,
    {
        let guard = self.client.disable().await?;
        let outcome = self.read_keep_clear(persist).await;
        guard.enable().await?;
        outcome
    }

    async fn read_keep_clear<E, F>(
        &self,
        persist: impl FnOnce(AttendanceLog) -> F,
    ) -> Result<ClearOutcome, ClearError<E>>
    where
        E: StdError + 'static,
        F: Future<Output = Result<(), E>>,
    {
        let count = async || self.client.free_sizes().await.map(|sizes| sizes.records);
        let before = count().await?;
        let log = self.client.attendance().await?;
        let records = log.records.len();
        persist(log).await.map_err(ClearError::Persist)?;
        let after = count().await?;
        // A terminal that does not count cannot be cleared safely.
        let complete = before.is_some_and(|before| usize::try_from(before) == Ok(records));
        if before != after || !complete {
            return Ok(ClearOutcome::Kept { before, after });
        }
        self.send(Command::CLEAR_ATTLOG).await?;
        self.client.refresh().await?;
        match count().await? {
            Some(0) => Ok(ClearOutcome::Cleared { records }),
            left => Ok(ClearOutcome::NotCleared { left }),
        }
    }

    /// Clears the operation log.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn clear_op_log(&self) -> Result<(), Error> {
        self.send(Command::CLEAR_OPLOG).await
    }

    /// Makes every administrator an ordinary user: the way back into a menu nobody has the key to.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn clear_admins(&self) -> Result<(), Error> {
        self.send(Command::CLEAR_ADMIN).await?;
        self.client.refresh().await
    }

    /// Resets the access settings.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn clear_access(&self) -> Result<(), Error> {
        self.send(Command::CLEAR_ACC).await?;
        self.client.refresh().await
    }

    /// Deletes all finger templates.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn clear_templates(&self) -> Result<(), Error> {
        self.clear_table(2).await
    }

    /// Deletes all users, with fingers, passwords and cards.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn clear_users(&self) -> Result<(), Error> {
        self.clear_table(5).await
    }

    /// Deletes everything: users, fingers and every punch that was not read.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn wipe_everything(&self) -> Result<(), Error> {
        self.send(Command::CLEAR_DATA).await?;
        self.client.refresh().await
    }

    /// Restarts the terminal. Most do not answer, so closing the connection and silence count as yes.
    ///
    /// # Errors
    /// [`Error::Refused`] when the terminal says no.
    pub async fn restart(&self) -> Result<(), Error> {
        self.stop(Command::RESTART).await
    }

    /// Switches the terminal off; a person has to switch it on again.
    ///
    /// # Errors
    /// As [`Dangerous::restart`].
    pub async fn power_off(&self) -> Result<(), Error> {
        self.stop(Command::POWEROFF).await
    }

    async fn stop(&self, command: Command) -> Result<(), Error> {
        match self.send(command).await {
            Err(error) if error.is_disconnected() || error.is_timeout() => Ok(()),
            other => other,
        }
    }

    async fn clear_table(&self, table: u8) -> Result<(), Error> {
        let data = Bytes::copy_from_slice(&[table]);
        self.client.send(Command::CLEAR_DATA, data).await?;
        self.client.refresh().await
    }

    async fn send(&self, command: Command) -> Result<(), Error> {
        self.client.send(command, Bytes::new()).await.map(drop)
    }
}
