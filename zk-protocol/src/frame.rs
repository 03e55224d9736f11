//! Frames: packets on a TCP stream, cut out of it wherever the network cut or merged it.
//!
//! A frame is `50 50 82 7D`, a u32 length, and that many bytes of packet (header and data). One read of a socket may hold half a frame
//! or twenty; [`FrameDecoder`] never assumes anything about it. Bytes that belong to no frame are reported and skipped up to the next
//! start mark.

use bytes::{Buf, BufMut, Bytes, BytesMut};

use crate::wire::checksum::{self, ChecksumPolicy};
use crate::wire::header::{HEADER_LEN, Header};
use crate::wire::{Command, bulk};

/// Start mark of a frame.
pub const MAGIC: [u8; 4] = [0x50, 0x50, 0x82, 0x7D];

/// Start mark of the encrypted frames of secure firmware.
pub const SECURE_MAGIC: [u8; 4] = [0x50, 0x50, 0x83, 0x7C];

/// Start mark and length.
const PREFIX_LEN: usize = 8;

/// Longest packet accepted unless told otherwise: 1 MiB, sixteen times what a client asks for at once.
pub const DEFAULT_MAX_PACKET: u32 = 1 << 20;

/// How many bytes of garbage are kept for the error.
const FIRST_BYTES: usize = 16;

/// How often a byte may be summed, on average: packets inside broken packets inside broken packets must not cost more than this.
const SUMS_PER_BYTE: usize = 8;

/// One packet: header and data.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The header, with the checksum as received.
    pub header: Header,
    /// The data.
    pub data: Bytes,
}

impl Frame {
    /// A packet to send, with its checksum.
    #[must_use]
    pub fn new(command: Command, session: u16, reply_id: u16, data: impl Into<Bytes>) -> Self {
        let data = data.into();
        let checksum = checksum::compute(command, session, reply_id, &data);
        Self {
            header: Header {
                command,
                checksum,
                session,
                reply_id,
            },
            data,
        }
    }

    /// The checksum these bytes should have.
    #[must_use]
    pub fn expected_checksum(&self) -> u16 {
        let Header {
            command,
            session,
            reply_id,
            ..
        } = self.header;
        checksum::compute(command, session, reply_id, &self.data)
    }

    /// Whether the checksum in the header is right.
    #[must_use]
    pub fn checksum_ok(&self) -> bool {
        self.header.checksum == self.expected_checksum()
    }

    /// Reads one packet without framing, as in a UDP datagram; `None` when it is shorter than a header.
    #[must_use]
    pub fn from_packet(mut packet: Bytes) -> Option<Self> {
        let header = Header::decode(&packet)?;
        packet.advance(HEADER_LEN);
        Some(Self { header, data: packet })
    }

    /// Appends the frame as it goes over TCP. Data beyond the reach of the length field (4 GiB) is never made.
    pub fn encode(&self, out: &mut BytesMut) {
        let length = u32::try_from(HEADER_LEN + self.data.len()).unwrap_or(u32::MAX);
        out.reserve(PREFIX_LEN + HEADER_LEN + self.data.len());
        out.put_slice(&MAGIC);
        out.put_u32_le(length);
        self.header.encode(out);
        out.put_slice(&self.data);
    }
}

impl Frame {
    /// Appends the packet without framing, as it goes into a UDP datagram.
    pub fn encode_packet(&self, out: &mut BytesMut) {
        out.reserve(HEADER_LEN + self.data.len());
        self.header.encode(out);
        out.put_slice(&self.data);
    }
}

/// Bytes on the stream that are no acceptable frame. Decoding goes on behind them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// Bytes that belong to no frame.
    #[error("{skipped} bytes that belong to no packet")]
    Garbage {
        /// How many were skipped at once; a long run comes in several.
        skipped: usize,
        /// The first of them, at most 16.
        first: Vec<u8>,
    },
    /// The start mark of secure firmware.
    #[error("an encrypted packet of secure firmware")]
    Secure,
    /// A length shorter than a header or longer than the limit.
    #[error("a packet of {announced} bytes, the limit is {limit}")]
    Length {
        /// The length in the frame.
        announced: u32,
        /// The limit.
        limit: u32,
    },
    /// The checksum is wrong and the policy is strict.
    #[error("checksum {:#06x} instead of {expected:#06x}", header.checksum)]
    Checksum {
        /// The checksum the bytes have.
        expected: u16,
        /// The header, with the checksum as received.
        header: Header,
        /// Bytes of data it came with.
        length: usize,
        /// Its data, up to the next start mark inside it, where the search goes on.
        data: Bytes,
        /// Whether there is no such mark, so that only the checksum is wrong.
        whole: bool,
    },
    /// The stream ended inside a packet.
    #[error("the stream ends after {got} of a packet of {announced} bytes")]
    Truncated {
        /// The length in the frame, if it came.
        announced: u32,
        /// Bytes of the packet that came.
        got: usize,
    },
}

