//! Listening to a terminal for as long as it takes: reconnects, and no punch twice or missed.
//!
//! ```text
//! connect ─ register ─ read what was missed ─ events, a sign of life now and then ─┐
//!    ▲                                                                             │
//!    └──────────────── wait, twice as long each time ◀─────── connection lost ◀────┘
//! ```
//!
//! Terminals send an event once and forget it, so the log is the truth: after every reconnect it is read from the last punch on (by time
//! where the terminal can, else whole), and a count that grew without an event has it read too. A [`Watermark`] tells what is new.

use std::time::Duration;

use chrono::NaiveDateTime;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::client::{Client, ConnectOptions, Events, Window};
use crate::error::Error;
use crate::session::TerminalEvent;
use crate::watermark::Watermark;
use crate::wire::event::{LivePunch, LiveUser, mask};
use crate::wire::{AttendanceRecord, BadRecord, Command, LiveEvent, User};

/// Items on their way to a slow listener.
const UNDER_WAY: usize = 64;

/// How to listen.
#[derive(Debug, Clone)]
pub struct LiveOptions {
    watermark: Option<Watermark>,
    mask: u32,
    keep_alive: Duration,
    first_wait: Duration,
    longest_wait: Duration,
}

impl Default for LiveOptions {
    fn default() -> Self {
        Self {
            watermark: None,
            mask: mask::ALL,
            keep_alive: Duration::from_secs(30),
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
        }
    }
}

impl LiveOptions {
    /// From now on, every kind of event, a sign of life every 30 s, 1 to 60 s between attempts to connect.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Goes on where a watermark stands, beginning with what the log holds behind it. [`Watermark::new`] begins with the whole log.
    #[must_use]
    pub fn resume(mut self, watermark: Watermark) -> Self {
        self.watermark = Some(watermark);
        self
    }

    /// Which kinds of events ([`mask`]); punches always.
    #[must_use]
    pub fn mask(mut self, kinds: u32) -> Self {
        self.mask = kinds | mask::ATTENDANCE;
        self
    }

    /// How long a connection may be silent before it is asked for a sign of life.
    #[must_use]
    pub fn keep_alive(mut self, silence: Duration) -> Self {
        self.keep_alive = silence;
        self
    }

    /// How long to wait before connecting again: the first time, and at most.
    #[must_use]
    pub fn reconnect(mut self, first: Duration, longest: Duration) -> Self {
        (self.first_wait, self.longest_wait) = (first, longest.max(first));
        self
    }
}

/// Something that happened at a terminal, or to the connection to it.
#[derive(Debug)]
#[non_exhaustive]
pub enum LiveItem {
    /// The terminal listens to us; what was missed follows.
    Connected,
    /// Someone punched.
    Punch(Punch),
    /// Another event.
    Event(LiveEvent),
    /// A new record of the log that cannot be used.
    Unreadable(BadRecord),
    /// The connection was lost, or not made.
    Disconnected {
        /// Why.
        error: Error,
        /// When the next attempt is made.
        retry_in: Duration,
    },
}

/// A punch, told once.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Punch {
    /// The user id; the terminal's internal number where nobody has that number any more.
    pub user_id: String,
    /// The terminal's internal number, where it was told.
    pub uid: Option<u16>,
    /// Local wall-clock time of the terminal.
    pub time: NaiveDateTime,
    /// How the person was verified, as sent.
    pub verify: u8,
    /// The state chosen, as sent.
    pub punch: u8,
    /// The work code, where it was told.
    pub work_code: Option<u32>,
    /// Whether it was read in the log because its event was missed.
    pub from_log: bool,
}

