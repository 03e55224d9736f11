//! Where a terminal should go on after what was committed.

use std::str::FromStr;

use crate::error::OptionError;

/// Longest stamp in bytes.
const MAX_STAMP: usize = 32;

/// Where a terminal should go on: the stamp of its last committed upload, or `0` for everything.
///
/// Its alphabet is narrow because it comes from a terminal and goes back into a line of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp(String);

impl Stamp {
    /// The stamp that asks for the whole log.
    #[must_use]
    pub fn everything() -> Self {
        Self("0".to_owned())
    }

    /// The stamp as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Stamp {
    type Err = OptionError;

    fn from_str(text: &str) -> Result<Self, OptionError> {
        let fits = (1..=MAX_STAMP).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-:.+".contains(&byte));
        if fits {
            Ok(Self(text.to_owned()))
        } else {
            Err(OptionError::Stamp)
        }
    }
}

/// The tables that have a stamp of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Stamped {
    /// Punches.
    AttLog,
    /// Operations and users.
    OperLog,
    /// Photographs of punches.
    AttPhoto,
    /// Templates.
    BioData,
    /// Identity cards.
    IdCard,
    /// Failures inside the terminal.
    ErrorLog,
}

impl Stamped {
    /// All of them, in the order sent.
    pub(crate) const ALL: [Self; 6] = [
        Self::AttLog,
        Self::OperLog,
        Self::AttPhoto,
        Self::BioData,
        Self::IdCard,
        Self::ErrorLog,
    ];

    pub(crate) const fn key(self) -> &'static str {
        match self {
            Self::AttLog => "ATTLOGStamp",
            Self::OperLog => "OPERLOGStamp",
            Self::AttPhoto => "ATTPHOTOStamp",
            Self::BioData => "BIODATAStamp",
            Self::IdCard => "IDCARDStamp",
            Self::ErrorLog => "ERRORLOGStamp",
        }
    }

    /// Whether the stamp is sent although nobody set it: those that every server sends.
    pub(crate) const fn is_always_sent(self) -> bool {
        matches!(self, Self::AttLog | Self::OperLog | Self::AttPhoto)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_cannot_end_its_line() {
        for good in ["0", "9999", "None", "583080894", "2008-02-25T12:08:21"] {
            assert_eq!(good.parse::<Stamp>().unwrap().as_str(), good);
        }
        for bad in ["", "1\nRealtime=0", "1\r", "a b", &"9".repeat(33)] {
            assert_eq!(bad.parse::<Stamp>(), Err(OptionError::Stamp));
        }
    }
}
