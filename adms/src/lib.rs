#![doc = include_str!("../README.md")]
//!
//! # Reading order
//!
//! [`parse`] makes an [`Incoming`] a [`Request`] with its body; the request's [`Kind`] says what the terminal wants.
//! [`records`] reads any table of an [`Upload`] in place, [`attlog`] the one that matters most, [`photo`] pictures piece by
//! piece, [`querydata`] joins answers in packets. A [`Reply`] is what goes back, [`Receipt`] what an acknowledgement costs.
//! [`command`] holds commands, their queue and their results; [`semantics`] the answers that are easily got wrong.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod acc;
#[cfg(feature = "axum")]
pub mod axum;
pub mod body;
pub mod command;
mod dialect;
mod error;
mod handshake;
mod heartbeat;
mod options;
mod parameters;
pub mod querydata;
mod reply;
mod request;
pub mod semantics;
mod serial;
#[cfg(feature = "sim")]
pub mod sim;
mod stamp;
mod table;
mod text;
mod time;
mod transfers;
mod version;

pub use acc::{AccOptions, RegistryCode};
pub use dialect::Dialect;
pub use error::{
    BodyError, CommandError, CommandIdError, DialectError, JoinError, OptionError, PhotoError, RequestError,
    SerialError,
};
pub use handshake::Handshake;
pub use heartbeat::{DeviceInfo, GetRequest};
pub use options::HandshakeOptions;
pub use parameters::Parameters;
pub use reply::{Receipt, Reply};
pub use request::{
    Incoming, Kind, MAX_TARGET, PathPrefix, RemoteUser, Request, Upload, Whole, parse, parse_head,
};
pub use serial::Serial;
pub use stamp::{Stamp, Stamped};
pub use table::{
    Acknowledgement, BadLine, BadLineReason, Biometric, DoorState, ErrorEntry, Event, IdCard, Operation,
    OtherLine, Pairs, Picture, Record, Records, Row, Table, Template, User, WorkCode, attlog, card_number,
    count_lines, is_secret_key, photo, records, settings,
};
pub use text::{Charset, Secret, Text};
pub use time::{pack_time, unpack_time};
pub use transfers::{BitOrder, Transfers};
