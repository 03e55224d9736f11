//! The options that a handshake gives to a terminal.

use std::fmt::Write as _;
use std::str::FromStr;

use chrono::{NaiveTime, Timelike as _};

use crate::error::OptionError;

/// The newest version of the protocol that these options speak.
const SERVER_VERSION: &str = "2.4.1";

/// Largest upload that is asked for, in bytes; the figure that the vendor's own server sends.
const MAX_POST_SIZE: u32 = 1_048_576;

/// Most transfer times a terminal holds.
const MAX_TRANS_TIMES: usize = 10;

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

/// The options of a handshake. What is not set has the default named at its setter.
///
/// Punches and operations are asked for and nothing else: fewer biometrics received is the best protection of them.
///
/// ```
/// use punchclock_adms::{HandshakeOptions, Reply};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let options = HandshakeOptions::new().with_delay_s(10).with_time_zone_minutes(330);
/// let reply = Reply::handshake(&"CEZU202360241".parse()?, &options);
/// let text = String::from_utf8(reply.body)?;
/// assert!(text.starts_with("GET OPTION FROM: CEZU202360241\n"));
/// assert!(text.contains("\nTimeZone=330\n") && text.ends_with('\n'));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandshakeOptions {
    attlog_stamp: Stamp,
    operlog_stamp: Stamp,
    error_delay_s: u32,
    delay_s: u32,
    realtime: bool,
    trans_interval_min: u32,
    trans_times: Vec<NaiveTime>,
    time_zone_minutes: Option<i32>,
    protocol: Protocol,
}

/// The version that both sides speak.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Protocol {
    /// Before 2.0: no version is sent, transfers are chosen by bits.
    Bits,
    /// From 2.0 on.
    Named(String),
}

impl Default for HandshakeOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl HandshakeOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            attlog_stamp: Stamp::everything(),
            operlog_stamp: Stamp::everything(),
            error_delay_s: 30,
            delay_s: 10,
            realtime: true,
            trans_interval_min: 1,
            trans_times: Vec::new(),
            time_zone_minutes: None,
            protocol: Protocol::Named(SERVER_VERSION.to_owned()),
        }
    }

    /// Where the attendance log should go on: the stamp of the last upload that was committed. Default 0, everything.
    ///
    /// New firmware ignores it and sends everything whenever it likes; whoever stores must recognise duplicates.
    #[must_use]
    pub fn with_attlog_stamp(self, stamp: Stamp) -> Self {
        Self {
            attlog_stamp: stamp,
            ..self
        }
    }

    /// Where the operation log should go on. Default 0, everything.
    #[must_use]
    pub fn with_operlog_stamp(self, stamp: Stamp) -> Self {
        Self {
            operlog_stamp: stamp,
            ..self
        }
    }

    /// Seconds between tries while the server cannot be reached. Default 30; terminals take 30 to 300.
    #[must_use]
    pub fn with_error_delay_s(self, seconds: u32) -> Self {
        Self {
            error_delay_s: seconds,
            ..self
        }
    }

    /// Seconds between heartbeats. Default 10; terminals take 2 to 60.
    #[must_use]
    pub fn with_delay_s(self, seconds: u32) -> Self {
        Self {
            delay_s: seconds,
            ..self
        }
    }

    /// Whether a punch is sent at once (default) or only at the transfer times and intervals and on command.
    #[must_use]
    pub fn with_realtime(self, realtime: bool) -> Self {
        Self { realtime, ..self }
    }

    /// Minutes between transfers without `realtime`. Default 1; 0 switches them off.
    #[must_use]
    pub fn with_trans_interval_min(self, minutes: u32) -> Self {
        Self {
            trans_interval_min: minutes,
            ..self
        }
    }

    /// Times of day for transfers without `realtime`, in whole minutes. Default 00:00.
    ///
    /// # Errors
    ///
    /// [`OptionError::TransTimes`] for more than 10.
    pub fn with_trans_times(self, times: &[NaiveTime]) -> Result<Self, OptionError> {
        if times.len() > MAX_TRANS_TIMES {
            return Err(OptionError::TransTimes);
        }
        Ok(Self {
            trans_times: times.to_vec(),
            ..self
        })
    }

    /// Minutes east of UTC that the terminal's clock shows. Default: not sent.
    ///
    /// A terminal sets its clock from the reply's `Date` header and this. A wrong value shifts every later punch, so
    /// send it only when the site's zone is known, and `Date` only when the host's clock is right.
    #[must_use]
    pub fn with_time_zone_minutes(self, minutes: i32) -> Self {
        Self {
            time_zone_minutes: Some(minutes),
            ..self
        }
    }

    /// The version that the terminal announced ([`Handshake::push_version`](crate::Handshake::push_version)), `None`
    /// for a terminal of 2008. Default: the version of this crate, 2.4.1.
    #[must_use]
    pub fn with_push_version(self, announced: Option<&str>) -> Self {
        let protocol = match announced.and_then(version) {
            Some(version) if version < [2, 0, 0] => Protocol::Bits,
            Some(version) if version < [2, 4, 1] => {
                let [major, minor, patch] = version;
                Protocol::Named(format!("{major}.{minor}.{patch}"))
            }
            Some(_) => Protocol::Named(SERVER_VERSION.to_owned()),
            None => Protocol::Bits,
        };
        Self { protocol, ..self }
    }

    /// The text of the options without the first line. Every line ends LF: old firmware ignores one that does not.
    pub(crate) fn lines(&self) -> String {
        let mut text = String::with_capacity(400);
        let mut line = |key: &str, value: &dyn std::fmt::Display| {
            // Writing to a String cannot fail.
            let _ = writeln!(text, "{key}={value}");
        };
        let (attlog, operlog) = (self.attlog_stamp.as_str(), self.operlog_stamp.as_str());
        // Both forms: terminals of 2008 know the first alone, later ones prefer the second.
        line("Stamp", &attlog);
        line("OpStamp", &operlog);
        line("PhotoStamp", &0);
        line("ATTLOGStamp", &attlog);
        line("OPERLOGStamp", &operlog);
        line("ATTPHOTOStamp", &0);
        line("ErrorDelay", &self.error_delay_s);
        line("Delay", &self.delay_s);
        line("TransTimes", &self.times());
        line("TransInterval", &self.trans_interval_min);
        match &self.protocol {
            // The documents disagree on the order of the bits, but not on the first two.
            Protocol::Bits => line("TransFlag", &"110000000000"),
            Protocol::Named(_) => line("TransFlag", &"TransData AttLog\tOpLog"),
        }
        if let Some(minutes) = self.time_zone_minutes {
            line("TimeZone", &zone(minutes));
        }
        line("Realtime", &u8::from(self.realtime));
        line("Encrypt", &"None");
        if let Protocol::Named(version) = &self.protocol {
            line("ServerVer", &version);
            line("PushProtVer", &version);
            line("SupportPing", &1);
            line("MaxPostSize", &MAX_POST_SIZE);
        }
        text
    }

    fn times(&self) -> String {
        if self.trans_times.is_empty() {
            return "00:00".to_owned();
        }
        let times: Vec<String> = self
            .trans_times
            .iter()
            .map(|time| format!("{:02}:{:02}", time.hour(), time.minute()))
            .collect();
        times.join(";")
    }
}

