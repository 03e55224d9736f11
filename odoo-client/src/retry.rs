//! Whether to repeat a failed call, and after how long: a pure function, so that a queue can store its answer and a
//! test can list its cases.

use std::time::Duration;

use crate::failure::Failure;

/// What to do after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third answer")]
pub enum RetryDecision {
    /// Repeat the same call after this long.
    Wait(Duration),
    /// Do not repeat it by itself.
    Stop,
}

/// How repeated calls are spread over time: full jitter under a doubling ceiling.
///
/// The pause before repeat *n* is drawn evenly from zero to `base × 2ⁿ⁻¹`, at most `cap`, so that a thousand clients
/// that lost one Odoo do not come back in one second. A `Retry-After` of the server (at most
/// [`MAX_RETRY_AFTER`](Self::MAX_RETRY_AFTER)) is waited out first, and the draw is added to it.
///
/// ```
/// use std::time::Duration;
/// use punchclock_odoo::{ErrorKind, Failure, RetryDecision, RetryPolicy};
///
/// let policy = RetryPolicy::new(Duration::from_secs(1), Duration::from_secs(60));
/// let locked = Failure::new(ErrorKind::Locked);
/// assert_eq!(policy.decide(&locked, 3, true, 0.5), RetryDecision::Wait(Duration::from_secs(2)));
/// let refused = Failure::new(ErrorKind::Validation);
/// assert_eq!(policy.decide(&refused, 1, true, 0.5), RetryDecision::Stop);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    base: Duration,
    cap: Duration,
    max_attempts: Option<u32>,
}

impl RetryPolicy {
    /// The longest `Retry-After` that is obeyed: a server must not be able to silence a client for a year.
    pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

    /// A policy that never gives up on a failure that can pass.
    #[must_use]
    pub const fn new(base: Duration, cap: Duration) -> Self {
        Self {
            base,
            cap,
            max_attempts: None,
        }
    }

    /// Stops once this many attempts have been made, the first one included.
    #[must_use]
    pub const fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Decides after `attempt` attempts (1 after the first failure).
    ///
    /// `idempotent` says that carrying the call out twice does no harm; without it, a call that may have been carried
    /// out is not repeated. `random` comes from the caller, evenly from `[0, 1)`; a value outside is brought into the
    /// range.
    #[must_use]
    pub fn decide(&self, failure: &Failure, attempt: u32, idempotent: bool, random: f64) -> RetryDecision {
        let exhausted = self.max_attempts.is_some_and(|max| attempt >= max);
        if exhausted || !failure.is_retryable() || (failure.outcome_unknown && !idempotent) {
            return RetryDecision::Stop;
        }
        let doublings = attempt.saturating_sub(1).min(31);
        let ceiling = self.base.saturating_mul(1_u32 << doublings).min(self.cap);
        let random = if random.is_nan() {
            0.0
        } else {
            random.clamp(0.0, 1.0)
        };
        // Fails only where rounding carries a ceiling near `Duration::MAX` past it.
        let drawn = Duration::try_from_secs_f64(ceiling.as_secs_f64() * random).unwrap_or(ceiling);
        let asked = failure.retry_after.unwrap_or_default().min(Self::MAX_RETRY_AFTER);
        RetryDecision::Wait(asked.saturating_add(drawn))
    }
}

impl Default for RetryPolicy {
    /// One second doubling up to five minutes, without end.
    fn default() -> Self {
        Self::new(Duration::from_secs(1), Duration::from_secs(300))
    }
}
