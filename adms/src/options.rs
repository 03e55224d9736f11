//! The options that a handshake gives to a terminal (§1.3 of the protocol notes).

use std::fmt::Write as _;

use chrono::{NaiveTime, Timelike as _};

use crate::dialect::Dialect;
use crate::error::OptionError;
use crate::stamp::{Stamp, Stamped};
use crate::transfers::{BitOrder, Transfers};
use crate::version::Version;

/// The newest version of the protocol that these options speak to attendance terminals.
const SERVER_VERSION: Version = Version::new(2, 4, 1);

/// Longest value of a free text in bytes.
const MAX_VALUE: usize = 64;

/// Largest upload that is asked for, in bytes; the figure that the vendor's own server sends.
const MAX_POST_SIZE: u32 = 1_048_576;

/// Most transfer times a terminal holds.
const MAX_TRANS_TIMES: usize = 10;

/// Whether the terminal posts its settings by itself (`PushOptionsFlag`).
#[derive(Debug, Clone, PartialEq, Eq)]
struct PushOptions(Vec<String>);

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
    stamps: [Option<Stamp>; 6],
    error_delay_s: u32,
    delay_s: u32,
    realtime: bool,
    trans_interval_min: u32,
    trans_times: Vec<NaiveTime>,
    transfers: Transfers,
    bit_order: BitOrder,
    time_zone_minutes: Option<i32>,
    max_post_size: u32,
    push_options: Option<PushOptions>,
    protocol: Protocol,
}

