//! The simulated terminals, each on real sockets: one that is polled, one that pushes, one that does both with one
//! log, so that each of its punches arrives by two protocols.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use punchclock_zk::CommKey;
use punchclock_zk::sim::Simulator;

use super::odoo_stand_in::Arrived;
use super::plan::{PlannedPunch, PlannedTerminal, Role};
use crate::error::EdgeError;

/// The comm key set on the polled terminals.
const COMM_KEY: u32 = 123_456;
/// "Finger", in both protocols' numbering of old firmware.
const FINGER: u8 = 1;

/// The punches made on one terminal.
#[derive(Debug, Clone)]
pub struct MadeOn {
    /// The terminal's name.
    pub name: String,
    /// Its serial.
    pub serial: String,
    /// What it does.
    pub channel: &'static str,
    /// Its IANA zone.
    pub zone: String,
    /// Its punches.
    pub punches: Vec<Arrived>,
}

/// All terminals of the demonstration.
#[derive(Debug)]
pub struct Terminals {
    terminals: Vec<Terminal>,
    comm_key_file: PathBuf,
}

#[derive(Debug)]
struct Terminal {
    plan: PlannedTerminal,
    punches: Vec<PlannedPunch>,
    made: Vec<PlannedPunch>,
    polled: Option<Simulator>,
    pushing: Option<punchclock_adms::sim::Terminal>,
}

impl Terminals {
    /// Starts the polled ones; those that push start with [`Terminals::point_at`].
    ///
    /// # Errors
    /// A socket or the comm key's file in `folder` could not be made.
    pub async fn start(plan: &[PlannedTerminal], folder: &Path) -> Result<Self, EdgeError> {
        let comm_key_file = folder.join("comm.key");
        super::write_secret(&comm_key_file, &COMM_KEY.to_string())?;
        let mut terminals = Vec::new();
        for plan in plan {
            let polled = match plan.role {
                Role::Pushing => None,
                Role::Polled | Role::Both => Some(
                    Simulator::builder()
                        .serial(&plan.serial)
                        .device_name(plan.name)
                        .comm_key(CommKey::new(COMM_KEY))
                        .listen("127.0.0.1:0")
                        .await
                        .map_err(|error| EdgeError::io("cannot start a simulated terminal", error))?,
                ),
            };
            let punches = plan.punches();
            terminals.push(Terminal {
                plan: plan.clone(),
                punches,
                made: Vec::new(),
                polled,
                pushing: None,
            });
        }
        Ok(Self {
            terminals,
            comm_key_file,
        })
    }

    /// Starts those that push, towards the edge.
    pub fn point_at(&mut self, edge: SocketAddr) {
        for terminal in &mut self.terminals {
            if terminal.plan.role == Role::Polled {
                continue;
            }
            let pushing = punchclock_adms::sim::Terminal::builder(&terminal.plan.serial, edge)
                .heartbeat(Duration::from_millis(500))
                .retry_gap(Duration::from_millis(500))
                .start();
            for punch in &terminal.made {
                pushing.punch(&punch.pin, punch.local, punch.state, FINGER);
            }
            terminal.pushing = Some(pushing);
        }
    }

    /// The `[[terminal]]` sections of the edge's configuration.
    pub fn configuration(&self) -> String {
        let mut text = String::new();
        for terminal in &self.terminals {
            let mode = match terminal.plan.role {
                Role::Polled => "poll",
                Role::Pushing => "push",
                Role::Both => "both",
            };
            // Writing to a String does not fail.
            let _ = write!(
                text,
                "[[terminal]]\nserial = {:?}\nname = {:?}\nmode = {mode:?}\nzone = {:?}\n",
                terminal.plan.serial, terminal.plan.name, terminal.plan.zone
            );
            if let Some(polled) = &terminal.polled {
                let _ = write!(
                    text,
                    "address = \"{}\"\ncomm_key_file = {:?}\n",
                    polled.addr(),
                    self.comm_key_file
                );
            }
        }
        text
    }

    /// Makes one of `parts` equal parts of the punches on every terminal; returns how many in all.
    pub fn punch_part(&mut self, part: usize, parts: usize) -> usize {
        let mut made = 0;
        for terminal in &mut self.terminals {
            let size = terminal.punches.len().div_ceil(parts.max(1));
            let punches: Vec<PlannedPunch> = terminal
                .punches
                .iter()
                .skip(part * size)
                .take(size)
                .cloned()
                .collect();
            made += punches.len();
            for punch in punches {
                terminal.punch(punch);
            }
        }
        made
    }

    /// The terminal that does both sends its whole log again; returns its length.
    pub fn replay(&self) -> usize {
        self.terminals
            .iter()
            .filter(|terminal| terminal.plan.role == Role::Both)
            .filter_map(|terminal| terminal.pushing.as_ref().map(|pushing| (terminal, pushing)))
            .map(|(terminal, pushing)| {
                pushing.replay();
                terminal.made.len()
            })
            .sum()
    }

    /// The punches made so far.
    pub fn made(&self) -> Vec<MadeOn> {
        self.terminals
            .iter()
            .map(|terminal| MadeOn {
                name: terminal.plan.name.to_owned(),
                serial: terminal.plan.serial.clone(),
                channel: match terminal.plan.role {
                    Role::Polled => "polled",
                    Role::Pushing => "pushing",
                    Role::Both => "both",
                },
                zone: terminal.plan.zone.to_owned(),
                punches: terminal
                    .made
                    .iter()
                    .map(|punch| Arrived {
                        serial: terminal.plan.serial.clone(),
                        pin: punch.pin.clone(),
                        local: punch.local,
                    })
                    .collect(),
            })
            .collect()
    }

    /// Switches all terminals off.
    pub async fn stop(&mut self) {
        for terminal in &mut self.terminals {
            if let Some(pushing) = terminal.pushing.take() {
                pushing.stop().await;
            }
            if let Some(polled) = terminal.polled.take() {
                polled.shutdown().await;
            }
        }
    }
}

impl Terminal {
    fn punch(&mut self, punch: PlannedPunch) {
        if let Some(polled) = &self.polled
            && let Err(error) = polled.punch(&punch.pin, punch.local, FINGER, punch.state)
        {
            // The plan's dates are in the clock's range; if not, the punch is not made and not expected.
            tracing::error!(%error, "the simulated terminal cannot show this time");
            return;
        }
        if let Some(pushing) = &self.pushing {
            pushing.punch(&punch.pin, punch.local, punch.state, FINGER);
        }
        self.made.push(punch);
    }
}
