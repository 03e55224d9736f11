//! The users of a terminal that only pushes: what it tells of them, and what it is told.

use chrono::{DateTime, Utc};
use punchclock_adms::command::{Encoded, results};
use punchclock_adms::{Dialect, Kind, Record, Request, Table, Upload, body, records};

use super::Endpoint;
use super::body::{MOST, Received};
use crate::config::Mode;
use crate::registry::{TerminalUser, Written};
use crate::site::TerminalState;

/// A terminal that is polled is read and written by that: it is the whole of what is on it.
fn by_push(terminal: &TerminalState) -> bool {
    terminal.config.mode == Mode::Push
}

impl Endpoint {
    /// Notes what a request shows of how the terminal speaks.
    pub(super) fn note_dialect(terminal: &TerminalState, kind: &Kind<'_>) {
        let language = match kind {
            Kind::Handshake(handshake) => handshake.language(),
            _ => None,
        };
        if let Some(dialect) = Dialect::implied_by(kind) {
            terminal.orders(|orders| orders.speaks(dialect, language));
        }
    }

    /// What a terminal is to do about its users now.
    pub(super) fn user_commands(&self, terminal: &TerminalState, now: DateTime<Utc>) -> Vec<Encoded> {
        if !by_push(terminal) {
            return Vec::new();
        }
        let wishes = terminal.open_wishes();
        let (commands, ended) = terminal.orders(|orders| orders.heartbeat(&wishes, now));
        self.end_wishes(terminal, ended);
        commands
    }

    /// Takes the users out of an upload that is stored.
    pub(super) fn take_users(
        &self,
        terminal: &TerminalState,
        upload: &Upload<'_>,
        body: &[u8],
        now: DateTime<Utc>,
    ) {
        if !by_push(terminal) || !matches!(upload.table, Table::OperLog | Table::UserInfo) {
            return;
        }
        let users: Vec<_> = records(&upload.table, body)
            .filter_map(|record| match record {
                Ok(Record::User(user)) => Some(user),
                _ => None,
            })
            .collect();
        let news: Vec<_> = users.iter().filter_map(TerminalUser::pushed).collect();
        if !news.is_empty() {
            terminal.add_users(now, news);
        }
        let readings = terminal.orders(|orders| users.iter().filter_map(|user| orders.told(user)).last());
        if let Some(reading) = readings {
            terminal.set_users(reading);
            self.site.users_read.notify_one();
        }
    }

    /// Takes the results of commands.
    pub(super) fn take_results(
        &self,
        terminal: &TerminalState,
        head: &Request<'_>,
        received: &Received,
        now: DateTime<Utc>,
    ) {
        let Received::Whole(bytes, _) = received else {
            return;
        };
        let Ok(body) = body::inflate((&**bytes).into(), MOST) else {
            return;
        };
        for result in results(&body, &head.parameters) {
            let (ended, reading) = terminal.orders(|orders| orders.result(&result, now));
            self.end_wishes(terminal, ended);
            if let Some(reading) = reading {
                terminal.set_users(reading);
                self.site.users_read.notify_one();
            }
        }
    }

    fn end_wishes(&self, terminal: &TerminalState, ended: impl IntoIterator<Item = Written>) {
        for written in ended {
            tracing::info!(
                terminal = terminal.config.label(),
                wish = written.id,
                ok = written.result.is_ok(),
                "a user that Odoo wanted written or removed"
            );
            terminal.wish_done(written);
            self.site.users_read.notify_one();
        }
    }
}
