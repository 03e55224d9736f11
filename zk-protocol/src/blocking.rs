//! The client for programs without a runtime: every call waits.
//!
//! ```no_run
//! use punchclock_zk::ConnectOptions;
//! use punchclock_zk::blocking::Terminal;
//!
//! let terminal = Terminal::connect("192.0.2.10:4370", ConnectOptions::new())?;
//! for record in terminal.call(async |client| client.attendance().await)?.good() {
//!     println!("{} {}", record.user_id, record.time);
//! }
//! terminal.disconnect()?;
//! # Ok::<(), punchclock_zk::Error>(())
//! ```

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::client::{Client, ConnectOptions};
use crate::error::Error;

/// A connection to a terminal with a small runtime of its own, which runs while a call waits. Not to be used inside another runtime.
#[derive(Debug)]
pub struct Terminal {
    client: Client,
    runtime: Runtime,
}

impl Terminal {
    /// As [`Client::connect`].
    ///
    /// # Errors
    /// As [`Client::connect`], and [`Error::Connect`] when the system has no room for a runtime.
    pub fn connect(address: &str, options: ConnectOptions) -> Result<Self, Error> {
        let failed = |source: io::Error| Error::Connect {
            addr: address.to_owned(),
            source,
        };
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (client, connection) = runtime.block_on(Client::connect(address, options))?;
        runtime.spawn(connection.run());
        Ok(Self { client, runtime })
    }

    /// Anything the client can do, to its end.
    ///
    /// # Errors
    /// Those of what is done.
    pub fn call<T>(&self, work: impl AsyncFnOnce(&Client) -> Result<T, Error>) -> Result<T, Error> {
        self.runtime.block_on(work(&self.client))
    }

    /// As [`Client::disconnect`].
    ///
    /// # Errors
    /// As [`Client::disconnect`].
    pub fn disconnect(self) -> Result<(), Error> {
        self.runtime.block_on(self.client.disconnect())
    }
}