/// Begins to listen: the items, and the driver to be run (`tokio::spawn(driver.run())`).
///
/// ```no_run
/// # async fn example() {
/// use punchclock_zk::live::{self, LiveItem, LiveOptions};
///
/// let (mut items, driver) = live::listen("192.0.2.10:4370", Default::default(), LiveOptions::new());
/// tokio::spawn(driver.run());
/// while let Some(item) = items.next().await {
///     if let LiveItem::Punch(punch) = item {
///         println!("{} {}", punch.user_id, punch.time);
///     }
/// }
/// # }
/// ```
pub fn listen(address: &str, options: ConnectOptions, live: LiveOptions) -> (LiveItems, LiveDriver) {
    let (sender, items) = mpsc::channel(UNDER_WAY);
    let driver = LiveDriver {
        address: address.to_owned(),
        options,
        watermark: live.watermark.clone(),
        live,
        items: sender,
        windowed: None,
        users: None,
    };
    (LiveItems { items }, driver)
}

/// What happens, in order.
#[derive(Debug)]
pub struct LiveItems {
    items: mpsc::Receiver<LiveItem>,
}

impl LiveItems {
    /// The next item; `None` when the driver is gone. Cancel safe.
    pub async fn next(&mut self) -> Option<LiveItem> {
        self.items.recv().await
    }
}

/// The part that does the work. It ends when the [`LiveItems`] are dropped.
#[derive(Debug)]
#[must_use = "nothing is heard unless the driver is run"]
pub struct LiveDriver {
    address: String,
    options: ConnectOptions,
    live: LiveOptions,
    items: mpsc::Sender<LiveItem>,
    watermark: Option<Watermark>,
    /// Whether the terminal reads windows, once it is known.
    windowed: Option<bool>,
    users: Option<Vec<User>>,
}

/// Why a connection is not listened to any more.
enum Ended {
    /// Nobody takes the items.
    NobodyListens,
    Failed(Error),
}

impl From<Error> for Ended {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl LiveDriver {
    /// Listens until nobody takes the items any more; the watermark then tells where it stood.
    pub async fn run(mut self) -> Watermark {
        let mut wait = self.live.first_wait;
        loop {
            let mut heard = false;
            let error = match self.connect(&mut heard).await {
                Ended::NobodyListens => return self.watermark.unwrap_or_default(),
                Ended::Failed(error) => error,
            };
            if heard {
                wait = self.live.first_wait;
            }
            tracing::debug!(%error, ?wait, "not connected");
            let item = LiveItem::Disconnected {
                error,
                retry_in: wait,
            };
            if self.items.send(item).await.is_err() {
                return self.watermark.unwrap_or_default();
            }
            tokio::select! {
                () = sleep(wait) => {}
                () = self.items.closed() => return self.watermark.unwrap_or_default(),
            }
            wait = wait.saturating_mul(2).min(self.live.longest_wait);
        }
    }

    /// One connection, from its beginning to its end.
    async fn connect(&mut self, heard: &mut bool) -> Ended {
        let connecting = Client::connect(self.address.clone(), self.options.clone());
        let (client, connection) = match connecting.await {
            Ok(pair) => pair,
            Err(error) => return Ended::Failed(error),
        };
        let running = connection.run();
        tokio::pin!(running);
        let ended = tokio::select! {
            biased;
            ended = self.attend(client, heard) => ended,
            lost = &mut running => {
                return Ended::Failed(lost.err().unwrap_or(Error::NotConnected));
            }
        };
        // The client is gone, so the connection says good-bye.
        if matches!(ended, Err(Ended::NobodyListens)) {
            drop(running.await);
        }
        ended.err().unwrap_or(Ended::NobodyListens)
    }

