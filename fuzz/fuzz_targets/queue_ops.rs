//! See [`punchclock_fuzz::queue::operations`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::queue::operations);
