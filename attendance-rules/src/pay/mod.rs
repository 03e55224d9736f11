//! Money, for who needs it: exact fractions of a cent, rounded once at the end.
//!
//! The engine counts seconds and never pays. This module turns seconds and rates into cents without a float: the regular rate and the overtime
//! premium of a workweek, lines of a payslip by rate, and what a bank owes. Not legal advice.
//!
//! | rule | source | evidence |
//! |---|---|---|
//! | hours over 40 of each workweek earn half the regular rate on top | 29 CFR 778.110(a): 46 h at $12 is $588 | text read |
//! | a bonus is part of the regular rate | 778.110(b): with $46 more the rate is $13, the week $637 | text read |
//! | a salary for a shorter week: full rate up to 40 h, then time and a half | 778.113(a): $182.70 for 35 h is $5.22 and $7.83 | text of 1981 read |
//! | a month is 12/52 of a week's salary | 778.113(b) | text of 1981 read |
//! | fluctuating workweek: the salary is for all hours | 778.114(b): $600 for 50 h is $660 | from memory |
//! | comp time is paid on leaving at the higher of the final and the three-year average rate | 553.27 | from memory |
//! | premiums multiply | Labor Code of the Philippines, arts. 86-94 | read in summaries |
//!
//! 778.114's own figures round the hourly rate to the cent before multiplying and print $627.28 for 44 h; the exact sum is $627.27, which is what
//! this module says.
//!
//! ```
//! use punchclock_rules::pay::{Basis, Week};
//!
//! let week = Week { worked_s: 46 * 3600, straight_cents: 55_200, basis: Basis::AllHours, ..Week::default() };
//! let pay = week.pay().expect("figures of a week");
//! assert_eq!(pay.regular_rate.whole(), Some(1_200));
//! assert_eq!(pay.total_cents, 58_800);
//! ```

mod amount;
mod line;
mod week;

pub use amount::Amount;
pub use line::{Line, bank_payout, total_cents};
pub use week::{Basis, Week, WeekPay, weekly_salary};
