//! Tasks that run as long as the edge does, and how it notices that one does not.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Tasks that end together, and only when told to.
#[derive(Debug)]
pub(crate) struct Tasks {
    pub(crate) stop: CancellationToken,
    running: TaskTracker,
    fell: Arc<AtomicBool>,
}

/// Notices that a task ended without being told to, also by a panic.
struct Sentinel {
    name: &'static str,
    stop: CancellationToken,
    fell: Arc<AtomicBool>,
}

impl Drop for Sentinel {
    fn drop(&mut self) {
        if !self.stop.is_cancelled() {
            tracing::error!(task = self.name, "a task ended that must not");
            self.fell.store(true, Ordering::Relaxed);
        }
    }
}

impl Tasks {
    pub(crate) fn new(fell: &Arc<AtomicBool>) -> Self {
        Self {
            stop: CancellationToken::new(),
            running: TaskTracker::new(),
            fell: Arc::clone(fell),
        }
    }

    pub(crate) fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let sentinel = Sentinel {
            name,
            stop: self.stop.clone(),
            fell: Arc::clone(&self.fell),
        };
        self.running.spawn(async move {
            let _sentinel = sentinel;
            task.await;
        });
    }

    pub(crate) async fn end(&self, within: Duration, what: &str) {
        self.stop.cancel();
        self.running.close();
        if tokio::time::timeout(within, self.running.wait()).await.is_err() {
            tracing::warn!(what, "did not end in time; nothing acknowledged depends on it");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_ends_early_is_noticed_and_one_that_is_stopped_is_not() {
        let fell = Arc::default();
        let tasks = Tasks::new(&fell);
        let stop = tasks.stop.clone();
        tasks.spawn("good", async move { stop.cancelled().await });
        tasks.end(Duration::from_secs(5), "the test").await;
        assert!(!fell.load(Ordering::Relaxed));
        let tasks = Tasks::new(&fell);
        tasks.spawn("short", async {});
        tasks.running.close();
        tasks.running.wait().await;
        assert!(fell.load(Ordering::Relaxed));
    }
}
