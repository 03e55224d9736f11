//! What a terminal does when it is written to.

use bytes::{Bytes, BytesMut};

use super::answer::Conversation;
use super::state::State;
use crate::frame::Frame;
use crate::wire::bulk::{self, table};
use crate::wire::oplog::Operation;
use crate::wire::sms::ShortMessage;
use crate::wire::{Command, DeviceText, OptionValue, PackedTime, Template, User, UserWidth, template};

/// Most bytes of an upload.
const MOST_UPLOAD: usize = 4 << 20;

/// An upload under way.
#[derive(Debug)]
pub(super) struct Upload {
    size: usize,
    data: BytesMut,
}

impl Conversation {
    pub(super) fn write(&mut self, request: &Frame, state: &mut State) -> Vec<Frame> {
        let data = &request.data;
        let done = match request.header.command {
            Command::PREPARE_DATA => self.begin(data),
            Command::DATA => self.more(data),
            Command::CHECKSUM_BUFFER => {
                // How it is computed is not public.
                return self.ok(request, Bytes::from_static(&[0; 4]));
            }
            Command::USERGRP_RRQ
            | Command::USERTZ_RRQ
            | Command::GRPTZ_RRQ
            | Command::TZ_RRQ
            | Command::ULG_RRQ
            | Command::VERIFY_RRQ => {
                return match access(request.header.command, data, state) {
                    Some(answer) => self.ok(request, answer),
                    None => self.refuse(request),
                };
            }
            Command::SMS_RRQ => {
                return match word(data).and_then(|number| state.messages.get(&number)) {
                    Some(message) => self.ok(request, message.clone()),
                    None => self.refuse(request),
                };
            }
            Command::ENABLEDEVICE => {
                state.enabled = true;
                Some(())
            }
            Command::DISABLEDEVICE => {
                state.enabled = false;
                Some(())
            }
            Command::FREE_DATA
            | Command::REFRESHDATA
            | Command::REFRESHOPTION
            | Command::CANCELCAPTURE
            | Command::STARTVERIFY
            | Command::STARTENROLL
            | Command::ENABLE_CLOCK
            | Command::TESTVOICE
            | Command::WRITE_LCD
            | Command::CLEAR_LCD
            | Command::SLEEP
            | Command::RESUME => Some(()),
            // Some terminals say yes and do nothing.
            command if state.faults.forget_writes && changes(command) => Some(()),
            command if changes(command) => self.change(command, data, state),
            _ => return vec![self.reply(request, Command::ACK_UNKNOWN, Bytes::new())],
        };
        match done {
            Some(()) => self.ok(request, Bytes::new()),
            None => self.refuse(request),
        }
    }

    fn begin(&mut self, data: &[u8]) -> Option<()> {
        let size = bulk::split_body(data)
            .map(|(size, _)| usize::try_from(size))?
            .ok()?;
        self.upload = (size <= MOST_UPLOAD).then(|| Upload {
            size,
            data: BytesMut::new(),
        });
        self.upload.is_some().then_some(())
    }

    fn more(&mut self, piece: &[u8]) -> Option<()> {
        let upload = self.upload.as_mut()?;
        upload.data.extend_from_slice(piece);
        (upload.data.len() <= upload.size).then_some(())
    }

    fn uploaded(&mut self) -> Option<Bytes> {
        let upload = self.upload.take()?;
        (upload.data.len() == upload.size).then(|| upload.data.freeze())
    }

