//! Bytes only: every layout of the protocol as a type, with no transport and no state.
//!
//! All integers are little endian. Each module names the part of the wire it describes; text fields end at their first NUL, what
//! follows inside the field is left-over memory of the terminal.

pub mod access;
pub mod attendance;
pub mod bulk;
pub mod checksum;
pub mod command;
pub mod commkey;
pub mod control;
pub mod datetime;
pub mod event;
pub mod header;
pub mod oplog;
pub mod option;
pub mod record;
pub mod sizes;
pub mod sms;
pub mod template;
pub mod text;
pub mod user;

pub use attendance::{AttendanceLayout, AttendanceLog, AttendanceRecord, PunchState, RecordRef, VerifyMode};
pub use bulk::{BufferedRead, ChunkRequest, Prepare};
pub use checksum::ChecksumPolicy;
pub use command::Command;
pub use commkey::CommKey;
pub use datetime::{PackedTime, TimeError};
pub use event::LiveEvent;
pub use header::Header;
pub use oplog::OpRecord;
pub use option::OptionValue;
pub use record::{BadRecord, BadRecordReason};
pub use sizes::FreeSizes;
pub use template::Template;
pub use text::{DeviceText, TextEncoding};
pub use user::{Privilege, User, UserError, UserWidth};
