//! What a terminal says about itself.

use bytes::Bytes;
use chrono::NaiveDateTime;

use super::Client;
use crate::error::Error;
use crate::quirks::Quirks;
use crate::wire::control::TerminalState;
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
    pub async fn device_info(&self) -> Result<DeviceInfo, Error> {
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
    pub async fn option(&self, key: &str) -> Result<Option<String>, Error> {
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
    pub async fn free_sizes(&self) -> Result<FreeSizes, Error> {
        // WL20 and its kin answer with four zero bytes unless the question carries something (pyzk issue 76).
        let argument: &'static [u8] = if self.quirks().sizes_need_argument {
            &[1, 0]
        } else {
            &[]
        };
        let reply = self.exchange(Command::GET_FREE_SIZES, argument).await?;
        Ok(FreeSizes::decode(&reply.data))
    }

    /// What the terminal is doing.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn state(&self) -> Result<TerminalState, Error> {
        let reply = self.exchange(Command::STATE_RRQ, Bytes::new()).await?;
        Ok(TerminalState::from(reply.session))
    }

    /// How many characters a user id may have; `None` when the terminal does not say.
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn pin_width(&self) -> Result<Option<u8>, Error> {
        if let Some(width) = self.option(option::PIN_WIDTH).await?
            && let Ok(width) = width.parse()
        {
            return Ok(Some(width));
        }
        match self.exchange(Command::GET_PINWIDTH, &b" P"[..]).await {
            Ok(reply) => Ok(reply.data.first().copied().filter(|width| *width > 0)),
            Err(Error::Refused { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether the door is open. Some clients say yes to any answer; this reads what it says.
    ///
    /// # Errors
    /// [`Error::ShortReply`] when the answer says nothing, and what can go wrong with any request.
    pub async fn door_is_open(&self) -> Result<bool, Error> {
        let command = Command::DOORSTATE_RRQ;
        let reply = self.exchange(command, Bytes::new()).await?;
        let state = reply.data.first().ok_or(Error::ShortReply {
            command,
            needed: 1,
            got: 0,
        })?;
        Ok(*state != 0)
    }

    /// What is special about this terminal, by what it says about itself. To be given to the next connection
    /// ([`ConnectOptions::quirks`](super::ConnectOptions::quirks)).
    ///
    /// # Errors
    /// What can go wrong with any request.
    pub async fn known_quirks(&self) -> Result<Quirks, Error> {
        let info = self.device_info().await?;
        let text = |text: Option<String>| text.unwrap_or_default();
        Ok(Quirks::for_terminal(
            &text(info.platform),
            &text(info.device_name),
            &text(info.firmware),
        ))
    }

    /// The terminal's clock: local wall time, without a zone.
    ///
    /// # Errors
    /// [`Error::Clock`] when it stands at a date that does not exist, and what can go wrong with any request.
    pub async fn time(&self) -> Result<NaiveDateTime, Error> {
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
    async fn named(&self, key: &str) -> Result<Option<String>, Error> {
        Ok(self.option(key).await?.filter(|value| !value.is_empty()))
    }
}

fn text(data: &[u8]) -> Option<String> {
    let text = DeviceText::until_nul(data);
    Some(text.to_string_lossy().trim().to_owned()).filter(|text| !text.is_empty())
}
