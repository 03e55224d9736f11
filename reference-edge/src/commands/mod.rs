//! One file a command.

pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod kept;
pub(crate) mod run;
