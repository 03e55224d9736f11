//! When a request has waited long enough.

use std::time::Duration;

/// The two limits of a request: silence, which every received byte starts anew, and the total, which nothing does.
#[derive(Debug)]
pub(super) struct Timer {
    started: Duration,
    heard: Duration,
    silence: Duration,
    total: Duration,
}

impl Timer {
    pub(super) fn start(now: Duration, silence: Duration, total: Duration) -> Self {
        Self {
            started: now,
            heard: now,
            silence,
            total,
        }
    }

    /// Bytes came, or something was asked anew.
    pub(super) fn restart_silence(&mut self, now: Duration) {
        self.heard = self.heard.max(now);
    }

    /// When to give up.
    pub(super) fn deadline(&self) -> Duration {
        self.heard
            .saturating_add(self.silence)
            .min(self.started.saturating_add(self.total))
    }

    /// Whether it is time to give up.
    pub(super) fn is_due(&self, now: Duration) -> bool {
        now >= self.deadline()
    }

    /// Whether the total is used up, whatever was heard.
    pub(super) fn is_spent(&self, now: Duration) -> bool {
        now >= self.started.saturating_add(self.total)
    }

    /// How long the request has waited when it is given up.
    pub(super) fn waited(&self) -> Duration {
        self.deadline().saturating_sub(self.heard)
    }
}
