//! What a terminal says of itself when it starts.

use std::borrow::Cow;

use crate::parameters::Parameters;

/// A handshake: `GET cdata?options=all`. Sent at start, after the network came back, and when told to `CHECK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshake<'a> {
    parameters: Parameters<'a>,
}

impl<'a> Handshake<'a> {
    pub(crate) const fn new(parameters: Parameters<'a>) -> Self {
        Self { parameters }
    }

    /// The protocol version it speaks (`pushver`), for example `2.4.1`; terminals of 2008 send none.
    #[must_use]
    pub fn push_version(&self) -> Option<Cow<'a, str>> {
        self.parameters
            .get("pushver")
            .filter(|version| !version.is_empty())
    }

    /// Its kind in its own words (`DeviceType`): `att`, `acc`, but also `middle east`.
    #[must_use]
    pub fn device_type(&self) -> Option<Cow<'a, str>> {
        self.parameters.get("DeviceType").filter(|kind| !kind.is_empty())
    }

    /// Its menu language: 83 is Chinese in GB2312, 69 English.
    #[must_use]
    pub fn language(&self) -> Option<u16> {
        self.parameters.get("language")?.parse().ok()
    }
}
