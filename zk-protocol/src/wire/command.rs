//! Command and reply codes: one number space for both.

use std::fmt;

/// The code in the first two bytes of a packet: what a request asks, or how a reply answers.
///
/// Any number is representable, so an unknown code is kept and never breaks a stream.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Command(u16);

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        impl Command {
            $($(#[$doc])* pub const $name: Self = Self($code);)*

            /// The name of a known code.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(stringify!($name)),)*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    /// Reads the user table: data is the table id 5, usually inside [`Command::PREPARE_BUFFER`].
    READ_USERS = 9;
    /// Reads one option: data is its key.
    OPTIONS_RRQ = 11;
    /// Writes one option: data is `key=value`.
    OPTIONS_WRQ = 12;
    /// Reads the attendance log, directly or inside [`Command::PREPARE_BUFFER`].
    ATTLOG_RRQ = 13;
    /// Reads the counters and capacities.
    GET_FREE_SIZES = 50;
    /// Starts verification mode.
    STARTVERIFY = 60;
    /// Leaves enrolment or capture mode.
    CANCELCAPTURE = 62;
    /// Reads the state, answered in the session field.
    STATE_RRQ = 64;
    /// Reads how many characters a user id may have.
    GET_PINWIDTH = 69;
    /// Reads the clock.
    GET_TIME = 201;
    /// Sets the clock.
    SET_TIME = 202;
    /// Registers for events; also the code of every event packet.
    REG_EVENT = 500;
    /// Opens a session.
    CONNECT = 1000;
    /// Closes a session.
    EXIT = 1001;
    /// Puts the terminal back to work.
    ENABLEDEVICE = 1002;
    /// Locks keys and sensor.
    DISABLEDEVICE = 1003;
    /// Makes written data take effect.
    REFRESHDATA = 1013;
    /// Makes written options take effect.
    REFRESHOPTION = 1014;
    /// Reads the firmware version.
    GET_VERSION = 1100;
    /// Proves knowledge of the comm key.
    AUTH = 1102;
    /// Announces data: total size and frame size.
    PREPARE_DATA = 1500;
    /// A piece of data.
    DATA = 1501;
    /// Drops the terminal's read buffer.
    FREE_DATA = 1502;
    /// Asks the terminal to put a table into its read buffer.
    PREPARE_BUFFER = 1503;
    /// Reads a piece of the read buffer.
    READ_BUFFER = 1504;
    /// Done; may carry data.
    ACK_OK = 2000;
    /// Failed, or no such option or template.
    ACK_ERROR = 2001;
    /// A reply that is data, rare.
    ACK_DATA = 2002;
    /// Busy, try again.
    ACK_RETRY = 2003;
    /// Asks to send again.
    ACK_REPEAT = 2004;
    /// A comm key is needed, or was wrong.
    ACK_UNAUTH = 2005;
    /// Firmware that refuses the comm key scheme.
    AUTH_LOCK = 2032;
    /// The read buffer cannot be built.
    ACK_NO_BUFFER = 4989;
    /// Secure firmware's challenge.
    ACK_SECURE = 6001;
    /// Bad data.
    ACK_ERROR_DATA = 65531;
    /// Not initialised.
    ACK_ERROR_INIT = 65532;
    /// Bad order.
    ACK_ERROR_CMD = 65533;
    /// Unknown order.
    ACK_UNKNOWN = 65535;
}

impl Command {
    /// A code as it stands on the wire.
    #[must_use]
    pub const fn new(code: u16) -> Self {
        Self(code)
    }

    /// The number on the wire.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "{name} ({})", self.0),
            None => write!(f, "code {}", self.0),
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
