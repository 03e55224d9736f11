//! What a terminal is told: its options, the time, and, while polling is silent, to send at once.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use punchclock_adms::command::{Action, Command};
use punchclock_adms::{Charset, Dialect, Handshake, HandshakeOptions, Reply, Serial, Stamp};

use super::store::stamp_cursor;
use super::{Answer, Endpoint};
use crate::clock::host_is_synchronised;
use crate::config::{Mode, TerminalClock};
use crate::site::TerminalState;

impl Endpoint {
    /// Minutes east of UTC where the terminal stands, if it may be told the time now; else why not.
    fn clock_of(&self, terminal: &TerminalState, now: DateTime<Utc>) -> Result<i32, &'static str> {
        match self.config.clock {
            TerminalClock::Never => return Err("push.clock is \"never\""),
            TerminalClock::WhenSynchronised if !host_is_synchronised() => {
                return Err("no time service says that the host clock is synchronised (push.clock)");
            }
            TerminalClock::WhenSynchronised | TerminalClock::TrustHost => {}
        }
        let zone = terminal
            .zone()
            .ok_or("its time zone is not known: enter it in Odoo or in the configuration")?;
        let table = zone.table.as_ref().ok_or("its time zone is no IANA name")?;
        Ok(table.offset_at(now.timestamp()) / 60)
    }

    /// The options of a terminal, with its clock's zone where that may be sent.
    pub(super) async fn handshake(
        &self,
        terminal: &TerminalState,
        serial: &Serial,
        handshake: &Handshake<'_>,
        now: DateTime<Utc>,
    ) -> Answer {
        let offset = self.clock_of(terminal, now);
        if let Err(why) = offset
            && self.config.clock == TerminalClock::WhenSynchronised
        {
            if terminal.hold_handshake(Some(why)) {
                tracing::warn!(
                    terminal = terminal.config.label(),
                    why,
                    "its handshake waits; it keeps its punches"
                );
            }
            return Reply::unavailable().into();
        }
        terminal.hold_handshake(None);
        if Dialect::announced(handshake) == Dialect::Acc {
            let version = handshake.push_version();
            return Answer {
                reply: self.door_handshake(terminal, version.as_deref()).await,
                date: offset.ok().map(|_| now),
            };
        }
        // A terminal that is polled sends by itself only while polling is silent.
        let takes_over = terminal.watch(|watch| watch.push_takes_over(self.site.clock.elapsed()));
        let realtime = terminal.config.mode != Mode::Poll || takes_over;
        let mut options = HandshakeOptions::new()
            .with_push_version(handshake.push_version().as_deref())
            .with_delay_s(self.config.heartbeat_s)
            .with_realtime(realtime);
        if !realtime {
            options = options.with_trans_interval_min(0);
        }
        if let Some(stamp) = self.committed_stamp(terminal).await {
            options = options.with_attlog_stamp(stamp);
        }
        if let Ok(minutes) = offset {
            options = options.with_time_zone_minutes(minutes);
        }
        Answer {
            reply: Reply::handshake(serial, &options),
            date: offset.ok().map(|_| now),
        }
    }

    /// The stamp of the last committed upload, so that firmware that heeds it does not send its whole log again at
    /// every handshake (protocol-adms §1.3). Without one, everything is asked for.
    async fn committed_stamp(&self, terminal: &TerminalState) -> Option<Stamp> {
        let stored = self.intake.cursor(&stamp_cursor(terminal)).await.ok()??;
        std::str::from_utf8(&stored).ok()?.parse().ok()
    }

    /// The answer to a heartbeat: what it is to do about its users, and, while polling is silent, to send at once.
    pub(super) fn heartbeat(&self, terminal: &TerminalState, now: DateTime<Utc>) -> Answer {
        let date = self.clock_of(terminal, now).ok().map(|_| now);
        let mut commands = self.user_commands(terminal, now);
        if terminal.watch(|watch| watch.nudge(self.site.clock.elapsed())) {
            tracing::warn!(
                terminal = terminal.config.label(),
                "polling is silent; the terminal is asked to push"
            );
            let id = self.commands.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
            // `LOG` takes no value, so that it can always be encoded.
            commands.extend(Command::new(id, Action::Log).encode(Dialect::Att, Charset::Utf8));
        }
        Answer {
            reply: Reply::commands(&commands),
            date,
        }
    }

    /// The answer to a clock that asks for the time (protocol-adms §1.2, `type=time`).
    pub(super) fn time(&self, terminal: &TerminalState, now: DateTime<Utc>) -> Answer {
        match self.clock_of(terminal, now) {
            Ok(offset) => {
                let local = now.naive_utc() + TimeDelta::minutes(offset.into());
                Answer {
                    reply: Reply::time(local, offset),
                    date: Some(now),
                }
            }
            Err(_) => Reply::unavailable().into(),
        }
    }
}
