//! One thing asked of the writer, and the way back to who asked.

use std::fmt;

use crate::Error;
use crate::engine::{Engine, Tx};

/// Where an answer goes. Dropped without a call, the asker learns that the queue is closed.
pub(crate) type Reply<T> = Box<dyn FnOnce(Result<T, Error>) + Send>;

/// A change that shares a commit with others. It may run twice: a group that fails is tried again one by one.
pub(crate) trait Change: Send {
    /// Makes the change inside the transaction.
    fn apply(&mut self, tx: &mut Tx<'_>) -> rusqlite::Result<()>;
    /// Whether it brings new events, which a full disk refuses.
    fn is_intake(&self) -> bool;
    /// Answers, once the transaction is committed or has failed.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

/// What a request wants done.
pub(crate) enum Work {
    Change(Box<dyn Change>),
    Read(Box<dyn FnOnce(&mut Engine) + Send>),
    Close(Reply<()>),
}

/// A request with what it weighs.
pub(crate) struct Request {
    pub(crate) work: Work,
    pub(crate) bytes: usize,
    pub(crate) events: usize,
    intake: bool,
}

impl Request {
    /// New events.
    pub(crate) const fn intake(bytes: usize, events: usize, change: Box<dyn Change>) -> Self {
        Self {
            work: Work::Change(change),
            bytes,
            events,
            intake: true,
        }
    }

    /// Anything else.
    pub(crate) const fn control(work: Work) -> Self {
        Self {
            work,
            bytes: 0,
            events: 1,
            intake: false,
        }
    }

    pub(crate) const fn is_intake(&self) -> bool {
        self.intake
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bytes,
            events,
            intake,
            work: _,
        } = self;
        write!(
            f,
            "Request {{ bytes: {bytes}, events: {events}, intake: {intake} }}"
        )
    }
}

/// A [`Change`] made of a function and the reply that waits for its result.
struct Task<T, F> {
    intake: bool,
    make: F,
    made: Option<T>,
    reply: Reply<T>,
}

/// Packs a function that changes the queue and the reply for its result.
pub(crate) fn change<T, F>(make: F, reply: Reply<T>) -> Box<dyn Change>
where
    T: Send + 'static,
    F: FnMut(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
{
    Box::new(Task {
        intake: false,
        make,
        made: None,
        reply,
    })
}

/// Packs a function that stores new events.
pub(crate) fn intake<T, F>(make: F, reply: Reply<T>) -> Box<dyn Change>
where
    T: Send + 'static,
    F: FnMut(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
{
    Box::new(Task {
        intake: true,
        make,
        made: None,
        reply,
    })
}

impl<T, F> Change for Task<T, F>
where
    T: Send,
    F: FnMut(&mut Tx<'_>) -> rusqlite::Result<T> + Send,
{
    fn apply(&mut self, tx: &mut Tx<'_>) -> rusqlite::Result<()> {
        self.made = Some((self.make)(tx)?);
        Ok(())
    }

    fn is_intake(&self) -> bool {
        self.intake
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let Self { made, reply, .. } = *self;
        match (committed, made) {
            (Ok(()), Some(made)) => reply(Ok(made)),
            (Err(error), _) => reply(Err(error)),
            // Committed without having been applied cannot be; dropping the reply says "closed" rather than "done".
            (Ok(()), None) => drop(reply),
        }
    }
}

#[cfg(test)]
pub(crate) fn reply_to_nobody() -> Box<dyn Change> {
    change(|_| Ok(()), Box::new(|_| {}))
}
