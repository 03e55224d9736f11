//! The commands of many terminals.

use std::collections::BTreeMap;

use super::queue::{CommandQueue, QueuePolicy};
use crate::serial::Serial;

/// One queue a terminal, made when it is first asked for. Ask only for terminals that are known: each costs memory.
#[derive(Debug, Clone, Default)]
pub struct CommandQueues {
    policy: QueuePolicy,
    queues: BTreeMap<Serial, CommandQueue>,
}

impl CommandQueues {
    /// No queues yet; all of them will have this policy.
    #[must_use]
    pub const fn new(policy: QueuePolicy) -> Self {
        Self {
            policy,
            queues: BTreeMap::new(),
        }
    }

    /// The queue of a terminal.
    pub fn of(&mut self, serial: &Serial) -> &mut CommandQueue {
        let policy = self.policy;
        self.queues
            .entry(serial.clone())
            .or_insert_with(|| CommandQueue::new(policy))
    }

    /// Puts a queue back that was kept elsewhere.
    pub fn put(&mut self, serial: Serial, queue: CommandQueue) {
        self.queues.insert(serial, queue);
    }

    /// All queues.
    pub fn iter(&self) -> impl Iterator<Item = (&Serial, &CommandQueue)> {
        self.queues.iter()
    }
}
