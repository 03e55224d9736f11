//! The events of a simulated terminal.

use bytes::Bytes;

use super::answer::Conversation;
use super::fault::EventForm;
use super::state::State;
use crate::frame::Frame;
use crate::wire::event::{LivePunch, LiveUser, encode_time};
use crate::wire::{AttendanceRecord, Command};

/// An event on its way to every client that registered for it.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) code: u16,
    pub(super) data: Bytes,
}

impl Report {
    /// The event of a punch, as this terminal tells it.
    pub(super) fn punch(record: &AttendanceRecord, form: EventForm) -> Self {
        let text = || {
            LivePunch {
                user: LiveUser::Id(record.user_id.clone()),
                time: record.time,
                verify: record.verify,
                punch: record.punch,
                work_code: None,
                tail: Vec::new(),
            }
            .encode()
            .to_vec()
        };
        let short = |id: &[u8]| [id, &[record.verify, record.punch], &encode_time(record.time)].concat();
        let data = match form {
            EventForm::Text32 => text(),
            EventForm::Text36 => [&text()[..], &[0; 4]].concat(),
            EventForm::Number12 => short(&record.user_id.parse().unwrap_or(0_u32).to_le_bytes()),
            EventForm::Uid10 => short(&record.uid.unwrap_or_default().to_le_bytes()),
        };
        Self {
            code: 1,
            data: data.into(),
        }
    }
}

impl Conversation {
    /// The packet that tells a client, if it asked for such events and the terminal is at work.
    pub(super) fn report(&self, report: &Report, state: &State) -> Option<Frame> {
        let wanted = self.mask & u32::from(report.code) != 0;
        (wanted && state.enabled && !state.faults.silent)
            .then(|| Frame::new(Command::REG_EVENT, report.code, 0, report.data.clone()))
    }
}