    async fn attend(&mut self, client: Client, heard: &mut bool) -> Result<(), Ended> {
        let mut events = client.events()?;
        // Events flow only while the terminal is at work; one that is says no to some of these.
        for command in [
            Command::CANCELCAPTURE,
            Command::STARTVERIFY,
            Command::ENABLEDEVICE,
        ] {
            tolerate(client.exchange(command, bytes::Bytes::new()).await.map(drop))?;
        }
        let first = self.watermark.is_none();
        if first {
            // Before the terminal is asked to report: what it reports must not pass for what was there.
            self.watermark = Some(self.beginning(&client).await?);
        }
        client.register(self.live.mask).await?;
        *heard = true;
        // Those that are here already come before what the log says of them.
        while let Some(event) = events.try_next() {
            self.tell(&client, &event).await?;
        }
        if first {
            let count = unless_silent(client.free_sizes().await)?.and_then(|sizes| sizes.records);
            let behind = |watermark: &Watermark| count.is_none() || watermark.is_behind(count);
            if self.watermark.as_ref().is_some_and(behind) {
                self.fill(&client).await?;
            }
            self.give(LiveItem::Connected).await?;
        } else {
            self.give(LiveItem::Connected).await?;
            self.fill(&client).await?;
        }
        loop {
            tokio::select! {
                event = events.next() => {
                    let event = event.ok_or(Error::NotConnected)?;
                    self.tell(&client, &event).await?;
                }
                () = sleep(self.live.keep_alive) => self.check(&client, &mut events).await?,
                () = self.items.closed() => return Err(Ended::NobodyListens),
            }
        }
    }

    /// Where "from now on" begins. A terminal that does not answer these questions may report events all the same.
    async fn beginning(&self, client: &Client) -> Result<Watermark, Error> {
        let clock = unless_silent(client.time().await)?;
        let count = unless_silent(client.free_sizes().await)?.and_then(|sizes| sizes.records);
        let Some(clock) = clock else {
            return self.all_past(client, count).await;
        };
        let records = match count.map(u64::from) {
            Some(records) if records > 0 => Some(records),
            // It may say so and hold thousands.
            _ => unless_silent(client.attendance_stream().await)?.map(|log| log.total_records()),
        };
        let mut watermark = Watermark::starting_at(clock, records);
        // Where a clock stands still or ran ahead, the log holds punches of a time that is still to come.
        if let Some(Some(mut ahead)) = unless_silent(client.attendance_window(Window::since(clock)).await)? {
            while let Some(record) = ahead.next().await? {
                if let Ok(record) = record {
                    watermark.skip(&record.user_id, record.time);
                }
            }
        }
        Ok(watermark)
    }

    /// A terminal that does not tell the time: its log tells what is past.
    async fn all_past(&self, client: &Client, count: Option<u32>) -> Result<Watermark, Error> {
        let mut watermark = Watermark::new();
        if let Some(log) = unless_silent(client.attendance().await)? {
            log.good()
                .for_each(|record| watermark.skip(&record.user_id, record.time));
            watermark.finish(log.records.len() as u64, count);
        }
        Ok(watermark)
    }

    /// A sign of life, and whether the log grew without an event.
    async fn check(&mut self, client: &Client, events: &mut Events) -> Result<(), Ended> {
        answer(client.time().await)?;
        let count = answer(client.free_sizes().await)?.and_then(|sizes| sizes.records);
        // Those that are here already are no reason to read the log.
        while let Some(event) = events.try_next() {
            self.tell(client, &event).await?;
        }
        let behind = self
            .watermark
            .as_ref()
            .is_some_and(|watermark| watermark.is_behind(count));
        if events.take_missed() > 0 || behind {
            self.fill(client).await?;
        }
        Ok(())
    }

    /// Reads what the log holds behind the watermark.
    async fn fill(&mut self, client: &Client) -> Result<(), Ended> {
        let clock = unless_silent(client.time().await)?;
        let count = unless_silent(client.free_sizes().await)?.and_then(|sizes| sizes.records);
        let from = self.watermark.get_or_insert_default().window(clock);
        if let Some(from) = from.filter(|_| self.windowed != Some(false)) {
            match client.attendance_window(Window::since(from)).await? {
                Some(mut stream) => {
                    self.windowed = Some(true);
                    while let Some(record) = stream.next().await? {
                        if let Ok(record) = record {
                            self.punch(&record, |watermark| {
                                watermark.accept_windowed(&record.user_id, record.time)
                            })
                            .await?;
                        }
                    }
                    if !self.watermark.get_or_insert_default().is_behind(count) {
                        return Ok(());
                    }
                }
                None => self.windowed = Some(false),
            }
        }
        self.scan(client, count).await
    }

