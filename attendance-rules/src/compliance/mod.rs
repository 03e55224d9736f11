//! Checks of working-time law: rest, averages, work periods, spread-over, meals, limits for the young.
//!
//! A check reads work and says what it finds; it never changes a second. Work is given as half-open intervals of unix seconds, sorted or not, in
//! elapsed time, so that a night on which clocks are set forward really is an hour shorter. Figures are the caller's; the constants here are
//! what the law facts of the project say, with how well each was read. Not legal advice.
//!
//! | check | source | evidence |
//! |---|---|---|
//! | [`daily_rest`] 11 h | Directive 2003/88/EC art. 3 | from memory |
//! | [`weekly_rest`] 24 h + 11 h in every seven days | art. 5 | from memory |
//! | [`average`] 48 h over at most four months | arts. 6, 16(b) | from memory |
//! | [`is_night_worker`] three hours of the night time | art. 2(4) | from memory |
//! | [`work_period`] 7 to 28 days | 29 USC 207(k), 29 CFR 553.230-231 | text read; see there for the table |
//! | [`spread`] 10.5 h | Factories Act 1948 (India) s. 56 | from memory |
//! | [`meals`] before the end of the fifth and tenth hour | California Labor Code 512, 226.7(c) | from memory |
//! | [`limits`] hours of a day and week, forbidden hours | the caller's | |

mod average;
mod limits;
mod meal;
mod rest;
mod spread;
mod work;
mod work_period;

pub use average::{Average, average, rolling_average};
pub use limits::{Limits, LimitsFound, is_night_worker, limits};
pub use meal::{MealFindings, MealRule, meals};
pub use rest::{Rests, daily_rest, longest_rest, weekly_rest};
pub use spread::{Spread, spread};
pub use work_period::{FIRE_28_DAYS_S, LAW_ENFORCEMENT_28_DAYS_S, work_period, work_period_threshold};
