//! What differs between model families, as data.
//!
//! [`Quirks::for_terminal`] chooses by what a terminal says about itself; every field can be overridden. A quirk is a hint: widths are
//! still told from count and content unless one is set here, and a windowed read is tried unless it is known to fail.

use std::time::Duration;

use crate::wire::control::UnlockTicks;
use crate::wire::{AttendanceLayout, UserWidth, bulk, commkey};

/// The vendor's own piece size, kinder to slow links than the biggest one.
const SMALL_CHUNK: u32 = 16_384;

/// What to know about a terminal before talking to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quirks {
    /// The layout of attendance records; `None` to tell it from count and content.
    pub attendance: Option<AttendanceLayout>,
    /// The layout of users; `None` to tell it from count and content.
    pub users: Option<UserWidth>,
    /// Whether the log can be read by time window; `None` to try.
    pub windowed: Option<bool>,
    /// Bytes to ask for at once.
    pub chunk_size: u32,
    /// Whether the door counts seconds instead of tenths.
    pub unlock_in_seconds: bool,
    /// Whether the counters are only told when the question carries an argument.
    pub sizes_need_argument: bool,
    /// Whether writes have to be read back, because the terminal says yes and does nothing.
    pub verify_writes: bool,
    /// The ticks mixed into the comm key.
    pub auth_ticks: u8,
}

impl Quirks {
    /// A terminal nothing special is known about.
    pub const NONE: Self = Self {
        attendance: None,
        users: None,
        windowed: None,
        chunk_size: bulk::MAX_CHUNK,
        unlock_in_seconds: false,
        sizes_need_argument: false,
        verify_writes: false,
        auth_ticks: commkey::DEFAULT_TICKS,
    };

    /// The quirks of the first family that fits what a terminal says about itself (options `~Platform` and `~DeviceName`, and the
    /// firmware version); [`Quirks::NONE`] when none does.
    ///
    /// ```
    /// use punchclock_zk::quirks::Quirks;
    /// assert_eq!(Quirks::for_terminal("ZEM500", "", "Ver 5.18").windowed, Some(false));
    /// assert_eq!(Quirks::for_terminal("ZMM220_TFT", "K40", "Ver 6.60"), Quirks::NONE);
    /// ```
    #[must_use]
    pub fn for_terminal(platform: &str, device_name: &str, firmware: &str) -> Self {
        FAMILIES
            .iter()
            .find(|family| family.fits(platform, device_name, firmware))
            .map_or(Self::NONE, |family| family.quirks)
    }

    /// The ticks that keep the door open for a time.
    #[must_use]
    pub fn unlock_ticks(&self, time: Duration) -> UnlockTicks {
        if self.unlock_in_seconds {
            UnlockTicks::seconds(time)
        } else {
            UnlockTicks::tenths(time)
        }
    }
}

impl Default for Quirks {
    fn default() -> Self {
        Self::NONE
    }
}

/// A family of models and what is special about it.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Family {
    /// What people call it.
    pub name: &'static str,
    /// Beginnings of the platform or the model name, in any case.
    pub models: &'static [&'static str],
    /// A part of the firmware version that must be there too; empty for any.
    pub firmware: &'static str,
    /// What is special.
    pub quirks: Quirks,
    /// Where it was seen.
    pub source: &'static str,
}

impl Family {
    fn fits(&self, platform: &str, device_name: &str, firmware: &str) -> bool {
        let begins = |text: &str, model: &str| {
            text.get(..model.len())
                .is_some_and(|beginning| beginning.eq_ignore_ascii_case(model))
        };
        self.models
            .iter()
            .any(|model| begins(platform, model) || begins(device_name, model))
            && firmware.contains(self.firmware)
    }
}

/// Every family something special is known about; the first that fits counts.
pub const FAMILIES: &[Family] = &[
    Family {
        name: "WL10, WL20, AK3750",
        models: &["WL10", "WL20", "AK3750"],
        firmware: "",
        quirks: Quirks {
            sizes_need_argument: true,
            verify_writes: true,
            chunk_size: SMALL_CHUNK,
            ..Quirks::NONE
        },
        source: "MrFaviod (three devices); pyzk issues 21, 41, 76",
    },
    Family {
        name: "ZEM500, MA300",
        models: &["ZEM500", "MA300"],
        firmware: "",
        quirks: Quirks {
            windowed: Some(false),
            chunk_size: SMALL_CHUNK,
            ..Quirks::NONE
        },
        source: "pyzk issues 56, 92, 99, 100",
    },
    Family {
        name: "SenseFace",
        models: &["SenseFace", "ZAM70", "ZAM180_TFT_SF"],
        firmware: "",
        quirks: Quirks {
            windowed: Some(true),
            unlock_in_seconds: true,
            chunk_size: SMALL_CHUNK,
            ..Quirks::NONE
        },
        source: "fandbsoft/zkteco4730-java, two SenseFace 2A",
    },
    Family {
        name: "SpeedFace, H5L",
        models: &["SpeedFace", "H5L", "Mini-TA"],
        firmware: "",
        quirks: Quirks::NONE,
        source: "pyzk PR 166, issues 126, 170: records of 48 or 49 bytes, counters that say 0; both are told from the content",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_found_by_platform_or_name() {
        let wl = Quirks::for_terminal("", "wl20", "Ver 1");
        assert!(wl.sizes_need_argument && wl.verify_writes);
        assert!(Quirks::for_terminal("SenseFace 2A", "", "").unlock_in_seconds);
        assert_eq!(Quirks::for_terminal("", "", ""), Quirks::NONE);
        let three = Duration::from_secs(3);
        assert_eq!(Quirks::NONE.unlock_ticks(three), UnlockTicks::new(30));
        let seconds = Quirks {
            unlock_in_seconds: true,
            ..Quirks::NONE
        };
        assert_eq!(seconds.unlock_ticks(three), UnlockTicks::new(3));
    }
}
