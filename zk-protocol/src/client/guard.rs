//! Keeping people from punching for a moment.

use super::Client;
use crate::error::Error;
use crate::wire::Command;

/// A terminal whose keys and sensor are locked. It goes back to work when this is dropped: the command is handed to the connection, so
/// keep that running. A terminal that loses its connection meanwhile stays locked until someone enables it, see
/// [`Client::disable_for`].
#[derive(Debug)]
#[must_use = "the terminal goes back to work when this is dropped"]
pub struct Disabled {
    client: Client,
    armed: bool,
}

impl Disabled {
    /// Puts the terminal back to work, and waits for its answer.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn enable(mut self) -> Result<(), Error> {
        let enabled = self.client.enable().await;
        // Once more on drop if it failed.
        self.armed = enabled.is_err();
        enabled
    }
}

impl Drop for Disabled {
    fn drop(&mut self) {
        if self.armed {
            self.client.leave(Command::ENABLEDEVICE);
        }
    }
}

impl Client {
    /// Locks keys and sensor of the terminal, for a read or a clear that no punch may come between.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn disable(&self) -> Result<Disabled, Error> {
        self.lock(&[]).await
    }

    /// As [`Client::disable`], but the terminal goes back to work by itself after some seconds, whatever happens to this program. Not
    /// every terminal takes the time; one that does not locks without end or refuses.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn disable_for(&self, seconds: u32) -> Result<Disabled, Error> {
        self.lock(&seconds.to_le_bytes()).await
    }

    async fn lock(&self, data: &[u8]) -> Result<Disabled, Error> {
        // Armed before the answer: a terminal may lock and answer too late.
        let mut guard = Disabled {
            client: self.clone(),
            armed: true,
        };
        match self.command(Command::DISABLEDEVICE, data).await {
            Ok(()) => Ok(guard),
            Err(error) => {
                guard.armed = !matches!(error, Error::Refused { .. } | Error::NotConnected);
                Err(error)
            }
        }
    }

    /// Puts the terminal back to work.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn enable(&self) -> Result<(), Error> {
        self.command(Command::ENABLEDEVICE, []).await
    }
}
