//! When to try again: a pure schedule.

use std::time::Duration;

/// Exponential backoff with full jitter: the wait before attempt `n + 1` is uniform in `(0, min(cap, base · 2ⁿ)]`.
///
/// A pure function of the attempt and of randomness that the caller brings: no clock is read and nothing is remembered, so
/// a schedule is tested without waiting, and after a restart a fleet of branches does not return in step. Full jitter
/// because it loads a recovering server the least of the common kinds. Retries never end; the cap only spaces them.
///
/// ```
/// use std::time::Duration;
/// use punchclock_queue::RetrySchedule;
///
/// let schedule = RetrySchedule::default();
/// assert_eq!(schedule.delay(0, u64::MAX), Duration::from_secs(1));
/// assert_eq!(schedule.delay(3, u64::MAX / 2), Duration::from_secs(4));
/// assert_eq!(schedule.delay(1_000, u64::MAX), Duration::from_secs(300));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetrySchedule {
    /// Longest wait before the first retry.
    pub base: Duration,
    /// Longest wait before any retry.
    pub cap: Duration,
}

impl RetrySchedule {
    /// A schedule that starts at `base` and never waits longer than `cap`.
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self { base, cap }
    }

    /// The longest wait after `attempt` failures in a row before this one (0 for the first failure).
    #[must_use]
    pub fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
        self.base.saturating_mul(factor).min(self.cap)
    }

    /// The wait after `attempt` failures in a row before this one, `random` being uniform over all of `u64`.
    #[must_use]
    pub fn delay(&self, attempt: u32, random: u64) -> Duration {
        let ceiling = self.ceiling(attempt);
        let nanoseconds = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
        let scaled = (u128::from(nanoseconds) * (u128::from(random) + 1)) >> u64::BITS;
        Duration::from_nanos(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl Default for RetrySchedule {
    /// One second doubling to five minutes: three hundred branches in one outage ask about twice a second in all.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(300))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delay_stays_under_its_ceiling_and_the_ceiling_under_the_cap(
            base in 0_u64..10_000, cap in 0_u64..10_000_000, attempt: u32, random: u64,
        ) {
            let schedule = RetrySchedule::new(Duration::from_millis(base), Duration::from_millis(cap));
            prop_assert!(schedule.delay(attempt, random) <= schedule.ceiling(attempt));
            prop_assert!(schedule.ceiling(attempt) <= schedule.cap);
            prop_assert!(schedule.ceiling(attempt) <= schedule.ceiling(attempt.saturating_add(1)));
            prop_assert_eq!(schedule.delay(attempt, u64::MAX), schedule.ceiling(attempt));
        }
    }

    #[test]
    fn the_mean_is_half_the_ceiling() {
        let schedule = RetrySchedule::default();
        let mut random = fastrand::Rng::with_seed(7);
        let total: Duration = (0..10_000).map(|_| schedule.delay(4, random.u64(..))).sum();
        let mean = (total / 10_000).as_secs_f64();
        assert!((mean - 8.0).abs() < 0.2, "mean {mean}");
    }

    #[test]
    fn extremes_do_not_overflow() {
        let schedule = RetrySchedule::new(Duration::MAX, Duration::MAX);
        assert!(schedule.delay(u32::MAX, u64::MAX) >= Duration::from_nanos(u64::MAX));
        assert_eq!(
            RetrySchedule::new(Duration::ZERO, Duration::MAX).delay(u32::MAX, u64::MAX),
            Duration::ZERO
        );
    }
}
