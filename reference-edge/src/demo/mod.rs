//! The main job in one command: three simulated terminals on real sockets, a real edge with a real queue file, and
//! a stand-in for Odoo or a real one. On the way the line to Odoo is cut and a terminal replays its whole log.

pub mod cut;
pub mod days;
pub mod odoo_stand_in;
pub mod payroll;
pub mod plan;
pub mod real_odoo;
pub mod reported;
pub mod terminals;

mod report;
mod sink;
mod table;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::error::EdgeError;
use crate::punch::Channel;
use crate::runtime::Edge;

use cut::Line;
pub use real_odoo::RealOdoo;
use report::{Counts, Report};
use sink::Sink;
use terminals::Terminals;

/// Weeks of punches.
const WEEKS: u64 = 1;
/// How long the line stays cut.
const CUT: Duration = Duration::from_secs(3);
/// The longest each wait may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the demonstration runs against, and where its payroll file goes.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A real Odoo instead of the stand-in.
    pub odoo: Option<RealOdoo>,
    /// The payroll file; absent, a file in a folder of its own below the system's temporary folder.
    pub payroll: Option<PathBuf>,
}

/// Runs the demonstration and writes its story and its tables to `out`.
///
/// # Errors
/// Something could not be started, or a punch was lost or doubled.
pub async fn run(options: Options, out: &mut (impl std::io::Write + Send)) -> Result<(), EdgeError> {
    let began = Instant::now();
    let folder = Folder::create()?;
    let payroll = options
        .payroll
        .clone()
        .unwrap_or_else(|| folder.path.with_extension("payroll.csv"));
    let shutdown = CancellationToken::new();
    let _ends_everything = shutdown.clone().drop_guard();
    let mut say = |text: String| {
        // A closed standard output ends nothing: the exit code still tells.
        let _ = writeln!(out, "{text}");
    };

    let suffix = options.odoo.as_ref().map(|_| unique()).unwrap_or_default();
    let plan = plan::terminals(&suffix, WEEKS);
    let sink = match &options.odoo {
        Some(odoo) => Sink::real(odoo, &plan, &suffix).await?,
        None => Sink::stand_in(&plan, shutdown.clone()).await?,
    };
    say(format!("Three simulated terminals, one edge, {}.", sink.name()));
    let line = Line::open(sink.target().to_owned(), shutdown.clone())
        .await
        .map_err(|error| EdgeError::io("cannot open a loopback port", error))?;

    let mut terminals = Terminals::start(&plan, &folder.path).await?;
    let config = configuration(&folder.path, &terminals, &sink, &line)?;
    let edge = Edge::start(&config).await?;
    if let Some(address) = edge.push_address {
        terminals.point_at(address);
    }

    let mut unmet = Unmet::default();
    // The week so far is on the terminals when the edge first meets them.
    let first = terminals.punch_part(0, 3);
    unmet
        .wait("the first punches to arrive", async || {
            sink.count().await.map(|count| count >= first)
        })
        .await;
    say(format!(
        "{:4.1} s  {first} punches made and delivered",
        began.elapsed().as_secs_f64()
    ));

    line.cut();
    let second = terminals.punch_part(1, 3);
    sleep(CUT).await;
    let waiting = edge.queue.stats().await?.pending;
    line.mend();
    say(format!(
        "{:4.1} s  the line to Odoo was cut for {:.0} s; {second} punches made meanwhile, {waiting} waited in the queue, {} calls met a dead line",
        began.elapsed().as_secs_f64(),
        CUT.as_secs_f64(),
        line.refused()
    ));

    let third = terminals.punch_part(2, 3);
    let made = first + second + third;
    unmet
        .wait("the rest to be delivered", async || {
            Ok(sink.count().await? >= made)
        })
        .await;
    let before = edge.metrics.ingested_so_far(Channel::Push, "duplicate");
    let replayed = terminals.replay();
    let expected = before + u64::try_from(replayed).unwrap_or(u64::MAX);
    unmet
        .wait("the replayed log to arrive", async || {
            Ok(edge.metrics.ingested_so_far(Channel::Push, "duplicate") >= expected)
        })
        .await;
    say(format!(
        "{:4.1} s  {third} more punches made; a terminal replayed its whole log of {replayed}",
        began.elapsed().as_secs_f64()
    ));

    unmet
        .wait("everything to be delivered", async || {
            let stats = edge.queue.stats().await?;
            Ok(stats.pending == 0 && stats.leased == 0 && sink.count().await? >= made)
        })
        .await;
    // Two more polls: if anything could be doubled, it would be now.
    sleep(Duration::from_millis(2200)).await;

    let received = |channel| {
        ["accepted", "duplicate", "conflict"]
            .iter()
            .map(|outcome| edge.metrics.ingested_so_far(channel, outcome))
            .sum()
    };
    let refused = |outcome| {
        edge.metrics.ingested_so_far(Channel::Poll, outcome)
            + edge.metrics.ingested_so_far(Channel::Push, outcome)
    };
    let counts = Counts {
        by_poll: received(Channel::Poll),
        by_push: received(Channel::Push),
        duplicates: refused("duplicate") + refused("conflict"),
        rejected: edge.queue.stats().await?.dead,
        quarantined: refused("quarantined"),
    };
    edge.stop().await?;
    let arrived = sink.arrived().await?;
    let days = sink.days(&plan, &arrived).await?;
    terminals.stop().await;
    payroll::write(&payroll, &days)?;

    let report = Report {
        weeks: WEEKS,
        made: terminals.made(),
        arrived,
        counts,
        days,
        payroll,
    };
    say(format!("{:4.1} s  done\n", began.elapsed().as_secs_f64()));
    say(report.to_string());
    report.verdict()?;
    unmet.verdict()
}

