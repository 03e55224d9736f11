//! Writing: users, options, time, and what makes a terminal do something. Nothing here is ever sent twice by itself.

use std::time::Duration;

use bytes::Bytes;
use chrono::NaiveDateTime;

use super::Client;
use crate::error::Error;
use crate::session::Transport;
use crate::wire::control::{self, UnlockTicks};
use crate::wire::sms::ShortMessage;
use crate::wire::user::UserError;
use crate::wire::{Command, PackedTime, User, UserWidth, option};

/// Bytes of a name on the display.
const LCD_TEXT: usize = 64;

impl Client {
    /// Writes a user: a new one, or in place of the one with the same uid. The uid is the terminal's own number: take it from
    /// [`Client::users`], or the next free one from [`Client::next_uid`]; a guessed one overwrites a person.
    ///
    /// `name` is written in the terminal's encoding and cut between characters where it does not fit; everything else that does not fit
    /// is an error, and nothing is sent.
    ///
    /// # Errors
    /// [`Error::User`] for what does not fit, [`Error::NotWritten`] when the terminal said yes and did nothing (where
    /// [`Quirks::verify_writes`](crate::quirks::Quirks::verify_writes) has it read back), and what can go wrong with any request.
    pub async fn set_user(&self, user: &User, name: &str) -> Result<(), Error> {
        let width = self.user_width().await?;
        let pin_width = self.pin_width().await?;
        let record = user.encode_for_write(width, name, self.encoding(), pin_width)?;
        self.command(Command::USER_WRQ, &record).await?;
        self.refresh().await?;
        let there = |other: &User| other.uid == user.uid && other.user_id == user.user_id;
        if self.quirks().verify_writes && !self.users().await?.iter().any(there) {
            return Err(Error::NotWritten {
                command: Command::USER_WRQ,
            });
        }
        Ok(())
    }

    /// Deletes a user with fingers, password and card. Punches stay in the log.
    ///
    /// # Errors
    /// As [`Client::set_user`].
    pub async fn delete_user(&self, uid: u16) -> Result<(), Error> {
        self.command(Command::DELETE_USER, uid.to_le_bytes()).await?;
        self.refresh().await?;
        if self.quirks().verify_writes && self.users().await?.iter().any(|user| user.uid == uid) {
            return Err(Error::NotWritten {
                command: Command::DELETE_USER,
            });
        }
        Ok(())
    }

    /// A uid nobody has: one more than the highest in use; `None` when there is none left.
    ///
    /// # Errors
    /// As [`Client::users`].
    pub async fn next_uid(&self) -> Result<Option<u16>, Error> {
        let highest = self.users().await?.iter().map(|user| user.uid).max();
        Ok(highest.unwrap_or(0).checked_add(1).filter(|uid| *uid < u16::MAX))
    }

