//! The regular rate and the overtime of one workweek (29 CFR part 778).

use super::amount::Amount;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// What the straight-time pay of a week is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Basis {
    /// For all hours worked, be they few or many: hourly pay, piece work, bonuses, a fluctuating workweek. Overtime earns the premium alone on
    /// top (29 CFR 778.110, 778.114).
    #[default]
    AllHours,
    /// For this many seconds, and no more: a salary. Hours beyond them up to the threshold earn the rate, those over it the rate and the premium
    /// (29 CFR 778.113).
    StandardHours(i64),
}

/// One workweek of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "written out by callers, with `..Week::default()` for what is usual"
)]
pub struct Week {
    /// Seconds worked in the week.
    pub worked_s: i64,
    /// Overtime begins after this many. Default 40 hours.
    pub overtime_over_s: i64,
    /// Straight-time remuneration in cents, with everything that belongs to the regular rate.
    pub straight_cents: i64,
    /// What that is for.
    pub basis: Basis,
    /// Overtime rate in basis points of the regular rate. Default 15000.
    pub overtime_bp: u32,
}

impl Default for Week {
    fn default() -> Self {
        Self {
            worked_s: 0,
            overtime_over_s: 40 * HOUR,
            straight_cents: 0,
            basis: Basis::default(),
            overtime_bp: 15_000,
        }
    }
}

/// What a week comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct WeekPay {
    /// Cents an hour, exact.
    pub regular_rate: Amount,
    /// Seconds over the threshold.
    pub overtime_s: i64,
    /// Straight-time pay in cents, exact: for all hours, at the regular rate.
    pub straight: Amount,
    /// Overtime premium in cents, exact: what comes on top of the straight time.
    pub premium: Amount,
    /// Both together, rounded once to the cent.
    pub total_cents: i64,
}

impl Week {
    /// The pay of the week. A week without work, or a salary for no hours, has no regular rate: `None`, as for negative figures.
    #[must_use]
    pub fn pay(&self) -> Option<WeekPay> {
        if self.worked_s < 0 || self.straight_cents < 0 || self.overtime_over_s < 0 {
            return None;
        }
        let paid_for_s = match self.basis {
            Basis::AllHours => self.worked_s,
            Basis::StandardHours(standard_s) => standard_s,
        };
        if paid_for_s <= 0 {
            return None;
        }
        let salary = Amount::from(self.straight_cents);
        let regular_rate = salary.over(hours(paid_for_s)?)?;
        let overtime_s = (self.worked_s - self.overtime_over_s).max(0);
        let straight = match self.basis {
            Basis::AllHours => salary,
            // A salary is not cut for a short week here; deductions are another rule.
            Basis::StandardHours(standard_s) => {
                salary.plus(regular_rate.times(hours((self.worked_s - standard_s).max(0))?)?)?
            }
        };
        let on_top = Amount::new(i128::from(self.overtime_bp) - 10_000, 10_000)?;
        let premium = regular_rate.times(hours(overtime_s)?)?.times(on_top)?;
        Some(WeekPay {
            regular_rate,
            overtime_s,
            straight,
            premium,
            total_cents: straight.plus(premium)?.rounded()?,
        })
    }
}

/// Seconds as hours, exact.
fn hours(seconds: i64) -> Option<Amount> {
    Amount::new(seconds.into(), HOUR.into())
}

/// A week's share of a monthly salary: 12/52 of it (29 CFR 778.113(b)).
///
/// ```
/// use punchclock_rules::pay::weekly_salary;
/// assert_eq!(weekly_salary(52_000).whole(), Some(12_000));
/// ```
#[must_use]
pub fn weekly_salary(monthly_cents: i64) -> Amount {
    let yearly = Amount::new(i128::from(monthly_cents) * 12, 52);
    yearly.unwrap_or(Amount::ZERO)
}
