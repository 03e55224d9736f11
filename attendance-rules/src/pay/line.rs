//! Seconds at rates, as lines of a payslip.

use super::amount::Amount;

/// Seconds paid at a rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "seconds and their rate")]
pub struct Line {
    /// Seconds.
    pub seconds: i64,
    /// Rate in basis points of the hourly pay: 10000 is straight time, 1000 a night premium of ten per cent.
    pub rate_bp: u32,
}

impl Line {
    /// Cents of the line, exact.
    ///
    /// ```
    /// use punchclock_rules::pay::{Amount, Line};
    /// let rest_day = Line { seconds: 8 * 3600, rate_bp: 13_000 };
    /// assert_eq!(rest_day.cents(Amount::from(10_000)), Some(Amount::from(104_000)));
    /// ```
    #[must_use]
    pub fn cents(&self, hourly_cents: Amount) -> Option<Amount> {
        let share = Amount::new(
            i128::from(self.seconds).checked_mul(self.rate_bp.into())?,
            36_000_000,
        )?;
        hourly_cents.times(share)
    }
}

/// Cents of several lines, added exactly and rounded once.
#[must_use]
pub fn total_cents(lines: &[Line], hourly_cents: Amount) -> Option<i64> {
    let add = |sum: Amount, line: &Line| sum.plus(line.cents(hourly_cents)?);
    lines.iter().try_fold(Amount::ZERO, add)?.rounded()
}

/// Cents for credit that a bank pays out on leaving: at the final regular rate or the average of the last three years, whichever is higher
/// (29 CFR 553.27, from memory). Credit is paid hour for hour; the time and a half is in it already.
///
/// ```
/// use punchclock_rules::pay::{Amount, bank_payout};
/// assert_eq!(bank_payout(3 * 3600, Amount::from(1_000), Amount::from(1_200)), Some(3_600));
/// ```
#[must_use]
pub fn bank_payout(credit_s: i64, final_rate: Amount, average_rate: Amount) -> Option<i64> {
    let line = Line {
        seconds: credit_s,
        rate_bp: 10_000,
    };
    total_cents(&[line], final_rate.max(average_rate))
}
