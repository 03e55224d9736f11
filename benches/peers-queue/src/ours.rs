//! `punchclock-queue`, as the edge uses it.

use std::path::Path;
use std::time::Duration;

use punchclock_benches::{input, run::time};
use punchclock_queue::{Batch, Config, NewEvent, Queue};

pub struct Ours {
    queue: Queue,
    made: usize,
}

impl Ours {
    pub fn open(folder: &Path) -> Self {
        Self {
            queue: Queue::open(folder.join("queue.db"), Config::new()).unwrap(),
            made: 0,
        }
    }

    fn enqueue(&self, batches: Vec<Vec<NewEvent>>) -> Duration {
        let mut batches = Some(batches);
        time(&mut || {
            for events in batches.take().unwrap() {
                self.queue.enqueue(Batch::new(events)).unwrap();
            }
        })
    }
}

impl crate::side::Side for Ours {
    fn new_events(&mut self, count: usize, a_commit: usize) -> Duration {
        let events = input::events(self.made, count);
        self.made += count;
        self.enqueue(events.chunks(a_commit).map(<[NewEvent]>::to_vec).collect())
    }

    fn known_events(&mut self, count: usize) -> Duration {
        self.enqueue(
            input::events(0, count)
                .chunks(100)
                .map(<[NewEvent]>::to_vec)
                .collect(),
        )
    }

    fn drain(&mut self, count: usize) -> Duration {
        time(&mut || {
            let mut left = count;
            while left > 0 {
                let lease = self
                    .queue
                    .lease(left.min(100), usize::MAX, Duration::from_secs(3_600))
                    .unwrap();
                left -= lease.events.len();
                self.queue.ack(lease.seqs(), 1_772_434_800_000).unwrap();
            }
        })
    }
}
