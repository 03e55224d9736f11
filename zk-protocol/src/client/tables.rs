//! Reading whole tables.

use super::Client;
use super::driver::Outcome;
use crate::error::{Error, Interruption};
use crate::session::Request;
use crate::wire::{AttendanceLog, BufferedRead, FreeSizes, User, UserWidth, attendance, bulk, user};

impl Client {
    /// Everyone enrolled on the terminal.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, [`Error::UnknownRecordWidth`] when the layout cannot be told,
    /// and what can go wrong with any request.
    pub async fn users(&mut self) -> Result<Vec<User>, Error> {
        let before = self.sizes().await?.users;
        let body = self.read(BufferedRead::USERS).await?;
        let records = records(&body)?;
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let by_count = |count: Option<u32>| count.and_then(|count| UserWidth::by_count(records.len(), count));
        let mut width = by_count(before);
        let mut count = before;
        if width.is_none() {
            // Someone may have been enrolled meanwhile.
            count = self.sizes().await?.users;
            width = by_count(count);
        }
        let width = width.or_else(|| UserWidth::by_content(records));
        let unknown = Error::UnknownRecordWidth {
            table: "user table",
            total: records.len(),
            count,
        };
        width
            .map(|width| user::decode_table(width, records))
            .ok_or(unknown)
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
        // Exactly what was announced, and below the limit of a u32.
        let announced = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let records = records(&body)?;
        if records.is_empty() {
            return Ok(AttendanceLog::decode(records, announced, before));
        }
        let width_for =
            |count: Option<u32>| count.and_then(|count| attendance::width_by_count(records.len(), count));
        let plausible = attendance::is_plausible(records);
        if width_for(before) == Some(SUPPORTED) && plausible {
            return Ok(AttendanceLog::decode(records, announced, before));
        }
        // A punch that landed meanwhile makes the first count useless, or worse: point to another width.
        let after = self.sizes().await?.records;
        match width_for(after) {
            Some(SUPPORTED) if plausible || after == before => {
                Ok(AttendanceLog::decode(records, announced, after))
            }
            Some(width) if width != SUPPORTED => {
                let count = after.unwrap_or_default();
                Err(Error::UnsupportedRecordWidth {
                    width,
                    total: records.len(),
                    count,
                })
            }
            _ if plausible => Ok(AttendanceLog::decode(records, announced, after)),
            _ => Err(Error::UnknownRecordWidth {
                table: "attendance log",
                total: records.len(),
                count: after,
            }),
        }
    }

    /// Reads a table through the terminal's read buffer: the whole body, which starts with the byte count of its records.
    ///
    /// # Errors
    /// [`Error::ShortTransfer`] when not everything announced arrived, and what can go wrong with any request.
    pub async fn read(&mut self, table: BufferedRead) -> Result<Vec<u8>, Error> {
        let mut body = Vec::new();
        let outcome = self
            .run(Request::Read(table), |piece| body.extend_from_slice(&piece))
            .await?;
        match outcome {
            Outcome::Transferred(bytes) if bytes == body.len() as u64 => Ok(body),
            _ => Err(Error::InProgress),
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

const SUPPORTED: u32 = 40;

/// The records of a body, if they are exactly as long as the body says. An empty body has none.
fn records(body: &[u8]) -> Result<&[u8], Error> {
    if body.is_empty() {
        return Ok(body);
    }
    let got = body.len() as u64;
    let Some((size, records)) = bulk::split_body(body) else {
        return Err(Error::ShortTransfer {
            expected: 4,
            got,
            cause: Interruption::EndedEarly,
        });
    };
    let expected = u64::from(size) + 4;
    match got.cmp(&expected) {
        std::cmp::Ordering::Less => Err(Error::ShortTransfer {
            expected,
            got,
            cause: Interruption::EndedEarly,
        }),
        std::cmp::Ordering::Greater => Err(Error::LongTransfer { expected, got }),
        std::cmp::Ordering::Equal => Ok(records),
    }
}
