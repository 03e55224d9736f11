//! The terminal's behaviour: one thing at a time, the most urgent first.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::builder::Builder;
use super::http::{Answer, Outgoing, exchange};
use super::terminal::{Power, Shared};

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
    /// Nothing is done before.
    rest_until: Instant,
    next_heartbeat: Instant,
    last_transfer: Instant,
}

/// The next thing to do.
enum Step {
    Shake,
    Report(String),
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
            Step::Report(result) => self.report(result).await,
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
        if let Some(result) = state.results.front() {
            return Step::Report(result.clone());
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
                body.push_str(&self.settings.columns.encode(record, number.saturating_add(1)));
            }
            let cut_off = std::mem::take(&mut state.cut_next);
            return Step::Push(batch, body.into_bytes(), cut_off);
        }
        Step::Wait(next_transfer.map_or(self.next_heartbeat, |next| next.min(self.next_heartbeat)))
    }

    async fn shake(&mut self) {
        let target = self.target(
            "cdata",
            "&options=all&language=69&pushver=2.4.1&DeviceType=att&PushOptionsFlag=0",
        );
        let server = self.shared.state().server;
        let Some(answer) = self.get(target).await else {
            return;
        };
        // The options end each of their lines with LF; one that does not is not read.
        let mut lines = answer
            .body
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'));
        let greeted = lines
            .next()
            .is_some_and(|line| line.starts_with("GET OPTION FROM:"));
        if answer.status != 200 || !greeted {
            return self.failed();
        }
        let options: BTreeMap<String, String> = lines
            .filter_map(|line| line.trim_end_matches('\r').split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        self.failures = 0;
        self.next_heartbeat = Instant::now();
        self.shared.state().shaken(server, options);
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
            return;
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
            worked |= state.obey(line);
        }
        let delay = state
            .option("Delay")
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

    async fn report(&mut self, result: String) {
        let target = self.target("devicecmd", "");
        let Some(answer) = self.post(target, result.into_bytes(), false).await else {
            return;
        };
        if !answer.is_success() {
            return self.failed();
        }
        self.failures = 0;
        self.shared.state().results.pop_front();
    }

    async fn push(&mut self, batch: &Range<usize>, body: Vec<u8>, cut_off: bool) {
        let target = self.target("cdata", "&table=ATTLOG&Stamp=9999");
        let Some(answer) = self.post(target, body, cut_off).await else {
            return;
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
        self.send(&Outgoing {
            method: "POST",
            target,
            content_type,
            body,
            cut_off,
            slowly,
        })
        .await
    }

    /// The reply, or `None` after a failure, which is noted.
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
            Err(_) => {
                self.failed();
                None
            }
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

fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes.saturating_mul(60))
}

/// `instant` after `pause`; a pause beyond the range of the clock is cut to a year.
fn later(instant: Instant, pause: Duration) -> Instant {
    const YEAR: Duration = Duration::from_secs(366 * 24 * 3600);
    instant.checked_add(pause.min(YEAR)).unwrap_or(instant)
}
