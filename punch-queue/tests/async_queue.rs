//! The handle for tasks: the same queue, with Busy instead of blocking.

#![cfg(feature = "tokio")]
#![allow(missing_docs, reason = "tests")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on must fail"
)]

mod common;

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use common::{NOW_MS, Place, TTL, batch, is_accepted, numbers};
use punchclock_queue::{
    AsyncQueue, Batch, Config, CursorUpdate, DeadLetter, Error, MonotonicClock, NewQuarantine, Outcome,
    Queue, Reader, Recovery,
};

#[test]
fn handles_can_be_sent_and_shared() {
    fn sent_and_shared<T: Send + Sync + Clone + std::fmt::Debug + 'static>() {}
    fn sent<T: Send + 'static>() {}
    sent_and_shared::<Queue>();
    sent_and_shared::<AsyncQueue>();
    sent_and_shared::<Error>();
    sent::<Reader>();
}

#[tokio::test]
async fn the_whole_way_of_an_event() {
    let place = Place::new();
    let queue = AsyncQueue::open(&place.file, Config::default()).await.unwrap();
    assert_eq!(queue.recovery(), Recovery::Created);
    let upload = batch([1, 2, 3, 1])
        .with_cursor(CursorUpdate::new("T1", *b"3"))
        .with_quarantine(vec![NewQuarantine::new("T1", NOW_MS, "no tab", *b"raw")]);
    let outcomes = queue.enqueue(upload).await.unwrap();
    assert_eq!(outcomes.iter().filter(|outcome| is_accepted(outcome)).count(), 3);
    let lease = queue.lease(10, usize::MAX, TTL).await.unwrap();
    let seqs = lease.seqs();
    assert_eq!(queue.ack(vec![seqs[0]], NOW_MS).await.unwrap().settled, 1);
    assert_eq!(queue.nack(lease.id, vec![seqs[1]]).await.unwrap().settled, 1);
    assert_eq!(
        queue
            .dead(vec![DeadLetter::new(seqs[2], "schema", "no")], NOW_MS)
            .await
            .unwrap()
            .settled,
        1
    );
    let stats = queue.stats().await.unwrap();
    assert_eq!(
        (stats.pending, stats.dead, stats.seen, stats.leased),
        (1, 1, 3, 0)
    );
    assert_eq!(queue.dead_list(None, 10).await.unwrap()[0].code, "schema");
    let kept = queue.quarantine_list(None, 10).await.unwrap().remove(0);
    assert_eq!(queue.quarantine_raw(kept.id).await.unwrap().unwrap(), b"raw");
    assert_eq!(queue.cursor("T1").await.unwrap().unwrap(), b"3");
    assert!(queue.health().can_commit());
    let clone = queue.clone();
    queue.close().await.unwrap();
    assert!(matches!(clone.stats().await, Err(Error::Closed { .. })));

    let queue = AsyncQueue::open(&place.file, Config::default()).await.unwrap();
    assert_eq!(queue.recovery(), Recovery::Clean);
    assert!(matches!(
        AsyncQueue::open(&place.file, Config::default()).await,
        Err(Error::Locked { .. })
    ));
    assert_eq!(
        numbers(&queue.lease(10, usize::MAX, TTL).await.unwrap().events),
        [2]
    );
}

/// A clock that stops whoever reads it, and with it the writer, until it is let go.
#[derive(Debug, Default)]
struct Gate {
    closed: Mutex<bool>,
    opened: Condvar,
}

impl Gate {
    fn set(&self, closed: bool) {
        *self.closed.lock().unwrap() = closed;
        self.opened.notify_all();
    }
}

impl MonotonicClock for Gate {
    fn now(&self) -> Duration {
        let mut closed = self.closed.lock().unwrap();
        while *closed {
            closed = self.opened.wait(closed).unwrap();
        }
        Duration::ZERO
    }
}

#[tokio::test]
async fn a_writer_that_does_not_keep_up_answers_busy_and_loses_nothing() {
    let (place, gate) = (Place::new(), Arc::new(Gate::default()));
    let queue = AsyncQueue::open(&place.file, Config::default().clock(Arc::clone(&gate) as _))
        .await
        .unwrap();
    gate.set(true);
    let mut waiting = Vec::new();
    let busy = loop {
        let mut call = Box::pin({
            let (queue, n) = (queue.clone(), u64::try_from(waiting.len()).unwrap());
            async move { queue.enqueue(batch([n])).await }
        });
        // One poll hands the batch to the writer, or is told at once that there is no room.
        match futures_poll(call.as_mut()).await {
            None => waiting.push(call),
            Some(answer) => break answer.unwrap_err(),
        }
        assert!(waiting.len() < 5_000, "the queue takes without end");
    };
    assert!(matches!(busy, Error::Busy) && busy.is_temporary() && !busy.needs_reopen());
    // An acknowledgement finds room where a punch does not.
    let ack = tokio::spawn({
        let queue = queue.clone();
        async move { queue.ack(vec![], NOW_MS).await }
    });
    tokio::task::yield_now().await;
    // A caller that gives up takes back the question, not the work.
    drop(waiting.pop());
    gate.set(false);
    let expected = waiting.len() + 1;
    for call in waiting {
        assert!(is_accepted(&call.await.unwrap()[0]));
    }
    ack.await.unwrap().unwrap();
    assert_eq!(
        queue.stats().await.unwrap().pending,
        u64::try_from(expected).unwrap()
    );
}

/// Polls once.
async fn futures_poll<F: Future>(mut future: std::pin::Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match future.as_mut().poll(context) {
            std::task::Poll::Ready(output) => Some(output),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_tasks_share_commits() {
    let place = Place::new();
    let queue = AsyncQueue::open(&place.file, Config::default()).await.unwrap();
    let tasks: Vec<_> = (0..64_u64)
        .map(|task| {
            let queue = queue.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    assert!(is_accepted(
                        &queue.enqueue(batch([task * 100 + round])).await.unwrap()[0]
                    ));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let stats = queue.stats().await.unwrap();
    assert_eq!(stats.pending, 1_280);
    assert!(stats.commits * 2 < 1_280, "{} commits", stats.commits);
    assert_eq!(queue.enqueue(Batch::default()).await.unwrap(), [] as [Outcome; 0]);
}
