//! The terminal's behaviour: one thing at a time, the most urgent first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::builder::Builder;
use super::columns::event_line;
use super::http::{Answer, Outgoing, exchange};
use super::orders::Report;
use super::terminal::{Power, Shared};
use crate::dialect::Dialect;

/// Failures in a row after which a terminal shakes hands again.
const TRIES: u32 = 3;

/// Longest pause before the next heartbeat after one that brought commands.
const AFTER_WORK: Duration = Duration::from_secs(1);

/// Heartbeat while no handshake has named one.
const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(10);

/// The running terminal. All it knows is here or in the shared state, so a step can be cut off anywhere.
pub(super) struct Worker {
    settings: Builder,
    shared: Arc<Shared>,
    failures: u32,
    /// What an access control terminal shows of its registration.
    token: Option<String>,
    /// Nothing is done before.
    rest_until: Instant,
    next_heartbeat: Instant,
    last_transfer: Instant,
}

/// The next thing to do.
enum Step {
    Shake,
    Report(Report),
    Beat,
    Push(Range<usize>, Vec<u8>, bool),
    Wait(Instant),
}

impl Worker {
    pub(super) fn new(settings: Builder, shared: Arc<Shared>) -> Self {
        let now = Instant::now();
        Self {
            settings,
            shared,
            failures: 0,
            token: None,
            rest_until: now,
            next_heartbeat: now,
            last_transfer: now,
        }
    }

    /// Runs until the power is off.
    pub(super) async fn run(mut self, mut power: watch::Receiver<Power>) {
        loop {
            let now = *power.borrow_and_update();
            match now {
                Power::Off => return,
                Power::Offline => {
                    if power.changed().await.is_err() {
                        return;
                    }
                }
                Power::On => tokio::select! {
                    changed = power.changed() => if changed.is_err() { return },
                    () = self.step() => {}
                },
            }
        }
    }

    async fn step(&mut self) {
        sleep_until(self.rest_until).await;
        match self.next() {
            Step::Shake => self.shake().await,
            Step::Report(report) => self.report(report).await,
            Step::Beat => self.beat().await,
            Step::Push(batch, body, cut_off) => self.push(&batch, body, cut_off).await,
            Step::Wait(until) => tokio::select! {
                () = sleep_until(until) => {}
                () = self.shared.changed.notified() => {}
            },
        }
    }

    fn next(&mut self) -> Step {
        let now = Instant::now();
        let shared = Arc::clone(&self.shared);
        let mut state = shared.state();
        if state.must_shake {
            return Step::Shake;
        }
        if let Some(report) = state.reports.front() {
            return Step::Report(report.clone());
        }
        if now >= self.next_heartbeat {
            return Step::Beat;
        }
        if !state.has_unsent() {
            state.asked = false;
            return Step::Wait(self.next_heartbeat);
        }
        // Without `Realtime` a terminal sends at its intervals, or when it is told to.
        let realtime = state.option("Realtime") != Some(0);
        let interval = state
            .option("TransInterval")
            .filter(|minutes| *minutes > 0)
            .map(minutes);
        let next_transfer = interval.and_then(|interval| self.last_transfer.checked_add(interval));
        if next_transfer.is_some_and(|next| now >= next) {
            state.asked = true;
        }
        if realtime || state.asked {
            self.last_transfer = now;
            let batch = state.next_batch(self.settings.batch);
            let mut body = String::new();
            for (number, record) in state.log.iter().enumerate().take(batch.end).skip(batch.start) {
                let number = number.saturating_add(1);
                body.push_str(&match self.settings.dialect {
                    Dialect::Acc => event_line(record, number),
                    _ => self.settings.columns.encode(record, number),
                });
            }
            let cut_off = std::mem::take(&mut state.cut_next);
            return Step::Push(batch, body.into_bytes(), cut_off);
        }
        Step::Wait(next_transfer.map_or(self.next_heartbeat, |next| next.min(self.next_heartbeat)))
    }

    async fn shake(&mut self) {
        let server = self.shared.state().server;
        let options = match self.settings.dialect {
            Dialect::Acc => self.register().await,
            _ => self.shake_hands().await,
        };
        match options {
            Some(options) => {
                self.failures = 0;
                self.next_heartbeat = Instant::now();
                self.shared.state().shaken(server, options);
            }
            None => self.failed(),
        }
    }

    /// The options of an attendance terminal.
    async fn shake_hands(&mut self) -> Option<BTreeMap<String, String>> {
        let version = match self.settings.dialect {
            Dialect::Old => "",
            Dialect::Us => "&pushver=3.2.0",
            _ => "&pushver=2.4.1&DeviceType=att&PushOptionsFlag=0",
        };
        let target = self.target("cdata", &format!("&options=all&language=69{version}"));
        let answer = self.get(target).await?;
        let (first, options) = answer.body.split_once('\n')?;
        let greeted = answer.status == 200 && first.starts_with("GET OPTION FROM:");
        greeted.then(|| pairs(options))
    }

