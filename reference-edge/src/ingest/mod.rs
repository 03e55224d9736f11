//! The two ways in: reading a terminal's log, and receiving what a terminal sends.

mod poll;
mod push;
mod write_users;

pub use poll::{CommKeys, Poller, comm_keys};
pub use push::Endpoint;
