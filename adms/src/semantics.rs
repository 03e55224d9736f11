//! What to answer where the protocol leaves room for losing punches, as pure functions.

use crate::options::HandshakeOptions;
use crate::reply::Reply;
use crate::request::Kind;
use crate::serial::Serial;

/// Seconds between heartbeats of a terminal that nobody has approved: the longest that terminals take.
const PENDING_DELAY_S: u32 = 60;

/// Seconds between its tries to send.
const PENDING_ERROR_DELAY_S: u32 = 120;

/// The answer to a terminal that is not known, not approved, or switched off (§2.3, rule 6).
///
/// Whatever carries records gets 503, so that it keeps them. It is never acknowledged and dropped. The rest gets a
/// harmless answer and long delays, and no time zone, since none is known. Once the terminal is approved, its next
/// handshake (it shakes hands again after failed uploads) brings the site's options.
pub fn for_unknown_serial(serial: &Serial, kind: &Kind<'_>) -> Reply {
    match kind {
        Kind::Handshake(handshake) => Reply::handshake(
            serial,
            &HandshakeOptions::new()
                .with_push_version(handshake.push_version().as_deref())
                .with_delay_s(PENDING_DELAY_S)
                .with_error_delay_s(PENDING_ERROR_DELAY_S),
        ),
        Kind::GetRequest(_) | Kind::Ping | Kind::CommandResult(_) => Reply::ok(),
        // Of an unknown request nobody can say that it carries no records.
        Kind::Upload(_) | Kind::Time | Kind::Unknown => Reply::unavailable(),
    }
}
