//! What an access control terminal ("acc") is told: its registration code and its configuration.

use std::fmt::Write as _;
use std::str::FromStr;

use crate::error::OptionError;
use crate::options::value;
use crate::serial::Serial;
use crate::version::Version;

/// Longest registration code.
const MAX_CODE: usize = 32;

/// The newest version of the protocol that is offered to access control terminals.
const SERVER_VERSION: Version = Version::new(3, 1, 2);

/// The code that a terminal is registered under: 1 to 32 ASCII letters and digits.
///
/// The terminal's cookie (`token`) is made from it in a way that the document does not tell and its own sample does not
/// confirm, so it is checked nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "String", into = "String")
)]
pub struct RegistryCode(String);

impl RegistryCode {
    /// The code made of a serial: its letters and digits, at most 32. It is no secret, and need not be one.
    #[must_use]
    pub fn of(serial: &Serial) -> Self {
        let code: String = serial
            .as_str()
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(MAX_CODE)
            .collect();
        // A serial of dashes alone is allowed, if nowhere seen.
        Self(if code.is_empty() { "0".to_owned() } else { code })
    }

    /// The code as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RegistryCode {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let fits =
            (1..=MAX_CODE).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(OptionError::RegistryCode)
        }
    }
}

impl TryFrom<String> for RegistryCode {
    type Error = OptionError;

    fn try_from(text: String) -> Result<Self, OptionError> {
        text.parse()
    }
}

impl From<RegistryCode> for String {
    fn from(code: RegistryCode) -> Self {
        code.0
    }
}

/// The configuration of an access control terminal. What is not set has the default named at its setter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccOptions {
    server_name: String,
    session_id: String,
    error_delay_s: u32,
    request_delay_s: u32,
    timeout_s: u32,
    realtime: bool,
    version: Version,
}

impl AccOptions {
    /// The defaults, for the session of this registration: the document wants a session id, which need not be secret.
    #[must_use]
    pub fn new(code: &RegistryCode) -> Self {
        Self {
            server_name: "punchclock".to_owned(),
            session_id: code.as_str().to_owned(),
            error_delay_s: 30,
            request_delay_s: 10,
            timeout_s: 10,
            realtime: true,
            version: SERVER_VERSION,
        }
    }

    /// The name that the server gives itself. Default `punchclock`.
    ///
    /// # Errors
    ///
    /// [`OptionError::Value`] for a name that does not fit into a line.
    pub fn with_server_name(self, name: &str) -> Result<Self, OptionError> {
        Ok(Self {
            server_name: value(name)?,
            ..self
        })
    }

    /// Seconds between tries while the server cannot be reached. Default 30.
    #[must_use]
    pub fn with_error_delay_s(self, seconds: u32) -> Self {
        Self {
            error_delay_s: seconds,
            ..self
        }
    }

    /// Seconds between heartbeats. Default 10; the document's is 30, servers in the field send 2 to 10.
    #[must_use]
    pub fn with_request_delay_s(self, seconds: u32) -> Self {
        Self {
            request_delay_s: seconds,
            ..self
        }
    }

    /// Whether events are sent at once (default).
    #[must_use]
    pub fn with_realtime(self, realtime: bool) -> Self {
        Self { realtime, ..self }
    }

    /// The version that the terminal announced; the smaller one is spoken. Default 3.1.2.
    #[must_use]
    pub fn with_push_version(self, announced: Option<&str>) -> Self {
        let version = announced
            .and_then(Version::read)
            .map_or(SERVER_VERSION, |version| version.min(SERVER_VERSION));
        Self { version, ..self }
    }

    /// The text, every line ending LF.
    pub(crate) fn lines(&self) -> String {
        let mut text = String::with_capacity(300);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key}={value}");
        };
        line("ServerVersion", &self.version);
        line("ServerName", &self.server_name);
        line("PushVersion", &self.version);
        line("ErrorDelay", &self.error_delay_s);
        line("RequestDelay", &self.request_delay_s);
        line("TransTimes", &"00:00");
        line("TransInterval", &2);
        line("TransTables", &"User Transaction");
        line("Realtime", &u8::from(self.realtime));
        line("SessionID", &self.session_id);
        line("TimeoutSec", &self.timeout_s);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes() {
        assert_eq!(
            "Uy47fxftP3".parse::<RegistryCode>().unwrap().as_str(),
            "Uy47fxftP3"
        );
        for bad in ["", "a b", "a\n", "é", &"a".repeat(33)] {
            assert_eq!(bad.parse::<RegistryCode>(), Err(OptionError::RegistryCode));
        }
    }

    #[test]
    fn the_smaller_version_is_spoken() {
        let code = "X1".parse().unwrap();
        let text = |announced| AccOptions::new(&code).with_push_version(announced).lines();
        assert!(text(Some("3.0.1")).contains("\nPushVersion=3.0.1\n"));
        assert!(text(Some("9.9")).contains("\nPushVersion=3.1.2\n"));
        assert!(text(None).ends_with("SessionID=X1\nTimeoutSec=10\n"));
    }
}
