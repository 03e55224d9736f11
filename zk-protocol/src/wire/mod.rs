//! Bytes only: every layout of the protocol as a type, with no transport and no state.
//!
//! All integers are little endian. Each module names the part of the wire it describes; text fields end at their first NUL, what
//! follows inside the field is left-over memory of the terminal.

pub mod attendance;
pub mod bulk;
pub mod checksum;
pub mod command;
pub mod commkey;
pub mod datetime;
pub mod header;
pub mod option;
pub mod record;
pub mod sizes;
pub mod text;
pub mod user;

pub use attendance::{AttendanceLog, AttendanceRecord, PunchState, VerifyMode};
pub use bulk::{BufferedRead, ChunkRequest, Prepare};
pub use checksum::ChecksumPolicy;
pub use command::Command;
pub use commkey::CommKey;
pub use datetime::{PackedTime, TimeError};
pub use header::Header;
pub use option::OptionValue;
pub use record::{BadRecord, BadRecordReason};
pub use sizes::FreeSizes;
pub use text::DeviceText;
pub use user::{Privilege, User, UserWidth};
