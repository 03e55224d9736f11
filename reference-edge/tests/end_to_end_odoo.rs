//! The whole way on real parts: simulated terminals on real sockets, the real edge as a process, a real Odoo 19 on a
//! real PostgreSQL. In the middle Odoo is stopped for a while, and the edge is killed with SIGKILL and started again.
//!
//! `odoo_addon/dev/odoo` starts the Odoo; the test fails, and says why, where it cannot.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an integration test: a failed expectation is its failure, and it measures time"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use punchclock_edge::demo::odoo_stand_in::Arrived;
use punchclock_edge::demo::plan::{self, Role};
use punchclock_edge::demo::real_odoo::{Prepared, RealOdoo};
use punchclock_edge::demo::terminals::Terminals;
use punchclock_edge::demo::{days, unique};
use serde::Deserialize;
use support::process::EdgeProcess;
use support::{Site, secret, until};

/// Twelve people, four punches a day, over the spring change of clocks.
const WEEKS: u64 = 9;
const PATIENCE: Duration = Duration::from_secs(180);

/// What the script tells of the Odoo it started.
#[derive(Debug, Deserialize)]
struct Up {
    url: String,
    database: String,
    admin_key_file: PathBuf,
}

/// Runs the script that starts a real Odoo; its last line is the answer.
#[track_caller]
fn odoo(command: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../odoo_addon/dev/odoo");
    let output = Command::new(&script).arg(command).output().unwrap();
    assert!(
        output.status.success(),
        "{} {command}: {}",
        script.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned()
}

/// Ends the Odoo of this test, whatever happened.
struct Down;

impl Drop for Down {
    fn drop(&mut self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../odoo_addon/dev/odoo");
        let _ = Command::new(script).arg("e2e-down").status();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_punch_arrives_once_and_the_days_are_those_of_the_rules_crate() {
    let up: Up = serde_json::from_str(&odoo("e2e-up")).unwrap();
    let _down = Down;
    let suffix = unique();
    let plan = plan::terminals(&suffix, WEEKS);
    let real = RealOdoo {
        url: up.url.clone(),
        database: up.database.clone(),
        api_key_file: up.admin_key_file,
    };
    let prepared = Prepared::new(&real, &plan, &suffix).await.unwrap();

    let mut site = Site::new(&up.url);
    site.database = up.database;
    secret(&site.folder.path().join("odoo.key"), prepared.gateway_key());
    let mut terminals = Terminals::start(&plan, site.folder.path()).await.unwrap();
    site.terminals = terminals.configuration();
    let config = site.write();
    terminals.point_at(site.push);

    let edge = EdgeProcess::start(&config);
    let mut made = terminals.punch_part(0, 4);
    until("the first part to reach Odoo", PATIENCE, async || {
        prepared.count().await.unwrap() >= made
    })
    .await;

    odoo("e2e-stop-server");
    made += terminals.punch_part(1, 4);
    until("punches to wait in the queue", PATIENCE, async || {
        site.metric("edge_queue_pending ").await > 0
            && site.metric("edge_delivery_consecutive_failures ").await > 1
    })
    .await;
    edge.kill();
    made += terminals.punch_part(2, 4);
    let edge = EdgeProcess::start(&config);
    odoo("e2e-start-server");
    made += terminals.punch_part(3, 4);
    assert!(made >= 2_000, "{made} punches are too few");
    until("all punches to reach Odoo", PATIENCE, async || {
        prepared.count().await.unwrap_or(0) >= made
    })
    .await;

    let before = site
        .metric("edge_ingest_events_total{source=\"push\",outcome=\"duplicate\"}")
        .await;
    let replayed = u64::try_from(terminals.replay()).unwrap();
    assert!(replayed > 600, "a terminal replays its whole history");
    until("the replay to be refused", PATIENCE, async || {
        site.metric("edge_ingest_events_total{source=\"push\",outcome=\"duplicate\"}")
            .await
            >= before + replayed
    })
    .await;
    until("the queue to empty", PATIENCE, async || {
        site.metric("edge_queue_pending ").await == 0 && site.metric("edge_queue_leased ").await == 0
    })
    .await;
    assert_eq!(site.metric("edge_queue_dead ").await, 0);
    // Odoo knows the edge and how its terminals do, and has told it their zones.
    until("the edge's report", PATIENCE, async || {
        let (reported, terminals) = prepared.reported().await.unwrap();
        reported.version == env!("CARGO_PKG_VERSION") && terminals.len() == prepared.serials().len()
    })
    .await;
    assert_eq!(edge.terminate(), Some(0));

    // The set of events in Odoo is the set of punches made, exactly.
    let arrived = prepared.arrived().await.unwrap();
    let expected: BTreeSet<Arrived> = terminals
        .made()
        .into_iter()
        .flat_map(|terminal| terminal.punches)
        .collect();
    assert_eq!(arrived.len(), made, "an event is there twice");
    assert_eq!(arrived.iter().cloned().collect::<BTreeSet<_>>(), expected);

    // The days are those that the rules crate computes from the same punches.
    let computing = Instant::now();
    let in_odoo: BTreeMap<(i64, chrono::NaiveDate), (i64, i64)> = prepared
        .computed_days()
        .await
        .unwrap()
        .into_iter()
        .map(|day| {
            (
                (day.employee(), day.date),
                (day.worked_seconds, day.overtime_seconds),
            )
        })
        .collect();
    let computed_in = computing.elapsed();
    let punches: Vec<Arrived> = expected.into_iter().collect();
    let mut by_crate: BTreeMap<(i64, chrono::NaiveDate), (i64, i64)> = BTreeMap::new();
    for day in days::compute(&plan, &punches).unwrap() {
        let key = (prepared.employee(&day.payroll_id).unwrap(), day.date);
        assert!(
            by_crate.insert(key, (day.worked_s, day.overtime_s)).is_none(),
            "two results for one day: {key:?}"
        );
    }
    assert_eq!(by_crate.len(), 12 * 5 * usize::try_from(WEEKS).unwrap());
    for (key, expected) in &by_crate {
        assert_eq!(in_odoo.get(key), Some(expected), "{key:?}");
    }
    // Odoo also marks the scheduled days of last week on which nobody came; they lie long after these punches.
    let last = plan::workdays(WEEKS).last().unwrap();
    let others: Vec<_> = in_odoo
        .iter()
        .filter(|(key, worked)| !by_crate.contains_key(key) && (key.1 <= last || **worked != (0, 0)))
        .collect();
    assert!(
        others.is_empty(),
        "Odoo has days that the rules crate does not: {others:?}"
    );
    assert!(
        by_crate.values().any(|(_, overtime)| *overtime > 0),
        "somebody worked overtime"
    );
    let nights = plan
        .iter()
        .filter(|terminal| terminal.role == Role::Both)
        .flat_map(|terminal| &terminal.people);
    for person in nights.filter(|person| person.shift == plan::NIGHT) {
        let employee = prepared.employee(&person.pin).unwrap();
        let whole = in_odoo
            .iter()
            .filter(|((of, _), (worked, _))| *of == employee && *worked > 7 * 3600)
            .count();
        // One of them forgets to punch out once.
        assert!(
            whole >= 5 * usize::try_from(WEEKS).unwrap() - 1,
            "{}: a night shift is one day",
            person.name
        );
    }

    // And they stand in hr.attendance: one row a closed session.
    let sessions = prepared.attendances().await.unwrap();
    assert!(
        sessions > by_crate.len(),
        "{sessions} attendances for {} days",
        by_crate.len()
    );
    terminals.stop().await;
    the_demonstration_does_the_same(&real, site.folder.path());
    println!(
        "{made} punches, {replayed} replayed; {} days in Odoo, computed in {computed_in:.1?}; {sessions} attendances",
        in_odoo.len()
    );
}

/// `demo --odoo`, as a person runs it, beside what is there already.
#[track_caller]
fn the_demonstration_does_the_same(odoo: &RealOdoo, folder: &Path) {
    let payroll = folder.join("payroll.csv");
    let output = support::process::edge()
        .args([
            "demo",
            "--odoo",
            &odoo.url,
            "--database",
            &odoo.database,
            "--api-key-file",
        ])
        .arg(&odoo.api_key_file)
        .arg("--payroll")
        .arg(&payroll)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    for name in ["lost", "doubled"] {
        let row = text
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap();
        assert_eq!(row.split_whitespace().next_back(), Some("0"), "{text}");
    }
    let payroll = std::fs::read_to_string(payroll).unwrap();
    assert!(
        payroll.contains("Katrien Maes") && payroll.contains(",OT,"),
        "{payroll}"
    );
    println!("{text}");
}
