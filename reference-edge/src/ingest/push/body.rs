//! Reading the body of an upload, whatever its size and speed, without ever holding more than the edge can afford.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use hyper::body::Body as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The largest body kept; past it only its digest is (architecture, "Size").
pub(super) const MOST: usize = 16 << 20;
/// All bodies together, in KiB: a Raspberry Pi has little memory, and terminals come back in crowds after an outage.
const BUDGET_KIB: usize = 48 << 10;
/// The longest a body may take: 16 MiB over a slow link, and an end to a trickling client.
const DEADLINE: Duration = Duration::from_secs(120);

/// What arrived.
#[derive(Debug)]
pub(super) enum Received {
    /// The whole body, and its share of the budget, to be held as long as the body is.
    Whole(
        Bytes,
        #[allow(dead_code, reason = "held for its drop; only tests read it")] Share,
    ),
    /// More than [`MOST`]: only counted and digested.
    TooLarge {
        /// Bytes in all.
        length: u64,
        /// SHA-256 of all of them.
        digest: [u8; 32],
    },
    /// The connection ended, or the deadline passed, before the announced end: nothing may be acknowledged.
    CutOff,
    /// Too many bodies at once: the terminal keeps it and comes again.
    Busy,
}

/// A share of the budget, given back when dropped.
#[derive(Debug)]
pub(super) struct Share(
    #[expect(dead_code, reason = "held for its drop, not read")] Vec<OwnedSemaphorePermit>,
);

/// The memory that all bodies share.
#[derive(Debug, Clone)]
pub(super) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(BUDGET_KIB)))
    }

    /// Reads a body to its end.
    pub(super) async fn read(&self, body: Body) -> Received {
        tokio::time::timeout(DEADLINE, self.read_all(body))
            .await
            .unwrap_or(Received::CutOff)
    }

    async fn read_all(&self, mut body: Body) -> Received {
        let mut kept = BytesMut::new();
        let mut held = Vec::new();
        let mut length = 0_u64;
        // Only built when the limit is passed: hashing every heartbeat would be waste.
        let mut digest: Option<Sha256> = None;
        loop {
            let frame =
                std::future::poll_fn(|context| std::pin::Pin::new(&mut body).poll_frame(context)).await;
            let data = match frame {
                None => break,
                Some(Err(_)) => return Received::CutOff,
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => data,
                    Err(_trailers) => continue,
                },
            };
            length = length.saturating_add(u64::try_from(data.len()).unwrap_or(u64::MAX));
            if let Some(digest) = &mut digest {
                digest.update(&data);
                continue;
            }
            if kept.len().saturating_add(data.len()) > MOST {
                let mut started = Sha256::new();
                started.update(&kept);
                started.update(&data);
                digest = Some(started);
                kept = BytesMut::new();
                held.clear();
                continue;
            }
            let kib = u32::try_from(data.len().div_ceil(1024)).unwrap_or(u32::MAX);
            match Arc::clone(&self.0).try_acquire_many_owned(kib) {
                Ok(permit) => held.push(permit),
                Err(_) => return Received::Busy,
            }
            kept.extend_from_slice(&data);
        }
        match digest {
            None => Received::Whole(kept.freeze(), Share(held)),
            Some(digest) => Received::TooLarge {
                length,
                digest: digest.finalize().into(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_past_the_limit_is_digested_and_frees_its_memory() {
        let budget = Budget::new();
        let bytes = vec![7_u8; MOST + 1];
        let expected: [u8; 32] = Sha256::digest(&bytes).into();
        let Received::TooLarge { length, digest } = budget.read(Body::from(bytes)).await else {
            panic!("kept")
        };
        assert_eq!((length, digest), ((MOST + 1) as u64, expected));
        assert_eq!(budget.0.available_permits(), BUDGET_KIB);
    }

    #[tokio::test]
    async fn bodies_share_a_budget() {
        let budget = Budget::new();
        let mut held = Vec::new();
        for _ in 0..3 {
            match budget.read(Body::from(vec![0_u8; MOST])).await {
                Received::Whole(_, permits) => held.push(permits),
                other => panic!("{other:?}"),
            }
        }
        assert!(matches!(
            budget.read(Body::from(vec![0_u8; 2048])).await,
            Received::Busy
        ));
        held.clear();
        assert!(matches!(
            budget.read(Body::from(vec![0_u8; 2048])).await,
            Received::Whole(..)
        ));
    }
}
