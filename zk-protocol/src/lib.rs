//! The binary protocol of ZKTeco attendance terminals.
#[cfg(feature = "tokio")]
pub mod client;
pub mod error;
pub mod frame;
pub mod session;
pub mod wire;
#[cfg(feature = "tokio")]
pub use client::{Client, ConnectOptions, DeviceInfo};
pub use error::{Error, Interruption};
pub use wire::*;