    /// The configuration of an access control terminal, which registers for it unless it is registered.
    async fn register(&mut self) -> Option<BTreeMap<String, String>> {
        let target = self.target("cdata", "&pushver=3.1.2&DeviceType=acc&options=all");
        let answer = self.get(target).await?;
        let mut options = pairs(&answer.body);
        if answer.status != 200 {
            return None;
        }
        if options.get("registry").is_none_or(|registry| registry != "ok") {
            if !answer.is_success() {
                return None;
            }
            let settings = format!(
                "DeviceType=acc,~DeviceName=Simulated,~SerialNumber={},FirmVer=Ver sim,PushVersion=Ver 3.1.2,IPAddress=127.0.0.1",
                self.settings.serial
            );
            let target = self.target("registry", "");
            let answer = self.post(target, settings.into_bytes(), false).await?;
            let code = answer.body.trim().strip_prefix("RegistryCode=")?.to_owned();
            if answer.status != 200 {
                return None;
            }
            self.token = Some(token(&code));
            let target = self.target("push", "");
            let answer = self.post(target, Vec::new(), false).await?;
            options = pairs(&answer.body);
            if answer.status != 200 {
                return None;
            }
        }
        options.contains_key("ServerVersion").then_some(options)
    }

    async fn beat(&mut self) {
        let info = {
            let state = self.shared.state();
            if state.must_inform {
                format!("&INFO=Ver%20sim,0,0,{},127.0.0.1,10,7,15,0,111", state.log.len())
            } else {
                String::new()
            }
        };
        let target = self.target("getrequest", &info);
        let Some(answer) = self.get(target).await else {
            return self.failed();
        };
        if answer.status != 200 || answer.body.is_empty() {
            return self.failed();
        }
        self.failures = 0;
        let mut state = self.shared.state();
        state.beaten();
        let mut worked = false;
        // A command that does not end LF is not obeyed.
        for line in answer
            .body
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
        {
            worked |= state.obey(line, &self.settings);
        }
        let delay = state
            .option("Delay")
            .or_else(|| state.option("RequestDelay"))
            .filter(|seconds| *seconds > 0)
            .map(Duration::from_secs);
        drop(state);
        let heartbeat = self.settings.heartbeat.or(delay).unwrap_or(DEFAULT_HEARTBEAT);
        let pause = if worked {
            heartbeat.min(AFTER_WORK)
        } else {
            heartbeat
        };
        self.next_heartbeat = later(Instant::now(), pause);
    }

    async fn report(&mut self, report: Report) {
        let Report { endpoint, more, body } = report;
        let target = self.target(endpoint, &more);
        let Some(answer) = self.post(target, body, false).await else {
            return self.failed();
        };
        // Packets of an answer are acknowledged with the name of their table.
        let packet = endpoint == "querydata" && answer.status == 200 && answer.body.contains('=');
        if !answer.is_success() && !packet {
            return self.failed();
        }
        self.failures = 0;
        self.shared.state().reports.pop_front();
    }

    async fn push(&mut self, batch: &Range<usize>, body: Vec<u8>, cut_off: bool) {
        let target = match self.settings.dialect {
            Dialect::Acc => self.target("cdata", "&table=rtlog"),
            Dialect::Old => self.target("cdata", "&Stamp=9999"),
            _ => self.target("cdata", "&table=ATTLOG&Stamp=9999"),
        };
        let Some(answer) = self.post(target, body, cut_off).await else {
            return self.failed();
        };
        if !answer.is_success() {
            return self.failed();
        }
        self.failures = 0;
        self.shared.state().acknowledge(batch);
    }

    fn target(&self, endpoint: &str, more: &str) -> String {
        let mut target = String::new();
        // Writing to a String cannot fail.
        let _ = write!(
            target,
            "{}/iclock/{endpoint}?SN={}{more}",
            self.settings.path_prefix, self.settings.serial
        );
        target
    }

    async fn get(&mut self, target: String) -> Option<Answer> {
        let request = Outgoing {
            method: "GET",
            target,
            content_type: None,
            cookie: None,
            body: Vec::new(),
            cut_off: false,
            slowly: None,
        };
        self.send(&request).await
    }

    async fn post(&mut self, target: String, body: Vec<u8>, cut_off: bool) -> Option<Answer> {
        let Builder {
            content_type, slowly, ..
        } = self.settings;
        let token = self.token.clone();
        self.send(&Outgoing {
            method: "POST",
            target,
            content_type,
            cookie: token.as_deref(),
            body,
            cut_off,
            slowly,
        })
        .await
    }

    /// The reply, or `None` where there was none.
    async fn send(&mut self, request: &Outgoing<'_>) -> Option<Answer> {
        let server = self.shared.state().server;
        match exchange(server, request).await {
            Ok(answer) => {
                let mut state = self.shared.state();
                state.replied(answer.status, &answer.body);
                // The word by which a server makes a terminal introduce itself again.
                state.must_shake |= answer.body.contains("UNKNOWN DEVICE");
                drop(state);
                Some(answer)
            }
            Err(_) => None,
        }
    }

    fn failed(&mut self) {
        self.rest_until = later(Instant::now(), self.settings.retry_gap);
        self.failures = self.failures.saturating_add(1);
        if self.failures >= TRIES {
            self.failures = 0;
            self.shared.state().must_shake = true;
        }
    }
}

/// `key=value` lines. One that does not end LF is not read, as by old firmware.
fn pairs(text: &str) -> BTreeMap<String, String> {
    text.split_inclusive('\n')
        .filter_map(|line| line.strip_suffix('\n'))
        .filter_map(|line| line.trim_end_matches('\r').split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// 32 hexadecimal digits. How real terminals make them of the code is not known; a server must not care.
fn token(code: &str) -> String {
    let digits: String = code.bytes().map(|byte| format!("{byte:02x}")).collect();
    format!("{digits:0<32}").chars().take(32).collect()
}

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
}

/// `instant` after `pause`; a pause beyond the range of the clock is cut to a year.
fn later(instant: Instant, pause: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
    instant.checked_add(pause.min(YEAR)).unwrap_or(instant)
}
