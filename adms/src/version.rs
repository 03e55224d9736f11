//! Versions of the protocol.

use std::fmt;

/// The first three numbers of a version: `2.4.1`, `2.2.14`, `2.4.1-S`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version([u32; 3]);

impl Version {
    pub(crate) const fn new(major: u32, minor: u32, patch: u32) -> Self {
        Self([major, minor, patch])
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(|part| {
            let end = part
                .find(|character: char| !character.is_ascii_digit())
                .unwrap_or(part.len());
            part.get(..end).and_then(|digits| digits.parse().ok())
        });
        let major = numbers.next()??;
        Some(Self([
            major,
            numbers.next().flatten().unwrap_or(0),
            numbers.next().flatten().unwrap_or(0),
        ]))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}
