//! Checks of working-time law at their edges.

use core::ops::Range;

use proptest::prelude::*;
use punchclock_rules::compliance::{
    FIRE_28_DAYS_S, LAW_ENFORCEMENT_28_DAYS_S, Limits, MealRule, average, daily_rest, is_night_worker,
    limits, longest_rest, meals, rolling_average, spread, weekly_rest, work_period, work_period_threshold,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

#[test]
fn exactly_the_rest_is_enough_and_order_does_not_matter() {
    let shifts = |rest: i64| [8 * HOUR + rest..20 * HOUR + rest, 0..8 * HOUR];
    assert!(daily_rest(&shifts(11 * HOUR), 11 * HOUR).violations.is_empty());
    assert_eq!(daily_rest(&shifts(11 * HOUR - 1), 11 * HOUR).violations, [0]);
    assert_eq!(daily_rest(&[], HOUR).rests_s, Vec::<i64>::new());
    // One inside the other is no rest between them.
    assert_eq!(
        daily_rest(&[0..10 * HOUR, HOUR..2 * HOUR, 30 * HOUR..31 * HOUR], HOUR).rests_s,
        [20 * HOUR]
    );
}

#[test]
fn a_week_needs_one_long_rest() {
    let work: Vec<Range<i64>> = (0..6).map(|d| d * DAY + 8 * HOUR..d * DAY + 16 * HOUR).collect();
    // Saturday 16:00 to Sunday 24:00.
    let week = 0..7 * DAY;
    assert_eq!(longest_rest(&work, &week), 32 * HOUR);
    assert_eq!(weekly_rest(&work, std::slice::from_ref(&week), 35 * HOUR), [0]);
    assert!(weekly_rest(&work, &[week], 32 * HOUR).is_empty());
    assert_eq!(longest_rest(&[], &(0..DAY)), DAY);
    assert_eq!(
        longest_rest(std::slice::from_ref(&(-HOUR..2 * DAY)), &(0..DAY)),
        0
    );
    let backwards = Range { start: DAY, end: 0 };
    assert_eq!(longest_rest(&[], &backwards), 0);
}

#[test]
fn exactly_the_average_is_within() {
    assert!(average(&[48 * HOUR, 48 * HOUR], 48 * HOUR).within);
    assert!(!average(&[48 * HOUR, 48 * HOUR + 1], 48 * HOUR).within);
    let none = average(&[], 48 * HOUR);
    assert_eq!((none.average_s, none.within), (0, true));
    assert_eq!(rolling_average(&[40, 60, 40, 60, 60], 3, 48), [1, 2]);
    assert_eq!(rolling_average(&[60], 17, 48), [0]);
    assert_eq!(rolling_average(&[], 17, 48), Vec::<usize>::new());
}

#[test]
fn meals_at_their_edges() {
    let rules = |waived: bool| {
        [(5, 6), (10, 12)].map(|(over, waivable)| MealRule {
            required_over_s: over * HOUR,
            by_s: over * HOUR,
            waivable_up_to_s: waivable * HOUR,
            waived,
        })
    };
    let missed = |work: &[Range<i64>], waived: bool| meals(work, &rules(waived), 1_800, HOUR).missed;
    let none = Vec::<usize>::new();
    let one = |hours: i64| std::iter::once(0..hours * HOUR).collect::<Vec<_>>();
    assert_eq!(missed(&one(5), false), none);
    assert_eq!(missed(&one(6), false), [0]);
    assert_eq!(missed(&one(6), true), none);
    assert_eq!(missed(&one(7), true), [0]);
    // Begun after exactly five hours is in time, a minute later is not; 29 minutes are no meal.
    assert_eq!(missed(&[0..5 * HOUR, 5 * HOUR + 1_800..8 * HOUR], false), none);
    assert_eq!(missed(&[0..5 * HOUR + 60, 6 * HOUR..8 * HOUR], false), [0]);
    assert_eq!(missed(&[0..4 * HOUR, 4 * HOUR + 1_740..8 * HOUR], false), [0]);
    // A single late meal is neither the first nor the second in time; one premium all the same.
    let late = [0..6 * HOUR, 7 * HOUR..13 * HOUR];
    assert_eq!(missed(&late, false), [0, 1]);
    assert_eq!(meals(&late, &rules(false), 1_800, HOUR).premium_s, HOUR);
    assert_eq!(
        missed(&[0..3 * HOUR, 4 * HOUR..9 * HOUR, 10 * HOUR..13 * HOUR], false),
        none
    );
    assert_eq!(missed(&[], false), none);
}

#[test]
fn work_periods_of_the_table() {
    for (days, fire, law) in [(28, 212, 171), (14, 106, 86), (7, 53, 43)] {
        assert_eq!(work_period_threshold(FIRE_28_DAYS_S, days), Some(fire * HOUR));
        assert_eq!(
            work_period_threshold(LAW_ENFORCEMENT_28_DAYS_S, days),
            Some(law * HOUR)
        );
    }
    assert_eq!(work_period_threshold(FIRE_28_DAYS_S, 6), None);
    assert_eq!(work_period_threshold(FIRE_28_DAYS_S, 29), None);
    assert_eq!(work_period(&[], 10), 0);
    assert_eq!(work_period(&[i64::MAX, i64::MAX], 0), i64::MAX);
}

#[test]
fn limits_of_hours() {
    let exactly = Limits {
        day_s: Some(8 * HOUR),
        week_s: Some(8 * HOUR),
    };
    let day = [vec![0..4 * HOUR, 4 * HOUR..8 * HOUR]];
    assert_eq!(limits(&day, &[], exactly), Default::default());
    assert_eq!(limits(&day, &[], Limits::default()), Default::default());
    assert!(is_night_worker(3 * HOUR) && !is_night_worker(3 * HOUR - 1));
    assert!(!spread(&[0..HOUR, 9 * HOUR..10 * HOUR], 10 * HOUR).violation);
    assert_eq!(spread(&[], 0).spread_s, 0);
}

fn work() -> impl Strategy<Value = Vec<Range<i64>>> {
    let edge = prop_oneof![0_i64..200_000, (0_i64..60).prop_map(|h| h * HOUR), any::<i64>()];
    prop::collection::vec((edge.clone(), prop_oneof![0_i64..50_000, any::<i64>()]), 0..8)
        .prop_map(|pairs| pairs.into_iter().map(|(a, b)| a..a.saturating_add(b)).collect())
}

proptest! {
    /// 45: checks read and never write; whatever the order of the intervals, they find the same, and no intervals panic.
    #[test]
    fn checks_depend_on_the_work_alone(shuffled in work().prop_flat_map(|w| (Just(w.clone()), Just(w).prop_shuffle())), least in 0_i64..100_000) {
        let (one, other) = shuffled;
        let before = one.clone();
        let rule = MealRule { required_over_s: least, by_s: least, waivable_up_to_s: 0, waived: false };
        prop_assert_eq!(daily_rest(&one, least), daily_rest(&other, least));
        prop_assert_eq!(spread(&one, least), spread(&other, least));
        prop_assert_eq!(meals(&one, &[rule], 1_800, HOUR), meals(&other, &[rule], 1_800, HOUR));
        prop_assert_eq!(longest_rest(&one, &(0..7 * DAY)), longest_rest(&other, &(0..7 * DAY)));
        let week = Limits { day_s: Some(least), week_s: Some(least) };
        prop_assert_eq!(limits(std::slice::from_ref(&one), &other, week), limits(std::slice::from_ref(&other), &one, week));
        prop_assert_eq!(one, before);
    }

    /// Rests and work fill the spread.
    #[test]
    fn rests_and_work_are_the_spread(starts in prop::collection::vec((1_i64..50_000, 1_i64..50_000), 1..10)) {
        let mut at = 0;
        let mut work = Vec::new();
        for (rest, length) in starts {
            work.push(at + rest..at + rest + length);
            at += rest + length;
        }
        let rests: i64 = daily_rest(&work, 0).rests_s.iter().sum();
        let worked: i64 = work.iter().map(|i| i.end - i.start).sum();
        prop_assert_eq!(rests + worked, spread(&work, 0).spread_s);
    }
}
