//! See [`punchclock_fuzz::zk::frame`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::zk::frame);
