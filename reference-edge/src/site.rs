//! What the edge knows of its branch while it runs: the terminals, their channels, strangers, and how delivery does.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use punchclock_queue::normalise_serial;
use punchclock_rules::ZoneTable;

use crate::channel::Watch;
use crate::clock::Clock;
use crate::config::{Config, Terminal};
use crate::orders::Orders;
use crate::punch::Channel;
use crate::registry::{Facts, TerminalUser, UserReading, Wish, Wishes, Written};

/// Unknown serials kept for the operator to see. A stranger can invent serials without end, so there is a cap.
const STRANGERS_KEPT: usize = 100;

/// The branch.
#[derive(Debug)]
pub struct Site {
    /// The clocks.
    pub clock: Clock,
    /// The name of this edge.
    pub node: String,
    terminals: BTreeMap<String, TerminalState>,
    strangers: Mutex<BTreeMap<String, Stranger>>,
    delivery: Mutex<Delivery>,
    key_expires: Mutex<Option<DateTime<Utc>>>,
    /// Told when the users of a terminal were read.
    pub users_read: tokio::sync::Notify,
}

/// A terminal of the configuration, and how it does.
#[derive(Debug)]
pub struct TerminalState {
    /// What the configuration says.
    pub config: Terminal,
    watch: Mutex<Watch>,
    zone: Mutex<Option<Arc<Zone>>>,
    problem: Mutex<Option<String>>,
    held: Mutex<Option<&'static str>>,
    facts: Mutex<Facts>,
    users: Mutex<Users>,
    wishes: Mutex<Wishes>,
    orders: Mutex<Orders>,
}

/// The last reading of a terminal's users, and when the next is due.
#[derive(Debug, Default)]
struct Users {
    unreported: Option<Arc<UserReading>>,
    next: Duration,
}

/// A terminal's zone. Its table is built once here, not with every heartbeat.
#[derive(Debug)]
pub struct Zone {
    name: String,
    /// What its clocks show; `None` if there is no such zone.
    pub table: Option<ZoneTable>,
}

impl Zone {
    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn named(name: &str) -> Arc<Self> {
        Arc::new(Self {
            name: name.to_owned(),
            table: ZoneTable::bundled(name).ok(),
        })
    }
}

/// A serial that asked to be served and is not in the configuration.
#[derive(Debug, Clone)]
pub struct Stranger {
    /// Where it connected from last.
    pub address: IpAddr,
    /// How often.
    pub requests: u64,
}

/// How the delivery to Odoo does.
#[derive(Debug, Clone, Default)]
pub struct Delivery {
    /// Monotonic time of the last answered call.
    pub last_success: Option<Duration>,
    /// Calls that failed since.
    pub failures_in_a_row: u32,
    /// Why the last one failed, and what to do.
    pub problem: Option<String>,
    /// The fault is one of configuration: nothing will change until somebody acts.
    pub needs_operator: bool,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What these hold is valid after any panic: plain values, replaced whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Site {
    /// The branch as the configuration draws it.
    #[must_use]
    pub fn new(config: &Config, clock: Clock) -> Self {
        let heartbeat = config.push.as_ref().map(|push| push.heartbeat_s);
        let terminals = config
            .terminals
            .iter()
            .map(|terminal| {
                let state = TerminalState {
                    config: terminal.clone(),
                    watch: Mutex::new(Watch::new(terminal, &config.poll, heartbeat)),
                    zone: Mutex::new(terminal.zone.as_deref().map(Zone::named)),
                    problem: Mutex::new(None),
                    held: Mutex::new(None),
                    facts: Mutex::default(),
                    users: Mutex::default(),
                    wishes: Mutex::default(),
                    orders: Mutex::new(Orders::new(heartbeat.unwrap_or_default(), clock.now())),
                };
                (normalise_serial(&terminal.serial).into_owned(), state)
            })
            .collect();
        Self {
            clock,
            node: config.node.name.clone(),
            terminals,
            strangers: Mutex::default(),
            delivery: Mutex::default(),
            key_expires: Mutex::default(),
            users_read: tokio::sync::Notify::new(),
        }
    }

    /// The terminals, by normalised serial.
    pub fn terminals(&self) -> impl Iterator<Item = (&str, &TerminalState)> {
        self.terminals
            .iter()
            .map(|(serial, state)| (serial.as_str(), state))
    }

    /// A terminal by its serial in any spelling.
    #[must_use]
    pub fn terminal(&self, serial: &str) -> Option<&TerminalState> {
        self.terminals.get(normalise_serial(serial).as_ref())
    }

    /// Notes a serial that is not in the configuration; `true` when it is a new one.
    pub fn stranger(&self, serial: &str, address: IpAddr) -> bool {
        let mut strangers = lock(&self.strangers);
        if let Some(known) = strangers.get_mut(serial) {
            known.address = address;
            known.requests = known.requests.saturating_add(1);
            return false;
        }
        if strangers.len() >= STRANGERS_KEPT {
            return false;
        }
        strangers.insert(serial.to_owned(), Stranger { address, requests: 1 });
        true
    }

    /// The serials that wait for an operator to add them to the configuration.
    #[must_use]
    pub fn strangers(&self) -> Vec<(String, Stranger)> {
        lock(&self.strangers)
            .iter()
            .map(|(serial, stranger)| (serial.clone(), stranger.clone()))
            .collect()
    }

    /// How delivery does.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        lock(&self.delivery).clone()
    }

    /// When the API key ends, as Odoo said.
    #[must_use]
    pub fn key_expires(&self) -> Option<DateTime<Utc>> {
        *lock(&self.key_expires)
    }

