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
//!
//! Over UDP anything may be lost, doubled or overtaken, the closing `ACK_OK` too. There a piece is kept until all of it is there, in
//! whatever order; when nothing more comes it is asked for again, in half the size, as often as the settings say. An empty table looks like
//! an answer of which only the closing `ACK_OK` came, so it must be said three times.

use bytes::Bytes;

use super::config::{SessionConfig, Transport};
use super::pieces::Pieces;
use crate::error::{Error, Interruption};
use crate::frame::Frame;
use crate::wire::{ChunkRequest, Command, Prepare, bulk};

/// The smallest piece asked for again: one datagram.
const SMALLEST_CHUNK: u32 = 1024;

/// How often a table must be said to be empty over UDP, where the acknowledgement that closes an answer may be all that came of it.
const EMPTY_ANSWERS: u8 = 3;

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
    /// The data of the first request, to send it again.
    request: Bytes,
    buffered: bool,
    transport: Transport,
    chunk_size: u32,
    limit: u32,
    phase: Phase,
    /// Bytes of the body the terminal announced.
    announced: Option<u64>,
    /// Bytes of the body that were passed on.
    got: u64,
    /// What came out of order and is not passed on yet.
    pieces: Pieces,
    /// The announcement is to be told.
    tell: bool,
    /// How often the answer was an acknowledgement and nothing else.
    empty: u8,
    /// Data came late, for an answer that was given up: whatever the acknowledgements say, the table is not empty.
    late_data: bool,
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
    pub(super) fn new(command: Command, request: Bytes, buffered: bool, config: &SessionConfig) -> Self {
        Self {
            command,
            request,
            buffered,
            transport: config.transport,
            chunk_size: config.piece_size(),
            limit: config.max_transfer,
            phase: Phase::Asked,
            announced: None,
            got: 0,
            pieces: Pieces::default(),
            tell: false,
            empty: 0,
            late_data: false,
        }
    }

    /// Bytes that arrived and were passed on.
    pub(super) fn received(&self) -> u64 {
        self.got
    }

    /// The announced length, once.
    pub(super) fn take_announcement(&mut self) -> Option<u64> {
        std::mem::take(&mut self.tell).then_some(self.announced).flatten()
    }

    /// Takes a reply; data to pass on is added to `data`.
    pub(super) fn handle(&mut self, frame: Frame, data: &mut Vec<Bytes>) -> Step {
        let datagrams = self.transport == Transport::Udp;
        match (frame.header.command, &mut self.phase) {
            (_, Phase::Freeing) => Step::Done,
            (Command::DATA | Command::ACK_DATA, _) if datagrams => {
                self.collect(frame.header.session, frame.data, data)
            }
            (Command::DATA | Command::ACK_DATA, _) => self.take(frame.data, data),
            (Command::PREPARE_DATA, _) => self.prepare(&frame.data, data),
            (Command::ACK_OK, Phase::Asked) if self.pieces.is_empty() => self.accepted(frame.data, data),
            // It may have overtaken data.
            (Command::ACK_OK, _) if datagrams => self.closed_early(data),
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
            } if got > 0 && self.transport == Transport::Tcp => {
                Some(self.ask(want.saturating_sub(got), true))
            }
            _ => None,
        }
    }

    /// The last request once more: what it brought so far is forgotten. `None` where the answer does not matter any more or bytes of it
    /// were passed on already.
    pub(super) fn retry(&mut self) -> Option<(Command, Bytes)> {
        let passed_on = match self.phase {
            Phase::Freeing => return None,
            Phase::Asked => false,
            Phase::Streaming => self.got > 0,
            Phase::Chunk { got, .. } => self.transport == Transport::Tcp && got > 0,
        };
        if passed_on {
            return None;
        }
        self.pieces.clear();
        if let Phase::Chunk { want, .. } = self.phase {
            if self.transport == Transport::Udp {
                self.chunk_size = (self.chunk_size / 2).max(SMALLEST_CHUNK);
            }
            return Some(self.ask(want.min(self.chunk_size.into()), false));
        }
        self.phase = Phase::Asked;
        self.announced = None;
        Some((self.command, self.request.clone()))
    }

    /// A packet came for a request before the one under way.
    pub(super) fn late(&mut self, command: Command) {
        self.late_data |= matches!(command, Command::DATA | Command::PREPARE_DATA);
    }

    /// Whether the terminal holds a read buffer for us.
    pub(super) fn holds_buffer(&self) -> bool {
        self.buffered && matches!(self.phase, Phase::Chunk { .. } | Phase::Streaming)
    }

    /// Whether everything is there and only the read buffer has to be dropped.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.phase, Phase::Freeing)
    }

    /// Data in order, as a stream brings it.
    fn take(&mut self, piece: Bytes, data: &mut Vec<Bytes>) -> Step {
        let length = piece.len() as u64;
        if matches!(self.phase, Phase::Asked) {
            // A body tells its own length first; other items (one template, a photo) come whole.
            let own = self.own_length(&piece);
            let expected = own.unwrap_or(length).max(length);
            if let Err(error) = self.announce(expected) {
                return Step::Fail(error);
            }
            self.phase = Phase::Streaming;
        }
        self.got += length;
        data.push(piece);
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

    /// Data in any order, as datagrams bring it.
    fn collect(&mut self, number: u16, piece: Bytes, data: &mut Vec<Bytes>) -> Step {
        if matches!(self.phase, Phase::Asked) && self.pieces.is_empty() {
            let length = piece.len() as u64;
            let whole = if self.buffered {
                self.own_length(&piece) == Some(length)
            } else {
                // A datagram that is not full is all there is.
                length < SMALLEST_CHUNK.into()
            };
            if whole {
                return self.take(piece, data);
            }
        }
        if !self.pieces.add(number, piece) {
            return Step::Fail(Error::TransferTooLarge {
                announced: self.pieces.bytes(),
                limit: self.limit.into(),
            });
        }
        self.flush(data)
    }

    /// Passes on what was collected if it is all that is wanted.
    fn flush(&mut self, data: &mut Vec<Bytes>) -> Step {
        let want = match self.phase {
            Phase::Chunk { want, .. } => want,
            Phase::Streaming => self.announced.unwrap_or(u64::MAX),
            // Its announcement is lost or late.
            Phase::Asked | Phase::Freeing => u64::from(self.limit),
        };
        match self.pieces.bytes().cmp(&want) {
            std::cmp::Ordering::Less => Step::Wait,
            std::cmp::Ordering::Greater => Step::Fail(Error::LongTransfer {
                expected: self.announced.unwrap_or(want),
                got: self.got + self.pieces.bytes(),
            }),
            std::cmp::Ordering::Equal => {
                self.got += want;
                data.extend(self.pieces.take());
                match self.phase {
                    Phase::Chunk { .. } => self.next_chunk(),
                    _ => self.complete(),
                }
            }
        }
    }

    /// The closing acknowledgement came and data is missing, or its announcement is.
    fn closed_early(&mut self, data: &mut Vec<Bytes>) -> Step {
        if !matches!(self.phase, Phase::Asked) {
            return Step::Wait;
        }
        let pieces = self.pieces.take();
        let total = pieces.iter().map(|piece| piece.len() as u64).sum();
        let own = pieces.first().and_then(|first| self.own_length(first));
        for (number, piece) in (0..).zip(&pieces) {
            self.pieces.add(number, piece.clone());
        }
        if own != Some(total) {
            return Step::Wait;
        }
        if let Err(error) = self.announce(total) {
            return Step::Fail(error);
        }
        self.phase = Phase::Streaming;
        self.flush(data)
    }

    /// How long a body says it is.
    fn own_length(&self, piece: &[u8]) -> Option<u64> {
        let (size, _) = bulk::split_body(piece).filter(|_| self.buffered)?;
        Some(u64::from(size) + 4)
    }

    fn prepare(&mut self, told: &Bytes, data: &mut Vec<Bytes>) -> Step {
        let Some(Prepare { size, .. }) = Prepare::decode(told) else {
            return Step::Fail(Error::ShortReply {
                command: self.command,
                needed: 4,
                got: told.len(),
            });
        };
        let datagrams = self.transport == Transport::Udp;
        match &mut self.phase {
            Phase::Asked => {
                if let Err(error) = self.announce(u64::from(size)) {
                    return Step::Fail(error);
                }
                self.phase = Phase::Streaming;
                if size == 0 {
                    self.complete()
                } else if datagrams {
                    self.flush(data)
                } else {
                    Step::Wait
                }
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
                } else if datagrams {
                    self.flush(data)
                } else {
                    Step::Wait
                }
            }
            // A second copy.
            _ if datagrams => Step::Wait,
            _ => Step::Fail(Error::UnexpectedReply {
                command: self.command,
                reply: Command::PREPARE_DATA,
            }),
        }
    }

    fn accepted(&mut self, reply: Bytes, data: &mut Vec<Bytes>) -> Step {
        if reply.is_empty() {
            self.empty = self.empty.saturating_add(1);
            return match self.transport {
                Transport::Tcp => Step::Done,
                Transport::Udp if self.late_data => Step::Wait,
                Transport::Udp if self.empty < EMPTY_ANSWERS => {
                    Step::Send(self.command, self.request.clone())
                }
                Transport::Udp => Step::Done,
            };
        }
        if !self.buffered {
            self.got = reply.len() as u64;
            data.push(reply);
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
        self.tell = true;
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
