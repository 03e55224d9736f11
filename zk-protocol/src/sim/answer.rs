//! What a terminal answers: one conversation, without a socket.

use bytes::{BufMut, Bytes, BytesMut};

use super::fault::FrameLayout;
use super::state::State;
use super::write::Upload;
use crate::frame::Frame;
use crate::wire::bulk::{self, table};
use crate::wire::{BufferedRead, ChunkRequest, Command, DeviceText, PackedTime, Prepare};

/// A body up to this size is sent at once instead of being offered in pieces.
const SMALL_BODY: usize = 1024;

/// Free memory some terminals tell beside the size of the read buffer.
const FREE_MEMORY: u32 = 0x0023_EFCD;

/// User id digits this terminal accepts.
const PIN_WIDTH: u8 = 14;

/// The first bytes of an answer of the C3 family.
const C3: [u8; 8] = [0xAA, 0x01, 0xC8, 0x04, 0x00, 0x00, 0x00, 0x55];

/// One connection's view of the terminal.
#[derive(Debug, Default)]
pub(super) struct Conversation {
    session: u16,
    opened: bool,
    /// Whether packets are datagrams, which hold less.
    datagrams: bool,
    /// The events the client registered for.
    pub(super) mask: u32,
    buffer: Bytes,
    pub(super) upload: Option<Upload>,
}

/// What comes back for a packet.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) frames: Vec<Frame>,
    /// Bytes that are no packets, instead of them.
    pub(super) raw: Option<Bytes>,
    /// The connection ends.
    pub(super) hang_up: bool,
}

impl From<Vec<Frame>> for Answer {
    fn from(frames: Vec<Frame>) -> Self {
        Self {
            frames,
            ..Self::default()
        }
    }
}

impl Conversation {
    pub(super) fn new(datagrams: bool) -> Self {
        Self {
            datagrams,
            ..Self::default()
        }
    }

    /// The packets that answer one packet; none for what a terminal ignores.
    pub(super) fn answer(&mut self, request: &Frame, state: &mut State) -> Answer {
        let command = request.header.command;
        *state.requests.entry(command).or_insert(0) += 1;
        if state.faults.silent {
            return Answer::default();
        }
        if state.faults.other_protocol {
            return Answer {
                raw: Some(Bytes::from_static(&C3)),
                ..Answer::default()
            };
        }
        let mut answer = self.respond(request, state);
        if state.faults.wrong_checksum {
            for frame in &mut answer.frames {
                frame.header.checksum ^= 0x5555;
            }
        }
        answer
    }

    fn respond(&mut self, request: &Frame, state: &mut State) -> Answer {
        let command = request.header.command;
        match command {
            // A client acknowledges an event, or clears an error it thinks there is.
            Command::ACK_OK => return Answer::default(),
            _ if state.faults.busy > 0 => {
                state.faults.busy -= 1;
                return vec![self.reply(request, Command::ACK_RETRY, Bytes::new())].into();
            }
            Command::CONNECT if state.faults.secure => {
                return vec![self.reply(request, Command::ACK_SECURE, Bytes::new())].into();
            }
            Command::CONNECT => {
                self.session = state.open_session();
                self.opened = state.comm_key.is_none();
                return vec![self.entry(request)].into();
            }
            Command::AUTH => {
                self.opened |= self.knows_key(&request.data, state);
                return vec![self.entry(request)].into();
            }
            _ if !self.opened => {
                return vec![self.reply(request, Command::ACK_UNAUTH, Bytes::new())].into();
            }
            Command::RESTART => {
                return Answer {
                    hang_up: true,
                    ..Answer::default()
                };
            }
            Command::EXIT | Command::POWEROFF => {
                return Answer {
                    frames: self.ok(request, Bytes::new()),
                    raw: None,
                    hang_up: true,
                };
            }
            _ => {}
        }
        self.serve(request, state).into()
    }

    fn serve(&mut self, request: &Frame, state: &mut State) -> Vec<Frame> {
        match request.header.command {
            Command::GET_VERSION => self.ok(request, nul_terminated(&state.firmware)),
            Command::OPTIONS_RRQ => self.option(request, state),
            Command::GET_PINWIDTH => self.ok(request, Bytes::from_static(&[PIN_WIDTH])),
            Command::GET_FREE_SIZES if state.faults.no_counters => {
                self.ok(request, Bytes::from_static(&[0; 4]))
            }
            Command::GET_FREE_SIZES => self.ok(request, state.sizes().encode().freeze()),
            Command::GET_TIME => match PackedTime::encode(state.clock.now()) {
                Ok(time) => self.ok(request, Bytes::copy_from_slice(&time.raw().to_le_bytes())),
                Err(_) => self.refuse(request),
            },
            Command::PREPARE_BUFFER => self.prepare(request, state),
            Command::READ_BUFFER => self.piece(request, state),
            Command::USERTEMP_RRQ if request.data.len() >= 3 => self.template(request, state),
            Command::GET_USERTEMP => self.template(request, state),
            Command::USER_PHOTO => {
                let name = DeviceText::until_nul(&request.data);
                match state.photos.get(name.to_string_lossy().as_ref()) {
                    Some(photo) => self.bulk(request, photo, state),
                    None => self.refuse(request),
                }
            }
            Command::USERTEMP_RRQ | Command::DB_RRQ | Command::ATTLOG_RRQ | Command::OPLOG_RRQ => {
                let number = request.data.first().copied().map_or(table::USERS, u32::from);
                match state.table(BufferedRead::new(request.header.command, number, 0)) {
                    Some(body) if body.is_empty() => self.ok(request, body),
                    Some(body) => self.bulk(request, &body, state),
                    None => self.refuse(request),
                }
            }
            Command::FREE_DATA => {
                self.buffer = Bytes::new();
                self.ok(request, Bytes::new())
            }
            Command::STATE_RRQ => {
                vec![Frame::new(
                    Command::ACK_OK,
                    0,
                    request.header.reply_id,
                    Bytes::new(),
                )]
            }
            Command::DOORSTATE_RRQ => self.ok(request, Bytes::copy_from_slice(&[u8::from(state.door_open)])),
            Command::REG_EVENT => {
                self.mask = bulk::split_body(&request.data).map_or(0, |(mask, _)| mask);
                self.ok(request, Bytes::new())
            }
            _ => self.write(request, state),
        }
    }

