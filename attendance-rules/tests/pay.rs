//! What a week is paid, against the regulation's own figures.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

use proptest::prelude::*;
use punchclock_rules::pay::{Amount, Basis, Line, Week, total_cents, weekly_salary};

const HOUR: i64 = 3_600;

fn all_hours(hours: i64, straight_cents: i64) -> Week {
    Week {
        worked_s: hours * HOUR,
        straight_cents,
        ..Week::default()
    }
}

#[test]
fn the_examples_of_the_regulation() {
    // 778.110(a), (b); 778.114(b) with its three weeks.
    for (hours, straight, rate, total) in [
        (46, 55_200, (1_200, 1), 58_800),
        (46, 59_800, (1_300, 1), 63_700),
        (50, 60_000, (1_200, 1), 66_000),
        (48, 60_000, (1_250, 1), 65_000),
        (44, 60_000, (15_000, 11), 62_727),
        (37, 60_000, (60_000, 37), 60_000),
    ] {
        let pay = all_hours(hours, straight).pay().unwrap();
        assert_eq!(
            pay.regular_rate,
            Amount::new(rate.0, rate.1).unwrap(),
            "{hours} h"
        );
        assert_eq!(pay.total_cents, total, "{hours} h");
    }
}

#[test]
fn a_salary_for_a_shorter_week_earns_its_rate_up_to_forty_hours() {
    // 778.113(a): $182.70 for 35 h is $5.22 an hour; from the 41st hour $7.83.
    let week = |hours| Week {
        basis: Basis::StandardHours(35 * HOUR),
        ..all_hours(hours, 18_270)
    };
    assert_eq!(week(35).pay().unwrap().regular_rate.whole(), Some(522));
    assert_eq!(week(30).pay().unwrap().total_cents, 18_270);
    assert_eq!(week(40).pay().unwrap().total_cents, 18_270 + 5 * 522);
    assert_eq!(week(41).pay().unwrap().total_cents, 18_270 + 5 * 522 + 783);
    assert_eq!(weekly_salary(52_100), Amount::new(52_100 * 12, 52).unwrap());
}

#[test]
fn figures_without_a_rate_have_no_pay() {
    assert_eq!(all_hours(0, 60_000).pay(), None);
    assert_eq!(all_hours(-1, 60_000).pay(), None);
    assert_eq!(all_hours(40, -1).pay(), None);
    assert_eq!(
        Week {
            basis: Basis::StandardHours(0),
            ..all_hours(40, 1)
        }
        .pay(),
        None
    );
    assert_eq!(Amount::new(1, 0), None);
    assert_eq!(Amount::from(1).over(Amount::ZERO), None);
}

#[test]
fn a_payslip_is_rounded_once() {
    // A third of a cent three times is a cent.
    let line = Line {
        seconds: 12,
        rate_bp: 10_000,
    };
    assert_eq!(total_cents(&[line; 3], Amount::from(100)), Some(1));
    assert_eq!(total_cents(&[line], Amount::from(100)), Some(0));
    let holiday_at_night = Line {
        seconds: 8 * HOUR,
        rate_bp: 37_180,
    };
    assert_eq!(
        total_cents(&[holiday_at_night], Amount::from(10_000)),
        Some(297_440)
    );
}

proptest! {
    /// Fractions are ordered like the numbers they are, and rounding is off by half at most.
    #[test]
    fn fractions_are_numbers(a in any::<i32>(), b in 1_i32.., c in any::<i32>(), d in 1_i32..) {
        let (one, other) = (Amount::new(a.into(), b.into()).unwrap(), Amount::new(c.into(), d.into()).unwrap());
        let cross = (i128::from(a) * i128::from(d)).cmp(&(i128::from(c) * i128::from(b)));
        prop_assert_eq!(one.cmp(&other), cross);
        let rounded = i128::from(one.rounded().unwrap());
        prop_assert!((rounded * i128::from(b) - i128::from(a)).abs() * 2 <= i128::from(b));
        prop_assert_eq!(one.plus(other), other.plus(one));
        prop_assert_eq!(one.plus(Amount::from(i64::from(c))).unwrap().plus(Amount::from(-i64::from(c))), Some(one));
        if c != 0 {
            prop_assert_eq!(one.times(other).unwrap().over(other), Some(one));
        }
    }

    /// No figures panic, and more work at the same straight pay never costs less.
    #[test]
    fn more_overtime_never_earns_less(hours in 1_i64..100, more in 0_i64..50, cents in 0_i64..10_000_000, bp in 10_000_u32..30_000) {
        let hourly = |h: i64| Week { overtime_bp: bp, ..all_hours(h, cents * h) }.pay().unwrap().total_cents;
        prop_assert!(hourly(hours + more) >= hourly(hours));
    }

    #[test]
    fn any_figures_are_answered(week in (any::<i64>(), any::<i64>(), any::<i64>(), any::<u32>(), any::<Option<i64>>())) {
        let basis = week.4.map_or(Basis::AllHours, Basis::StandardHours);
        let week = Week { worked_s: week.0, overtime_over_s: week.1, straight_cents: week.2, overtime_bp: week.3, basis };
        let _ = week.pay();
        let _ = total_cents(&[Line { seconds: week.worked_s, rate_bp: week.overtime_bp }], Amount::from(week.straight_cents));
    }
}
