//! The identity of a punch: 16 bytes that the edge and Odoo both compute.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use sha2::{Digest, Sha256};

/// What ends up around a serial or a PIN on the wire and is not part of it. ASCII only, so that every language agrees.
const BLANK: [char; 3] = [' ', '\t', '\0'];

/// The domain and version of the hash; a change of the rule is a change of this text.
const DOMAIN: &[u8] = b"punch/1";

/// 16 bytes that identify a punch: the local second as `u32` big endian counted from 2000-01-01T00:00:00 of the
/// terminal's own clock, then the first 12 bytes of
/// `SHA-256("punch/1" ‖ u16 len ‖ serial ‖ u16 len ‖ pin ‖ u16 len ‖ "YYYY-MM-DDTHH:MM:SS")`, lengths big endian, in
/// UTF-8 bytes, serial and PIN normalised.
///
/// Channel, state, verify mode, work code and zone are left out, so the pushed and the polled copy of one punch are one
/// fingerprint. The time prefix keeps index writes local. A time before 2000 clamps the prefix to 0, one past its range
/// to `u32::MAX`; the hash still tells such punches apart. Fractions of a second are dropped. (A serial or PIN longer than
/// 65,535 bytes is hashed whole under the length 65,535.)
///
/// Its order is the order of time. Written as 32 lower-case hexadecimal digits:
///
/// ```
/// use punchclock_queue::Fingerprint;
///
/// let eight = chrono::NaiveDate::from_ymd_opt(2026, 3, 2).and_then(|d| d.and_hms_opt(8, 0, 0)).ok_or("no such time")?;
/// let pushed = Fingerprint::of("CQZ7223460123", "0001001", eight);
/// let polled = Fingerprint::of("cqz7223460123\0\0", "1001", eight);
/// assert_eq!(pushed, polled);
/// assert_eq!(pushed.to_string().parse(), Ok(pushed));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; Self::LEN]);

impl Fingerprint {
    /// Bytes in a fingerprint.
    pub const LEN: usize = 16;

    /// The fingerprint of the punch of `pin` at the terminal `serial` in the local second `local`. Serial and PIN may be
    /// raw: they are normalised here.
    #[must_use]
    pub fn of(serial: &str, pin: &str, local: NaiveDateTime) -> Self {
        let serial = normalise_serial(serial);
        let pin = normalise_pin(pin);
        let local_text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            local.year(),
            local.month(),
            local.day(),
            local.hour(),
            local.minute(),
            local.second()
        );
        let mut hash = Sha256::new();
        hash.update(DOMAIN);
        for field in [serial.as_ref(), pin, local_text.as_str()] {
            hash.update(u16::try_from(field.len()).unwrap_or(u16::MAX).to_be_bytes());
            hash.update(field.as_bytes());
        }
        let digest = hash.finalize();
        let mut bytes = [0; Self::LEN];
        let source = prefix(local).to_be_bytes().into_iter().chain(digest);
        for (to, from) in bytes.iter_mut().zip(source) {
            *to = from;
        }
        Self(bytes)
    }

    /// A fingerprint from its bytes, for example from one's own storage.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

/// Seconds from 2000-01-01T00:00:00 to `local`, clamped to what 32 bits hold.
fn prefix(local: NaiveDateTime) -> u32 {
    let epoch = NaiveDate::from_ymd_opt(2000, 1, 1)
        .unwrap_or_default()
        .and_time(NaiveTime::MIN);
    // Whole seconds before subtracting: a fraction must not round a time before 2000 towards the epoch.
    let seconds = local.and_utc().timestamp() - epoch.and_utc().timestamp();
    u32::try_from(seconds.max(0)).unwrap_or(u32::MAX)
}

/// The serial of a terminal as it is hashed and looked up: without the spaces, tabs and NULs around it, ASCII letters in
/// upper case.
#[must_use]
pub fn normalise_serial(serial: &str) -> Cow<'_, str> {
    let trimmed = serial.trim_matches(BLANK);
    if trimmed.bytes().any(|byte| byte.is_ascii_lowercase()) {
        Cow::Owned(trimmed.to_ascii_uppercase())
    } else {
        Cow::Borrowed(trimmed)
    }
}

