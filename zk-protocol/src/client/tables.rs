//! Reading whole tables other than the attendance log.

use bytes::Bytes;

use super::Client;
use crate::error::Error;
use crate::table;
use crate::wire::{BufferedRead, FreeSizes, OpRecord, Template, User};

impl Client {
    /// Everyone enrolled on the terminal. The read is tried whatever the terminal says about its count.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, [`Error::UnknownRecordWidth`] when the layout cannot be told,
    /// and what can go wrong with any request.
    pub async fn users(&self) -> Result<Vec<User>, Error> {
        if let Some(width) = self.quirks().users {
            let body = self.read(BufferedRead::USERS).await?;
            return table::users_as(&body, width);
        }
        let mut count = self.sizes().await?.users;
        let body = self.read(BufferedRead::USERS).await?;
        if !table::users_settled(&body, count) {
            // Someone may have been enrolled meanwhile.
            count = self.sizes().await?.users;
        }
        table::users(&body, count)
    }

    /// Every finger template on the terminal.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived or the last entry is cut, and what can go wrong with any request.
    pub async fn templates(&self) -> Result<Vec<Template>, Error> {
        let body = Bytes::from(self.read(BufferedRead::TEMPLATES).await?);
        let records = body.slice_ref(table::records(&body)?);
        let (templates, rest) = Template::decode_table(&records);
        if rest.is_empty() {
            return Ok(templates);
        }
        Err(Error::ShortTransfer {
            expected: body.len() as u64,
            got: (body.len() - rest.len()) as u64,
            cause: crate::error::Interruption::EndedEarly,
        })
    }

    /// The operation log: what was done in the terminal's menu.
    ///
    /// # Errors
    /// As [`Client::templates`].
    pub async fn op_log(&self) -> Result<Vec<OpRecord>, Error> {
        let body = self.read(BufferedRead::OP_LOG).await?;
        let (records, rest) = OpRecord::decode_log(table::records(&body)?);
        if rest.is_empty() {
            return Ok(records);
        }
        Err(Error::UnknownRecordWidth {
            table: "operation log",
            total: body.len(),
            count: None,
        })
    }

    /// The counters, all unknown where the terminal refuses the question.
    pub(super) async fn sizes(&self) -> Result<FreeSizes, Error> {
        match self.free_sizes().await {
            Err(Error::Refused { .. }) => Ok(FreeSizes::default()),
            other => other,
        }
    }
}
