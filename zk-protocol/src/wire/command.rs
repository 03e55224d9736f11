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
    // --- tables and records: protocol notes §1.5 (zk-protocol data-*.md; vendor manual 2006) ---
    /// Reads a table: data is its number, see [`table`](super::bulk::table).
    DB_RRQ = 7;
    /// Writes a user (insert, or replace the one with the same uid): data is a user record of 28 or 72 bytes.
    USER_WRQ = 8;
    /// Reads one template (uid and finger), or a table; inside [`Command::PREPARE_BUFFER`] with table 5 all users.
    USERTEMP_RRQ = 9;
    /// Writes one template the old way.
    USERTEMP_WRQ = 10;
    /// Reads one option: data is its key.
    OPTIONS_RRQ = 11;
    /// Writes one option: data is `key=value`.
    OPTIONS_WRQ = 12;
    /// Reads the attendance log, directly or inside [`Command::PREPARE_BUFFER`].
    ATTLOG_RRQ = 13;
    /// Clears one table by number; **without data it wipes everything**.
    CLEAR_DATA = 14;
    /// Clears the attendance log.
    CLEAR_ATTLOG = 15;
    /// Deletes a user by uid.
    DELETE_USER = 18;
    /// Deletes a template by uid and finger.
    DELETE_USERTEMP = 19;
    /// Makes every administrator an ordinary user.
    CLEAR_ADMIN = 20;
    /// Reads a user's access group.
    USERGRP_RRQ = 21;
    /// Writes a user's access group.
    USERGRP_WRQ = 22;
    /// Reads a user's time zones.
    USERTZ_RRQ = 23;
    /// Writes a user's time zones.
    USERTZ_WRQ = 24;
    /// Reads a group's time zones and verify style.
    GRPTZ_RRQ = 25;
    /// Writes a group's time zones and verify style.
    GRPTZ_WRQ = 26;
    /// Reads a time zone.
    TZ_RRQ = 27;
    /// Writes a time zone.
    TZ_WRQ = 28;
    /// Reads an unlock combination.
    ULG_RRQ = 29;
    /// Writes an unlock combination.
    ULG_WRQ = 30;
    /// Opens the door for a while.
    UNLOCK = 31;
    /// Resets the access settings.
    CLEAR_ACC = 32;
    /// Clears the operation log.
    CLEAR_OPLOG = 33;
    /// Reads the operation log.
    OPLOG_RRQ = 34;
    /// Reads the counters and capacities.
    GET_FREE_SIZES = 50;
    /// Lets the colon of the clock blink.
    ENABLE_CLOCK = 57;
    /// Starts verification mode.
    STARTVERIFY = 60;
    /// Starts an enrolment.
    STARTENROLL = 61;
    /// Leaves enrolment or capture mode.
    CANCELCAPTURE = 62;
    /// Reads the state, answered in the session field.
    STATE_RRQ = 64;
    /// Writes on the display.
    WRITE_LCD = 66;
    /// Clears the display.
    CLEAR_LCD = 67;
    /// Reads how many characters a user id may have.
    GET_PINWIDTH = 69;
    /// Writes a short message.
    SMS_WRQ = 70;
    /// Reads a short message.
    SMS_RRQ = 71;
    /// Deletes a short message.
    DELETE_SMS = 72;
    /// Gives a short message to a user.
    UDATA_WRQ = 73;
    /// Takes a short message from a user.
    DELETE_UDATA = 74;
    /// Reads whether the door is open.
    DOORSTATE_RRQ = 75;
    /// Writes a MIFARE card.
    WRITE_MIFARE = 76;
    /// Empties a MIFARE card.
    EMPTY_MIFARE = 78;
    /// Writes a user's verify mode.
    VERIFY_WRQ = 79;
    /// Reads a user's verify mode.
    VERIFY_RRQ = 80;
    /// Commits an uploaded template.
    TMP_WRITE = 87;
    /// Reads one template.
    GET_USERTEMP = 88;
    /// Commits an uploaded batch of users and templates.
    SAVE_USERTEMPS = 110;
    /// Reads a checksum of the upload buffer.
    CHECKSUM_BUFFER = 119;
    /// Deletes a template by user id and finger.
    DEL_FPTMP = 134;
    /// Reads the clock.
    GET_TIME = 201;
    /// Sets the clock.
    SET_TIME = 202;
    /// Registers for events; also the code of every event packet.
    REG_EVENT = 500;
    // --- session and device ---
    /// Opens a session.
    CONNECT = 1000;
    /// Closes a session.
    EXIT = 1001;
    /// Puts the terminal back to work.
    ENABLEDEVICE = 1002;
    /// Locks keys and sensor.
    DISABLEDEVICE = 1003;
    /// Restarts the terminal; often unanswered.
    RESTART = 1004;
    /// Switches the terminal off.
    POWEROFF = 1005;
    /// Sends the terminal to sleep.
    SLEEP = 1006;
    /// Wakes the terminal.
    RESUME = 1007;
    /// Captures a finger.
    CAPTUREFINGER = 1009;
    /// Identifies a template.
    TEST_TEMP = 1011;
    /// Captures the picture of the sensor.
    CAPTUREIMAGE = 1012;
    /// Makes written data take effect.
    REFRESHDATA = 1013;
    /// Makes written options take effect.
    REFRESHOPTION = 1014;
    /// Plays a voice.
    TESTVOICE = 1017;
    /// Reads the firmware version.
    GET_VERSION = 1100;
    /// Changes the speed of a serial line.
    CHANGE_SPEED = 1101;
    /// Proves knowledge of the comm key.
    AUTH = 1102;
    /// Proves knowledge of the comm key on secure firmware.
    AUTH_EXT = 1106;
    // --- data transfer ---
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
    // --- replies (§1.4) ---
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
    // --- newer firmware ---
    /// Reads the attendance log of a time window; only inside [`Command::PREPARE_BUFFER`].
    ATTLOG_TIME = 10004;
    /// Reads the photo of a user.
    USER_PHOTO = 10010;
    /// Secure firmware's key exchange, first step.
    SECURE_KEY = 10063;
    /// Secure firmware's key exchange, second step.
    SECURE_SECRET = 10064;
    /// Secure firmware's key exchange, last step.
    SECURE_START = 10065;
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

    /// Whether asking again changes nothing on the terminal, so that a request whose answer was lost may be sent once more.
    #[must_use]
    pub const fn is_read(self) -> bool {
        matches!(
            self,
            Self::DB_RRQ
                | Self::USERTEMP_RRQ
                | Self::OPTIONS_RRQ
                | Self::ATTLOG_RRQ
                | Self::USERGRP_RRQ
                | Self::USERTZ_RRQ
                | Self::GRPTZ_RRQ
                | Self::TZ_RRQ
                | Self::ULG_RRQ
                | Self::OPLOG_RRQ
                | Self::GET_FREE_SIZES
                | Self::STATE_RRQ
                | Self::GET_PINWIDTH
                | Self::SMS_RRQ
                | Self::DOORSTATE_RRQ
                | Self::VERIFY_RRQ
                | Self::GET_USERTEMP
                | Self::CHECKSUM_BUFFER
                | Self::GET_TIME
                | Self::GET_VERSION
                | Self::FREE_DATA
                | Self::PREPARE_BUFFER
                | Self::READ_BUFFER
                | Self::USER_PHOTO
        )
    }

    /// Whether the command destroys what the terminal holds, or stops it. The client sends these only through its guarded methods,
    /// never through a plain exchange.
    #[must_use]
    pub const fn is_dangerous(self) -> bool {
        matches!(
            self,
            Self::CLEAR_DATA
                | Self::CLEAR_ATTLOG
                | Self::CLEAR_ADMIN
                | Self::CLEAR_ACC
                | Self::CLEAR_OPLOG
                | Self::RESTART
                | Self::POWEROFF
                | Self::SLEEP
                | Self::EMPTY_MIFARE
        )
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
