//! See [`punchclock_fuzz::zk::session`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::zk::session);
