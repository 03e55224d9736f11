//! Options: `key=value` texts that describe and configure a terminal.

use super::text::DeviceText;

/// The serial number, the name a terminal keeps for life.
pub const SERIAL_NUMBER: &str = "~SerialNumber";
/// The hardware platform, for example `ZEM760_TFT`.
pub const PLATFORM: &str = "~Platform";
/// The model name.
pub const DEVICE_NAME: &str = "~DeviceName";
/// Who sold it.
pub const OEM_VENDOR: &str = "~OEMVendor";
/// The hardware address.
pub const MAC: &str = "MAC";

/// One option as a terminal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OptionValue {
    /// The key in the answer. Some firmwares answer for another key than asked.
    pub key: String,
    /// The value; empty is a value.
    pub value: String,
}

impl OptionValue {
    /// Reads the data of an answer: text up to the first NUL, split at its first `=` (some firmwares write two).
    ///
    /// `None` when there is no `=` at all.
    #[must_use]
    pub fn decode(data: &[u8]) -> Option<Self> {
        let text = DeviceText::until_nul(data);
        let text = text.to_string_lossy();
        let (key, value) = text.split_once('=')?;
        let value = value.strip_prefix('=').unwrap_or(value);
        Some(Self {
            key: key.trim().to_owned(),
            value: value.trim().to_owned(),
        })
    }

    /// Whether this answers for `key`: compared without case and without the leading `~`, which some firmwares drop.
    #[must_use]
    pub fn answers(&self, key: &str) -> bool {
        self.key
            .trim_start_matches('~')
            .eq_ignore_ascii_case(key.trim_start_matches('~'))
    }
}

/// The data of a request for `key`: the key and a NUL.
#[must_use]
pub fn request(key: &str) -> Vec<u8> {
    let mut data = Vec::with_capacity(key.len() + 1);
    data.extend_from_slice(key.as_bytes());
    data.push(0);
    data
}
