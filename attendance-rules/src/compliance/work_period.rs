//! Work periods of 7 to 28 days for fire protection and law enforcement (29 USC 207(k), 29 CFR 553.230).

/// Seconds of a 28-day period over which fire protection earns overtime: 212 hours (29 CFR 553.230(a), text read).
pub const FIRE_28_DAYS_S: i64 = 212 * 3_600;
/// The same for law enforcement: 171 hours (29 CFR 553.230(b), text read).
pub const LAW_ENFORCEMENT_28_DAYS_S: i64 = 171 * 3_600;

/// Overtime of one work period: what its parts come to over the threshold. Each period stands alone.
///
/// ```
/// use punchclock_rules::compliance::work_period;
/// let hours = |h: &[i64]| h.iter().map(|h| h * 3_600).collect::<Vec<_>>();
/// assert_eq!(work_period(&hours(&[80, 80, 52, 0]), 212 * 3_600), 0);
/// assert_eq!(work_period(&hours(&[80, 80]), 106 * 3_600), 54 * 3_600);
/// ```
#[must_use]
pub fn work_period(parts_s: &[i64], threshold_s: i64) -> i64 {
    let sum = parts_s.iter().fold(0_i64, |sum, part| sum.saturating_add(*part));
    sum.saturating_sub(threshold_s).max(0)
}

/// The threshold of a shorter period: the 28 days' share of its days, in whole hours, half an hour rounded up. `None` unless it has 7 to 28 days.
///
/// The section's table was read for 28, 14 and 7 days (212, 106, 53 and 171, 86, 43 hours), which this gives; the rows between follow from the
/// same ratio and were not read.
///
/// ```
/// use punchclock_rules::compliance::{LAW_ENFORCEMENT_28_DAYS_S, work_period_threshold};
/// assert_eq!(work_period_threshold(LAW_ENFORCEMENT_28_DAYS_S, 14), Some(86 * 3_600));
/// ```
#[must_use]
pub fn work_period_threshold(of_28_days_s: i64, days: u32) -> Option<i64> {
    if !(7..=28).contains(&days) {
        return None;
    }
    let half_hours = of_28_days_s.checked_mul(days.into())? / 28 / 1_800;
    Some((half_hours + 1) / 2 * 3_600)
}