/// Cuts frames out of a buffer: one decoder for one stream.
///
/// A packet with a wrong checksum may have a wrong length and may have swallowed the next one, so the search goes on inside it. A
/// stream made of such packets alone would be summed again and again; after eight sums per byte on average a broken packet is skipped
/// whole.
#[derive(Debug, Clone)]
pub struct FrameDecoder {
    max_packet: u32,
    checksum: ChecksumPolicy,
    /// Bytes at the start of the buffer that have been summed before.
    summed: usize,
    /// Bytes that may be summed once more, never less than `summed`.
    credit: usize,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self {
            max_packet: DEFAULT_MAX_PACKET,
            checksum: ChecksumPolicy::default(),
            summed: 0,
            credit: 0,
        }
    }
}

impl FrameDecoder {
    /// A decoder with this policy for wrong checksums.
    #[must_use]
    pub fn new(checksum: ChecksumPolicy) -> Self {
        Self {
            checksum,
            ..Self::default()
        }
    }

    /// Sets the longest packet (header and data) accepted, at least what a read asks for at once.
    #[must_use]
    pub fn with_max_packet(mut self, bytes: u32) -> Self {
        self.max_packet = bytes.max(bulk::MAX_CHUNK + 8);
        self
    }

    /// Takes the next frame or the next error out of `buffer`; `None` when more bytes are needed.
    ///
    /// At most `max_packet` bytes stay in the buffer before something comes out of it.
    pub fn decode(&mut self, buffer: &mut BytesMut) -> Option<Result<Frame, FrameError>> {
        let start = next_start(buffer);
        if start > 0 {
            let skipped = self.split_to(buffer, start);
            let first = skipped.iter().copied().take(FIRST_BYTES).collect();
            return Some(Err(FrameError::Garbage {
                skipped: start,
                first,
            }));
        }
        if buffer.starts_with(&SECURE_MAGIC) {
            self.split_to(buffer, SECURE_MAGIC.len());
            return Some(Err(FrameError::Secure));
        }
        let (_, after_magic) = buffer.split_first_chunk::<4>()?;
        let (length, _) = after_magic.split_first_chunk::<4>()?;
        let announced = u32::from_le_bytes(*length);
        let size = usize::try_from(announced)
            .ok()
            .filter(|size| *size >= HEADER_LEN && announced <= self.max_packet);
        let Some(size) = size else {
            // The length cannot be trusted, so what follows is searched for the next frame.
            self.split_to(buffer, PREFIX_LEN);
            return Some(Err(FrameError::Length {
                announced,
                limit: self.max_packet,
            }));
        };
        if buffer.len() < PREFIX_LEN + size {
            return None;
        }
        let checked = self.check(buffer, size);
        Some(checked)
    }

    /// As [`FrameDecoder::decode`], when no more bytes will come: a packet that was cut off is an error, and what follows its start
    /// mark is searched for whole packets, because its length may have been wrong. `None` when the buffer is empty.
    pub fn decode_eof(&mut self, buffer: &mut BytesMut) -> Option<Result<Frame, FrameError>> {
        if let Some(next) = self.decode(buffer) {
            return Some(next);
        }
        if buffer.is_empty() {
            return None;
        }
        let announced = buffer
            .get(MAGIC.len()..)
            .and_then(|rest| rest.split_first_chunk::<4>())
            .map_or(0, |(length, _)| u32::from_le_bytes(*length));
        let got = buffer.len().saturating_sub(PREFIX_LEN);
        let behind = buffer.get(1..).unwrap_or_default();
        let next = find(behind, &MAGIC).map_or(buffer.len(), |at| at + 1);
        self.split_to(buffer, next);
        Some(Err(FrameError::Truncated { announced, got }))
    }

    /// Takes bytes off the buffer.
    fn split_to(&mut self, buffer: &mut BytesMut, bytes: usize) -> BytesMut {
        self.summed = self.summed.saturating_sub(bytes);
        buffer.split_to(bytes)
    }

    fn check(&mut self, buffer: &mut BytesMut, size: usize) -> Result<Frame, FrameError> {
        let short = FrameError::Length {
            announced: 0,
            limit: self.max_packet,
        };
        let header = buffer.get(PREFIX_LEN..).and_then(Header::decode).ok_or(short)?;
        let data = buffer
            .get(PREFIX_LEN + HEADER_LEN..PREFIX_LEN + size)
            .unwrap_or_default();
        let expected = checksum::compute(header.command, header.session, header.reply_id, data);
        self.account(PREFIX_LEN + size);
        if header.checksum != expected {
            if self.checksum == ChecksumPolicy::Strict {
                return Err(self.broken(buffer, size, header, expected));
            }
            tracing::debug!(command = %header.command, found = header.checksum, expected, "wrong checksum let through");
        }
        let mut packet = self.split_to(buffer, PREFIX_LEN + size);
        packet.advance(PREFIX_LEN + HEADER_LEN);
        Ok(Frame {
            header,
            data: packet.freeze(),
        })
    }

