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
    #[error("checksum {:#06x} instead of {expected:#06x}", frame.header.checksum)]
    Checksum {
        /// The checksum the bytes have.
        expected: u16,
        /// The packet.
        frame: Frame,
    },
}

/// Cuts frames out of a buffer.
#[derive(Debug, Clone, Copy)]
pub struct FrameDecoder {
    max_packet: u32,
    checksum: ChecksumPolicy,
}

impl Default for FrameDecoder {
    fn default() -> Self {
        Self {
            max_packet: DEFAULT_MAX_PACKET,
            checksum: ChecksumPolicy::default(),
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
    pub fn decode(&self, buffer: &mut BytesMut) -> Option<Result<Frame, FrameError>> {
        let start = next_start(buffer);
        if start > 0 {
            let skipped = buffer.split_to(start);
            let first = skipped.iter().copied().take(FIRST_BYTES).collect();
            return Some(Err(FrameError::Garbage {
                skipped: start,
                first,
            }));
        }
        if buffer.starts_with(&SECURE_MAGIC) {
            buffer.advance(SECURE_MAGIC.len());
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
            buffer.advance(PREFIX_LEN);
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

    fn check(&self, buffer: &mut BytesMut, size: usize) -> Result<Frame, FrameError> {
        let short = FrameError::Length {
            announced: 0,
            limit: self.max_packet,
        };
        let header = buffer.get(PREFIX_LEN..).and_then(Header::decode).ok_or(short)?;
        let data = buffer
            .get(PREFIX_LEN + HEADER_LEN..PREFIX_LEN + size)
            .unwrap_or_default();
        let expected = checksum::compute(header.command, header.session, header.reply_id, data);
        if header.checksum == expected || self.checksum == ChecksumPolicy::Lenient {
            buffer.advance(PREFIX_LEN + HEADER_LEN);
            return Ok(Frame {
                header,
                data: buffer.split_to(size - HEADER_LEN).freeze(),
            });
        }
        // A wrong length may have swallowed the start of the next frame: go on from there.
        let inside = find(data, &MAGIC).map_or(size, |at| HEADER_LEN + at);
        let data = Bytes::copy_from_slice(data);
        buffer.advance(PREFIX_LEN + inside);
        Err(FrameError::Checksum {
            expected,
            frame: Frame { header, data },
        })
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

fn find(bytes: &[u8], pattern: &[u8]) -> Option<usize> {
    bytes.windows(pattern.len()).position(|window| window == pattern)
}
