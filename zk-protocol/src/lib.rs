//! The binary protocol of `ZKTeco` attendance terminals (TCP and UDP port 4370): an honest client, a session without I/O, and a simulated
//! terminal.
//!
//! | layer | module | needs |
//! |---|---|---|
//! | bytes of every record and packet | [`wire`] | nothing |
//! | packets on a TCP stream | [`frame`] | nothing |
//! | the conversation as a state machine: bytes and `now` in, bytes, events and the next deadline out | [`session`] | nothing |
//! | tables out of what was read | [`table`] | nothing |
//! | what is new in a log | [`watermark`] | nothing |
//! | what differs between models | [`quirks`] | nothing |
//! | a tokio client | `client`, `Client` | feature `tokio` (default) |
//! | the same for programs without a runtime | `blocking` | feature `tokio` |
//! | listening over reconnects | `live` | feature `tokio` |
//! | a simulated terminal, on a real socket or without | `sim` | feature `sim` |
//!
//! Three promises:
//!
//! - **All or an error.** A table arrives with exactly the bytes the terminal announced, or [`Error::ShortTransfer`] says how far it
//!   got. One impossible record never hides the others.
//! - **Nothing is written unless asked.** The client never clears, disables or sets anything on its own, and what destroys data takes
//!   the terminal's serial number to get at.
//! - **No guessing.** A record width follows from the terminal's count and is checked against the content; what cannot be told is an
//!   error that names what was seen.
//!
//! Public dependencies: `bytes`, `chrono`, and `tokio`, `tokio-util`, `serde` with the features of these names.
//!
//! Unofficial, not affiliated with the vendor.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "tokio")]
pub mod blocking;
#[cfg(feature = "tokio")]
pub mod client;
pub mod error;
pub mod frame;
#[cfg(feature = "tokio")]
pub mod live;
pub mod quirks;
pub mod session;
#[cfg(feature = "sim")]
pub mod sim;
pub mod table;
pub mod watermark;
pub mod wire;

#[cfg(feature = "tokio")]
pub use client::{Client, ConnectOptions, Connection, DeviceInfo};
pub use error::{Error, Interruption};
pub use wire::{
    AttendanceLayout, AttendanceLog, AttendanceRecord, BadRecord, BadRecordReason, ChecksumPolicy, CommKey,
    Command, DeviceText, FreeSizes, Privilege, PunchState, TextEncoding, User, UserWidth, VerifyMode,
};

/// Compiles the example of the README.
#[cfg(all(doctest, feature = "tokio"))]
#[doc = include_str!("../README.md")]
struct Readme;
