//! See [`punchclock_fuzz::rules::evaluate`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::rules::evaluate);
