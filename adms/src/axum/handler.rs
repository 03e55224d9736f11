//! What a server does with what terminals send.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use super::body::PhotoBody;
use crate::acc::{AccOptions, RegistryCode};
use crate::command::{CommandResult, Encoded};
use crate::handshake::Handshake;
use crate::heartbeat::GetRequest;
use crate::options::HandshakeOptions;
use crate::photo;
use crate::reply::Receipt;
use crate::request::Request;
use crate::serial::Serial;
use crate::table::{Records, Settings, Table, records};

/// It could not be stored: the terminal is told to keep it and send it again. Say why in your own log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not stored")]
#[expect(clippy::exhaustive_structs, reason = "the terminal is told no more than this")]
pub struct NotStored;

/// The time that a terminal may set its clock to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a moment and where it is")]
pub struct Clock {
    /// Now, by a clock that is known to be right.
    pub now: DateTime<Utc>,
    /// Minutes east of UTC at the terminal, now.
    pub offset_minutes: i32,
}

/// What arrived in one request, or in the packets of one answer.
#[derive(Debug)]
pub struct Batch<'a> {
    pub(super) serial: &'a Serial,
    pub(super) table: Table<'a>,
    pub(super) stamp: Option<&'a str>,
    pub(super) command_id: Option<&'a str>,
    pub(super) body: &'a [u8],
    pub(super) photo: Option<photo::Ended>,
}

impl<'a> Batch<'a> {
    /// Who sent it.
    #[must_use]
    pub const fn serial(&self) -> &'a Serial {
        self.serial
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> Table<'a> {
        self.table
    }

    /// The stamp, to be committed with the records and echoed at the next handshake.
    #[must_use]
    pub const fn stamp(&self) -> Option<&'a str> {
        self.stamp
    }

    /// The command that this answers, for answers to queries ("acc").
    #[must_use]
    pub const fn command_id(&self) -> Option<&'a str> {
        self.command_id
    }

    /// The raw body. What of it must not be stored is told by [`semantics::keep`](crate::semantics::keep).
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// A photograph that passed without being held.
    #[must_use]
    pub const fn photo(&self) -> Option<&photo::Ended> {
        self.photo.as_ref()
    }

    /// The records, and the lines that are none.
    #[must_use]
    pub fn records(&self) -> Records<'a> {
        records(&self.table, self.body)
    }

    /// All of it is durable: everything that [`records`](Self::records) gave, bad lines too. Call it after the commit.
    pub fn stored(self) -> Receipt {
        Receipt::stored(&self.table, self.records().count())
    }
}

/// What a server does with what terminals send. Methods with a body have the answer that a small server gives.
///
/// Write them as `async fn`.
pub trait Handler: Send + Sync + 'static {
    /// Whether this terminal is known and may send. Others get harmless answers and keep their records. Default: all are.
    ///
    /// A prefix that serves as a secret ([`Request::prefix`]) is checked here; compare it in constant time.
    fn admits(&self, request: &Request<'_>, peer: Option<IpAddr>) -> impl Future<Output = bool> + Send {
        let _ = (request, peer);
        async { true }
    }

    /// The options of a terminal that starts.
    ///
    /// # Errors
    ///
    /// [`NotStored`] makes it wait.
    fn handshake(
        &self,
        serial: &Serial,
        handshake: &Handshake<'_>,
    ) -> impl Future<Output = Result<HandshakeOptions, NotStored>> + Send;

    /// Stores what arrived. The receipt comes from [`Batch::stored`], after the commit.
    ///
    /// # Errors
    ///
    /// [`NotStored`]: nothing is acknowledged.
    fn store(&self, batch: Batch<'_>) -> impl Future<Output = Result<Receipt, NotStored>> + Send;

    /// Takes a photograph as it arrives; [`PhotoBody::next`] gives its pieces, [`PhotoBody::end`] the batch that [`store`](Self::store)
    /// wants. Default: lets the picture pass and stores only what stood in front of it.
    ///
    /// # Errors
    ///
    /// [`NotStored`]: nothing is acknowledged.
    fn photo(&self, mut photo: PhotoBody<'_>) -> impl Future<Output = Result<Receipt, NotStored>> + Send {
        async move {
            while photo.next().await?.is_some() {}
            self.store(photo.end()?).await
        }
    }

    /// Records that a body came which is larger than [`Limits::body`](super::Limits::body), and raises an alarm: somebody must
    /// look at it. What may hold punches is refused all the same; a template is acknowledged then, since it would come again
    /// for ever. Default: nothing is recorded, and everything refused.
    ///
    /// # Errors
    ///
    /// [`NotStored`]: it is refused.
    fn too_large(
        &self,
        serial: &Serial,
        table: Table<'_>,
        length: u64,
    ) -> impl Future<Output = Result<(), NotStored>> + Send {
        let _ = (serial, table, length);
        async { Err(NotStored) }
    }

    /// The commands for a heartbeat, as [`CommandQueue::take`](crate::command::CommandQueue::take) gives them. Default: none.
    fn commands(
        &self,
        serial: &Serial,
        heartbeat: &GetRequest<'_>,
    ) -> impl Future<Output = Vec<Encoded>> + Send {
        let _ = (serial, heartbeat);
        async { Vec::new() }
    }

    /// Records results of commands. Default: nothing is recorded, for servers that give no commands.
    ///
    /// # Errors
    ///
    /// [`NotStored`]: the terminal sends them again.
    fn results(
        &self,
        serial: &Serial,
        results: Vec<CommandResult<'_>>,
    ) -> impl Future<Output = Result<Receipt, NotStored>> + Send {
        let _ = (serial, results);
        async { Ok(Receipt::recorded()) }
    }

    /// Registers an access control terminal. Default: under the code made of its serial.
    ///
    /// # Errors
    ///
    /// [`NotStored`] makes it try again.
    fn register(
        &self,
        serial: &Serial,
        settings: Settings<'_>,
    ) -> impl Future<Output = Result<RegistryCode, NotStored>> + Send {
        let _ = settings;
        let code = RegistryCode::of(serial);
        async { Ok(code) }
    }

    /// The code of an access control terminal that is registered. Default: none is, so that each registers again when it
    /// starts.
    fn registered(&self, serial: &Serial) -> impl Future<Output = Option<RegistryCode>> + Send {
        let _ = serial;
        async { None }
    }

    /// The configuration of an access control terminal.
    fn acc_options(&self, serial: &Serial, code: &RegistryCode) -> AccOptions {
        let _ = serial;
        AccOptions::new(code)
    }

    /// The time that a terminal may set its clock to. Default: none is told, and no `Date` is sent.
    ///
    /// Tell it only while the host's clock is known to be right and the terminal's zone is known.
    fn clock(&self, serial: &Serial) -> Option<Clock> {
        let _ = serial;
        None
    }
}
