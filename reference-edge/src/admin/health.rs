//! `/health`: pass, warn or fail, with the reason of each check by name. The form is that of the expired draft
//! `draft-inadarei-api-health-check` (`application/health+json`), which monitoring tools read.
//!
//! Odoo being away is a warning: punches are safe here, and a restart would not bring Odoo back. Only what keeps
//! the edge from acknowledging is a failure.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use punchclock_queue::{AsyncQueue, Recovery};
use serde::Serialize;

use super::Admin;
use crate::clock::host_is_synchronised;
use crate::punch::Channel;
use crate::site::{Site, TerminalState};

/// The end of the API key is told this long before.
const KEY_WARNING_DAYS: i64 = 30;

/// How a check, or the whole, stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Pass,
    Warn,
    Fail,
}

#[derive(Debug, Serialize)]
struct Check {
    name: String,
    status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    observed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<String>,
}

#[derive(Debug, Serialize)]
struct Health {
    status: Status,
    version: &'static str,
    node: String,
    checks: Vec<Check>,
}

fn check(name: impl Into<String>, status: Status, observed: Option<u64>, output: Option<String>) -> Check {
    Check {
        name: name.into(),
        status,
        observed,
        output,
    }
}

/// What is wrong with the edge itself, in words; its terminals are told apart ([`terminal_problem`]).
pub(crate) async fn problems(site: &Site, queue: &AsyncQueue) -> Vec<String> {
    let mut checks = queue_checks(queue).await;
    checks.push(delivery(site));
    checks
        .into_iter()
        .filter(|check| check.status != Status::Pass)
        .map(|check| match check.output {
            Some(output) => output,
            None => check.name,
        })
        .collect()
}

pub(super) async fn report(State(admin): State<Admin>) -> Response {
    let mut checks = queue_checks(&admin.queue).await;
    checks.push(delivery(&admin.site));
    checks.extend(key(&admin.site));
    terminals(&admin.site, &mut checks);
    for (serial, stranger) in admin.site.strangers() {
        checks.push(check(
            format!("unknown:{serial}"),
            Status::Warn,
            Some(stranger.requests),
            Some(format!(
                "a terminal with this serial connects from {} and is not in the configuration; its punches stay on it",
                stranger.address
            )),
        ));
    }
    let synchronised = host_is_synchronised();
    checks.push(check(
        "clock:synchronised",
        Status::Pass,
        Some(u64::from(synchronised)),
        (!synchronised).then(|| "no time service says that the host clock is synchronised".to_owned()),
    ));
    let status = checks
        .iter()
        .map(|check| check.status)
        .max()
        .unwrap_or(Status::Pass);
    let health = Health {
        status,
        version: env!("CARGO_PKG_VERSION"),
        node: admin.site.node.clone(),
        checks,
    };
    let code = if status == Status::Fail {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    match serde_json::to_vec_pretty(&health) {
        Ok(body) => (code, [(header::CONTENT_TYPE, "application/health+json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn queue_checks(queue: &AsyncQueue) -> Vec<Check> {
    let health = queue.health();
    let commits = match health.last_error {
        _ if health.can_commit() => check("queue:commit", Status::Pass, None, None),
        Some(error) => check(
            "queue:commit",
            Status::Fail,
            None,
            Some(format!("{error}; until then nothing is acknowledged")),
        ),
        None => check(
            "queue:commit",
            Status::Fail,
            None,
            Some("the queue is closed".to_owned()),
        ),
    };
    let stats = match queue.stats().await {
        Ok(stats) => stats,
        Err(error) => {
            return vec![
                commits,
                check("queue:read", Status::Fail, None, Some(error.to_string())),
            ];
        }
    };
    let rejected = if stats.dead > 0 {
        let output = "Odoo rejected punches; they are kept: `punchclock-edge rejected` lists them";
        check(
            "queue:rejected",
            Status::Warn,
            Some(stats.dead),
            Some(output.to_owned()),
        )
    } else {
        check("queue:rejected", Status::Pass, Some(0), None)
    };
    let file = match queue.recovery() {
        Recovery::Quarantined(salvage) => check(
            "queue:file",
            Status::Warn,
            Some(salvage.lost),
            Some(salvage.to_string()),
        ),
        _ => check("queue:file", Status::Pass, None, None),
    };
    vec![
        commits,
        file,
        check("queue:pending", Status::Pass, Some(stats.pending), None),
        rejected,
        // Tables that the edge does not use yet are kept here too, so that a number alone is no reason to worry.
        check("queue:quarantined", Status::Pass, Some(stats.quarantined), None),
    ]
}

fn delivery(site: &Site) -> Check {
    let delivery = site.delivery();
    let status = if delivery.failures_in_a_row > 0 {
        Status::Warn
    } else {
        Status::Pass
    };
    let age = delivery
        .last_success
        .map(|at| site.clock.elapsed().saturating_sub(at).as_secs());
    let output = delivery.problem.map(|problem| {
        if delivery.needs_operator {
            format!("somebody has to act: {problem}")
        } else {
            problem
        }
    });
    check("odoo:delivery", status, age, output)
}

/// The API key, once Odoo has said when it ends.
fn key(site: &Site) -> Option<Check> {
    let days = site
        .key_expires()?
        .signed_duration_since(site.clock.now())
        .num_days();
    let late = (days < KEY_WARNING_DAYS).then(|| {
        format!("the API key of Odoo expires in {days} days: make a new one on the gateway's form and put it into delivery.api_key_file, then restart the edge")
    });
    let status = if late.is_some() {
        Status::Warn
    } else {
        Status::Pass
    };
    Some(check("odoo:key_days", status, u64::try_from(days).ok(), late))
}

fn terminals(site: &Site, checks: &mut Vec<Check>) {
    let now = site.clock.elapsed();
    for (serial, terminal) in site.terminals() {
        for channel in [Channel::Poll, Channel::Push] {
            let output = channel_problem(site, serial, terminal, channel);
            let status = if output.is_some() {
                Status::Warn
            } else {
                Status::Pass
            };
            let age = terminal
                .watch(|watch| watch.last_seen(channel))
                .map(|seen| now.saturating_sub(seen).as_secs());
            let word = channel.as_str();
            checks.push(check(format!("terminal:{serial}:{word}"), status, age, output));
        }
    }
}

/// What is wrong with a terminal, in words, a line a channel.
pub(crate) fn terminal_problem(site: &Site, serial: &str, terminal: &TerminalState) -> Vec<String> {
    [Channel::Poll, Channel::Push]
        .into_iter()
        .filter_map(|channel| channel_problem(site, serial, terminal, channel))
        .collect()
}

fn channel_problem(site: &Site, serial: &str, terminal: &TerminalState, channel: Channel) -> Option<String> {
    let now = site.clock.elapsed();
    let silent = terminal.watch(|watch| watch.silent(channel, now));
    let problem = match channel {
        Channel::Poll => terminal.problem(),
        Channel::Push => terminal.held().map(|why| format!("its handshake waits: {why}")),
    };
    let (name, word) = (terminal.config.label(), channel.as_str());
    match (silent, problem) {
        (true, Some(problem)) => Some(format!("{name} ({serial}) is silent on {word}: {problem}")),
        (true, None) => Some(format!("{name} ({serial}) is silent on {word}: nothing has come")),
        // Not yet silent, or only the second way in: worth a look before it is needed.
        (false, Some(problem)) => Some(format!("{name} ({serial}) on {word}: {problem}")),
        (false, None) => None,
    }
}
