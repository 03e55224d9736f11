//! Finger templates: read, written one by one or in a batch with their users.

use bytes::Bytes;

use super::Client;
use crate::error::Error;
use crate::wire::{Command, Template, User, UserWidth, template};

/// Bytes of one packet of an upload: what terminals take, also over UDP.
const UPLOAD_PIECE: usize = 1024;

impl Client {
    /// One finger of one user; `None` when it is not enrolled.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn template(&self, uid: u16, finger: u8) -> Result<Option<Template>, Error> {
        let body = self.direct(Command::GET_USERTEMP, template::finger(uid, finger))?;
        match body.read_to_end().await {
            Ok(data) if data.len() > 1 => Ok(Some(Template::from_single(uid, finger, &Bytes::from(data)))),
            Ok(_) | Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Writes one finger. The user must exist; a finger that is enrolled already must be deleted first.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_template(&self, template: &Template) -> Result<(), Error> {
        let guard = self.disable().await?;
        let written = self.upload_template(template).await;
        guard.enable().await?;
        written
    }

    async fn upload_template(&self, template: &Template) -> Result<(), Error> {
        let size = u32::try_from(template.data.len()).unwrap_or(u32::MAX);
        self.command(Command::PREPARE_DATA, size.to_le_bytes()).await?;
        self.pieces(&template.data).await?;
        self.command(Command::TMP_WRITE, template::commit(template))
            .await?;
        self.command(Command::FREE_DATA, []).await?;
        self.refresh().await
    }

    /// Deletes one finger of one user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn delete_template(&self, uid: u16, finger: u8) -> Result<(), Error> {
        self.command(Command::DELETE_USERTEMP, template::finger(uid, finger))
            .await?;
        self.refresh().await
    }

    /// Writes users and fingers in one go, as much faster as there are many; also where single writes are refused.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn upload(
        &self,
        width: UserWidth,
        users: &[User],
        templates: &[Template],
    ) -> Result<(), Error> {
        let batch = template::encode_batch(width, users, templates);
        self.command(Command::FREE_DATA, []).await?;
        let size = u32::try_from(batch.len()).unwrap_or(u32::MAX);
        self.command(Command::PREPARE_DATA, size.to_le_bytes()).await?;
        self.pieces(&batch).await?;
        self.command(Command::SAVE_USERTEMPS, template::save_batch())
            .await?;
        self.refresh().await
    }

    async fn pieces(&self, data: &Bytes) -> Result<(), Error> {
        for piece in data.chunks(UPLOAD_PIECE) {
            self.command(Command::DATA, piece).await?;
        }
        Ok(())
    }
}
