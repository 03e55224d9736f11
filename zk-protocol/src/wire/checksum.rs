//! The 16-bit checksum of a packet.
//!
//! All 16-bit words of header and data are summed with the checksum field taken as zero (an odd last byte is the low byte of a final
//! word), the carries are folded back in, and the result is inverted. This is the rule real terminals follow for the reply id that is
//! actually sent; the "reply-id quirk" some clients describe is the same rule in disguise and is not copied here.

use super::command::Command;

/// What to do with a received packet whose checksum is wrong.
///
/// Requests are always sent with the exact checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum ChecksumPolicy {
    /// Refuse the packet. The default.
    #[default]
    Strict,
    /// Accept it and log it at debug level: a few firmwares and simulators compute the sum wrongly.
    Lenient,
}

/// The checksum of a packet with these header fields and this data.
///
/// ```
/// use punchclock_zk::wire::{Command, checksum};
/// // The first packet of every conversation: CONNECT, no session yet, reply id 0.
/// assert_eq!(checksum::compute(Command::CONNECT, 0, 0, &[]), 0xFC17);
/// ```
#[must_use]
pub fn compute(command: Command, session: u16, reply_id: u16, data: &[u8]) -> u16 {
    let (words, odd) = data.as_chunks::<2>();
    let mut sum = u64::from(command.code()) + u64::from(session) + u64::from(reply_id);
    sum += words
        .iter()
        .map(|word| u64::from(u16::from_le_bytes(*word)))
        .sum::<u64>();
    sum += odd.iter().map(|byte| u64::from(*byte)).sum::<u64>();
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    // Folded above, so the conversion cannot fail.
    !u16::try_from(sum).unwrap_or(u16::MAX)
}
