//! When a channel is silent, and what the other one does about it. Pure: time is the monotonic time since the
//! edge started, so that a host clock that jumps changes nothing.
//!
//! A terminal in mode `poll` is read on a schedule; while that fails, its push (if the terminal is also pointed
//! at the edge) is asked to send at once. A terminal in mode `push` or `both` has a heartbeat; while that is
//! missing, it is polled at once and then at the fallback interval. Recovery is the next success. Every polled log
//! is the whole log, so a poll is also the reconciliation.

use std::time::Duration;

use crate::config::{Mode, Poll, Terminal};
use crate::punch::Channel;

/// The intervals of one terminal, and when each channel was last heard.
#[derive(Debug, Clone)]
pub struct Watch {
    mode: Mode,
    can_poll: bool,
    can_push: bool,
    heartbeat: Duration,
    interval: Duration,
    fallback_interval: Duration,
    reconcile: Duration,
    silent_after: u32,
    push_seen: Option<Duration>,
    poll_seen: Option<Duration>,
    poll_tried: Option<Duration>,
    poll_answers: bool,
    nudged: Option<Duration>,
}

impl Watch {
    /// A watch that starts at time zero, with both channels given the benefit of the doubt.
    #[must_use]
    pub fn new(terminal: &Terminal, poll: &Poll, heartbeat_s: Option<u32>) -> Self {
        let seconds = |s: u32| Duration::from_secs(s.into());
        Self {
            mode: terminal.mode,
            can_poll: terminal.address.is_some(),
            can_push: heartbeat_s.is_some(),
            heartbeat: seconds(heartbeat_s.unwrap_or(u32::MAX)),
            interval: seconds(poll.interval_s),
            fallback_interval: seconds(poll.fallback_interval_s.min(poll.interval_s)),
            reconcile: seconds(poll.reconcile_s),
            silent_after: poll.silent_after,
            push_seen: None,
            poll_seen: None,
            poll_tried: None,
            poll_answers: true,
            nudged: None,
        }
    }

    /// The terminal contacted the push endpoint.
    pub fn pushed(&mut self, now: Duration) {
        self.push_seen = Some(now);
    }

    /// A poll ended; `complete` when the whole log arrived and is committed.
    pub fn polled(&mut self, now: Duration, complete: bool) {
        self.poll_tried = Some(now);
        self.poll_answers = complete;
        if complete {
            self.poll_seen = Some(now);
        }
    }

    /// Whether a channel that should carry punches has missed its intervals.
    #[must_use]
    pub fn silent(&self, channel: Channel, now: Duration) -> bool {
        let (expected, seen, every) = match channel {
            Channel::Poll => (
                matches!(self.mode, Mode::Poll | Mode::Both),
                self.poll_seen,
                self.interval,
            ),
            Channel::Push => (
                matches!(self.mode, Mode::Push | Mode::Both),
                self.push_seen,
                self.heartbeat,
            ),
        };
        expected && now.saturating_sub(seen.unwrap_or_default()) > every.saturating_mul(self.silent_after)
    }

    /// When the next poll is due; `None` for a terminal without an address.
    #[must_use]
    pub fn next_poll(&self, now: Duration) -> Option<Duration> {
        if !self.can_poll {
            return None;
        }
        let hurry = self.silent(Channel::Push, now);
        let every = match self.mode {
            _ if hurry => self.fallback_interval,
            // A terminal that did not answer is tried again at the shorter interval.
            _ if !self.poll_answers => self.fallback_interval,
            Mode::Poll | Mode::Both => self.interval,
            Mode::Push => self.reconcile,
        };
        let due = match self.poll_tried {
            Some(tried) => tried.saturating_add(every),
            // At the start every terminal with an address is read once: what it holds is the second copy.
            None => Duration::ZERO,
        };
        Some(due)
    }

    /// Whether pushing is now the channel that has to carry the punches of a terminal that is normally polled.
    #[must_use]
    pub fn push_takes_over(&self, now: Duration) -> bool {
        self.can_push && self.silent(Channel::Poll, now)
    }