/// `TimeZone` as terminals read it: below 25 in absolute value hours, else minutes (§1.3 of the protocol notes).
///
/// Less than 25 minutes that are no whole hours cannot be said in either form; no zone on Earth needs them, and the
/// nearest hour that can be said is sent.
fn zone(minutes: i32) -> i32 {
    match minutes {
        _ if minutes % 60 == 0 => minutes / 60,
        -24..=24 => 0,
        _ => minutes,
    }
}

/// The first three numbers of a version: `2.4.1`, `2.2.14`, `2.4.1-S`.
fn version(text: &str) -> Option<[u32; 3]> {
    let mut numbers = text.split('.').map(|part| {
        let end = part
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(part.len());
        part.get(..end).and_then(|digits| digits.parse().ok())
    });
    let major = numbers.next()??;
    Some([
        major,
        numbers.next().flatten().unwrap_or(0),
        numbers.next().flatten().unwrap_or(0),
    ])
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

    #[test]
    fn the_version_is_the_smaller_one() {
        let text = |announced| HandshakeOptions::new().with_push_version(announced).lines();
        assert!(text(Some("2.2.14")).contains("\nPushProtVer=2.2.14\n"));
        assert!(text(Some("2.4.2")).contains("\nPushProtVer=2.4.1\n"));
        assert!(text(Some("2.0.33S-20220623")).contains("\nPushProtVer=2.0.33\n"));
        for old in [None, Some("1.0"), Some("what")] {
            let text = text(old);
            assert!(
                !text.contains("PushProtVer") && text.contains("\nTransFlag=11"),
                "{text}"
            );
        }
    }

    #[test]
    fn transfer_times() {
        let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
        let options = HandshakeOptions::new()
            .with_trans_times(&[time(0, 0), time(14, 5)])
            .unwrap();
        assert!(options.lines().contains("\nTransTimes=00:00;14:05\n"));
        assert_eq!(
            HandshakeOptions::new().with_trans_times(&[time(1, 0); 11]),
            Err(OptionError::TransTimes)
        );
    }
}
