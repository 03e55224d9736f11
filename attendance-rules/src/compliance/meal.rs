//! Meal breaks (California Labor Code 512 and 226.7).

use core::ops::Range;

use super::work::{gaps, in_order, seconds};

/// One required meal. The first rule asks for a first meal, the second for a second one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
#[expect(
    clippy::exhaustive_structs,
    reason = "the four figures of a rule, written out by callers"
)]
pub struct MealRule {
    /// Required when more than this many seconds are worked.
    pub required_over_s: i64,
    /// The meal begins when at most this many have been worked.
    pub by_s: i64,
    /// Worked seconds up to which both sides may agree to do without.
    #[cfg_attr(feature = "serde", serde(default))]
    pub waivable_up_to_s: i64,
    /// They have agreed.
    #[cfg_attr(feature = "serde", serde(default))]
    pub waived: bool,
}

/// What the meals of a day come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MealFindings {
    /// Places of the rules whose meal is missing, late or too short.
    pub missed: Vec<usize>,
    /// Premium due: one, however many meals were missed (226.7(c): one additional hour for each workday).
    pub premium_s: i64,
}

/// Checks the meals of a day's work. A meal is a pause of at least `min_break_s`; shorter pauses are none. Its time is counted in work done
/// before it.
///
/// ```
/// use punchclock_rules::compliance::{MealRule, meals};
/// let rule = MealRule { required_over_s: 18_000, by_s: 18_000, waivable_up_to_s: 21_600, waived: false };
/// let work = [0..18_900, 20_700..32_400];
/// assert_eq!(meals(&work, &[rule], 1_800, 3_600).premium_s, 3_600);
/// ```
#[must_use]
pub fn meals(work: &[Range<i64>], rules: &[MealRule], min_break_s: i64, premium_s: i64) -> MealFindings {
    let ordered = in_order(work);
    let mut worked_s = 0_i64;
    let mut meals_after_s = Vec::new();
    for (interval, pause) in ordered.iter().zip(gaps(&ordered)) {
        worked_s = worked_s.saturating_add(seconds(interval));
        if pause >= min_break_s {
            meals_after_s.push(worked_s);
        }
    }
    worked_s = worked_s.saturating_add(ordered.last().map_or(0, seconds));
    let missed: Vec<usize> = rules
        .iter()
        .enumerate()
        .filter(|(place, rule)| {
            let required =
                worked_s > rule.required_over_s && !(rule.waived && worked_s <= rule.waivable_up_to_s);
            required && meals_after_s.get(*place).is_none_or(|after| *after > rule.by_s)
        })
        .map(|(place, _)| place)
        .collect();
    let premium_s = if missed.is_empty() { 0 } else { premium_s };
    MealFindings { missed, premium_s }
}
