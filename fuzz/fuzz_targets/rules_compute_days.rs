//! See [`punchclock_fuzz::rules::compute_days`].
#![cfg_attr(fuzzing, no_main)]

punchclock_fuzz::target!(punchclock_fuzz::rules::compute_days);
