//! Access control: groups, time zones, combinations, verify modes.

use bytes::Bytes;

use super::Client;
use crate::error::Error;
use crate::wire::Command;
use crate::wire::access::{self, Combination, GroupTimeZones, TimeZone, UserTimeZones};

impl Client {
    /// The access group of a user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn user_group(&self, uid: u16) -> Result<u8, Error> {
        self.asked(Command::USERGRP_RRQ, access::user_request(uid), |data| {
            data.first().copied()
        })
        .await
    }

    /// Puts a user into an access group.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_user_group(&self, uid: u16, group: u8) -> Result<(), Error> {
        self.written(Command::USERGRP_WRQ, access::user_group(uid, group))
            .await
    }

    /// The time zones of a user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn user_time_zones(&self, uid: u16) -> Result<UserTimeZones, Error> {
        self.asked(Command::USERTZ_RRQ, access::user_request(uid), |data| {
            UserTimeZones::decode(uid, data)
        })
        .await
    }

    /// Sets the time zones of a user.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_user_time_zones(&self, zones: &UserTimeZones) -> Result<(), Error> {
        self.written(Command::USERTZ_WRQ, zones.encode()).await
    }

    /// The time zones of a group.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn group_time_zones(&self, group: u8) -> Result<GroupTimeZones, Error> {
        self.asked(
            Command::GRPTZ_RRQ,
            access::numbered_request(group),
            GroupTimeZones::decode,
        )
        .await
    }

    /// Sets the time zones of a group.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_group_time_zones(&self, zones: &GroupTimeZones) -> Result<(), Error> {
        self.written(Command::GRPTZ_WRQ, zones.encode()).await
    }

    /// A time zone.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn time_zone(&self, number: u16) -> Result<TimeZone, Error> {
        self.asked(Command::TZ_RRQ, TimeZone::request(number), TimeZone::decode)
            .await
    }

    /// Sets a time zone.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_time_zone(&self, zone: &TimeZone) -> Result<(), Error> {
        self.written(Command::TZ_WRQ, zone.encode()).await
    }

    /// An unlock combination.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn combination(&self, number: u8) -> Result<Combination, Error> {
        self.asked(
            Command::ULG_RRQ,
            access::numbered_request(number),
            Combination::decode,
        )
        .await
    }

    /// Sets an unlock combination.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_combination(&self, combination: &Combination) -> Result<(), Error> {
        self.written(Command::ULG_WRQ, combination.encode()).await
    }

    /// How a user verifies, as a number of the terminal's.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn user_verify(&self, uid: u16) -> Result<u8, Error> {
        let data = Bytes::copy_from_slice(&uid.to_le_bytes());
        self.asked(Command::VERIFY_RRQ, data, |data| data.get(2).copied())
            .await
    }

    /// Sets how a user verifies.
    ///
    /// # Errors
    /// As [`Client::exchange`].
    pub async fn set_user_verify(&self, uid: u16, mode: u8) -> Result<(), Error> {
        self.written(Command::VERIFY_WRQ, access::user_verify(uid, mode))
            .await
    }

    async fn asked<T>(
        &self,
        command: Command,
        data: Bytes,
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<T, Error> {
        let reply = self.exchange(command, data).await?;
        read(&reply.data).ok_or(Error::ShortReply {
            command,
            needed: reply.data.len() + 1,
            got: reply.data.len(),
        })
    }

    async fn written(&self, command: Command, data: Bytes) -> Result<(), Error> {
        self.exchange(command, data).await?;
        self.refresh().await
    }
}