/// The version that both sides speak.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Protocol {
    /// Before 2.0: no version is sent, transfers are chosen by bits.
    Bits,
    /// From 2.0 on.
    Named(Version),
    /// The clocks of the United States.
    Us(Version),
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
            stamps: [const { None }; 6],
            error_delay_s: 30,
            delay_s: 10,
            realtime: true,
            trans_interval_min: 1,
            trans_times: Vec::new(),
            transfers: Transfers::PUNCHES,
            bit_order: BitOrder::Y2011,
            time_zone_minutes: None,
            max_post_size: MAX_POST_SIZE,
            push_options: None,
            protocol: Protocol::Named(SERVER_VERSION),
        }
    }

    /// Where a table should go on: the stamp of the last upload that was **committed**. Default 0, everything.
    ///
    /// New firmware ignores it and sends everything whenever it likes; whoever stores must recognise duplicates.
    #[must_use]
    pub fn with_stamp(mut self, table: Stamped, stamp: Stamp) -> Self {
        if let Some((_, slot)) = Stamped::ALL
            .into_iter()
            .zip(&mut self.stamps)
            .find(|(known, _)| *known == table)
        {
            *slot = Some(stamp);
        }
        self
    }

    /// Where the attendance log should go on; see [`with_stamp`](Self::with_stamp).
    #[must_use]
    pub fn with_attlog_stamp(self, stamp: Stamp) -> Self {
        self.with_stamp(Stamped::AttLog, stamp)
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

    /// What the terminal sends. Default [`Transfers::PUNCHES`].
    #[must_use]
    pub fn with_transfers(self, transfers: Transfers) -> Self {
        Self { transfers, ..self }
    }

    /// The order of the transfer bits for terminals that know only bits; the documents disagree. Default
    /// [`BitOrder::Y2011`]; for [`Transfers::PUNCHES`] both are the same.
    #[must_use]
    pub fn with_bit_order(self, bit_order: BitOrder) -> Self {
        Self { bit_order, ..self }
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

    /// Largest upload in bytes. Default 1,048,576, the figure that the vendor's own server sends.
    #[must_use]
    pub fn with_max_post_size(self, bytes: u32) -> Self {
        Self {
            max_post_size: bytes,
            ..self
        }
    }

    /// The settings that the terminal should post as table `options` (`PushOptionsFlag=1`, `PushOptions`), by their
    /// keys; none for all it likes. Default: it posts none.
    ///
    /// # Errors
    ///
    /// [`OptionError::Value`] for a key that is empty, long, or holds a comma or a control character.
    pub fn with_push_options(self, keys: &[&str]) -> Result<Self, OptionError> {
        let keys: Result<Vec<String>, OptionError> = keys
            .iter()
            .map(|key| {
                value(key).and_then(|key| {
                    if key.contains(',') {
                        Err(OptionError::Value)
                    } else {
                        Ok(key)
                    }
                })
            })
            .collect();
        Ok(Self {
            push_options: Some(PushOptions(keys?)),
            ..self
        })
    }

    /// The version that the terminal announced ([`Handshake::push_version`](crate::Handshake::push_version)), `None`
    /// for a terminal of 2008. Default: the version of this crate, 2.4.1.
    #[must_use]
    pub fn with_push_version(self, announced: Option<&str>) -> Self {
        let protocol = match announced.and_then(Version::read) {
            Some(version) if version < Version::new(2, 0, 0) => Protocol::Bits,
            Some(version) if version >= Version::new(3, 2, 0) => Protocol::Us(version),
            Some(version) => Protocol::Named(version.min(SERVER_VERSION)),
            None => Protocol::Bits,
        };
        Self { protocol, ..self }
    }

    /// The dialect that was decided on, where it is not what the terminal announced.
    #[must_use]
    pub fn with_dialect(self, dialect: Dialect) -> Self {
        let protocol = match (dialect, self.protocol) {
            (Dialect::Old, _) => Protocol::Bits,
            (Dialect::Us, Protocol::Us(version)) => Protocol::Us(version),
            (Dialect::Us, _) => Protocol::Us(Version::new(3, 2, 0)),
            (_, Protocol::Named(version)) => Protocol::Named(version),
            (_, Protocol::Bits | Protocol::Us(_)) => Protocol::Named(SERVER_VERSION),
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
        let stamp = |table: Stamped| {
            Stamped::ALL
                .iter()
                .zip(&self.stamps)
                .find(|(known, _)| **known == table)
                .and_then(|(_, stamp)| stamp.as_ref())
                .map_or("0", Stamp::as_str)
        };
        // Both forms: terminals of 2008 know the first alone, later ones prefer the second.
        line("Stamp", &stamp(Stamped::AttLog));
        line("OpStamp", &stamp(Stamped::OperLog));
        line("PhotoStamp", &stamp(Stamped::AttPhoto));
        for (table, set) in Stamped::ALL.iter().zip(&self.stamps) {
            if set.is_some() || table.is_always_sent() {
                line(table.key(), &stamp(*table));
            }
        }
        line("ErrorDelay", &self.error_delay_s);
        line("Delay", &self.delay_s);
        line("TransTimes", &times(&self.trans_times));
        line("TransInterval", &self.trans_interval_min);
        match &self.protocol {
            Protocol::Bits => line("TransFlag", &self.transfers.bits(self.bit_order)),
            Protocol::Named(_) => line("TransFlag", &format_args!("TransData {}", self.transfers.words())),
            Protocol::Us(_) => line("TransFlag", &self.transfers.words()),
        }
        if let Some(minutes) = self.time_zone_minutes {
            match &self.protocol {
                Protocol::Us(_) => line("TimeZone", &offset(minutes)),
                _ => line("TimeZone", &zone(minutes)),
            }
        }
        line("Realtime", &u8::from(self.realtime));
        line("Encrypt", &"None");
        if let Protocol::Named(version) | Protocol::Us(version) = &self.protocol {
            line("ServerVer", &version);
            line("PushProtVer", &version);
            line("SupportPing", &1);
            line("MaxPostSize", &self.max_post_size);
        }
        if let Some(PushOptions(keys)) = &self.push_options {
            line("PushOptionsFlag", &1);
            if !keys.is_empty() {
                line("PushOptions", &keys.join(","));
            }
        }
        text
    }
}

/// Transfer times as terminals read them.
pub(crate) fn times(times: &[NaiveTime]) -> String {
    if times.is_empty() {
        return "00:00".to_owned();
    }
    let times: Vec<String> = times
        .iter()
        .map(|time| format!("{:02}:{:02}", time.hour(), time.minute()))
        .collect();
    times.join(";")
}

/// A free text that fits into a line of options.
pub(crate) fn value(text: &str) -> Result<String, OptionError> {
    let fits = (1..=MAX_VALUE).contains(&text.len()) && !text.chars().any(char::is_control);
    if fits {
        Ok(text.to_owned())
    } else {
        Err(OptionError::Value)
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

/// `+hh:mm`, as the clocks of the United States and "acc" have it.
pub(crate) fn offset(minutes: i32) -> String {
    let sign = if minutes < 0 { '-' } else { '+' };
    let minutes = minutes.unsigned_abs();
    format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn the_clocks_of_the_united_states_have_their_own_forms() {
        let text = HandshakeOptions::new()
            .with_push_version(Some("3.2.0"))
            .with_time_zone_minutes(-300)
            .lines();
        for line in ["TimeZone=-05:00", "TransFlag=AttLog\tOpLog", "PushProtVer=3.2.0"] {
            assert!(text.lines().any(|found| found == line), "{text}");
        }
    }

    #[test]
    fn a_dialect_overrides_what_was_announced() {
        let old = HandshakeOptions::new()
            .with_push_version(None)
            .with_dialect(Dialect::Att);
        assert!(old.lines().contains("\nPushProtVer=2.4.1\n"));
        let older = HandshakeOptions::new().with_push_version(Some("2.2.14"));
        assert!(
            older
                .clone()
                .with_dialect(Dialect::Att)
                .lines()
                .contains("\nPushProtVer=2.2.14\n")
        );
        assert!(!older.with_dialect(Dialect::Old).lines().contains("PushProtVer"));
    }

    #[test]
    fn stamps_and_wanted_settings() {
        let options = HandshakeOptions::new()
            .with_stamp(Stamped::BioData, "7".parse().unwrap())
            .with_push_options(&["FirmVer", "~DeviceName"])
            .unwrap();
        let text = options.lines();
        assert!(text.contains("\nBIODATAStamp=7\n") && !text.contains("IDCARDStamp"));
        assert!(text.contains("\nPushOptionsFlag=1\nPushOptions=FirmVer,~DeviceName\n"));
        for bad in ["", "a,b", "a\nb"] {
            assert_eq!(
                HandshakeOptions::new().with_push_options(&[bad]),
                Err(OptionError::Value)
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
