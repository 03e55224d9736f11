//! Whether the queue can commit, readable without asking the writer.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::{Error, Health, MonotonicClock};

#[derive(Debug)]
pub(crate) struct HealthCell {
    clock: Arc<dyn MonotonicClock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    health: Health,
    busy_since: Option<Duration>,
}

impl HealthCell {
    pub(crate) fn new(clock: Arc<dyn MonotonicClock>) -> Self {
        Self {
            clock,
            state: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn begin(&self) {
        self.lock().busy_since = Some(self.clock.now());
    }

    pub(crate) fn end(&self, poisoned: bool) {
        let mut state = self.lock();
        state.busy_since = None;
        state.health.poisoned = poisoned;
    }

    pub(crate) fn committed(&self) {
        self.lock().health.last_error = None;
    }

    pub(crate) fn failed(&self, error: &Error) {
        let mut state = self.lock();
        // The first cause says more than the refusals that follow it.
        if !matches!(error, Error::Poisoned { .. }) {
            state.health.last_error = Some(error.clone());
        }
    }

    pub(crate) fn closed(&self) {
        let mut state = self.lock();
        state.busy_since = None;
        state.health.closed = true;
    }

    pub(crate) fn read(&self) -> Health {
        let state = self.lock();
        let busy_for = state
            .busy_since
            .map_or(Duration::ZERO, |since| self.clock.now().saturating_sub(since));
        Health {
            busy_for,
            ..state.health.clone()
        }
    }
}
