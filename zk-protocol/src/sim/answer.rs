//! What a terminal answers: one conversation, without a socket.

use bytes::{BufMut, Bytes, BytesMut};

use super::fault::FrameLayout;
use super::state::State;
use crate::frame::Frame;
use crate::wire::{BufferedRead, ChunkRequest, Command, DeviceText, OptionValue, PackedTime, Prepare, bulk};

/// A body up to this size is sent at once instead of being offered in pieces.
const SMALL_BODY: usize = 1024;

/// Free memory some terminals tell beside the size of the read buffer.
const FREE_MEMORY: u32 = 0x0023_EFCD;

/// User id digits this terminal accepts.
const PIN_WIDTH: u8 = 14;

/// One connection's view of the terminal.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    session: u16,
    opened: bool,
    buffer: Bytes,
}

impl Conversation {
    /// The packets that answer one packet; none for what a terminal ignores.
    pub(super) fn answer(&mut self, request: &Frame, state: &mut State) -> Vec<Frame> {
        let command = request.header.command;
        if matches!(command, Command::ACK_OK) {
            // A client acknowledges an event.
            return Vec::new();
        }
        if command == Command::CONNECT {
            self.session = state.open_session();
            self.opened = state.comm_key.is_none();
            let code = if self.opened {
                Command::ACK_OK
            } else {
                Command::ACK_UNAUTH
            };
            return vec![self.reply(request, code, Bytes::new())];
        }
        if command == Command::AUTH {
            self.opened |= self.knows_key(&request.data, state);
            let code = if self.opened {
                Command::ACK_OK
            } else {
                Command::ACK_UNAUTH
            };
            return vec![self.reply(request, code, Bytes::new())];
        }
        if !self.opened {
            return vec![self.reply(request, Command::ACK_UNAUTH, Bytes::new())];
        }
        self.serve(request, state)
    }

    fn serve(&mut self, request: &Frame, state: &mut State) -> Vec<Frame> {
        let ok = |data: Bytes| vec![self.reply(request, Command::ACK_OK, data)];
        match request.header.command {
            Command::GET_VERSION => ok(nul_terminated(&state.firmware)),
            Command::OPTIONS_RRQ => self.option(request, state),
            Command::OPTIONS_WRQ => {
                if let Some(written) = OptionValue::decode(&request.data) {
                    state.options.insert(written.key, written.value);
                }
                ok(Bytes::new())
            }
            Command::GET_PINWIDTH => ok(Bytes::copy_from_slice(&[PIN_WIDTH])),
            Command::GET_FREE_SIZES => ok(state.sizes().encode().freeze()),
            Command::GET_TIME => match PackedTime::encode(state.clock.now()) {
                Ok(time) => ok(Bytes::copy_from_slice(&time.raw().to_le_bytes())),
                Err(_) => self.refuse(request),
            },
            Command::SET_TIME => {
                let time = bulk::split_body(&request.data).map(|(raw, _)| PackedTime::new(raw).decode());
                let Some(Ok(time)) = time else {
                    return self.refuse(request);
                };
                state.clock.set(time);
                ok(Bytes::new())
            }
            Command::PREPARE_BUFFER => self.prepare(request, state),
            Command::READ_BUFFER => self.piece(request, state.layout),
            Command::READ_USERS | Command::ATTLOG_RRQ => match state.table(request.header.command) {
                Some(body) if body.is_empty() => ok(body),
                Some(body) => self.bulk(request, &body, state.layout),
                None => self.refuse(request),
            },
            Command::FREE_DATA => {
                self.buffer = Bytes::new();
                vec![self.reply(request, Command::ACK_OK, Bytes::new())]
            }
            Command::EXIT
            | Command::ENABLEDEVICE
            | Command::DISABLEDEVICE
            | Command::REFRESHDATA
            | Command::REFRESHOPTION
            | Command::CANCELCAPTURE
            | Command::STARTVERIFY
            | Command::STATE_RRQ
            | Command::REG_EVENT => ok(Bytes::new()),
            _ => vec![self.reply(request, Command::ACK_UNKNOWN, Bytes::new())],
        }
    }

