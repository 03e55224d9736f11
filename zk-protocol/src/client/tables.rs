//! Reading whole tables.

use super::Client;
use super::driver::Outcome;
use crate::error::Error;
use crate::session::Request;
use crate::table;
use crate::wire::{AttendanceLog, BufferedRead, FreeSizes, User};

impl Client {
    /// Everyone enrolled on the terminal.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, [`Error::UnknownRecordWidth`] when the layout cannot be told,
    /// and what can go wrong with any request.
    pub async fn users(&mut self) -> Result<Vec<User>, Error> {
        let mut count = self.sizes().await?.users;
        let body = self.read(BufferedRead::USERS).await?;
        if !table::users_settled(&body, count) {
            // Someone may have been enrolled meanwhile.
            count = self.sizes().await?.users;
        }
        table::users(&body, count)
    }

    /// The whole attendance log. Nothing is cleared.
    ///
    /// A record that cannot be used (an impossible date, no user id) is an `Err` in its place and does not hide the others. The read is
    /// tried whatever the terminal says about its count, which is often wrong.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, [`Error::UnsupportedRecordWidth`] and
    /// [`Error::UnknownRecordWidth`] for logs this version cannot read, and what can go wrong with any request.
    pub async fn attendance(&mut self) -> Result<AttendanceLog, Error> {
        let before = self.sizes().await?.records;
        let body = self.read(BufferedRead::ATTENDANCE).await?;
        let settled = table::attendance_settled(&body, before);
        let after = if settled {
            before
        } else {
            self.sizes().await?.records
        };
        table::attendance(&body, before, after)
    }

    /// Reads a table through the terminal's read buffer: the whole body, which starts with the byte count of its records; empty for an
    /// empty table. [`table`] makes records of it.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, and what can go wrong with any request.
    pub async fn read(&mut self, table: BufferedRead) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        match self
            .run(Request::Read(table), |piece| body.extend_from_slice(&piece))
            .await?
        {
            Outcome::Transferred => Ok(body),
            other => Err(other.unexpected()),
        }
    }

    /// The counters, all unknown where the terminal refuses the question.
    async fn sizes(&mut self) -> Result<FreeSizes, Error> {
        match self.free_sizes().await {
            Err(Error::Refused { .. }) => Ok(FreeSizes::default()),
            other => other,
        }
    }
}