/// The edge's configuration, as an operator would write it, with intervals for people who wait.
fn configuration(
    folder: &Path,
    terminals: &Terminals,
    sink: &Sink,
    line: &Line,
) -> Result<Config, EdgeError> {
    let key = folder.join("odoo.key");
    write_secret(&key, sink.api_key())?;
    let text = format!(
        r#"
[node]
name = "demo"
[storage]
path = {queue:?}
[push]
listen = "127.0.0.1:0"
allow = ["127.0.0.0/8"]
heartbeat_s = 2
clock = "trust_host"
[poll]
interval_s = 1
fallback_interval_s = 1
[delivery]
url = "http://{line}"
database = {database:?}
api_key_file = {key:?}
batch = 50
retry_base_ms = 200
retry_cap_s = 2
[admin]
listen = "127.0.0.1:0"
{terminals}"#,
        queue = folder.join("queue.db"),
        line = line.address(),
        database = sink.database(),
        terminals = terminals.configuration(),
    );
    Config::parse(&text).map_err(|faults| EdgeError::ConfigInvalid {
        path: "of the demonstration".into(),
        faults,
    })
}

/// Writes a file that only its owner may read.
///
/// # Errors
/// The file cannot be written.
pub fn write_secret(path: &Path, secret: &str) -> Result<(), EdgeError> {
    let failed = |error| EdgeError::io(format!("cannot write {}", path.display()), error);
    std::fs::write(path, secret).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    }
    Ok(())
}

/// What the demonstration waited for in vain. It goes on to its tables all the same: they show what is missing.
#[derive(Debug, Default)]
struct Unmet(Vec<String>);

impl Unmet {
    /// Waits until `reached`, looking often. An Odoo that does not answer just now is asked again.
    async fn wait(&mut self, what: &str, mut reached: impl AsyncFnMut() -> Result<bool, EdgeError>) {
        let waiting = async {
            while !reached().await.unwrap_or(false) {
                sleep(Duration::from_millis(100)).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            self.0
                .push(format!("waited {} s in vain for {what}", PATIENCE.as_secs()));
        }
    }

    fn verdict(self) -> Result<(), EdgeError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(EdgeError::Demo(self.0.join("; ")))
        }
    }
}

/// A few letters and digits that no earlier run used.
#[must_use]
pub fn unique() -> String {
    std::iter::repeat_with(fastrand::alphanumeric)
        .take(6)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

/// A folder of this run, removed at its end; the payroll file stands beside it.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn create() -> Result<Self, EdgeError> {
        let path = std::env::temp_dir().join(format!("punchclock-demo-{}", unique()));
        std::fs::create_dir(&path)
            .map_err(|error| EdgeError::io(format!("cannot create the folder {}", path.display()), error))?;
        Ok(Self { path })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Left behind, it is a few files in the temporary folder.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