    fn reply(&self, request: &Frame, code: Command, data: Bytes) -> Frame {
        Frame::new(code, self.session, request.header.reply_id, data)
    }

    fn refuse(&self, request: &Frame) -> Vec<Frame> {
        vec![self.reply(request, Command::ACK_ERROR, Bytes::new())]
    }

    fn knows_key(&self, data: &[u8], state: &State) -> bool {
        match (data, state.comm_key) {
            // The third byte tells the ticks the client used.
            ([_, _, ticks, _], Some(key)) => key.scramble(self.session, *ticks) == data,
            (_, key) => key.is_none(),
        }
    }

    fn option(&self, request: &Frame, state: &State) -> Vec<Frame> {
        let key = DeviceText::until_nul(&request.data);
        let key = key.to_string_lossy();
        match state.options.get(key.as_ref()) {
            Some(value) => vec![self.reply(
                request,
                Command::ACK_OK,
                nul_terminated(&format!("{key}={value}")),
            )],
            None => self.refuse(request),
        }
    }

    fn prepare(&mut self, request: &Frame, state: &State) -> Vec<Frame> {
        let body = BufferedRead::decode(&request.data).and_then(|read| state.table(read.command));
        let Some(body) = body else {
            return self.refuse(request);
        };
        if body.is_empty() {
            return vec![self.reply(request, Command::ACK_OK, body)];
        }
        if state.layout == FrameLayout::Immediate {
            return self.bulk(request, &body, state.layout);
        }
        if body.len() <= SMALL_BODY {
            return vec![Frame::new(
                Command::DATA,
                self.session,
                request.header.reply_id,
                body,
            )];
        }
        let size = u32::try_from(body.len()).unwrap_or(u32::MAX);
        let mut told = BytesMut::with_capacity(13);
        told.put_u8(0);
        told.put_u32_le(size);
        told.put_u32_le(size);
        told.put_u32_le(FREE_MEMORY);
        self.buffer = body;
        vec![self.reply(request, Command::ACK_OK, told.freeze())]
    }

    fn piece(&self, request: &Frame, layout: FrameLayout) -> Vec<Frame> {
        let range = ChunkRequest::decode(&request.data).and_then(|chunk| {
            let start = usize::try_from(chunk.offset).ok()?;
            let end = start.checked_add(usize::try_from(chunk.length).ok()?)?;
            (start < end && end <= self.buffer.len()).then_some(start..end)
        });
        match range {
            Some(range) => self.bulk(request, &self.buffer.slice(range), layout),
            None => self.refuse(request),
        }
    }

    /// An announcement, data packets that carry their index in the session field, and the closing acknowledgement.
    fn bulk(&self, request: &Frame, data: &Bytes, layout: FrameLayout) -> Vec<Frame> {
        let reply_id = request.header.reply_id;
        let frame_size = layout.frame_size(data.len());
        let told = Prepare::encode(
            u32::try_from(data.len()).unwrap_or(u32::MAX),
            u32::try_from(frame_size).unwrap_or(u32::MAX),
        );
        let pieces = data.chunks(frame_size).zip((0..=u16::MAX).cycle());
        let pieces =
            pieces.map(|(piece, index)| Frame::new(Command::DATA, index, reply_id, data.slice_ref(piece)));
        if layout == FrameLayout::Bare {
            return pieces.collect();
        }
        std::iter::once(self.reply(request, Command::PREPARE_DATA, told))
            .chain(pieces)
            .chain(std::iter::once(self.reply(
                request,
                Command::ACK_OK,
                Bytes::new(),
            )))
            .collect()
    }
}

fn nul_terminated(text: &str) -> Bytes {
    let mut out = BytesMut::with_capacity(text.len() + 1);
    out.put_slice(text.as_bytes());
    out.put_u8(0);
    out.freeze()
}
