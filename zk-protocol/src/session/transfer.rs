//! One bulk read, in every form terminals answer it.
//!
//! | the request is answered with | then |
//! |---|---|
//! | `DATA` | that is the whole body (or its beginning, the body says how long it is) |
//! | `PREPARE_DATA`, `DATA`…, `ACK_OK` | the same, announced first |
//! | `ACK_OK` with a size | pieces are fetched with `READ_BUFFER`, each answered in one of the two ways above |
//! | `ACK_OK` without data | the table is empty |
//!
//! The closing `ACK_OK` may be late or missing, so nothing waits for it: a piece is complete when its bytes are there. A piece that comes
//! shorter than asked for, unannounced, looks just like one whose rest is on its way; when nothing more comes, the rest is asked for
//! again, once.

use bytes::Bytes;

use crate::error::{Error, Interruption};
use crate::frame::Frame;
use crate::wire::{ChunkRequest, Command, Prepare, bulk};

/// What to do after a reply.
#[derive(Debug)]
pub(super) enum Step {
    /// Wait for more.
    Wait,
    /// Send the next request.
    Send(Command, Bytes),
    /// All of it arrived.
    Done,
    /// It failed.
    Fail(Error),
}

/// What an interruption hits.
#[derive(Debug)]
pub(super) enum Interrupted {
    /// Nothing was announced yet.
    BeforeTheStart,
    /// Announced bytes are missing.
    Short(Error),
    /// Everything is there already.
    AfterTheEnd,
}

/// Where a read stands.
#[derive(Debug)]
pub(super) struct Transfer {
    command: Command,
    buffered: bool,
    chunk_size: u32,
    limit: u32,
    phase: Phase,
    /// Bytes of the body the terminal announced.
    announced: Option<u64>,
    /// Bytes of the body that arrived.
    got: u64,
}

#[derive(Debug)]
enum Phase {
    /// The first request is not answered yet.
    Asked,
    /// Data answers the first request itself.
    Streaming,
    /// Data answers a `READ_BUFFER`.
    Chunk {
        want: u64,
        got: u64,
        prepared: bool,
        /// This is the rest of a piece that was asked for before.
        again: bool,
    },
    /// Everything is there, the read buffer is being dropped.
    Freeing,
}

impl Transfer {
    pub(super) fn new(command: Command, buffered: bool, chunk_size: u32, limit: u32) -> Self {
        Self {
            command,
            buffered,
            chunk_size,
            limit,
            phase: Phase::Asked,
            announced: None,
            got: 0,
        }
    }

    /// Bytes that arrived.
    pub(super) fn received(&self) -> u64 {
        self.got
    }

    /// Takes a reply; data to pass on is put into `data`.
    pub(super) fn handle(&mut self, frame: Frame, data: &mut Option<Bytes>) -> Step {
        match (frame.header.command, &mut self.phase) {
            (_, Phase::Freeing) => Step::Done,
            (Command::DATA | Command::ACK_DATA, _) => {
                let step = self.take(&frame.data);
                *data = Some(frame.data);
                step
            }
            (Command::PREPARE_DATA, _) => self.prepare(&frame.data),
            (Command::ACK_OK, Phase::Asked) => self.accepted(frame.data, data),
            (
                Command::ACK_OK,
                Phase::Chunk {
                    got, prepared: false, ..
                },
            ) if *got > 0 => self.next_chunk(),
            (Command::ACK_OK, _) => self.short(Interruption::EndedEarly),
            (Command::ACK_RETRY, Phase::Asked) => Step::Fail(Error::Busy {
                command: self.command,
            }),
            (Command::ACK_NO_BUFFER, Phase::Asked) => Step::Fail(Error::BufferUnavailable),
            (reply, Phase::Asked) => Step::Fail(Error::Refused {
                command: self.command,
                reply,
            }),
            (reply, _) => self.short(Interruption::Refused(reply)),
        }
    }

    /// What it means for the read that the connection closed or nothing came for too long.
    pub(super) fn interrupt(&self, cause: Interruption) -> Interrupted {
        match (&self.phase, self.announced) {
            (Phase::Freeing, _) => Interrupted::AfterTheEnd,
            (_, Some(expected)) => Interrupted::Short(Error::ShortTransfer {
                expected,
                got: self.got,
                cause,
            }),
            (_, None) => Interrupted::BeforeTheStart,
        }
    }

    /// The request for the rest of a piece of which only a part came, without a word that there is more to come or not.
    ///
    /// Reading is idempotent, and the answers to the request before are known by its reply id, should they come after all.
    pub(super) fn ask_again(&mut self) -> Option<(Command, Bytes)> {
        match self.phase {
            Phase::Chunk {
                want,
                got,
                prepared: false,
                again: false,
            } if got > 0 => Some(self.ask(want.saturating_sub(got), true)),
            _ => None,
        }
    }