/// The PIN of a person as it is hashed and looked up: without the spaces, tabs and NULs around it and, if all of it is ASCII
/// digits, without leading zeros, because one width of the polled log carries it as a number. A PIN of zeros only is "0";
/// an empty one stays empty.
#[must_use]
pub fn normalise_pin(pin: &str) -> &str {
    let trimmed = pin.trim_matches(BLANK);
    if trimmed.is_empty() || !trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return trimmed;
    }
    match trimmed.trim_start_matches('0') {
        "" => "0",
        significant => significant,
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// A text that is not 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a fingerprint: 32 hexadecimal digits are expected")]
#[non_exhaustive]
pub struct ParseFingerprintError;

impl FromStr for Fingerprint {
    type Err = ParseFingerprintError;

    /// Reads 32 hexadecimal digits of either case.
    fn from_str(text: &str) -> Result<Self, ParseFingerprintError> {
        if text.len() != Self::LEN * 2 {
            return Err(ParseFingerprintError);
        }
        let mut nibbles = text
            .chars()
            .map(|c| c.to_digit(16).and_then(|n| u8::try_from(n).ok()));
        let mut bytes = [0; Self::LEN];
        for byte in &mut bytes {
            match (nibbles.next().flatten(), nibbles.next().flatten()) {
                (Some(high), Some(low)) => *byte = high << 4 | low,
                _ => return Err(ParseFingerprintError),
            }
        }
        Ok(Self(bytes))
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(feature = "serde")]
impl<'de> serde::Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").unwrap()
    }

    #[test]
    fn pins_and_serials_take_their_normal_form() {
        for (raw, normal) in [
            ("0042", "42"),
            (" 42\0", "42"),
            ("000", "0"),
            ("", ""),
            ("\t\0 ", ""),
            ("00A", "00A"),
            ("٠١", "٠١"),
        ] {
            assert_eq!(normalise_pin(raw), normal, "{raw:?}");
        }
        for (raw, normal) in [("abc-1\0\0", "ABC-1"), ("ABC", "ABC"), ("éa", "éA"), (" \t", "")] {
            assert_eq!(normalise_serial(raw), normal, "{raw:?}");
        }
    }

    #[test]
    fn fractions_of_a_second_do_not_count_even_before_the_epoch() {
        for second in [
            "2026-03-02T08:00:00",
            "1999-12-31T23:59:59",
            "1850-01-01T00:00:00",
        ] {
            let fraction = format!("{second}.75");
            assert_eq!(
                Fingerprint::of("A", "1", at(second)),
                Fingerprint::of("A", "1", at(&fraction))
            );
        }
    }

    #[test]
    fn any_time_chrono_holds_has_a_fingerprint() {
        for extreme in [NaiveDateTime::MIN, NaiveDateTime::MAX] {
            assert_eq!(Fingerprint::of("A", "1", extreme).to_string().len(), 32);
        }
        let long = "x".repeat(70_000);
        assert_ne!(
            Fingerprint::of(&long, "1", NaiveDateTime::MIN),
            Fingerprint::of(&long[1..], "1", NaiveDateTime::MIN)
        );
    }

    #[test]
    fn order_is_the_order_of_time() {
        let early = Fingerprint::of("Z", "9", at("2026-03-02T08:00:00"));
        let late = Fingerprint::of("A", "1", at("2026-03-02T08:00:01"));
        assert!(early < late);
    }

    #[test]
    fn text_that_is_no_fingerprint_is_refused() {
        let good = "00000000000000000000000000000000";
        assert!(good.parse::<Fingerprint>().is_ok());
        for bad in [
            "",
            "0",
            &good[1..],
            "0000000000000000000000000000000g",
            "+0000000000000000000000000000000",
            "ééééééééééééééé00",
        ] {
            assert_eq!(bad.parse::<Fingerprint>(), Err(ParseFingerprintError), "{bad}");
        }
        assert_eq!(
            "00FF".repeat(8).parse::<Fingerprint>().unwrap().to_string(),
            "00ff".repeat(8)
        );
    }
}
