//! Averages over weeks.

/// An average of weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Average {
    /// Seconds a week, rounded down. Whether it is within the limit is decided exactly.
    pub average_s: i64,
    /// Whether the weeks' average is at most the limit.
    pub within: bool,
}

/// The average of weeks and whether it keeps a limit; weeks of protected absence are left out by the caller (Directive 2003/88/EC art. 16(b)).
/// No weeks average 0. Weeks are not negative and add up to less than 2^62 seconds.
///
/// ```
/// use punchclock_rules::compliance::average;
/// let found = average(&[172_800, 172_801], 172_800);
/// assert_eq!((found.average_s, found.within), (172_800, false));
/// ```
#[must_use]
pub fn average(weeks_s: &[i64], max_average_s: i64) -> Average {
    let count = i128::try_from(weeks_s.len()).unwrap_or(i128::MAX);
    let sum: i128 = weeks_s.iter().map(|week| i128::from(*week)).sum();
    let average_s = sum
        .checked_div_euclid(count)
        .and_then(|average| i64::try_from(average).ok());
    Average {
        average_s: average_s.unwrap_or_default(),
        within: sum <= i128::from(max_average_s).saturating_mul(count),
    }
}

/// The stretches of `weeks` weeks that break a limit on average, by the place of their first week. Fewer weeks than that are one stretch.
///
/// ```
/// use punchclock_rules::compliance::rolling_average;
/// assert_eq!(rolling_average(&[30, 50, 60, 30], 2, 48), [1]);
/// ```
#[must_use]
pub fn rolling_average(weeks_s: &[i64], weeks: usize, max_average_s: i64) -> Vec<usize> {
    let length = weeks.min(weeks_s.len());
    if length == 0 {
        return Vec::new();
    }
    let stretches = weeks_s.windows(length).enumerate();
    stretches
        .filter(|(_, stretch)| !average(stretch, max_average_s).within)
        .map(|(place, _)| place)
        .collect()
}