    /// Odoo said when the API key ends.
    pub fn set_key_expires(&self, at: Option<DateTime<Utc>>) {
        *lock(&self.key_expires) = at;
    }

    /// A call to Odoo was answered.
    pub fn delivery_succeeded(&self) {
        let now = self.clock.elapsed();
        *lock(&self.delivery) = Delivery {
            last_success: Some(now),
            ..Delivery::default()
        };
    }

    /// A call to Odoo failed; returns how many did in a row.
    pub fn delivery_failed(&self, problem: String, needs_operator: bool) -> u32 {
        let mut delivery = lock(&self.delivery);
        delivery.failures_in_a_row = delivery.failures_in_a_row.saturating_add(1);
        delivery.problem = Some(problem);
        delivery.needs_operator = needs_operator;
        delivery.failures_in_a_row
    }
}

impl TerminalState {
    /// Works on the channel watch.
    pub fn watch<R>(&self, work: impl FnOnce(&mut Watch) -> R) -> R {
        work(&mut lock(&self.watch))
    }

    /// The zone: Odoo's once it is known, else the configuration's.
    #[must_use]
    pub fn zone(&self) -> Option<Arc<Zone>> {
        lock(&self.zone).clone()
    }

    /// Odoo said the zone.
    pub fn set_zone(&self, name: &str) {
        if self.zone().is_none_or(|known| known.name != name) {
            *lock(&self.zone) = Some(Zone::named(name));
        }
    }

    /// Why the last poll failed.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        lock(&self.problem).clone()
    }

    /// Notes why the terminal's handshake waits, or that it does not; `true` when that is new.
    pub fn hold_handshake(&self, why: Option<&'static str>) -> bool {
        let mut held = lock(&self.held);
        let new = *held != why;
        *held = why;
        new
    }

    /// Why the terminal's handshake waits.
    #[must_use]
    pub fn held(&self) -> Option<&'static str> {
        *lock(&self.held)
    }

    /// Notes the end of a poll.
    pub fn polled(&self, now: Duration, problem: Option<String>) {
        self.watch(|watch| watch.polled(now, problem.is_none()));
        *lock(&self.problem) = problem;
    }

    /// What the terminal last said of itself.
    #[must_use]
    pub fn facts(&self) -> Facts {
        lock(&self.facts).clone()
    }

    /// Notes what the terminal says of itself.
    pub fn set_facts(&self, facts: Facts) {
        *lock(&self.facts) = facts;
    }

    /// Whether its users should be read with this poll; when so, the next time is `again` later, also if it fails.
    pub fn users_due(&self, now: Duration, again: Duration) -> bool {
        let mut users = lock(&self.users);
        let due = now >= users.next;
        if due {
            users.next = now.saturating_add(again);
        }
        due
    }

    /// Its users were read.
    pub fn set_users(&self, reading: UserReading) {
        lock(&self.users).unreported = Some(Arc::new(reading));
    }

    /// The terminal told of some of its users by itself.
    pub fn add_users(&self, read_at: DateTime<Utc>, news: Vec<TerminalUser>) {
        let mut users = lock(&self.users);
        let reading = match &users.unreported {
            Some(untold) => untold.with(news),
            None => UserReading {
                read_at,
                users: news,
                complete: false,
            },
        };
        users.unreported = Some(Arc::new(reading));
    }

    /// Works on the commands about its users.
    pub(crate) fn orders<R>(&self, work: impl FnOnce(&mut Orders) -> R) -> R {
        work(&mut lock(&self.orders))
    }

    /// The users that Odoo has not been told.
    #[must_use]
    pub fn unreported_users(&self) -> Option<Arc<UserReading>> {
        lock(&self.users).unreported.clone()
    }

    /// Odoo has this reading; a newer one that came meanwhile stays.
    pub fn users_reported(&self, reading: &Arc<UserReading>) {
        let mut users = lock(&self.users);
        if users
            .unreported
            .as_ref()
            .is_some_and(|kept| Arc::ptr_eq(kept, reading))
        {
            users.unreported = None;
        }
    }

    /// Odoo said what HR wants done about its users.
    pub fn set_wishes(&self, wishes: Vec<Wish>) {
        lock(&self.wishes).set(wishes);
    }

    /// What is still to be done about its users.
    #[must_use]
    pub fn open_wishes(&self) -> Vec<Wish> {
        lock(&self.wishes).open()
    }

    /// A wish has ended.
    pub fn wish_done(&self, written: Written) {
        let fulfilled = written.result.is_ok();
        let ended = lock(&self.wishes).end(written);
        if let Some(wish) = ended.filter(|_| fulfilled) {
            let mut users = lock(&self.users);
            users.unreported = users
                .unreported
                .take()
                .map(|reading| Arc::new(reading.after(&wish)));
        }
    }

    /// How wishes ended that Odoo has not been told of.
    #[must_use]
    pub fn untold_wishes(&self) -> Vec<Written> {
        lock(&self.wishes).done()
    }

    /// Odoo has these.
    pub fn wishes_told(&self, told: &[Written]) {
        lock(&self.wishes).told(told);
    }

    /// Notes a contact of the push channel.
    pub fn pushed(&self, now: Duration) {
        let recovered = self.watch(|watch| {
            let was_silent = watch.silent(Channel::Push, now);
            watch.pushed(now);
            was_silent
        });
        if recovered {
            tracing::info!(terminal = self.config.label(), "push is heard again");
        }
    }
}