    fn change(&mut self, command: Command, data: &Bytes, state: &mut State) -> Option<()> {
        match command {
            Command::OPTIONS_WRQ => {
                let written = OptionValue::decode(data)?;
                state.options.insert(written.key, written.value);
                state.note(Operation::Option, [0; 4]);
            }
            Command::SET_TIME => {
                let (raw, _) = bulk::split_body(data)?;
                state.clock.set(PackedTime::new(raw).decode().ok()?);
                state.note(Operation::SetTime, [0; 4]);
            }
            Command::USER_WRQ => {
                let width = [UserWidth::Short, UserWidth::Long]
                    .into_iter()
                    .find(|width| width.bytes() == data.len())?;
                let user = User::decode(width, data)?;
                let uid = user.uid;
                state.enroll(user);
                state.note(Operation::EnrollUser, [uid, 0, 0, 0]);
            }
            Command::DELETE_USER => {
                let uid = word(data)?;
                let before = state.users.len();
                state.users.retain(|user| user.uid != uid);
                state.delete_templates(uid, None);
                state.note(Operation::DeleteUser, [uid, 0, 0, 0]);
                return (state.users.len() < before).then_some(());
            }
            Command::DELETE_USERTEMP => {
                let uid = word(data)?;
                let finger = data.get(2).copied()?;
                state.delete_templates(uid, Some(finger));
                state.note(Operation::DeleteFinger, [uid, finger.into(), 0, 0]);
            }
            Command::DEL_FPTMP => {
                let id = DeviceText::until_nul(data.get(..24)?);
                let uid = state.uid_of(&id.to_string_lossy());
                state.delete_templates(uid, data.get(24).copied());
            }
            Command::TMP_WRITE => {
                let uid = word(data)?;
                let finger = data.get(2).copied()?;
                let uploaded = self.uploaded()?;
                state.users.iter().find(|user| user.uid == uid)?;
                state.store_template(Template::new(uid, finger, uploaded));
                state.note(Operation::EnrollFinger, [uid, finger.into(), 0, 0]);
            }
            Command::SAVE_USERTEMPS => {
                let (users, templates) = template::decode_batch(&self.uploaded()?)?;
                users.into_iter().for_each(|user| state.enroll(user));
                templates
                    .into_iter()
                    .for_each(|template| state.store_template(template));
            }
            Command::UNLOCK => {
                state.unlocked.push(bulk::split_body(data)?.0);
                state.note(Operation::Unlock, [0; 4]);
            }
            Command::SMS_WRQ => {
                let message = ShortMessage::decode(data)?;
                state.messages.insert(message.number, data.clone());
            }
            Command::DELETE_SMS => drop(state.messages.remove(&word(data)?)?),
            Command::UDATA_WRQ => {
                let given = (word(data)?, word(data.get(2..)?)?);
                state.given_messages.insert(given);
            }
            Command::DELETE_UDATA => {
                let given = (word(data)?, word(data.get(2..)?)?);
                return state.given_messages.remove(&given).then_some(());
            }
            Command::USERGRP_WRQ => keep(Command::USERGRP_RRQ, number(data)?, data.get(4..5)?, state),
            Command::USERTZ_WRQ => {
                // Written as own or not and u32, read as group's or not and u16.
                let words = data.get(4..20)?.as_chunks::<4>().0;
                let mut answer: Vec<u8> = words.iter().flat_map(|[a, b, ..]| [*a, *b]).collect();
                if let Some(own) = answer.first_mut() {
                    *own = u8::from(*own == 0);
                }
                keep(Command::USERTZ_RRQ, number(data)?, &answer, state);
            }
            Command::GRPTZ_WRQ => keep(Command::GRPTZ_RRQ, u32::from(*data.first()?), data, state),
            Command::ULG_WRQ => keep(Command::ULG_RRQ, u32::from(*data.first()?), data, state),
            Command::TZ_WRQ => {
                let answer = [data.get(..2)?, data.get(4..32)?, &[0, 0]].concat();
                keep(Command::TZ_RRQ, number(data)?, &answer, state);
            }
            Command::VERIFY_WRQ => keep(Command::VERIFY_RRQ, word(data)?.into(), data, state),
            Command::CLEAR_ACC => state.access.clear(),
            Command::CLEAR_ADMIN => {
                for user in &mut state.users {
                    user.privilege &= 1;
                }
                state.note(Operation::ClearAdmins, [0; 4]);
            }
            Command::CLEAR_OPLOG => state.op_log.clear(),
            Command::CLEAR_ATTLOG => {
                state.log.clear();
                state.note(Operation::ClearAttendance, [0; 4]);
            }
            Command::CLEAR_DATA => return clear(data, state),
            _ => return None,
        }
        Some(())
    }
}

