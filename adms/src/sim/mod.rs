//! A simulated pushing terminal, for tests without hardware (feature `sim`).
//!
//! It speaks HTTP/1.1 over a plain socket by its own hand, because it must be able to misbehave: cut a body off, send
//! slowly, leave out `Content-Type`, vanish in the middle. Like a real terminal it never deletes a record: an
//! acknowledgement only moves a pointer, and it can be told to send everything again.
//!
//! It shakes hands first and again after three failures in a row, fetches commands with every heartbeat, obeys the harmless
//! ones, and takes status 200 with the text `OK` for success; anything else makes it send the same batch again. In the
//! dialect "acc" it registers, and sends door events and answers in packets. Two of them may have the same serial.
//!
//! ```
//! use chrono::NaiveDate;
//! use punchclock_adms::sim::Terminal;
//!
//! # async fn example(server: std::net::SocketAddr) -> Option<()> {
//! let terminal = Terminal::builder("SIM0001", server).batch(128).start();
//! terminal.punch("7", NaiveDate::from_ymd_opt(2026, 3, 2)?.and_hms_opt(8, 0, 0)?, 0, 1);
//! // …
//! let status = terminal.status();
//! println!("{} of {} acknowledged", status.acknowledged, status.made);
//! terminal.stop().await;
//! # Some(())
//! # }
//! ```

mod builder;
mod columns;
mod http;
mod orders;
mod state;
mod terminal;
mod worker;

pub use builder::Builder;
pub use columns::{Columns, Record};
pub use state::{LastReply, Status};
pub use terminal::Terminal;
