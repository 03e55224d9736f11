//! Debug lines when the feature `tracing` is on, nothing otherwise.

#[cfg(feature = "tracing")]
pub(crate) use tracing::debug;

#[cfg(not(feature = "tracing"))]
macro_rules! debug {
    ($($token:tt)*) => {};
}
#[cfg(not(feature = "tracing"))]
pub(crate) use debug;
