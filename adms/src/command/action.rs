//! What a terminal can be told.

use super::row::Row;
use super::user::UserUpdate;
use super::values::{Base64, Field, OptionKey, OptionValue, Pin, TableName, Window};

/// What a terminal can be told. Dialect and firmware decide which of it a terminal knows.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub enum Action {
    /// Send the records that were not sent yet, now.
    Log,
    /// Shake hands again, then send what is new. With an attendance stamp of 0 many terminals send everything again.
    Check,
    /// Tell all settings; they come with the result.
    Info,
    /// Read the settings again.
    ReloadOptions,
    /// Restart.
    Reboot,
    /// Tell one setting.
    GetOption(OptionKey),
    /// Change one setting; only those of [`OptionKey::is_settable`] can be encoded.
    SetOption(OptionKey, OptionValue),
    /// Enrol or change a user, by a full row.
    UpdateUser(UserUpdate),
    /// Delete a user with their templates and picture.
    DeleteUser(Pin),
    /// Write a fingerprint.
    UpdateFingerprint {
        /// Whose it is.
        pin: Pin,
        /// Which finger, 0 to 9.
        finger: u8,
        /// The template, base64.
        template: Base64,
    },
    /// Delete one fingerprint, or all of a user.
    DeleteFingerprint {
        /// Whose it is.
        pin: Pin,
        /// Which finger; all without.
        finger: Option<u8>,
    },
    /// Delete the face of a user.
    DeleteFace(Pin),
    /// Delete all templates of a user.
    DeleteBioData(Pin),
    /// Delete the picture of a user.
    DeleteUserPic(Pin),
    /// Write a work code and its name.
    UpdateWorkCode {
        /// The terminal's own number of the entry.
        number: u32,
        /// The code that people enter.
        code: OptionValue,
        /// Its name.
        name: Field,
    },
    /// Write a row of any table, in place of the one with the same key. What has a command of its own above is better
    /// written by that: its columns are known.
    UpdateRow {
        /// Which table.
        table: TableName,
        /// Key and content.
        row: Row,
    },
    /// Delete the rows of a table that these columns name.
    DeleteRow {
        /// Which table.
        table: TableName,
        /// The columns that name it.
        key: Row,
    },
    /// Send the punches of a span again; they come as uploads, their number as the result.
    QueryPunches(Window),
    /// Send one user, or all; they come as uploads.
    QueryUsers(Option<Pin>),
    /// Send fingerprints of a user.
    QueryFingerprints(Pin),
    /// Send the photographs of a span.
    QueryPhotos(Window),
    /// Count the punches of a span, to compare with what was received.
    SumPunches(Window),
    /// Send all rows of a table ("acc"); they come as `querydata`.
    QueryTable(TableName),
    /// Count the rows of a table ("acc").
    CountTable(TableName),
    /// Let somebody enrol a finger at the terminal, which is blocked meanwhile.
    EnrollFingerprint {
        /// Who.
        pin: Pin,
        /// Which finger, 0 to 9.
        finger: u8,
        /// Tries.
        retries: u8,
        /// Whether an existing one is replaced.
        overwrite: bool,
    },
    /// The same for another kind of template (`Type` of `BIODATA`).
    EnrollBio {
        /// Who.
        pin: Pin,
        /// Which kind.
        kind: u8,
        /// Tries.
        retries: u8,
        /// Whether an existing one is replaced.
        overwrite: bool,
    },
    /// Open the door of an attendance terminal.
    Unlock,
    /// End an alarm.
    CancelAlarm,
    /// Open a door of an access control terminal for some seconds.
    OpenDoor {
        /// Which door, from 1 on.
        door: u8,
        /// For how long, 1 to 254 seconds.
        seconds: u8,
    },
    /// Delete all punches at the terminal. Read, compare and store them before.
    ClearLog,
    /// Delete all photographs at the terminal.
    ClearPhotos,
    /// Delete everything at the terminal: punches, users, templates.
    ClearData,
    /// Delete all templates.
    ClearBioData,
    /// Delete all users.
    ClearUsers,
    /// Take all rights from administrators.
    ClearAdmins,
}

/// What a command does to the world, and so how it may be repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// Changes nothing.
    Reads,
    /// Changes the terminal, and twice the same as once.
    Writes,
    /// Deletes what cannot be had back, or stops the terminal for a while.
    Destroys,
    /// Acts on people and doors, now.
    Physical,
}

impl Action {
    /// What it does to the world.
    #[must_use]
    pub const fn effect(&self) -> Effect {
        match self {
            Self::Log
            | Self::Check
            | Self::Info
            | Self::GetOption(_)
            | Self::QueryPunches(_)
            | Self::QueryUsers(_)
            | Self::QueryFingerprints(_)
            | Self::QueryPhotos(_)
            | Self::SumPunches(_)
            | Self::QueryTable(_)
            | Self::CountTable(_) => Effect::Reads,
            Self::ReloadOptions
            | Self::SetOption(..)
            | Self::UpdateUser(_)
            | Self::UpdateFingerprint { .. }
            | Self::UpdateWorkCode { .. }
            | Self::UpdateRow { .. } => Effect::Writes,
            Self::Reboot
            | Self::DeleteUser(_)
            | Self::DeleteFingerprint { .. }
            | Self::DeleteFace(_)
            | Self::DeleteBioData(_)
            | Self::DeleteUserPic(_)
            | Self::DeleteRow { .. }
            | Self::ClearLog
            | Self::ClearPhotos
            | Self::ClearData
            | Self::ClearBioData
            | Self::ClearUsers
            | Self::ClearAdmins => Effect::Destroys,
            Self::EnrollFingerprint { .. }
            | Self::EnrollBio { .. }
            | Self::Unlock
            | Self::CancelAlarm
            | Self::OpenDoor { .. } => Effect::Physical,
        }
    }

    /// Whether it may be sent again when no result came: what reads, and what writes a full row. Never what deletes,
    /// restarts, opens or enrols.
    #[must_use]
    pub const fn is_idempotent(&self) -> bool {
        matches!(self.effect(), Effect::Reads | Effect::Writes)
    }

    /// Whether a result of 1 to 9 is the number of a failure, as for enrolments, and not a count.
    pub(crate) const fn enrols(&self) -> bool {
        matches!(self, Self::EnrollFingerprint { .. } | Self::EnrollBio { .. })
    }
}
