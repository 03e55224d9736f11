//! When a request has waited long enough.

use std::time::Duration;

/// The two limits of a request: silence, which every received byte starts anew, and the total, which nothing does.
///
/// Where a request may be sent again, the silence is shared out among the attempts, each twice as long as the one before, so that a lost
/// datagram costs little and a dead terminal not more than without retries.
#[derive(Debug)]
pub(super) struct Timer {
    started: Duration,
    heard: Duration,
    silence: Duration,
    total: Duration,
    attempt: u32,
    retries: u32,
}

impl Timer {
    pub(super) fn start(now: Duration, silence: Duration, total: Duration) -> Self {
        Self {
            started: now,
            heard: now,
            silence,
            total,
            attempt: 0,
            retries: 0,
        }
    }

    /// Bytes came, or something was asked anew.
    pub(super) fn restart_silence(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
    }

    /// Another request begins that may be sent again this often.
    pub(super) fn allow_retries(&mut self, retries: u32) {
        (self.attempt, self.retries) = (0, retries);
    }

    /// Counts one more attempt; `false` when all are used up.
    pub(super) fn try_again(&mut self, now: Duration) -> bool {
        let left = self.attempt < self.retries;
        if left {
            self.attempt += 1;
            self.restart_silence(now);
        }
        left
    }

    /// When to give up, or to try again.
    pub(super) fn deadline(&self) -> Duration {
        self.heard
            .saturating_add(self.wait())
            .min(self.started.saturating_add(self.total))
    }

    /// Whether it is time to give up, or to try again.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.deadline()
    }

    /// Whether the total is used up, whatever was heard.
    pub(super) fn is_spent(&self, now: Duration) -> bool {
        now >= self.started.saturating_add(self.total)
    }

    /// How long the request has waited when it is given up.
    pub(super) fn waited(&self) -> Duration {
        let end = self.started.saturating_add(self.total);
        self.silence.min(end.saturating_sub(self.heard))
    }

    fn wait(&self) -> Duration {
        let shares = 2_u32.saturating_pow(self.retries.saturating_add(1)) - 1;
        (self.silence / shares).saturating_mul(2_u32.saturating_pow(self.attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_attempts_share_the_silence() {
        let mut timer = Timer::start(Duration::ZERO, Duration::from_secs(31), Duration::from_secs(100));
        timer.allow_retries(4);
        let mut waits = Vec::new();
        loop {
            let now = timer.deadline();
            waits.push(now.as_secs());
            if !timer.try_again(now) {
                break;
            }
        }
        assert_eq!(waits, [1, 3, 7, 15, 31]);
        assert_eq!(timer.waited(), Duration::from_secs(31));
    }
}
