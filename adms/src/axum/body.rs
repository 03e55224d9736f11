//! Reading a body within limits: whole where it is parsed, piece by piece where it is a photograph.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use ::axum::body::{Body, Bytes, HttpBody as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::handler::{Batch, NotStored};
use super::limits::Limits;
use crate::photo;
use crate::serial::Serial;
use crate::table::Table;

/// A body that did not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// It ended early, or took too long: nothing may be acknowledged.
    Short,
    /// It is larger than will ever be taken: so many bytes, all of which came.
    TooLarge(u64),
    /// Too many at once.
    Busy,
}

/// The memory that all bodies share, counted in KiB.
#[derive(Debug, Clone)]
pub(super) struct Memory(Arc<Semaphore>);

/// A body in memory, and its share of the memory, given back when dropped.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Vec<u8>,
    shares: Vec<OwnedSemaphorePermit>,
}

impl Memory {
    pub(super) fn new(limits: &Limits) -> Self {
        let kib = limits.memory.div_ceil(1024).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(kib)))
    }

    /// Reads a body to its end.
    pub(super) async fn read(&self, body: Body, limits: &Limits) -> Result<Held, Missing> {
        let mut pieces = Pieces::new(body, limits.body_deadline);
        let mut held = Held {
            bytes: Vec::new(),
            shares: Vec::new(),
        };
        let mut length = 0_u64;
        while let Some(piece) = pieces.next().await? {
            length = length.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
            if length > u64::try_from(limits.body).unwrap_or(u64::MAX) {
                // Read to its end all the same: whoever is interrupted while sending does not see the reply.
                drop(held);
                while let Some(piece) = pieces.next().await? {
                    length = length.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
                }
                return Err(Missing::TooLarge(length));
            }
            let kib = u32::try_from(piece.len().div_ceil(1024)).unwrap_or(u32::MAX);
            let share = Arc::clone(&self.0).try_acquire_many_owned(kib);
            held.shares.push(share.map_err(|_| Missing::Busy)?);
            held.bytes.extend_from_slice(&piece);
        }
        Ok(held)
    }
}

/// The pieces of a body, until a deadline.
#[derive(Debug)]
struct Pieces {
    body: Body,
    deadline: Instant,
}

impl Pieces {
    fn new(body: Body, within: Duration) -> Self {
        let now = Instant::now();
        Self {
            body,
            deadline: now.checked_add(within).unwrap_or(now),
        }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, Missing> {
        loop {
            let body = &mut self.body;
            let frame = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
            match tokio::time::timeout_at(self.deadline, frame).await {
                Err(_) | Ok(Some(Err(_))) => return Err(Missing::Short),
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => {
                    // Trailers are no data; no terminal sends any.
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// A photograph as it arrives: no more of it is in memory than what the socket gave last.
#[derive(Debug)]
pub struct PhotoBody<'a> {
    serial: &'a Serial,
    stamp: Option<&'a str>,
    pieces: Pieces,
    reader: photo::Reader,
    left: u64,
    ended: bool,
}

impl<'a> PhotoBody<'a> {
    pub(super) fn new(serial: &'a Serial, stamp: Option<&'a str>, body: Body, limits: &Limits) -> Self {
        Self {
            serial,
            stamp,
            pieces: Pieces::new(body, limits.body_deadline),
            reader: photo::Reader::new(),
            left: limits.photo,
            ended: false,
        }
    }

    /// Who sent it.
    #[must_use]
    pub const fn serial(&self) -> &'a Serial {
        self.serial
    }

    /// What stands in front of the picture, after the first piece of it.
    #[must_use]
    pub const fn header(&self) -> Option<&photo::PhotoHeader> {
        self.reader.header()
    }

    /// The next piece of the picture; `None` at its end.
    ///
    /// Cancel safe: a piece that was not returned is not lost.
    ///
    /// # Errors
    ///
    /// [`NotStored`] when the body ended early, took too long, is too large, or is no photograph.
    pub async fn next(&mut self) -> Result<Option<Bytes>, NotStored> {
        loop {
            let Some(piece) = self.pieces.next().await.map_err(|_| NotStored)? else {
                self.ended = true;
                return Ok(None);
            };
            let length = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(length).ok_or(NotStored)?;
            let image = self.reader.feed(&piece).map_err(|_| NotStored)?;
            if !image.is_empty() {
                return Ok(Some(piece.slice_ref(image)));
            }
        }
    }

    /// The batch of this photograph, once its end has come.
    ///
    /// # Errors
    ///
    /// [`NotStored`] before [`next`](Self::next) has returned `None`, or when it was no photograph.
    pub fn end(self) -> Result<Batch<'a>, NotStored> {
        if !self.ended {
            return Err(NotStored);
        }
        Ok(Batch {
            serial: self.serial,
            table: Table::AttPhoto,
            stamp: self.stamp,
            command_id: None,
            body: &[],
            photo: Some(self.reader.finish().map_err(|_| NotStored)?),
        })
    }
}
