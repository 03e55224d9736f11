//! How much of everything a server takes.

use std::time::Duration;

/// Limits of a server. What passes one is refused in a way that makes the terminal keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "plain limits, to be written out by the caller"
)]
pub struct Limits {
    /// Largest body in bytes, before and after inflating; photographs, which are streamed, excepted.
    pub body: usize,
    /// Bytes of all bodies in memory at once. Terminals come back in crowds after an outage.
    pub memory: usize,
    /// Largest photograph in bytes.
    pub photo: u64,
    /// How long a body may take from its first byte to its last: an end to clients that trickle.
    pub body_deadline: Duration,
    /// How long a head may take.
    pub head_deadline: Duration,
    /// Connections at once.
    pub connections: usize,
}

impl Default for Limits {
    /// 16 MiB a body, 48 MiB together, 64 MiB a photograph, 120 s a body, 10 s a head, 256 connections.
    fn default() -> Self {
        Self {
            body: 16 << 20,
            memory: 48 << 20,
            photo: 64 << 20,
            body_deadline: Duration::from_secs(120),
            head_deadline: Duration::from_secs(10),
            connections: 256,
        }
    }
}
