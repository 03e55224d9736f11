//! The digest of everything one day was computed from, so that a stored day can be told stale without computing it again.
//!
//! SHA-256 over length-prefixed fields, first 16 bytes as hex. It covers the policy, the shift as resolved (with its trimmed window), every
//! punch of the day, the place of the day in its date's overtime counter, and the release of the zone data. Another week's punches do not
//! change it. Two versions of the engine may disagree on the same digest: keep the engine's version beside it.

use core::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::normalise::Mark;
use crate::policy::{CountOutside, Over, Pairing, Policy};
use crate::punch::Claim;
use crate::result::{DayResult, Resolution};
use crate::schedule::Slot;

struct Fields(Sha256);

impl Fields {
    fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    fn maybe(&mut self, number: Option<i64>) {
        self.number(i64::from(number.is_some()));
        self.number(number.unwrap_or(0));
    }
}

/// The digest of a day whose punches are `marks`, in time order and with the dropped ones.
pub(crate) fn of_day<'a>(
    policy: &Policy,
    tzdb_version: Option<&str>,
    slot: Option<&Slot>,
    marks: impl Iterator<Item = &'a Mark>,
    day: &DayResult,
) -> String {
    let mut out = Fields(Sha256::new());
    out.text("punchclock-rules/day/1");
    out.text(tzdb_version.unwrap_or(""));
    self::policy(&mut out, policy);
    out.text(&day.zone);
    out.text(&day.date.to_string());
    out.maybe(day.overtime_after_s);
    out.number(day.regular_before_s);
    if let Some(slot) = slot {
        out.text(&slot.id);
        for number in [
            slot.start,
            slot.end,
            slot.open,
            slot.close,
            slot.norm_s,
            i64::from(slot.overlaps),
        ] {
            out.number(number);
        }
        for pause in &slot.breaks {
            out.text("break");
            out.number(pause.from);
            out.number(pause.to);
            out.number(i64::from(pause.paid));
        }
    }
    for mark in marks {
        out.text("punch");
        out.text(mark.id.as_str());
        out.number(mark.at);
        out.text(match mark.claimed {
            None => "",
            Some(Claim::In) => "in",
            Some(Claim::Out) => "out",
        });
        out.text(match mark.resolution {
            Resolution::Fold if mark.assumed => "fold?",
            resolution => resolution.as_str(),
        });
    }
    let mut hex = String::with_capacity(32);
    for byte in out.0.finalize().iter().take(16) {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

fn policy(out: &mut Fields, policy: &Policy) {
    let fields = policy.fields();
    out.text(&fields.version);
    for number in [
        fields.open_before_s,
        fields.close_after_s,
        fields.dedup_window_s,
        fields.grace_in_s,
        fields.grace_out_s,
        fields.max_shift_s,
        fields.new_shift_after_s,
    ] {
        out.number(number);
    }
    out.text(match fields.pairing {
        Pairing::Alternate => "alternate",
    });
    for count in [fields.count_before, fields.count_after] {
        out.text(match count {
            CountOutside::Always => "always",
            CountOutside::Never => "never",
        });
    }
    match fields.overtime.daily.map(|d| d.over) {
        None => out.text("no daily overtime"),
        Some(Over::Norm) => out.text("over norm"),
        Some(Over::Seconds(seconds)) => {
            out.text("over seconds");
            out.number(seconds);
        }
    }
}
