//! What waits for the writer: bounded in requests and in bytes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use crate::job::Request;

/// Requests that may wait.
const MAX_REQUESTS: usize = 1_024;

/// Of these, kept for everything but intake: a flood of punches must not keep an acknowledgement out.
const RESERVED_REQUESTS: usize = 64;

/// Bytes of batches that may wait. One batch is always let in when none waits, however large.
const MAX_BYTES: usize = 8 << 20;

/// Events after which one commit is full.
const GROUP_EVENTS: usize = 512;

/// Bytes after which one commit is full.
const GROUP_BYTES: usize = 256 << 10;

/// What to do when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    /// Block the thread until there is.
    Block,
    /// Refuse at once, as the async handle does.
    Refuse,
}

/// Why a request was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Busy,
    Closed,
}

#[derive(Debug, Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
    arrived: Condvar,
    taken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    requests: VecDeque<Request>,
    bytes: usize,
    closed: bool,
}

impl State {
    fn has_room(&self, request: &Request) -> bool {
        if request.is_intake() {
            self.requests.len() < MAX_REQUESTS - RESERVED_REQUESTS
                && (self.bytes == 0 || self.bytes.saturating_add(request.bytes) <= MAX_BYTES)
        } else {
            self.requests.len() < MAX_REQUESTS
        }
    }
}

impl Inbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing here can panic half-way, so a poisoned lock still guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a request, in order.
    pub(crate) fn push(&self, request: Request, wait: Wait) -> Result<(), Refused> {
        let mut state = self.lock();
        while !state.closed && !state.has_room(&request) {
            if wait == Wait::Refuse {
                return Err(Refused::Busy);
            }
            state = self.taken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.closed {
            return Err(Refused::Closed);
        }
        state.bytes = state.bytes.saturating_add(request.bytes);
        state.requests.push_back(request);
        drop(state);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for requests and takes what is there, up to one commit's worth. `None` when the inbox is closed and empty.
    ///
    /// There is no delay to gather more: while one commit is being synced, the next one gathers by itself.
    pub(crate) fn take(&self) -> Option<Vec<Request>> {
        let mut state = self.lock();
        while state.requests.is_empty() {
            if state.closed {
                return None;
            }
            state = self.arrived.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let mut group = Vec::new();
        let (mut events, mut bytes) = (0_usize, 0_usize);
        while events < GROUP_EVENTS && bytes < GROUP_BYTES {
            let Some(request) = state.requests.pop_front() else {
                break;
            };
            events = events.saturating_add(request.events);
            bytes = bytes.saturating_add(request.bytes);
            group.push(request);
        }
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.taken.notify_all();
        Some(group)
    }

    /// Takes no more requests; those that wait are still served.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
        self.taken.notify_all();
    }

    /// Takes no more requests and drops those that wait: their callers learn that the queue is closed.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        let abandoned = std::mem::take(&mut state.requests);
        drop(state);
        self.taken.notify_all();
        drop(abandoned);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::{Work, reply_to_nobody};
    use std::sync::Arc;

    fn intake(bytes: usize) -> Request {
        Request::intake(bytes, 1, reply_to_nobody())
    }

    fn control() -> Request {
        Request::control(Work::Read(Box::new(|_| {})))
    }

    #[test]
    fn intake_is_refused_by_bytes_but_one_large_batch_always_passes() {
        let inbox = Inbox::default();
        inbox.push(intake(MAX_BYTES * 2), Wait::Refuse).unwrap();
        assert_eq!(inbox.push(intake(1), Wait::Refuse), Err(Refused::Busy));
        assert_eq!(inbox.take().unwrap().len(), 1);
        inbox.push(intake(1), Wait::Refuse).unwrap();
    }

    #[test]
    fn a_flood_of_intake_leaves_room_for_acknowledgements() {
        let inbox = Inbox::default();
        while inbox.push(intake(1), Wait::Refuse).is_ok() {}
        for _ in 0..RESERVED_REQUESTS {
            inbox.push(control(), Wait::Refuse).unwrap();
        }
        assert_eq!(inbox.push(control(), Wait::Refuse), Err(Refused::Busy));
    }

    #[test]
    fn a_group_ends_at_its_limit_and_keeps_order() {
        let inbox = Inbox::default();
        for _ in 0..3 {
            inbox.push(intake(GROUP_BYTES / 2), Wait::Refuse).unwrap();
        }
        assert_eq!(inbox.take().unwrap().len(), 2);
        assert_eq!(inbox.take().unwrap().len(), 1);
    }

    #[test]
    fn a_blocked_caller_goes_on_when_there_is_room_and_gives_up_when_closed() {
        let inbox = Arc::new(Inbox::default());
        inbox.push(intake(MAX_BYTES), Wait::Refuse).unwrap();
        let blocked = std::thread::spawn({
            let inbox = Arc::clone(&inbox);
            move || {
                (
                    inbox.push(intake(MAX_BYTES), Wait::Block),
                    inbox.push(intake(1), Wait::Block),
                )
            }
        });
        assert_eq!(inbox.take().unwrap().len(), 1);
        std::thread::sleep(std::time::Duration::from_millis(20));
        inbox.close();
        assert_eq!(blocked.join().unwrap(), (Ok(()), Err(Refused::Closed)));
        assert_eq!(inbox.take().unwrap().len(), 1, "what waited is still served");
        assert!(inbox.take().is_none());
    }
}
