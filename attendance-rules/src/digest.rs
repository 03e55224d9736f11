//! The digest of everything one day was computed from, so that a stored day can be told stale without computing it again.
//!
//! SHA-256 over length-prefixed fields, first 16 bytes. It covers the policy, the shift as resolved (with its trimmed window), every punch of
//! the day, the facts and approvals of its date, the counters at its beginning, and the release of the zone data. Another week's punches do not
//! change it. Two versions of the engine may disagree on the same digest: keep the engine's version beside it.

use sha2::{Digest, Sha256};

use crate::policy::{Policy, PolicyFields};
use crate::result::{InputHash, Resolution};
use crate::schedule::Slot;
use crate::stage::normalise::Mark;

/// The digest of all fields of a policy.
pub(crate) fn of_policy(fields: &PolicyFields) -> [u8; 32] {
    let mut hash = Sha256::new();
    // The debug form names every field and its value; it is the same for equal policies.
    hash.update(format!("{fields:?}").as_bytes());
    hash.finalize().into()
}

/// The digest of a day while it is made.
#[derive(Clone)]
pub(crate) struct DayDigest(Sha256);

impl DayDigest {
    pub(crate) fn new(policy: &Policy, tzdb_version: Option<&str>, slot: Option<&Slot>) -> Self {
        let mut out = Self(Sha256::new());
        out.0.update(b"punchclock-rules/day/2");
        out.0.update(policy.digest());
        out.text(tzdb_version.unwrap_or(""));
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
            if let Some((from, to)) = slot.core {
                out.text("core");
                out.number(from);
                out.number(to);
            }
            for pause in &slot.breaks {
                out.text("break");
                out.number(pause.from);
                out.number(pause.to);
                out.number(i64::from(pause.paid));
            }
        }
        out
    }

    pub(crate) fn punch(&mut self, mark: &Mark<'_>) {
        self.text("punch");
        self.text(mark.id.as_str());
        self.number(mark.at);
        self.text(mark.claimed.map_or("", |claim| claim.as_str()));
        self.text(match mark.resolution {
            Resolution::Fold if mark.is_assumed() => "fold?",
            resolution => resolution.as_str(),
        });
        self.text(mark.correction.map_or("", |rule| rule.as_str()));
        self.maybe(mark.punch.received_at);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.0.update((text.len() as u64).to_be_bytes());
        self.0.update(text.as_bytes());
    }

    pub(crate) fn number(&mut self, number: i64) {
        self.0.update(number.to_be_bytes());
    }

    pub(crate) fn maybe(&mut self, number: Option<i64>) {
        self.number(i64::from(number.is_some()));
        self.number(number.unwrap_or(0));
    }

    pub(crate) fn finish(self) -> InputHash {
        let mut first = [0; 16];
        first
            .iter_mut()
            .zip(self.0.finalize())
            .for_each(|(to, from)| *to = from);
        InputHash(first)
    }
}