    /// Takes a broken packet off the buffer, or only as much of it as lies before the next start mark inside.
    fn broken(&mut self, buffer: &mut BytesMut, size: usize, header: Header, expected: u16) -> FrameError {
        let whole = PREFIX_LEN + size;
        // The packet may have been cut short before its data, so the next one may begin anywhere behind the length.
        let inside = buffer.get(PREFIX_LEN..whole).unwrap_or_default();
        // What was summed and stays must be affordable once more.
        let affordable = |next: &usize| self.credit >= self.summed.saturating_sub(*next);
        let mark = find(inside, &MAGIC).map(|at| PREFIX_LEN + at).filter(affordable);
        // A packet that was cut short has swallowed the beginning of the next one, perhaps only of its mark.
        let next = mark
            .or_else(|| Some(whole - beginning_of_a_mark(inside)).filter(affordable))
            .unwrap_or(whole);
        let end = mark.unwrap_or(whole);
        let data = buffer.get(PREFIX_LEN + HEADER_LEN..end).unwrap_or_default();
        let data = Bytes::copy_from_slice(data);
        self.split_to(buffer, next);
        FrameError::Checksum {
            expected,
            header,
            length: size - HEADER_LEN,
            data,
            whole: mark.is_none(),
        }
    }

    /// Pays for the sum of the first bytes of the buffer. A byte seen for the first time brings the credit for all its sums, so there is
    /// always enough for what was summed and is still in the buffer: good packets take as much from both, broken ones are looked into
    /// only as far as that stays true.
    fn account(&mut self, bytes: usize) {
        let new = bytes.saturating_sub(self.summed);
        let most = usize::try_from(self.max_packet).unwrap_or(usize::MAX);
        let credit = self.credit.saturating_add(new.saturating_mul(SUMS_PER_BYTE));
        self.credit = credit
            .saturating_sub(bytes)
            .min(most.saturating_mul(SUMS_PER_BYTE));
        self.summed = self.summed.max(bytes);
    }
}

/// A decoder with its own buffer, for callers that receive bytes from anywhere.
///
/// ```
/// use punchclock_zk::frame::{Frame, Framer};
/// use punchclock_zk::wire::Command;
///
/// let mut stream = bytes::BytesMut::new();
/// Frame::new(Command::CONNECT, 0, 0, &b""[..]).encode(&mut stream);
/// let mut framer = Framer::default();
/// framer.push(&stream[..5]);
/// assert!(framer.next_frame().is_none());
/// framer.push(&stream[5..]);
/// assert_eq!(framer.next_frame().unwrap().unwrap().header.command, Command::CONNECT);
/// ```
#[derive(Debug, Default)]
pub struct Framer {
    decoder: FrameDecoder,
    buffer: BytesMut,
}

impl Framer {
    /// A framer around a decoder.
    #[must_use]
    pub fn new(decoder: FrameDecoder) -> Self {
        Self {
            decoder,
            buffer: BytesMut::new(),
        }
    }

    /// Adds received bytes. Take all frames out before adding more, so that the buffer stays small.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next frame or error; `None` when more bytes are needed.
    pub fn next_frame(&mut self) -> Option<Result<Frame, FrameError>> {
        self.decoder.decode(&mut self.buffer)
    }

    /// As [`Framer::next_frame`], when no more bytes will come; see [`FrameDecoder::decode_eof`].
    pub fn finish(&mut self) -> Option<Result<Frame, FrameError>> {
        self.decoder.decode_eof(&mut self.buffer)
    }

    /// Bytes that wait for the rest of their frame.
    #[must_use]
    pub fn buffered(&self) -> usize {
        self.buffer.len()
    }
}

/// Where the next frame starts or may start: the first start mark, or the beginning of one at the very end.
fn next_start(bytes: &[u8]) -> usize {
    let starts = |at: &usize| {
        let rest = bytes.get(*at..).unwrap_or_default();
        [MAGIC, SECURE_MAGIC].iter().any(|magic| {
            let common = rest.len().min(magic.len());
            rest.get(..common) == magic.get(..common)
        })
    };
    (0..bytes.len()).find(starts).unwrap_or(bytes.len())
}

/// How many bytes at the end are the beginning of a start mark.
fn beginning_of_a_mark(bytes: &[u8]) -> usize {
    (1..MAGIC.len())
        .rev()
        .find(|length| bytes.ends_with(MAGIC.get(..*length).unwrap_or(&MAGIC)))
        .unwrap_or(0)
}

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}
