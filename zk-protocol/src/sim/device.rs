//! A simulated terminal without a socket, for tests under a virtual clock.

use bytes::Bytes;

use super::answer::Conversation;
use super::event::Report;
use super::fault::{Dice, Fault, Network};
use super::state::State;
use crate::frame::Frame;
use crate::session::Transport;
use crate::wire::{AttendanceRecord, TimeError};

/// A terminal that is given packets and gives packets: no socket, no clock, no thread. It serves one client.
///
/// ```
/// use punchclock_zk::frame::Frame;
/// use punchclock_zk::session::Transport;
/// use punchclock_zk::sim::Simulator;
/// use punchclock_zk::wire::Command;
///
/// let mut device = Simulator::builder().device(Transport::Udp);
/// let answer = device.answer(&Frame::new(Command::CONNECT, 0, 0, &b""[..]));
/// assert_eq!(answer[0].header.command, Command::ACK_OK);
/// ```
#[derive(Debug)]
pub struct Device {
    state: State,
    conversation: Conversation,
}

impl Device {
    pub(super) fn new(state: State, transport: Transport) -> Self {
        let conversation = Conversation::new(transport == Transport::Udp);
        Self { state, conversation }
    }

    /// The packets that answer a packet, before anything happens to them on the way.
    pub fn answer(&mut self, request: &Frame) -> Vec<Frame> {
        self.conversation.answer(request, &mut self.state).frames
    }

    /// Someone punches: one more record in the log, and the event of it if the client registered for events.
    ///
    /// # Errors
    /// [`TimeError`] when a terminal's clock cannot show the time.
    pub fn punch(&mut self, record: &AttendanceRecord) -> Result<Option<Frame>, TimeError> {
        let report = self.state.punch(record)?;
        Ok(report.and_then(|report| self.conversation.report(&report, &self.state)))
    }

    /// Makes the terminal misbehave from now on.
    pub fn inject(&mut self, fault: Fault) {
        self.state.inject(fault);
    }

    /// How many records the log holds.
    #[must_use]
    pub fn record_count(&self) -> u32 {
        self.state.log.count
    }
}

impl State {
    pub(super) fn inject(&mut self, fault: Fault) {
        if let Fault::ClockJump(seconds) = fault {
            self.clock.jump(seconds);
        }
        self.faults.inject(fault);
    }

    /// Stores a punch; the event of it, unless it gets lost.
    pub(super) fn punch(&mut self, record: &AttendanceRecord) -> Result<Option<Report>, TimeError> {
        if self.faults.log_full {
            return Ok(None);
        }
        self.log.push(record)?;
        if self.faults.lose_events > 0 {
            self.faults.lose_events -= 1;
            return Ok(None);
        }
        Ok(Some(Report::punch(record, self.event_form)))
    }
}

/// A network that misbehaves, for packets of any kind.
#[derive(Debug)]
pub struct Lossy(Dice);

impl Lossy {
    /// With these chances.
    #[must_use]
    pub fn new(network: Network) -> Self {
        Self(Dice::new(network))
    }

    /// What arrives of some packets.
    pub fn carry(&mut self, sent: Vec<Bytes>) -> Vec<Bytes> {
        self.0.carry(sent)
    }
}
