//! The one thread that writes: it takes what waits, commits it together, then answers.

use std::sync::Arc;

use crate::Error;
use crate::engine::Engine;
use crate::health::HealthCell;
use crate::inbox::Inbox;
use crate::job::{Change, Reply, Work};

pub(crate) fn run(mut engine: Engine, inbox: &Arc<Inbox>, health: &Arc<HealthCell>) {
    let _ending = Ending { inbox, health };
    while let Some(requests) = inbox.take() {
        health.begin();
        let mut changes = Vec::with_capacity(requests.len());
        let mut reads = Vec::new();
        let mut closing: Option<Reply<()>> = None;
        for request in requests {
            match request.work {
                Work::Change(change) => changes.push(change),
                Work::Read(read) => reads.push(read),
                Work::Close(reply) => closing = Some(reply),
            }
        }
        commit(&mut engine, changes, health);
        for read in reads {
            read(&mut engine);
        }
        health.end(engine.is_poisoned());
        if let Some(reply) = closing {
            inbox.abandon();
            let result = engine.close();
            health.closed();
            reply(result);
            return;
        }
    }
    if let Err(error) = engine.close() {
        tracing::warn!(%error, "the queue was not closed in order; what was acknowledged is safe");
    }
}

/// One commit for all, or, if that fails, one for each: a change that cannot be made must not take others with it, and a full
/// disk that refuses new events may still take acknowledgements.
fn commit(engine: &mut Engine, mut changes: Vec<Box<dyn Change>>, health: &HealthCell) {
    if changes.is_empty() {
        return;
    }
    match transact(engine, &mut changes, health) {
        Ok(()) => changes.into_iter().for_each(|change| change.answer(Ok(()))),
        Err(error) if changes.len() == 1 || error.needs_reopen() || engine.is_poisoned() => {
            for change in changes {
                change.answer(Err(error.clone()));
            }
        }
        Err(_) => {
            for mut change in changes {
                let committed = transact(engine, std::slice::from_mut(&mut change), health);
                change.answer(committed);
            }
        }
    }
}

fn transact(engine: &mut Engine, changes: &mut [Box<dyn Change>], health: &HealthCell) -> Result<(), Error> {
    let settling = changes.iter().all(|change| !change.is_intake());
    let mut commit = |engine: &mut Engine| {
        engine.transact(|tx| changes.iter_mut().try_for_each(|change| change.apply(tx)))
    };
    let mut result = commit(engine);
    // A full disk must not keep a queue from draining. New events wait for somebody to make room.
    if settling && matches!(&result, Err(error) if error.is_full()) && engine.throw_off_ballast() {
        result = commit(engine);
    }
    match &result {
        Ok(((), wrote)) => {
            if *wrote {
                health.committed();
            }
        }
        Err(error) => health.failed(error),
    }
    result.map(drop)
}

/// Runs however the thread ends, by a panic too: nobody is left waiting, and nobody believes the queue still works.
struct Ending<'a> {
    inbox: &'a Inbox,
    health: &'a HealthCell,
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.inbox.abandon();
        self.health.closed();
    }
}
