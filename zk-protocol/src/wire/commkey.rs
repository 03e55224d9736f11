//! The comm key: a number set in the terminal's menu that a client must know.
//!
//! It protects nothing against an eavesdropper: the scramble is reversible and the conversation is not encrypted. Keep terminals on a
//! network of their own.

use std::fmt;
use std::str::FromStr;

/// The tick value clients send with the scramble.
pub const DEFAULT_TICKS: u8 = 50;

/// The mask of the scramble.
const MASK: [u8; 4] = *b"ZKSO";

/// A terminal's comm key (menu: one to six digits, 0 means none). `Debug` does not show it.
///
/// ```
/// use punchclock_zk::CommKey;
/// assert_eq!(format!("{:?}", CommKey::new(123_456)), "CommKey(redacted)");
/// assert_eq!("123456".parse(), Ok(CommKey::new(123_456)));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CommKey(u32);

impl CommKey {
    /// A key as typed into the terminal.
    #[must_use]
    pub const fn new(key: u32) -> Self {
        Self(key)
    }

    /// The payload of [`AUTH`](super::Command::AUTH) for a session.
    ///
    /// The bit-reversed key plus the session id (modulo 2³²) is masked, its halves are swapped, and `ticks` is mixed in; the third
    /// byte is `ticks` itself so that the terminal can undo it.
    #[must_use]
    pub fn scramble(self, session: u16, ticks: u8) -> [u8; 4] {
        let [_, b, c, d] = self
            .0
            .reverse_bits()
            .wrapping_add(u32::from(session))
            .to_le_bytes();
        let [_, mask_b, mask_c, mask_d] = MASK;
        // The lowest byte would come third after the swap, and is the one that carries the ticks instead.
        [c ^ mask_c ^ ticks, d ^ mask_d ^ ticks, ticks, b ^ mask_b ^ ticks]
    }
}

impl From<u32> for CommKey {
    fn from(key: u32) -> Self {
        Self(key)
    }
}

impl FromStr for CommKey {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim().parse().map(Self)
    }
}

impl fmt::Debug for CommKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CommKey(redacted)")
    }
}