    /// Whether the terminal holds a read buffer for us.
    pub(super) fn holds_buffer(&self) -> bool {
        self.buffered && matches!(self.phase, Phase::Chunk { .. } | Phase::Streaming)
    }

    fn take(&mut self, piece: &Bytes) -> Step {
        let length = piece.len() as u64;
        if matches!(self.phase, Phase::Asked) {
            // A body tells its own length first; other items (one template, a photo) come whole.
            let own = if self.buffered {
                bulk::split_body(piece).map(|(size, _)| u64::from(size) + 4)
            } else {
                None
            };
            let expected = own.unwrap_or(length).max(length);
            if let Err(error) = self.announce(expected) {
                return Step::Fail(error);
            }
            self.phase = Phase::Streaming;
        }
        self.got += length;
        match &mut self.phase {
            Phase::Chunk { want, got, .. } => {
                *got += length;
                match (*got).cmp(want) {
                    std::cmp::Ordering::Less => Step::Wait,
                    std::cmp::Ordering::Equal => self.next_chunk(),
                    std::cmp::Ordering::Greater => self.long(),
                }
            }
            _ => match self.announced {
                Some(expected) if self.got == expected => self.complete(),
                Some(expected) if self.got > expected => self.long(),
                _ => Step::Wait,
            },
        }
    }

    fn prepare(&mut self, data: &Bytes) -> Step {
        let Some(Prepare { size, .. }) = Prepare::decode(data) else {
            return Step::Fail(Error::ShortReply {
                command: self.command,
                needed: 4,
                got: data.len(),
            });
        };
        match &mut self.phase {
            Phase::Asked => {
                if let Err(error) = self.announce(u64::from(size)) {
                    return Step::Fail(error);
                }
                self.phase = Phase::Streaming;
                if size == 0 { self.complete() } else { Step::Wait }
            }
            Phase::Chunk {
                want,
                got: 0,
                prepared,
                ..
            } if !*prepared => {
                if u64::from(size) > *want {
                    return Step::Fail(Error::LongTransfer {
                        expected: *want,
                        got: u64::from(size),
                    });
                }
                *want = u64::from(size);
                *prepared = true;
                if size == 0 {
                    self.short(Interruption::EndedEarly)
                } else {
                    Step::Wait
                }
            }
            _ => Step::Fail(Error::UnexpectedReply {
                command: self.command,
                reply: Command::PREPARE_DATA,
            }),
        }
    }

    fn accepted(&mut self, reply: Bytes, data: &mut Option<Bytes>) -> Step {
        if reply.is_empty() {
            return Step::Done;
        }
        if !self.buffered {
            self.got = reply.len() as u64;
            *data = Some(reply);
            return Step::Done;
        }
        let Some(size) = bulk::buffer_size_within(&reply, self.limit) else {
            return Step::Fail(Error::ShortReply {
                command: self.command,
                needed: 5,
                got: reply.len(),
            });
        };
        match self.announce(u64::from(size)) {
            Ok(()) => self.next_chunk(),
            Err(error) => Step::Fail(error),
        }
    }

    fn announce(&mut self, bytes: u64) -> Result<(), Error> {
        let limit = u64::from(self.limit);
        if bytes > limit {
            return Err(Error::TransferTooLarge {
                announced: bytes,
                limit,
            });
        }
        self.announced = Some(bytes);
        Ok(())
    }

    fn next_chunk(&mut self) -> Step {
        let left = self.announced.unwrap_or(0).saturating_sub(self.got);
        if left == 0 {
            return self.complete();
        }
        let (command, data) = self.ask(left.min(u64::from(self.chunk_size)), false);
        Step::Send(command, data)
    }

    fn ask(&mut self, want: u64, again: bool) -> (Command, Bytes) {
        self.phase = Phase::Chunk {
            want,
            got: 0,
            prepared: false,
            again,
        };
        // Both are at most the limit, a u32.
        let offset = u32::try_from(self.got).unwrap_or(u32::MAX);
        let length = u32::try_from(want).unwrap_or(u32::MAX);
        (Command::READ_BUFFER, ChunkRequest::new(offset, length).encode())
    }

    fn complete(&mut self) -> Step {
        if !self.buffered {
            return Step::Done;
        }
        self.phase = Phase::Freeing;
        Step::Send(Command::FREE_DATA, Bytes::new())
    }

    fn short(&self, cause: Interruption) -> Step {
        Step::Fail(Error::ShortTransfer {
            expected: self.announced.unwrap_or(self.got),
            got: self.got,
            cause,
        })
    }

    fn long(&self) -> Step {
        Step::Fail(Error::LongTransfer {
            expected: self.announced.unwrap_or(0),
            got: self.got,
        })
    }
}