    /// Goes through the whole log.
    async fn scan(&mut self, client: &Client, count: Option<u32>) -> Result<(), Ended> {
        let mut stream = client.attendance_stream().await?;
        let scan = self
            .watermark
            .get_or_insert_default()
            .scan(stream.total_records());
        let mut index = 0;
        while let Some(record) = stream.next().await? {
            match record {
                Ok(record) => {
                    self.punch(&record, |watermark| {
                        watermark.accept_scanned(scan, index, &record.user_id, record.time)
                    })
                    .await?;
                }
                Err(bad) if scan.is_behind(index) => self.give(LiveItem::Unreadable(bad)).await?,
                Err(_) => {}
            }
            index += 1;
        }
        self.watermark.get_or_insert_default().finish(index, count);
        Ok(())
    }

    /// Gives out a punch of the log if it is new. Nothing is remembered as told before there is room to tell it.
    async fn punch(
        &mut self,
        record: &AttendanceRecord,
        is_new: impl FnOnce(&mut Watermark) -> bool,
    ) -> Result<(), Ended> {
        let Ok(room) = self.items.reserve().await else {
            return Err(Ended::NobodyListens);
        };
        if is_new(self.watermark.get_or_insert_default()) {
            room.send(LiveItem::Punch(Punch {
                user_id: record.user_id.clone(),
                uid: record.uid,
                time: record.time,
                verify: record.verify,
                punch: record.punch,
                work_code: record.work_code,
                from_log: true,
            }));
        }
        Ok(())
    }

    /// Gives out an event.
    async fn tell(&mut self, client: &Client, event: &TerminalEvent) -> Result<(), Ended> {
        for event in LiveEvent::decode(event.code, &event.data) {
            let item = match event {
                LiveEvent::Punch(punch) => {
                    let punch = self.named(client, &punch).await?;
                    let Ok(room) = self.items.reserve().await else {
                        return Err(Ended::NobodyListens);
                    };
                    let watermark = self.watermark.get_or_insert_default();
                    if watermark.accept_event(&punch.user_id, punch.time) {
                        room.send(LiveItem::Punch(punch));
                    }
                    continue;
                }
                other => LiveItem::Event(other),
            };
            self.give(item).await?;
        }
        Ok(())
    }

    /// A punch with the user id of who has that number.
    async fn named(&mut self, client: &Client, punch: &LivePunch) -> Result<Punch, Error> {
        let (user_id, uid) = match &punch.user {
            LiveUser::Id(id) => (id.clone(), None),
            LiveUser::Uid(uid) => {
                let known = |users: &Option<Vec<User>>| {
                    let users = users.iter().flatten();
                    users
                        .clone()
                        .find(|user| user.uid == *uid)
                        .map(|user| user.user_id.clone())
                };
                if known(&self.users).is_none() {
                    // Also when someone was enrolled since.
                    self.users = answer(client.users().await)?;
                }
                (known(&self.users).unwrap_or_else(|| uid.to_string()), Some(*uid))
            }
        };
        Ok(Punch {
            user_id,
            uid,
            time: punch.time,
            verify: punch.verify,
            punch: punch.punch,
            work_code: punch.work_code,
            from_log: false,
        })
    }

    async fn give(&self, item: LiveItem) -> Result<(), Ended> {
        self.items.send(item).await.map_err(|_| Ended::NobodyListens)
    }
}

/// What a terminal answered; `None` where it does not answer this question, which is no reason to stop listening.
fn answer<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_disconnected() => Err(error),
        Err(error @ (Error::Timeout { .. } | Error::ShortTransfer { .. })) => Err(error),
        Err(error) => {
            tracing::debug!(%error, "a question the terminal does not answer");
            Ok(None)
        }
    }
}

/// As [`answer`], and silence is an answer too.
fn unless_silent<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Err(Error::Timeout { .. }) => Ok(None),
        other => answer(other),
    }
}

fn tolerate(result: Result<(), Error>) -> Result<(), Error> {
    answer(result).map(drop)
}
