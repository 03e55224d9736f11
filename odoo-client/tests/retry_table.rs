//! The retry decision, case by case.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use punchclock_odoo::RetryDecision::{Stop, Wait};
use punchclock_odoo::{ErrorKind, Failure, RetryPolicy};

const SECOND: Duration = Duration::from_secs(1);

fn policy() -> RetryPolicy {
    RetryPolicy::new(SECOND, 60 * SECOND)
}

#[test]
fn which_kinds_are_repeated() {
    let known = |kind| Failure::new(kind).with_outcome_unknown(false);
    // kind, as it comes: idempotent, not idempotent; known to have left nothing behind: not idempotent
    let table = [
        (ErrorKind::InvalidConfig, false, false, false),
        (ErrorKind::InvalidRequest, false, false, false),
        (ErrorKind::Connect, true, true, true),
        (ErrorKind::OutcomeUnknown, true, false, true),
        (ErrorKind::Unauthorized, false, false, false),
        (ErrorKind::Forbidden, false, false, false),
        (ErrorKind::MissingAddonOrMethod, false, false, false),
        (ErrorKind::MissingRecord, false, false, false),
        (ErrorKind::WrongHostOrDatabase, false, false, false),
        (ErrorKind::Redirected, false, false, false),
        (ErrorKind::BadRequest, false, false, false),
        (ErrorKind::Locked, true, true, true),
        (ErrorKind::TooLarge, false, false, false),
        (ErrorKind::UnsupportedMedia, false, false, false),
        (ErrorKind::Validation, false, false, false),
        (ErrorKind::Server, true, false, true),
        (ErrorKind::Unavailable, true, false, true),
        (ErrorKind::NotJson, false, false, false),
        (ErrorKind::ResponseTooLarge, false, false, false),
        (ErrorKind::Decode, false, false, false),
        (ErrorKind::UnexpectedStatus, false, false, false),
    ];
    for (kind, idempotent, not_idempotent, nothing_left) in table {
        let repeats = |failure: Failure, idempotent| policy().decide(&failure, 1, idempotent, 0.5) != Stop;
        assert_eq!(
            repeats(Failure::new(kind), true),
            idempotent,
            "{kind:?} idempotent"
        );
        assert_eq!(
            repeats(Failure::new(kind), false),
            not_idempotent,
            "{kind:?} not idempotent"
        );
        assert_eq!(
            repeats(known(kind), false),
            nothing_left,
            "{kind:?} nothing left behind"
        );
    }
}

#[test]
fn the_pause_doubles_up_to_the_cap_and_is_drawn_from_zero() {
    let failure = Failure::new(ErrorKind::Connect);
    for (attempt, random, seconds) in [
        (1, 0.0, 0.0),
        (1, 0.5, 0.5),
        (2, 0.5, 1.0),
        (3, 0.25, 1.0),
        (6, 0.5, 16.0),
        (7, 0.5, 30.0),
        (40, 0.5, 30.0),
        (u32::MAX, 0.999, 59.94),
        (0, 0.5, 0.5),
        (1, f64::NAN, 0.0),
        (1, -3.0, 0.0),
        (1, f64::INFINITY, 1.0),
    ] {
        let decision = policy().decide(&failure, attempt, true, random);
        assert_eq!(
            decision,
            Wait(Duration::from_secs_f64(seconds)),
            "attempt {attempt}, random {random}"
        );
    }
}

#[test]
fn retry_after_is_waited_out_first_but_not_for_ever() {
    let asked =
        |seconds| Failure::new(ErrorKind::Unavailable).with_retry_after(Some(Duration::from_secs(seconds)));
    assert_eq!(
        policy().decide(&asked(30), 1, true, 0.5),
        Wait(Duration::from_millis(30_500))
    );
    assert_eq!(policy().decide(&asked(0), 1, true, 0.0), Wait(Duration::ZERO));
    assert_eq!(
        policy().decide(&asked(u64::MAX), 1, true, 0.0),
        Wait(RetryPolicy::MAX_RETRY_AFTER)
    );
}

#[test]
fn attempts_can_be_limited() {
    let failure = Failure::new(ErrorKind::Connect);
    let policy = policy().max_attempts(3);
    assert!(matches!(policy.decide(&failure, 2, true, 0.5), Wait(_)));
    assert_eq!(policy.decide(&failure, 3, true, 0.5), Stop);
    assert_eq!(policy.decide(&failure, 4, true, 0.5), Stop);
}

#[test]
fn extreme_policies_do_not_overflow() {
    let failure = Failure::new(ErrorKind::Connect).with_retry_after(Some(Duration::MAX));
    let policy = RetryPolicy::new(Duration::MAX, Duration::MAX);
    assert!(matches!(policy.decide(&failure, u32::MAX, true, 1.0), Wait(_)));
}