    /// The layout of users on this terminal: as the quirks say, else as the table of users has it, else as the option `~UserExtFmt` and
    /// the transport suggest.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn user_width(&self) -> Result<UserWidth, Error> {
        if let Some(width) = self.quirks().users {
            return Ok(width);
        }
        let count = self.sizes().await?.users;
        let body = self.read(crate::wire::BufferedRead::USERS).await?;
        if let Some(width) = crate::table::user_width_of(&body, count)? {
            return Ok(width);
        }
        let long = match self.option(option::USER_EXTEND_FORMAT).await?.as_deref() {
            Some("1") => true,
            Some("0") => false,
            _ => self.settings.transport == Transport::Tcp,
        };
        Ok(if long { UserWidth::Long } else { UserWidth::Short })
    }

    /// Writes an option and makes it take effect.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_option(&self, key: &str, value: &str) -> Result<(), Error> {
        self.command(Command::OPTIONS_WRQ, option::assignment(key, value))
            .await?;
        self.command(Command::REFRESHOPTION, []).await
    }

    /// Sets the clock: local wall time. A terminal that also takes its time from a push server or from NTP may set it back.
    ///
    /// # Errors
    /// [`Error::Clock`] for a year a terminal cannot show, and what can go wrong with any request.
    pub async fn set_time(&self, time: NaiveDateTime) -> Result<(), Error> {
        let packed = PackedTime::encode(time)?;
        self.command(Command::SET_TIME, packed.raw().to_le_bytes()).await
    }

    /// Opens the door for a while. Terminals queue this command, so do not repeat it when an answer is missing.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn unlock(&self, time: Duration) -> Result<(), Error> {
        self.unlock_ticks(self.quirks().unlock_ticks(time)).await
    }

    /// Opens the door for a number of ticks, whatever the terminal takes them for.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn unlock_ticks(&self, ticks: UnlockTicks) -> Result<(), Error> {
        self.command(Command::UNLOCK, ticks.raw().to_le_bytes()).await
    }

    /// Plays a [`voice`](crate::wire::control::voice).
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn play_voice(&self, index: u32) -> Result<(), Error> {
        self.command(Command::TESTVOICE, index.to_le_bytes()).await
    }

    /// Writes on a line of the display.
    ///
    /// # Errors
    /// [`Error::User`] when the terminal's encoding cannot write the text, and what can go wrong with any request.
    pub async fn write_lcd(&self, line: u16, text: &str) -> Result<(), Error> {
        let text = self.encoding().encode_within(text, LCD_TEXT);
        let text = text.map_err(UserError::from)?;
        self.command(Command::WRITE_LCD, control::lcd(line, text.as_bytes()))
            .await
    }

    /// Clears the display.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn clear_lcd(&self) -> Result<(), Error> {
        self.command(Command::CLEAR_LCD, []).await
    }

    /// Writes a short message.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn write_message(&self, message: &ShortMessage) -> Result<(), Error> {
        self.command(Command::SMS_WRQ, message.encode()).await?;
        self.refresh().await
    }

    /// A short message; `None` when there is none of this number.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn message(&self, number: u16) -> Result<Option<ShortMessage>, Error> {
        match self
            .exchange(Command::SMS_RRQ, Bytes::copy_from_slice(&number.to_le_bytes()))
            .await
        {
            Ok(reply) => Ok(ShortMessage::decode(&reply.data)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes a short message.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn delete_message(&self, number: u16) -> Result<(), Error> {
        self.command(Command::DELETE_SMS, number.to_le_bytes()).await?;
        self.refresh().await
    }

    /// Gives a short message to a user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn give_message(&self, uid: u16, number: u16) -> Result<(), Error> {
        self.command(Command::UDATA_WRQ, pair(uid, number)).await
    }

    /// Takes a short message from a user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn take_message(&self, uid: u16, number: u16) -> Result<(), Error> {
        self.command(Command::DELETE_UDATA, pair(uid, number)).await
    }

    /// Starts to enrol a finger at the terminal; how it ends comes as an event. Works on few models: set a limit of your own, and
    /// [`Client::cancel_capture`] when it is over.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn start_enrollment(&self, user_id: &str, finger: u8) -> Result<(), Error> {
        self.cancel_capture().await?;
        let data = match (self.settings.transport, user_id.parse()) {
            (Transport::Udp, Ok(number)) => control::enroll_number(number, finger),
            _ => control::enroll_text(user_id, finger),
        };
        self.command(Command::STARTENROLL, data).await?;
        self.command(Command::STARTVERIFY, []).await
    }

    /// Leaves enrolment or capture mode.
    ///
    /// # Errors
    /// As [`Client::exchange`]; a terminal that was in no such mode and says so is fine.
    pub async fn cancel_capture(&self) -> Result<(), Error> {
        match self.command(Command::CANCELCAPTURE, []).await {
            Err(Error::Refused { .. }) => Ok(()),
            other => other,
        }
    }

    /// The photo of a user as the terminal keeps it, a JPEG; `None` when it has none or knows no photos.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn photo(&self, user_id: &str) -> Result<Option<Vec<u8>>, Error> {
        let body = self.direct(Command::USER_PHOTO, control::photo(user_id))?;
        match body.read_to_end().await {
            Ok(photo) => Ok((!photo.is_empty()).then_some(photo)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes what was written take effect.
    pub(super) async fn refresh(&self) -> Result<(), Error> {
        self.command(Command::REFRESHDATA, []).await
    }
}

fn pair(a: u16, b: u16) -> [u8; 4] {
    let ([a0, a1], [b0, b1]) = (a.to_le_bytes(), b.to_le_bytes());
    [a0, a1, b0, b1]
}
