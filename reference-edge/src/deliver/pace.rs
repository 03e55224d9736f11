//! How much is sent at once and how long to wait after a failure. Pure: the random number is the caller's, and no
//! clock is read, so that a host clock that jumps cannot stop or storm Odoo.
//!
//! After a failure the next call is a small probe; with each success the batch doubles up to the configured size,
//! so that an Odoo that comes back is not met by everything at once. The same ramp isolates a poisonous event: a
//! batch that Odoo refuses as a whole is halved until one event is left, and only that one is put aside, after
//! three tries.

use std::time::Duration;

use punchclock_queue::RetrySchedule;

/// Events in the probe after a failure.
const PROBE: usize = 10;
/// Times a single event is refused as a whole call before it is put aside.
const SINGLE_TRIES: u32 = 3;
/// Events put aside this way without one that passes in between. More, and the fault is not the events': a method
/// with other arguments refuses them all the same.
const ASIDE_IN_A_ROW: u32 = 3;

/// Why a call brought no outcomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failure {
    /// Odoo is away, busy, or the answer was lost: the same again later.
    Away,
    /// Key, database, address or addon are wrong: nothing will change until somebody acts. Never a reason to put
    /// an event aside.
    Configuration,
    /// The call was too large.
    TooLarge,
    /// Odoo refused the content of the whole call.
    Refused,
}

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// Put everything back and wait.
    Wait(Duration),
    /// Put the single event of this call aside, marked, and go on.
    PutAside,
}

/// The state between calls.
#[derive(Debug)]
pub(super) struct Pace {
    most: usize,
    limit: usize,
    schedule: RetrySchedule,
    failures: u32,
    single_refusals: u32,
    aside_in_a_row: u32,
}

impl Pace {
    /// A pace of at most `most` events a call.
    #[must_use]
    pub(super) fn new(most: usize, schedule: RetrySchedule) -> Self {
        Self {
            most: most.max(1),
            limit: most.max(1),
            schedule,
            failures: 0,
            single_refusals: 0,
            aside_in_a_row: 0,
        }
    }

    /// Events in the next call.
    #[must_use]
    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// A call was answered with outcomes.
    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
        self.single_refusals = 0;
        self.aside_in_a_row = 0;
        self.limit = self.limit.saturating_mul(2).min(self.most);
    }

    /// A call of `sent` events failed. `retry_after` is what Odoo asked for, `random` is uniform over all of `u64`.
    pub(super) fn failed(
        &mut self,
        failure: Failure,
        sent: usize,
        retry_after: Option<Duration>,
        random: u64,
    ) -> Step {
        let mut longest = failure == Failure::Configuration;
        match failure {
            Failure::Refused if sent <= 1 => {
                self.limit = 1;
                self.single_refusals = self.single_refusals.saturating_add(1);
                longest = self.aside_in_a_row >= ASIDE_IN_A_ROW;
                if self.single_refusals >= SINGLE_TRIES && !longest {
                    self.single_refusals = 0;
                    self.failures = 0;
                    self.aside_in_a_row = self.aside_in_a_row.saturating_add(1);
                    return Step::PutAside;
                }
            }
            Failure::Refused | Failure::TooLarge => {
                self.limit = (sent / 2).max(1);
                if sent > 1 {
                    // The call was answered: Odoo is there, and the halves may go at once.
                    return Step::Wait(Duration::ZERO);
                }
            }
            Failure::Away | Failure::Configuration => self.limit = PROBE.min(self.most),
        }
        // The longest wait at once where somebody has to act first.
        let attempt = if longest { u32::MAX } else { self.failures };
        self.failures = self.failures.saturating_add(1);
        let wait = self.schedule.delay(attempt, random);
        Step::Wait(retry_after.map_or(wait, |asked| wait.max(asked.min(Duration::from_secs(3600)))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace(most: usize) -> Pace {
        Pace::new(
            most,
            RetrySchedule::new(Duration::from_secs(1), Duration::from_secs(300)),
        )
    }

    #[test]
    fn waits_grow_to_the_cap_with_full_jitter_and_reset() {
        let mut pace = pace(200);
        let mut longest = Vec::new();
        for _ in 0..12 {
            let Step::Wait(wait) = pace.failed(Failure::Away, 200, None, u64::MAX) else {
                panic!("an event was put aside")
            };
            longest.push(wait.as_secs_f64().round());
        }
        assert_eq!(longest[..4], [1.0, 2.0, 4.0, 8.0]);
        assert_eq!(longest[11], 300.0);
        assert_eq!(
            pace.failed(Failure::Away, 10, None, 0),
            Step::Wait(Duration::ZERO),
            "jitter reaches down to zero"
        );
        pace.succeeded();
        let Step::Wait(wait) = pace.failed(Failure::Away, 10, None, u64::MAX) else {
            panic!("an event was put aside")
        };
        assert!(wait <= Duration::from_secs(1));
    }

    #[test]
    fn after_a_failure_a_probe_then_a_ramp() {
        let mut pace = pace(200);
        let _ = pace.failed(Failure::Away, 200, None, u64::MAX / 2);
        assert_eq!(pace.limit(), 10);
        for expected in [20, 40, 80, 160, 200, 200] {
            pace.succeeded();
            assert_eq!(pace.limit(), expected);
        }
    }

    #[test]
    fn a_configuration_fault_waits_at_the_cap_and_never_puts_aside() {
        let mut pace = pace(200);
        for _ in 0..10 {
            assert_eq!(
                pace.failed(Failure::Configuration, 1, None, u64::MAX / 2),
                Step::Wait(Duration::from_secs(150))
            );
        }
    }

    #[test]
    fn a_refused_batch_is_halved_to_the_culprit_which_is_put_aside_after_three_tries() {
        let mut pace = pace(200);
        let mut calls = 0;
        while pace.limit() > 1 {
            let sent = pace.limit();
            assert_eq!(
                pace.failed(Failure::Refused, sent, None, u64::MAX / 2),
                Step::Wait(Duration::ZERO)
            );
            calls += 1;
        }
        assert!(calls <= 8);
        assert!(matches!(
            pace.failed(Failure::Refused, 1, None, u64::MAX / 2),
            Step::Wait(_)
        ));
        assert!(matches!(
            pace.failed(Failure::Refused, 1, None, u64::MAX / 2),
            Step::Wait(_)
        ));
        assert_eq!(
            pace.failed(Failure::Refused, 1, None, u64::MAX / 2),
            Step::PutAside
        );
    }

    #[test]
    fn a_sink_that_refuses_everything_does_not_empty_the_queue_into_the_rejected() {
        let mut pace = pace(200);
        let aside = (0..100)
            .filter(|_| pace.failed(Failure::Refused, 1, None, u64::MAX / 2) == Step::PutAside)
            .count();
        assert_eq!(aside, 3);
        pace.succeeded();
        let again = (0..3)
            .filter(|_| pace.failed(Failure::Refused, 1, None, 0) == Step::PutAside)
            .count();
        assert_eq!(again, 1, "one that passes shows that the others are at fault");
    }

    #[test]
    fn what_odoo_asks_for_is_honoured_up_to_an_hour() {
        let mut pace = pace(200);
        let asked = Duration::from_secs(90);
        assert_eq!(pace.failed(Failure::Away, 1, Some(asked), 0), Step::Wait(asked));
        let day = Duration::from_secs(86_400);
        assert_eq!(
            pace.failed(Failure::Away, 1, Some(day), 0),
            Step::Wait(Duration::from_secs(3600))
        );
    }
}
