//! What a terminal says about itself.

use bytes::Bytes;
use chrono::NaiveDateTime;

use super::Client;
use crate::error::Error;
use crate::wire::{Command, DeviceText, FreeSizes, OptionValue, PackedTime, bulk, option};

/// Who a terminal is. What it does not know is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct DeviceInfo {
    /// The serial number.
    pub serial: Option<String>,
    /// The firmware version, for example `Ver 6.60 Apr 26 2016`.
    pub firmware: Option<String>,
    /// The hardware platform.
    pub platform: Option<String>,
    /// The model name.
    pub device_name: Option<String>,
    /// Who sold it.
    pub vendor: Option<String>,
    /// The hardware address.
    pub mac: Option<String>,
}

impl Client {
    /// Who the terminal is.
    ///
    /// # Errors
    /// What can go wrong with any request; a refused question is `None`, not an error.
    pub async fn device_info(&mut self) -> Result<DeviceInfo, Error> {
        let firmware = match self.exchange(Command::GET_VERSION, Bytes::new()).await {
            Ok(reply) => text(&reply.data),
            Err(Error::Refused { .. }) => None,
            Err(error) => return Err(error),
        };
        Ok(DeviceInfo {
            firmware,
            serial: self.named(option::SERIAL_NUMBER).await?,
            platform: self.named(option::PLATFORM).await?,
            device_name: self.named(option::DEVICE_NAME).await?,
            vendor: self.named(option::OEM_VENDOR).await?,
            mac: self.named(option::MAC).await?,
        })
    }

    /// The value of one option; `None` when the terminal refuses the key or answers for another one. An empty value is a value.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn option(&mut self, key: &str) -> Result<Option<String>, Error> {
        match self.exchange(Command::OPTIONS_RRQ, option::request(key)).await {
            Ok(reply) => {
                let answer = OptionValue::decode(&reply.data).filter(|answer| answer.answers(key));
                Ok(answer.map(|answer| answer.value))
            }
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Counters and capacities.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn free_sizes(&mut self) -> Result<FreeSizes, Error> {
        let reply = self.exchange(Command::GET_FREE_SIZES, Bytes::new()).await?;
        Ok(FreeSizes::decode(&reply.data))
    }

    /// The terminal's clock: local wall time, without a zone.
    ///
    /// # Errors
    /// [`Error::Clock`] when it stands at a date that does not exist, and what can go wrong with any request.
    pub async fn time(&mut self) -> Result<NaiveDateTime, Error> {
        let command = Command::GET_TIME;
        let reply = self.exchange(command, Bytes::new()).await?;
        let (raw, _) = bulk::split_body(&reply.data).ok_or(Error::ShortReply {
            command,
            needed: 4,
            got: reply.data.len(),
        })?;
        Ok(PackedTime::new(raw).decode()?)
    }

    /// An option as a name: an empty one names nothing.
    async fn named(&mut self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.option(key).await?.filter(|value| !value.is_empty()))
    }
}

fn text(data: &[u8]) -> Option<String> {
    let text = DeviceText::until_nul(data);
    Some(text.to_string_lossy().trim().to_owned()).filter(|text| !text.is_empty())
}