    /// Whether the terminal should be asked, in the answer to its heartbeat, to send what it has: at once when
    /// polling fell silent, then at the fallback interval.
    pub fn nudge(&mut self, now: Duration) -> bool {
        if !self.push_takes_over(now) {
            self.nudged = None;
            return false;
        }
        let due = self
            .nudged
            .is_none_or(|last| now.saturating_sub(last) >= self.fallback_interval);
        if due {
            self.nudged = Some(now);
        }
        due
    }

    /// When each channel last worked, for health and metrics.
    #[must_use]
    pub fn last_seen(&self, channel: Channel) -> Option<Duration> {
        match channel {
            Channel::Poll => self.poll_seen,
            Channel::Push => self.push_seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn watch(mode: &str, address: bool) -> Watch {
        let address = if address {
            "address = \"127.0.0.1:4370\"\n"
        } else {
            ""
        };
        let terminal = toml::from_str(&format!("serial = \"T1\"\nmode = \"{mode}\"\n{address}")).unwrap();
        let poll = Poll {
            interval_s: 100,
            fallback_interval_s: 20,
            silent_after: 3,
            reconcile_s: 10_000,
            ..Poll::default()
        };
        Watch::new(&terminal, &poll, Some(10))
    }

    #[test]
    fn a_polled_terminal_is_read_at_the_start_and_at_its_interval() {
        let mut watch = watch("poll", true);
        assert_eq!(watch.next_poll(s(0)), Some(s(0)));
        watch.polled(s(1), true);
        assert_eq!(watch.next_poll(s(2)), Some(s(101)));
    }

    #[test]
    fn silent_push_is_polled_at_once_and_more_often_until_it_recovers() {
        for mode in ["push", "both"] {
            let mut watch = watch(mode, true);
            watch.polled(s(0), true);
            watch.pushed(s(50));
            assert!(!watch.silent(Channel::Push, s(80)));
            assert!(watch.next_poll(s(80)).unwrap() >= s(100));
            assert!(
                watch.silent(Channel::Push, s(81)),
                "three heartbeats of 10 s were missed"
            );
            assert!(watch.next_poll(s(81)).unwrap() <= s(81), "at once");
            watch.polled(s(82), true);
            assert_eq!(watch.next_poll(s(83)), Some(s(102)), "more often");
            watch.pushed(s(103));
            assert!(!watch.silent(Channel::Push, s(104)));
            assert!(watch.next_poll(s(104)).unwrap() >= s(182), "back to the schedule");
        }
    }

    #[test]
    fn silent_polling_hands_over_to_push_at_once_and_again() {
        let mut watch = watch("poll", true);
        watch.polled(s(0), true);
        for at in [100, 120, 140] {
            watch.polled(s(at), false);
            assert_eq!(
                watch.next_poll(s(at)),
                Some(s(at + 20)),
                "an unanswered poll is repeated sooner"
            );
        }
        assert!(!watch.nudge(s(300)), "not yet silent");
        assert!(watch.nudge(s(301)), "at once");
        assert!(!watch.nudge(s(302)), "not at every heartbeat");
        assert!(watch.nudge(s(321)), "and again");
        watch.polled(s(330), true);
        assert!(!watch.nudge(s(341)), "recovered");
    }

    #[test]
    fn a_channel_nobody_expects_is_never_silent() {
        assert!(!watch("poll", true).silent(Channel::Push, s(1_000_000)));
        assert!(!watch("push", false).silent(Channel::Poll, s(1_000_000)));
        assert_eq!(watch("push", false).next_poll(s(1_000_000)), None);
    }

    #[test]
    fn a_failed_reconciliation_is_tried_again_soon() {
        let mut watch = watch("push", true);
        watch.polled(s(0), false);
        watch.pushed(s(5));
        assert_eq!(watch.next_poll(s(6)), Some(s(20)));
    }

    #[test]
    fn a_pushing_terminal_with_an_address_is_reconciled() {
        let mut watch = watch("push", true);
        watch.polled(s(0), true);
        watch.pushed(s(9_000));
        assert_eq!(watch.next_poll(s(9_001)), Some(s(10_000)));
    }
}
