//! The values of commands. Each refuses what its place on the wire cannot hold.

use chrono::NaiveDateTime;

use crate::error::CommandError;
use crate::table::MAX_PIN;

/// Longest value in bytes; of names, terminals keep 24 to 48.
const MAX_FIELD: usize = 1024;

/// Longest value of a template or picture in bytes: terminals take up to 900 KB a reply.
const MAX_BLOB: usize = 512 << 10;

/// Settings that may be set: what attendance needs, and neither the server's address, nor passwords, nor locks.
const SETTABLE: [&str; 16] = [
    "Delay",
    "ErrorDelay",
    "Realtime",
    "TransInterval",
    "TransTimes",
    "TransFlag",
    "TimeZone",
    "Language",
    "DateFormat",
    "AlarmAttLog",
    "AlarmOpLog",
    "LockPowerKey",
    "VOLUME",
    "IdleMinute",
    "DaylightSavingTimeOn",
    "WorkCodeFunOn",
];

/// Refuses what could end a value and begin another: CR, LF, TAB, NUL and all other control characters.
fn check(text: &str, limit: usize) -> Result<(), CommandError> {
    if text.chars().any(char::is_control) {
        return Err(CommandError::Control);
    }
    if text.len() > limit {
        return Err(CommandError::TooLong {
            length: text.len(),
            limit,
        });
    }
    Ok(())
}

/// A text that was checked, and its conversions.
macro_rules! text_value {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[cfg_attr(
            feature = "serde",
            derive(serde::Serialize, serde::Deserialize),
            serde(try_from = "String", into = "String")
        )]
        pub struct $name(String);

        impl $name {
            /// The value as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = CommandError;

            fn from_str(text: &str) -> Result<Self, CommandError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = CommandError;

            fn try_from(text: String) -> Result<Self, CommandError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

text_value! {
    /// The number of a person: 1 to 24 characters.
    Pin
}

impl Pin {
    /// A PIN.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for an empty or long one, or one with a blank or a control character.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, MAX_PIN)?;
        if text.is_empty() {
            return Err(CommandError::Empty);
        }
        // A PIN stands in front of blanks and commas in some commands.
        if text.contains([' ', ',', '=', '*']) {
            return Err(CommandError::Separator);
        }
        Ok(Self(text.to_owned()))
    }
}

text_value! {
    /// A text between TABs: a name, a group, a card.
    ///
    /// ```
    /// use punchclock_adms::CommandError;
    /// use punchclock_adms::command::Field;
    /// assert_eq!("Eve\nC:9:CLEAR DATA".parse::<Field>(), Err(CommandError::Control));
    /// ```
    Field
}

impl Field {
    /// A text of up to 1024 bytes.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for a control character or a longer text.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, MAX_FIELD)?;
        Ok(Self(text.to_owned()))
    }
}

text_value! {
    /// A template, base64.
    Base64
}

impl Base64 {
    /// A text of base64, up to 512 KiB.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for anything but base64, and for more.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, MAX_BLOB)?;
        if text.is_empty() {
            return Err(CommandError::Empty);
        }
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        if text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CommandError::Separator)
        }
    }
}

text_value! {
    /// A setting that may be set or read. Only harmless ones can be set; the terminal's server address, its passwords and what
    /// opens doors cannot.
    OptionKey
}

impl OptionKey {
    /// The key of a setting to be read: ASCII letters, digits and `_`, with or without `~` in front.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for anything else, and for keys that hold secrets.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, 64)?;
        let name = text.strip_prefix('~').unwrap_or(text);
        if name.is_empty() {
            return Err(CommandError::Empty);
        }
        if !name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Err(CommandError::Separator);
        }
        if crate::table::is_secret_key(name) {
            return Err(CommandError::OptionKey);
        }
        Ok(Self(text.to_owned()))
    }

    /// Whether it may be set.
    #[must_use]
    pub fn is_settable(&self) -> bool {
        SETTABLE.iter().any(|known| known.eq_ignore_ascii_case(&self.0))
    }
}

text_value! {
    /// The value of a setting: no comma, which separates settings in the dialect "acc".
    OptionValue
}

impl OptionValue {
    /// A value of up to 128 bytes.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for a control character, a comma, or a longer value.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, 128)?;
        if text.contains(',') {
            return Err(CommandError::Separator);
        }
        Ok(Self(text.to_owned()))
    }
}

text_value! {
    /// A table of a terminal, or a column: ASCII letters, digits and `_`.
    TableName
}

impl TableName {
    /// A name of up to 32 characters.
    ///
    /// # Errors
    ///
    /// [`CommandError`] for an empty or long name, and for other characters.
    pub fn new(text: &str) -> Result<Self, CommandError> {
        check(text, 32)?;
        if text.is_empty() {
            return Err(CommandError::Empty);
        }
        if !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        {
            return Err(CommandError::Separator);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A span of the terminal's own wall clock, both ends in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    from: NaiveDateTime,
    to: NaiveDateTime,
}

impl Window {
    /// From one second to another.
    ///
    /// # Errors
    ///
    /// [`CommandError::Range`] when it ends before it begins.
    pub fn new(from: NaiveDateTime, to: NaiveDateTime) -> Result<Self, CommandError> {
        if to < from {
            Err(CommandError::Range)
        } else {
            Ok(Self { from, to })
        }
    }
}

impl std::fmt::Display for Window {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const FORM: &str = "%Y-%m-%d %H:%M:%S";
        write!(
            formatter,
            "StartTime={}\tEndTime={}",
            self.from.format(FORM),
            self.to.format(FORM)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        for bad in ["a\nb", "a\rb", "a\tb", "a\0b", "\u{85}", "\u{1b}"] {
            assert_eq!(Field::new(bad), Err(CommandError::Control));
            assert_eq!(Pin::new(bad), Err(CommandError::Control));
            assert_eq!(OptionValue::new(bad), Err(CommandError::Control));
        }
        assert_eq!(Pin::new("1 2"), Err(CommandError::Separator));
        assert_eq!(Pin::new(""), Err(CommandError::Empty));
        assert!(matches!(
            Pin::new(&"1".repeat(25)),
            Err(CommandError::TooLong { .. })
        ));
        assert_eq!(OptionValue::new("1,ComPwd=2"), Err(CommandError::Separator));
        assert_eq!(TableName::new("user,filter"), Err(CommandError::Separator));
        assert_eq!(Base64::new("a b"), Err(CommandError::Separator));
    }

    #[test]
    fn keys_that_may_be_set_and_read() {
        assert!(OptionKey::new("Delay").unwrap().is_settable());
        assert!(!OptionKey::new("ICLOCKSVRURL").unwrap().is_settable());
        assert!(!OptionKey::new("~DeviceName").unwrap().is_settable());
        for secret in ["ComPwd", "~authKey", "DoorPassword"] {
            assert_eq!(OptionKey::new(secret), Err(CommandError::OptionKey));
        }
        assert_eq!(OptionKey::new("a=b"), Err(CommandError::Separator));
    }
}