/// Whether a command changes what the terminal holds.
fn changes(command: Command) -> bool {
    matches!(
        command,
        Command::OPTIONS_WRQ
            | Command::SET_TIME
            | Command::USER_WRQ
            | Command::DELETE_USER
            | Command::DELETE_USERTEMP
            | Command::DEL_FPTMP
            | Command::TMP_WRITE
            | Command::SAVE_USERTEMPS
            | Command::UNLOCK
            | Command::SMS_WRQ
            | Command::DELETE_SMS
            | Command::UDATA_WRQ
            | Command::DELETE_UDATA
            | Command::USERGRP_WRQ
            | Command::USERTZ_WRQ
            | Command::GRPTZ_WRQ
            | Command::ULG_WRQ
            | Command::TZ_WRQ
            | Command::VERIFY_WRQ
            | Command::CLEAR_ACC
            | Command::CLEAR_ADMIN
            | Command::CLEAR_OPLOG
            | Command::CLEAR_ATTLOG
            | Command::CLEAR_DATA
    )
}

/// Clears a table by its number, or everything when none is named.
fn clear(data: &[u8], state: &mut State) -> Option<()> {
    let which = data.first().copied().map(u32::from);
    let all = which.is_none();
    if all || which == Some(table::ATTENDANCE) {
        state.log.clear();
    }
    if all || matches!(which, Some(table::TEMPLATES | table::USERS)) {
        state.templates.clear();
    }
    if all || which == Some(table::USERS) {
        state.users.clear();
    }
    if all || which == Some(table::OP_LOG) {
        state.op_log.clear();
    }
    if all {
        state.messages.clear();
        state.access.clear();
    }
    state.note(Operation::ClearData, [0; 4]);
    Some(())
}

/// The answer to a question about access; a new terminal has everybody in group 1, always open.
fn access(command: Command, data: &[u8], state: &State) -> Option<Bytes> {
    let number = match command {
        Command::GRPTZ_RRQ | Command::ULG_RRQ => u32::from(*data.first()?),
        Command::VERIFY_RRQ => word(data)?.into(),
        _ => number(data)?,
    };
    if let Some(kept) = state.access.get(&(command, number)) {
        return Some(kept.clone());
    }
    let low = number.to_le_bytes().first().copied()?;
    Some(match command {
        Command::USERGRP_RRQ => Bytes::from_static(&[1]),
        Command::USERTZ_RRQ => Bytes::from_static(&[1, 0, 0, 0, 0, 0, 0, 0]),
        Command::GRPTZ_RRQ => Bytes::copy_from_slice(&[low, 1, 0, 0, 0, 0, 0, 0]),
        Command::ULG_RRQ => Bytes::copy_from_slice(&[low, 0, 0, 0, 0, 0, 0, 0]),
        Command::VERIFY_RRQ => Bytes::from(vec![0; 24]),
        Command::TZ_RRQ => crate::wire::access::TimeZone::always(u16::try_from(number).ok()?).encode_answer(),
        _ => return None,
    })
}

fn keep(command: Command, number: u32, data: &[u8], state: &mut State) {
    state
        .access
        .insert((command, number), Bytes::copy_from_slice(data));
}

fn word(data: &[u8]) -> Option<u16> {
    data.split_first_chunk::<2>()
        .map(|(word, _)| u16::from_le_bytes(*word))
}

fn number(data: &[u8]) -> Option<u32> {
    bulk::split_body(data).map(|(number, _)| number)
}