    /// What answers `CONNECT` and `AUTH`.
    fn entry(&self, request: &Frame) -> Frame {
        let code = if self.opened {
            Command::ACK_OK
        } else {
            Command::ACK_UNAUTH
        };
        self.reply(request, code, Bytes::new())
    }

    pub(super) fn reply(&self, request: &Frame, code: Command, data: Bytes) -> Frame {
        Frame::new(code, self.session, request.header.reply_id, data)
    }

    pub(super) fn ok(&self, request: &Frame, data: Bytes) -> Vec<Frame> {
        vec![self.reply(request, Command::ACK_OK, data)]
    }

    pub(super) fn refuse(&self, request: &Frame) -> Vec<Frame> {
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
            Some(value) => self.ok(request, nul_terminated(&format!("{key}={value}"))),
            None => self.refuse(request),
        }
    }

    fn template(&self, request: &Frame, state: &State) -> Vec<Frame> {
        let wanted = match request.data[..] {
            [low, high, finger, ..] => Some((u16::from_le_bytes([low, high]), finger)),
            _ => None,
        };
        let found = state
            .templates
            .iter()
            .find(|template| Some((template.uid, template.finger)) == wanted);
        match found {
            // A byte of padding follows.
            Some(template) => self.bulk(request, &Bytes::from([&template.data[..], &[0]].concat()), state),
            None => self.refuse(request),
        }
    }

    fn prepare(&mut self, request: &Frame, state: &State) -> Vec<Frame> {
        if state.faults.no_read_buffer {
            return vec![self.reply(request, Command::ACK_NO_BUFFER, Bytes::new())];
        }
        let Some(body) = BufferedRead::decode(&request.data).and_then(|read| state.table(read)) else {
            return self.refuse(request);
        };
        if body.is_empty() {
            return self.ok(request, body);
        }
        if state.layout == FrameLayout::Immediate {
            return self.bulk(request, &body, state);
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
        let size = size.saturating_add(state.faults.size_lies);
        let mut told = BytesMut::with_capacity(13);
        told.put_u8(0);
        told.put_u32_le(size);
        told.put_u32_le(size);
        told.put_u32_le(FREE_MEMORY);
        self.buffer = body;
        self.ok(request, told.freeze())
    }

    fn piece(&self, request: &Frame, state: &State) -> Vec<Frame> {
        let range = ChunkRequest::decode(&request.data).and_then(|chunk| {
            let start = usize::try_from(chunk.offset).ok()?;
            let end = start.checked_add(usize::try_from(chunk.length).ok()?)?;
            let there = end.min(self.buffer.len());
            // A terminal that lied about the size sends what it has.
            (start < there && (end == there || state.faults.size_lies > 0)).then_some(start..there)
        });
        match range {
            Some(range) => self.bulk(request, &self.buffer.slice(range), state),
            None => self.refuse(request),
        }
    }

    /// An announcement, data packets that carry their index in the session field, and the closing acknowledgement.
    fn bulk(&self, request: &Frame, data: &Bytes, state: &State) -> Vec<Frame> {
        let reply_id = request.header.reply_id;
        let frame_size = state.layout.frame_size(data.len(), self.datagrams);
        let told = Prepare::encode(
            u32::try_from(data.len()).unwrap_or(u32::MAX),
            u32::try_from(frame_size).unwrap_or(u32::MAX),
        );
        let pieces = data.chunks(frame_size).zip((0..=u16::MAX).cycle());
        let pieces =
            pieces.map(|(piece, index)| Frame::new(Command::DATA, index, reply_id, data.slice_ref(piece)));
        if state.layout == FrameLayout::Bare {
            return pieces.collect();
        }
        std::iter::once(self.reply(request, Command::PREPARE_DATA, told))
            .chain(pieces)
            .chain(self.ok(request, Bytes::new()))
            .collect()
    }
}

fn nul_terminated(text: &str) -> Bytes {
    let mut out = BytesMut::with_capacity(text.len() + 1);
    out.put_slice(text.as_bytes());
    out.put_u8(0);
    out.freeze()
}
