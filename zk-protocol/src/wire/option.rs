//! Options: `key=value` texts that describe and configure a terminal.

use super::text::DeviceText;

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident = $key:literal;)*) => {
        $($(#[$doc])* pub const $name: &str = $key;)*

        /// Every key named here.
        pub const KEYS: &[&str] = &[$($key),*];
    };
}

keys! {
    /// The serial number, the name a terminal keeps for life.
    SERIAL_NUMBER = "~SerialNumber";
    /// The hardware platform, for example `ZEM760_TFT`.
    PLATFORM = "~Platform";
    /// The model name.
    DEVICE_NAME = "~DeviceName";
    /// Who sold it.
    OEM_VENDOR = "~OEMVendor";
    /// When it was made.
    PRODUCT_TIME = "~ProductTime";
    /// The operating system.
    OS = "~OS";
    /// The hardware address.
    MAC = "MAC";
    /// The network address.
    IP_ADDRESS = "IPAddress";
    /// The network mask.
    NET_MASK = "NetMask";
    /// The gateway.
    GATEWAY = "GATEIPAddress";
    /// The version of the finger algorithm: 9 or 10.
    FINGER_VERSION = "~ZKFPVersion";
    /// The version of the face algorithm: 7 means it knows faces.
    FACE_VERSION = "ZKFaceVersion";
    /// Whether faces are in use.
    FACE_ON = "FaceFunOn";
    /// Whether fingers are in use.
    FINGER_ON = "FingerFunOn";
    /// How many characters a user id may have: 5, 9, 14.
    PIN_WIDTH = "~PIN2Width";
    /// Whether user ids may have letters.
    ABC_PIN = "~IsABCPinEnable";
    /// Whether the firmware could have letters in user ids.
    ABC_PIN_SUPPORTED = "IsSupportABCPin";
    /// Whether user ids are typed as on a telephone.
    T9_ON = "~T9FunOn";
    /// Whether attendance records have the extended format.
    EXTEND_FORMAT = "~ExtendFmt";
    /// 1 for users of 72 bytes.
    USER_EXTEND_FORMAT = "~UserExtFmt";
    /// Whether it behaves like older firmware.
    COMPAT_OLD_FIRMWARE = "CompatOldFirmware";
    /// Whether the operation log has the extended format.
    EXTEND_OP_LOG = "ExtendOPLog";
    /// Whether it is a self-service recorder.
    SSR = "~SSR";
    /// Whether work codes are in use. The table of work codes has no public layout.
    WORK_CODE = "WorkCode";
    /// The language: 97 is English.
    LANGUAGE = "Language";
    /// The language, on newer firmware.
    NEW_LANGUAGE = "NewLng";
    /// The kinds of biometrics.
    BIOMETRIC_TYPE = "BiometricType";
    /// Whether it knows cards alone.
    ONLY_CARDS = "~IsOnlyRFMachine";
    /// Whether cards are in use.
    CARD_ON = "~RFCardOn";
    /// Whether it controls a lock.
    LOCK_ON = "LockOn";
    /// Minutes within which one person's second punch is not stored.
    REPEAT_MINUTES = "AlarmReRec";
    /// The number of the terminal.
    DEVICE_ID = "DeviceID";
    /// The TCP port.
    TCP_PORT = "TCPPort";
    /// The UDP port.
    UDP_PORT = "UDPPort";
    /// Whether it speaks.
    VOICE_ON = "VoiceOn";
    /// Minutes until it sleeps.
    IDLE_MINUTES = "IdleMinute";
    /// The time zone in hours; absent on many.
    TIME_ZONE = "TZAdj";
    /// Set to 1 by the vendor's SDK after every connect.
    SDK_BUILD = "SDKBuild";
}

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

/// The data that writes `value` under `key`: `key=value` and a NUL.
#[must_use]
pub fn assignment(key: &str, value: &str) -> Vec<u8> {
    request(&format!("{key}={value}"))
}
