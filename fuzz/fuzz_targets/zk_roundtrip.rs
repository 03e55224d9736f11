//! See [`punchclock_fuzz::zk::roundtrip`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::zk::roundtrip);
